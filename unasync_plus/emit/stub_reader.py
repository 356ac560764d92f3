"""The body of a module or a class, statement by statement, into a block of the stub.

A condition that a type checker understands stays a condition. Of any other, all branches count: the first one that
defines a name decides what it is.
"""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from unasync_plus.emit.stub_blocks import Block
from unasync_plus.emit.stub_bound import bound_lines
from unasync_plus.emit.stub_conditions import Condition, judge
from unasync_plus.emit.stub_entries import Entry
from unasync_plus.emit.stub_functions import Place
from unasync_plus.emit.stub_names import bound_names, from_typing
from unasync_plus.emit.stub_properties import is_property_call, property_lines
from unasync_plus.emit.stub_statements import bindings, blocks, walruses
from unasync_plus.emit.stub_text import annotation, dotted, one_line
from unasync_plus.emit.stub_values import Value, assigned, declared
from unasync_plus.emit.stub_views import target_names
from unasync_plus.emit.stub_writer import INDENT, kept_comment


def read(block: Block, body: Iterable[cst.CSTNode], taken: frozenset[str] = frozenset()) -> None:
    """Add what ``body`` defines, but for the names in ``taken``: another branch has defined those."""
    has_walruses = ":=" in block.writer.exports.code
    for statement in body:
        if has_walruses:
            for name, value in walruses(statement):
                _assign(block, cst.Name(name), value, None, taken)
        if isinstance(statement, cst.SimpleStatementLine):
            comment = statement.trailing_whitespace.comment
            for small in statement.body:
                _simple(block, small, comment, taken)
        elif isinstance(statement, cst.FunctionDef):
            block.add_function(statement, taken)
        elif isinstance(statement, cst.ClassDef):
            block.add_class(statement, taken)
        elif isinstance(statement, cst.If):
            _if(block, statement, taken)
        elif isinstance(statement, cst.Try | cst.TryStar):
            _try(block, statement, taken)
        elif isinstance(statement, cst.BaseCompoundStatement):
            _targets(block, statement, taken)
            for inner in blocks(statement):
                read(block, inner, taken)
        elif isinstance(statement, cst.BaseSmallStatement):
            _simple(block, statement, None, taken)


def _if(block: Block, node: cst.If, taken: frozenset[str]) -> None:
    condition = judge(node.test, block.writer.names).condition
    orelse: tuple[cst.CSTNode, ...] = ()
    if isinstance(node.orelse, cst.If):
        orelse = (node.orelse,)
    elif isinstance(node.orelse, cst.Else):
        orelse = tuple(node.orelse.body.body)
    if condition is Condition.STATIC:
        _branch(block, node, orelse, taken)
        return
    first, second = tuple(node.body.body), orelse
    if condition in (Condition.NEVER, Condition.RUNTIME_ONLY):
        first, second = second, first
    before, outer = block.defined(), block.at_runtime
    if condition in (Condition.CHECKER_ONLY, Condition.RUNTIME_ONLY):
        elsewhere = bound_names(second)
        block.at_runtime = elsewhere if outer is None else outer | elsewhere
    hidden, conditional = block.is_hidden, block.is_conditional
    block.is_conditional = conditional or condition is Condition.UNKNOWN
    if condition is not Condition.MAIN:
        read(block, first, taken)
    block.at_runtime = outer
    if condition not in (Condition.ALWAYS, Condition.NEVER):
        block.is_hidden = hidden or condition in (Condition.CHECKER_ONLY, Condition.RUNTIME_ONLY)
        read(block, second, taken | block.defined() - before)
    block.is_hidden, block.is_conditional = hidden, conditional


def _branch(
    block: Block, node: cst.If, orelse: tuple[cst.CSTNode, ...], taken: frozenset[str], keyword: str = "if"
) -> None:
    """``if sys.version_info >= …`` stays: both sides, each with its own definitions."""
    indent = INDENT * block.place.depth
    test = block.writer.names.use(judge(node.test, block.writer.names).text)
    first = _inner(block, node.body.body, taken)
    block.add(Entry(tuple(first.defined()), "branch", [f"{indent}{keyword} {test}:"], block=first))
    position = len(block.entries)
    following = node.orelse
    if isinstance(following, cst.If) and judge(following.test, block.writer.names).condition is Condition.STATIC:
        rest = tuple(following.orelse.body.body) if isinstance(following.orelse, cst.Else) else ()
        deeper = (following.orelse,) if isinstance(following.orelse, cst.If) else rest
        _branch(block, following, deeper, taken, "elif")
    else:
        other = _inner(block, orelse, taken)
        if other.entries:
            block.add(Entry(tuple(other.defined()), "branch", [f"{indent}else:"], block=other))
    if not first.entries and len(block.entries) == position:
        block.entries.pop()


def _inner(outer: Block, body: Iterable[cst.CSTNode], taken: frozenset[str]) -> Block:
    place = Place(outer.place.where, outer.place.depth + 1, outer.place.hidden)
    block = Block(outer.writer, place, outer.make_class, outer.shape, outer.view, at_runtime=outer.at_runtime)
    read(block, body, taken)
    return block


def _try(block: Block, node: cst.Try | cst.TryStar, taken: frozenset[str]) -> None:
    before, conditional = block.defined(), block.is_conditional
    block.is_conditional = conditional or bool(node.handlers)
    read(block, node.body.body, taken)
    if node.orelse is not None:
        read(block, node.orelse.body.body, taken)
    found = block.defined() - before
    for handler in node.handlers:
        read(block, handler.body.body, taken | found)
    block.is_conditional = conditional
    if node.finalbody is not None:
        read(block, node.finalbody.body.body, taken)


def _targets(block: Block, node: cst.CSTNode, taken: frozenset[str]) -> None:
    """Names that a loop or a ``with`` leaves behind."""
    targets: list[cst.BaseExpression] = []
    if isinstance(node, cst.For):
        targets.append(node.target)
    elif isinstance(node, cst.With):
        targets += [item.asname.name for item in node.items if item.asname is not None]
    for target in targets:
        for name in target_names(target):
            block.add_value(Value(name, unknown=True), taken)


def _simple(block: Block, node: cst.CSTNode, comment: cst.Comment | None, taken: frozenset[str]) -> None:
    if isinstance(node, cst.Import | cst.ImportFrom):
        names = tuple(name for name, meaning in bindings(node) if block.wants_import(name, meaning, taken))
        if names or isinstance(node.names, cst.ImportStar):
            kept = kept_comment([comment], all_codes=True)
            entry = Entry(names, "import", statement=node, comment=kept)
            entry.for_checkers = block.at_runtime is not None
            entry.public = frozenset(filter(block.is_public, (block.at_runtime or frozenset()) & set(names)))
            block.add(entry)
    elif isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
        value = declared(node, node.target.value, block.writer.names, block.shape)
        value.comment = kept_comment([comment], "assignment, misc, valid-type")
        block.add_value(value, taken)
    elif isinstance(node, cst.Assign):
        for target in node.targets:
            _assign(block, target.target, node.value, comment, taken)
    elif isinstance(node, cst.TypeAlias):
        text = block.writer.names.use(one_line(node), block.place.hidden, strings=True)
        block.add(Entry((node.name.value,), "value", [INDENT * block.place.depth + text]))
    elif isinstance(node, cst.Del):
        for name in () if block.is_hidden else target_names(node.target):
            block.forget(name)
    elif isinstance(node, cst.Assert):
        judged = judge(node.test, block.writer.names)
        if judged.condition is Condition.STATIC:
            block.add(Entry((), "platform", ["import sys", "", f"assert {judged.text}", ""]))
    else:
        _export(block, node)


def _assign(
    block: Block,
    target: cst.BaseExpression,
    node: cst.BaseExpression,
    comment: cst.Comment | None,
    taken: frozenset[str],
) -> None:
    if isinstance(target, cst.Tuple | cst.List):
        _unpack(block, target, node, comment, taken)
    elif isinstance(target, cst.Name) and block.shape and is_property_call(node, block.writer.names):
        assert isinstance(node, cst.Call)
        lines = property_lines(target.value, node, block.members, block.place, block.writer)
        block.add(Entry((target.value,), "function", lines))
    elif isinstance(target, cst.Name) and block.shape and _bound(block, target.value, node):
        return
    elif isinstance(target, cst.Name):
        inherited = block.view is not None and block.view.inherited(target.value)
        value = assigned(node, target.value, block.writer.names, block.shape, block.members, inherited=inherited)
        value = _type_comment(target.value, comment) or value
        value.class_variable = value.class_variable or (inherited and _is_class_variable(block, target.value))
        value.comment = kept_comment([comment], "assignment, misc, valid-type")
        block.add_value(value, taken)


def _is_class_variable(block: Block, name: str) -> bool:
    """Whether the nearest base in the module that says something of ``name`` says that it is one of the class."""
    view = block.view
    found = next((one for base in view.bases if (one := base.member(name)) is not None), None) if view else None
    if not isinstance(found, cst.AnnAssign):
        return False
    head = annotation(found.annotation.annotation).partition("[")[0]
    return from_typing(block.writer.names.qualified(head)) == "ClassVar"


def _bound(block: Block, name: str, node: cst.BaseExpression) -> bool:
    """Whether ``name`` is a function that is bound by hand; the stub has it then."""
    lines = bound_lines(name, node, block.members, block.place, block.writer)
    if lines:
        block.add(Entry((name,), "function", lines))
    return bool(lines)


def _unpack(
    block: Block,
    target: cst.Tuple | cst.List,
    node: cst.BaseExpression,
    comment: cst.Comment | None,
    taken: frozenset[str],
) -> None:
    pairs = isinstance(node, cst.Tuple | cst.List) and len(node.elements) == len(target.elements)
    for position, element in enumerate(target.elements):
        if pairs and isinstance(node, cst.Tuple | cst.List):
            _assign(block, element.value, node.elements[position].value, comment, taken)
        else:
            for name in target_names(element.value):
                block.add_value(Value(name, unknown=True), taken)


def _export(block: Block, node: cst.CSTNode) -> None:
    """``__all__ += […]`` and ``__all__.extend(…)``: type checkers read them."""
    target: cst.CSTNode | None = None
    if isinstance(node, cst.AugAssign):
        target = node.target
    elif isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
        call = dotted(node.value.func) or ""
        target = cst.Name(call.partition(".")[0]) if "." in call else None
    if isinstance(target, cst.Name) and target.value == "__all__" and not block.place.where:
        block.add(Entry((), "value", [block.writer.names.use(one_line(node))]))


def _type_comment(name: str, comment: cst.Comment | None) -> Value | None:
    """``x = []  # type: list[int]``, as it was written before Python 3.6."""
    told = comment.value.partition("# type:")[2].partition("#")[0].strip() if comment else ""
    if not told or told.startswith("ignore"):
        return None
    try:
        return Value(name, annotation(cst.parse_expression(told)))
    except cst.ParserSyntaxError:
        return None  # words that only look like one

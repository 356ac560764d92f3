"""From an async class to the class that stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, replaced

from .calls import Owner
from .facts import ClassFacts, FunctionFacts, statements, unsubscripted
from .functions import crossing, decorators, definition, docstring, kind, needs_loop, overload_items
from .index import Fate
from .known import SYNC_TYPES, short
from .mentions import is_dataclass
from .protocols import FACES, async_faces, face
from .attributes import attribute_lines
from .values import is_literal

if TYPE_CHECKING:
    from .module import Writer

_KEPT_BASES = frozenset(
    "ABC Generic Protocol Iterator Iterable Container Collection Sized Hashable Mapping MutableMapping Sequence "
    "MutableSequence Set MutableSet Callable Reversible".split()
)
_SYNC_BASES = frozenset(("AsyncIterator", "AsyncIterable", "AsyncContextManager", "AbstractAsyncContextManager"))
_NOT_EMITTED = frozenset(
    "__class_getitem__ __del__ __delattr__ __dir__ __getattribute__ __getnewargs__ __getnewargs_ex__ __getstate__ "
    "__init_subclass__ __post_init__ __reduce__ __reduce_ex__ __set_name__ __setattr__ __setstate__ __sizeof__ "
    "__subclasshook__ __copy__ __deepcopy__".split()
)
_CLASS_DECORATORS = frozenset("final runtime_checkable deprecated".split())


def wrapper_class(one: ClassFacts, writer: Writer) -> cst.ClassDef:
    """The class that stands for ``one``."""
    node = one.node
    wraps = cst.Arg(
        writer.marks.name(writer.async_text(one.qualified)),
        keyword=cst.Name("wraps"),
        equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
    )
    keywords = [arg for arg in node.keywords if _is_abc(one, arg)]
    bases = _bases(one, writer)
    args = _spaced([*bases, *keywords, wraps])
    block = _body_block(node.body, class_body(one, writer))
    if len(bases) <= len(node.bases) and _speaks_to_checkers(block.header.comment):
        block = replaced(block, header=cst.TrailingWhitespace())  # of a base that is not there
    return replaced(
        node,
        decorators=_class_decorators(one, writer),
        bases=args[: len(bases)],
        keywords=args[len(bases) :],
        lpar=cst.LeftParen(),
        rpar=cst.RightParen(),
        body=block,
    )


def _speaks_to_checkers(comment: cst.Comment | None) -> bool:
    return comment is not None and comment.value.startswith(("# type:", "# pyright:", "# pyre-"))


def _spaced(args: list[cst.Arg]) -> list[cst.Arg]:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    last = cst.MaybeSentinel.DEFAULT
    space = cst.SimpleWhitespace("")
    return [
        replaced(arg, comma=comma if index < len(args) - 1 else last, whitespace_after_arg=space)
        for index, arg in enumerate(args)
    ]


def _is_abc(one: ClassFacts, arg: cst.Arg) -> bool:
    return (one.module.resolve(arg.value) or "") == "abc.ABCMeta"


def _bases(one: ClassFacts, writer: Writer) -> list[cst.Arg]:
    bases: list[cst.Arg] = []
    has_wrapped = False
    for base, qualified in zip(one.node.bases, one.bases, strict=True):
        found = writer.index.class_named(qualified)
        if found is not None:
            if writer.index.fate(found) is Fate.WRAPPED:
                has_wrapped = True
                bases.append(base)
            elif writer.index.is_protocol(found):
                bases.append(base)
        elif short(qualified) in _KEPT_BASES or short(qualified) in _SYNC_BASES:
            bases.append(replaced(base, value=_sync_base(base.value, qualified, writer)))
    return bases if has_wrapped else [cst.Arg(writer.runtime("Wrapper")), *bases]


def _sync_base(node: cst.BaseExpression, qualified: str, writer: Writer) -> cst.BaseExpression:
    """``Iterator[T]`` for ``AsyncIterator[T]``."""
    name = short(qualified)
    sync = SYNC_TYPES.get(name or "")
    if sync is None:
        return node
    module = "contextlib" if "Context" in sync else "collections.abc"
    head = writer.needed(module, "AbstractContextManager" if "Context" in sync else sync)
    if not isinstance(node, cst.Subscript):
        return head
    return replaced(node, value=head, slice=_only(node.slice[:1]))


def _only(elements: list[cst.SubscriptElement] | tuple[cst.SubscriptElement, ...]) -> list[cst.SubscriptElement]:
    return [replaced(element, comma=cst.MaybeSentinel.DEFAULT) for element in elements]


def _class_decorators(one: ClassFacts, writer: Writer) -> list[cst.Decorator]:
    found = []
    for decorator, name in zip(one.node.decorators, one.decorators, strict=True):
        if name == "dataclasses.dataclass":
            node = decorator.decorator
            head = writer.runtime("wrapped_dataclass")
            found.append(replaced(decorator, decorator=replaced(node, func=head) if isinstance(node, cst.Call) else head))
        elif name.rpartition(".")[2] in _CLASS_DECORATORS:
            found.append(decorator)
    return found


def _body_block(old: cst.BaseSuite, body: list[cst.BaseStatement]) -> cst.IndentedBlock:
    if not body:
        body = [cst.SimpleStatementLine([cst.Pass()])]
    first = body[0]
    if hasattr(first, "leading_lines") and all(line.comment is None for line in first.leading_lines):
        body[0] = replaced(first, leading_lines=())
    if isinstance(old, cst.IndentedBlock):
        return cst.IndentedBlock(body, header=old.header, indent=old.indent)
    return cst.IndentedBlock(body)


def class_body(one: ClassFacts, writer: Writer) -> list[cst.BaseStatement]:
    """The statements of the wrapper class."""
    body: list[cst.BaseStatement] = [*docstring(one.node.body)]
    attributes = attribute_lines(one, writer)
    placed = False
    seen: set[str] = set()
    for node in one.node.body.body:
        if not placed and isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            body += _apart(attributes, body)
            placed = True
        body += [_below(member, body) for member in _member(one, node, writer, seen)]
    if not placed:
        body += _apart(attributes, body)
    return body


def _apart(lines: list[cst.SimpleStatementLine], body: list[cst.BaseStatement]) -> list[cst.SimpleStatementLine]:
    """``lines`` with a blank line before the first, unless they follow other fields."""
    if lines and len(body) == 1 and docstring(cst.IndentedBlock(body)):
        return [replaced(lines[0], leading_lines=[cst.EmptyLine(indent=False)]), *lines[1:]]
    return lines


def _below(node: cst.BaseStatement, body: list[cst.BaseStatement]) -> cst.BaseStatement:
    """``node`` with a blank line before it if it is a definition behind fields."""
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)) and body and isinstance(body[-1], cst.SimpleStatementLine):
        if not any(line.comment is None for line in node.leading_lines):
            return replaced(node, leading_lines=[cst.EmptyLine(indent=False), *node.leading_lines])
    return node


def _member(one: ClassFacts, node: cst.CSTNode, writer: Writer, seen: set[str]) -> list[cst.BaseStatement]:
    if isinstance(node, cst.FunctionDef):
        name = node.name.value
        group = one.functions.get(name, [])
        function = next(each for each in group if each.node is node)
        if not is_emitted(function):
            return []
        if function.has("overload"):
            return _overloads(one, group, writer, seen)
        return _method(function, group, writer)
    if isinstance(node, cst.ClassDef):
        nested = one.classes[node.name.value]
        return [wrapper_class(nested, writer)] if writer.index.fate(nested) is Fate.WRAPPED else _shared_class(nested, writer)
    if isinstance(node, cst.SimpleStatementLine):
        return _line(one, node, writer)
    if isinstance(node, cst.If):
        return _conditional(one, node, writer, seen)
    return []


def _conditional(one: ClassFacts, node: cst.If, writer: Writer, seen: set[str]) -> list[cst.BaseStatement]:
    """``if TYPE_CHECKING:`` and version checks; what is defined under other conditions is found at run time."""
    body = [member for inner in node.body.body for member in _member(one, inner, writer, seen)]
    if not body or not writer.is_static(node.test):
        return body
    return [replaced(node, body=_body_block(node.body, body), orelse=None)]


def _shared_class(one: ClassFacts, writer: Writer) -> list[cst.BaseStatement]:
    value = writer.marks.name(writer.async_text(one.qualified))
    line = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(one.name))], value)])
    return [replaced(line, leading_lines=one.node.leading_lines)]


def is_emitted(function: FunctionFacts) -> bool:
    """Public methods, operators, and what subclasses have to define; the rest is found at run time."""
    name = function.name
    if name.startswith("__") and name.endswith("__"):
        return name not in _NOT_EMITTED
    return not name.startswith("_") or function.has("abstractmethod")


def _overloads(one: ClassFacts, group: list[FunctionFacts], writer: Writer, seen: set[str]) -> list[cst.BaseStatement]:
    """All overloads at the place of the first."""
    name = group[0].name
    if name in seen:
        return []
    seen.add(name)
    return list(overload_items(group, writer, decorated=False))


def _method(function: FunctionFacts, group: list[FunctionFacts], writer: Writer) -> list[cst.BaseStatement]:
    name = function.name
    owner = function.owner
    assert owner is not None
    if name in FACES:
        return face(function, writer)
    if name in ("__enter__", "__exit__", "__next__") and _has_async(owner, name) or name == "result" and "__await__" in owner.functions:
        return []
    if is_property(function):
        return [_property(function, writer)]
    place = "_static" if function.has("staticmethod") else ""
    more = writer.interface_decorators(kind(function), place) if not name.startswith("__") or name == "__call__" else ()
    if any(each.has("overload") for each in group):
        more = writer.overload_decorators(more)
    if function.has("staticmethod"):
        head = Owner(writer.marks.mark(writer.async_text(owner.qualified)))
    else:
        params = (*function.node.params.posonly_params, *function.node.params.params)
        head = Owner(params[0].name.value if params else "self", bool(params))
    used_verb = ""
    if name.startswith("__") and name != "__call__" and not function.is_async:
        used_verb = "now" if needs_loop(function, writer) else "direct"
    kept = frozenset(("staticmethod", "classmethod"))
    if name == "__new__":
        statement = _statement_for_new(function, writer)
    elif name == "__getattr__":
        statement = _read(function, writer)
    else:
        statement = crossing(function, writer, head, used_verb)
    return [definition(function, writer, [statement], decorators(function, *more, kept=kept))]


def is_property(function: FunctionFacts) -> bool:
    """Whether it is read, set or deleted, not called; any decorator called a property is one."""
    return any(name.lower().endswith("property") for name in function.decorators) or _is_accessor(function)


def _is_class_property(function: FunctionFacts) -> bool:
    params = (*function.node.params.posonly_params, *function.node.params.params)
    return function.has("classmethod") or (bool(params) and params[0].name.value == "cls")


def _has_async(owner: ClassFacts, name: str) -> bool:
    return {"__enter__": "__aenter__", "__exit__": "__aexit__", "__next__": "__anext__"}[name] in owner.functions


def _statement_for_new(function: FunctionFacts, writer: Writer) -> cst.SimpleStatementLine:
    from .calls import arguments, call

    params = (*function.node.params.posonly_params, *function.node.params.params)
    first = params[0].name.value if params else "cls"
    return call("new", [first, *arguments(function, Owner(first, True), writer)], writer, True)


def _read(function: FunctionFacts, writer: Writer) -> cst.SimpleStatementLine:
    from .calls import arguments, call

    params = (*function.node.params.posonly_params, *function.node.params.params)
    return call("read", [params[0].name.value, *arguments(function, Owner("", True), writer)], writer, True)


def _is_accessor(function: FunctionFacts) -> bool:
    """``@x.setter``, ``@x.deleter``, ``@x.getter``."""
    return any(
        isinstance(decorator.decorator, cst.Attribute)
        and decorator.decorator.attr.value in ("setter", "deleter", "getter")
        for decorator in function.node.decorators
    )


def _property(function: FunctionFacts, writer: Writer) -> cst.FunctionDef:
    from .calls import arguments, call

    params = (*function.node.params.posonly_params, *function.node.params.params)
    self_name = params[0].name.value if params else "self"
    part = next(
        (
            decorator.decorator.attr.value
            for decorator in function.node.decorators
            if isinstance(decorator.decorator, cst.Attribute)
            and decorator.decorator.attr.value in ("setter", "deleter", "getter")
        ),
        "getter",
    )
    verb = {"getter": "get", "setter": "set", "deleter": "delete"}[part]
    args = [self_name, writer.marks.mark(f'"{function.name}"')]
    if verb == "set":
        args += arguments(function, Owner("", True), writer)
    if needs_loop(function, writer):
        args.append("on_loop=True")
    statement = call(verb, args, writer, verb == "get")
    decorated = []
    for decorator, name in zip(function.node.decorators, function.decorators, strict=True):
        last = name.rpartition(".")[2]
        if last == "property" and _is_class_property(function):
            decorated.append(replaced(decorator, decorator=cst.parse_expression(f"{writer.bridge}.class_property")))
        elif last in ("property", "setter", "deleter", "getter", "abstractmethod", "override", "final", "deprecated"):
            decorated.append(decorator)
        elif last.lower().endswith("property"):
            head = f"{writer.bridge}.class_property" if _is_class_property(function) else "property"
            decorated.append(replaced(decorator, decorator=cst.parse_expression(head)))
    return definition(function, writer, [statement], decorated)


def _line(one: ClassFacts, node: cst.SimpleStatementLine, writer: Writer) -> list[cst.BaseStatement]:
    if docstring(one.node.body)[:1] and node is one.node.body.body[0]:
        return []
    parts = [part for old in node.body if (part := _value(one, old, writer)) is not None]
    return [replaced(node, body=[replaced(parts[-1], semicolon=cst.MaybeSentinel.DEFAULT)])] if parts else []


def _value(one: ClassFacts, node: cst.BaseSmallStatement, writer: Writer) -> cst.BaseSmallStatement | None:
    """A field or a class variable; for type checkers, and for defaults of methods further down."""
    if isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
        name = node.target.value
        if name.startswith("_") and name not in writer.used_in_defaults(one) and not is_dataclass(one):
            return None
        annotation = writer.types.annotation(node.annotation, one)
        value = node.value
        if value is not None and not is_literal(value) and not is_dataclass(one):
            value = writer.marks.name(f"{writer.async_text(one.qualified)}.{name}") if name in writer.used_in_defaults(one) else None
        equal = node.equal if value is not None else cst.MaybeSentinel.DEFAULT
        return replaced(node, annotation=annotation, value=value, equal=equal)
    if isinstance(node, cst.Assign) and len(node.targets) == 1 and isinstance(node.targets[0].target, cst.Name):
        return _assigned(one, node, node.targets[0].target.value, writer)
    return None


def _assigned(one: ClassFacts, node: cst.Assign, name: str, writer: Writer) -> cst.BaseSmallStatement | None:
    if name == "__slots__":
        return replaced(node, value=cst.Tuple([]))
    if name.startswith("__") and name.endswith("__"):
        return node if is_literal(node.value) or dotted(node.value) in one.functions else None
    if dotted(node.value) in one.functions and not name.startswith("_"):
        return node
    wanted = name in writer.used_in_defaults(one)
    if name.startswith("_") and not wanted:
        return None
    if is_literal(node.value):
        return node
    if wanted:
        return replaced(node, value=writer.marks.name(f"{writer.async_text(one.qualified)}.{name}"))
    return cst.AnnAssign(cst.Name(name), cst.Annotation(writer.any_type()))


def has_foreign_init(one: ClassFacts, writer: Writer) -> bool:
    """Whether objects are made by a base class that is neither of the source nor of the typing modules."""
    lineage = list(writer.index.lineage(one))
    if any("__init__" in each.functions or is_dataclass(each) for each in lineage):
        return False
    bases = [base for each in lineage for base in each.bases if writer.index.class_named(base) is None]
    return any(short(base) is None and base != "builtins.object" for base in bases)


__all__ = ["async_faces", "class_body", "statements", "unsubscripted", "wrapper_class"]

"""What a module offers to its users, read from its text: names, signatures, types, docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit.stub_attributes import view_of
from unasync_plus.emit.stub_functions import trailing_comment
from unasync_plus.emit.stub_location import Locator
from unasync_plus.emit.stub_names import LOCAL, Elsewhere, Names, from_typing
from unasync_plus.emit.stub_statements import bindings, statements
from unasync_plus.emit.stub_text import dotted, is_simple_literal, one_line
from unasync_plus.emit.stub_types import is_type_expression
from unasync_plus.records import record
from unasync_plus.resolve.taken import absolute

from .options import dataclass_options

_SKIP = re.compile(r"#\s*unasync:\s*skip\b")
_MANAGERS = frozenset(f"contextlib.{name}" for name in ("contextmanager", "asynccontextmanager"))
_PROPERTIES = ("builtins.property", "functools.cached_property", "abc.abstractproperty")


@record
class Parameter:
    name: str
    kind: str
    """"/" positional only, "" either, "*" keyword only, "*args" and "**kwargs"."""
    annotation: cst.BaseExpression | None = None
    default: str | None = None


@record
class Signature:
    parameters: tuple[Parameter, ...]
    returns: cst.BaseExpression | None
    is_async: bool
    text: str


@dataclass(slots=True)
class Member:
    """One public name; ``name`` is dotted below its module, "" for the module itself."""

    name: str
    kind: str
    """"module", "class", "function", "property", "value" or "import"."""
    line: int = 1
    column: int = 1
    signatures: list[Signature] = field(default_factory=list)
    annotation: cst.BaseExpression | None = None
    default: str | None = None
    """The literal that a field of a class begins with; "" for anything else."""
    values: list[cst.BaseExpression] = field(default_factory=list)
    """What it is set to; more than one under several conditions."""
    alias: cst.BaseExpression | None = None
    """The type that it is another name for."""
    options: frozenset[str] | None = None
    """``frozen=True``… of a dataclass."""
    bases: tuple[cst.BaseExpression, ...] = ()
    """With the values of keywords."""
    is_facade: bool = False
    """A class that calls another one through the bridge, or a method of it; what that one has of others is not repeated."""
    has_docstring: bool = False
    skipped: bool = False
    """Left out of the sync side by a comment."""
    public: bool = True
    decorators: frozenset[str] = frozenset()
    """As they are spelled, and by their qualified names."""

    @property
    def is_abstract(self) -> bool:
        return any(name.rpartition(".")[2].startswith("abstract") for name in self.decorators)

    @property
    def is_async(self) -> bool:
        return any(signature.is_async for signature in self.signatures)


def surface(code: str, name: str = "", *, private: bool = False, is_package: bool = False) -> dict[str, Member]:
    """The members of the module ``name``, in their order; classes come before what is in them."""
    module = cst.parse_module(code)
    names = Names.of(module, Elsewhere(lambda found: absolute(found.replace(LOCAL, f"{name}.", 1), name, is_package)))
    exported = _exported(module)
    members = {"": Member("", "module", has_docstring=module.get_docstring() is not None)}
    for member in _members(module.body, "", names, is_package and not exported):
        parts = member.name.split(".")
        named = private or all(map(_is_public, parts))
        listed = parts[0] in exported and (private or all(map(_is_public, parts[1:])))
        member.public = listed or (named and member.public)
        known = members.get(member.name)
        if known is None:
            members[member.name] = member
        elif known.kind == "function" == member.kind:
            known.signatures += member.signatures
        elif known.kind == "value" == member.kind:
            known.values += member.values
    locator = Locator(code)
    for member in members.values():
        if member.name:
            member.line, member.column = locator.place(member.name)
            _only_overloads(member)
    return members


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _exported(module: cst.Module) -> frozenset[str]:
    from unasync_plus.emit.stub_exports import listed

    found = listed(module)
    return found.names if found else frozenset()


def _only_overloads(member: Member) -> None:
    """Overloads are the signatures; the implementation below them is nobody's business."""
    overloads = [one for one in member.signatures if one.text.startswith("@overload ")]
    if overloads:
        member.signatures = overloads


def _members(body: object, owner: str, names: Names, hands_on: bool = False) -> Iterator[Member]:
    for statement in statements(body):  # type: ignore[arg-type]  # a block's or a module's statements
        prefix = f"{owner}." if owner else ""
        if isinstance(statement, cst.FunctionDef):
            if not any(
                (dotted(item.decorator) or "").endswith((".setter", ".deleter")) for item in statement.decorators
            ):
                yield _function(statement, prefix, names)
        elif isinstance(statement, cst.ClassDef):
            yield from _class(statement, prefix, names)
        elif isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name):
            yield _declared(statement, statement.target.value, prefix, names)
        elif isinstance(statement, cst.Assign):
            for target in statement.targets:
                for name, value in _bound(target.target, statement.value):
                    if not name.startswith("__") and name not in names.type_parameters:
                        yield _variable(name, value, prefix, names)
        elif isinstance(statement, cst.TypeAlias):
            yield Member(prefix + statement.name.value, "value", alias=statement.value)
        elif isinstance(statement, cst.Import | cst.ImportFrom) and not owner:
            for local, meaning in bindings(statement):
                public = _is_reexport(statement, local) or (hands_on and meaning.startswith("."))
                yield Member(local, "import", public=public)


def _bound(
    target: cst.BaseExpression, value: cst.BaseExpression | None
) -> Iterator[tuple[str, cst.BaseExpression | None]]:
    """The names of a target, each with its value; None if that comes out of something else."""
    if isinstance(target, cst.Name):
        yield target.value, value
    elif isinstance(target, (cst.Tuple, cst.List)):
        parts = value.elements if isinstance(value, (cst.Tuple, cst.List)) else ()
        is_each = len(parts) == len(target.elements) and all(
            type(one) is cst.Element for one in (*parts, *target.elements)
        )
        for index, one in enumerate(target.elements):
            yield from _bound(one.value, parts[index].value if is_each else None)


def _variable(name: str, value: cst.BaseExpression | None, prefix: str, names: Names) -> Member:
    if value is None:
        return Member(prefix + name, "value")
    if _hands_on(value, name, names):
        return Member(prefix + name, "import", alias=value if is_type_expression(value, names) else None)
    if is_type_expression(value, names):
        return Member(prefix + name, "value", alias=value)
    return Member(prefix + name, "value", values=[value])


def _declared(node: cst.AnnAssign, name: str, prefix: str, names: Names) -> Member:
    annotation = node.annotation.annotation
    if node.value is None:
        return Member(prefix + name, "value", annotation=annotation)
    if from_typing(names.qualified(dotted(annotation))) == "TypeAlias":
        return Member(prefix + name, "value", alias=node.value)
    default = _literal(node.value) if prefix else None
    return Member(prefix + name, "value", annotation=annotation, default=default, values=[node.value])


def _literal(node: cst.BaseExpression) -> str:
    return one_line(node) if is_simple_literal(node) else ""


def _hands_on(value: cst.BaseExpression, target: str, names: Names) -> bool:
    """``target = module.target``: the definition is another module's."""
    root, _, last = (dotted(value) or "").rpartition(".")
    return bool(root) and last == target and root.partition(".")[0] in names.imports


def _is_reexport(statement: cst.Import | cst.ImportFrom, local: str) -> bool:
    """``from a import b as b``."""
    if isinstance(statement.names, cst.ImportStar):
        return False
    written = [(dotted(one.name), dotted(one.asname.name) if one.asname else None) for one in statement.names]
    return (local, local) in written


def _function(node: cst.FunctionDef, prefix: str, names: Names) -> Member:
    decorators = {names.qualified(dotted(item.decorator)) or "" for item in node.decorators}
    kind = "property" if decorators & set(_PROPERTIES) else "function"
    overload = any(name.endswith(".overload") for name in decorators)
    parameters = tuple(_parameters(node, bound=bool(prefix) and "builtins.staticmethod" not in decorators))
    returns = node.returns.annotation if node.returns is not None else None
    if decorators & _MANAGERS:
        returns = _entered(returns)
    text = f"{'@overload ' if overload else ''}({', '.join(map(_shown, parameters))})"
    signature = Signature(parameters, returns, node.asynchronous is not None, text)
    has_docstring = node.get_docstring() is not None
    return Member(
        prefix + node.name.value,
        kind,
        signatures=[signature],
        has_docstring=has_docstring,
        skipped=_is_skipped(node),
        decorators=_decorators(node, names),
    )


def _decorators(node: cst.FunctionDef | cst.ClassDef, names: Names) -> frozenset[str]:
    called = (one.decorator.func if isinstance(one.decorator, cst.Call) else one.decorator for one in node.decorators)
    spelled = [dotted(one) or "" for one in called]
    return frozenset((*spelled, *(names.elsewhere.absolute(names.qualified(one) or "") for one in spelled)))


def _entered(returns: cst.BaseExpression | None) -> cst.BaseExpression | None:
    """What a call gives of a function that is made a context manager: its iterator's item, to be entered."""
    if not isinstance(returns, cst.Subscript):
        return returns
    return cst.Subscript(cst.Name("ContextManager"), [returns.slice[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)])


def _class(node: cst.ClassDef, prefix: str, names: Names) -> Iterator[Member]:
    is_facade = any(argument.keyword and argument.keyword.value == "wraps" for argument in node.keywords)
    given = node.bases if is_facade else (*node.bases, *node.keywords)
    bases = tuple(one.value for one in given if not (is_facade and _is_wrapper(one.value, names)))
    name = prefix + node.name.value
    skipped = _is_skipped(node)
    has_docstring = node.get_docstring() is not None
    yield Member(
        name,
        "class",
        bases=bases,
        is_facade=is_facade,
        has_docstring=has_docstring,
        skipped=skipped,
        decorators=_decorators(node, names),
        options=dataclass_options(node, names),
    )
    for member in _members(node.body.body, name, names):
        member.skipped = member.skipped or skipped
        member.is_facade = member.is_facade or (is_facade and member.kind in ("function", "property"))
        yield member
    if not prefix:
        for attribute in view_of(node, names).attributes:
            yield Member(f"{name}.{attribute}", "value", skipped=skipped)


def _is_wrapper(base: cst.BaseExpression, names: Names) -> bool:
    return (names.qualified(dotted(base)) or "").endswith(("_unasync_plus.wrap.Wrapper", "runtime.wrap.Wrapper"))


def _is_skipped(node: cst.FunctionDef | cst.ClassDef) -> bool:
    comments = [line.comment for line in node.leading_lines] + [trailing_comment(node.body)]
    return any(comment is not None and _SKIP.search(comment.value) for comment in comments)


def _parameters(node: cst.FunctionDef, *, bound: bool) -> Iterator[Parameter]:
    given = node.params
    found = [(one, "/") for one in given.posonly_params] + [(one, "") for one in given.params]
    for one, kind in found[1:] if bound else found:
        yield _parameter(one, kind)
    if isinstance(given.star_arg, cst.Param):
        yield _parameter(given.star_arg, "*args")
    for one in given.kwonly_params:
        yield _parameter(one, "*")
    if given.star_kwarg is not None:
        yield _parameter(given.star_kwarg, "**kwargs")


def _parameter(node: cst.Param, kind: str) -> Parameter:
    annotation = node.annotation.annotation if node.annotation is not None else None
    return Parameter(node.name.value, kind, annotation, one_line(node.default) if node.default is not None else None)


def _shown(parameter: Parameter) -> str:
    stars = {"*args": "*", "**kwargs": "**"}.get(parameter.kind, "")
    mark = {"/": "/", "*": "*"}.get(parameter.kind, "")
    return f"{mark and mark + ' '}{stars}{parameter.name}{'=' if parameter.default is not None else ''}"

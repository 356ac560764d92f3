"""What a stub says of functions in the dual interface that no decorator can type: a class with the call, and ``.aio``.

No decorator keeps overloads, nor ``Self`` inside another type (``list[Self]``). So the stub says that the function is an
object of such a class, and a method a descriptor that gives one. Only type checkers know these classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit.stub_names import Names
from unasync_plus.emit.stub_text import dotted
from unasync_plus.tree import replaced, walk

from .finish import is_overload

_DECORATOR = re.compile(
    r"(?P<bridge>\w+)\.dual(?P<place>_function|_static)?(?P<overloaded>_overloaded)?(?P<result>_(?!overloaded)\w+)?"
)
_SELF = re.compile(r"(?:\w+\.)*\bSelf\b")
_SELF_TYPE = "_SelfT"
_RESULTS = {
    "": ("Coroutine", "collections.abc", "Coroutine[Any, Any, {}]"),
    "_self": ("Coroutine", "collections.abc", "Coroutine[Any, Any, {}]"),
    "_iterator": ("AsyncIterator", "collections.abc", "AsyncIterator[{}]"),
    "_iterable": ("AsyncIterator", "collections.abc", "AsyncIterator[{}]"),
    "_generator": ("AsyncGenerator", "collections.abc", "AsyncGenerator[{}]"),
    "_context": ("AbstractAsyncContextManager", "contextlib", "AbstractAsyncContextManager[{}]"),
}
"""End of the decorator's name → what async callers get: a name, its module, and the type around the item's."""
_TYPING = ("Any", "Generic", "Protocol", "TypeVar", "overload")


def typed_overloads(tree: cst.Module) -> cst.Module:
    """``tree``, a generated module, with such classes; the same object if it has no use for them."""
    nodes = [node for node in walk(tree) if isinstance(node, cst.FunctionDef)]
    overloaded = [node.name.value for node in nodes if any(map(_is_overloaded, node.decorators))]
    maker = _Maker(tree, Names.of(tree), overloaded)
    body = maker.body(tree.body, ())
    if not maker.made:
        return tree
    made = "\n".join(maker.made)
    variable = [f'{_SELF_TYPE} = TypeVar("{_SELF_TYPE}")'] if _SELF_TYPE in made else []
    lines = [f"from typing import {', '.join(_TYPING)}", *sorted(maker.imports), *variable, made]
    block = cst.parse_module("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n" + _indented("\n".join(lines)))
    return replaced(tree, body=[*body, *block.body])


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


@dataclass(slots=True)
class _Maker:
    tree: cst.Module
    names: Names
    overloaded: Sequence[str] = ()
    """The names of overloaded methods, as often as there are classes that have one."""
    made: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)

    def body(self, body: Sequence[cst.CSTNode], owners: tuple[cst.ClassDef, ...]) -> list[cst.CSTNode]:
        """The statements of a module or of the innermost of ``owners``."""
        groups: dict[str, list[cst.FunctionDef]] = {}
        for node in body:
            if isinstance(node, cst.FunctionDef):
                groups.setdefault(node.name.value, []).append(node)
        new: list[cst.CSTNode] = []
        for node in body:
            if isinstance(node, cst.ClassDef) and isinstance(node.body, cst.IndentedBlock):
                inside = self.body(node.body.body, (*owners, node))
                node = replaced(node, body=replaced(node.body, body=inside))
            elif isinstance(node, cst.FunctionDef):
                group = groups[node.name.value]
                shape = self._shape(group, owners) if len(group) > 1 or (owners and _speaks_of_self(node)) else ""
                if shape and node is not group[-1]:
                    continue
                node = _shaped(node, shape) if shape else node
            new.append(node)
        return new

    def _shape(self, group: list[cst.FunctionDef], owners: tuple[cst.ClassDef, ...]) -> str:
        """The decorator's text for the last of ``group``; "" if its overloads stay as they are."""
        *overloads, last = group
        found = next((match for item in last.decorators if (match := _match(item))), None)
        if found is None or not all(map(is_overload, overloads)) or bool(overloads) != bool(found["overloaded"]):
            return ""
        if not overloads and found["result"] == "_self":
            return ""  # `DualSelfMethod` does
        overloads = overloads or [last]
        result, place = found["result"] or "", found["place"] or ""
        if result not in _RESULTS or not self._can_say(_RESULTS[result], overloads, owners):
            return ""
        name = "_".join(["", *(one.name.value for one in owners), last.name.value, "dual"])
        if any(name in one for one in (self.names.functions, self.names.classes, self.names.variables)):
            return ""
        if place == "_function":
            options = f"    def with_options(self, **options: Any) -> {name}: ...\n"
            self.made.append(self._class(name, "(Protocol)", overloads, result, drop=0) + options)
            return self._decorator(name)
        kinds = {dotted(item.decorator) for item in last.decorators}
        drop = 0 if "staticmethod" in kinds else 1
        shown, used = self._parameters(overloads, owners[-1])
        called = f"{name}_called"
        if any(map(_speaks_of_self, overloads)):
            if used:
                return ""  # two kinds of variables, which only one of the arguments of ``__get__`` can tell
            head = f"(Protocol[{_SELF_TYPE}])"
            self.made.append(self._class(called, head, overloads, result, drop=drop, more=f"__self__: {_SELF_TYPE}"))
            self.made.append(_descriptor_of_self(name, called, "classmethod" in kinds))
            return self._decorator(name)
        modern = owners[-1].type_parameters is not None and used
        if used and self.overloaded.count(last.name.value) > 1:
            return ""  # one may override the other, and generic ones are compared by name
        head = shown if modern else f"(Generic[{', '.join(used)}])" if used else "(Protocol)"
        self.made.append(self._class(called, head, overloads, result, drop=drop))
        self.made.append(_descriptor(name, called, owners, used, shown if modern else "", "classmethod" in kinds))
        return self._decorator(name)

    def _decorator(self, name: str) -> str:
        self.made.append(f"def {name}_of(function: Any) -> {name}: ...\n")
        return f"{name}_of"

    def _can_say(
        self, result: tuple[str, str, str], overloads: list[cst.FunctionDef], owners: tuple[cst.ClassDef, ...]
    ) -> bool:
        """Whether the names that it takes mean what they should here, and no type depends on ``self``."""
        name, module, _ = result
        wanted = {name: module, **dict.fromkeys(_TYPING, "typing"), "TYPE_CHECKING": "typing"}
        if any(self.names.knows(one) and self.names.qualified(one) != f"{home}.{one}" for one, home in wanted.items()):
            return False
        self.imports.add(f"from {module} import {name}")
        hidden = {one.name.value for one in owners}
        is_self = (self.names.qualified("Self") or "").endswith(".Self") and not self.names.knows(_SELF_TYPE)
        if any(map(_speaks_of_self, overloads)) and not is_self:
            return False
        return not any(hidden and _annotated_first(one) for one in overloads)

    def _parameters(self, overloads: list[cst.FunctionDef], owner: cst.ClassDef) -> tuple[str, list[str]]:
        """The class's own type parameters as text, and their names if its overloads speak of one."""
        if owner.type_parameters is not None:
            own = [one.param.name.value for one in owner.type_parameters.params]
        else:
            bases = [one.value for one in owner.bases if isinstance(one.value, cst.Subscript)]
            generic = [
                base for base in bases if (dotted(base.value) or "").rpartition(".")[2] in ("Generic", "Protocol")
            ]
            words = [word for base in generic or bases for word in _names(base)]
            own = list(dict.fromkeys(word for word in words if word in self.names.type_parameters))
        used = any(set(own) & set(_words(one)) for one in overloads)
        text = self.tree.code_for_node(owner.type_parameters) if owner.type_parameters is not None else ""
        return text, own if used else []

    def _class(
        self, name: str, head: str, overloads: list[cst.FunctionDef], result: str, *, drop: int, more: str = ""
    ) -> str:
        """``more`` is a member besides: one that says that the class is invariant in the type of ``self``."""
        lines = [f"class {name}{head}:", *([f"    {more}"] if more else [])]
        mark = ["    @overload"] if len(overloads) > 1 else []
        for method in ("__call__", "aio"):
            for one in overloads:
                made = _method(one, method, drop)
                if method == "aio":
                    made = replaced(made, returns=cst.Annotation(_for_async(self.tree, one, _RESULTS[result][2])))
                text = _SELF.sub(_SELF_TYPE, self.tree.code_for_node(made)) if more else self.tree.code_for_node(made)
                lines += [*mark, *_indented(text).splitlines()]
        return "\n".join(lines) + "\n"


def _match(item: cst.Decorator) -> re.Match[str] | None:
    return _DECORATOR.fullmatch(dotted(item.decorator) or "")


def _is_overloaded(item: cst.Decorator) -> bool:
    found = _match(item)
    return found is not None and found["overloaded"] is not None


def _speaks_of_self(node: cst.FunctionDef) -> bool:
    return "Self" in _words(node)


def _shaped(node: cst.FunctionDef, shape: str) -> cst.FunctionDef:
    decorators = [
        replaced(item, decorator=cst.parse_expression(shape)) if _match(item) else item for item in node.decorators
    ]
    return replaced(node, decorators=decorators)


def _method(node: cst.FunctionDef, name: str, drop: int) -> cst.FunctionDef:
    """An overload as a method of an object; ``drop`` of its first parameters are for what it was called on."""
    positional, params = list(node.params.posonly_params), list(node.params.params)
    given = positional or params
    del given[:drop]
    given = positional or params
    given.insert(0, cst.Param(cst.Name("self")))
    only = cst.ParamSlash() if positional else cst.MaybeSentinel.DEFAULT
    parameters = replaced(node.params, posonly_params=positional, params=params, posonly_ind=only)
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if len(given) > 1 or positional or parameters.kwonly_params or parameters.star_kwarg or _has_star(parameters):
        given[0] = replaced(given[0], comma=comma)
    return replaced(
        node,
        name=cst.Name(name),
        params=parameters,
        decorators=(),
        leading_lines=(),
        lines_after_decorators=(),
        whitespace_before_params=cst.SimpleWhitespace(""),
        body=cst.SimpleStatementSuite([cst.Expr(cst.Ellipsis())]),
    )


def _has_star(node: cst.Parameters) -> bool:
    return isinstance(node.star_arg, (cst.Param, cst.ParamStar))


def _for_async(tree: cst.Module, node: cst.FunctionDef, form: str) -> cst.BaseExpression:
    """What async callers get where sync ones get what ``node`` is annotated with."""
    returns = node.returns.annotation if node.returns is not None else cst.Name("Any")
    if form.startswith("Coroutine"):
        return cst.parse_expression(form.format(tree.code_for_node(returns)))
    inside = "Any, Any" if "Generator" in form else "Any"
    if isinstance(returns, cst.Subscript):
        parts = [tree.code_for_node(one.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for one in returns.slice]
        inside = ", ".join(parts[:2] if "Generator" in form else parts[:1])
    return cst.parse_expression(form.format(inside))


def _descriptor(
    name: str, called: str, owners: tuple[cst.ClassDef, ...], used: list[str], modern: str, is_of_class: bool
) -> str:
    if not used:
        return f"class {name}(Protocol):\n    def __get__(self, instance: Any, owner: Any) -> {called}: ...\n"
    parameters = f"[{', '.join(used)}]"
    owner = ".".join(one.name.value for one in owners) + parameters
    instance, of = ("Any", f"type[{owner}]") if is_of_class else (owner, "Any")
    unbound = "" if is_of_class else "    @overload\n    def __get__(self, instance: None, owner: Any) -> Any: ...\n"
    bound = f"    def __get__{modern}(self, instance: {instance}, owner: {of}) -> {called}{parameters}: ...\n"
    return f"class {name}:\n{unbound}{'    @overload' + chr(10) if unbound else ''}{bound}"


def _descriptor_of_self(name: str, called: str, is_of_class: bool) -> str:
    instance, owner = ("Any", f"type[{_SELF_TYPE}]") if is_of_class else (_SELF_TYPE, "Any")
    bound = f"def __get__(self, instance: {instance}, owner: {owner}) -> {called}[{_SELF_TYPE}]: ...\n"
    if is_of_class:
        return f"class {name}(Protocol):\n    {bound}"
    unbound = "    @overload\n    def __get__(self, instance: None, owner: Any) -> Any: ...\n"
    return f"class {name}(Protocol):\n{unbound}    @overload\n    {bound}"


def _annotated_first(node: cst.FunctionDef) -> bool:
    first = next(iter((*node.params.posonly_params, *node.params.params)), None)
    return first is not None and first.name.value in ("self", "cls") and first.annotation is not None


def _names(node: cst.CSTNode) -> Iterator[str]:
    return (part.value for part in walk(node) if isinstance(part, cst.Name))


def _words(node: cst.FunctionDef) -> list[str]:
    """The words of the signature, quoted types too."""
    signature = replaced(node, body=cst.SimpleStatementSuite([cst.Pass()]), leading_lines=(), decorators=())
    return re.findall(r"\w+", cst.Module([]).code_for_node(signature))

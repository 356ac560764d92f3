"""A file for a type checker, made from both sides of a module: each public callable of the sync side is called, and
``assert_type`` says that what it gives is what the async source declares, its coroutine taken off.

Nothing in the file is ever run. A callable whose declaration does not settle its type (no annotation, a decorator
from elsewhere) is listed in ``skipped``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit.assert_names import Resolver
from unasync_plus.emit.stub_names import Names, from_typing, statements
from unasync_plus.emit.stub_text import annotation, dotted, one_line
from unasync_plus.emit.stub_union import allows_none
from unasync_plus.emit.sync_types import sync_type

_TRANSPARENT = frozenset(
    "builtins.property builtins.classmethod builtins.staticmethod abc.abstractmethod functools.cached_property".split()
)
_MANAGERS = ("contextlib.asynccontextmanager", "contextlib.contextmanager")
_STANDARD = {"Any": "typing", "ContextManager": "typing", "Generator": "typing", "Iterable": "typing"} | {
    "ExitStack": "contextlib",
    "Iterator": "typing",
    "Union": "typing",
}
_NEVER = ("NoReturn", "Never")


@dataclass(frozen=True, slots=True)
class Proof:
    """``text`` is the file, ``asserted`` how many ``assert_type`` it holds."""

    text: str
    asserted: int
    skipped: tuple[str, ...]


def make_proof(source: str, code: str, *, module: str, is_package: bool, rename: Callable[[str], str]) -> Proof:
    """Prove ``code``, the sync module ``module``, against the async ``source``; ``rename`` maps names to sync ones."""
    ours, theirs = cst.parse_module(source), cst.parse_module(code)
    prover = _Prover(Names.of(ours), Resolver.of(theirs, module, is_package), rename)
    prover.scope(ours.body, theirs.body, "", ())
    head = ["from __future__ import annotations", "", "from typing_extensions import assert_type", ""]
    lines = [*head, f"import {module} as _sync", *sorted(prover.resolver.needed), *prover.lines]
    return Proof("\n".join(lines) + "\n", prover.asserted, tuple(prover.skipped))


@dataclass(slots=True)
class _Prover:
    names: Names
    """Of the async module."""
    resolver: Resolver
    """Of the sync one."""
    rename: Callable[[str], str]
    lines: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    asserted: int = 0

    def scope(self, ours: object, theirs: object, owner: str, classes: tuple[cst.ClassDef, ...]) -> None:
        """All definitions of a module or a class."""
        counterparts = _definitions(theirs)
        for name, found in _definitions(ours).items():
            other = counterparts.get(self.rename(name)) or counterparts.get(name)
            if other is None or (name.startswith("_") and not name.endswith("__")):
                continue
            label = f"{owner}.{other[0].name.value}" if owner else other[0].name.value
            if isinstance(found[0], cst.ClassDef) and isinstance(other[0], cst.ClassDef):
                self.scope(found[0].body.body, other[0].body.body, label, (*classes, other[0]))
            else:
                self._callables(found, other, label, classes)

    def _callables(
        self,
        ours: list[cst.FunctionDef | cst.ClassDef],
        theirs: list[cst.FunctionDef | cst.ClassDef],
        label: str,
        classes: tuple[cst.ClassDef, ...],
    ) -> None:
        first = _signatures(ours, self.names)
        second = _signatures(theirs, self.resolver.names)
        if len(first) != len(second) or not first or label.endswith((".__init__", ".__new__", ".result")):
            return
        for position, (one, other) in enumerate(zip(first, second, strict=True)):
            if not self._prove(one, other, label, classes, position):
                self.skipped.append(label)

    def _prove(
        self,
        ours: cst.FunctionDef,
        theirs: cst.FunctionDef,
        label: str,
        classes: tuple[cst.ClassDef, ...],
        position: int,
    ) -> bool:
        kinds = {self.names.qualified(dotted(item.decorator)) or "" for item in ours.decorators}
        manager = bool(kinds & set(_MANAGERS))
        plain = {kind for kind in kinds if kind not in _TRANSPARENT | set(_MANAGERS) and not from_typing(kind)}
        if plain or ours.returns is None:
            return False
        scopes = [*(one.type_parameters for one in classes), theirs.type_parameters]
        self.resolver.local = {one.param.name.value for scope in scopes if scope for one in scope.params}
        owner = self._owner(classes)
        expected = self._expected(ours.returns.annotation, owner, manager)
        parameters = self._parameters(theirs, bool(classes) and "builtins.staticmethod" not in kinds)
        if expected is None or parameters is None or (classes and owner is None):
            return False
        declared, passed = parameters
        instance = bool(classes) and not kinds & {"builtins.staticmethod", "builtins.classmethod"}
        receiver = (
            "self" if instance else "_sync" + ("." + ".".join(one.name.value for one in classes) if classes else "")
        )
        call = f"{receiver}.{theirs.name.value}"
        if not kinds & {"builtins.property", "functools.cached_property"}:
            call += f"({', '.join(passed)})"
        first = [f"self: {owner}"] if instance else []
        name = f"_{label.replace('.', '_')}_{position}"
        generic = self._type_parameters(theirs, classes)
        self.lines += ["", "", f"def {name}{generic}({', '.join([*first, *declared])}) -> None:"]
        self.lines += _assertion(call, expected, manager)
        self.asserted += 1
        return True

    def _owner(self, classes: tuple[cst.ClassDef, ...]) -> str | None:
        """The class as the type of ``self``, with its own type parameters."""
        if not classes:
            return None
        path = "_sync." + ".".join(one.name.value for one in classes)
        own = self.resolver.type_parameters(classes[-1])
        return path if not own else self.resolver.use(f"{path}[{', '.join(own)}]")

    def _expected(self, node: cst.BaseExpression, owner: str | None, manager: bool) -> str | None:
        text = sync_type(node, self.rename)
        if manager:
            _, bracket, rest = text.partition("[")
            text = _first_of(rest[:-1]) if bracket else "Any"
        if text.rpartition(".")[2] in _NEVER:
            return None
        resolved = self.resolver.use(text, {"Self": owner or "Self"}, _STANDARD)
        return None if self.resolver.failed else resolved

    def _parameters(self, node: cst.FunctionDef, bound: bool) -> tuple[list[str], list[str]] | None:
        """The parameters as the proof declares them, and as it passes them on."""
        declared, passed, keywords = [], [], []
        positional = (*node.params.posonly_params, *node.params.params)
        for one in positional[1:] if bound else positional:
            declared.append(self._parameter(one))
            passed.append(f"p_{one.name.value}")
        if isinstance(node.params.star_arg, cst.Param):
            declared.append(f"*{self._parameter(node.params.star_arg)}")
            passed.append(f"*p_{node.params.star_arg.name.value}")
        elif node.params.kwonly_params:
            declared.append("*")
        for one in node.params.kwonly_params:
            declared.append(self._parameter(one))
            keywords.append(f"{one.name.value}=p_{one.name.value}")
        if node.params.star_kwarg is not None:
            declared.append(f"**{self._parameter(node.params.star_kwarg)}")
            keywords.append(f"**p_{node.params.star_kwarg.name.value}")
        return None if any(not text for text in declared) else (declared, [*passed, *keywords])

    def _parameter(self, node: cst.Param) -> str:
        if node.annotation is None:
            return ""
        text = self.resolver.use(annotation(node.annotation.annotation), {}, _STANDARD)
        if isinstance(node.default, cst.Name) and node.default.value == "None" and not allows_none(text):
            text = f"{text} | None"
        return "" if self.resolver.failed else f"p_{node.name.value}: {text}"

    def _type_parameters(self, node: cst.FunctionDef, classes: tuple[cst.ClassDef, ...]) -> str:
        """PEP 695 parameters of the class and of the function, for the function that proves."""
        given = [*(one.type_parameters for one in classes), node.type_parameters]
        lists = [one_line(part).strip("[]") for part in given if part is not None]
        return f"[{', '.join(lists)}]" if lists else ""


def _assertion(call: str, expected: str, manager: bool) -> Iterator[str]:
    if manager:
        yield f"    with {call} as value:"
        yield f"        assert_type(value, {expected})"
    else:
        yield f"    assert_type({call}, {expected})"


def _first_of(text: str) -> str:
    depth = 0
    for position, character in enumerate(text):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "," and not depth:
            return text[:position]
    return text


def _definitions(body: object) -> dict[str, list[cst.FunctionDef | cst.ClassDef]]:
    found: dict[str, list[cst.FunctionDef | cst.ClassDef]] = {}
    for statement in statements(body):  # type: ignore[arg-type]  # the statements of a block or a module
        if isinstance(statement, cst.FunctionDef | cst.ClassDef):
            found.setdefault(statement.name.value, []).append(statement)
    return found


def _signatures(found: list[cst.FunctionDef | cst.ClassDef], names: Names) -> list[cst.FunctionDef]:
    """The overloads, or the one function; setters and deleters give nothing."""
    functions = [one for one in found if isinstance(one, cst.FunctionDef)]
    overloads = [
        one
        for one in functions
        if any(from_typing(names.qualified(dotted(item.decorator))) == "overload" for item in one.decorators)
    ]
    return overloads or functions[:1]

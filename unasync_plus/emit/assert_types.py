"""A file for a type checker, made from both sides of a module: each public callable of the sync side is called, and
``assert_type`` says that what it gives is what the async source declares, its coroutine taken off.

Nothing in the file is ever run. A parameter without annotation is given ``Any``. A callable whose declaration does not
settle its type (no annotation of its result, a decorator from elsewhere) is listed in ``skipped``, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit.assert_names import Resolver
from unasync_plus.emit.stub_decorators import gives_back_what_it_gets
from unasync_plus.emit.stub_names import Elsewhere, Names, from_typing
from unasync_plus.emit.stub_statements import statements
from unasync_plus.emit.stub_text import annotation, dotted, one_line
from unasync_plus.emit.stub_union import allows_none
from unasync_plus.emit.sync_types import sync_type
from unasync_plus.records import record

_TRANSPARENT = frozenset(
    "builtins.property builtins.classmethod builtins.staticmethod abc.abstractmethod functools.cached_property".split()
)
_MANAGERS = ("contextlib.asynccontextmanager", "contextlib.contextmanager")
_GUARD = re.compile(r"(?:TypeGuard|TypeIs)\[(.+)\]")
_STANDARD = dict.fromkeys(("Any", "ContextManager", "Generator", "Iterable"), "typing") | {
    "AbstractContextManager": "contextlib",
    "ExitStack": "contextlib",
    "Iterator": "typing",
    "Union": "typing",
    "Unpack": "typing_extensions",
}
_NEVER = ("NoReturn", "Never")
_WORD = re.compile(r"[^\W\d]\w*")


@record
class Proof:
    """``text`` is the file, ``asserted`` how many ``assert_type`` it holds, ``skipped`` names with reasons."""

    text: str
    asserted: int
    skipped: tuple[tuple[str, str], ...]


def make_proof(
    source: str,
    code: str,
    *,
    module: str,
    is_package: bool,
    rename: Callable[[str], str],
    elsewhere: Elsewhere | None = None,
) -> Proof:
    """Prove ``code``, the sync module ``module``, against the async ``source``; ``rename`` maps names to sync ones.

    ``elsewhere`` is what is known of the modules that both sides import from.
    """
    ours, theirs = cst.parse_module(source), cst.parse_module(code)
    prover = _Prover(Names.of(ours, elsewhere), Resolver.of(theirs, elsewhere, module, is_package), rename)
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
    skipped: list[tuple[str, str]] = field(default_factory=list)
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
            reason = self._unsettled(one) or self._prove(one, other, label, classes, position)
            if reason:
                self.skipped.append((label, reason))

    def _unsettled(self, node: cst.FunctionDef) -> str:
        """Why the declaration does not tell what a call gives; "" if it does."""
        if node.returns is None:
            return "its result has no annotation"
        foreign = next((item.decorator for item in node.decorators if not self._is_transparent(item)), None)
        return f"@{one_line(foreign)} may change it" if foreign is not None else ""

    def _prove(
        self,
        ours: cst.FunctionDef,
        theirs: cst.FunctionDef,
        label: str,
        classes: tuple[cst.ClassDef, ...],
        position: int,
    ) -> str:
        """Assert what a call gives; the reason if that cannot be said outside of the module."""
        assert ours.returns is not None
        kinds = {self.names.qualified(dotted(item.decorator)) or "" for item in ours.decorators}
        scopes = [*(one.type_parameters for one in classes), theirs.type_parameters]
        self.resolver.local = {one.param.name.value for scope in scopes if scope for one in scope.params}
        owner = self._owner(classes)
        bound = bool(classes) and "builtins.staticmethod" not in kinds
        special = self._self_types(theirs, owner) if owner and bound else {"Self": owner or ""}
        owner = special["Self"]
        manager = bool(kinds & set(_MANAGERS))
        expected = self._expected(ours.returns.annotation, special, manager)
        parameters = self._parameters(theirs, bound, special)
        if expected is None or parameters is None:
            return f"its {'parameters have' if expected else 'result has'} a type that cannot be said elsewhere"
        declared, passed = parameters
        instance = bound and "builtins.classmethod" not in kinds
        if self._is_open(expected, [*declared, owner]):
            return "its result is generic by itself"
        receiver = "self" if instance else "cls" if classes else "_sync"
        call = f"{receiver}.{theirs.name.value}"
        if not kinds & {"builtins.property", "functools.cached_property"}:
            call += f"({', '.join(passed)})"
        first = [f"self: {owner}" if instance else f"cls: type[{owner}]"] if classes else []
        name = f"_{label.replace('.', '_')}_{position}"
        generic = self._type_parameters(theirs, classes)
        self.lines += ["", "", f"def {name}{generic}({', '.join([*first, *declared])}) -> None:"]
        self.lines += _assertion(call, expected, manager, next(iter(passed), ""))
        self.asserted += 1
        return ""

    def _is_open(self, expected: str, given: Sequence[str]) -> bool:
        """Whether the type has a type variable that nothing which is passed on settles: (…) -> Callable[[T], T]."""
        open_ = set(_WORD.findall(expected)) & self.resolver.names.type_parameters
        return bool(open_ - set(_WORD.findall(" ".join(given))))

    def _is_transparent(self, item: cst.Decorator) -> bool:
        """Whether a decorator leaves the result type alone; one of the project's own is trusted."""
        expression = item.decorator
        called = isinstance(expression, cst.Call)
        name = dotted(expression.func if isinstance(expression, cst.Call) else expression) or ""
        qualified = self.names.qualified(name) or ""
        if qualified in _TRANSPARENT or qualified in _MANAGERS or from_typing(qualified):
            return True
        local = self.names.functions.get(name)
        if local is not None and local.returns is not None:
            return gives_back_what_it_gets(local, called, self.names)
        own = self.resolver.module.partition(".")[0]
        return qualified.startswith((".", f"{own}."))

    def _owner(self, classes: tuple[cst.ClassDef, ...]) -> str | None:
        """The class as the type of ``self``, with its own type parameters."""
        if not classes:
            return None
        path = "_sync." + ".".join(one.name.value for one in classes)
        own = self.resolver.type_parameters(classes[-1])
        return path if not own else self.resolver.use(f"{path}[{', '.join(own)}]")

    def _self_types(self, node: cst.FunctionDef, owner: str) -> dict[str, str]:
        """What ``Self`` stands for, and a type variable that ``self`` or ``cls`` is annotated with.

        That is what the variable is bound to, if the module says so: the class may be but a part of that.
        """
        first = next(iter((*node.params.posonly_params, *node.params.params)), None)
        if first is None or first.annotation is None:
            return {"Self": owner}
        text = annotation(first.annotation.annotation)
        head, bracket, rest = text.partition("[")
        text = rest[:-1] if bracket and head.rpartition(".")[2].lower() == "type" else text
        if not self.resolver.is_type_parameter(text):
            return {"Self": (self.resolver.use(text) if "[" in text else "") or owner}
        bound = self.resolver.bound_of(text)
        if bound and not self.resolver.derives(owner.removeprefix("_sync.").partition("[")[0], bound):
            resolved = self.resolver.use(bound)
            owner = owner if self.resolver.failed else resolved
        return {"Self": owner, text: owner}

    def _expected(self, node: cst.BaseExpression, special: Mapping[str, str], manager: bool) -> str | None:
        text = sync_type(node, self.rename)
        if manager:
            _, bracket, rest = text.partition("[")
            text = _first_of(rest[:-1]) if bracket else "Any"
        if text.rpartition(".")[2] in _NEVER:
            return None
        resolved = self.resolver.use(text, special, _STANDARD)
        return None if self.resolver.failed else resolved

    def _parameters(
        self, node: cst.FunctionDef, bound: bool, special: Mapping[str, str]
    ) -> tuple[list[str], list[str]] | None:
        """The parameters as the proof declares them, and as it passes them on; None if one has no type."""
        given = node.params
        positional = (*given.posonly_params, *given.params)[1 if bound else 0 :]
        groups: list[tuple[str, str, Sequence[cst.Param]]] = [("", "p_{0}", positional)]
        if isinstance(given.star_arg, cst.Param):
            groups.append(("*", "*p_{0}", [given.star_arg]))
        groups.append(("", "{0}=p_{0}", given.kwonly_params))
        if given.star_kwarg is not None:
            groups.append(("**", "**p_{0}", [given.star_kwarg]))
        declared: list[str] = []
        passed: list[str] = []
        for stars, form, group in groups:
            if form.startswith("{0}=") and group and not isinstance(given.star_arg, cst.Param):
                declared.append("*")
            for one in group:
                text = self._parameter(one, special)
                if text is None:
                    return None
                declared.append(stars + text)
                passed.append(form.format(one.name.value))
        return declared, passed

    def _parameter(self, node: cst.Param, special: Mapping[str, str]) -> str | None:
        declared = annotation(node.annotation.annotation) if node.annotation is not None else "Any"
        text = self.resolver.use(declared, special, _STANDARD)
        if isinstance(node.default, cst.Name) and node.default.value == "None" and not allows_none(text):
            text = f"{text} | None"
        return None if self.resolver.failed else f"p_{node.name.value}: {text}"

    def _type_parameters(self, node: cst.FunctionDef, classes: tuple[cst.ClassDef, ...]) -> str:
        """PEP 695 parameters of the class and of the function, for the function that proves."""
        given = [*(one.type_parameters for one in classes), node.type_parameters]
        lists = [self.resolver.use(one_line(part)[1:-1], None, _STANDARD) for part in given if part is not None]
        return f"[{', '.join(lists)}]" if lists else ""


def _assertion(call: str, expected: str, manager: bool, argument: str) -> Iterator[str]:
    guard = _GUARD.fullmatch(expected)
    if manager:
        yield f"    with {call} as value:"
        yield f"        assert_type(value, {expected})"
    elif guard is not None:
        yield f"    if {call}:"
        yield f"        assert_type({argument}, {guard[1]})"
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

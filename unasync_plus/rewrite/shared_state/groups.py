"""Functions that share state: the methods of a class with those of its bases in the module, or the module's own functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import libcst as cst

from unasync_plus.records import record
from unasync_plus.resolve.scopes import Binding, Scope
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.shared_state.flow import Flow, Start
from unasync_plus.rewrite.shared_state.holders import Held
from unasync_plus.rewrite.shared_state.reading import Reader
from unasync_plus.rewrite.shared_state.walking import AWAY, told_of

_CACHES = frozenset(f"functools.{name}" for name in ("cache", "lru_cache", "cached_property"))
_MAKING = frozenset({"__init__", "__new__", "__post_init__", "__attrs_post_init__", "__init_subclass__", "__del__"})
"""What runs before anything else can see the object, or after."""


@record
class Group:
    """``name``: the class's, or empty; ``methods``: by name; ``inner``: by definition, what is no method of a class.

    ``held``: how a class whose methods are among them holds the object.
    """

    name: str
    methods: Mapping[str, Flow]
    inner: Mapping[int, Flow]
    held: Held | None = None

    def flow(self, function: str | cst.FunctionDef) -> Flow | None:
        """The function that is called, if it is one of the group."""
        if isinstance(function, str):
            return self.methods.get(function)
        own = (flow for flow in self.methods.values() if flow.node is function)
        return self.inner.get(id(function)) or next(own, None)

    def flows(self) -> list[Flow]:
        """The methods, and the functions inside of them that they call or start."""
        todo = list(self.methods.values())
        found = {id(flow): flow for flow in todo}
        while todo:
            flow = todo.pop()
            for function in _used(flow):
                inner = self.flow(function) if isinstance(function, cst.FunctionDef) else None
                if inner is not None and id(inner) not in found:
                    found[id(inner)] = inner
                    todo.append(inner)
        return list(found.values())

    def entries(self) -> list[Flow]:
        """What other code calls: what is public, and what nothing in the group calls, starts or hands on."""
        flows = self.flows()
        used = {id(self.flow(function)) for flow in flows for function in _used(flow)}
        started = {id(self.flow(start.function)) for flow in flows for start in flow.starts}
        handed_on = set[str]().union(*(flow.handed_on for flow in flows))
        return [
            flow
            for name, flow in self.methods.items()
            if (own := name.rpartition(".")[2]) not in _MAKING and id(flow) not in started
            if not own.startswith("_") or (id(flow) not in used and name not in handed_on)
        ]


def _used(flow: Flow) -> list[str | cst.FunctionDef]:
    return [call.function for call in flow.calls] + [start.function for start in flow.starts]


def starts_any(ctx: Context, words: Iterable[str]) -> bool:
    """Whether a function of the module that uses one of ``words`` starts anything; none other does."""
    users = {id(scope): scope for word in words for scope in ctx.names.users.get(word, ())}
    functions = (scope.enclosing("function") for scope in users.values())
    nodes = {
        id(scope.node): scope for scope in functions if scope is not None and isinstance(scope.node, cst.FunctionDef)
    }
    return any(_begins(Reader(ctx, scope.node, _object_in(scope), []).read()) for scope in nodes.values())


def _begins(flow: Flow) -> bool:
    kept = {one.variable for one in flow.kept}
    return bool(flow.starts) or any(made.variable in kept or flow.node.decorators for made in flow.made)


def _object_in(function: Scope) -> str:
    """What a method, or a function in one, calls the object; empty in any other function."""
    scope: Scope | None = function
    while scope is not None:
        if scope.parent is not None and scope.parent.kind == "class" and isinstance(scope.node, cst.FunctionDef):
            return _itself(scope.node)
        scope = scope.parent
    return ""


def _itself(method: cst.FunctionDef) -> str:
    """What ``method`` calls the object; empty if it is static."""
    params = (*method.params.posonly_params, *method.params.params)
    is_static = any(
        isinstance(one.decorator, cst.Name) and one.decorator.value == "staticmethod" for one in method.decorators
    )
    return params[0].name.value if params and not is_static else ""


class Groups:
    """All groups of a module."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._inner: dict[int, Flow] = {}
        self.flows: list[Flow] = []
        top = ctx.names.module
        self._classes = [scope for scope in ctx.names.scopes.values() if scope.kind == "class"]
        self._own = {id(scope): self._methods(scope) for scope in self._classes}
        functions: dict[str, Flow] = {}
        for name, bindings in top.bindings.items():
            node = bindings[-1].node
            if isinstance(node, cst.FunctionDef):
                functions[name] = self._inner[id(node)] = self._read(node, "")
        groups = {id(scope): self._group(scope) for scope in self._classes}
        self.all = [Group("", functions, self._inner), *groups.values()]
        for scope in self._classes:
            for attribute, owner, is_given in self._held_by(scope):
                held = Held(groups[id(scope)].name, attribute, is_given)
                self.all.append(_joined(groups[id(owner)], groups[id(scope)], held))

    def is_cached(self, flow: Flow) -> bool:
        """Whether a decorator of `functools` keeps what the function gives."""
        outer = self._ctx.names.scopes[id(flow.node)].parent
        parts = [one.decorator for one in flow.node.decorators]
        names = [part.func if isinstance(part, cst.Call) else part for part in parts]
        return any(self._ctx.names.resolve(name, outer) in _CACHES for name in names) if outer is not None else False

    def started_elsewhere(self, group: Group) -> Iterable[Start]:
        """Methods that are started as those of another object, for ``group`` to tell whether they are its own."""
        for flow in self.flows if group.name else ():
            for start in flow.starts:
                if isinstance(start.function, cst.FunctionDef) and id(start.function) not in self._inner:
                    yield start

    def _group(self, scope: Scope) -> Group:
        assert isinstance(scope.node, cst.ClassDef)
        methods: dict[str, Flow] = {}
        for one in reversed(list(self._lineage(scope, set()))):
            methods |= self._own[id(one)]
        return Group(scope.node.name.value, methods, self._inner)

    def _held_by(self, scope: Scope) -> Iterator[tuple[str, Scope, bool]]:
        """The attributes of objects of a class that hold one of another class of this module, and whether they are given it."""
        line = list(self._lineage(scope, set()))
        names = {name: None for one in line for name in (*one.attributes, *one.bindings)}
        for name in names:
            bound = [
                binding for one in line for binding in (*one.attributes.get(name, ()), *one.bindings.get(name, ()))
            ]
            found = {id(owner): owner for owner in self._ctx.provenance.classes(bound)}
            for owner in found.values() if len(found) == 1 else ():
                if scope not in self._lineage(owner, set()) and owner not in line:
                    yield name, owner, any(map(_is_parameter, bound))

    def _lineage(self, scope: Scope, seen: set[int]) -> Iterable[Scope]:
        if id(scope) in seen or not isinstance(scope.node, cst.ClassDef) or scope.parent is None:
            return
        seen.add(id(scope))
        yield scope
        for base in scope.node.bases:
            found = scope.parent.lookup(base.value.value) if isinstance(base.value, cst.Name) else None
            for binding in found[1] if found is not None else ():
                inner = self._ctx.names.scopes.get(id(binding.node))
                if inner is not None:
                    yield from self._lineage(inner, seen)

    def _methods(self, scope: Scope) -> dict[str, Flow]:
        found: dict[str, Flow] = {}
        for name, bindings in scope.bindings.items():
            node = bindings[-1].node
            if isinstance(node, cst.FunctionDef):
                found[name] = self._read(node, _itself(node))
        return found

    def _read(self, node: cst.FunctionDef, itself: str) -> Flow:
        if told_of(node, self._ctx) in AWAY:
            return Flow(node.name.value, node)
        inside: list[cst.FunctionDef] = []
        flow = Reader(self._ctx, node, itself, inside).read()
        self.flows.append(flow)
        for one in inside:
            self._inner[id(one)] = self._read(one, itself)
        return flow


def _is_parameter(binding: Binding) -> bool:
    """Whether what is bound is given by a caller."""
    found = binding.scope.lookup(binding.value.value) if binding.scope and isinstance(binding.value, cst.Name) else None
    return found is not None and any(one.kind == "param" for one in found[1])


def _joined(group: Group, holder: Group, held: Held) -> Group:
    """The methods of an object's class, and those of the class that holds it."""
    methods = {held.method(name): held.flow(flow) for name, flow in holder.methods.items()}
    inner = {id(flow.node): held.flow(flow) for flow in holder.flows() if id(flow.node) in holder.inner}
    return Group(group.name, {**group.methods, **methods}, {**group.inner, **inner}, held)

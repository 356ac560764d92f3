"""Reads the functions of a module into `Flow`: what each reads, calls and starts, beside what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import libcst as cst

from unasync_plus.records import record
from unasync_plus.rewrite.shared_state import STARTING, TOGETHER
from unasync_plus.rewrite.shared_state.flow import Call, Callback, Flow, Kept, Kind, Made, Start
from unasync_plus.rewrite.shared_state.places import handed_on
from unasync_plus.rewrite.shared_state.walking import AWAITED, RETURNED, Walk
from unasync_plus.rewrite.values.sites import last_name
from unasync_plus.tree import dotted

_TIMERS = {"start_soon": 0, "call_later": 1, "call_at": 1}
_CHANGING = frozenset("append appendleft extend extendleft insert add update setdefault".split())
_REMOVING = frozenset("remove discard pop popleft popitem difference_update intersection_update".split())
_COLLECTING = frozenset({"append", "add", "gather", "wait", "as_completed", "shield", "list", "set", "tuple"})
_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


@record
class _Begun:
    """A task, and what tells whether the function waits for it: a group of its own, or the variable that it is in.

    ``is_given``: it is given something, as each of several is. ``is_own``: it is no method of another object.
    """

    start: Start
    in_group: bool
    sink: str
    is_given: bool
    is_own: bool


class Reader(Walk):
    """Reads one function."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._loose: list[Start] = []
        self._gathers = False
        self._begun: list[_Begun] = []

    def read(self) -> Flow:
        """What the function does."""
        flow = self.flow
        self._visit(flow.node.body)
        flow.starts += self._loose if self._gathers else ()
        for one in self._begun:
            waits = one.in_group or one.sink.removesuffix("[]") in flow.awaited
            start = one.start
            if waits and not self._scope.yields:
                flow.starts.append(replace(start, is_joined=True))
                if one.is_own:
                    flow.calls.append(Call(start.function, start.node, start.order, start.locks, start.is_conditional))
            else:
                flow.starts.append(replace(start, is_many=start.is_many or one.is_given))
        return flow

    def _attribute(self, node: cst.Attribute) -> None:
        place = self._place(node)
        if place is not None:
            self._note(place, Kind.READ, node)
            path = dotted(node) or ""
            if path.count(".") == 1 and path.startswith(f"{self._itself}."):
                self.flow.handed_on.add(node.attr.value)
        else:
            self._visit(node.value)

    def _name(self, node: cst.Name) -> None:
        place = self._place(node)
        if place is not None:
            self._note(place, Kind.READ, node)

    def _call(self, node: cst.Call) -> None:
        name = last_name(node.func)
        sink = self._sink
        if self._ctx.is_settled(node, self._scope):
            return
        if name in _TIMERS:
            self._given(node, name)
            return
        if name in STARTING or (node.args and name in self._ctx.project.starters):
            self._started(node, sink)
            return
        target = self._function_called(node.func)
        if isinstance(node.func, cst.Attribute):
            self._method(node, node.func)
        elif target is None:
            self._visit(node.func)
        if name in TOGETHER:
            self._together(node, sink)
            return
        with self._into(self._collected(node, name, sink)):
            for arg in node.args:
                self._visit(arg.value)
        if target is not None:
            self.flow.calls.append(Call(target, node, self._next(), self._locks, bool(self._asked)))
            if sink != AWAITED and self._runs_threads:
                self._loose.append(replace(self._start(target, node), is_joined=True))

    def _collected(self, node: cst.Call, name: str, sink: str) -> str:
        """What keeps the arguments of a call, as far as a task may be among them; with brackets behind it if it may hold several."""
        if name not in _COLLECTING:
            return ""
        into = node.func.value if isinstance(node.func, cst.Attribute) and name in ("append", "add") else None
        return f"{dotted(into) or ''}[]" if into is not None else sink

    def _method(self, node: cst.Call, func: cst.Attribute) -> None:
        """A method of an attribute that may change it, or of the object itself."""
        place, name = self._place(func.value), func.attr.value
        if name == "add_done_callback" and node.args:
            self._called_back(dotted(func.value) or "", node.args[0].value)
        if name in ("append", "add") and place is not None:
            for given in handed_on(node.args[0].value) if node.args else ():
                self.flow.kept.append(Kept(given, place, self._next()))
        if name == "cancel":
            self.flow.ended.setdefault(dotted(func.value) or "", self._next())
        if place is None:
            self._visit(func.value)
        elif name in _CHANGING:
            self._note(place, Kind.CHANGE, node)
        elif name in _REMOVING:
            self._note(place, Kind.REMOVE, node)
        elif name == "clear":
            self._note(place, Kind.SET, node, True)
        else:
            self._note(place, Kind.READ, node)
            if place.startswith("self."):
                path = f"{place.removeprefix('self.')}.{name}"
                self.flow.calls.append(Call(path, node, self._next(), self._locks, bool(self._asked)))

    def _called_back(self, variable: str, callback: cst.BaseExpression) -> None:
        if isinstance(callback, cst.Call) and last_name(callback.func) == "partial" and callback.args:
            called_back = callback.args[0].value
        elif isinstance(callback, cst.Lambda) and isinstance(callback.body, cst.Call):
            called_back = callback.body.func
        else:
            called_back = callback
        function = self._function_called(called_back) or ""
        takes_out = isinstance(called_back, cst.Attribute) and called_back.attr.value in _REMOVING
        place = self._place(called_back.value) if takes_out else None  # type: ignore[attr-defined]  # an Attribute
        self.flow.callbacks.append(Callback(variable, function, place or "", self._next()))

    def _function_called(self, func: cst.BaseExpression) -> str | cst.FunctionDef | None:
        if isinstance(func, cst.Attribute):
            is_own = isinstance(func.value, cst.Name) and func.value.value == self._itself
            return func.attr.value if is_own else None
        found = self._scope.lookup(func.value) if isinstance(func, cst.Name) else None
        nodes = [one.node for one in found[1] if one.kind == "def"] if found is not None else []
        return nodes[-1] if nodes and isinstance(nodes[-1], cst.FunctionDef) else None

    def _of_another_object(self, func: cst.BaseExpression) -> str | cst.FunctionDef:
        found = self._ctx.values.functions(func) or ()
        nodes = [one.node for one in found if isinstance(one.node, cst.FunctionDef)]
        return nodes[0] if len(nodes) == 1 else ""

    @property
    def _runs_threads(self) -> bool:
        return self._concurrency == "threads"

    def _started(self, node: cst.Call, sink: str) -> None:
        """``create_task(self.run())``: the call inside is a task."""
        begun = len(self.flow.made)
        for arg in node.args:
            inner = arg.value
            if not isinstance(inner, cst.Call):
                self._visit(inner)
                continue
            for given in inner.args:
                self._visit(given.value)
            own = self._function_called(inner.func)
            target = self._of_another_object(inner.func) if own is None else own
            self._add(target, node, inner.args, sink, own is not None)
            if not self.flow.made[begun:]:
                self._made(node, target, sink)
        if not self.flow.made[begun:]:
            self._made(node, "", sink)

    def _made(self, node: cst.Call, function: str | cst.FunctionDef, sink: str) -> None:
        if sink != AWAITED:
            variable = sink if sink == RETURNED else self._set
            made = Made(node, self._next(), function, variable, self._asked_places, self._locks, self._runs_threads)
            self.flow.made.append(made)

    def _given(self, node: cst.Call, name: str) -> None:
        """``group.start_soon(self.run, x)``: the function is one."""
        place = _TIMERS[name]
        for number, arg in enumerate(node.args):
            target = self._function_called(arg.value) if number == place else None
            if target is None:
                self._visit(arg.value)
            else:
                self._add(target, node, node.args[place + 1 :], "", True)

    def _add(
        self, target: str | cst.FunctionDef, node: cst.Call, given: Sequence[cst.Arg], sink: str, is_own: bool
    ) -> None:
        if self._runs_threads and sink != AWAITED:
            group = dotted(node.func.value) if isinstance(node.func, cst.Attribute) else None
            kept = sink if sink.startswith(f"{self._itself}.") and not sink.endswith("[]") else ""
            is_given = not kept and any(not isinstance(arg.value, cst.BaseString) for arg in given)
            start = self._start(target, node, kept)
            self._begun.append(_Begun(start, group in self._groups, "" if kept else sink, is_given, is_own))
        elif is_own:
            self.flow.calls.append(Call(target, node, self._next(), self._locks, bool(self._asked)))

    def _start(self, target: str | cst.FunctionDef, node: cst.CSTNode, kept: str = "") -> Start:
        order, asked = self._next(), self._asked
        is_many = self._loops > 0 and not kept  # an attribute is set anew when the task before is gone
        return Start(target, node, order, False, is_many, bool(asked), kept, asked, self._locks)

    def _together(self, node: cst.Call, sink: str) -> None:
        """``gather(self.a(), self.b())``."""
        self._gathers = self._gathers or sink in (AWAITED, RETURNED)
        for arg in node.args:
            with self._into(sink if sink.startswith(f"{self._itself}.") else ""):
                self._visit(arg.value)


Reader.handlers = {
    cst.FunctionDef: Reader._function,
    cst.ClassDef: Reader._nothing,
    cst.Lambda: Reader._nothing,
    cst.Annotation: Reader._nothing,
    cst.If: Reader._branch,
    cst.Try: Reader._try,
    cst.For: Reader._for,
    cst.While: Reader._while,
    cst.With: Reader._with,
    cst.Await: Reader._await,
    cst.Return: Reader._return,
    cst.Assign: Reader._assign,
    cst.AnnAssign: Reader._annotated,
    cst.AugAssign: Reader._counted,
    cst.Del: Reader._deleted,
    cst.Attribute: Reader._attribute,
    cst.Name: Reader._name,
    cst.Call: Reader._call,
    **dict.fromkeys(_COMPREHENSIONS, Reader._comprehension),
}

"""One walk over a function, in the order in which Python runs it: what it writes, and under which locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import libcst as cst

from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.shared_state.flow import Access, Flow, Kept, Kind, Locks
from unasync_plus.rewrite.shared_state.places import flat, handed_on, names_in, place_of
from unasync_plus.tree import children, dotted, last_statement, leaves

_STATEMENTS = (cst.SimpleStatementLine, cst.BaseCompoundStatement)
_CONSTANTS = (cst.Name, cst.Attribute, cst.BaseNumber, cst.BaseString, cst.UnaryOperation)
AWAITED, RETURNED = "await", "return"
"""What keeps a task that no variable does."""
AWAY = frozenset({"skip", "keep", "replace"})
"""What a comment may say after which a statement has no concurrency of ours."""


def told_of(node: cst.CSTNode, ctx: Context) -> str:
    """What a comment on a statement says of that."""
    return ctx.asked_for(node, *AWAY, "sequential", "threads")


class Walk:
    """Through one function: what is written, which locks are held, what is waited for. Functions inside go to ``inner``."""

    handlers: ClassVar[Mapping[type[Any], Callable[[Any, Any], None]]] = {}

    def __init__(self, ctx: Context, node: cst.FunctionDef, itself: str, inner: list[cst.FunctionDef]) -> None:
        self._ctx, self._itself, self._inner = ctx, itself, inner
        self._scope: Scope = ctx.names.scopes[id(node)]
        self.flow = Flow(node.name.value, node)
        self._order = 0
        self._locks: Locks = frozenset()
        self._loops = 0
        self._sink = ""
        self._groups: set[str] = set()
        self._asked: frozenset[str] = frozenset()
        self._asked_places: frozenset[str] = frozenset()
        self._set = ""
        """What the statement at hand sets."""
        self._parts: dict[str, set[str]] = {}
        """Variable → those of which something is in it."""
        self._concurrency = ctx.settings.concurrency

    # the walk

    def _visit(self, node: cst.CSTNode) -> None:
        handler = self.handlers.get(node.__class__)
        if isinstance(node, _STATEMENTS):
            self._statement(node, handler or Walk._children)
        elif handler is not None:
            handler(self, node)
        else:
            self._children(node)

    def _children(self, node: cst.CSTNode) -> None:
        for child in children(node):
            self._visit(child)

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _pause(self) -> None:
        self.flow.pauses.append(self._next())

    @contextmanager
    def _into(self, sink: str) -> Iterator[None]:
        before, self._sink = self._sink, sink
        yield
        self._sink = before

    def _statement(self, node: cst.CSTNode, read: Callable[[Any, Any], None]) -> None:
        """A statement, with the concurrency that a comment on it asks for; nothing if that takes it away."""
        told = told_of(node, self._ctx)
        if told in AWAY:
            return
        before, self._concurrency = self._concurrency, told or self._concurrency
        read(self, node)
        self._concurrency = before

    def _function(self, node: cst.FunctionDef) -> None:
        self._inner.append(node)

    def _nothing(self, _node: cst.CSTNode) -> None:
        """Runs when it is called, if ever; nothing is said of it."""

    def _branch(self, node: cst.If) -> None:
        start = len(self.flow.accesses)
        self._visit(node.test)
        before = self._asked, self._asked_places
        names = names_in(node.test)
        self._asked |= names
        self._asked_places |= self._read_since(start).union(*(self.flow.came_from.get(name, ()) for name in names))
        begin = self._order
        self._visit(node.body)
        if leaves(node.body):
            self.flow.left.append((begin, self._order))
        if node.orelse is not None:
            self._visit(node.orelse)
        if not leaves(node.body) or isinstance(last_statement(node.body), cst.Raise):
            self._asked, self._asked_places = before

    def _try(self, node: cst.Try) -> None:
        """What a handler does comes of what was read before."""
        start = len(self.flow.accesses)
        self._visit(node.body)
        before = self._asked_places
        self._asked_places |= self._read_since(start)
        for handler in node.handlers:
            self._visit(handler)
        self._asked_places = before
        for part in (node.orelse, node.finalbody):
            if part is not None:
                self._visit(part)

    def _read_since(self, start: int) -> frozenset[str]:
        return frozenset(one.place for one in self.flow.accesses[start:] if one.kind is Kind.READ)

    def _for(self, node: cst.For) -> None:
        self._visit(node.iter)
        if node.asynchronous is not None:
            self.flow.awaited |= names_in(node.iter)
            self._pause()
        self._looped(node.body)
        if node.orelse is not None:
            self._visit(node.orelse)

    def _while(self, node: cst.While) -> None:
        self._visit(node.test)
        self._looped(node.body)
        if node.orelse is not None:
            self._visit(node.orelse)

    def _looped(self, body: cst.CSTNode) -> None:
        self._loops += 1
        self._visit(body)
        self._loops -= 1

    def _comprehension(self, node: Any) -> None:
        scope, self._scope = self._scope, self._ctx.names.scopes.get(id(node), self._scope)
        self._visit(node.for_in)
        self._loops += 1
        for name in ("key", "value", "elt"):
            if hasattr(node, name):
                self._visit(getattr(node, name))
        self._loops -= 1
        self._scope = scope

    def _with(self, node: cst.With) -> None:
        before = self._locks
        for item in node.items:
            self._visit(item.item)
            lock = self._place(item.item) or dotted(item.item)
            if lock is not None:
                self._locks |= {lock}
            if item.asname is not None:
                self._groups.add(dotted(item.asname.name) or "")
        if node.asynchronous is not None:
            self._pause()
        self._visit(node.body)
        self._locks = before
        if node.asynchronous is not None:
            self._pause()

    def _await(self, node: cst.Await) -> None:
        names = names_in(node.expression)
        self.flow.awaited |= names
        with self._into(AWAITED):
            self._visit(node.expression)
        self._pause()
        for name in names:
            self.flow.ended.setdefault(name, self._order)

    def _return(self, node: cst.Return) -> None:
        if node.value is not None:
            self.flow.awaited |= names_in(node.value)
            with self._into(RETURNED):
                self._visit(node.value)

    # what is written

    def _assign(self, node: cst.Assign) -> None:
        targets = [part for target in node.targets for part in flat(target.target)]
        self._assigned(node, targets, node.value)

    def _annotated(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self._assigned(node, [node.target], node.value)

    def _assigned(self, node: cst.CSTNode, targets: Sequence[cst.BaseExpression], value: cst.BaseExpression) -> None:
        start, paused, known = self._order, len(self.flow.pauses), len(self.flow.accesses)
        before, self._set = self._set, next(filter(None, map(dotted, targets)), f"#{start}")
        with self._into(dotted(targets[0]) or ""):
            self._visit(value)
        self._kept(targets, value, self._read_since(known))
        self._set = before
        if len(self.flow.pauses) > paused:
            start = self._order  # what was read is old in asyncio, too
        for target in targets:
            place = self._place(target)
            was_read = any(
                one.place == place and one.kind is Kind.READ and one.order > start for one in self.flow.accesses
            )
            swaps = len(targets) > 1
            constant = isinstance(value, _CONSTANTS) and not was_read
            self._write(target, node, Kind.MAKE if was_read and not swaps else Kind.SET, constant)

    def _kept(self, targets: Sequence[cst.BaseExpression], value: cst.BaseExpression, read: frozenset[str]) -> None:
        """Where what is set comes from, and where it is kept."""
        order = self._next()
        names = {self._set, *(path for target in targets if (path := dotted(target)) is not None)}
        given = {part for name in handed_on(value) for part in (name, *self._parts.get(name, ()))}
        wholes = [target.value if isinstance(target, cst.Subscript) else target for target in targets]
        places = frozenset(place for whole in wholes if (place := self._place(whole)) is not None)
        for name in (*names, *given):
            self.flow.came_from.setdefault(name, set()).update(places)
        for name in names:
            self._parts.setdefault(name, set()).update(given)
            self.flow.came_from[name].update(read, *(self.flow.came_from[one] for one in given))
        for place in places:
            self.flow.kept += [Kept(name, place, order) for name in names | given]

    def _counted(self, node: cst.AugAssign) -> None:
        paused = len(self.flow.pauses)
        self._visit(node.value)
        is_old = len(self.flow.pauses) > paused
        self._write(node.target, node, Kind.SET if is_old else Kind.COUNT, False)

    def _write(self, target: cst.CSTNode, node: cst.CSTNode, kind: Kind, constant: bool) -> None:
        place = self._place(target)
        if place is not None:
            self._note(place, kind, node, constant)
        if isinstance(target, cst.Subscript):
            whole = self._place(target.value)
            if whole is not None:
                self._note(whole, Kind.REMOVE if isinstance(node, cst.Del) else Kind.CHANGE, node)

    def _deleted(self, node: cst.Del) -> None:
        for target in flat(node.target):
            self._write(target, node, Kind.SET, True)

    def _note(self, place: str, kind: Kind, node: cst.CSTNode, constant: bool = False) -> None:
        self.flow.accesses.append(Access(place, kind, node, self._next(), self._locks, constant))

    def _place(self, node: cst.CSTNode) -> str | None:
        return place_of(node, self._itself, self._scope)

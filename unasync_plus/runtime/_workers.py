"""Tasks that are used again: making one costs more than all the rest of a call that ends with its first step.

A worker is a task that waits at a gate. It is lent to a call by making it the current task while the coroutine is stepped
by hand, in its context. Most calls end there, and the task itself has not moved. If the coroutine suspends, the gate is
opened and the task takes over, with what the coroutine waits for: from there on it is a task like any other.

Nobody may be able to tell that they were given a task that somebody else had before. So, when the work is done, the thread
that led looks for traces: whether anything refers to the task, strongly or weakly, waits for it, has set an attribute of it,
has renamed or cancelled it, or has set a variable in its context. Then it ends, as the task of one call does, and another
one is made when it is wanted. Between two calls it is not among ``asyncio.all_tasks()``.

A call has a copy of its caller's context, so a worker serves only callers whose context has the variables that it was made
with: who calls twice with others gets a worker for them. The keeper lets it go, so that values live no longer than they would.

What is private to CPython here is tried out before it is used, see `_is_as_we_know_it`; else each call has a task of its own.
"""

from __future__ import annotations

import sys
from asyncio import CancelledError, Task, _get_running_loop, _set_running_loop, all_tasks, tasks
from asyncio.tasks import _unregister_task
from contextvars import copy_context
from gc import get_referents
from types import coroutine
from weakref import getweakrefcount, ref

from ._context import NOTHING, contents, correlation
from ._stepping import OURS, Gate, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable, Generator
    from contextvars import Context
    from typing import Any

    from ._living import Living
    from ._loop import SharedLoop
    from ._work import Work

getrefcount: Callable[[object], int] = getattr(sys, "getrefcount", id)
cancelling: Callable[[Task[None]], int] = getattr(Task, "cancelling", lambda task: 0)
TRIES = 3  # times in a row that the same code may leave traces


class Worker:
    """One task, with the context it has, and what it looks like while nobody knows it."""

    task: Task[None]
    job: Any = None  # a coroutine: what the task does when the gate is opened; None: it ends
    busy = False  # it does a job
    stays = True  # it waits for another one
    tenant: Living | None = None  # the session that lives in it

    def __init__(self, shared: SharedLoop, loop: AbstractEventLoop, context: Context, outside: object) -> None:
        """In the thread that leads, the loop marked as running."""
        self.shared = shared
        self.loop = loop
        self.context = context.copy()  # nobody else has it
        self.outside = outside  # the contents of its callers' context
        self.identity: str | None = context.get(correlation)
        self.gate = Gate(loop)
        self._coroutine = self._live()
        spawn(self, self._coroutine, loop)
        self.gate.prepare()
        _unregister_task(self.task)
        self.token = _token(self.task)
        self.run = self.context.run
        self.inside = contents(self.context)
        task, context = self.task, self.context
        task.get_name()  # now it has one
        self._referents = get_referents(task, context)
        self._known = getrefcount(task) + getrefcount(context) + getrefcount(self._coroutine)
        self._weakly = getweakrefcount(task)

    def is_unknown(self) -> bool:
        """Has nobody kept or changed anything of it?"""
        task, context = self.task, self.context
        if (
            getrefcount(task) + getrefcount(context) + getrefcount(self._coroutine) != self._known
            or getweakrefcount(task) != self._weakly
            or cancelling(task)
            or not self.gate.closed
        ):
            return False
        referents = get_referents(task, context)  # attributes, callbacks and messages come on top
        return referents[-1] is self.inside and referents == self._referents

    def identify(self, identity: str | None) -> None:
        """In the caller's context: what has no id of its own is part of another call, and has the id of that, if there is one."""
        self.identity = identity
        self.run(correlation.set, correlation.get() if identity is None else identity)
        self.inside = self._referents[-1] = contents(self.context)

    def end(self) -> None:
        """In the thread that leads, outside any task: it has nothing to do."""
        self.stays = False
        if self.gate.closed:  # else it is on its way already
            running = _get_running_loop()
            _set_running_loop(self.loop)
            self.gate.open()
            _set_running_loop(running)

    def put_right(self) -> None:
        """After Ctrl-C, between two lines: who had it does not give it back."""
        self.stays = self.gate.lent = False
        job, self.job = self.job, None
        if job is not None and not self.busy:
            job.close()
        tenant = self.tenant
        if self.task.done():
            if tenant is not None:
                tenant.end()
            if not self.task.cancelled():
                self.task.exception()  # it is raised already: asyncio shall not log that nobody saw it
        elif not self.busy and (tenant is None or tenant.over or tenant.loop is None):
            self.loop.call_soon(self.end)

    async def _live(self) -> None:
        gate = self.gate
        try:
            while self.stays and self.shared.steppable is self.loop:
                try:
                    await gate
                except CancelledError as error:
                    self._be_cancelled(error)
                gate.closed = gate.asked = False
                job, self.job = self.job, None
                if job is not None:
                    self.busy = True
                    try:
                        await job
                    finally:
                        self.busy = False
                        job = None
                elif self.tenant is None:
                    return
        finally:
            _unregister(self.token)

    def _be_cancelled(self, error: CancelledError) -> None:
        """While it waits, or before."""
        if self.job is not None:  # by the work itself, in its first step: it learns of it where it waits
            if sys.version_info >= (3, 11):
                self.task.uncancel()
            self.task.cancel(*error.args)
        elif self.tenant is not None:
            self.job = self.tenant.be_cancelled(error)


@coroutine
def resumed(steps: Any, future: object) -> Generator[object, Any, Any]:
    """The rest of a coroutine whose first step was taken by hand, and gave `future`."""
    while True:
        try:
            yield future
        except BaseException as error:
            trace = error.__traceback__
            error.__traceback__ = trace and trace.tb_next  # without this frame
            try:
                future = steps.throw(error)
            except StopIteration as stop:
                return stop.value
        else:
            return (yield from steps)


OURS.add(resumed.__code__)


class Workers:
    """The worker of one loop, while it is idle. Used by whoever leads."""

    def __init__(self, shared: SharedLoop) -> None:
        self._shared = shared
        self.idle: Worker | None = None
        self.lent: Worker | None = None  # the last one, to put right what Ctrl-C leaves
        self._seen = 0  # id() of the contents of the last context that no worker was made with
        self._known: bool | None = None  # is Python as we know it?
        self._traces: dict[int, int] = {}  # how many times in a row work of this key has left some

    def take(self, loop: AbstractEventLoop, key: int, outside: object, identity: str | None) -> Worker | None:
        """One for a caller whose context has these contents; it is to be given back. The loop is marked as running."""
        worker = self.idle
        if worker is None or worker.outside is not outside:
            return None
        if loop.get_task_factory() is not None or (self._traces and self._traces.get(key, 0) >= TRIES):
            return None
        self.lent = worker
        self.idle = None
        if worker.identity is not identity:
            worker.identify(identity)
        _register(worker.token)
        return worker

    def make(self, loop: AbstractEventLoop, context: Context, outside: object) -> Worker | None:
        """Another one. Ctrl-C must not be raised meanwhile."""
        if loop.get_task_factory() is not None:
            return None
        if self._known is None:
            self._known = False
            self._known = _is_as_we_know_it(Worker(self._shared, loop, context, outside))
        self.lent = worker = Worker(self._shared, loop, context, outside)
        _register(worker.token)
        return worker

    def provide(self, work: Work, loop: AbstractEventLoop) -> None:
        """One for the next call of the same code in the same context."""
        context, worker, key = copy_context(), self.idle, work.key
        outside = contents(context) if context else NOTHING
        if (worker is None or worker.outside is not outside) and self.is_wanted(key, outside):
            self._shared.caution.take(work)
            worker = self.make(loop, context, outside)
            if worker is not None:
                self.give_back(worker, key)

    def is_wanted(self, key: int, outside: object) -> bool:
        """Is it worth while to make one? Who calls once has no use for it."""
        seen, self._seen = self._seen, id(outside)
        return seen == self._seen and self._known is not False and self._traces.get(key, 0) < TRIES

    def give_back(self, worker: Worker, key: int) -> bool:
        """Its work is done. True if nobody can tell."""
        _unregister(worker.token)
        if self._known and worker.is_unknown():
            if worker.stays and self._shared.steppable is worker.loop:
                if self.idle is not None:
                    self.dismiss()
                self.idle = worker
            else:
                worker.end()
            if self._traces:
                self._traces.pop(key, None)
            self.lent = None
            return True
        if worker.stays:
            self._traces[key] = self._traces.get(key, 0) + 1
        worker.end()
        self.lent = None
        return False

    def dismiss(self) -> None:
        """Let the idle one go."""
        worker, self.idle = self.idle, None
        if worker is not None:
            worker.end()

    def rest(self) -> None:
        """Nobody calls just now: let go what lives longer than it should, as the variables of its context do."""
        self.lent = None
        self._traces.clear()
        if self.idle is not None and self.idle.outside is not NOTHING:
            self.dismiss()

    def put_right(self) -> None:
        """After Ctrl-C, between two lines."""
        worker, self.lent = self.lent, None
        if worker is not None:
            if self.idle is worker:
                self.idle = None
            worker.put_right()


def _registry() -> tuple[Callable[[Any], object], Callable[[Any], object], Callable[[Any], Any]]:
    """How to show a task in ``all_tasks()``, how to hide it, and by which token: the quickest that there is."""
    if hasattr(tasks, "_register_eager_task"):
        return tasks._register_eager_task, tasks._unregister_eager_task, _itself  # type: ignore[attr-defined]
    weak_set: Any = getattr(tasks, "_all_tasks", None)
    data = getattr(weak_set, "data", None)
    if isinstance(data, set):
        return data.add, data.discard, lambda task: ref(task, weak_set._remove)
    return tasks._register_task, _unregister_task, _itself


def _itself(task: Any) -> Any:
    return task


_register, _unregister, _token = _registry()


def _is_as_we_know_it(worker: Worker) -> bool:
    """Is each trace that a task can bear seen, and is it in `all_tasks` only when it shall be?"""
    try:
        task = worker.task
        seen = [worker.is_unknown(), task in all_tasks(worker.loop)]
        _register(worker.token)
        seen.append(task not in all_tasks(worker.loop))
        _unregister(worker.token)
        del task
        kept: Any = ref(worker.task)
        seen.append(worker.is_unknown())
        del kept
        if not worker.is_unknown():
            return False
        worker.task.mark = True  # type: ignore[attr-defined]  # any attribute
        return not (any(seen) or worker.is_unknown())
    finally:
        worker.end()

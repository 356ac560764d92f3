"""Calls, and steps of sessions, of code that always ended with its first step so far, straight: as `SharedLoop.execute` does
it, but without an object for what takes a microsecond, and in two frames. Whatever is not as usual is left to `execute`.
"""

from __future__ import annotations

from asyncio import _get_running_loop, _set_running_loop
from asyncio.tasks import _enter_task, _leave_task
from contextvars import copy_context
from sys import get_asyncgen_hooks, modules, set_asyncgen_hooks

from ._context import NOTHING, contents
from ._elsewhere import in_trio
from ._recovery import recover
from ._step import Step, take, tenancy
from ._stepping import OURS, yes
from ._work import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._loop import SharedLoop
    from ._session import Session
    from ._step import _Make
    from ._work import _Terms
    from ._workers import Worker


def call_straight(shared: SharedLoop, coroutine: Any, terms: _Terms | None) -> tuple[Call | None, Any]:
    """Run `coroutine`: its value, and the `Call`, if there is more to say."""
    key, hooks = id(coroutine.cr_code), None
    call: Call | None = None
    try:
        if (
            key in shared.calm
            and not shared.busy  # if it is, another thread leads, or we are in a finalizer, called by a line of ours
            and _get_running_loop() is None
            and not ("trio" in modules and in_trio())
            and shared.lock.acquire(False)
        ):
            shared.busy = True
            loop, worker = shared.steppable, None
            if loop is not None and coroutine.cr_await is None:
                now = copy_context()
                outside = contents(now) if now else NOTHING
                worker = shared.workers.take(loop, key, outside, None if terms is None else terms[3])
            if loop is None or worker is None:
                shared.busy = False
                shared.lock.release()
            else:
                hooks = first, final = get_asyncgen_hooks()
                set_asyncgen_hooks(shared.first_iteration, shared.finalizer)
                _set_running_loop(loop)
                loop.is_running = yes  # type: ignore[method-assign]
                call, value = _step(shared, worker, coroutine, terms)
                loop.is_running = shared.runs  # type: ignore[method-assign]
                _set_running_loop(None)
                set_asyncgen_hooks(first, final)
                if call is not None and not call.done:
                    shared.go_on(call)
                    value = call.value
                elif not shared.workers.give_back(worker, key) and contents(worker.context) is not worker.inside:
                    call = call or Call(shared, coroutine, terms)
                    call.context = worker.context  # what it has set
                shared.busy = False
                shared.lock.release()
                if shared.attention:
                    shared.attend()
                return call, value
    except BaseException as error:
        recover(shared, call or Call(shared, coroutine, terms), error, hooks)
        raise
    call = Call(shared, coroutine, terms)
    shared.execute(call)
    return call, call.value


def step_straight(
    session: Session, make: _Make, args: tuple[Any, ...], final: bool, step: Step | None
) -> tuple[Step | None, Any]:
    """Await ``make(*args)`` in `session`: its value, and the `Step`, if it was given or there is more to say."""
    shared, key, hooks = session.shared, session.key, None
    if session.loop is None:
        key = -key  # to begin is another thing than to go on
    try:
        if (
            key in shared.calm
            and not shared.busy  # if it is, another thread leads, or we are in a finalizer, called by a line of ours
            and _get_running_loop() is None
            and not ("trio" in modules and in_trio())
            and shared.lock.acquire(False)
        ):
            shared.busy = True
            loop = shared.steppable
            worker = None if loop is None else tenancy(session, loop)
            if loop is None or worker is None:
                shared.busy = False
                shared.lock.release()
            else:
                shared.workers.lent = worker
                hooks = first, last = get_asyncgen_hooks()
                set_asyncgen_hooks(shared.first_iteration, shared.finalizer)
                _set_running_loop(loop)
                loop.is_running = yes  # type: ignore[method-assign]
                step, value = take(session, worker, make, args, final, step)
                if step is not None and not step.done:
                    shared.caution.take(step)
                    step.go_on(loop)
                loop.is_running = shared.runs  # type: ignore[method-assign]
                _set_running_loop(None)
                set_asyncgen_hooks(first, last)
                if step is not None and not step.done:
                    step.key = key
                    shared.go_on(step)
                    value = step.value
                elif session.over:
                    session.move_out()
                shared.busy = False
                shared.lock.release()
                if shared.attention:
                    shared.attend()
                return step, value
    except BaseException as error:
        recover(shared, step or Step(session, make, args, final), error, hooks)
        raise
    step = step or Step(session, make, args, final)
    shared.execute(step)
    return step, step.value


def _step(shared: SharedLoop, worker: Worker, coroutine: Any, terms: _Terms | None) -> tuple[Call | None, Any]:
    """The first step, in the place of the task of `worker`, which goes on with it if it suspends."""
    call = future = value = None
    ended = worker.gate.lent = True
    _enter_task(worker.loop, worker.task)
    try:
        future = worker.run(coroutine.send, None)
        ended = False
    except StopIteration as stop:
        value = stop.value
    except BaseException as error:
        call = Call(shared, coroutine, terms)
        call.error = error  # whatever happens next: there may be no stack left
        call.fail(error)
    _leave_task(worker.loop, worker.task)
    worker.gate.lent = False
    if not ended:
        call = Call(shared, coroutine, terms)
        call.go_on(worker, future, worker.loop)
    elif call is not None:
        call.done = True
    return call, value


OURS.add(_step.__code__)

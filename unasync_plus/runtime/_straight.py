"""A call of code that always ended with its first step so far, straight: as `SharedLoop.execute` does it, but without an
object for what takes a microsecond, and in one frame. Whatever is not as usual is left to `execute`.
"""

from __future__ import annotations

from asyncio import _get_running_loop, _set_running_loop
from asyncio.tasks import _enter_task, _leave_task
from contextvars import copy_context
from sys import get_asyncgen_hooks, modules, set_asyncgen_hooks

from ._context import NOTHING, contents
from ._elsewhere import in_trio
from ._recovery import recover
from ._stepping import OURS, yes
from ._work import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._loop import SharedLoop
    from ._workers import Worker


def call_straight(shared: SharedLoop, coroutine: Any, call: Call | None) -> tuple[Call | None, Any]:
    """Run `coroutine`: its value, and the `Call`, if it was given or there is more to say."""
    key, hooks = id(coroutine.cr_code), None
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
                worker = shared.workers.take(loop, key, outside, None if call is None else call.identity)
            if loop is None or worker is None:
                shared.busy = False
                shared.lock.release()
            else:
                hooks = first, final = get_asyncgen_hooks()
                set_asyncgen_hooks(shared.first_iteration, shared.finalizer)
                _set_running_loop(loop)
                loop.is_running = yes  # type: ignore[method-assign]
                call, value = _step(shared, worker, coroutine, call)
                loop.is_running = shared.runs  # type: ignore[method-assign]
                _set_running_loop(None)
                set_asyncgen_hooks(first, final)
                if call is not None and not call.done:
                    shared.go_on(call)
                    value = call.value
                elif not shared.workers.give_back(worker, key) and contents(worker.context) is not worker.inside:
                    call = call or Call(shared, coroutine)
                    call.context = worker.context  # what it has set
                shared.busy = False
                shared.lock.release()
                if shared.attention:
                    shared.attend()
                return call, value
    except BaseException as error:
        recover(shared, call or Call(shared, coroutine), error, hooks)
        raise
    call = call or Call(shared, coroutine)
    shared.execute(call)
    return call, call.value


def _step(shared: SharedLoop, worker: Worker, coroutine: Any, call: Call | None) -> tuple[Call | None, Any]:
    """The first step, in the place of the task of `worker`, which goes on with it if it suspends."""
    future = value = None
    ended = worker.gate.lent = True
    _enter_task(worker.loop, worker.task)
    try:
        future = worker.run(coroutine.send, None)
        ended = False
    except StopIteration as stop:
        value = stop.value
    except BaseException as error:
        call = call or Call(shared, coroutine)
        call.error = error  # whatever happens next: there may be no stack left
        call.fail(error)
    _leave_task(worker.loop, worker.task)
    worker.gate.lent = False
    if not ended:
        call = call or Call(shared, coroutine)
        call.go_on(worker, future, worker.loop)
    elif call is not None:
        call.done = True
    return call, value


OURS.add(_step.__code__)

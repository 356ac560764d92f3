"""Running one async program twice: as it is, under asyncio.run, and converted, as plain sync code.

A program is the source of a module with an ``async def main()``; what it appends to its list ``log`` is compared too.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Any

SECONDS = 20


@dataclass(frozen=True)  # no slots: converted programs run on Python 3.9 too
class Outcome:
    """What came of a program: its result or exception, and its log."""

    result: object
    error: str
    log: tuple[str, ...]
    trace: str = ""
    abandoned: bool = False
    """Whether an async generator was dropped before its end: the loop then ends it when it comes to that."""

    def same_as(self, other: Outcome, *, in_order: bool = True) -> bool:
        in_order = in_order and not other.abandoned
        logs = (self.log, other.log) if in_order else (sorted(self.log), sorted(other.log))
        return self.result == other.result and self.error == other.error and logs[0] == logs[1]


def run_async(source: str) -> Outcome:
    """Run the program as it is, under trio if it imports that."""
    if "import trio" in source:
        return _in_thread(source, import_module("trio").run)
    loops: list[_Loop] = []

    def run(main: Callable[[], Any]) -> object:
        if sys.version_info < (3, 11):
            return asyncio.run(main())
        with asyncio.Runner(loop_factory=lambda: loops.append(_Loop()) or loops[0]) as runner:  # type: ignore[func-returns-value]  # so it does
            return runner.run(main())

    outcome = _in_thread(source, run)
    return replace(outcome, abandoned=any(loop.abandoned for loop in loops))


class _Loop(asyncio.SelectorEventLoop):
    """A loop that knows whether a generator was dropped before its end."""

    abandoned = False

    def _asyncgen_finalizer_hook(self, agen: AsyncGenerator[object, object]) -> None:
        self.abandoned = True
        super()._asyncgen_finalizer_hook(agen)  # type: ignore[misc]  # asyncio's own


def run_sync(code: str) -> Outcome:
    """Run the converted program; no thread of its own may be left."""
    before = set(threading.enumerate())
    outcome = _in_thread(code, _call)
    end = time.monotonic() + 5
    while (left := _left(before)) and time.monotonic() < end:
        time.sleep(0.001)
    assert not left, f"threads are left: {left}"
    return outcome


def _left(before: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread not in before]


def _in_thread(source: str, run: Callable[[Any], object]) -> Outcome:
    """Run it in a thread, so that a program that hangs is told from one that takes its time."""
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(_run(source, run)), daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert outcomes, "it hangs"
    return outcomes[0]


def _call(main: Callable[[], Any]) -> object:
    from unasync_plus.runtime.runs import run

    return run(main)


def _run(source: str, run: Callable[[Any], object]) -> Outcome:
    module = ModuleType("program")
    result: object = None
    error = trace = ""
    try:
        exec(compile(source, "<program>", "exec", dont_inherit=True), module.__dict__)
        result = run(module.__dict__["main"])
    except BaseException as raised:  # CancelledError of either side too
        error, trace = describe(raised), traceback.format_exc()
    return Outcome(result, error, tuple(map(str, module.__dict__.get("log", ()))), trace)


def describe(error: BaseException) -> str:
    """The exception as both sides must show it: its class, its arguments, and those inside a group."""
    name = type(error).__name__
    inner = getattr(error, "exceptions", None)
    if inner is not None:
        return f"{name}[{', '.join(sorted(map(describe, inner)))}]"
    return f"{name}{error.args!r}"

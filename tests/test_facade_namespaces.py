"""Callbacks in a variable that is a `SimpleNamespace`: each attribute has its own kind."""

from __future__ import annotations

import queue
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from facade_made import Make

SOURCE = """
    import asyncio
    import types
    from types import SimpleNamespace

    hooks = SimpleNamespace(on_event=None, on_close=None, on_note=None, level=1)
    _own = types.SimpleNamespace(on_event=None)

    class Job:
        async def loud(self, text: str) -> str:
            await asyncio.sleep(0)
            return text.upper()

    def on_event(function):
        _own.on_event = function
        return function

    async def work(text: str) -> list:
        job, found = Job(), []
        if hooks.on_event is not None:
            found.append(await hooks.on_event(job, text))
        if _own.on_event is not None:
            found.append(await _own.on_event(job, text))
        if hooks.on_close is not None:
            hooks.on_close(job)
        if hooks.on_note:
            found.append(hooks.on_note(text))
        return found
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_callbacks_in_namespaces(make: Make, interface: str) -> None:
    made = make(SOURCE, interface=interface)
    sync: Any = made.sync()
    assert sync.hooks.level == 1 and sync.hooks.on_event is None and sync.work("a") == []
    threads: list[threading.Thread] = []

    def event(job: Any, text: str) -> str:
        threads.append(threading.current_thread())
        return str(job.loud(text)) + str(type(job) is sync.Job)

    closed: queue.Queue[str] = queue.Queue()

    def close(job: Any) -> None:
        closed.put(job.loud("closed"))

    sync.hooks.on_event, sync.hooks.on_close, sync.hooks.on_note = event, close, len
    assert sync.on_event(event) is event
    assert sync.work("a") == ["ATrue", "ATrue", 1] and closed.get(timeout=10) == "CLOSED"
    assert threading.main_thread() not in threads
    assert sync.hooks.on_event is event and vars(sync.hooks)["on_close"] is close
    sync.hooks = SimpleNamespace(on_event=event, on_close=None, on_note=None)
    assert sync.work("b") == ["BTrue", "BTrue"] and sync.hooks.on_event is event
    del made.aio().hooks.on_note
    with pytest.raises(AttributeError):
        sync.hooks.on_note  # noqa: B018  # read

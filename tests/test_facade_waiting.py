"""Plain functions that wait for other threads are called in the caller's thread: on the loop, they would stop what they wait for."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from facade_made import Make

SOURCE = """
    import asyncio
    import queue
    import threading

    class Mailbox:
        def __init__(self) -> None:
            self._lock = threading.Lock()
            self._filled = threading.Condition(self._lock)
            self._closed = threading.Event()
            self._items = []
            self._answers = queue.Queue()
            self._done = asyncio.Event()

        def take(self):
            with self._filled:
                while not self._items:
                    self._filled.wait()
                return self._items.pop(0)

        def take_two(self):
            return [self.take(), self.take()]

        async def put(self, item) -> None:
            await asyncio.sleep(0)
            with self._filled:
                self._items.append(item)
                self._filled.notify()

        def wait_closed(self) -> bool:
            return self._closed.wait(10)

        async def close(self) -> None:
            self._closed.set()
            self._done.set()

        def answer(self):
            return self._answers.get()

        async def ask(self, text) -> None:
            self._answers.put(text + "!")

        async def wait_done(self) -> bool:
            return await self._done.wait()


    class Runner:
        def __init__(self) -> None:
            self.loop = None

        async def start(self) -> None:
            self.loop = asyncio.get_running_loop()

        def run(self, box: Mailbox) -> str:
            return asyncio.run_coroutine_threadsafe(box.ask("run"), self.loop).result(10)
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_what_waits_for_other_threads(make: Make, interface: str) -> None:
    made = make(SOURCE, interface=interface)
    sync: Any = made.sync()
    box, runner = sync.Mailbox(), sync.Runner()

    def fill() -> None:
        for number in range(4):
            box.put(number)
        box.ask("hello")
        box.close()

    thread = threading.Timer(0.05, fill)
    thread.start()
    assert (box.take(), box.take_two(), box.take(), box.answer(), box.wait_closed()) == (0, [1, 2], 3, "hello!", True)
    assert box.wait_done() is True
    runner.start()
    runner.run(box)
    assert box.answer() == "run!"
    thread.join()

    async def main() -> Any:
        is_dual = interface == "dual"
        taking = box.take.aio() if is_dual else asyncio.to_thread(box.take)  # it stops whoever calls it
        taken = asyncio.gather(taking)
        await asyncio.sleep(0.05)
        await (box.put.aio if is_dual else box.put)("x")
        return await taken

    if interface != "sync":
        assert asyncio.run(main()) == ["x"]

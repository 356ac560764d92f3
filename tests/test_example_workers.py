"""The workers example: calls into a subprocess, through the bridge, and what becomes of them when something goes wrong."""

from __future__ import annotations

import importlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from example_made import generated, importable, run, typed

CHILD = """
import asyncio, os, sys
from workers.aio import Child

class Tricky(Child):
    def __init__(self):
        super().__init__()
        self.notes = []
    async def add(self, a, b):
        await asyncio.sleep(0)
        return a + b
    async def echo(self, *args, **kwargs):
        return [args, kwargs]
    async def forever(self):
        self.notes.append("began")
        try:
            await asyncio.sleep(3600)
        finally:
            self.notes.append("cleaned up")
    async def count(self, n):
        try:
            for i in range(n):
                yield i
        finally:
            self.notes.append("closed")
    def plain(self, n):
        yield from range(n)
    async def fail(self, message):
        raise LookupError(message)
    async def fail_late(self, n):
        for i in range(n):
            yield i
        raise LookupError("late")
    async def unsendable(self):
        return object()
    async def taken(self):
        notes, self.notes = self.notes, []
        return notes
    async def running(self):
        return len(self._tasks)
    async def say(self, *words):
        for word in words:
            self.event("word", word)
    async def die(self):
        os._exit(3)
    async def mumble(self):
        print("not an answer")
        return "said"

asyncio.run(Tricky().serve())
"""


@pytest.fixture(scope="module", params=["caller", "thread"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    copy = generated("workers", tmp_path_factory.mktemp("examples"), drive=request.param)
    (copy / "tricky.py").write_text(CHILD)
    yield from importable(copy, "workers")


@pytest.fixture
def workers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PYTHONPATH", str(folder / "src"))
    return importlib.import_module("workers.sync")


@pytest.fixture
def worker(workers: Any, folder: Path) -> Iterator[Any]:
    with workers.Worker(str(folder / "tricky.py")) as one:
        yield one


def until(holds: Callable[[], Any], seconds: float = 30) -> None:
    """Wait for what happens soon."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.005)


def in_thread(action: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """What ``action`` comes to, or the error, will be in the list."""
    found: list[Any] = []

    def work() -> None:
        try:
            found.append(action())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, found


def test_program(folder: Path) -> None:
    assert run(folder / "program.py") == [
        "1 + 2 = 3",
        "primes: 2 3 5 7 11 13 17 19",
        "the worker says: ZeroDivisionError: division by zero",
        "too slow, and 0 calls left",
        "stopped at 23",
        "done",
        "in threads: 9900",
        "progress: 1 2 3",
    ]


def test_is_typed(folder: Path) -> None:
    typed(folder)


def test_calls(worker: Any) -> None:
    assert worker.call.add(1, 2) == 3
    assert worker.call.add(a=[1], b=[2]) == [1, 2]
    assert worker.call.echo(1, "é", None, key={"x": [True]}) == [[1, "é", None], {"key": {"x": [True]}}]
    assert worker.call.mumble() == "said"
    large = "x" * 2_000_000  # longer than any buffer on the way
    assert worker.call.add(large, large) == large * 2
    assert worker.call_function("add", (1, 1)) == 2
    assert worker.pending == 0


def test_proxies(workers: Any, worker: Any) -> None:
    method = worker.call.add
    assert type(method) is workers.Method
    assert (repr(method), repr(worker.stream.count)) == ("<call add>", "<stream count>")
    assert method(2, 3) == 5
    assert worker.call.with_options(timeout=60).add(1, 2) == 3
    assert method.with_options(timeout=60)(1, 2) == 3
    assert list(worker.stream.with_options(timeout=60).count(3)) == [0, 1, 2]
    with pytest.raises(AttributeError):
        _ = worker.call._private
    assert not hasattr(worker.call, "__wrapped__")


def test_errors(workers: Any, worker: Any) -> None:
    with pytest.raises(workers.RemoteError, match="LookupError: nothing here") as caught:
        worker.call.fail("nothing here")
    assert caught.value.kind == "LookupError"
    assert "raise LookupError(message)" in caught.value.trace
    for name in ("missing", "serve", "event"):  # the child's own methods are not for the parent
        with pytest.raises(workers.RemoteError, match=f"AttributeError.*{name}"):
            worker.call_function(name)
    with pytest.raises(workers.RemoteError, match="TypeError"):
        worker.call.unsendable()
    with pytest.raises(TypeError):
        worker.call.add(object(), 1)
    items = worker.stream.fail_late(2)
    assert (next(items), next(items)) == (0, 1)
    with pytest.raises(workers.RemoteError, match="late"):
        next(items)
    assert worker.call.add(1, 2) == 3
    assert worker.pending == 0


def test_a_call_that_takes_too_long_is_cancelled_in_the_worker(worker: Any) -> None:
    for timeout in (0.1, 0.1, 0.5, 2.0, 10.0):  # on a busy machine the function may not have begun yet
        with pytest.raises(TimeoutError):
            worker.call.with_options(timeout=timeout).forever()
        assert worker.pending == 0
        until(lambda: worker.call.running() == 1)  # which is this call
        notes = worker.call.taken()
        assert notes in ([], ["began", "cleaned up"])
        if notes:
            break
    else:
        pytest.fail("it never began")


def test_streams(worker: Any) -> None:
    assert list(worker.stream.count(1000)) == list(range(1000))
    assert list(worker.stream.plain(3)) == [0, 1, 2]
    assert worker.call.taken() == ["closed"]
    one, other = worker.stream.count(50), worker.stream.plain(50)
    assert list(zip(one, other, strict=True)) == [(i, i) for i in range(50)]


def test_a_stream_left_early_ends_in_the_worker(worker: Any) -> None:
    for number in worker.stream.count(10**9):
        if number == 5:
            break
    assert worker.pending == 0
    until(lambda: worker.call.taken() == ["closed"])
    items = worker.stream.count(10**9)
    assert next(items) == 0
    items.close()
    assert worker.pending == 0
    until(lambda: worker.call.taken() == ["closed"])
    with pytest.raises(ZeroDivisionError):
        for number in worker.stream.count(10**9):
            number / 0
    until(lambda: worker.call.taken() == ["closed"])


def test_events(worker: Any) -> None:
    heard: list[Any] = []

    @worker.on_event  # type: ignore[untyped-decorator]  # the package is not there when types are checked
    def listen(name: str, data: Any) -> None:
        heard.append((name, data, worker.call.add(data, "!")))

    worker.call.say("a", "b", "c")
    until(lambda: len(heard) == 3)
    assert sorted(heard) == [("word", letter, f"{letter}!") for letter in "abc"]


def test_many_threads(worker: Any) -> None:
    def use(n: int) -> list[Any]:
        found: list[Any] = [worker.call.add(n, 1000)]
        found.append(sum(worker.stream.count(n)))
        for item in worker.stream.count(10**9):
            if item == n:
                break
        found.append(item)
        if n % 5 == 0:
            with pytest.raises(TimeoutError):
                worker.call.with_options(timeout=0.01).forever()
        return found

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(use, range(64)))
    assert results == [[n + 1000, n * (n - 1) // 2, n] for n in range(64)]
    assert worker.pending == 0


def test_a_crash_fails_every_call_under_way_and_every_later_one(workers: Any, worker: Any) -> None:
    calls = [in_thread(worker.call.forever) for _ in range(4)]
    items = worker.stream.count(10**9)
    next(items)
    until(lambda: worker.pending == 5)
    with pytest.raises(workers.WorkerDied):
        worker.call.die()
    for thread, found in calls:
        thread.join(30)
        assert [type(error) for error in found] == [workers.WorkerDied]
    with pytest.raises(workers.WorkerDied):
        for _ in items:
            pass
    assert worker.pending == 0
    for _ in range(2):
        with pytest.raises(workers.WorkerDied):
            worker.call.add(1, 2)
        with pytest.raises(workers.WorkerDied):
            list(worker.stream.count(1))
    worker.close()
    worker.start()
    assert worker.call.add(1, 2) == 3


def test_a_crash_from_outside(workers: Any, worker: Any) -> None:
    thread, found = in_thread(worker.call.forever)
    until(lambda: worker.pending == 1)
    os.kill(worker.pid, signal.SIGKILL)
    thread.join(30)
    assert [type(error) for error in found] == [workers.WorkerDied]


def test_closing_ends_calls_of_other_threads(workers: Any, folder: Path) -> None:
    worker = workers.Worker(str(folder / "tricky.py"))
    with pytest.raises(workers.WorkerDied):
        worker.call.add(1, 2)  # not started
    with worker:
        thread, found = in_thread(worker.call.forever)
        until(lambda: worker.pending == 1)
        pid = worker.pid
    thread.join(30)
    assert [type(error) for error in found] in ([workers.WorkerDied], [workers.RemoteError])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert worker.pid is None
    worker.close()


def test_workers_are_separate_and_leave_nothing_behind(workers: Any, folder: Path) -> None:
    descriptors = Path(f"/proc/{os.getpid()}/fd")
    with workers.Worker(str(folder / "tricky.py")) as worker:  # what the bridge opens once is open now
        worker.call.add(1, 2)
    before = len(list(descriptors.iterdir())) if descriptors.exists() else None

    def use(n: int) -> int:
        with workers.Worker(str(folder / "tricky.py")) as one:
            return int(one.call.add(n, n))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(use, range(8))) == [2 * n for n in range(8)]
    if before is not None:
        until(lambda: len(list(descriptors.iterdir())) <= before)

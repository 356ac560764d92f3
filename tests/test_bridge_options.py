"""What a bridge does around a call: timeout, retry, correlation id, hooks; and that options stay with who has set them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from unasync_plus.runtime import Bridge, Retry


@pytest.fixture
def bridge(request: pytest.FixtureRequest) -> Iterator[Bridge]:
    bridge = Bridge(request.node.name)
    yield bridge
    bridge.close()


class Flaky:
    """Fails so many times, then answers."""

    def __init__(self, failures: int, error: type[BaseException] = ConnectionError) -> None:
        self.left, self.error, self.ids = failures, error, list[Any]()

    async def fetch(self, value: int, *, plus: int = 0) -> int:
        await asyncio.sleep(0)
        logging.getLogger("flaky").warning("an attempt")
        if self.left:
            self.left -= 1
            raise self.error("no")
        return value + plus


def ids(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [getattr(record, "correlation_id", "none") for record in caplog.records]


def test_a_call_is_tried_again_with_the_same_arguments(bridge: Bridge) -> None:
    told: list[tuple[int, str, float]] = []
    retry = Retry(4, 0.001, ConnectionError, lambda *what: told.append((what[0], str(what[1]), what[2])))
    assert bridge.with_options(retry=retry).run(Flaky(3).fetch(5, plus=2)) == 7
    assert told == [(1, "no", 0.001), (2, "no", 0.002), (3, "no", 0.004)]


def test_attempts_end(bridge: Bridge) -> None:
    flaky = Flaky(10)
    with pytest.raises(ConnectionError):
        bridge.with_options(retry=Retry(3, 0.0)).run(flaky.fetch(1))
    assert flaky.left == 7


def test_other_errors_are_raised_at_once(bridge: Bridge) -> None:
    flaky = Flaky(10, LookupError)
    with pytest.raises(LookupError):
        bridge.with_options(retry=Retry(3, 0.0, ConnectionError)).run(flaky.fetch(1))
    assert flaky.left == 9


def test_a_timeout_is_each_attempts_own_and_can_be_tried_again(bridge: Bridge) -> None:
    began: list[int] = []

    async def slow_at_first() -> str:
        began.append(1)
        await asyncio.sleep(1000 if len(began) < 3 else 0)
        return "done"

    assert bridge.with_options(timeout=0.2, retry=Retry(5, 0.0, TimeoutError)).run(slow_at_first) == "done"
    assert len(began) == 3


def test_async_callers_have_the_same_options(bridge: Bridge) -> None:
    told: list[int] = []
    retry = Retry(4, 0.001, ConnectionError, lambda number, error, delay: told.append(number))

    async def main() -> int:
        return await bridge.with_options(retry=retry).aio(Flaky(2).fetch(3))

    assert asyncio.run(main()) == 3
    assert told == [1, 2]


def test_one_id_for_all_attempts_in_records_and_in_the_error(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ConnectionError) as caught:
        bridge.with_options(correlation_id=True, retry=Retry(3, 0.0)).run(Flaky(9).fetch(1))
    first = ids(caplog)
    assert len(first) == 3 and len(set(first)) == 1 and first[0]
    assert caught.value.correlation_id == first[0]  # type: ignore[attr-defined]
    caplog.clear()
    bridge.with_options(correlation_id=True).run(Flaky(0).fetch(1))
    assert ids(caplog) and ids(caplog)[0] not in (first[0], None)
    caplog.clear()
    bridge.run(Flaky(0).fetch(1))
    assert ids(caplog) == [None]


def test_own_ids_and_nested_work(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    async def outer() -> None:
        await asyncio.gather(Flaky(0).fetch(1), Flaky(0).fetch(2))

    bridge.with_options(correlation_id="mine").run(outer())
    bridge.with_options(correlation_id=lambda: "made").run(outer())
    assert ids(caplog) == ["mine", "mine", "made", "made"]


def test_the_id_is_that_of_the_whole_generator(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in range(3):
            logging.getLogger("numbers").warning("an item")
            yield number
        raise LookupError

    with pytest.raises(LookupError) as caught:
        for _ in bridge.with_options(correlation_id=True).iterate(numbers()):
            pass
    assert set(ids(caplog)) == {caught.value.correlation_id}  # type: ignore[attr-defined]


def test_a_hook_is_around_all_attempts(bridge: Bridge) -> None:
    log: list[object] = []

    def hook(call: Callable[[], Any], name: str) -> Any:
        log.append(name)
        try:
            return call() * 2
        except ConnectionError:
            log.append("failed")
            return -1

    around = bridge.with_options(around=hook, retry=Retry(2, 0.0))
    assert around.run(Flaky(1).fetch(4)) == 8
    assert around.run(Flaky(5).fetch(4)) == -1
    assert log == ["Flaky.fetch()", "Flaky.fetch()", "failed"]


def test_a_hook_may_refuse_to_call(bridge: Bridge) -> None:
    def broken(call: Callable[[], Any], name: str) -> Any:
        raise PermissionError(name)

    flaky = Flaky(1)
    with pytest.raises(PermissionError, match="fetch"):
        bridge.with_options(around=broken).run(flaky.fetch(1))
    assert flaky.left == 1


def test_an_async_hook_runs_on_the_loop(bridge: Bridge) -> None:
    loops: list[object] = []

    async def hook(call: Callable[[], Awaitable[Any]], name: str) -> Any:
        loops.append(asyncio.get_running_loop())
        return await call(), name

    async def loop() -> object:
        return asyncio.get_running_loop()

    assert bridge.with_options(around=hook).run(Flaky(0).fetch(1)) == (1, "Flaky.fetch()")  # type: ignore[comparison-overlap]
    assert loops == [bridge.run(loop())]


def test_a_hook_is_around_each_item_and_both_ends_of_a_block(bridge: Bridge) -> None:
    names: list[str] = []

    def hook(call: Callable[[], Any], name: str) -> Any:
        names.append(name)
        return call()

    async def numbers() -> AsyncIterator[int]:
        yield 1
        yield 2

    @asynccontextmanager
    async def block() -> AsyncIterator[int]:
        yield 5

    around = bridge.with_options(around=hook)
    assert list(around.iterate(numbers())) == [1, 2]
    assert len(names) == 3 and all("numbers" in name for name in names)
    names.clear()
    with around.enter(block()) as five:
        assert five == 5
    assert len(names) == 2 and all("block" in name for name in names)


def test_options_of_one_thread_do_not_leak_into_another(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    start, failures = threading.Barrier(8), list[BaseException]()

    async def whoami(name: str) -> str:
        await asyncio.sleep(0.001)
        logging.getLogger(name).warning("here")
        return name

    def work(name: str) -> None:
        mine = bridge.with_options(correlation_id=name, around=lambda call, _: (name, call()), timeout=60)
        start.wait()
        try:
            for _ in range(20):
                assert mine.run(whoami(name)) == (name, name)  # type: ignore[comparison-overlap]
                assert bridge.run(whoami("plain")) == "plain"
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"thread {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(caplog.records) == 320
    for record in caplog.records:
        expected = None if record.name == "plain" else record.name
        assert record.correlation_id == expected  # type: ignore[attr-defined]
    assert bridge.options.correlation_id is False and bridge.options.around is None


def test_options_are_checked(bridge: Bridge) -> None:
    for wrong in ({"timeout": -1}, {"in_loop": "never"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            bridge.with_options(**wrong)
    with pytest.raises(TypeError, match="tries"):
        bridge.with_options(tries=3)
    with pytest.raises(AttributeError, match="with_options"):
        bridge.options.timeout = 3


def test_code_that_never_waited_may_wait_fail_or_set(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    variable = ContextVar("variable", default=0)

    async def work(what: str) -> int:
        logging.getLogger("work").warning(what)
        if what == "waits":
            await asyncio.sleep(60)
        if what == "fails":
            raise ConnectionError
        if what == "sets":
            variable.set(1)
        return len(what)

    careful = bridge.with_options(timeout=0.02, correlation_id=True)
    for what in ("fails", "sets", "waits"):
        for _ in range(4):
            assert careful.run(work("nothing")) == 7
        if what == "sets":
            assert careful.run(work(what)) == 4
            assert variable.get() == 1
            continue
        with pytest.raises((ConnectionError, TimeoutError), match=r".*longer than 0.02 s|^$") as caught:
            careful.run(work(what))
        assert vars(caught.value)["correlation_id"] == ids(caplog)[-1]
    assert len(set(ids(caplog))) == 15
    assert None not in ids(caplog)

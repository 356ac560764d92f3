"""Ids of logical calls, beside libraries and programs that give their log records ids of their own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from unasync_plus.runtime import Bridge, _correlation

log = logging.getLogger("test_runtime_correlation")


@pytest.fixture
def bridge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bridge]:
    monkeypatch.setattr(_correlation, "_installed", False)
    before = logging.getLogRecordFactory()
    one = Bridge("correlation", correlation_id=lambda: "ours")
    yield one
    one.close()
    logging.setLogRecordFactory(before)


async def say(**extra: Any) -> None:
    log.warning("said", extra=extra or None)


def test_an_id_that_the_library_gives_its_record_is_kept(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    bridge.run(say(correlation_id="theirs"))
    bridge.run(say(other=1))
    bridge.run(say())
    log.warning("outside", extra={"correlation_id": "theirs"})
    log.warning("outside")
    assert [vars(record)["correlation_id"] for record in caplog.records] == ["theirs", "ours", "ours", "theirs", None]


def test_so_it_is_below_another_record_factory(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    inner = logging.getLogRecordFactory()

    def outer(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = inner(*args, **kwargs)
        record.outer = True
        return record

    logging.setLogRecordFactory(outer)
    bridge.run(say(correlation_id="theirs"))
    bridge.run(say())
    assert [vars(record)["correlation_id"] for record in caplog.records] == ["theirs", "ours"]


def test_async_callers_have_one_too(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        await say()
        raise LookupError

    async def main() -> None:
        with pytest.raises(LookupError) as caught:
            await bridge.aio(fail())
        assert caught.value.correlation_id == "ours"  # type: ignore[attr-defined]

    asyncio.run(main())
    assert [vars(record)["correlation_id"] for record in caplog.records] == ["ours"]


def test_it_is_that_of_each_call_though_all_are_the_same_code(caplog: pytest.LogCaptureFixture) -> None:
    """Nor is it that of the one whose task it has."""

    async def fail() -> AsyncIterator[int]:
        await say()
        yield 1
        raise LookupError

    bare = Bridge("ids")
    counted = bare.with_options(correlation_id=True)
    for run in (bare, counted) * 4:
        run.run(say())
        with pytest.raises(LookupError) as caught:
            list(run.iterate(fail()))
        assert (getattr(caught.value, "correlation_id", None) is None) is (run is bare)
    bare.close()
    identities = [vars(record)["correlation_id"] for record in caplog.records]
    assert [identity is None for identity in identities] == [True, True, False, False] * 4
    assert len(set(identities) - {None}) == 8


def test_work_in_a_hook_keeps_the_id_of_the_call(caplog: pytest.LogCaptureFixture) -> None:
    """However often, though it has a task that others had before."""

    async def items() -> AsyncIterator[int]:
        await say()
        yield 1

    inner = Bridge("ids", correlation_id=True)

    def hook(call: Callable[[], Any], name: str) -> Any:
        for _ in range(6):
            inner.run(say())
            list(inner.iterate(items()))
        return call()

    inner.with_options(around=hook).run(say())
    inner.close()
    identities = [vars(record)["correlation_id"] for record in caplog.records]
    assert len(identities) == 13 and len(set(identities)) == 1 and identities[0] is not None

"""Ids of logical calls, beside libraries and programs that give their log records ids of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterator
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

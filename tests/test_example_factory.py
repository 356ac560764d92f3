"""The factory example: one client, direct and bridged, against a server that fails as it is told."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from example_made import generated, importable, run, typed

from unasync_plus.runtime import Retry


@dataclass(frozen=True, slots=True)
class Example:
    """One of the sync packages, and a server for it."""

    side: Any
    server: Any


@pytest.fixture(scope="module")
def factory_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield from importable(generated("factory", tmp_path_factory.mktemp("examples")), "factory", "server")


@pytest.fixture(params=["sync", "bridged"])
def factory(factory_folder: Path, request: pytest.FixtureRequest) -> Iterator[Example]:
    with importlib.import_module("server").running() as server:
        yield Example(importlib.import_module(f"factory.{request.param}"), server)


@pytest.fixture
def bridged(factory_folder: Path) -> Iterator[Example]:
    with importlib.import_module("server").running() as server:
        yield Example(importlib.import_module("factory.bridged"), server)


def client(factory: Example, attempts: int = 3, timeout: float = 10.0, limit: int = 10) -> Any:
    side = factory.side
    policy = side.RetryPolicy(attempts=attempts, backoff=0.01)
    return side.Factory(factory.server.url, "token", retry=policy, timeout=timeout, limit=limit)


def test_factory_program(factory_folder: Path) -> None:
    assert run(factory_folder / "program.py") == [
        "created P-1",
        "created P-2",
        "created P-3",
        "all: P-1, P-2, P-3",
        "part P-2 in 3 requests",
        'not found: GET /products/P-9: 404 "no such product"',
        "reports [1, 2, 3, 4, 5] of S-0, S-1, S-2, S-3, S-4",
        "the same: True",
        "[order 8] POST /products: 500",
        "[order 8] POST /products: 200",
        "created P-4 in 3 requests",
        "timeout: AsyncReports.statistics() took longer than 0.05 s",
    ]


def test_factory_is_typed(factory_folder: Path) -> None:
    typed(factory_folder)


@pytest.mark.parametrize("faults", [(), ("500", "502"), ("drop", "503"), ("drop", "drop")], ids=" ".join)
def test_factory_asks_again_with_one_id(
    factory: Example, faults: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "factory")
    factory.server.products["P-1"] = {"number": "P-1"}
    factory.server.fail(*faults)
    with client(factory) as api, factory.side.correlated("order 7"):
        assert api.products.get("P-1") == factory.side.Product("P-1")
        assert api.http.sent == len(faults) + 1
    assert factory.server.seen == [("GET", "/products/P-1", "order 7")] * (len(faults) + 1)
    records = [record for record in caplog.records if record.name == "factory"]
    assert {vars(record)["correlation_id"] for record in records} == {"order 7"}
    pauses = [record.getMessage().rpartition("again in ")[2] for record in records if record.levelname == "WARNING"]
    assert pauses == ["0.01 s", "0.02 s"][: len(faults)]


@pytest.mark.parametrize(
    ("faults", "error", "kind", "requests"),
    [
        (("503",) * 3, "ServerBusy", Exception, 3),
        (("500",), "ServerFailed", Exception, 1),  # it may have acted: not repeated
        (("drop",), "Unreachable", ConnectionError, 1),
        (("slow 2",), "TooSlow", TimeoutError, 1),
        (("404",), "NotFound", Exception, 1),
        (("418",), "FactoryError", Exception, 1),
    ],
)
def test_factory_errors(
    factory: Example, faults: tuple[str, ...], error: str, kind: type[Exception], requests: int
) -> None:
    factory.server.fail(*faults)
    with client(factory, timeout=0.3 if error == "TooSlow" else 10.0) as api:
        with pytest.raises(kind) as caught:
            api.products.create(factory.side.Product("P-1"))
        assert type(caught.value) is getattr(factory.side, error)
        assert isinstance(caught.value, factory.side.FactoryError)
        assert [seen[2] for seen in factory.server.seen] == [caught.value.correlation_id] * requests
        assert (caught.value.__cause__ is not None) == (error in ("Unreachable", "TooSlow"))
    with client(factory) as api:
        assert api.products.create(factory.side.Product("P-2")).number == "P-2"


def test_factory_several_at_once(factory: Example) -> None:
    factory.server.fail(*["slow 0.3", "503"] * 3)
    with client(factory, limit=2) as api, factory.side.correlated("shift 1"):
        reports = [factory.side.Report("P-1", f"S-{n}") for n in range(6)]
        numbers = api.reports.submit_all(reports)
        assert [factory.server.reports[n - 1]["serial"] for n in numbers] == [report.serial for report in reports]
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    assert factory.server.busiest == 2
    assert {seen[2] for seen in factory.server.seen} == {"shift 1"}


def test_factory_streams_may_be_left_early(factory: Example) -> None:
    with client(factory) as api:
        api.reports.submit_all([factory.side.Report("P-1", f"S-{n}") for n in range(50)])
        for _ in range(20):  # more than the connections that a client may have, were they not given back
            for report in api.reports.all():
                assert report.product == "P-1"
                break
        assert len({report.serial for report in api.reports.all()}) == 50
        assert [product.number for product in api.products.all()] == []
        factory.server.fail("500")
        with pytest.raises(factory.side.ServerFailed):
            list(api.reports.all())


def test_factory_from_many_threads(factory: Example) -> None:
    for n in range(20):
        factory.server.products[f"P-{n}"] = {"number": f"P-{n}", "name": f"part {n}"}
    factory.server.fail(*["fine", "503", "fine", "drop"] * 40)
    with client(factory, attempts=20) as api, ThreadPoolExecutor(8) as pool:

        def ask(n: int) -> tuple[str, str]:
            with factory.side.correlated(f"id {n}") as identity:
                return api.products.get(f"P-{n % 20}").name, identity

        found = list(pool.map(ask, range(160)))
    assert found == [(f"part {n % 20}", f"id {n}") for n in range(160)]
    assert all(path == f"/products/P-{int(identity[3:]) % 20}" for _, path, identity in factory.server.seen)


def test_factory_exceptions_are_those_of_the_async_side(bridged: Example) -> None:
    asynchronous = importlib.import_module("factory.aio")
    for name in ("FactoryError", "NotFound", "ServerBusy", "ServerFailed", "TooSlow", "Unreachable"):
        assert getattr(bridged.side, name) is getattr(asynchronous, name)


def test_factory_options_of_the_bridge(bridged: Example, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told: list[tuple[int, str]] = []
    retry = Retry(
        attempts=4,
        backoff=0.01,
        on=(bridged.side.ServerFailed, ConnectionError),
        on_retry=lambda attempt, error, delay: told.append((attempt, type(error).__name__)),
    )
    with client(bridged, attempts=1) as plain:
        api = plain.with_options(retry=retry, timeout=10, correlation_id=bridged.side.current_id)
        bridged.server.fail("500", "drop", "502")
        with bridged.side.correlated("order 9"):
            assert api.products.create(bridged.side.Product("P-1")).number == "P-1"
        assert told == [(1, "ServerFailed"), (2, "Unreachable"), (3, "ServerFailed")]
        assert [seen[2] for seen in bridged.server.seen] == ["order 9"] * 4
        names = {record.name for record in caplog.records if vars(record).get("correlation_id") == "order 9"}
        assert names >= {"factory", "httpx"}, "records of other libraries carry the id too"
        bridged.server.fail("500")
        with pytest.raises(bridged.side.ServerFailed):  # not a word of this for others
            plain.products.create(bridged.side.Product("P-2"))


def test_factory_timeouts_of_the_bridge(bridged: Example) -> None:
    before = threading.active_count()
    with client(bridged, limit=1) as plain:
        api = plain.with_options(timeout=0.2, correlation_id=True)
        ids = set()
        for _ in range(3):  # each gives back its place among the requests at once
            with pytest.raises(TimeoutError) as caught:
                api.reports.statistics(300)
            assert not isinstance(caught.value, bridged.side.FactoryError)
            ids.add(vars(caught.value)["correlation_id"])
        assert len(ids) == 3
        assert plain.reports.statistics(0) == "done"
    assert threading.active_count() < before + 30

"""One sync program, over both sync sides."""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any

import server


class Correlated(logging.Handler):
    """Collects the ids that the bridge gives to log records."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str | None] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.ids.append(getattr(record, "correlation_id", None))


def use(factory: Any, api: Any) -> list[str]:
    """What any sync program would do."""
    lines = []
    for number in ("P-1", "P-2", "P-3"):
        created = api.products.create(factory.Product(number, name=f"part {number}"))
        lines.append(f"created {created.number}")
    lines.append("all: " + ", ".join(product.number for product in api.products.all()))
    lines.append(api.products.get("P-2").name)
    try:
        api.products.get("P-9")
    except factory.NotFound as error:
        lines.append(f"not found: {error.status}")
    reports = [factory.Report("P-1", f"S-{n}", steps=["weigh"]) for n in range(3)]
    lines.append(f"{len(api.reports.submit_all(reports))} reports")
    return lines


def main() -> int:
    found = {}
    for side in ("sync", "bridged"):
        factory = importlib.import_module(f"factory.{side}")
        with server.running() as url, factory.Factory(url, "token") as api:
            found[side] = use(factory, api)
    print(*found["bridged"], sep="\n")
    print("the same:", found["sync"] == found["bridged"])
    options()
    return 0


def options() -> None:
    """What the bridge does for every call besides."""
    from factory import bridged
    from factory.bridged._unasync_plus.retry import Retry

    log = logging.getLogger("factory")
    log.setLevel(logging.INFO)
    log.addHandler(collected := Correlated())
    with server.running() as url, bridged.Factory(url, "token", attempts=1) as plain:
        api = plain.with_options(
            retry=Retry(attempts=3, backoff=0.01, on=bridged.ServerBusy), correlation_id=True, timeout=5
        )
        for number in range(4):
            api.products.create(bridged.Product(f"P-{number}"))
        print("calls:", len(set(collected.ids)), "requests:", plain.http.requests)
        try:
            plain.with_options(timeout=0.05).reports.slow(2)
        except TimeoutError as error:
            print("timeout:", error)


if __name__ == "__main__":
    sys.exit(main())

"""One sync program over both sync sides, and what the bridged one can do besides."""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any

import server


def use(factory: Any, at: server.Server) -> list[str]:
    """What any sync program would do, with a server that has a bad day."""
    found = []
    with factory.Factory(at.url, "token", retry=factory.RetryPolicy(backoff=0.01)) as api:
        for number in ("P-1", "P-2", "P-3"):
            found.append(f"created {api.products.create(factory.Product(number, name=f'part {number}')).number}")
        found.append("all: " + ", ".join(product.number for product in api.products.all()))
        at.fail("503", "drop")
        with factory.correlated("order 7"):
            found.append(f"{api.products.get('P-2').name} in {len(ids(at, 'order 7'))} requests")
        try:
            api.products.get("P-9")
        except factory.NotFound as error:
            found.append(f"not found: {error}")
        numbers = api.reports.submit_all([factory.Report("P-1", f"S-{n}", steps=["weigh"]) for n in range(5)])
        found.append(f"reports {sorted(numbers)} of " + ", ".join(sorted(r.serial for r in api.reports.all())))
    return found


def ids(at: server.Server, identity: str) -> list[str]:
    return [seen for _, _, seen in at.seen if seen == identity]


def main() -> int:
    found = {}
    for side in ("sync", "bridged"):
        with server.running() as at:
            found[side] = use(importlib.import_module(f"factory.{side}"), at)
    print(*found["bridged"], sep="\n")
    print("the same:", found["sync"] == found["bridged"])
    with server.running() as at:
        options(at)
    return 0


def options(at: server.Server) -> None:
    """Timeouts, attempts and ids for any call, without a word of it in the package."""
    from factory import bridged
    from factory.bridged._unasync_plus.retry import Retry

    log = logging.getLogger("factory")
    log.setLevel(logging.INFO)
    log.addHandler(to_screen := logging.StreamHandler(sys.stdout))
    to_screen.setFormatter(logging.Formatter("[%(correlation_id)s] %(message)s"))
    with bridged.Factory(at.url, "token", retry=bridged.RetryPolicy(attempts=1)) as plain:
        api = plain.with_options(
            timeout=5,
            retry=Retry(attempts=3, backoff=0.01, on=(bridged.ServerFailed, ConnectionError)),
            correlation_id=bridged.current_id,
        )
        at.fail("500", "drop")
        with bridged.correlated("order 8"):
            print("created", api.products.create(bridged.Product("P-4")).number, "in", plain.http.sent, "requests")
        try:
            plain.with_options(timeout=0.05).reports.statistics(2)
        except TimeoutError as error:
            print("timeout:", error)


if __name__ == "__main__":
    sys.exit(main())

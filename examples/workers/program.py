"""A sync program over the bridged package."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from workers.sync import RemoteError, Worker

SCRIPT = str(Path(__file__).parent / "arithmetic.py")


def main() -> int:
    with Worker(SCRIPT) as worker:
        print("1 + 2 =", worker.call.add(1, 2))
        print("primes:", *worker.stream.primes(8))
        try:
            worker.call.divide(1, 0)
        except RemoteError as error:
            print("the worker says:", error)
        try:
            worker.call.with_options(timeout=0.2).slow()
        except TimeoutError:
            print("too slow, and", worker.pending, "calls left")
        for prime in worker.stream.primes(10**6):
            if prime > 20:
                break
        print("stopped at", prime)

        steps: list[int] = []

        @worker.on_event
        def progress(name: str, step: Any) -> None:
            steps.append(worker.call.add(step, 1))  # calls back

        print(worker.call.work(3))
        with ThreadPoolExecutor(8) as pool:
            print("in threads:", sum(pool.map(lambda n: worker.call.add(n, n), range(100))))
        while len(steps) < 3:
            worker.call.add(0, 0)
        print("progress:", *sorted(steps))
    return 0


if __name__ == "__main__":
    sys.exit(main())

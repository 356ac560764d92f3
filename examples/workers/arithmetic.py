"""What the worker of the example runs: a sync program too."""

from __future__ import annotations

import time
from collections.abc import Iterator

from workers.sync import Child


class Arithmetic(Child):
    def add(self, a: int, b: int) -> int:
        return a + b

    def divide(self, a: float, b: float) -> float:
        return a / b

    def slow(self, seconds: float = 60.0) -> str:
        time.sleep(seconds)
        return "at last"

    def primes(self, n: int) -> Iterator[int]:
        found: list[int] = []
        candidate = 2
        while len(found) < n:
            if all(candidate % prime for prime in found):
                found.append(candidate)
                yield candidate
            candidate += 1

    def work(self, steps: int) -> str:
        for step in range(steps):
            self.event("progress", step)
        return "done"


if __name__ == "__main__":
    Arithmetic().serve()

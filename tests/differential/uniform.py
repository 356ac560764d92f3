"""Programs from a plain random generator, which tries all kinds equally often, unlike Hypothesis; and a way to make them smaller."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from differential.definitions import Program, program_of


class Recorded:
    """Numbers at random, or those of ``numbers`` as far as they go and fit; all that were given are kept in ``given``."""

    def __init__(self, random: Random | None = None, numbers: list[int] | None = None) -> None:
        self._random, self._numbers = random, numbers or []
        self.given: list[int] = []

    def __call__(self, low: int, high: int) -> int:
        place = len(self.given)
        if self._random is not None:
            number = self._random.randint(low, high)
        else:
            number = self._numbers[place] if place < len(self._numbers) else low
            number = min(max(number, low), high)
        self.given.append(number)
        return number


def made_of(numbers: list[int], newest: bool, threads: bool) -> Program:
    return program_of(Recorded(numbers=numbers), newest, threads)


def shrunk(numbers: list[int], fails: Callable[[list[int]], bool], most: int = 300) -> list[int]:
    """Fewer and smaller numbers that still fail, after at most so many attempts."""
    size = max(len(numbers) // 2, 1)
    while size:
        place = 0
        while place < len(numbers) and most:
            for candidate in (
                numbers[:place] + numbers[place + size :],
                numbers[:place] + [0] * size + numbers[place + size :],
            ):
                most -= 1
                if candidate != numbers and fails(candidate):
                    numbers = candidate
                    break
            else:
                place += size
        size //= 2
    return numbers

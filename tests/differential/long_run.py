"""Writes and runs many programs, counts what became of them, and prints every difference, made as small as possible.

`scripts/differential --programs 10000 --concurrency sequential` says 10,000 programs and without threads; `--python` runs the
sync side on another Python, whose version is the target too. The exit code is 1 if anything differed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from program import run_sync

from differential.check import RunSync, check, configuration
from differential.definitions import Program, program_of, programs
from differential.elsewhere import Elsewhere
from differential.uniform import Recorded, made_of, shrunk

AT_ONCE = 200
Form = tuple[bool, bool]
"""Whether the programs may need Python 3.11, and threads."""
Check = Callable[[Program], "tuple[str, ...]"]


@dataclass(slots=True)
class Tally:
    """What became of some programs."""

    ran: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    refusals: dict[str, str] = field(default_factory=dict)
    """A program that was refused, by the codes."""
    kinds: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def count(self, program: Program, codes: tuple[str, ...]) -> None:
        """One more that was the same, or refused with these codes."""
        self.ran += 1
        self.kinds += program.kinds
        if codes:
            self.refused[" ".join(codes)] += 1
            self.refusals[" ".join(codes)] = program.source

    def add(self, other: Tally) -> None:
        self.ran += other.ran
        self.refused += other.refused
        self.refusals |= other.refusals
        self.kinds += other.kinds
        self.differences += other.differences


@dataclass(frozen=True, slots=True)
class Job:
    """How programs are converted and run; ``python`` is the interpreter of the sync side, if not this one."""

    count: int
    concurrency: str
    python: str
    shrink: bool


def some(job: Job, start: int) -> Tally:
    """Programs from the seed ``start``; one that differs ends them. Hypothesis writes those of every second seed."""
    os.nice(5)
    tally = Tally()
    elsewhere = Elsewhere(job.python) if job.python else None
    run: RunSync = elsewhere.run if elsewhere else run_sync
    version = elsewhere.version if elsewhere else sys.version_info[:2]
    config = configuration(job.concurrency, ".".join(map(str, version)))
    form = (version >= (3, 11), job.concurrency == "threads")
    try:
        (_by_hypothesis if start % 2 else _uniform)(job, start, form, tally, lambda one: check(one, config, run))
    except AssertionError as error:
        tally.differences.append(f"seed {start}: {error}")
    finally:
        if elsewhere:
            elsewhere.close()
    return tally


def _by_hypothesis(job: Job, start: int, form: Form, tally: Tally, checked: Check) -> None:
    failed = False

    @seed(start)
    @given(programs(*form))
    @settings(
        max_examples=job.count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if job.shrink else [Phase.generate],
        report_multiple_bugs=False,
    )
    def attempt(program: Program) -> None:
        nonlocal failed
        try:
            codes = checked(program)
        except AssertionError:
            failed = True
            raise
        if not failed:  # what comes behind only makes the difference smaller
            tally.count(program, codes)

    attempt()


def _uniform(job: Job, start: int, form: Form, tally: Tally, checked: Check) -> None:
    random = Random(start)
    for _ in range(job.count):
        numbers = Recorded(random)
        program = program_of(numbers, *form)
        try:
            tally.count(program, checked(program))
        except AssertionError:
            if not job.shrink:
                raise
            checked(made_of(shrunk(numbers.given, lambda given: _fails(made_of(given, *form), checked)), *form))
            raise  # it did not happen again


def _fails(program: Program, checked: Check) -> bool:
    try:
        checked(program)
    except AssertionError:
        return True
    return False


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/differential", description=__doc__)
    parser.add_argument("--programs", type=int, default=2000, metavar="N", help="how many (2000)")
    parser.add_argument("--seed", type=int, default=0, help="where to begin: other seeds, other programs")
    parser.add_argument("--concurrency", choices=("threads", "sequential"), default="threads")
    parser.add_argument("--python", default="", metavar="FILE", help="the interpreter that runs the sync side")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-shrink", action="store_true", help="print differences as they were found")
    parser.add_argument("--show-refusals", action="store_true", help="print one refused program a code")
    given_ = parser.parse_args(arguments)
    starts = range(given_.seed, given_.seed + -(-given_.programs // AT_ONCE))
    job = Job(min(AT_ONCE, given_.programs), given_.concurrency, given_.python, not given_.no_shrink)
    total, began = Tally(), time.monotonic()
    with ProcessPoolExecutor(given_.jobs) as pool:
        for tally in pool.map(partial(some, job), starts):
            total.add(tally)
            for difference in tally.differences:
                print(f"DIFFERENCE {difference}\n", flush=True)
            print(f"{total.ran} ran, {len(total.differences)} differ", file=sys.stderr, flush=True)
    report(total, time.monotonic() - began, given_.show_refusals)
    return 1 if total.differences else 0


def report(total: Tally, seconds: float, show_refusals: bool) -> None:
    refused = sum(total.refused.values())
    print(f"{total.ran} programs in {seconds:.0f} s: {total.ran - refused} the same, {refused} refused")
    print(f"{len(total.differences)} differences")
    for codes, count in total.refused.most_common():
        print(f"  refused {count:6} {codes}")
        if show_refusals:
            print(total.refusals[codes])
    for kind, count in sorted(total.kinds.items()):
        print(f"  {count:8} {kind}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""A process that uses one generated client from 16 threads under load, and counts what went wrong.

    python load_user.py wire|web PORT SECONDS SEED

prints one JSON object: how many calls came to what, and the problems. The main thread makes calls that Ctrl-C interrupts.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import importlib
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

THREADS = 16
LONG = 20.0  # seconds: a delay on the server that no call is to see the end of
GRACE = 30.0  # seconds for what is to happen soon

Action = Callable[[random.Random, str], str]


class Client(Protocol):
    """What `load_wire` and `load_web` offer: each action makes calls, checks their answers, and names their outcome."""

    name: str  # of the package

    def actions(self) -> list[Action]: ...
    def interrupted(self, token: str, how: int) -> None: ...  # 0: in a call, 1: in a block, 2: in a generator
    def after_interrupt(self, token: str, how: int) -> None: ...
    def tasks(self) -> list[str]: ...
    def close(self) -> list[str]: ...


class Load:
    """The run: what came of the calls, and what went wrong."""

    def __init__(self, client: Client, seconds: float, seed: int) -> None:
        self.client = client
        self.ends = time.monotonic() + seconds
        self.seed = seed
        self.outcomes: Counter[str] = Counter()
        self.problems: list[str] = []
        self._lock = threading.Lock()

    def note(self, outcome: str) -> None:
        with self._lock:
            self.outcomes[outcome] += 1

    def problem(self, text: str) -> None:
        with self._lock:
            self.problems.append(text[:2000])

    def one(self, action: Action, chance: random.Random, token: str) -> None:
        name = getattr(action, "__name__", "?")
        try:
            outcome = action(chance, token)
        except BaseException as error:  # whatever comes is a finding
            self.problem(f"{name}: {type(error).__name__}: {error}")
        else:
            self.note(f"{name}: {outcome}")

    def work(self, number: int) -> None:
        chance, count = random.Random(self.seed * 1000 + number), 0
        actions = self.client.actions()
        kinds = list(dict.fromkeys(actions))
        first = chance.sample(kinds, len(kinds))  # each at least once, however busy the machine is
        while (first or time.monotonic() < self.ends) and len(self.problems) < 50:
            count += 1
            self.one(first.pop() if first else chance.choice(actions), chance, f"{number}-{count}")

    def interrupts(self) -> None:
        """In the main thread: calls that would take long, each ended by one Ctrl-C, and another call at once."""
        armed, pressed, over = threading.Event(), threading.Event(), threading.Event()
        chance = random.Random(self.seed)

        def press() -> None:
            while True:
                armed.wait()
                armed.clear()
                if over.is_set():
                    return
                time.sleep(chance.random() ** 3 * 0.2)
                os.kill(os.getpid(), signal.SIGINT)
                pressed.set()

        presser = threading.Thread(target=press)
        presser.start()
        count = 0
        while (count < 3 or time.monotonic() < self.ends) and len(self.problems) < 50:
            count += 1
            try:
                armed.set()
                self.client.interrupted(f"main-{count}", count % 3)
                raise AssertionError("the call came to its end: Ctrl-C was lost")
            except KeyboardInterrupt:
                self.note("ctrl-c: interrupted")
            except BaseException as error:
                self.problem(f"ctrl-c: {type(error).__name__}: {error}")
                with contextlib.suppress(KeyboardInterrupt):
                    pressed.wait(GRACE)
                    time.sleep(0.1)
            pressed.wait(GRACE)
            pressed.clear()
            try:
                self.client.after_interrupt(f"main-{count}-after", count % 3)
            except BaseException as error:
                self.problem(f"after ctrl-c: {type(error).__name__}: {error}")
        over.set()
        armed.set()
        presser.join(GRACE)

    def run(self) -> None:
        threads = [threading.Thread(target=self.work, args=(number,), daemon=True) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        self.interrupts()
        for thread in threads:
            thread.join(GRACE)
            if thread.is_alive():
                self.problem("a thread hangs: an answer was lost")
                faulthandler.dump_traceback(all_threads=True)
                return


def soon(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + GRACE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def descriptors() -> set[str]:
    """What is open in this process, as the system says: ``number -> what``."""
    found = set()
    for path in Path(f"/proc/{os.getpid()}/fd").glob("*"):
        with contextlib.suppress(OSError):
            found.add(f"{path.name} -> {path.readlink()}")
    return found


def threads() -> list[str]:
    return sorted(thread.name for thread in threading.enumerate() if not thread.name.startswith("asyncio_"))


def no_more(now: Callable[[], list[str]], then: list[str]) -> bool:
    return len(now()) <= len(then)


def main() -> int:
    kind, port, seconds, seed = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells ignore it for what runs in the background
    faulthandler.dump_traceback_later(seconds + 4 * GRACE, exit=True)
    make = importlib.import_module(f"load_{kind}").make
    warm: Client = make(port)
    sys.modules[f"{warm.name}.sync._unasync_plus.wrap_threads"].__dict__["_IDLE_SECONDS"] = 0.2
    for action in warm.actions():  # what opens something once and for good has done so
        action(random.Random(seed), "warm")
    asyncio.run(asyncio.sleep(0))
    assert warm.close() == []
    before = descriptors()
    kept = [name for name in threads() if "callback" not in name]  # those of callbacks end when they have been idle

    client: Client = make(port)
    load = Load(client, seconds, seed)
    load.run()
    load.problems += client.close()
    leaks: list[tuple[str, list[str], Callable[[], list[str]]]] = [
        ("task", [], client.tasks),
        ("thread", kept, threads),
        ("socket", sorted(before), lambda: sorted(descriptors())),
    ]
    for what, then, now in leaks:
        if not soon(partial(no_more, now, then)):
            extra = [item for item in now() if item not in then]
            load.problem(f"leaked {what}s: {len(now())} instead of {len(then)}: {extra[:10]}")
    print(json.dumps({"outcomes": load.outcomes, "problems": load.problems}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

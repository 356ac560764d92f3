"""Which hard cases of tests/hard_cases hold for which bridge: each in a process of its own, with a time limit.

The table is printed line by line. The others have as long as `--seconds` says, or three times what ours took.

`yes`: the whole case holds. `no`: a part of it does not (`--why` says which). `hangs`: the time ran out. `none`: the case is
about something that this bridge does not have.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bridge_peers

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))

from hard_cases.__main__ import NAMES, Outcome, run_case  # noqa: E402  # found by the line above

OURS = ("caller", "thread")
PATIENCE = 3  # times what ours took


def word(outcome: Outcome) -> str:
    if outcome.skipped:
        return "skipped"
    if outcome.holds:
        return "yes"
    if outcome.text.startswith("still running"):
        return "hangs"
    return "none" if "bridge_peers.Missing" in outcome.text else "no"


def what(name: str) -> str:
    """The first line of a case's docstring, up to the colon."""
    first = (ROOT / "tests" / "hard_cases" / f"{name}.py").read_text(encoding="utf-8").splitlines()[0]
    return first.strip('"')


class Rows:
    """Runs cases, one bridge after the other, ours first."""

    def __init__(self, python: str, bridges: list[str], seconds: float, count: int) -> None:
        self._python = python
        self._bridges = sorted(bridges, key=OURS.__contains__, reverse=True)
        self._seconds = seconds
        self._count = count
        self._done = 0

    def run(self, name: str) -> dict[str, Outcome]:
        """What becomes of one case."""
        outcomes = {}
        limit = self._seconds
        for bridge in self._bridges:
            began = time.monotonic()
            if bridge in OURS:
                outcomes[bridge] = run_case(self._python, name, bridge)
                limit = max(limit, PATIENCE * (time.monotonic() - began))
            else:
                outcomes[bridge] = run_case(self._python, name, bridge, limit)
            self._done += 1
            if sys.stderr.isatty():
                print(f"\r{self._done} of {self._count}", end="\r", file=sys.stderr)
        return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=NAMES)
    parser.add_argument("--bridge", action="append", choices=[*OURS, *bridge_peers.PEERS])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each case with each of the other bridges")
    parser.add_argument("--why", action="store_true", help="what did not hold")
    options = parser.parse_args()
    names, asked = options.case or NAMES, options.bridge or [*OURS, *bridge_peers.PEERS]
    python, missing = bridge_peers.environment(options.python, [one for one in asked if one not in OURS])
    bridges = [one for one in asked if one not in missing]
    rows = Rows(str(python), bridges, options.seconds, len(names) * len(bridges))
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{version}; ours: {', '.join(OURS)}\n")
    print(f"{'':24}" + "".join(f"{bridge:>15}" for bridge in bridges), flush=True)
    outcomes: dict[str, dict[str, Outcome]] = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, found in zip(names, pool.map(rows.run, names), strict=True):
            outcomes[name] = found
            print(f"{name:24}" + "".join(f"{word(found[bridge]):>15}" for bridge in bridges), flush=True)
    held = [sum(found[bridge].holds for found in outcomes.values()) for bridge in bridges]
    print(f"{f'of {len(names)}':24}" + "".join(f"{count:>15}" for count in held))
    if options.why:
        for name, found in outcomes.items():
            for bridge in bridges:
                if not found[bridge].holds:
                    print(f"\n{name}, {bridge}: {what(name)}\n{found[bridge].text}")
    return int(not all(found[bridge].holds for found in outcomes.values() for bridge in bridges if bridge in OURS))


if __name__ == "__main__":
    sys.exit(main())

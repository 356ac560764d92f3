"""Which hard cases of tests/hard_cases hold for which bridge: each in a process of its own, with a time limit.

`yes`: the whole case holds. `no`: a part of it does not (`--why` says which). `hangs`: the time ran out. `none`: the case is
about something that this bridge does not have.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bridge_peers

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))

from hard_cases.__main__ import NAMES, Outcome, run_case  # noqa: E402  # found by the line above

OURS = ("caller", "thread")


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=NAMES)
    parser.add_argument("--bridge", action="append", choices=[*OURS, *bridge_peers.PEERS])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60.0, help="for the other bridges; ours have more")
    parser.add_argument("--why", action="store_true", help="what did not hold")
    options = parser.parse_args()
    python = str(bridge_peers.interpreter(options.python))
    names, bridges = options.case or NAMES, options.bridge or [*OURS, *bridge_peers.PEERS]

    def run(pair: tuple[str, str]) -> Outcome:
        name, bridge = pair
        return run_case(python, name, bridge) if bridge in OURS else run_case(python, name, bridge, options.seconds)

    pairs = [(name, bridge) for name in names for bridge in bridges]
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = dict(zip(pairs, pool.map(run, pairs), strict=True))
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"{version}; ours: {', '.join(OURS)}\n")
    print(f"{'':24}" + "".join(f"{bridge:>15}" for bridge in bridges))
    for name in names:
        print(f"{name:24}" + "".join(f"{word(outcomes[name, bridge]):>15}" for bridge in bridges))
    held = [sum(outcomes[name, bridge].holds for name in names) for bridge in bridges]
    print(f"{f'of {len(names)}':24}" + "".join(f"{count:>15}" for count in held))
    if options.why:
        for (name, bridge), outcome in outcomes.items():
            if not outcome.holds:
                print(f"\n{name}, {bridge}: {what(name)}\n{outcome.text}")
    return int(not all(outcomes[name, bridge].holds for name in names for bridge in bridges if bridge in OURS))


if __name__ == "__main__":
    sys.exit(main())

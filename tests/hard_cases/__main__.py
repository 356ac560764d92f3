"""Run every hard case, for both drives, on these interpreters (default: this one): `python tests/hard_cases [PYTHON…]`.

`--only NAME` picks cases, `--repeat N` finds what happens seldom. Prints what does not hold, and a line for each interpreter.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
DRIVES = ("caller", "thread")
TIME_LIMIT = 100  # seconds, on a machine that has other things to do
NAMES = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("__main__", "case"))


class Outcome(NamedTuple):
    holds: bool
    skipped: bool
    text: str


def run_case(python: str, name: str, drive: str, seconds: float = TIME_LIMIT) -> Outcome:
    """Run one case in a process of its own."""
    command = [python, "-W", "default", str(HERE / f"{name}.py"), drive]
    # Warnings show what was not closed, and what was never awaited.
    environment = {**os.environ, "PYTHONASYNCIODEBUG": "", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONFAULTHANDLER": "1"}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            stdout, stderr = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # so that it tells where it hangs
            try:
                stdout, stderr = process.communicate(timeout=10)
            except subprocess.TimeoutExpired:  # a child of its own keeps the pipes open
                process.kill()
                stdout = stderr = ""
            return Outcome(False, False, f"still running after {seconds:g} s\n{stdout}{stderr}")
    lines = stdout.splitlines()
    skipped = bool(lines) and lines[-1].startswith("skipped:")
    holds = process.returncode == 0 and not stderr and bool(lines) and (skipped or lines[-1] == "ok")
    return Outcome(holds, skipped, f"exit code {process.returncode}\n{stdout}{stderr}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pythons", nargs="*", default=[sys.executable])
    parser.add_argument("--only", action="append", choices=NAMES)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    failures = 0
    for python in options.pythons:
        outcomes = [
            (name, drive, run_case(python, name, drive))
            for _ in range(options.repeat)
            for name in options.only or NAMES
            for drive in DRIVES
        ]
        for name, drive, outcome in outcomes:
            if not outcome.holds:
                print(f"{python} {name} {drive}: {outcome.text}", flush=True)
        bad = sum(not outcome.holds for _, _, outcome in outcomes)
        skipped = sum(outcome.skipped for _, _, outcome in outcomes)
        print(f"{python}: {len(outcomes) - bad - skipped} hold, {skipped} skipped, {bad} do not", flush=True)
        failures += bad
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())

"""The bridge under load: two clients of ours, each with both drives, used from 16 threads with injected faults.

    python tests/load.py --seconds 60

Each run has a server and a user in processes of their own. Nothing may be lost or crossed: every answer is checked, and so
is that no task, thread or socket is left in the end. Prints a table; exits 1 if anything went wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from unasync_plus import Config, build

HERE = Path(__file__).parent
PACKAGES = {"wire": "wiredb", "web": "webstore"}
DRIVES = ("caller", "thread")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run: how many calls, by action and outcome, and what went wrong."""

    client: str
    drive: str
    counts: Counter[str]
    problems: tuple[str, ...]

    @property
    def calls(self) -> int:
        return sum(self.counts.values())

    def sum_of(self, *words: str) -> int:
        return sum(count for name, count in self.counts.items() if any(word in name for word in words))


def run(client: str, drive: str, seconds: float, seed: int, folder: Path) -> Outcome:
    """One run, in a copy of the package below ``folder``."""
    copy = folder / f"{client}-{drive}"
    shutil.copytree(HERE.parent / "fixtures" / "packages" / PACKAGES[client], copy)
    configuration = copy / "pyproject.toml"
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(text.replace('mode = "bridge"', f'mode = "bridge"\ndrive = "{drive}"'), encoding="utf-8")
    report = build(Config.load(copy))
    assert report.ok, report.errors
    paths = os.pathsep.join([str(copy / "src"), str(HERE)])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    with serving(copy / "server.py") as port:
        command = [sys.executable, "-W", "error", str(HERE / "load_user.py"), client, port, str(seconds), str(seed)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=seconds + 500, check=False
        )
    if done.returncode != 0 or not done.stdout.startswith("{"):
        return Outcome(client, drive, Counter(), (f"exit code {done.returncode}", done.stdout + done.stderr[-8000:]))
    found = json.loads(done.stdout)
    said = (f"printed: {done.stderr[-4000:]}",) if done.stderr else ()
    return Outcome(client, drive, Counter(found["outcomes"]), (*found["problems"], *said))


@contextmanager
def serving(script: Path) -> Iterator[str]:
    """The port of the server, which runs meanwhile."""
    server = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.stdin.close()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="The bridge under load.")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each of the four runs")
    parser.add_argument("--client", choices=PACKAGES, action="append")
    parser.add_argument("--drive", choices=DRIVES, action="append")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    status = 0
    print(
        f"{'client':8}{'drive':8}{'calls':>8}{'timeouts':>10}{'cancelled':>11}{'Ctrl-C':>8}{'lost':>7}{'problems':>10}"
    )
    for client in given.client or PACKAGES:
        for drive in given.drive or DRIVES:
            with tempfile.TemporaryDirectory() as folder:
                outcome = run(client, drive, given.seconds, given.seed, Path(folder))
            injected = [outcome.sum_of(word) for word in ("timeout", "asynchronous", "ctrl-c", "lost")]
            columns = "{:10}{:11}{:8}{:7}".format(*injected)
            print(f"{client:8}{drive:8}{outcome.calls:8}{columns}{len(outcome.problems):10}", flush=True)
            for problem, count in Counter(outcome.problems).most_common(20):
                print(f"    {count} x {problem}")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())

"""How long converting takes, start-up included, against libcst alone and the other tools.

All cases run in turn, round after round, so that whatever else the machine does falls on all of them alike; a ratio is
the median over the rounds, the seconds are the quickest round's. CPU seconds, of the process and its workers, tell what
a case costs where others share the machine; wall seconds, how long it lasted. The floor parses every file with libcst
and writes it back to a string: what a tool that is built on libcst pays before it has done anything.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import peers

ROOT = Path(__file__).parent.parent
CONFIGS = ROOT / "fixtures" / "configs"


@dataclass(frozen=True, slots=True)
class Tree:
    """What is converted: folders of the unpacked package ``name``."""

    name: str
    pairs: dict[str, str]
    unasyncd_crashes_on: tuple[str, ...] = ()  # which stops its whole run, so they are kept from it


TREES = {
    tree.name: tree
    for tree in (
        Tree("pymongo", {"pymongo/asynchronous": "pymongo/synchronous"}, ("auth.py",)),
        Tree("httpcore", {"httpcore/_async": "httpcore/_sync", "tests/_async": "tests/_sync"}),
    )
}


@dataclass(slots=True)
class Case:
    """One thing to measure: ``prepare`` is not counted, ``command`` is."""

    title: str
    command: list[str]
    prepare: Callable[[], None] = lambda: None
    exit_code: int = 0
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    megabytes: float = 0.0

    def run(self, folder: Path) -> None:
        self.prepare()
        started = time.perf_counter()
        with (folder / "bench.log").open("wb") as log:
            process = subprocess.Popen(self.command, cwd=folder, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
        self.seconds.append(time.perf_counter() - started)
        self.cpu.append(usage.ru_utime + usage.ru_stime)
        process.returncode = os.waitstatus_to_exitcode(status)
        output = (folder / "bench.log").read_text(errors="replace")
        said = output.partition("Exception ignored")[
            0
        ]  # noise of an interpreter that ends, as unasyncd's pool makes it
        if process.returncode != self.exit_code or "Traceback" in said:
            tail = output[-2000:]
            raise SystemExit(f"{self.title}: exit code {process.returncode}\n{' '.join(self.command)[:300]}\n{tail}")
        per_megabyte = 2**20 if sys.platform == "darwin" else 2**10
        self.megabytes = max(self.megabytes, usage.ru_maxrss / per_megabyte)


def ratio(mine: list[float], theirs: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(mine, theirs, strict=True))


def cases(tree: Tree, folder: Path, other_python: Path) -> list[Case]:
    """``folder`` is a copy of the unpacked package, without its sync side."""
    pairs = {folder / source: folder / target for source, target in tree.pairs.items()}
    files = [path for source in pairs for path in sorted(source.rglob("*.py"))]
    changed = max(files, key=lambda path: path.stat().st_size)
    ours = [sys.executable, "-m", "unasync_plus"]

    def remove_output() -> None:
        shutil.rmtree(folder / ".unasync_plus_cache", ignore_errors=True)
        for target in pairs.values():
            shutil.rmtree(target, ignore_errors=True)

    def make_output() -> None:
        remove_output()
        subprocess.run([*ours, "build", "-q"], cwd=folder, check=True)

    def change_one_file() -> None:
        make_output()
        with changed.open("a", encoding="utf-8") as file:
            file.write(f"\n\nasync def added_{time.monotonic_ns()}(x):\n    return await x.get()\n")

    return [
        Case("floor: libcst parses and writes", peers.floor(Path(sys.executable), files)),
        Case("build, cold, one job", [*ours, "build", "-q", "--jobs", "1"], remove_output),
        Case("build, cold, all jobs", [*ours, "build", "-q"], remove_output),
        Case("build, one file changed", [*ours, "build", "-q"], change_one_file),
        Case("check, warm", [*ours, "check", "-q"], make_output),
        Case("unasync 0.6.0", peers.unasync(other_python, pairs), remove_output),
        Case(
            " without ".join(["unasyncd 0.10.1", *tree.unasyncd_crashes_on]),
            peers.unasyncd(other_python, pairs, tree.unasyncd_crashes_on),
            remove_output,
            exit_code=1,  # which says that it has written something
        ),
    ]


def measure(tree: Tree, rounds: int, corpus: Path, other_python: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="unasync-plus-bench-") as scratch:
        folder = Path(scratch) / tree.name
        shutil.copytree(corpus, folder)
        shutil.copy(CONFIGS / f"{tree.name}.toml", folder / "unasync-plus.toml")
        for target in tree.pairs.values():
            shutil.rmtree(folder / target)
        files = [path for source in tree.pairs for path in (folder / source).rglob("*.py")]
        lines = sum(path.read_bytes().count(b"\n") for path in files)
        all_cases = cases(tree, folder, other_python)
        for _ in range(rounds):
            for case in all_cases:
                case.run(folder)
        report(f"{tree.name}: {len(files)} files, {lines:,} lines, {rounds} rounds", all_cases, lines)


def report(title: str, all_cases: list[Case], lines: int) -> None:
    floor = all_cases[0]
    print(f"\n{title}\n")
    print(f"{'':36} {'wall s':>8} {'x floor':>8} {'CPU s':>8} {'x floor':>8} {'lines/s':>8} {'MB':>5}")
    for case in all_cases:
        wall, cpu = min(case.seconds), min(case.cpu)
        ratios = f"{ratio(case.seconds, floor.seconds):8.2f} {cpu:8.2f} {ratio(case.cpu, floor.cpu):8.2f}"
        print(f"{case.title:36} {wall:8.2f} {ratios} {f'{lines / wall:,.0f}':>8} {case.megabytes:5.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("trees", nargs="*", default=[*TREES], help=f"of {', '.join(TREES)}; default: all")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.trees if name not in TREES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    compileall.compile_dir(ROOT / "unasync_plus", quiet=1)  # as pip does for what it installs
    for name in arguments.trees:
        fetched = subprocess.run([ROOT / "scripts" / "corpus", name], capture_output=True, text=True, check=True)
        corpus = Path(fetched.stdout.strip())
        measure(TREES[name], arguments.rounds, corpus, peers.interpreter(corpus.parent.parent))


if __name__ == "__main__":
    main()

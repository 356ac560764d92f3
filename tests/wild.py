"""Converts the asynchronous files of many packages, each as part of its package, and counts what became of them.

A crash, an output that does not compile, something asynchronous left in an output: each is a failure. A refusal is not;
the commonest ones are listed by code and by the name that they are about.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import signal
import statistics
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType

from wild_packages import Package, fetch, packages

from unasync_plus import Config, ConfigError
from unasync_plus.model import Diagnostic
from unasync_plus.parse import decode
from unasync_plus.pipeline.workspace import Workspace, open_workspace
from unasync_plus.rewrite.convert import Conversion, convert
from unasync_plus.tables import lookup

SECONDS_PER_FILE = 120
SLOW = 10  # times the median
SHORT = 100  # lines: less says nothing about speed
_NAME = re.compile(r"[A-Za-z_][\w.]*\.\w+")
_QUOTED = re.compile(r"'[^']*'")
_ASYNC_NODES = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)


@dataclass(slots=True)
class Outcome:
    """What became of one file. ``failure`` is our fault, ``refusals`` are pairs of code and message."""

    package: str
    path: str
    lines: int
    seconds: float = 0.0
    failure: str = ""
    refusals: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def is_converted(self) -> bool:
        return not self.failure and not self.refusals


def configuration(folder: Path, rename: bool) -> Config:
    """Every package below ``folder``; without ``rename`` names stay, as many files hold both sides."""
    pairs = []
    for parent in (folder, folder / "src", folder / "lib"):
        for top in sorted(parent.iterdir()) if parent.is_dir() else ():
            if top.name in ("src", "lib") or not top.is_dir() or top.name.startswith("."):
                continue
            if any(b"async def" in path.read_bytes() for path in top.rglob("*.py")):
                source = top.relative_to(folder).as_posix()
                pairs.append({"source": source, "target": f"{source}__sync"})
    naming = {} if rename else {"naming": {"camel": False, "snake": False}}
    return Config.from_mapping({"target-version": "3.13", "package": pairs, **naming}, folder)


class TooSlowError(Exception):
    pass


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def outcomes_of(package: Package, rename: bool) -> list[Outcome]:
    """Convert every asynchronous file of ``package``."""
    return outcomes_in(fetch(package), package.name, rename)


def outcomes_in(folder: Path, name: str, rename: bool) -> list[Outcome]:
    """The same for an unpacked package."""
    try:
        workspace = open_workspace(configuration(folder, rename), (), use_cache=False)
    except ConfigError as error:
        return [Outcome(name, "", 0, failure=f"configuration: {error}")]
    before = signal.signal(signal.SIGALRM, _too_slow)
    try:
        return list(_outcomes(name, workspace))
    finally:
        signal.signal(signal.SIGALRM, before)


def _outcomes(package: str, workspace: Workspace) -> Iterator[Outcome]:
    for unit in workspace.units:
        data = unit.source.read_bytes() if unit.is_python else b""
        if b"async def" not in data:
            continue
        outcome = Outcome(package, unit.source_rel, data.count(b"\n") + 1)
        text = decode(data, unit.source_rel)
        if isinstance(text, Diagnostic):
            outcome.refusals.append((text.code, text.message, text.line))
            yield outcome
            continue
        signal.alarm(SECONDS_PER_FILE)
        start = time.process_time()
        try:
            done = convert(text, unit, workspace.project)
        except TooSlowError:
            outcome.failure = "took too long"
        except Exception as error:
            places = traceback.extract_tb(error.__traceback__)[-3:]
            lines = ", ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places)
            outcome.failure = f"{type(error).__name__}: {str(error)[:200]} at {lines}"
        else:
            _judge(outcome, done, text.text)
        finally:
            signal.alarm(0)
        outcome.seconds = time.process_time() - start
        yield outcome


def _judge(outcome: Outcome, done: Conversion, source: str) -> None:
    errors = [found for found in done.diagnostics if found.is_error]
    outcome.refusals = [(found.code, found.message, found.line) for found in errors]
    broken = [found for found in errors if found.code == "UA004"]
    if broken and len(errors) == 1:
        outcome.failure = f"line {broken[0].line}: {broken[0].message}"
    elif done.code is not None and _is_read(source):  # by this Python: the output may be for a later one
        left = leftover(done.code)
        if left:
            outcome.failure = f"left over: {', '.join(left)}"


def _is_read(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def leftover(code: str) -> list[str]:
    """What is asynchronous in ``code``, and no table says that it may stay."""
    tree = ast.parse(code)
    nodes = list(ast.walk(tree))
    modules = {
        alias.asname or alias.name.partition(".")[0]: alias.name
        for node in nodes
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.partition(".")[0] == "asyncio"
    }
    left = []
    attributes = {id(node.value): node for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, _ASYNC_NODES) or getattr(node, "is_async", False):
            left.append(f"{type(node).__name__} in line {getattr(node, 'lineno', 0)}")
        elif isinstance(node, ast.Name) and node.id in modules:
            used = attributes.get(id(node))
            row = lookup(f"{modules[node.id]}.{used.attr}") if used is not None else None
            if row is None or not row.keep:
                left.append(f"{ast.unparse(used or node)} in line {node.lineno}")
    return left


def rankings(refused: Iterable[Outcome]) -> tuple[Counter[str], Counter[tuple[str, str]], Counter[str]]:
    """Codes by files that they stop, names by files that they stop, names by files that nothing else stops."""
    codes: Counter[str] = Counter()
    names: Counter[tuple[str, str]] = Counter()
    alone: Counter[str] = Counter()
    for outcome in refused:
        codes.update({code for code, _, _ in outcome.refusals})
        found = {(code, _subject(message)) for code, message, _ in outcome.refusals}
        names.update(found)
        if len(found) == 1:
            alone.update(f"{code} {name}" for code, name in found)
    return codes, names, alone


def _subject(message: str) -> str:
    found = _NAME.search(message)
    return found.group() if found is not None else _QUOTED.sub("…", message)


def show(outcomes: list[Outcome], top: int) -> None:
    """Print the tables."""
    converted = [outcome for outcome in outcomes if outcome.is_converted]
    failed = [outcome for outcome in outcomes if outcome.failure]
    refused = [outcome for outcome in outcomes if outcome.refusals and not outcome.failure]
    total = max(len(outcomes), 1)
    print(f"{len(outcomes)} files of {len({outcome.package for outcome in outcomes})} packages, ", end="")
    print(f"{sum(outcome.lines for outcome in outcomes)} lines")
    for title, group in (("converted", converted), ("refused", refused), ("failed", failed)):
        print(f"  {title:10} {len(group):6}  {len(group) / total:6.1%}")
    codes, names, alone = rankings(refused)
    print("\nfiles refused, by code")
    for code, count in codes.most_common():
        print(f"  {code} {count:6}")
    print("\nfiles refused, by code and name")
    for (code, name), count in names.most_common(top):
        print(f"  {code} {count:6}  {name}")
    print("\nfiles that a single name stops")
    for title, count in alone.most_common(top):
        print(f"  {count:6}  {title}")
    _show_slow(outcomes)
    print("\nfailures")
    for outcome in failed:
        print(f"  {outcome.package} {outcome.path}: {outcome.failure}")


def _show_slow(outcomes: list[Outcome]) -> None:
    long = [outcome for outcome in outcomes if outcome.lines >= SHORT and not outcome.failure]
    if not long:
        return
    median = statistics.median(outcome.seconds / outcome.lines for outcome in long)
    print(f"\n{median * 1e6:.0f} µs a line; files of {SHORT} lines or more that took over {SLOW} times that")
    for outcome in long:
        per_line = outcome.seconds / outcome.lines
        if per_line > SLOW * median:
            print(f"  {per_line / median:6.1f} × {outcome.seconds:6.2f} s  {outcome.package} {outcome.path}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/wild", description=__doc__)
    parser.add_argument("packages", nargs="*", help="names from tests/wild_packages.txt; all of them by default")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--top", type=int, default=40, help="how many names to list")
    parser.add_argument("--rename", action="store_true", help="let names follow the convention")
    parser.add_argument("--fetch", action="store_true", help="only download")
    parser.add_argument("--json", type=Path, help="write every outcome to this file, too")
    arguments = parser.parse_args()
    wanted = [package for package in packages() if not arguments.packages or package.name in arguments.packages]
    if arguments.fetch:
        for package in wanted:
            print(fetch(package))
        return 0
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(arguments.jobs, initializer=os.nice, initargs=(5,)) as pool:
        for found in pool.map(partial(outcomes_of, rename=arguments.rename), wanted):
            outcomes += found
            done = sum(outcome.is_converted for outcome in found)
            name = found[0].package if found else "nothing"
            print(f"{name}: {done} of {len(found)} files converted", file=sys.stderr, flush=True)
    show(outcomes, arguments.top)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=1), encoding="utf-8")
    return 1 if any(outcome.failure for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())

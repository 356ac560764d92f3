"""Proves the tables: installs the pinned versions of libraries in an environment of their own, and asks them.

The environment lies outside the repository and is made anew when a pin changes. `scripts/prove-tables [LIBRARY…]`
prints what was proved, and fails if anything was not.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import proof_environment

from unasync_plus.tables import Table, all_tables, methods_for

PROOF = Path(__file__).with_name("prove_rows.py")


@dataclass(frozen=True, slots=True)
class Result:
    """How many rows and methods of a table were looked at, and what is wrong with them."""

    proved: int
    findings: tuple[str, ...]


def prove(interpreter: str | Path, tables: Iterable[Table]) -> dict[str, Result]:
    """What ``interpreter``, with all that it has installed, says of each table, by library."""
    tables = list(tables)
    given = {
        "tables": [dataclasses.asdict(table) for table in tables],
        "renames": {table.library: dict(methods_for([table.library])) for table in tables},
    }
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch, "answer.json")
        run = subprocess.run(
            [str(interpreter), str(PROOF), str(answer)],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=600,
        )
        if run.returncode != 0:
            raise RuntimeError(f"{PROOF.name} failed under {interpreter}:\n{run.stderr}")
        results = json.loads(answer.read_text(encoding="utf-8"))
    return {library: Result(found["proved"], tuple(found["findings"])) for library, found in results.items()}


def interpreters() -> Mapping[str, str]:
    """Every Python from 3.9 on that is found here, by version."""
    root = Path(__file__).parent.parent
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = {"{}.{}".format(*sys.version_info): sys.executable}
    for minor in range(9, 20):
        candidates = [root / f".venv-3.{minor}/bin/python", *sorted(pyenv.glob(f"3.{minor}.*/bin/python"))]
        for candidate in map(str, [*candidates, shutil.which(f"python3.{minor}") or ""]):
            if f"3.{minor}" not in found and Path(candidate).is_file() and _runs(candidate):
                found[f"3.{minor}"] = candidate
    return found


def _runs(interpreter: str) -> bool:
    """Whether ``interpreter`` is one: a version manager puts stand-ins into the search path."""
    return subprocess.run([interpreter, "-c", "import venv"], capture_output=True).returncode == 0


def python_for_libraries() -> str | None:
    """The newest Python found, if the pinned libraries still run on it."""
    version, interpreter = max(interpreters().items(), key=lambda found: int(found[0].partition(".")[2]))
    return interpreter if int(version.partition(".")[2]) >= 11 else None


def environment(python: str, tables: Collection[Table]) -> Path:
    """The interpreter of an environment that has the pinned versions of what ``tables`` are about."""
    pins = sorted({f"{table.distribution}=={table.version}" for table in tables})
    more = sorted({requirement for table in tables for requirement in table.requires})
    return proof_environment.environment("tables", python, [*pins, *more])


def third_party(libraries: Collection[str] = ()) -> list[Table]:
    """The tables of what is not part of Python, all or those of ``libraries``."""
    return [t for t in all_tables() if t.distribution and (not libraries or t.library in libraries)]


def main(libraries: list[str]) -> int:
    unknown = set(libraries) - {table.library for table in all_tables()}
    if unknown:
        print(f"no table of {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    tables = third_party(libraries)
    ours = [t for t in all_tables() if not t.distribution and (not libraries or t.library in libraries)]
    results = prove(sys.executable, ours)
    python = python_for_libraries()
    if tables and python is None:
        print("the pinned libraries need Python 3.11 or later", file=sys.stderr)
        return 2
    if tables and python is not None:
        results |= prove(environment(python, tables), tables)
    print(f"{'library':20} {'version':10} {'rows':>5}  findings")
    for table in [*ours, *tables]:
        result = results[table.library]
        print(f"{table.library:20} {table.version or 'Python':10} {result.proved:5}  {len(result.findings) or 'none'}")
    for result in results.values():
        for finding in result.findings:
            print(finding, file=sys.stderr)
    return 1 if any(result.findings for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

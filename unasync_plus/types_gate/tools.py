"""mypy and stubtest as programs: how they are run, what their output says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from unasync_plus.records import record

STUBTEST = """
import sys
import mypy.build, mypy.stubtest
build = mypy.build.build
def lenient(sources, options, *others, **more):
    options.ignore_errors = True
    return build(sources, options, *others, **more)
mypy.build.build = lenient
sys.exit(mypy.stubtest.main())
"""
"""stubtest as a program that reads on where mypy finds an error: in a stub, or in any module that it imports. Those errors
are told by mypy itself, and stubtest has no option for it."""
_CONFIGURATIONS = ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg")


class ToolError(Exception):
    """A tool is not there, or gave up."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One error of mypy: ``path`` is relative to the folder it ran in."""

    path: str
    line: int
    column: int
    message: str
    code: str


@record
class Mismatch:
    """One line of stubtest: ``name`` is the dotted name it speaks of."""

    name: str
    message: str


_ABOUT = """
import hashlib, os, sys
import mypy.version
marks = (".dist-info", ".egg-info", ".egg-link", ".pth")
folders = sorted({path for path in sys.path if os.path.isdir(path)})
found = [(path, name) for path in folders for name in sorted(os.listdir(path)) if name.endswith(marks)]
print(mypy.version.__version__, *sys.version_info[:2], sys.prefix, hashlib.sha256(repr(found).encode()).hexdigest())
"""
"""Tells the version of mypy, that of Python, and what is installed, in one line."""


@lru_cache
def interpreter() -> tuple[str, str]:
    """A Python that has mypy, that of the active environment first, and what a verdict of it depends on.

    `ToolError` if there is none.
    """
    virtual = Path(os.environ.get("VIRTUAL_ENV") or os.devnull)
    active = [str(virtual / "bin" / "python"), str(virtual / "Scripts" / "python.exe")]
    for place in (*active, sys.executable, shutil.which("python")):
        if place and Path(place).exists():
            found = subprocess.run([place, "-c", _ABOUT], capture_output=True, text=True, check=False)
            if found.returncode == 0:
                return place, found.stdout.strip()
    raise ToolError("mypy is not installed beside unasync-plus, nor in the active environment")


def configuration(root: Path) -> Path | None:
    """The file of ``root`` in which mypy would look for its settings."""
    for name in _CONFIGURATIONS:
        path = root / name
        if path.is_file() and (name.endswith("mypy.ini") or "mypy" in path.read_text(encoding="utf-8")):
            return path
    return None


def mypy(modules: Sequence[str], folder: Path, config: Path | None) -> list[Finding]:
    """Check ``modules``, which lie in ``folder``."""
    python, _ = interpreter()
    options = ["--output=json", "--no-error-summary", "--no-incremental", "--show-error-codes", "--no-pretty"]
    command = [python, "-m", "mypy", *options, f"--config-file={config or ''}"]
    for module in modules:
        command += ["-m", module]
    found = _run(command, folder)
    if found.returncode not in (0, 1):
        raise ToolError(f"mypy gave up: {_last(found)}")
    return [one for line in found.stdout.splitlines() if (one := _finding(line, folder))]


def _finding(line: str, folder: Path) -> Finding | None:
    try:
        given = json.loads(line)
    except ValueError:
        return None
    if not isinstance(given, dict) or given.get("severity") != "error":
        return None
    path = Path(given["file"])
    shown = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
    column = max(0, given["column"]) + 1
    return Finding(shown, max(1, given["line"]), column, given["message"], given.get("code") or "")


def stubtest(modules: Sequence[str], folder: Path, config: Path | None) -> list[Mismatch]:
    """Compare the stubs of ``modules``, and of all below them, with what importing them gives."""
    python, _ = interpreter()
    command = [python, "-c", STUBTEST, "--concise", *modules]
    if config is not None:
        command.append(f"--mypy-config-file={config}")
    found = _run(command, folder)
    if found.returncode not in (0, 1) or "error: not checking stubs" in found.stdout:
        raise ToolError(f"stubtest gave up: {_last(found)}")
    lines = [line.partition(" ") for line in found.stdout.splitlines()]
    return [Mismatch(name, message) for name, _, message in lines if "." in name or message]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """``folder`` is where imports start, for the tool's own search and for what stubtest runs."""
    kept = {key: value for key, value in os.environ.items() if key not in ("MYPYPATH", "PYTHONPATH")}
    environment = {**kept, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _last(found: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (found.stdout + found.stderr).splitlines() if line.strip()]
    return lines[-1] if lines else f"exit code {found.returncode}"

"""For tests of the examples: a copy of one, generated as its configuration says, and what runs it."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from conftest import ROOT

from unasync_plus import Config, build, check

EXAMPLES = ROOT / "examples"


def generated(name: str, folder: Path, **settings: str) -> Path:
    """A copy below ``folder``, with what is generated from it; ``settings`` go into its table."""
    copy = folder / name
    shutil.copytree(EXAMPLES / name, copy, ignore=shutil.ignore_patterns("__pycache__", "sync", "bridged"))
    configuration = copy / "pyproject.toml"
    text = configuration.read_text(encoding="utf-8")
    lines = "".join(f'{key} = "{value}"\n' for key, value in settings.items())
    configuration.write_text(text.replace("[tool.unasync-plus]\n", f"[tool.unasync-plus]\n{lines}"), encoding="utf-8")
    config = Config.load(copy)
    assert all(getattr(config.settings, key) == value for key, value in settings.items())
    assert [str(item) for item in build(config).diagnostics if item.severity != "note"] == []
    assert not check(config).drifted
    return copy


def run(script: Path) -> list[str]:
    """What a program prints; it must end well, in time, and without a word on standard error."""
    environment = {**os.environ, "PYTHONPATH": str(script.parent / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-W", "error", str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout.splitlines()


def typed(folder: Path) -> None:
    """A strict type checker has nothing to say of the package with its stubs, nor of the program."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "src", "program.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=140, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def importable(folder: Path, *names: str) -> Iterator[Path]:
    paths = [str(folder / "src"), str(folder)]
    sys.path[:0] = paths
    importlib.invalidate_caches()
    try:
        yield folder
    finally:
        for path in paths:
            sys.path.remove(path)
        for module in [name for name in sys.modules if name.partition(".")[0] in names]:
            del sys.modules[module]

"""The other tools, each in a form that is as quick as it can be: no cache, no formatter, all files in one process."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterable
from pathlib import Path

REQUIREMENTS = ("unasync==0.6.0", "unasyncd==0.10.1")

FLOOR = """
import sys, libcst
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        libcst.parse_module(file.read()).code
"""

UNASYNC = """
import sys, unasync
source, target, *files = sys.argv[1:]
unasync.unasync_files(files, [unasync.Rule(source, target)])
"""


def interpreter(cache: Path) -> Path:
    """A Python that has the other tools; made once, beside the corpus."""
    folder = cache / "-".join(["peers", f"{sys.version_info[0]}.{sys.version_info[1]}", *REQUIREMENTS])
    python = folder / "bin" / "python"
    finished = folder / "finished"
    if not finished.exists() or not python.exists():  # it may be a link to what has gone
        print("setting up the other tools", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", *REQUIREMENTS], check=True)
        finished.touch()
    return python


def floor(python: Path, files: list[Path]) -> list[str]:
    return [str(python), "-c", FLOOR, *map(str, files)]


def unasync(python: Path, pairs: dict[Path, Path]) -> list[str]:
    source, target = next(iter(pairs.items()))
    return [str(python), "-c", UNASYNC, f"/{source.name}/", f"/{target.name}/", *map(str, _sources(pairs))]


def unasyncd(python: Path, pairs: dict[Path, Path], leave_out: tuple[str, ...]) -> list[str]:
    moves = [
        f"{path}:{target / path.relative_to(source)}"
        for source, target in pairs.items()
        for path in _sources([source])
        if path.name not in leave_out
    ]
    return [str(python.with_name("unasyncd")), "--no-cache", "--force", "--quiet", *moves]


def _sources(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.rglob("*.py"))]

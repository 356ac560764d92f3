"""Who may import whom; the contracts stand in setup.cfg."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import ROOT


def test_every_arrow_points_down() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_command_line_starts_without_libcst() -> None:
    """A warm check should not pay for it."""
    program = (
        "import sys, unasync_plus.cli.commands; print([name for name in sys.modules if name.split('.')[0] == 'libcst'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_runtime_needs_no_library() -> None:
    """It runs where nothing of ours is installed, on Python 3.9 too; test_versions.py runs it there."""
    for path in (ROOT / "unasync_plus" / "runtime").glob("*.py"):
        assert "from unasync_plus" not in path.read_text(encoding="utf-8"), path

"""The checkers of the proofs: mypy, pyright and stubtest as programs, and what they say as data.

They run in an environment of their own, which has what the packages import: see `prove_stubs.environment`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One error; ``path`` is relative to the folder the checker ran in."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} [{self.rule}] {self.message}"


@dataclass(frozen=True, slots=True)
class Checkers:
    """``python`` has mypy and the libraries; ``version`` is the Python that the code is checked for, ("3.9").

    ``pyright`` is the command, () for none: then it says nothing.
    """

    python: Path
    pyright: tuple[str, ...]
    version: str

    def mypy(self, modules: Sequence[str], imports: Path) -> list[Finding]:
        options = [
            "--strict",
            "--no-incremental",
            "--no-error-summary",
            "--output=json",
            "--config-file=",
            "--no-pretty",
        ]
        command = [str(self.python), "-m", "mypy", *options, f"--python-version={self.version}"]
        done = _run([*command, *(part for module in modules for part in ("-m", module))], imports)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"mypy gave up: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return sorted(
            Finding(_inside(one["file"], imports), one["line"], one["code"] or "", one["message"])
            for one in told
            if one["severity"] == "error"
        )

    def read_by_pyright(self, files: Sequence[Path], imports: Path, *, strict: bool = False) -> list[Finding]:
        if not self.pyright:
            return []
        settings = {
            "include": [os.path.relpath(path, imports) for path in files],
            "extraPaths": [str(imports)],
            "typeCheckingMode": "strict" if strict else "standard",
            "pythonVersion": self.version,
            "reportMissingModuleSource": False,
        }
        project = imports / "pyrightconfig.json"
        project.write_text(json.dumps(settings), encoding="utf-8")
        command = [*self.pyright, "--outputjson", "--pythonpath", str(self.python), "--project", str(project)]
        done = _run(command, imports)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"pyright gave up: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        told = json.loads(done.stdout[done.stdout.index("{") :])["generalDiagnostics"]
        return sorted(
            Finding(
                _inside(one["file"], imports),
                one["range"]["start"]["line"] + 1,
                one.get("rule", ""),
                one["message"].replace("\xa0", " ").replace("\n", " "),
            )
            for one in told
            if one["severity"] == "error"
        )

    def stubtest(self, modules: Sequence[str], imports: Path, settings: str = "") -> list[str]:
        """Each line that it prints, without an allow list; ``settings`` are mypy's, as text."""
        command = [str(self.python), "-m", "mypy.stubtest", "--concise", *modules]
        if settings:
            file = imports / "mypy_for_stubtest.ini"
            file.write_text(settings, encoding="utf-8")
            command.append(f"--mypy-config-file={file}")
        done = _run(command, imports)
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        if done.returncode not in (0, 1) or any("error:" in line for line in lines):
            return [line for line in lines if "error:" in line] or [f"stubtest gave up: {done.stderr[-2000:]}"]
        return lines


def _inside(path: str, folder: Path) -> str:
    return Path(path).relative_to(folder).as_posix() if Path(path).is_relative_to(folder) else path


def _run(command: list[str], imports: Path) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MYPY", "PYTHON"))}
    more = {"PYTHONPATH": str(imports), "MYPYPATH": str(imports), "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=imports, env={**kept, **more}, capture_output=True, text=True, timeout=1800, check=False
    )

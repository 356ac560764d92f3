"""Run the configured formatters on generated text."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from unasync_plus.model import Diagnostic, Severity
from unasync_plus.store import generated_from

_PATIENCE = 120.0
"""Seconds that a command may take for one file."""


def format_text(text: str, commands: Sequence[Sequence[str]], target_rel: str, root: Path) -> str | Diagnostic:
    """``text`` after all ``commands``; each reads standard input and writes standard output, in the folder ``root``."""
    for command in commands:
        words = [word.replace("{path}", target_rel) for word in command]
        formatted = _run(words, text, root)
        if isinstance(formatted, _Failure):
            return Diagnostic(target_rel, 1, 1, formatted.code, Severity.ERROR, formatted.message, formatted.help)
        text = formatted
    return text


class _Failure:
    def __init__(self, code: str, message: str, help: str) -> None:
        self.code, self.message, self.help = code, message, help


def _run(words: list[str], text: str, root: Path) -> str | _Failure:
    import subprocess  # not needed by most runs, and slow

    spelled = " ".join(words)
    program = executable(words[0])
    if program is None:
        return _Failure("UA035", f"the command of `format` is not there: {words[0]}", "install it, or change `format`")
    try:
        done = subprocess.run(
            [program, *words[1:]], input=text.encode(), capture_output=True, cwd=root, timeout=_PATIENCE, check=False
        )
        formatted = done.stdout.decode()
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        return _Failure("UA036", f"`{spelled}` failed: {error}", "run it by hand, or change `format`")
    if done.returncode != 0:
        said = "; ".join(done.stderr.decode(errors="replace").split("\n")[:3]).strip("; ")
        help = "it has to exit with 0 and print the file; for linters that fix, see options like --exit-zero"
        return _Failure("UA036", f"`{spelled}` exited with {done.returncode}: {said or 'no message'}", help)
    if generated_from(text.encode()) is not None and generated_from(formatted.encode()) is None:
        help = "a formatter gets the file through standard input, and has to keep the comment at its top"
        return _Failure("UA036", f"`{spelled}` printed no formatted file", help)
    return formatted


def executable(name: str) -> str | None:
    """The path of a program: on ``PATH``, or installed beside the Python that runs us."""
    import shutil

    return shutil.which(name) or shutil.which(name, path=os.path.dirname(sys.executable))

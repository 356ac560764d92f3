"""Environments for what is proved against real libraries: kept in the cache, made anew when a pin changes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from corpus import cache_folder


def environment(kind: str, python: str, requirements: Iterable[str]) -> Path:
    """The interpreter of an environment of ``python`` with ``requirements``, in the cache's folder ``kind``."""
    requirements = list(requirements)
    version = subprocess.run([python, "-VV"], capture_output=True, text=True, check=True).stdout
    key = hashlib.sha256("\n".join([version, *requirements]).encode()).hexdigest()[:16]
    folder = cache_folder() / kind / key
    interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / "complete").exists() or not interpreter.exists():  # it may be a link to what has gone
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        install = [str(interpreter), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*install, *requirements], check=True)
        (folder / "complete").touch()
    return interpreter

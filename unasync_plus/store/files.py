"""Read, compare, replace. A file is only ever replaced as a whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

_STRAY_ENDING = ".unasync-plus.tmp"
_STRAY_AGE = 3600.0
"""Seconds after which a temporary file is nobody's any more, whatever its process id says."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(path: Path | str) -> bytes | None:
    """The bytes of a file; None if there is none."""
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_executable(path: Path | str) -> bool:
    """Whether the file is one that its owner may run; never so where the system has no such thing."""
    try:
        return os.name != "nt" and bool(os.stat(path).st_mode & stat.S_IXUSR)
    except OSError:
        return False


def write(path: Path, data: bytes, like: Path | None = None) -> None:
    """Put ``data`` at ``path`` in one step, with the file mode of ``like``, else its old one; may raise ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{os.getpid()}-{os.urandom(4).hex()}{_STRAY_ENDING}"
    try:
        temporary.write_bytes(data)
        mode = _mode(like) or _mode(path)
        if mode is not None:
            temporary.chmod(mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _mode(path: Path | None) -> int | None:
    """The permissions of a file; its owner may always write, or the next run could not."""
    if path is None:
        return None
    try:
        return stat.S_IMODE(path.stat().st_mode) | stat.S_IWUSR
    except OSError:
        return None


def remove(path: Path, root: Path) -> None:
    """Delete a file, and the folders above it that it leaves empty, up to ``root``; may raise ``OSError``."""
    path.unlink(missing_ok=True)
    folder = path.parent
    while folder != root and root in folder.parents:
        _drop_bytecode(folder)
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _drop_bytecode(folder: Path) -> None:
    """Remove a ``__pycache__`` that is all there is in ``folder``."""
    with contextlib.suppress(OSError):
        if os.listdir(folder) == ["__pycache__"]:
            for name in os.listdir(folder / "__pycache__"):
                (folder / "__pycache__" / name).unlink()
            (folder / "__pycache__").rmdir()


def clear_strays(folders: Iterable[Path]) -> None:
    """Delete the temporary files that killed runs left in ``folders``; those of running ones stay."""
    for folder in folders:
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                if name.endswith(_STRAY_ENDING) and _is_stray(folder / name):
                    (folder / name).unlink()


def _is_stray(path: Path) -> bool:
    if time.time() - path.stat().st_mtime > _STRAY_AGE:
        return True
    owner = path.name[1:].partition("-")[0]
    return os.name == "posix" and owner.isdigit() and not _is_running(int(owner))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True

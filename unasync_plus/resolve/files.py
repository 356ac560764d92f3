"""The Python files of a project, and what they say."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from unasync_plus.discover.trees import GENERATED
from unasync_plus.resolve.words import file_words

if TYPE_CHECKING:
    from unasync_plus.discover import Unit
    from unasync_plus.resolve.facts import FileFacts

T = TypeVar("T")
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist", "venv"})


def python_files(root: Path, skipped: Iterable[Path]) -> Iterator[Path]:
    """All Python files below ``root`` but for hidden folders, environments, and folders in ``skipped``; sorted."""
    return map(Path, _python_files(str(root), {str(path) for path in skipped}, is_root=True))


def _python_files(folder: str, left_out: Container[str], *, is_root: bool = False) -> Iterator[str]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    if not is_root and any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    folders = []
    for entry in entries:
        if entry.is_dir():
            folders.append(entry)
        elif entry.name.endswith(".py") and entry.path not in left_out:
            yield entry.path
    for entry in folders:
        is_skipped = entry.name.startswith(".") or entry.name in _SKIPPED or entry.path in left_out
        if not is_skipped and not entry.is_symlink():
            yield from _python_files(entry.path, left_out)


class Files:
    """Reads what files of one project say. None stands for a file that cannot be read or is generated."""

    def __init__(self) -> None:
        self._others: tuple[Path, ...] | None = None

    def data(self, path: Path) -> bytes | None:
        """The bytes of the file."""
        try:
            data = path.read_bytes()
        except OSError:
            return None
        return None if GENERATED in data[:1000] else data

    def words(self, path: Path) -> list[str] | None:
        """The words of the file that the naming convention may be about."""
        data = self.data(path)
        return None if data is None else self.told("words", data, file_words)

    def defined(self, path: Path) -> list[str]:
        """The names holding "async" that the file binds."""
        from unasync_plus.resolve.facts import defined_names

        data = self.data(path)
        return [] if data is None else self.told("defined", data, defined_names)

    def facts(self, path: Path) -> FileFacts | None:
        """What the file defines."""
        from unasync_plus.resolve.facts import file_facts

        data = self.data(path)
        return None if data is None else self.told("facts", data, file_facts)

    def told(self, kind: str, data: bytes, tell: Callable[[bytes], T]) -> T:
        """What ``tell`` says of a file with that content, as JSON; what was told once may be remembered by ``kind``."""
        return tell(data)

    def forget(self) -> None:
        """What is remembered of the files takes much room, and nobody asks any more."""

    def others(self, root: Path, units: Sequence[Unit]) -> tuple[Path, ...]:
        """The Python files below ``root`` that are neither sources nor targets of ``units``; looked for once."""
        if self._others is None:
            targets, sources = {unit.target for unit in units}, {unit.source for unit in units}
            self._others = tuple(python_files(root, targets - sources))
        return self._others

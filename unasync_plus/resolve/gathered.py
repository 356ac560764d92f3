"""What the files of a project define, as far as words of the async sources ask for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from unasync_plus.resolve.awaiters import may_await_parameters
from unasync_plus.resolve.facts import may_define, mentions_channels, surely_defined
from unasync_plus.resolve.files import Files
from unasync_plus.resolve.interrupting import may_interrupt
from unasync_plus.resolve.starters import may_start, spread_starters
from unasync_plus.resolve.task_names import may_hand_tasks_on, spread_tasks
from unasync_plus.resolve.twins import Twins

_BUILTINS = frozenset({"StopAsyncIteration"})
"""Names that are defined by a class of that name, if by anything."""


def _deals_in_tasks(data: bytes) -> bool:
    """Whether a source may say anything of tasks that matters to others."""
    return may_hand_tasks_on(data) or may_start(data) or may_await_parameters(data) or may_interrupt(data)


class Gathered:
    """What is found in ``sources`` and ``others``, one file after the other; most files need not be parsed.

    ``of_sources`` are those names that sources define; for ``awaitables`` and the like see `Project`.
    """

    def __init__(self, sources: Collection[Path], others: Iterable[Path], twins: Twins, files: Files) -> None:
        self._sources, self._files = sources, files
        self._words = {path: files.words(path) or () for path in (*sorted(sources), *others)}
        self._wanted = {word for path in sources for word in self._words[path] if twins(word)}
        self._open = set(self._wanted)
        """Words of which nobody knows yet whether the project defines them."""
        self._defined: set[str] = set()
        self.of_sources: set[str] = set()
        self.awaitables: set[str] = set()
        self.tasks: set[str] = set()
        self.awaited_tasks: set[str] = set()
        self.starting: dict[Path, list[str]] = {}
        """Source → its starters, see `FileFacts`."""
        self.awaiting: dict[Path, list[str]] = {}
        """Likewise its awaiters."""
        self.interrupting: dict[Path, list[str]] = {}
        """Source → what it calls that starts tasks or sets deadlines."""
        self.has_channels = self.makes_tasks = False
        """Whether a source does."""

        for path, words in self._words.items():
            self._prove(path, words)
        for path, words in self._words.items():
            self._read(path, words)
        if self.tasks or self.awaited_tasks:
            spread_tasks(self.tasks, self.awaited_tasks, self.source_texts().values())
        if any(self.starting.values()):
            spread_starters(self.starting, self.source_texts())

    @property
    def defined(self) -> frozenset[str]:
        """Words of the sources that hold "async", and that any file defines."""
        return frozenset(self._defined & self._wanted)

    def source_texts(self) -> dict[Path, bytes]:
        """The texts of all sources."""
        return {path: data for path in self._sources if (data := self._files.data(path)) is not None}

    def texts(self) -> list[tuple[bytes, Collection[str]]]:
        """The texts of all files, each with its words, see `Files.words`."""
        return [(data, words) for path, words in self._words.items() if (data := self._files.data(path)) is not None]

    def _prove(self, path: Path, words: Collection[str]) -> None:
        """Look for the lines that surely define what is still open; ``words`` are those of the file."""
        still_open = self._open.intersection(words)
        if still_open:
            self._define(surely_defined(self._files.data(path) or b"", still_open), path)

    def _read(self, path: Path, words: Collection[str]) -> None:
        """Parse the file, if it may say anything that is not known."""
        data = self._files.data(path)
        if data is None:
            return
        is_source = path in self._sources
        self.has_channels = self.has_channels or (is_source and mentions_channels(data))
        self.makes_tasks = self.makes_tasks or (is_source and may_hand_tasks_on(data))
        if not (is_source and self._may_tell(data)):
            still_open = self._open.intersection(words) - _BUILTINS
            if still_open and may_define(data, still_open):
                self._define(self._files.defined(path), path)
            return
        facts = self._files.facts(path)
        if facts is not None:
            self._define(facts["defined"], path)
            self.awaitables.update(facts["awaitables"])
            self.tasks.update(facts["tasks"])
            self.awaited_tasks.update(facts["awaited_tasks"])
            self.starting[path] = facts["starters"]
            self.awaiting[path] = facts["awaiters"]
            self.interrupting[path] = facts["interrupting"]

    def _may_tell(self, data: bytes) -> bool:
        """Whether a source may say more than what it defines."""
        return b"__await__" in data or self._files.told("deals in tasks", data, _deals_in_tasks)

    def _define(self, names: Collection[str], path: Path) -> None:
        self._defined.update(names)
        self._open.difference_update(names)
        if path in self._sources:
            self.of_sources.update(names)

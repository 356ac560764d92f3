"""What an identifier is called on the sync side: explicit renames first, then the naming convention."""

from __future__ import annotations

import re
from collections.abc import Callable
from keyword import iskeyword
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unasync_plus.config import Settings

_CAMEL = re.compile(r"Async(?![a-z])")
_EDGE = re.compile(r"^(_*)(.*?)(_*)$", re.DOTALL)


class Namer:
    """Maps one identifier to another, and remembers which configuration entries did it.

    ``defines`` tells whether the project's own code defines an identifier: the naming convention applies to those only.
    """

    def __init__(self, settings: Settings, defines: Callable[[str], bool] | frozenset[str]) -> None:
        self._defines = defines if callable(defines) else defines.__contains__
        self._defined = None if callable(defines) else defines
        self._naming = settings.naming
        self._exact = {old: new for old, new in settings.rename.items() if "*" not in old}
        patterns = [(old, new) for old, new in settings.rename.items() if "*" in old]
        self._patterns = sorted(patterns, key=lambda pair: (-len(pair[0]), pair[0]))
        self._known: dict[str, str] = {}
        self.fired: set[str] = set()

    def new(self, name: str) -> str:
        """The sync name of ``name``; ``name`` itself if nothing changes it."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._new(name, self._defines)
        return found

    def changed(self, words: frozenset[str]) -> dict[str, str]:
        """Those of ``words`` that have another sync name, with it."""
        candidates = words
        if self._defined is not None and not self._patterns:
            candidates = words & (self._defined | self._exact.keys() | {*self._naming.keep})
        return {word: new for word in candidates if (new := self.new(word)) != word}

    def module(self, name: str) -> str:
        """The same for one part of the path of a module that lies in the async source."""
        return self._new(name, lambda _: True)

    def explicit(self, name: str) -> bool:
        """Whether an entry of ``rename`` decides about ``name``."""
        return name in self._exact or self._pattern(name) is not None

    def speaks_of(self, name: str) -> bool:
        """Whether the configuration names ``name`` itself: to rename or to keep it."""
        return name in self._naming.keep or self.explicit(name)

    def by_rename(self, name: str) -> str:
        """What ``rename`` alone makes of ``name``, whoever defines it."""
        return self._renamed(name) or name

    def _new(self, name: str, defines: Callable[[str], bool]) -> str:
        renamed = self._renamed(name)
        if renamed is not None:
            return renamed
        if name in self._naming.keep:
            self.fired.add(f"naming.keep:{name}")
            return name
        if "async" not in name.lower() or not defines(name):
            return name
        return self.convention(name)

    def _renamed(self, name: str) -> str | None:
        if name in self._exact:
            self.fired.add(f"rename:{name}")
            return self._exact[name]
        found = self._pattern(name)
        if found is None:
            return None
        old, result = found
        self.fired.add(f"rename:{old}")
        return result

    def _pattern(self, name: str) -> tuple[str, str] | None:
        for old, new in self._patterns:
            head, _, tail = old.partition("*")
            if len(name) >= len(old) - 1 and name.startswith(head) and name.endswith(tail):
                middle = name[len(head) : len(name) - len(tail)]
                result = new.replace("*", middle, 1)
                if result.isidentifier() and not iskeyword(result):
                    return old, result
        return None

    def convention(self, name: str) -> str:
        """``name`` by the convention of the `naming` table alone."""
        naming = self._naming
        new = name
        if naming.camel is not None and not name.isupper():
            new = _CAMEL.sub(naming.camel, new)
        if naming.snake is not None:
            new = self._snake(new, naming.snake, naming.snake_at)
        return new if new.isidentifier() and new.strip("_") and not iskeyword(new) else name

    def _snake(self, name: str, word: str, where: str) -> str:
        match = _EDGE.match(name)
        if match is None or "async" not in name:
            return name
        lead, core, trail = match.groups()
        words = core.split("_")
        if where == "start":
            places = [0]
        elif where == "end":
            places = [len(words) - 1]
        else:
            places = list(range(len(words)))
        kept = [
            word if index in places and part == "async" else part
            for index, part in enumerate(words)
            if not (index in places and part == "async" and not word)
        ]
        return lead + "_".join(kept) + trail if kept else name

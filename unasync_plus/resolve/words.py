"""Words in the bytes of a file, found without reading it as code.

To look for a word and then at what is around it is ten times faster than a pattern for it all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PLAIN = frozenset({b"async", b"asyncio"})
_WORD = re.compile(rb"\w")
_REST_OF_WORD = re.compile(rb"\w*")


def file_words(data: bytes) -> list[str]:
    """The identifiers holding "async" that stand anywhere in a file, in its comments and strings too."""
    words = set()
    lower = data.lower()
    place = lower.find(b"async")
    while place >= 0:
        start = place
        while start and (data[start - 1 : start].isalnum() or data[start - 1] == 95):
            start -= 1
        end = _REST_OF_WORD.match(data, place).end()  # type: ignore[union-attr]  # it matches the empty string too
        words.add(data[start:end])
        place = lower.find(b"async", end)
    return sorted(word.decode("ascii", "replace") for word in words - _PLAIN)


def places(data: bytes, word: bytes) -> Iterator[tuple[int, int]]:
    """Where ``word`` stands by itself."""
    start = data.find(word)
    while start >= 0:
        end = start + len(word)
        if not _WORD.match(data, end) and not (start and _WORD.match(data, start - 1)):
            yield start, end
        start = data.find(word, end)

"""Attributes in which the sources keep event loops, where other modules of the project may ask for them.

`client._loop` says by its name only that it may be one. It is, where a source that speaks of loops sets an attribute of that
name, and all that the sources ever set it to may be a loop. Found from the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from unasync_plus.resolve.words import places

_NAMES = (b"_loop", b"_event_loop")
_WORDS = (b"get_running_loop", b"get_event_loop", b"new_event_loop", b"AbstractEventLoop")
_SET = re.compile(rb"[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*(?P<value>[^\n#]*)")
_A_LOOP = re.compile(rb"(?i)\A(?:None\b|\(?\Z|.*(?:loop|mock))")
_NO_LOOP = re.compile(rb"(?i)task|thread|(?<!event)(?<!running)(?<!get)_loop\(")


def kept_loops(sources: Iterable[bytes]) -> frozenset[str]:
    """The names among ``_loop`` and ``_event_loop`` of attributes that hold loops in ``sources``."""
    found: set[bytes] = set()
    others: set[bytes] = set()
    for data in sources:
        if b"_loop" not in data:
            continue
        speaks_of_loops = b"asyncio" in data and any(word in data for word in _WORDS)
        for name in _NAMES:
            for start, end in places(data, name):
                if data[max(start - 4, 0) : start].startswith(b"def"):
                    others.add(name)
                said = _SET.match(data, end) if data[start - 1 : start] == b"." else None
                if said is None:
                    continue
                if not _A_LOOP.match(said["value"]) or _NO_LOOP.search(said["value"]):
                    others.add(name)
                elif speaks_of_loops and said["value"].strip() != b"None":
                    found.add(name)
    return frozenset(name.decode() for name in found - others)


_OF_LOOPS = (b"def call_", b"def create_future", b"def run_")
_DEFINED = (
    rb"\bdef (call_exception_handler|call_soon|call_soon_threadsafe|create_future|run_in_executor|run_until_complete)\b"
)


def defined_methods(sources: Iterable[bytes]) -> frozenset[str]:
    """The methods that only event loops have, unless a class of the sources has one of that name, as these do."""
    found = (re.findall(_DEFINED, data) for data in sources if any(word in data for word in _OF_LOOPS))
    return frozenset(name.decode() for names in found for name in names)

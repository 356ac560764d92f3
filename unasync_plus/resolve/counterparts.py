"""The names under which people put what sync code uses beside what is asynchronous.

What a project means by a name cannot be known from its spelling: `address` is no asynchronous `ddress`. So these names are
never taken on their own; where something is defined under one of them, a message can say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CAMEL = re.compile(r"Async(?![a-z])")
_WORDS = {"async": "sync", "asyncio": "sync", "aio": "sync", "a": "", "ASYNC": "SYNC", "AIO": "SYNC"}


def counterparts(name: str) -> Iterator[str]:
    """The names that the sync counterpart of ``name`` may have, the likeliest ones first."""
    core = name.strip("_")
    lead, _, trail = name.partition(core) if core else (name, "", "")
    for new in _names(core):
        if new not in ("", core) and f"{lead}{new}{trail}".isidentifier():
            yield f"{lead}{new}{trail}"


def _names(core: str) -> Iterator[str]:
    words = core.split("_")
    yield "_".join(word for word in words if word not in _WORDS)
    yield "_".join(_WORDS.get(word, word) for word in words if _WORDS.get(word, word))
    yield _CAMEL.sub("", core)
    yield _CAMEL.sub("Sync", core)
    if core.startswith("a"):
        yield core[1:]
    yield f"{core}_sync"
    yield f"sync_{core}"


def renaming(qualified: str, counterpart: str) -> tuple[str, str, str]:
    """Where the counterpart of ``qualified`` stands, and the entry of `rename`, old and new, that leads to it.

    A counterpart with a dot, ``client_sync.get``, is the module beside that of ``qualified`` which has it.
    """
    module, _, name = qualified.rpartition(".")
    new, is_module, _ = counterpart.partition(".")
    if not is_module:
        return module, name, new
    above, _, last = module.rpartition(".")
    return above, last, new


def is_asynchronous_constant(constant: str) -> bool:
    """Whether a name in capitals, which no naming convention changes, has the word "async"."""
    return constant.isupper() and not {"ASYNC", "AIO"}.isdisjoint(constant.split("_"))

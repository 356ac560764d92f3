"""Attributes in which one module of a project keeps coroutines, and of which another one awaits what is there.

Files are converted one by one: where a module puts off what it keeps in an attribute, another one would find a call yet to be made there.
Found by words alone, and for few names: what is kept must look like a coroutine of its file, or be a variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from unasync_plus.resolve.words import places

_REST = rb"(?:\[[^\]\n]*\]|\.(?:get|pop|popleft|values)\([^()\n]*\))?\s*(?![\w.(\[])"
_READ = rb"\(?(?:\w+(?:\([^()\n]*\)|\[[^\]\n]*\])?\.)+(\w+)" + _REST
_AWAITED = re.compile(rb"await[ \t]+" + _READ)
"""``await job.coro``, ``await pool.coros[0]``, ``await pool.coros.pop(key)``."""
_VARIABLE = re.compile(rb"await[ \t]+([A-Za-z_]\w*)[ \t]*(?![\w.(\[ \t])")
_GIVEN = re.compile(rb"[ \t]*=[ \t]*" + _READ)
_LOOPED = re.compile(rb"[ \t]+in\b([^\n]*)")
_ATTRIBUTE = re.compile(rb"\.(\w+)(?![\w(])")
_KEPT = re.compile(
    rb"(?:\[[^\]\n]*\])?[ \t]*(?::[^=\n]*)?=[ \t]*([^\n]*)|\.(?:append|appendleft|add|insert|put_nowait|setdefault)\(([^\n]*)"
)
_CALLED = re.compile(rb"([A-Za-z_]\w*)\(")
_IS_VARIABLE = re.compile(rb"\(?[A-Za-z_]\w*[,)]?[ \t]*(?:#.*)?")


def awaited_names(data: bytes) -> list[str]:
    """The attributes of which a file awaits what is in them."""
    if b"await" not in data:
        return []
    found = set(_AWAITED.findall(data))
    for name in set(_VARIABLE.findall(data)):
        for _, end in places(data, name):
            given = _GIVEN.match(data, end)
            looped = _LOOPED.match(data, end)
            found.update([given[1]] if given is not None else _ATTRIBUTE.findall(looped[1]) if looped is not None else ())
    return sorted(name.decode("ascii", "replace") for name in found)


def awaited_elsewhere(awaited: Mapping[str, list[str]], texts: Mapping[str, bytes]) -> dict[str, frozenset[str]]:
    """Attribute → the modules that await it, of those that another module may keep coroutines in; ``awaited``: module → names."""
    found: dict[str, set[str]] = {}
    for module, names in awaited.items():
        for name in names:
            found.setdefault(name, set()).add(module)
    return {
        name: frozenset(modules)
        for name, modules in sorted(found.items())
        if any(modules != {module} and _keeps(data, name.encode()) for module, data in texts.items())
    }


def _keeps(data: bytes, name: bytes) -> bool:
    """Whether a file seems to put what its coroutine functions give into the attribute."""
    return b"async" in data and any(map(lambda value: _may_be_one(data, value), _put_into(data, name)))


def _put_into(data: bytes, name: bytes) -> Iterator[bytes]:
    for start, end in places(data, name):
        kept = _KEPT.match(data, end) if data[start - 1 : start] == b"." else None
        if kept is not None:
            yield kept[1] or kept[2] or b""


def _may_be_one(data: bytes, value: bytes) -> bool:
    return (_IS_VARIABLE.fullmatch(value) is not None and not value.startswith(b"None")) or any(
        re.search(rb"\basync[ \t]+def[ \t]+" + called + rb"\b", data) for called in _CALLED.findall(value)
    )

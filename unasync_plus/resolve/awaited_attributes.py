"""Attributes in which one module of a project keeps coroutines, and of which another one awaits what is there.

Files are converted one by one: where a module puts off what it keeps in an attribute, another one would find a call yet to be made there.
Found by words alone, and for few names: what is kept must look like a coroutine of its file, or be a variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from unasync_plus.resolve.files import Files
from unasync_plus.resolve.words import places

_AWAITED = re.compile(rb"await[ \t]+\(?([A-Za-z_][\w.]*)([(\[]?)")
_TAKING = (b"get", b"pop", b"popleft", b"values")
_GIVEN = rb"[ \t]*=[ \t]*([A-Za-z_][\w.]*)([(\[]?)"
_LOOPED = rb"[ \t]+in\b([^\n]*)"
_ATTRIBUTE = rb"\.(\w+)(?![\w(])"
_KEPT = rb"(?:\[[^\]\n]*\])?[ \t]*(?::[^=\n]*)?=[ \t]*([^\n]*)|\.(?:append|appendleft|add|insert|put_nowait|setdefault)\(([^\n]*)"
_CALLED = rb"([A-Za-z_]\w*)\("
_IS_VARIABLE = rb"\(?[A-Za-z_]\w*[,)]?[ \t]*(?:#.*)?"
# patterns that few files need are compiled when one does


def awaited_names(data: bytes) -> list[str]:
    """The attributes of which a file awaits what is in them: ``await job.coro``, ``await pool.coros[0]``, ``await pool.coros.pop(key)``,
    and what a variable is given that is awaited."""
    found = {name for path, bracket in set(_AWAITED.findall(data)) if (name := _read(path, bracket))}
    variables = {name for name in found if name.startswith(b"=")}
    found -= variables
    for name in variables:
        for _, end in places(data, name[1:]):
            given, looped = (re.match(pattern, data[end : end + 300]) for pattern in (_GIVEN, _LOOPED))
            if given is not None:
                found.add(_read(given[1], given[2]))
            elif looped is not None:
                found.update(re.findall(_ATTRIBUTE, looped[1]))
    return sorted(name.decode("ascii", "replace") for name in found if name and not name.startswith(b"="))


def _read(path: bytes, bracket: bytes) -> bytes:
    """The attribute that is read, a variable with ``=`` before it; empty for what is called."""
    owner, _, name = path.rpartition(b".")
    if bracket == b"(":
        return owner.rpartition(b".")[2] if name in _TAKING and b"." in owner else b""
    return name if owner else b"=" + name


def awaited_elsewhere(texts: Mapping[str, bytes], files: Files) -> dict[str, frozenset[str]]:
    """Attribute → the modules that await it, of those that another module may keep coroutines in; ``texts``: module → its text."""
    found: dict[str, set[str]] = {}
    for module, text in texts.items():
        for name in files.told("awaited attributes", text, awaited_names):
            found.setdefault(name, set()).add(module)
    return {
        name: frozenset(modules)
        for name, modules in sorted(found.items())
        if any(modules != {module} and _keeps(data, name.encode()) for module, data in texts.items())
    }


def _keeps(data: bytes, name: bytes) -> bool:
    """Whether a file seems to put what its coroutine functions give into the attribute."""
    return b"async" in data and any(_may_be_one(data, value) for value in _put_into(data, name))


def _put_into(data: bytes, name: bytes) -> Iterator[bytes]:
    for start, end in places(data, name):
        kept = re.match(_KEPT, data[end : end + 500]) if data[start - 1 : start] == b"." else None
        if kept is not None:
            yield kept[1] or kept[2] or b""


def _may_be_one(data: bytes, value: bytes) -> bool:
    return (re.fullmatch(_IS_VARIABLE, value) is not None and not value.startswith(b"None")) or any(
        re.search(rb"\basync[ \t]+def[ \t]+" + called + rb"\b", data) for called in re.findall(_CALLED, value)
    )

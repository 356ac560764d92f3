"""The schema: every key of the configuration, its default and its reader, once.

A key ``some-key`` of the file is the attribute ``some_key`` of ``Settings``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar, cast

from . import readers as read
from .errors import Place, nearest

T = TypeVar("T")
Given = Mapping[str, object]
"""The attributes that one level of the configuration sets, by attribute name, already checked."""

DEFAULT_TARGET = (3, 9)


def _key(reader: read.Reader[T], default: T) -> T:
    return field(default=default, metadata={"reader": reader})


def _table(reader: read.Reader[dict[str, T]]) -> Mapping[str, T]:
    return cast(Mapping[str, T], field(default_factory=dict, metadata={"reader": reader}))


def _word(replacement: str) -> read.Reader[str | None]:
    """``false`` leaves the word alone, an empty string drops it, ``replacement`` takes its place."""
    as_text = read.one_of("", replacement)
    return lambda value, place: None if value is False else as_text(value, place)


@dataclass(frozen=True, slots=True)
class Naming:
    """What becomes of the word "async" in the project's own names; ``None`` leaves it."""

    camel: str | None = _key(_word("Sync"), cast("str | None", ""))
    snake: str | None = _key(_word("sync"), cast("str | None", ""))
    snake_at: str = _key(read.one_of("any", "start", "end"), "any")
    keep: tuple[str, ...] = _key(read.array(read.name), ())


def _naming(value: object, place: Place) -> Given:
    return given(Naming, value, place)


_names = read.array(read.name)


@dataclass(frozen=True, slots=True)
class Settings:
    """All keys that hold for one source file."""

    target_version: tuple[int, int] = _key(read.version, DEFAULT_TARGET)
    mode: str = _key(read.one_of("direct", "bridge", "auto"), "direct")
    interface: str = _key(read.one_of("sync", "dual", "auto"), "sync")
    concurrency: str = _key(read.one_of("threads", "sequential"), "threads")
    stubs: bool = _key(read.boolean, True)
    stub_docstrings: bool = _key(read.boolean, False)
    runtime: str = _key(read.one_of("vendor", "import"), "vendor")
    format: tuple[tuple[str, ...], ...] = _key(read.commands, ())
    header: str = _key(read.text, "")
    exclude: tuple[str, ...] = _key(read.array(read.glob), ())
    drop: tuple[str, ...] = _key(_names, ())
    keep: tuple[str, ...] = _key(_names, ())
    leave: tuple[str, ...] = _key(_names, ())
    share: str = _key(read.one_of("auto", "none", "modules", "definitions"), "auto")
    rename_text: frozenset[str] = _key(
        read.choices("docstrings", "comments", "strings"), frozenset(("docstrings", "comments", "strings"))
    )
    drive: str = _key(read.one_of("caller", "thread"), "caller")
    in_loop: str = _key(read.one_of("error", "warn", "block"), "error")
    naming: Naming = field(default=Naming(), metadata={"reader": _naming})
    rename: Mapping[str, str] = _table(read.renames)
    replace: Mapping[str, str] = _table(read.table(read.name, read.name))
    rewrite: Mapping[str, str] = _table(read.rewrites)
    define: Mapping[str, read.Scalar] = _table(read.table(read.pattern, read.scalar))
    set: Mapping[str, read.Scalar] = _table(read.table(read.name, read.scalar))
    text: Mapping[str, str] = _table(read.table(read.nonempty, read.text))
    directives: Mapping[str, str] = _table(read.table(read.nonempty, read.directive))
    _digest: str = field(default="", init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def digest(self) -> str:
        """The same for equal settings in every process and on every Python."""
        if not self._digest:
            spelled = repr([(name, _plain(getattr(self, name))) for name in attributes(Settings)])
            object.__setattr__(self, "_digest", hashlib.sha256(spelled.encode()).hexdigest())
        return self._digest

    def merged(self, given: Given) -> Settings:
        """These settings with another level's on top: its tables add, everything else replaces."""
        changes: dict[str, Any] = {}
        for attribute, value in given.items():
            here = getattr(self, attribute)
            if attribute == "naming":
                changes[attribute] = replace(here, **cast(dict[str, Any], value))
            elif isinstance(here, Mapping):
                changes[attribute] = {**here, **cast(Mapping[str, object], value)}
            else:
                changes[attribute] = value
        return replace(self, **changes)


def _plain(value: object) -> object:
    """``value`` in a spelling that no hash seed changes."""
    if isinstance(value, Naming):
        return [_plain(getattr(value, name)) for name in attributes(Naming)]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return list(value.items())
    return value


def attributes(schema: type[Any]) -> list[str]:
    """The attribute names of ``Settings`` or ``Naming``, in their order."""
    return [item.name for item in fields(schema) if "reader" in item.metadata]


def given(schema: type[Any], raw: object, place: Place, *, besides: tuple[str, ...] = ()) -> dict[str, object]:
    """The keys that the table ``raw`` sets, checked; ``besides`` are keys that the caller reads itself."""
    known = {item.name: item.metadata["reader"] for item in fields(schema) if "reader" in item.metadata}
    found: dict[str, object] = {}
    for key, value in read.mapping(raw, place).items():
        attribute = key.replace("-", "_")
        if attribute in besides:
            continue
        if attribute not in known:
            raise unknown_key(key, [*known, *besides], place)
        if attribute in found:
            raise place.child(key).error("is given twice, once with - and once with _")
        found[attribute] = known[attribute](value, place.child(key))
    return found


def unknown_key(key: str, known: list[str], place: Place) -> Exception:
    spelled = [name.replace("_", "-") for name in known]
    return place.child(key).error("unknown key", f"did you mean `{nearest(key.replace('_', '-'), spelled)}`?")

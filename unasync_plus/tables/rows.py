"""What a table says: one row a name, one row a method, read from TOML and checked."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class TableError(ValueError):
    """A table that cannot be read. ``file`` is its path, the text says which key and why."""

    def __init__(self, file: str, message: str) -> None:
        super().__init__(f"{file}: {message}")
        self.file = file
        self.message = message


@dataclass(frozen=True, slots=True)
class Row:
    """What one qualified name means in sync code: a verdict, and where it is written.

    The verdict is ``to`` (the counterpart), ``keep`` (harmless as it is), ``rule`` (the family of rules that deals with
    it) or ``refuse`` (why there is none; ``help`` is the way out). ``rule`` may stand beside ``to`` or ``keep``, which
    then speak for what the rules leave alone.
    """

    name: str
    """The qualified name that the row is about; what was looked up may be longer."""
    source: str
    to: str = ""
    keep: bool = False
    rule: str = ""
    refuse: str = ""
    help: str = ""
    note: str = ""
    instance: str = ""
    """The class of the objects that ``to`` makes, where that is not ``to`` itself (a function, an abstract class)."""
    missing: tuple[str, ...] = ()
    """Public attributes that ``to`` lacks, however hard one looks; looked up, they are refused."""
    missing_parameters: tuple[str, ...] = ()
    """Parameters that ``to`` does not take, or not by that keyword."""
    since: str = ""
    """The first Python version that has ``name``; empty: 3.9 has it."""
    removed: str = ""
    """The first Python version that no longer has ``name``."""
    platform: str = ""
    """The only ``sys.platform`` that has ``name``."""

    def below(self, rest: list[str], renames: Mapping[str, str]) -> Row:
        """This row for a longer name: ``rest`` are the parts behind :attr:`name`."""
        if not rest or not self.to:
            return self
        if rest[0] in self.missing:
            return Row(
                name=f"{self.name}.{rest[0]}",
                source=self.source,
                refuse=f"{self.to} has no {rest[0]}",
                help=self.help or 'write this part by hand, or use mode = "bridge"',
            )
        return replace(self, to=".".join([self.to, *(renames.get(part, part) for part in rest)]))


@dataclass(frozen=True, slots=True)
class Method:
    """An attribute so distinctive that it is renamed on any object; ``of`` is the class that has it."""

    name: str
    to: str
    of: str
    source: str
    note: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """All that is known of one library."""

    library: str
    """The import root."""
    file: str
    docs: str = ""
    distribution: str = ""
    """Its name on PyPI; empty: part of Python."""
    version: str = ""
    """What the rows were proved against."""
    modules: tuple[str, ...] = ()
    """Modules of which every public asynchronous name has a row."""
    requires: tuple[str, ...] = ()
    """Further distributions that the proof needs."""
    names: Mapping[str, Row] = field(default_factory=dict)
    methods: Mapping[str, Method] = field(default_factory=dict)
    asynchronous: Mapping[str, str] = field(default_factory=dict)
    """Coroutine functions that do not look it, each with its source."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Modules that show the names of another one: ``asyncio.locks`` those of ``asyncio``."""

    def canonical(self, qualified: str) -> str:
        """``qualified`` under the name that its row has."""
        prefix, rest = qualified, ""
        while "." in prefix:
            if prefix in self.aliases:
                return self.aliases[prefix] + rest
            prefix, _, last = prefix.rpartition(".")
            rest = f".{last}{rest}"
        return qualified

    def find(self, qualified: str, renames: Mapping[str, str]) -> Row | None:
        """The row of the longest prefix of ``qualified``, its ``to`` made as long; ``renames`` are the methods'."""
        parts = self.canonical(qualified).split(".")
        for end in range(len(parts), 0, -1):
            row = self.names.get(".".join(parts[:end]))
            if row is not None:
                return row.below(parts[end:], renames)
        return None


_ROW_TYPES = {key.name: str(key.type) for key in fields(Row) if key.name != "name"}
_METHOD_KEYS = frozenset(key.name for key in fields(Method)) - {"name"}
_TABLE_KEYS = frozenset(key.name for key in fields(Table)) - {"file"}
_TYPE_NAMES = {str: "str", bool: "bool", list: "tuple[str, ...]"}


def read_table(text: str, file: str) -> Table:
    """The table in ``text``; ``file`` is named in complaints."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(file, str(error)) from None
    return table_of(data, file)


def table_of(data: Mapping[str, Any], file: str) -> Table:
    """The table that ``data``, parsed TOML, describes."""
    unknown = data.keys() - _TABLE_KEYS
    if unknown or "library" not in data:
        raise TableError(file, f"unknown key {min(unknown)!r}" if unknown else "the key 'library' is missing")
    docs = data.get("docs", "")
    return Table(
        library=data["library"],
        file=file,
        docs=docs,
        distribution=data.get("distribution", ""),
        version=data.get("version", ""),
        modules=tuple(data.get("modules", ())),
        requires=tuple(data.get("requires", ())),
        names={name: _row(name, entry, docs, file) for name, entry in data.get("names", {}).items()},
        methods={name: _method(name, entry, docs, file) for name, entry in data.get("methods", {}).items()},
        asynchronous={name: _link(source, docs) for name, source in data.get("asynchronous", {}).items()},
        aliases=data.get("aliases", {}),
    )


def _link(source: str, docs: str) -> str:
    """The address of ``source``, which may be relative to ``docs``."""
    return source if "://" in source else docs + source


def _row(name: str, entry: Mapping[str, Any], docs: str, file: str) -> Row:
    for key, value in entry.items():
        wanted = _ROW_TYPES.get(key)
        if wanted is None:
            raise TableError(file, f"{name}: unknown key {key!r}")
        if wanted != _TYPE_NAMES.get(type(value)):
            raise TableError(file, f"{name}: {key} must be {wanted}")
    verdicts = frozenset({"to", "keep", "rule", "refuse"} & entry.keys())
    if len(verdicts - {"rule"}) > 1 or not verdicts or verdicts == {"rule", "refuse"}:
        raise TableError(file, f"{name}: needs one of to, keep, rule, refuse; rule may stand beside to or keep")
    if not entry.get("source"):
        raise TableError(file, f"{name}: needs a source")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    values["source"] = _link(entry["source"], docs)
    return Row(name=name, **values)


def _method(name: str, entry: Mapping[str, Any], docs: str, file: str) -> Method:
    wrong = entry.keys() - _METHOD_KEYS or {"to", "of", "source"} - entry.keys()
    if wrong:
        raise TableError(file, f"{name}: unknown or missing key {min(wrong)!r}")
    return Method(name=name, **{**entry, "source": _link(entry["source"], docs)})

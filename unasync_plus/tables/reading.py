"""From the text of a table to its rows; what is wrong with it is said with file and key."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from unasync_plus.tables.rows import WAY_OUT, Method, Row, Table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class TableError(ValueError):
    """A table that cannot be read. ``file`` is its path, ``message`` says which key and why."""

    def __init__(self, file: str, message: str) -> None:
        super().__init__(f"{file}: {message}")
        self.file = file
        self.message = message


_TYPES = {str: "str", bool: "bool", list: "tuple[str, ...]"}
_ROW_KEYS = {key.name: str(key.type) for key in fields(Row) if key.name != "name"}
_METHOD_KEYS = {key.name: str(key.type) for key in fields(Method) if key.name != "name"}
_SECTIONS = ("names", "methods", "asynchronous", "aliases")
_HEAD_KEYS = {key.name: str(key.type) for key in fields(Table) if key.name not in (*_SECTIONS, "file")}


def read_table(text: str, file: str) -> Table:
    """The table in ``text``; ``file`` is named in complaints."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TableError(file, str(error)) from None
    return _Reader(file).table(data)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._docs = ""
        self._help = WAY_OUT

    def table(self, data: dict[str, Any]) -> Table:
        sections = {name: data.pop(name, {}) for name in _SECTIONS}
        for name, section in sections.items():
            if not isinstance(section, dict):
                raise TableError(self._file, f"{name} must be a table")
        head = self._checked("the file", data, _HEAD_KEYS)
        if not head.get("library"):
            raise TableError(self._file, "the key 'library' is missing")
        self._docs = head.get("docs", "")
        self._help = head.get("help", WAY_OUT)
        links, aliases = sections["asynchronous"], sections["aliases"]
        return Table(
            file=self._file,
            names={name: self._row(name, entry) for name, entry in sections["names"].items()},
            methods={name: self._method(name, entry) for name, entry in sections["methods"].items()},
            asynchronous={
                name: self._link(source)
                for name, source in self._checked("asynchronous", links, dict.fromkeys(links, "str")).items()
            },
            aliases=self._checked("aliases", aliases, dict.fromkeys(aliases, "str")),
            **head,
        )

    def _row(self, name: str, entry: object) -> Row:
        values = self._checked(name, entry, _ROW_KEYS)
        verdicts = {"to", "keep", "rule", "refuse"} & values.keys()
        if len(verdicts - {"rule"}) > 1 or not verdicts or verdicts == {"rule", "refuse"}:
            raise TableError(
                self._file, f"{name}: needs one of to, keep, rule, refuse; rule may have to or keep beside it"
            )
        if "refuse" in verdicts:
            values.setdefault("help", self._help)
        return Row(name=name, **self._sourced(name, values))

    def _method(self, name: str, entry: object) -> Method:
        values = self._checked(name, entry, _METHOD_KEYS)
        if not {"to", "of"} <= values.keys():
            raise TableError(self._file, f"{name}: needs to and of")
        return Method(name=name, **self._sourced(name, values))

    def _sourced(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        if not values.get("source"):
            raise TableError(self._file, f"{name}: needs a source")
        values["source"] = self._link(values["source"])
        return values

    def _link(self, source: str) -> str:
        """The address of ``source``, which may be relative to the table's `docs`."""
        return source if "://" in source else self._docs + source

    def _checked(self, what: str, entry: object, types: Mapping[str, str]) -> dict[str, Any]:
        """``entry`` with tuples for lists, if it is a table of nothing but ``types``."""
        if not isinstance(entry, dict):
            raise TableError(self._file, f"{what} must be a table")
        for key, value in entry.items():
            wanted = types.get(key)
            if wanted is None:
                raise TableError(self._file, f"{what}: unknown key {key!r}")
            if wanted != _TYPES.get(type(value)):
                raise TableError(self._file, f"{what}: {key} must be {wanted}")
        return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}

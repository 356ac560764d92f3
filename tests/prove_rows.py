"""Proves table rows against what the Python that runs this file has installed; needs nothing but Python 3.9.

Standard input: ``{"tables": [...], "renames": {library: {...}}}``, tables as `unasync_plus.tables` has them, and for
each what its attributes are renamed to. Written to the file that the argument names, since libraries print when they
are imported: ``{library: {"proved": n, "findings": [...]}}``.

A row is proved when its name exists, its counterpart exists and is no coroutine function, the counterpart of a class
has all its public attributes under their sync names, and every call that the one takes is a call that the other takes.
What differs stands in the row: in `missing`, `missing_parameters` or a `note`, or the attribute has its own row.
"""

from __future__ import annotations

import importlib
import json
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prove_signatures import attributes_set, differences, is_asynchronous

SPECIAL = {"__aenter__", "__aexit__", "__aiter__", "__anext__"}
PURE = {"anyio", "sniffio", "trio"}
"""Libraries all of whose public names have rows."""


class Missing(Exception):
    """A qualified name stands for nothing."""


def resolve(name: str) -> Any:
    """The object called ``name``; a module's attribute wins over a submodule of the same name, as in an import."""
    parts = name.split(".")
    found: Any = None
    for end, part in enumerate(parts, 1):
        if end > 1 and hasattr(found, part):
            found = getattr(found, part)
            continue
        if isinstance(found, type) and part in attributes_set(found):
            return None  # each object has its own
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            raise Missing(f"{'.'.join(parts[:end])} does not exist") from None
    return found


def exists(name: str) -> bool:
    """Whether ``name`` stands for something."""
    try:
        resolve(name)
    except Missing:
        return False
    return True


def version(text: str) -> tuple[int, ...]:
    """``"3.11"`` as something to compare."""
    return tuple(map(int, text.split(".")))


def applies(row: dict[str, Any]) -> bool:
    """Whether this Python, on this platform, has what the row is about."""
    here = sys.version_info[:2]
    since, removed, platform = row.get("since"), row.get("removed"), row.get("platform")
    if (since and here < version(since)) or (removed and here >= version(removed)):
        return False
    return not platform or platform == sys.platform or (platform == "unix" and sys.platform != "win32")


def public_names(module: types.ModuleType) -> list[str]:
    """What a star import would bring; without ``__all__``, what is defined in or below the module."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return sorted(name for name in listed if not name.startswith("__"))
    here = module.__name__.partition(".")[0]
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and str(getattr(value, "__module__", "")).partition(".")[0] == here
    )


def asynchronous_attributes(found: Any) -> list[str]:
    """The public and special attributes of a class that are to be awaited."""
    names = [n for n in dir(found) if not n.startswith("_") or n in SPECIAL] if isinstance(found, type) else []
    return [n for n in names if n in ("__aiter__", "__anext__") or is_asynchronous(getattr(found, n, None))]


class Proof:
    """One table, row by row. Each step yields what is wrong with it."""

    def __init__(self, table: dict[str, Any], renames: dict[str, str]) -> None:
        self.names: dict[str, dict[str, Any]] = table["names"]
        self.table = table
        self.renames = renames
        self.needed: set[tuple[str, str]] = set()

    def run(self) -> Iterator[str]:
        """Prove everything that the table says."""
        steps = [(name, self.row(name, row)) for name, row in self.names.items()]
        steps += [(name, self.method(name, method)) for name, method in self.table["methods"].items()]
        steps += [(name, self.coroutine_function(name)) for name in self.table["asynchronous"]]
        steps += [(name, self.alias(name, other)) for name, other in self.table["aliases"].items()]
        steps += [(name, self.complete(name)) for name in self.table["modules"]]
        for name, findings in steps:
            try:
                yield from (f"{name}: {finding}" for finding in findings)
            except Missing as error:
                yield f"{name}: {error}"
        yield from self.needless()

    def row(self, name: str, row: dict[str, Any]) -> Iterator[str]:
        if not applies(row):
            if row["since"] and not row["platform"] and sys.version_info < version(row["since"]) and exists(name):
                yield f"is there before Python {row['since']}"
            return
        ours = resolve(name)
        if row["keep"] and not row["rule"] and self.table["library"] not in PURE:
            stay = [n for n in asynchronous_attributes(ours) if f"{name}.{n}" not in self.names]
            yield from (f"{n} stays asynchronous" for n in stay if not hasattr(ours, self.renames.get(n, "")))
        if row["to"] and isinstance(ours, types.ModuleType):
            yield from self.module(name, row, ours, resolve(row["to"]))
        elif row["to"]:
            yield from self.pair(name, row, ours, resolve(row["to"]))

    def module(self, name: str, row: dict[str, Any], ours: types.ModuleType, theirs: Any) -> Iterator[str]:
        """A module's row speaks for all its public names that have none."""
        for attribute in public_names(ours):
            full, to = f"{name}.{attribute}", f"{row['to']}.{attribute}"
            if attribute in row["missing"]:
                self.needed.add((name, attribute))
            elif full in self.names or full in self.table["aliases"]:
                continue
            elif not hasattr(theirs, attribute):
                yield f"{to} does not exist"
            elif not isinstance(getattr(ours, attribute), types.ModuleType):
                inner = {**row, "to": to, "missing": [], "instance": ""}
                for finding in self.pair(full, inner, getattr(ours, attribute), getattr(theirs, attribute), name):
                    yield f"{attribute}: {finding}"

    def pair(self, name: str, row: dict[str, Any], ours: Any, theirs: Any, within: str = "") -> Iterator[str]:
        """A name and its counterpart; the row that speaks for them may be that of the module ``within``."""
        if ours is theirs:
            return
        if callable(ours) and not callable(theirs):
            yield f"{row['to']} cannot be called"
        elif callable(ours):
            yield from self.calls(within or name, row, row["to"], ours, theirs, row["note"])
        if isinstance(ours, type):
            theirs = resolve(row["instance"]) if row["instance"] else theirs
            yield from self.attributes(name, within or name, row, ours, theirs)

    def calls(self, name: str, row: dict[str, Any], to: str, ours: Any, theirs: Any, note: str = "") -> Iterator[str]:
        """Every call of ``ours`` is one of ``theirs``, but for what ``row``, called ``name``, says."""
        if is_asynchronous(theirs):
            yield f"{to} is a coroutine function"
        lost, other = differences(ours, theirs)
        self.needed |= {(name, parameter) for parameter in lost}
        lost -= set(row["missing_parameters"])
        if lost:
            yield f"{to} does not take {', '.join(sorted(lost))}"
        if other and not note:
            yield f"{to} {', '.join(other)}"

    def attributes(self, name: str, speaker: str, row: dict[str, Any], ours: type, theirs: Any) -> Iterator[str]:
        """The public attributes of a class, each under its sync name."""
        known = {*dir(theirs), *attributes_set(theirs)}
        for attribute in (n for n in dir(ours) if not n.startswith("_") or n in SPECIAL):
            new = self.renames.get(attribute, attribute)
            there = new in known
            if attribute in row["missing"]:
                self.needed |= {(name, attribute)} if not there else set()
            elif f"{name}.{attribute}" in self.names or (attribute == "__anext__" and not there):
                continue  # it has a row of its own; what gives iterators need not be one
            elif not there:
                yield f"{row['to']} has no {new}"
            elif hasattr(theirs, new) and attribute not in SPECIAL:
                mine, other = getattr(ours, attribute), getattr(theirs, new)
                if is_asynchronous(mine) and not callable(other):
                    yield f"{row['to']}.{new} cannot be called"
                elif callable(mine) and callable(other) and not isinstance(mine, type):
                    yield from self.calls(speaker, row, f"{row['to']}.{new}", mine, other)
        self.needed |= {(name, n) for n in row["missing"] if not hasattr(ours, n) and n in attributes_set(ours)}

    def method(self, name: str, method: dict[str, Any]) -> Iterator[str]:
        """The class has the name, its counterpart, or the class itself, has the other one."""
        if applies(method):
            if not hasattr(resolve(method["of"]), name):
                yield f"{method['of']} has no {name}"
            on = method["on"] or self.names.get(method["of"], {}).get("to") or method["of"]
            if not hasattr(resolve(on), method["to"]):
                yield f"{on} has no {method['to']}"

    def coroutine_function(self, name: str) -> Iterator[str]:
        if not is_asynchronous(resolve(name)):
            yield "is no coroutine function"

    def alias(self, module: str, other: str) -> Iterator[str]:
        """What a module shows is what the other one shows under the same names."""
        if not exists(module):
            return
        found = resolve(module)
        if not isinstance(found, types.ModuleType):
            if found is not resolve(other):
                yield f"is not {other}"
            return
        for name in public_names(found):
            row = self.names.get(f"{other}.{name}")
            if row and applies(row) and getattr(found, name, None) is not resolve(f"{other}.{name}"):
                yield f"{name} is not {other}.{name}"

    def complete(self, module: str) -> Iterator[str]:
        """Every public name that is asynchronous has a row; in an async library every public name."""
        found = resolve(module)
        for name in public_names(found):
            value = getattr(found, name, None)
            wanted = self.table["library"] in PURE or is_asynchronous(value) or asynchronous_attributes(value)
            if (wanted or "async" in name.lower()) and not isinstance(value, types.ModuleType):
                if not self.has_row(f"{module}.{name}"):
                    yield f"{name} has no row"

    def has_row(self, name: str) -> bool:
        """Whether ``name``, or what it is part of, has a row, perhaps by another name."""
        known = {*self.names, *self.table["aliases"]}
        parts = name.split(".")
        return any(".".join(parts[:end]) in known for end in range(1, len(parts) + 1))

    def needless(self) -> Iterator[str]:
        """What a row lists as missing, but is not; other Pythons may miss what belongs to Python."""
        for name, row in self.names.items():
            if self.table["distribution"] and row["to"].partition(".")[0] not in sys.stdlib_module_names:
                for entry in [*row["missing"], *row["missing_parameters"]]:
                    if (name, entry) not in self.needed:
                        yield f"{name}: lists {entry} as missing without need"


def main() -> None:
    """Read tables, write findings."""
    warnings.simplefilter("ignore")
    given = json.load(sys.stdin)
    results = {}
    for table in given["tables"]:
        findings = list(Proof(table, given["renames"][table["library"]]).run())
        results[table["library"]] = {
            "proved": len([row for row in (*table["names"].values(), *table["methods"].values()) if applies(row)]),
            "findings": findings,
        }
    Path(sys.argv[1]).write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main()

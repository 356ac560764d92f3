"""The imports of a stub: those that it uses, and those that hand a name on to other modules."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit.stub_entries import Entry
from unasync_plus.emit.stub_exports import Exports
from unasync_plus.emit.stub_names import added_part, is_standard
from unasync_plus.emit.stub_statements import import_source
from unasync_plus.emit.stub_text import dotted
from unasync_plus.emit.stub_writer import INDENT, WIDTH, Writer


@dataclass(slots=True)
class Imports:
    """Imports of one block, to be written in the order that isort gives them."""

    modules: dict[str, str] = field(default_factory=dict)
    """``a.b`` or ``a as b`` → the comment behind it."""
    names: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(module, comment) → ``name`` or ``name as other``."""
    stars: dict[tuple[str, str], None] = field(default_factory=dict)
    """(module, comment) of each `import *`."""

    def lines(self, indent: str = "", packages: Collection[str] = ()) -> list[str]:
        """The statements, a blank line between the standard library, installed packages and the project's own."""
        sections: dict[int, list[tuple[object, list[str]]]] = {}
        for path, comment in self.modules.items():
            section = sections.setdefault(_section(path.partition(" ")[0], packages), [])
            section.append(((0, path), [f"{indent}import {path}{comment}"]))
        for (source, comment), names in self.names.items():
            section = sections.setdefault(_section(source, packages), [])
            unique = sorted(set(names), key=_name_order)
            plain = [name for name in unique if " as " not in name]
            for position, group in enumerate([plain, *([name] for name in unique if " as " in name)]):
                if group:
                    key = (1, *_module_order(source), comment, f"{position:03}")
                    section.append((key, _from_import(indent, source, group, comment)))
        for source, comment in self.stars:
            section = sections.setdefault(_section(source, packages), [])
            section.append(((1, *_module_order(source), comment), [f"{indent}from {source} import *{comment}"]))
        text: list[str] = []
        for _, statements in sorted(sections.items()):
            text += [""] if text and not indent else []
            for _, lines in sorted(statements, key=lambda statement: str(statement[0])):
                text += lines
        return text


def _section(path: str, packages: Collection[str]) -> int:
    if path.startswith("."):
        return 3
    if is_standard(path):
        return 0
    return 2 if path.partition(".")[0] in packages else 1


def _module_order(source: str) -> tuple[int, str]:
    """Relative imports from the furthest package to the nearest."""
    name = source.lstrip(".")
    return 9 - (len(source) - len(name)), name.lower()


def _name_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    plain = name.partition(" ")[0]
    kind = 0 if plain.isupper() and len(plain) > 1 else 1 if plain[:1].isupper() else 2
    return kind, plain


def _from_import(indent: str, source: str, names: list[str], comment: str) -> list[str]:
    line = f"{indent}from {source} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return [line + comment]
    return [f"{indent}from {source} import ({comment}", *(f"{indent}{INDENT}{name}," for name in names), f"{indent})"]


def add_statement(imports: Imports, entry: Entry, writer: Writer) -> None:
    """What the stub keeps of an import statement."""
    node, comment = entry.statement, entry.comment
    assert node is not None
    if isinstance(node, cst.Import):
        for part in _kept(node.names, "", entry, writer):
            imports.modules.setdefault(part, comment)
        return
    source = import_source(node)
    if source == "__future__":
        return
    if isinstance(node.names, cst.ImportStar):
        imports.stars[source, comment] = None
        return
    kept = list(_kept(node.names, source, entry, writer))
    if kept:
        imports.names.setdefault((source, comment), []).extend(kept)


def add_inferred(imports: Imports, writer: Writer) -> None:
    """Imports that the code does not have: what the inferred types need."""
    for local, qualified in sorted(writer.names.added.items()):
        if writer.names.uses(local):
            source, part = added_part(local, qualified)
            if source:
                imports.names.setdefault((source, ""), []).append(part)
            else:
                imports.modules.setdefault(part, "")


def _kept(aliases: Collection[cst.ImportAlias], source: str, entry: Entry, writer: Writer) -> Iterator[str]:
    """``a`` or ``a as b`` for each name that the stub needs."""
    exports: Exports = writer.exports
    for node in aliases:
        path = dotted(node.name) or ""
        given = node.asname.name.value if node.asname and isinstance(node.asname.name, cst.Name) else ""
        local = given or (path if source else path.partition(".")[0])
        meaning = f"{source}{'' if source.endswith('.') else '.'}{path}" if source else path
        written = f"{path} as {given}" if given else path
        if local not in entry.names:
            continue
        used = writer.names.uses(local, "" if source or given else path)
        public = exports.hands_on(local, meaning, used=used, for_checkers=entry.for_checkers)
        public = (public or local in entry.public) and local not in entry.deleted
        if public and not given and (source or "." not in path):
            yield f"{path} as {local}"
        elif not given and not source and "." in path:  # it brings the first part of the path
            if public or used or exports.lists(local):
                yield written
            if local in (exports.wanted or ()):
                yield f"{local} as {local}"
        elif public and given != path and not source.startswith("__"):
            writer.names.aliases[local] = f"_{local}"  # only `x as x` makes an import public
            yield f"{path} as _{local}"
        elif public or used or given == path or exports.lists(local):
            yield written

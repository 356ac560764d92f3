"""The imports of a stub: those that it uses, and those that hand a name on to other modules."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from unasync_plus.emit.stub_exports import Exports
from unasync_plus.emit.stub_names import Names, added_part, import_source
from unasync_plus.emit.stub_text import dotted
from unasync_plus.emit.stub_writer import INDENT, WIDTH, Writer


def import_lines(
    node: cst.Import | cst.ImportFrom, names: Collection[str], comment: str, depth: int, writer: Writer
) -> list[str]:
    """What is left of an import statement."""
    indent = INDENT * depth
    if isinstance(node, cst.ImportFrom):
        source = import_source(node)
        if source == "__future__":
            return []
        if isinstance(node.names, cst.ImportStar):
            return [f"{indent}from {source} import *{comment}"]
        kept = [part for alias in node.names if (part := _alias(alias, source, names, writer))]
        kept += writer.names.added_to(source) if not depth else []
        return from_import(indent, source, kept, comment) if kept else []
    return [f"{indent}import {part}{comment}" for alias in node.names if (part := _alias(alias, "", names, writer))]


def from_import(indent: str, source: str, names: list[str], comment: str = "") -> list[str]:
    unique = list(dict.fromkeys(names))
    line = f"{indent}from {source} import {', '.join(unique)}"
    if len(line) <= WIDTH:
        return [line + comment]
    return [f"{indent}from {source} import ({comment}", *(f"{indent}{INDENT}{name}," for name in unique), f"{indent})"]


def _alias(node: cst.ImportAlias, source: str, names: Collection[str], writer: Writer) -> str:
    """``a`` or ``a as b`` as the stub needs it; "" where it does not."""
    path = dotted(node.name) or ""
    given = node.asname.name.value if node.asname and isinstance(node.asname.name, cst.Name) else ""
    local = given or (path if source else path.partition(".")[0])
    meaning = f"{source}{'' if source.endswith('.') else '.'}{path}" if source else path
    if local not in names:
        return ""
    as_written = f"{path} as {given}" if given else path
    exports: Exports = writer.exports
    if given == path or (given and exports.hands_on(local, meaning)):
        return as_written
    if (source or "." not in path) and exports.hands_on(local, meaning):
        return f"{path} as {local}"
    if exports.listed is not None and local in exports.listed:
        return as_written
    return as_written if writer.names.uses(local, "" if source or given else path) else ""


def added_lines(names: Names, merged: Collection[str]) -> list[str]:
    """Imports that the code does not have: what the inferred types need."""
    lines: dict[str, list[str]] = {}
    for local, qualified in sorted(names.added.items()):
        if not names.uses(local):
            continue
        source, part = added_part(local, qualified)
        if not source:
            lines[f"import {part}"] = []
        elif source not in merged:
            lines.setdefault(source, []).append(part)
    text: list[str] = []
    for source, parts in sorted(lines.items()):
        text += from_import("", source, parts) if parts else [source]
    return text

"""What an earlier run found out about a unit, if nothing has changed that it depends on."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from unasync_plus.discover import Unit
from unasync_plus.model import Diagnostic, Severity
from unasync_plus.store import digest, is_executable, read

from .render import Output, Rendered, classes_abstract, names_wanted
from .stamp import format_stamp
from .workspace import Workspace


def unit_key(unit: Unit, data: bytes, workspace: Workspace) -> str:
    """All that the outputs of ``unit`` depend on; but for the tool itself, on which the whole cache depends."""
    found = hashlib.sha256(data)
    for part in (
        unit.source_rel,
        unit.target_rel,
        unit.module,
        unit.target_module,
        unit.runtime_module,
        str(unit.is_in_package),
        unit.settings.digest,
        workspace.project.digest,
        repr(sorted(names_wanted(unit, workspace.project) or ())),
        repr(sorted(classes_abstract(unit, workspace.project))),
        format_stamp(unit.settings.format, workspace.root),
    ):
        found.update(b"\0" + part.encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def package_key(number: int, workspace: Workspace) -> str:
    """What the output of a bridged unit depends on besides: all modules of its package are looked at together."""
    found = hashlib.sha256()
    for unit in workspace.units:
        if unit.package == number and unit.is_python:
            for part in (unit.source_rel, unit.module, unit.target_module, unit.settings.digest, str(unit.is_package)):
                found.update(b"\0" + part.encode("utf-8", "surrogatepass"))
            with contextlib.suppress(OSError):  # it is no part of the package then
                found.update(b"\0" + digest(read(unit.source) or b"").encode())
    return found.hexdigest()


def recall(key: str, like: Path, workspace: Workspace) -> Rendered | None:
    """What the cache has under ``key``, if all its outputs are in place, byte for byte, with the mode of ``like``."""
    record = workspace.cache.units.get(key)
    try:
        rendered = None if record is None else _from_json(record)
    except (TypeError, ValueError, KeyError, IndexError):
        return None
    if rendered is None or not all(_is_in_place(item, like, workspace.root) for item in rendered.outputs):
        return None
    return rendered


def _is_in_place(wanted: Output, like: Path, root: Path) -> bool:
    path = root / wanted.target_rel
    try:
        data = read(path)
    except OSError:
        return False
    return data is not None and digest(data) == wanted.digest and is_executable(path) == is_executable(like)


def remember(key: str, rendered: Rendered, workspace: Workspace) -> None:
    if rendered.is_lasting:
        workspace.cache.units.put(key, _to_json(rendered))


def _to_json(rendered: Rendered) -> list[Any]:
    return [
        [[item.target_rel, item.source_rel, item.digest] for item in rendered.outputs],
        [list(astuple(item)) for item in rendered.diagnostics],
        sorted(rendered.fired),
        sorted(rendered.runtime),
    ]


def _from_json(record: Sequence[Any]) -> Rendered:
    outputs, diagnostics, fired, runtime = record
    return Rendered(
        tuple(Output(*item) for item in outputs),
        tuple(_diagnostic(*item) for item in diagnostics),
        frozenset(fired),
        frozenset(runtime),
    )


def _diagnostic(path: str, line: int, column: int, code: str, severity: str, message: str, help: str) -> Diagnostic:
    return Diagnostic(path, line, column, code, Severity(severity), message, help)

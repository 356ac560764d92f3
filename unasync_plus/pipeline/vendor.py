"""The runtime files that generated code imports, copied beside it."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from unasync_plus.discover import RUNTIME_FOLDER, Unit
from unasync_plus.model import Diagnostic
from unasync_plus.store import marker_line, read

from .formatting import format_text
from .memory import recall, remember
from .render import Rendered, output
from .stamp import format_stamp
from .workspace import Workspace

RUNTIME_SOURCE = "unasync_plus/runtime"
"""What vendored files name as their source's folder."""

_RUNTIME = Path(__file__).parent.parent / "runtime"
_SIBLING = re.compile(r"^\s*from \.(\w*) import (?:\(([^)]*)\)|(.+)$)", re.MULTILINE)
_UNJUDGED = (
    "# mypy: ignore-errors\n"
    "# pyright: basic, reportArgumentType=false, reportAssignmentType=false, reportMissingImports=false,"
    " reportReturnType=false\n"
)
"""A copy is not for the project that it lies in to mend, however strictly that has itself checked."""
_INIT = '"""What the generated code in this package needs at run time."""\n'


def vendored(used: Iterable[tuple[Unit, frozenset[str]]], workspace: Workspace) -> list[Rendered]:
    """The runtime files for units and the runtime modules that each of them imports."""
    folders: dict[str, tuple[Unit, set[str]]] = {}
    for unit, modules in used:
        if modules and unit.settings.runtime == "vendor":
            folders.setdefault(unit.runtime_rel, (unit, set()))[1].update(modules)
    return [
        _file(posixpath.join(folder, name), text, unit, workspace)
        for folder, (unit, modules) in sorted(folders.items())
        for name, text in runtime_files(frozenset(modules)).items()
    ]


@lru_cache(maxsize=64)
def runtime_files(modules: frozenset[str]) -> Mapping[str, str]:
    """File name → text, for ``modules`` of the runtime and those that they import themselves."""
    found: dict[str, str] = {}
    todo = sorted(modules)
    while todo:
        module = todo.pop()
        if module + ".py" in found:
            continue
        text = _text(module)
        found[module + ".py"] = f"{marker_line(f'{RUNTIME_SOURCE}/{module}.py')}\n{_UNJUDGED}{text}"
        todo += sorted(_siblings(text))
    found["__init__.py"] = f"{marker_line(f'{RUNTIME_SOURCE}/__init__.py')}\n{_INIT}"
    return dict(sorted(found.items()))


def _text(module: str) -> str:
    data = read(_RUNTIME / f"{module}.py")
    if data is None:
        raise LookupError(f"the runtime has no module {module}")
    return data.decode().replace("\r\n", "\n")


def _siblings(text: str) -> set[str]:
    """The modules of the runtime that another one imports: ``from .x import y`` or ``from . import x``."""
    found = set()
    for module, in_parentheses, in_line in _SIBLING.findall(text):
        if module:
            found.add(module)
        else:
            found.update(name.split()[0] for name in (in_parentheses or in_line).split(",") if name.strip())
    return found


def _file(target_rel: str, text: str, unit: Unit, workspace: Workspace) -> Rendered:
    commands = workspace.config.merged(workspace.config.packages[unit.package]).format
    spelled = f"{target_rel}\0{format_stamp(commands, workspace.root)}\0{text}"
    key = hashlib.sha256(spelled.encode()).hexdigest()
    like = workspace.root / target_rel  # these files have no mode to keep
    known = recall(key, like, workspace)
    if known is not None:
        return known
    source_rel = f"{RUNTIME_SOURCE}/{posixpath.basename(target_rel)}"
    formatted = format_text(text, commands, target_rel, workspace.root)
    if isinstance(formatted, Diagnostic):
        return Rendered(diagnostics=(formatted,), is_lasting=False)
    rendered = Rendered((output(target_rel, source_rel, formatted.encode()),))
    remember(key, rendered, workspace)
    return rendered


def is_vendored(target_rel: str) -> bool:
    return posixpath.basename(posixpath.dirname(target_rel)) == RUNTIME_FOLDER

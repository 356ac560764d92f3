"""One source text, converted by itself."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from unasync_plus.config import Config
from unasync_plus.discover import Unit
from unasync_plus.model import Diagnostic, Result, Severity, SourceMap
from unasync_plus.store import read

from .header import shifted, with_header
from .render import internal_error, renamer, stub_of, texts_of
from .workspace import open_workspace

if TYPE_CHECKING:
    from unasync_plus.parse import SourceText
    from unasync_plus.resolve.project import Project

_NAMELESS = "source_without_a_name"


def convert_single(source: str | bytes, config: Config, path: str) -> Result:
    """Convert ``source`` as if it stood at ``path``: with the settings of its package, else with the global ones."""
    unit, project, units = _place(source, config, path)
    if config.file is None and "target_version" not in config.given:
        unit = _as_new_as(source, unit)
    return convert_unit(source, unit, project, units)


def convert_unit(source: str | bytes, unit: Unit, project: Project, units: Sequence[Unit] = ()) -> Result:
    """``units`` are all of the project: a bridged module is looked at together with those of its package."""
    from unasync_plus.parse import decode, too_deep

    text = decode(source, unit.source_rel)
    if isinstance(text, Diagnostic):
        return Result(None, None, (text,))
    try:
        return _convert(text, unit, project, units)
    except RecursionError:
        return Result(None, None, (too_deep(unit.source_rel),))
    except Exception as error:
        return Result(None, None, (internal_error(unit.source_rel, error),))


def _convert(text: SourceText, unit: Unit, project: Project, units: Sequence[Unit]) -> Result:
    from unasync_plus.rewrite import convert

    if unit.settings.mode != "direct":
        return _bridged(text, unit, project, units)
    done = convert(text, unit, project, trace=True)
    diagnostics = list(done.diagnostics)
    if done.code is None:
        return Result(None, None, tuple(diagnostics))
    code, above, added = with_header(done.code, unit.source_rel, unit.settings.header)
    stub = stub_of(done.code, done.tree, unit, project, text.text, diagnostics) if unit.settings.stubs else None
    source_map = shifted(done.source_map or SourceMap(), above, added)
    return Result(code, stub, tuple(diagnostics), source_map)


def _bridged(text: SourceText, unit: Unit, project: Project, units: Sequence[Unit]) -> Result:
    """A module whose output calls it, at least in part."""
    from unasync_plus.emit.stub_location import Locator, definition_lines
    from unasync_plus.facade import generate, index, is_reason, plan
    from unasync_plus.rewrite import convert

    named = unit if unit.module else replace(unit, module=_NAMELESS, target_module=_NAMELESS)
    family = [one for one in units if one.package == unit.package and one.module != named.module]
    known = index([*family, named], {named.module: text.text})
    planned = None
    if unit.settings.mode == "auto":
        texts = {one: text if one is named else _read(one) for one in (*family, named)}
        reasons = {
            one.module: list(filter(is_reason, convert(found, one, project).diagnostics))
            for one, found in texts.items()
            if found is not None
        }
        planned = plan(known, reasons)
    made = generate(text.text, unit=named, settings=unit.settings, project=project, index=known, plan=planned)
    diagnostics = list(made.diagnostics)
    if planned is not None:
        found = [item for item in (*planned.notes, *planned.refusals) if item.path == unit.source_rel]
        found = [replace(item, message=item.message.replace(f"{_NAMELESS}.", "")) for item in found]
        diagnostics += [item for item in found if item not in diagnostics]
    if "wrap" in made.runtime and not unit.module:
        diagnostics.append(_has_no_name(unit.source_rel))
    if any(item.is_error for item in diagnostics):
        return Result(None, None, tuple(diagnostics))
    outputs = texts_of(made.code, made.tree, unit, project, text.text, diagnostics)
    if not outputs:
        return Result(None, None, tuple(diagnostics))
    code, stub = outputs[0][1], outputs[1][1] if len(outputs) > 1 else None
    source_map = SourceMap(definition_lines(code, Locator(text.text, renamer(unit, project))))
    return Result(code, stub, tuple(diagnostics), source_map)


def _read(unit: Unit) -> SourceText | None:
    from unasync_plus.parse import SourceText, decode

    found = decode(read(unit.source) or b"", unit.source_rel)
    return found if isinstance(found, SourceText) else None


def _has_no_name(path: str) -> Diagnostic:
    return Diagnostic(
        path,
        1,
        1,
        "UA702",
        Severity.ERROR,
        "bridged code imports its source, and this one has no name to import it by",
        "say the path of the file; `build` knows it from the package in the configuration",
    )


def _place(source: str | bytes, config: Config, path: str) -> tuple[Unit, Project, tuple[Unit, ...]]:
    if config.packages and os.path.exists(path):
        workspace = open_workspace(config, (), use_cache=True)
        wanted = os.path.realpath(path)
        for unit in workspace.units:
            if unit.is_python and os.path.realpath(unit.source) == wanted:
                return unit, workspace.project, workspace.units
    unit = _lone_unit(path, config)
    return unit, _lone_project(source, unit), ()


def _as_new_as(source: str | bytes, unit: Unit) -> Unit:
    """``unit``, for the Python that its source needs: nobody has said for which one it is."""
    from unasync_plus.parse import SourceText, decode
    from unasync_plus.rewrite import oldest_python

    text = decode(source, unit.source_rel)
    if not isinstance(text, SourceText):
        return unit
    needed = oldest_python(text.text, unit.source_rel, unit.settings.target_version)
    return replace(unit, settings=replace(unit.settings, target_version=needed))


def _lone_unit(path: str, config: Config) -> Unit:
    name = posixpath.basename(path.replace(os.sep, "/"))
    stem = name.removesuffix(".py")
    module = stem if stem.isidentifier() and stem != "__init__" else ""
    return Unit(
        source=Path(path),
        target=Path(path),
        source_rel=path,
        target_rel=path,
        module=module,
        target_module=module,
        is_package=name == "__init__.py",
        is_python=True,
        settings=config.settings,
        package=-1,
    )


def _lone_project(source: str | bytes, unit: Unit) -> Project:
    """What a file says about a project that consists of it alone."""
    from unasync_plus.resolve.asking import asking_functions
    from unasync_plus.resolve.facts import file_facts, mentions_channels
    from unasync_plus.resolve.kept_loops import defined_methods, kept_loops
    from unasync_plus.resolve.left_out import SourceFile, names_left_out
    from unasync_plus.resolve.project import Project

    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    facts = file_facts(data)
    text = data.decode("utf-8", "replace")
    return Project(
        defined=frozenset(facts["defined"]) | defined_methods([data]),
        awaitables=frozenset(facts["awaitables"]),
        tasks=frozenset(facts["tasks"]),
        awaited_tasks=frozenset(facts["awaited_tasks"]),
        has_channels=mentions_channels(data),
        asking={f"{unit.module}.{name}": question for name, question in asking_functions(data).items()},
        kept_loops=kept_loops([data]),
        left_out=names_left_out([SourceFile(unit.module, unit.is_package, text, unit.settings)]),
    )

"""One source text, converted by itself."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from unasync_plus.config import Config
from unasync_plus.discover import Unit
from unasync_plus.model import Diagnostic, Result, SourceMap

from .header import shifted, with_header
from .render import internal_error, stub_of, texts_of
from .workspace import open_workspace

if TYPE_CHECKING:
    from unasync_plus.parse import SourceText
    from unasync_plus.resolve.project import Project


def convert_single(source: str | bytes, config: Config, path: str) -> Result:
    """Convert ``source`` as if it stood at ``path``: with the settings of its package, else with the global ones."""
    unit, project = _place(source, config, path)
    return convert_unit(source, unit, project)


def convert_unit(source: str | bytes, unit: Unit, project: Project) -> Result:
    from unasync_plus.parse import decode, too_deep

    text = decode(source, unit.source_rel)
    if isinstance(text, Diagnostic):
        return Result(None, None, (text,))
    try:
        return _convert(text, unit, project)
    except RecursionError:
        return Result(None, None, (too_deep(unit.source_rel),))
    except Exception as error:
        return Result(None, None, (internal_error(unit.source_rel, error),))


def _convert(text: SourceText, unit: Unit, project: Project) -> Result:
    from unasync_plus.rewrite import convert

    if unit.settings.mode != "direct":
        return _bridged(text, unit, project)
    done = convert(text, unit, project, trace=True)
    diagnostics = list(done.diagnostics)
    if done.code is None:
        return Result(None, None, tuple(diagnostics))
    code, above, added = with_header(done.code, unit.source_rel, unit.settings.header)
    stub = stub_of(done.code, done.tree, unit, project, text.text, diagnostics) if unit.settings.stubs else None
    source_map = shifted(done.source_map or SourceMap(), above, added)
    return Result(code, stub, tuple(diagnostics), source_map)


def _bridged(text: SourceText, unit: Unit, project: Project) -> Result:
    """A module whose output calls it; looked at alone, so its names from other modules are what they seem to be."""
    from unasync_plus.facade import generate

    made = generate(text.text, unit=unit, settings=unit.settings, project=project)
    diagnostics = list(made.diagnostics)
    texts = texts_of(made.code, None, unit, project, text.text, diagnostics)
    stub = texts[1][1] if len(texts) > 1 else None
    return Result(texts[0][1] if texts else None, stub, tuple(diagnostics))


def _place(source: str | bytes, config: Config, path: str) -> tuple[Unit, Project]:
    if config.packages and os.path.exists(path):
        workspace = open_workspace(config, (), use_cache=True)
        wanted = os.path.realpath(path)
        for unit in workspace.units:
            if unit.is_python and os.path.realpath(unit.source) == wanted:
                return unit, workspace.project
    return _lone_unit(path, config), _lone_project(source)


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


def _lone_project(source: str | bytes) -> Project:
    """What a file says about a project that consists of it alone."""
    from unasync_plus.resolve.facts import file_facts, mentions_channels
    from unasync_plus.resolve.project import Project

    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    facts = file_facts(data)
    return Project(
        defined=frozenset(facts["defined"]),
        awaitables=frozenset(facts["awaitables"]),
        has_channels=mentions_channels(data),
    )

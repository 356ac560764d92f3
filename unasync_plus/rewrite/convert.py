"""One source file to one sync file: parse, find out what names mean, apply the rules, put the text together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit import imports
from unasync_plus.emit.code import positions, tokens_of
from unasync_plus.emit.idle_aliases import without_idle
from unasync_plus.emit.import_nodes import bound_name
from unasync_plus.model import Diagnostic, Severity, SourceMap
from unasync_plus.parse import SourceText, parse, too_deep, with_room
from unasync_plus.records import record
from unasync_plus.resolve.binder import Binder
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.scopes import Names
from unasync_plus.rewrite import collisions
from unasync_plus.rewrite.compiled import does_not_compile
from unasync_plus.rewrite.context import Finding
from unasync_plus.rewrite.copies import tell_of_copies
from unasync_plus.rewrite.engine import Engine

if TYPE_CHECKING:
    from unasync_plus.config import Settings
    from unasync_plus.discover import Unit
    from unasync_plus.resolve.project import Project

_APART = bytes(code if code < 128 and (chr(code).isalnum() or chr(code) == "_") else 32 for code in range(256))
"""For ``bytes.translate``: a space for all that stands between words; twice as fast as a pattern for the words."""
_IDENTIFIER_END = re.compile(r"\w\Z")
_IDENTIFIER_START = re.compile(r"[\w\"']")
_KEYWORDS = frozenset("return not and or in is if else elif while for assert del raise from yield lambda await".split())


@record
class Conversion:
    """What became of one file.

    ``code`` is None when the file is refused. ``fired`` names the configuration's entries that matched, ``runtime`` the
    modules of the runtime that the code imports. ``changed`` tells whether anything but the place of imports changed.
    """

    code: str | None
    diagnostics: tuple[Diagnostic, ...] = ()
    fired: frozenset[str] = frozenset()
    runtime: frozenset[str] = frozenset()
    changed: bool = True
    source_map: SourceMap | None = None
    tree: cst.Module | None = None


def convert(source: SourceText, unit: Unit, project: Project, *, trace: bool = False) -> Conversion:
    """Convert ``source``; whatever is wrong with it comes back as a diagnostic, never as an exception."""
    tree = parse(source)
    if isinstance(tree, Diagnostic):
        return Conversion(None, (tree,))
    try:
        return with_room(lambda: _convert(tree, source, unit, project, trace))
    except RecursionError:
        return Conversion(None, (too_deep(source.path),))


def _convert(tree: cst.Module, source: SourceText, unit: Unit, project: Project, trace: bool) -> Conversion:
    namer = Namer(unit.settings, project.defined)
    handed = handed_on(project, unit.settings, namer)
    names = Binder(unit.module, unit.is_package, handed, project.asking).bind(tree)
    engine = engine_for(source, names, unit, project, namer, trace=trace)
    collisions.check(engine)
    new = engine.convert(tree)
    engine.imports.check_unread()
    engine.passage.tell_unheard_of()
    engine.passage.tell_missing(new)
    engine.passage.tell_twinless(tree)
    tell_of_copies(engine)
    if engine.directives is not None:
        engine.directives.report_idle(tree)
    if any(finding.severity is Severity.ERROR for finding in engine.findings):
        return Conversion(None, _located(engine, tree, source), _fired(engine))
    if new is not tree:
        if names.aliases:
            # none that others may take
            idle = (one for one in names.aliases if one.startswith("_") or not project.modules)
            new = without_idle(new, {engine.renames.get(one, one) for one in idle})
        renamed = engine.locals.renamed()
        used = names.used | engine.text.quoted | engine.imports.done_without
        asked = set(map(bound_name, engine.needed))
        needed = engine.needed | {key for key in engine.moved if bound_name(key) not in asked}
        new = imports.finish(new, needed, used, names.imports, engine.exported, engine.needed_at, renamed)
    code, changed = _text(engine, tree, new, source)
    problem = does_not_compile(code, source.path, unit.settings.target_version)
    if problem is not None and not trace:  # once more, to know which source line the line of the output came from
        return _convert(tree, source, unit, project, trace=True)
    source_map = None
    if trace:
        from unasync_plus.emit.source_map import line_map

        source_map = line_map(tree, new, engine.origins or {}, engine.touched)
    if problem is not None:
        line, text = problem
        return Conversion(None, (*_located(engine, tree, source), _refused(text, line, source_map, source, unit)))
    return Conversion(
        code,
        _located(engine, tree, source),
        _fired(engine),
        frozenset(engine.runtime_modules),
        changed,
        source_map,
        new,
    )


def handed_on(project: Project, settings: Settings, namer: Namer) -> Mapping[str, str]:
    """`Project.passed_on` without the names that the configuration itself speaks of."""
    entries = (*settings.replace, *settings.leave)
    return {
        name: foreign
        for name, foreign in project.passed_on.items()
        if not namer.speaks_of(name.rpartition(".")[2])
        and not any(name == entry or name.startswith(entry + ".") for entry in entries)
        and not any(name in pattern for pattern in settings.rewrite)
    }


def engine_for(
    source: SourceText, names: Names, unit: Unit, project: Project, namer: Namer, *, trace: bool = False
) -> Engine:
    """The engine for one module, told what its text holds."""
    words = frozenset(source.text.encode("utf-8", "surrogatepass").translate(_APART).decode("ascii").split())
    comments = "unasync:" in source.text or any(text in source.text for text in unit.settings.directives)
    return Engine(names, unit, project, unit.settings, namer, comments=comments, words=words, trace=trace)


def _fired(engine: Engine) -> frozenset[str]:
    return frozenset(engine.fired | engine.namer.fired)


def _text(engine: Engine, old: cst.Module, new: cst.Module, source: SourceText) -> tuple[str, bool]:
    """The text of the output, its comments under their new names."""
    text = engine.text
    rename_comments = "#" in source.text and (bool(text.words) or text.has_marks)
    if new is old and not rename_comments:
        return source.text, False
    tokens, comments = tokens_of(new)
    for index in comments if rename_comments else ():
        tokens[index] = engine.text.comment(tokens[index])
    if engine.glue:
        _unglue(tokens)
    code = "".join(tokens)
    return code, code != source.text


def _unglue(tokens: list[str]) -> None:
    """Put a space where parentheses that went had kept a keyword and a name apart."""
    previous = ""
    for index, token in enumerate(tokens):
        if not token:
            continue
        if (previous in _KEYWORDS and _IDENTIFIER_START.match(token)) or (
            token in _KEYWORDS and _IDENTIFIER_END.search(previous) and not previous.isdigit()
        ):
            tokens[index] = " " + token
        previous = token


def _located(engine: Engine, tree: cst.Module, source: SourceText) -> tuple[Diagnostic, ...]:
    """The findings as diagnostics, at the lines of the source, without those that a comment silences."""
    findings = engine.findings
    ignored = engine.directives.ignored if engine.directives is not None else []
    if not findings and not ignored:
        return ()
    nodes = [finding.node for finding in findings]
    found = positions(tree, [*nodes, *(node for item in ignored for node in (item.statement, item.comment))])
    diagnostics = {_diagnostic(finding, found.get(id(finding.node), (1, 1)), source.path) for finding in findings}
    for item in ignored:
        lines = {found[id(node)][0] for node in (item.statement, item.comment) if id(node) in found}
        silent = {
            diagnostic
            for diagnostic in diagnostics
            if diagnostic.line in lines
            and not diagnostic.is_error
            and (not item.codes or diagnostic.code in item.codes)
        }
        diagnostics -= silent
        if not silent and not any(finding.severity is Severity.ERROR for finding in findings):
            diagnostics.add(_diagnostic(item.idle, found.get(id(item.comment), (1, 1)), source.path))
    return tuple(sorted(diagnostics))


def _diagnostic(finding: Finding, place: tuple[int, int], path: str) -> Diagnostic:
    return Diagnostic(path, *place, finding.code, finding.severity, finding.message, finding.help)


def _refused(text: str, line: int, found: SourceMap | None, source: SourceText, unit: Unit) -> Diagnostic:
    """The refusal of output that does not compile, at the line of the source that the line of the output came from."""
    version = ".".join(map(str, unit.settings.target_version))
    return Diagnostic(
        source.path,
        (found.source_line(line) if found is not None else 0) or 1,
        1,
        "UA004",
        Severity.ERROR,
        f"the output does not compile for Python {version}: {text}",
        "raise `target-version`, or rewrite the construct in the source",
    )

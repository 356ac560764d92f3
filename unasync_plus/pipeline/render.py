"""One unit → the files that it becomes, in memory. Never raises for anything that a source file holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from unasync_plus.model import Diagnostic, Severity
from unasync_plus.records import record
from unasync_plus.store import digest

from .formatting import format_text
from .header import with_header

if TYPE_CHECKING:
    from libcst import Module

    from unasync_plus.discover import Unit
    from unasync_plus.emit.stub_names import Elsewhere
    from unasync_plus.parse import SourceText
    from unasync_plus.resolve.project import Project


@record
class Output:
    """A file as it should be. ``data`` is None when it is known only to have ``digest``, as the cache knows it."""

    target_rel: str
    source_rel: str
    digest: str
    data: bytes | None = None


@record
class Rendered:
    """What became of one unit. ``fired`` and ``runtime`` are as in the conversion; no outputs if it was refused."""

    outputs: tuple[Output, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    fired: frozenset[str] = frozenset()
    runtime: frozenset[str] = frozenset()
    is_lasting: bool = True
    """It will be the same again, and may be remembered."""

    @property
    def is_refused(self) -> bool:
        return any(item.is_error for item in self.diagnostics)


def output(target_rel: str, source_rel: str, data: bytes) -> Output:
    return Output(target_rel, source_rel, digest(data), data)


def render(unit: Unit, data: bytes, project: Project, root: Path) -> Rendered:
    """Convert the source bytes ``data`` of ``unit``."""
    if unit.is_compiled and unit.settings.mode != "direct":
        return Rendered()  # the source's own is imported
    if not unit.is_python:
        return Rendered((output(unit.target_rel, unit.source_rel, data),))
    return guarded(unit, lambda: _render_python(unit, data, project, root))


def guarded(unit: Unit, function: Callable[[], Rendered]) -> Rendered:
    """What ``function`` makes of ``unit``; our own bugs come back as a diagnostic."""
    try:
        return function()
    except RecursionError:
        return Rendered(diagnostics=(_too_deep(unit),))
    except Exception as error:
        return Rendered(diagnostics=(internal_error(unit.source_rel, error),), is_lasting=False)


def _render_python(unit: Unit, data: bytes, project: Project, root: Path) -> Rendered:
    from unasync_plus.parse import decode
    from unasync_plus.rewrite import convert

    source = decode(data, unit.source_rel)
    if isinstance(source, Diagnostic):
        return Rendered(diagnostics=(source,))
    done = convert(source, unit, project)
    diagnostics = list(done.diagnostics)
    texts = texts_of(done.code, done.tree, unit, project, source.text, diagnostics)
    return finish(texts, diagnostics, source, unit, root, done.fired, done.runtime)


def texts_of(
    code: str | None, tree: Module | None, unit: Unit, project: Project, source: str, diagnostics: list[Diagnostic]
) -> list[tuple[str, str]]:
    """The files that converted ``code`` makes, by target path; none if it was refused."""
    if code is None or any(item.is_error for item in diagnostics):
        return []
    texts = [(unit.target_rel, with_header(code, unit.source_rel, unit.settings.header)[0])]
    if unit.settings.stubs:
        texts.append((unit.target_rel + "i", stub_of(code, tree, unit, project, source, diagnostics)))
    return texts


def finish(
    texts: list[tuple[str, str]],
    diagnostics: list[Diagnostic],
    source: SourceText,
    unit: Unit,
    root: Path,
    fired: frozenset[str],
    runtime: frozenset[str],
) -> Rendered:
    """Format and encode; one text that cannot be is enough to write none of them."""
    outputs, is_lasting = [], True
    for target_rel, text in texts:
        formatted = format_text(text, unit.settings.format, target_rel, root)
        if isinstance(formatted, Diagnostic):
            diagnostics.append(formatted)
            is_lasting = False
            continue
        try:
            encoded = source.encode(formatted) if target_rel.endswith(".py") else formatted.encode()
        except UnicodeEncodeError as error:
            diagnostics.append(_cannot_encode(unit, source.encoding, error))
            continue
        outputs.append(output(target_rel, unit.source_rel, encoded))
    if len(outputs) < len(texts):
        outputs = []
    return Rendered(tuple(outputs), tuple(diagnostics), frozenset(fired), frozenset(runtime), is_lasting)


def names_wanted(unit: Unit, project: Project) -> frozenset[str] | None:
    """What other files of the project take from the target of ``unit``; None if nothing is known of other files."""
    if unit.module not in project.modules:
        return None
    new = _sync_name(unit, project)
    renamed = {new(name) for name in project.taken.get(unit.module, ())}
    return project.taken.get(unit.target_module, frozenset()) | renamed


def classes_abstract(unit: Unit, project: Project) -> frozenset[str]:
    """Classes in the target of ``unit`` that have abstract methods from other modules. Wrappers of such have none."""
    if unit.settings.mode != "direct":
        return frozenset()
    new = _sync_name(unit, project)
    return frozenset(new(name) for name in project.abstract.get(unit.module, ()))


def elsewhere(unit: Unit, project: Project) -> Elsewhere:
    """What is known of the modules that the target of ``unit`` imports from.

    The sources hand on what conversion leaves alone, and the rest as what it becomes.
    """
    from unasync_plus.emit.stub_names import Elsewhere
    from unasync_plus.resolve.taken import absolute
    from unasync_plus.tables import lookup

    new = _sync_name(unit, project)

    def sync(name: str) -> str:
        module, _, last = name.rpartition(".")
        return f"{project.modules[module]}.{new(last)}" if module in project.modules else name

    passed = project.passed_on.items()
    return Elsewhere(
        lambda qualified: absolute(qualified, unit.target_module, unit.is_package),
        {sync(name): to for name, to in passed if name.rpartition(".")[0] not in project.modules or not lookup(to)},
        frozenset(map(sync, project.type_parameters)),
        {
            new(name.rpartition(".")[2]): frozenset(map(new, names))
            for name, names in project.inherited.items()
            if name.rpartition(".")[0] == unit.module
        },
    )


def _sync_name(unit: Unit, project: Project) -> Callable[[str], str]:
    from unasync_plus.resolve.naming import Namer

    return Namer(unit.settings, project.defined).new


def renamer(unit: Unit, project: Project) -> Callable[[str], str]:
    """A name of the source → what it is called in the output, special methods too."""
    from unasync_plus.emit.sync_types import SPECIAL

    new = _sync_name(unit, project)
    return lambda name: SPECIAL.get(name) or new(name)


def stub_of(
    code: str, tree: Module | None, unit: Unit, project: Project, source: str, diagnostics: list[Diagnostic]
) -> str:
    """The stub of converted ``code`` (whose tree is ``tree``), with our header and the line ends of the code."""
    from unasync_plus.emit.stubs import Around, Origin, make_stub
    from unasync_plus.parse import with_room

    origin = Origin(unit.source_rel, source, renamer(unit, project))
    if (
        unit.settings.interface == "dual"
        and unit.settings.mode != "direct"
        and ("_overloaded" in code or "Self" in code)
    ):
        from libcst import parse_module

        from unasync_plus.facade.dual_overloads import typed_overloads

        found = tree if tree is not None else parse_module(code)
        tree = typed_overloads(found)
        code = code if tree is found else tree.code
    made = with_room(
        lambda: make_stub(
            code,
            path=unit.target_rel + "i",
            target_version=unit.settings.target_version,
            docstrings=unit.settings.stub_docstrings,
            module=tree,
            around=Around(names_wanted(unit, project), classes_abstract(unit, project), elsewhere(unit, project)),
            origin=origin,
        )
    )
    diagnostics += made.diagnostics
    text, _, _ = with_header(made.text, unit.source_rel, unit.settings.header)
    return text.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in code else text


def _too_deep(unit: Unit) -> Diagnostic:
    from unasync_plus.parse import too_deep

    return too_deep(unit.source_rel)


def _cannot_encode(unit: Unit, encoding: str, error: UnicodeEncodeError) -> Diagnostic:
    char = error.object[error.start : error.start + 1]
    message = f"the output has {char!r}, which {encoding}, the encoding of this file, does not have"
    help = "save the source as UTF-8 and remove its coding line, or change the entry that puts the character there"
    return Diagnostic(unit.source_rel, 1, 1, "UA005", Severity.ERROR, message, help)


def internal_error(source_rel: str, error: BaseException) -> Diagnostic:
    """Our own bug, told with the place in our code where it surfaced."""
    import traceback  # here, as nearly no run has a use for it

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "unasync_plus" in frame.filename]
    where = f", in {_inside_package(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    message = f"internal error: {type(error).__name__}: {error}{where}"
    help = "this is a bug of unasync-plus: please report it with the file; `exclude` leaves the file out meanwhile"
    return Diagnostic(source_rel, 1, 1, "UA000", Severity.ERROR, message, help)


def _inside_package(filename: str) -> str:
    path = Path(filename).as_posix()
    return path[path.rindex("unasync_plus/") :]

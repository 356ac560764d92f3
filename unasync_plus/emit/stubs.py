"""The stub of a generated module, made from its text: what went through the rules once need not go again.

The stub says what a type checker could find out from the code: annotations as they are written, inferred types where
the code leaves no doubt, and ``Any`` with a warning for everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import field
from pathlib import PurePosixPath

import libcst as cst

from unasync_plus.emit.stub_blocks import Block, walk
from unasync_plus.emit.stub_classes import class_lines
from unasync_plus.emit.stub_entries import Entry
from unasync_plus.emit.stub_excused import excused
from unasync_plus.emit.stub_exports import Exports, Listed, listed, only_imports
from unasync_plus.emit.stub_functions import Place
from unasync_plus.emit.stub_globals import merge_globals
from unasync_plus.emit.stub_layout import lines_of, settle
from unasync_plus.emit.stub_location import Locator
from unasync_plus.emit.stub_names import Elsewhere, Names
from unasync_plus.emit.stub_reader import read
from unasync_plus.emit.stub_values import Value
from unasync_plus.emit.stub_writer import Writer, docstring
from unasync_plus.model import Diagnostic, Severity
from unasync_plus.records import record

_CODING = re.compile(r"#.*?coding[:=]\s*[-\w.]+")


@record
class StubResult:
    """``text`` is the stub, to be written as UTF-8."""

    text: str
    diagnostics: tuple[Diagnostic, ...] = ()


@record
class Origin:
    """The async source that the code was made from; ``rename`` tells what its names have become."""

    path: str
    text: str
    rename: Callable[[str], str] = str


@record
class Around:
    """What is known of the project around a module."""

    wanted: Collection[str] | None = None
    """The names that other modules import from this one; None if nobody knows."""
    abstract: Collection[str] = ()
    """Its classes that inherit abstract methods of other modules."""
    elsewhere: Elsewhere = field(default_factory=Elsewhere)


def make_stub(
    code: str,
    *,
    path: str,
    target_version: tuple[int, int],
    docstrings: bool = False,
    module: cst.Module | None = None,
    around: Around | None = None,
    origin: Origin | None = None,
) -> StubResult:
    """The stub of ``code``, the text of a synchronous module that is going to be written to ``path``.

    ``module`` is ``code``, parsed, if the caller has it. The diagnostics point into ``origin`` if it is given, else into
    ``code``.
    """
    tree = module if module is not None else cst.parse_module(code)
    around = around or Around()
    names = Names.of(tree, around.elsewhere)
    if ":=" in code:
        names.bind_walruses(tree)
    if "type-arg" in code:
        names.excused = excused(tree, names)
    exported = listed(tree)
    exports = Exports(code, exported.names if exported else None, *_project(path), around.wanted, only_imports(tree))
    writer = Writer(names, exports, target_version, docstrings, frozenset(around.abstract))
    block = Block(writer, Place(), class_lines)
    read(block, tree.body)
    if "global " in code:
        merge_globals(block, tree)
    _complete_all(block, exported, writer)
    settle(block)
    _optional_imports(block, writer)
    text = "\n".join(_text(tree, block, writer)) + "\n"
    newline = tree.default_newline
    return StubResult(
        text.replace("\n", newline) if newline != "\n" else text, _diagnostics(origin or Origin(path, code), writer)
    )


def _project(path: str) -> tuple[bool, frozenset[str]]:
    """Whether ``path`` is a package's ``__init__``, and what absolute imports of its project begin with."""
    parts = PurePosixPath(path.replace("\\", "/"))
    return parts.stem == "__init__", frozenset(parts.parts[:-1]) - {"src", "lib", ".", ".."}


def _text(tree: cst.Module, block: Block, writer: Writer) -> list[str]:
    head = _header(tree)
    if writer.docstrings:
        head += docstring(tree, "")
    body = lines_of(block, inferred=True)
    return [*head, "", *body] if head and head[-1] and body else [*head, *body]


def _header(tree: cst.Module) -> list[str]:
    """The comments at the top, without those that name an interpreter or an encoding."""
    lines: list[str] = []
    for line in tree.header:
        comment = line.comment.value if line.comment else ""
        if comment.startswith("#!") or _CODING.match(comment):
            continue
        if not comment and lines:
            break
        if comment:
            lines.append(comment)
    return lines


def _complete_all(block: Block, exported: Listed | None, writer: Writer) -> None:
    """Names that ``__all__`` lists and nothing defines are there all the same, by a module ``__getattr__`` perhaps."""
    if exported is None:
        return
    if not exported.complete:
        writer.tell("UA805", "__all__", "__all__ is put together at run time: type checkers cannot read it", "__all__")
    entries = list(walk(block))
    stars = any(entry.statement and isinstance(entry.statement.names, cst.ImportStar) for entry in entries)
    defined = {name for entry in entries for name in entry.names}
    if stars:
        return
    for name in sorted(exported.names - defined):
        block.add(Entry((name,), "value", value=Value(name, unknown=True)))


def _optional_imports(block: Block, writer: Writer) -> None:
    """``try: import x`` / ``except ImportError: x = None`` where the stub has no other use for ``x``."""
    for entry in list(block.entries):
        for name in sorted(entry.optional):
            if writer.names.uses(name):
                continue
            entry.names = tuple(other for other in entry.names if other != name)
            value = Value(name, unknown=True)
            if isinstance(entry.statement, cst.Import):
                value = Value(name, f"{writer.names.spell('types.ModuleType')} | None")
            block.add(Entry((name,), "value", value=value))
    settle(block)


def _diagnostics(origin: Origin, writer: Writer) -> tuple[Diagnostic, ...]:
    if not writer.findings:
        return ()
    locator = Locator(origin.text, origin.rename)
    found = [
        Diagnostic(origin.path, *locator.place(one.where, one.word), one.code, Severity.WARNING, one.message, one.help)
        for one in dict.fromkeys(writer.findings)
    ]
    return tuple(sorted(found))

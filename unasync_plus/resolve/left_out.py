"""Which names of the sources' modules the output does not have: those that `drop` or ``# unasync: skip`` leaves out, and
what other modules import of them.

From tokens alone, which all Python versions read alike.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from keyword import iskeyword
from typing import TYPE_CHECKING

from unasync_plus.config.decorators import decorator_forms
from unasync_plus.records import record
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.taken import imported_names, imports_in

if TYPE_CHECKING:
    from unasync_plus.config import Settings

_SKIP = re.compile(r"#\s*unasync:\s*skip\s*$")
_LAYOUT = frozenset({tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER})
_SCOPES = frozenset({"def", "class", "async def"})
_LOOSE = frozenset({"for", "with", "async", "except", "case"})
"""Statements of which every word passes for a name that they bind."""
_MORE_BRANCHES = frozenset({"else", "elif", "except", "finally"})


@record
class SourceFile:
    """One module of an async source."""

    module: str
    is_package: bool
    text: str
    settings: Settings


def names_left_out(files: Sequence[SourceFile], absent: Collection[str] = ()) -> frozenset[str]:
    """Qualified names, of definitions and of imports, all of whose bindings at the top of their modules are left out,
    and whose sync names nothing else there has; also what is imported of ``absent`` modules."""
    todo = sorted(_own(files))
    taken: dict[str, list[str]] = {}
    for file in files if todo or absent else ():
        for module, name, local in imported_names(imports_in(file.text), file.module, file.is_package):
            taken.setdefault(f"{module}.{name}", []).append(f"{file.module}.{local}")
            if module in absent or f"{module}.{name}" in absent:
                todo.append(f"{module}.{name}")
    gone = set[str]()
    while todo:
        name = todo.pop()
        if name not in gone:
            gone.add(name)
            todo.extend(taken.get(name, ()))
    return frozenset(gone)


@record
class _LeftOut:
    """The names that a module itself binds, and leaves out. ``imported``: where those come from that `drop` alone names."""

    gone: set[str]
    imported: dict[str, str]
    replaced: set[str]
    """Those whose sync names something else there has."""


def _own(files: Sequence[SourceFile]) -> set[str]:
    """Qualified names that modules themselves leave out; imports of what is replaced stay, and bring what replaces it."""
    found = {file.module: _gone(file) for file in files}
    replaced = {f"{module}.{name}" for module, one in found.items() for name in one.replaced}
    while more := {
        f"{module}.{name}"
        for module, one in found.items()
        for name, origin in one.imported.items()
        if origin in replaced and f"{module}.{name}" not in replaced
    }:
        replaced |= more
    return {f"{module}.{name}" for module, one in found.items() for name in one.gone} - replaced


def _gone(file: SourceFile) -> _LeftOut:
    own = {key for key, word in file.settings.directives.items() if word.strip() == "skip"}
    drop = file.settings.drop
    if not any(word in file.text for word in ("unasync:", *own, *(entry.rpartition(".")[2] for entry in drop))):
        return _LeftOut(set(), {}, set())
    imported = {
        local: f"{module}.{name}"
        for module, name, local in imported_names(imports_in(file.text), file.module, file.is_package)
    }

    def qualified(name: str) -> str:
        root, dot, rest = name.partition(".")
        return f"{imported.get(root, f'{file.module}.{root}')}{dot}{rest}"

    stays, goes, by_name = set[str](), set[str](), set[str]()
    for statement in _top_level(file.text, lambda comment: _is_skip(comment, own)):
        by = decorator_forms(form for name in statement.decorators for form in (name, qualified(name)))
        for name in statement.names if statement.kind not in _LOOSE or not statement.is_skipped else ():
            is_dropped = not {name, qualified(name), f"{file.module}.{name}", *by}.isdisjoint(drop)
            (goes if statement.is_skipped or is_dropped else stays).add(name)
            if statement.kind == "from" and not statement.is_skipped:
                by_name.add(name)
    if stays & {"*", "__getattr__"}:
        return _LeftOut(set(), {}, set())  # which may give anything
    namer = Namer(file.settings, frozenset())
    top = f"{file.module.partition('.')[0]}."
    there = {form for name in stays if imported.get(name, top).startswith(top) for form in _forms(name, namer)} | stays
    replaced = {name for name in goes if not there.isdisjoint(_forms(name, namer))}
    by_drop = {name: imported[name] for name in (goes & by_name) - replaced if name in imported}
    return _LeftOut(goes - replaced, by_drop, replaced - stays)


def _forms(name: str, namer: Namer) -> set[str]:
    """What a name may be called in sync code."""
    return {name, namer.convention(name), namer.by_rename(name)}


def _is_skip(comment: str, own: Iterable[str]) -> bool:
    return _SKIP.search(comment) is not None or comment.lstrip("#").strip() in own


@record
class _Statement:
    """What a statement at the top level of a module, or in one of its branches, binds."""

    kind: str
    names: Sequence[str]
    decorators: Sequence[str]
    is_skipped: bool


def _top_level(text: str, is_skip: Callable[[str], bool]) -> Iterator[_Statement]:
    """The statements that are in no function and no class; those in an ``if`` that is skipped are skipped with it."""
    scope: int | None = None  # the depth of the function or class whose lines are passed over
    branches: dict[int, bool] = {}  # whether the statement of that depth that has blocks is skipped
    decorators: list[str] = []
    skipped = False
    for line in _logical_lines(text):
        if scope is not None and line.depth > scope:
            continue
        scope = None
        if line.words[:1] != ["@"]:
            skipped = skipped or any(map(is_skip, line.comments))
        if not line.words:
            continue
        if line.words[0] == "@":
            decorators.append("".join(line.words[1:]).partition("(")[0])
            continue
        kind, names = _bound(line.words)
        outer = any(branches.get(depth, False) for depth in range(line.depth))
        skipped = skipped or outer or (kind in _MORE_BRANCHES and branches.get(line.depth, False))
        yield _Statement(kind, names, decorators, skipped)
        branches[line.depth] = skipped
        if kind in _SCOPES:
            scope = line.depth
        skipped, decorators = False, []


def _bound(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """What kind of statement ``words`` are, and the names that it binds in the plainest ways."""
    kind = "async def" if list(words[:2]) == ["async", "def"] else words[0]
    if kind in _SCOPES:
        return kind, [words[len(kind.split())]]
    if kind == "from" and "import" in words:
        return kind, list(_aliases(words[list(words).index("import") + 1 :]))
    if kind == "type" and len(words) > 2 and words[1].isidentifier():
        return kind, [words[1]]
    if kind == "import":
        parts = " ".join(words[1:]).split(",")
        return kind, [part.split()[-1 if " as " in part else 0] for part in parts if part.strip()]
    if kind in _LOOSE:
        return kind, [word for word in words if word.isidentifier()]
    if iskeyword(kind):
        return kind, ()
    if len(words) > 1 and words[1] == ":":
        return "", [kind]
    targets = words[: list(words).index("=")] if "=" in words and "(" not in words[1:2] else ()
    return "", [word for word in targets if word.isidentifier()]


def _aliases(words: Sequence[str]) -> Iterator[str]:
    """The names that ``a, b as c`` binds."""
    for word, behind in zip(words, [*words[1:], ","], strict=True):
        if (word.isidentifier() or word == "*") and word != "as" and behind != "as":
            yield word


@record
class _Line:
    """A logical line, with the comments on its first and its last line in the file; or a comment between such lines."""

    depth: int
    words: Sequence[str]
    comments: Sequence[str]


def _logical_lines(text: str) -> Iterator[_Line]:
    columns: list[int] = []
    words: list[tuple[str, int]] = []
    comments: list[tuple[str, int]] = []
    for token in _tokens(text):
        if token.type == tokenize.INDENT:
            columns.append(len(token.string))
        elif token.type == tokenize.DEDENT:
            columns.pop()
        elif token.type == tokenize.COMMENT:
            if words:
                comments.append((token.string, token.start[0]))
            else:  # the dedent comes behind the comments above the statement
                yield _Line(sum(column <= token.start[1] for column in columns), [], [token.string])
        elif token.type == tokenize.NEWLINE:
            ends = (words[0][1], words[-1][1]) if words else ()
            found = [comment for comment, row in comments if row in ends]
            yield _Line(len(columns), [word for word, _ in words], found)
            words, comments = [], []
        elif token.type not in _LAYOUT:
            words.append((token.string, token.start[0]))


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError):
        return  # what is wrong with the file is reported when it is converted

"""Why is it so? The page of a code, and the source of a generated line."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from unasync_plus.config import Config
from unasync_plus.config.errors import nearest
from unasync_plus.model import SourceMap
from unasync_plus.records import record
from unasync_plus.store import read

from .codes import CODES
from .workspace import Workspace, open_workspace


class UnexplainedError(LookupError):
    """There is no such code, or no such line."""


@record
class Page:
    """What is to be known about a code."""

    code: str
    name: str
    text: str


@record
class Item:
    """One line of the list of all that the tool knows."""

    kind: str
    """"rule", "table" or "finding"."""
    code: str
    name: str
    summary: str


@record
class Origin:
    """Where a generated line comes from; ``source_line`` is 0 for one that was added, ``rules`` are codes."""

    target: str
    line: int
    source: str
    source_line: int
    rules: tuple[str, ...]


def page_of(code: str) -> Page:
    """The page of ``code``; ``UnexplainedError`` if nothing has it."""
    from unasync_plus.rewrite import catalogue

    wanted = code.strip().upper()
    for rule in catalogue.rules():
        if rule.code == wanted or rule.name == code.strip():
            return Page(rule.code, rule.name, rule.page)
    for rule in catalogue.rules():
        if wanted in rule.reports:
            return Page(wanted, rule.name, f"{rule.reports[wanted]}\n\n{rule.page}")
    if wanted in CODES:
        return Page(wanted, "", CODES[wanted])
    known = [*CODES, *(rule.code for rule in catalogue.rules())]
    raise UnexplainedError(
        f"there is no code {code}; did you mean {nearest(wanted, known)}? `unasync-plus rules` lists them all"
    )


def everything() -> list[Item]:
    """All rules by code, then the tables, then the codes that are no rules."""
    from unasync_plus import tables
    from unasync_plus.rewrite import catalogue

    found = [Item("rule", rule.code, rule.name, rule.summary) for rule in catalogue.rules()]
    for table in tables.all_tables():
        count = len(table.names) + len(table.methods)
        proved = f", proved against {table.distribution} {table.version}" if table.version else ""
        found.append(Item("table", "", table.library, f"what {count} names mean in sync code{proved}"))
    return found + [Item("finding", code, "", text) for code, text in CODES.items()]


def origin_of(target: str, line: int, config: Config) -> Origin:
    """What a line of the output at ``target`` was made from; ``UnexplainedError`` if there is no such line."""
    return origins_of(target, config)(line)


def origins_of(target: str, config: Config) -> Callable[[int], Origin]:
    """The same for all lines of ``target``; ``UnexplainedError`` if it is no output of ``config``."""
    workspace = open_workspace(config, (), use_cache=True)
    return _origins_of_stub(target, workspace) if target.endswith(".pyi") else _origins_of(target, workspace)


def _origins_of_stub(target: str, workspace: Workspace) -> Callable[[int], Origin]:
    """A line of a stub comes from what the line defines, or is part of the definition of."""
    from unasync_plus.emit.stub_location import Locator, defined_at

    in_code = _origins_of(target[:-1], workspace)
    try:
        stub, code = ((read(Path(path)) or b"").decode("utf-8", "replace") for path in (target, target[:-1]))
    except OSError:
        raise UnexplainedError(f"{target} is not there") from None
    locator = Locator(code)

    def origin(line: int) -> Origin:
        if not 1 <= line <= len(stub.splitlines()):
            raise UnexplainedError(f"{target} has no line {line}")
        name = defined_at(stub, line)
        found = in_code(locator.place(name)[0] if name else 1)
        return replace(found, target=f"{found.target}i", line=line)

    return origin


def _origins_of(target: str, workspace: Workspace) -> Callable[[int], Origin]:
    from .single import convert_unit

    wanted = os.path.realpath(target)
    unit = next((unit for unit in workspace.units if unit.is_python and os.path.realpath(unit.target) == wanted), None)
    if unit is None:
        raise UnexplainedError(f"{target} is no output of a configured package")
    result = convert_unit(read(unit.source) or b"", unit, workspace.project, workspace.units)
    if result.code is None:
        raise UnexplainedError(f"{unit.source_rel} is refused, it becomes nothing")
    unformatted = _unformatted_lines(result.code, read(unit.target) or b"")
    source_map = result.source_map or SourceMap()

    def origin(line: int) -> Origin:
        here = unformatted(line)
        if here is None:
            raise UnexplainedError(f"{target} has no line {line}")
        rules = tuple(source_map.rules.get(here, ()))
        return Origin(unit.target_rel, line, unit.source_rel, source_map.source_line(here), rules)

    return origin


def _unformatted_lines(code: str, written: bytes) -> Callable[[int], int | None]:
    """A line of the file → the line of ``code`` that became it, where a formatter may have moved it."""
    old, new = code.splitlines(), written.decode("utf-8", "replace").splitlines()
    import difflib  # here, as most runs make none

    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    blocks = matcher.get_matching_blocks() if old != new else [difflib.Match(0, 0, len(new))]

    def unformatted(line: int) -> int | None:
        if not 1 <= line <= len(new):
            return None
        for a, b, size in blocks:
            if b > line - 1:
                return max(1, a)  # between two blocks that stayed: the end of the first is as near as can be told
            if b <= line - 1 < b + size:
                return a + line - b
        return len(old)

    return unformatted

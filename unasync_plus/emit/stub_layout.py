"""The lines of a block, in order, with blank lines where a person would put them."""

from __future__ import annotations

from unasync_plus.emit.stub_blocks import Block, Entry, value_line
from unasync_plus.emit.stub_imports import import_lines
from unasync_plus.emit.stub_writer import INDENT


def settle(block: Block) -> None:
    """Give every entry but the imports its lines: which imports are needed is known only after that."""
    for entry in block.entries:
        if entry.value is not None and not entry.lines:
            entry.lines = [value_line(entry.value, block)]
        elif entry.block is not None:
            settle(entry.block)


def lines_of(block: Block) -> list[str]:
    """The entries as text; classes with a body stand apart from what is around them."""
    lines: list[str] = []
    apart_next = False
    previous = ""
    for entry in block.entries:
        text = _entry_lines(entry, block)
        if not text:
            continue
        apart = entry.kind == "class" and len(text) > 1
        changed = previous == "import" and entry.kind != "import"
        if lines and (apart or apart_next or (changed and not block.place.depth)):
            lines.append("")
        lines += text
        apart_next, previous = apart, entry.kind
    return lines


def _entry_lines(entry: Entry, block: Block) -> list[str]:
    if entry.statement is not None:
        return import_lines(entry.statement, entry.names, entry.comment, block.place.depth, block.writer)
    if entry.block is not None:
        return entry.lines + (lines_of(entry.block) or [INDENT * entry.block.place.depth + "pass"])
    return entry.lines

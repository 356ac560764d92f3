"""From the lines of the output back to the lines of the source, and to the rules that made them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import libcst as cst

from unasync_plus.emit.code import positions, tokens_of
from unasync_plus.model import SourceMap
from unasync_plus.tree import walk

_STATEMENTS = (cst.BaseStatement, cst.BaseSmallStatement, cst.Else, cst.Finally, cst.ExceptHandler, cst.Decorator)
_LINE_END = re.compile(r"\r\n|\r|\n")


def line_map(
    old: cst.Module,
    new: cst.Module,
    origins: Mapping[int, tuple[cst.CSTNode, cst.CSTNode]],
    touched: Sequence[tuple[str, cst.CSTNode]],
) -> SourceMap:
    """The map from ``new`` to ``old``; ``origins`` leads from the ``id`` of a new node to it and to what it was.

    A line inside a statement counts on from the statement's first known line.
    """
    originals = {id(node): node for node in walk(old)}
    pairs: list[tuple[cst.CSTNode, cst.CSTNode]] = []
    added: list[cst.CSTNode] = []
    for node in walk(new):
        if isinstance(node, cst.IndentedBlock):
            continue  # it begins where its first statement does, which may have been another one
        if id(node) in originals:
            pairs.append((node, node))
        elif id(node) in origins:
            pairs.append(origins[id(node)])
        elif isinstance(node, _STATEMENTS):
            added.append(node)
    new_places = positions(new, [node for node, _ in pairs] + added)
    old_places = positions(old, [node for _, node in pairs] + [node for _, node in touched])

    def lines(among: Iterable[tuple[cst.CSTNode, cst.CSTNode]]) -> dict[int, int]:
        found: dict[int, int] = {}
        for made, source in among:
            if id(made) in new_places and id(source) in old_places:
                line, source_line = new_places[id(made)][0], old_places[id(source)][0]
                found[line] = min(found.get(line, source_line), source_line)
        return found

    # what took the place of something else may have stood inside of that, on a line of its own
    known = lines(pairs) | lines(pair for pair in pairs if type(pair[0]) is type(pair[1]))
    fresh = {new_places[id(node)][0] for node in added if id(node) in new_places} - known.keys()
    text = _lines(new)
    placed = {**_comments(_lines(old), text, known), **known}
    return SourceMap(_filled(len(text), placed, fresh), _rules(known, touched, old_places))


def _lines(tree: cst.Module) -> list[str]:
    return _LINE_END.split("".join(tokens_of(tree)[0]))


def _comments(old: Sequence[str], new: Sequence[str], known: Mapping[int, int]) -> dict[int, int]:
    """Line of a comment → where it comes from: above what the line below it comes from, as they are no nodes of their own."""
    found: dict[int, int] = {}
    below = 0  # the line of the source that the next one of the output comes from
    for line in range(len(new), 0, -1):
        if line in known:
            below = known[line]
        elif _is_comment(new[line - 1]):
            above = list(_comments_above(old, below))
            same = [one for one in above if old[one - 1].strip() == new[line - 1].strip()]
            below = next(iter((*same, *above)), 0)
            found.update({line: below} if below else {})
        elif new[line - 1].strip():
            below = 0
    return found


def _comments_above(text: Sequence[str], line: int) -> Iterator[int]:
    """The lines right above ``line`` that are comments, upwards; blank ones are passed over."""
    for above in range(line - 1, 0, -1):
        if _is_comment(text[above - 1]):
            yield above
        elif text[above - 1].strip():
            return


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _filled(count: int, known: Mapping[int, int], fresh: set[int]) -> tuple[int, ...]:
    lines: list[int] = []
    last_new = last_old = 0
    for line in range(1, count + 1):
        if line in known:
            last_new, last_old = line, known[line]
            lines.append(last_old)
        elif line in fresh or not last_old:
            last_old = 0
            lines.append(0)
        else:
            lines.append(last_old + line - last_new)
    return tuple(lines)


def _rules(
    known: Mapping[int, int], touched: Sequence[tuple[str, cst.CSTNode]], places: Mapping[int, tuple[int, int]]
) -> dict[int, tuple[str, ...]]:
    """Generated line → the codes of the rules that touched it."""
    by_source: dict[int, list[int]] = {}
    for line, source in known.items():
        by_source.setdefault(source, []).append(line)
    found: dict[int, set[str]] = {}
    for code, node in touched:
        if id(node) in places:
            for line in by_source.get(places[id(node)][0], ()):
                found.setdefault(line, set()).add(code)
    return {line: tuple(sorted(codes)) for line, codes in sorted(found.items())}

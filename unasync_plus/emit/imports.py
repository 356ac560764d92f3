"""Import statements of the finished module: those nobody uses any more go, needed ones come, doubles are merged.

What was sorted stays sorted; what was not is left in its order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import libcst as cst

from unasync_plus.emit.added_imports import spaced, with_added
from unasync_plus.emit.import_nodes import Key, bound_name, module_of, single_import
from unasync_plus.emit.unused_imports import Prune, used_names
from unasync_plus.tree import dotted, replaced


def finish(
    tree: cst.Module,
    needed: Collection[Key],
    used_before: Collection[str],
    imported_before: Collection[str],
    exported: Collection[Key] = (),
    needed_at: Mapping[int, Collection[Key]] | None = None,
    renamed: Collection[str] = (),
    place: int | None = None,
) -> cst.Module:
    """``tree`` with its imports in order.

    ``used_before`` are the names that the source read anywhere: an import nobody used there either stays.
    ``needed`` imports are added if they are used, ``exported`` ones in any case. ``needed_at`` goes by the ``id`` of an
    import inside a function and says what takes its place. ``renamed`` are the new names of imports that were read.
    New imports stand before the statement with the number ``place``, if it is given.
    """
    used = used_names(tree)
    missing = [key for key in sorted({*needed, *exported}) if key in exported or bound_name(key) in used]
    gone = {name for name in imported_before if name in used_before and name not in used}
    gone |= {bound_name(key) for key in missing if key[1]}.intersection(imported_before)
    gone |= {name for name in renamed if name not in used and name not in imported_before}
    body: list[Any] = list(tree.body)
    taken = {bound_name(key) for key in missing}
    prune = Prune(gone, needed_at or {}, taken)
    while prune.gone or prune.places:
        body = prune.statements(body, is_module=True)
        if not prune.dropped_block:
            break
        left = used_names(replaced(tree, body=body))  # `if TYPE_CHECKING:` itself may have been the last to read a name
        prune = Prune({name for name in imported_before if name in used and name not in left}, {}, taken)
        used = left
    if missing:
        body = [*with_added(body[:place], missing), *(() if place is None else spaced(body[place:]))]
    body = _merged(body)
    return replaced(tree, body=body)


def _merged(body: list[Any]) -> list[Any]:
    """Of two equal imports in the leading run the second goes; two imports from one module there become one."""
    seen: set[tuple[str, str, str]] = set()
    new: list[Any] = []
    gap: list[cst.EmptyLine] = []
    for statement in body:
        statement, gap = _below(statement, gap), []
        node = single_import(statement)
        if node is None or isinstance(node.names, cst.ImportStar):
            new.append(statement)
            continue
        module = module_of(node) if isinstance(node, cst.ImportFrom) else ""
        keys = [(module, dotted(a.name) or "", dotted(a.asname.name) or "" if a.asname else "") for a in node.names]
        fresh = [alias for alias, key in zip(node.names, keys, strict=True) if key not in seen]
        if isinstance(node, cst.ImportFrom) or len(keys) == 1:
            seen.update(keys)
        if len(fresh) == len(node.names) or (not module and len(keys) > 1):
            new.append(statement)
        elif fresh:
            fresh[-1] = replaced(fresh[-1], comma=node.names[-1].comma)
            new.append(replaced(statement, body=[replaced(node, names=fresh)]))
        else:
            gap = [line for line in statement.leading_lines if line.comment is None][:1]
    return new


def _below(statement: Any, gap: list[cst.EmptyLine]) -> Any:
    """``statement`` under the blank line that stood above what went."""
    lines = getattr(statement, "leading_lines", None)
    if not gap or lines is None or any(line.comment is None for line in lines):
        return statement
    return replaced(statement, leading_lines=[*gap, *lines])

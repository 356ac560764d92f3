"""Types that the source writes without their parameters and excuses with a comment, which a stub may have to say again."""

from __future__ import annotations

import re

import libcst as cst

from unasync_plus.emit.stub_functions import comments_of_parameters, trailing_comment
from unasync_plus.emit.stub_inferred import is_generic
from unasync_plus.emit.stub_names import BUILTIN_TYPES, Names
from unasync_plus.emit.stub_text import annotation
from unasync_plus.emit.stub_union import members
from unasync_plus.tree import all_parameters, walk

EXCUSE = "  # type: ignore[type-arg, unused-ignore]"
_COMMENT = re.compile(r"#\s*type:\s*ignore\[[^\]]*\btype-arg\b")
_GENERIC = ("dict", "frozenset", "list", "set", "slice", "tuple", "type")
_BARE = re.compile(r"[\w.]+")


def excused(module: cst.Module, names: Names) -> frozenset[str]:
    """The bare types of the annotations that stand beside such a comment, as far as they may be generic."""
    found: set[str] = set()
    for node in walk(module):
        if isinstance(node, cst.FunctionDef):
            annotations = _of_function(node)
        elif isinstance(node, cst.SimpleStatementLine) and _excuses(node.trailing_whitespace.comment):
            annotations = [one.annotation for one in node.body if isinstance(one, cst.AnnAssign)]
        else:
            continue
        for one in annotations:
            found.update(filter(_BARE.fullmatch, members(annotation(one.annotation))))
    return frozenset(name for name in found if _may_be_generic(name, names))


def _may_be_generic(name: str, names: Names) -> bool:
    if name in names.classes:
        return is_generic(names.classes[name], names)
    return name not in ("None", "Any") and (name not in BUILTIN_TYPES or name in _GENERIC)


def _of_function(node: cst.FunctionDef) -> list[cst.Annotation]:
    """Those that stand on a line with such a comment."""
    beside = comments_of_parameters(node)
    on_one_line = not isinstance(node.whitespace_before_params, cst.ParenthesizedWhitespace)
    behind = _excuses(trailing_comment(node.body))
    given = [one for one in all_parameters(node.params) if one.annotation is not None]
    found = [one.annotation for one in given if _excuses(beside.get(one.name.value)) or (behind and on_one_line)]
    return [one for one in (*found, node.returns if behind else None) if one is not None]


def _excuses(comment: cst.Comment | None) -> bool:
    return comment is not None and _COMMENT.search(comment.value) is not None


def is_excused(text: str, names: Names) -> bool:
    """Whether the type ``text`` has a part that the source excuses."""
    return not names.excused.isdisjoint(members(text))

"""Asynchronous code that stands in a string, as an argument of `exec` or of pytester's `makepyfile`: which strings hold it."""

from __future__ import annotations

import ast
import re
from textwrap import dedent

import libcst as cst

from unasync_plus.python_warnings import without_python_warnings

_HINT = re.compile(r"\basync\s+(?:def|with|for)\b")
_ASYNC = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)


def holds_async_code(node: cst.SimpleString | cst.FormattedString) -> bool:
    """Whether the text is Python, with statements that only async code has; ``{…}`` of an f-string stands for a name."""
    if isinstance(node, cst.SimpleString):
        text = node.value
    else:
        text = "".join(part.value if isinstance(part, cst.FormattedStringText) else "_" for part in node.parts)
    if _HINT.search(text) is None:
        return False
    with without_python_warnings():
        try:
            whole = isinstance(node, cst.SimpleString)
            value = ast.literal_eval(text) if whole else text.replace("{{", "{").replace("}}", "}")
            tree = ast.parse(dedent(value))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    kinds = _ASYNC if "\n" in value.strip() else _ASYNC[:1]  # of one line, "async with care: …" may be a sentence
    return any(isinstance(part, kinds) for part in ast.walk(tree))

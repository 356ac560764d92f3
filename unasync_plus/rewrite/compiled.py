"""Which Pythons a text is for: each output is compiled before it is written."""

from __future__ import annotations

import ast
import re
import sys

import libcst as cst

from unasync_plus.python_warnings import without_python_warnings

_NEWER_SYNTAX = tuple(
    (literal, re.compile(pattern, re.MULTILINE))
    for literal, pattern in (
        ("match ", r"^\s*match\b[^=\n]*:\s*(?:\#.*)?$"),
        ("type ", r"^\s*type\s+\w+.*="),
        ("except", r"except\s*\*"),
        ("[*", r""),
        (": *", r"\*\w+\s*: \*\w"),
        ("]", r"\*\w+\]"),
        ("def ", r"def \w+\s*\["),
        ("class ", r"class \w+\s*\["),
    )
)
"""Syntax that some supported Python lacks: a text, and what else must be so. Other files need no second parse."""


def does_not_compile(code: str, path: str, target: tuple[int, int]) -> tuple[int, str] | None:
    """The line of ``code`` that Python ``target`` could not even compile, and why; None if there is none."""
    here = sys.version_info[:2]
    try:
        with without_python_warnings():
            compile(code, path, "exec", dont_inherit=True, optimize=0)
            if target < here and (target < (3, 9) or _may_be_newer(code)):
                ast.parse(code, feature_version=target)
        return None
    except SystemError:  # Python 3.11 cannot parse twice at once, in two threads or in a finalizer; it has compiled
        return None
    except (SyntaxError, ValueError) as error:
        if here < target and _parses_as_newest(code):
            return None
        return getattr(error, "lineno", None) or 1, str(getattr(error, "msg", error))


def oldest_python(text: str, path: str, wanted: tuple[int, int]) -> tuple[int, int]:
    """The oldest Python from ``wanted`` on that can compile ``text``; ``wanted`` if none can."""
    newest = max(sys.version_info[:2], wanted)
    versions = ((3, minor) for minor in range(wanted[1], newest[1] + 1))
    return next((version for version in versions if does_not_compile(text, path, version) is None), wanted)


def _may_be_newer(code: str) -> bool:
    """Whether ``code`` could have syntax that not every Python from 3.9 on has."""
    return any(literal in code and pattern.search(code) for literal, pattern in _NEWER_SYNTAX)


def _parses_as_newest(code: str) -> bool:
    """Whether the grammar of the newest Python accepts ``code``: all that can be said on an older one."""
    try:
        cst.parse_module(code)
    except cst.ParserSyntaxError:
        return False
    return True

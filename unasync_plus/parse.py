"""Bytes to a tree, or to a diagnostic: nothing a source file holds makes this raise."""

from __future__ import annotations

import ast
import codecs
import contextlib
import functools
import io
import re
import sys
import threading
import tokenize
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import libcst as cst

from unasync_plus.model import Diagnostic, Severity
from unasync_plus.python_warnings import without_python_warnings
from unasync_plus.records import record

_DEEP_NESTING = 400
"""Opening brackets in a file from which on the parser's own limit is worth checking for."""
_BRACKET = re.compile(r"[(){}\[\]]")
_TEXT = re.compile(
    r"#[^\n]*|(?:(?P<formatted>\b(?i:r?[ft]r?))|\b(?i:[bru]{1,2}))?"
    r"(?:\"{3}[^\\]*?(?:\\.[^\\]*?)*?\"{3}|'{3}[^\\]*?(?:\\.[^\\]*?)*?'{3}"
    r"|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')",
    re.DOTALL,
)
"""A comment or a string, ``formatted`` or not."""

_DEEP_STACK = 512 * 1024 * 1024
_DEEP_RECURSION = 100_000
T = TypeVar("T")


@record
class SourceText:
    """One source file: ``text`` without its byte order mark, and how to turn text back into its bytes."""

    path: str
    text: str
    encoding: str = "utf-8"
    bom: bool = False

    def encode(self, text: str) -> bytes:
        """``text`` in the encoding of the file that this source came from."""
        data = text.encode(self.encoding)
        return codecs.BOM_UTF8 + data if self.bom else data


def decode(data: bytes | str, path: str) -> SourceText | Diagnostic:
    """Find the encoding as the interpreter does (BOM, coding line, UTF-8) and decode."""
    if isinstance(data, str):
        return SourceText(path, data.removeprefix("\ufeff"), bom=data.startswith("\ufeff"))
    bom = data.startswith(codecs.BOM_UTF8)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        text = data[len(codecs.BOM_UTF8) if bom else 0 :].decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        line = data.count(b"\n", 0, error.start) + 1 if isinstance(error, UnicodeDecodeError) else 1
        return Diagnostic(
            path,
            line,
            1,
            "UA002",
            Severity.ERROR,
            f"cannot decode this file: {error}",
            "save it as UTF-8, or name its encoding in a coding line (PEP 263)",
        )
    return SourceText(path, text, encoding, bom)


def parse(source: SourceText) -> cst.Module | Diagnostic:
    """The libcst tree of ``source``."""
    text = source.text
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return _syntax_error(source, line, 1, "the file holds a null byte")
    if _nesting(text) > _DEEP_NESTING:
        return too_deep(source.path)
    try:
        return module_of(text)
    except cst.ParserSyntaxError as error:
        return _syntax_error(source, *(_as_python_says(text) or (error.raw_line, error.raw_column + 1, error.message)))
    except RecursionError:
        return too_deep(source.path)
    except Exception as error:  # libcst's own bugs surface as assorted exceptions: the file is refused, not the run
        return _syntax_error(source, 1, 1, f"libcst cannot read this file: {type(error).__name__}: {error}")


def _as_python_says(text: str) -> tuple[int, int, str] | None:
    """Line, column and message of Python's own parser, which says more than libcst's; None if it finds no fault."""
    try:
        with without_python_warnings():
            ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1, error.offset or 1, error.msg
    except Exception:  # what else it cannot do with such text matters to nobody
        pass
    return None


def module_of(text: str) -> cst.Module:
    """The same as ``libcst.parse_module`` in four fifths of the time; raises what it raises.

    libcst checks each node that is made, those of its own parser too, which makes none but valid ones: nodes that are
    made by hand while another thread is in here are not checked either. Half of all nodes are white space, of which only
    the text matters: all of the same text is one node, but where another thread could come upon how that is done.
    """
    _NODE.__post_init__ = _unchecked  # which is there for the checks alone
    try:
        with contextlib.nullcontext() if threading.active_count() > 1 else _one_of_each():
            return cst.parse_module(text)
    finally:
        _NODE.__post_init__ = _checked


def _unchecked(_: cst.CSTNode) -> None:
    pass


_NODE: Any = cst.CSTNode
_checked = _NODE.__post_init__


@contextlib.contextmanager
def _one_of_each() -> Iterator[None]:
    """While inside, the parser gets white space from a cache: it looks up the class of each node that it makes."""
    kinds: dict[str, Any] = {name: vars(cst)[name] for name in ("SimpleWhitespace", "Newline", "TrailingWhitespace")}
    vars(cst).update({name: functools.cache(kind) for name, kind in kinds.items()})
    try:
        yield
    finally:
        vars(cst).update(kinds)


def with_room(function: Callable[[], T]) -> T:
    """Call ``function``; if its recursion does not fit, once more in a thread with a stack of 512 MB.

    Trees are walked recursively. What people write needs a tenth of the ordinary stack; an expression of 500 operators
    or calls in a row needs this.
    """
    try:
        return function()
    except RecursionError:
        pass
    results: list[T] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            results.append(function())
        except BaseException as error:  # carried over to the calling thread
            errors.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(_DEEP_STACK)
    try:
        sys.setrecursionlimit(_DEEP_RECURSION)
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if errors:
        raise errors[0]
    return results[0]


def too_deep(path: str) -> Diagnostic:
    """The refusal of a file whose nesting no parser of today survives."""
    return Diagnostic(
        path,
        1,
        1,
        "UA003",
        Severity.ERROR,
        "this file is nested too deeply to be parsed",
        "split the expression, or leave the file out with `exclude`",
    )


def _nesting(text: str) -> int:
    """An upper bound of the bracket depth, from the text alone."""
    if text.count("(") + text.count("[") + text.count("{") <= _DEEP_NESTING:
        return 0
    depth = _depth(_BRACKET.findall(text))
    if depth <= _DEEP_NESTING:
        return depth
    # what a generator of code writes may have long strings, with brackets that nothing closes
    return _depth(_BRACKET.findall(_TEXT.sub(lambda found: found[0] if found["formatted"] else "", text)))


def _depth(brackets: Iterable[str]) -> int:
    deepest = depth = 0
    for bracket in brackets:
        depth = depth + 1 if bracket in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _syntax_error(source: SourceText, line: int, column: int, message: str) -> Diagnostic:
    return Diagnostic(
        source.path,
        max(line, 1),
        max(column, 1),
        "UA001",
        Severity.ERROR,
        f"cannot parse this file: {message.strip()}",
        "mend the syntax error; the existing output stays as it is until then",
    )

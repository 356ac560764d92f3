"""Trees are read and written past libcst's own checks and hooks: with the same result, and for nobody else."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from unasync_plus.emit.code import tokens_of
from unasync_plus.emit.plain_codegen import Plain, unhooked
from unasync_plus.parse import SourceText, module_of, parse

ROOT = Path(__file__).parent.parent
FILES = sorted(
    path for folder in ("unasync_plus", "fixtures/packages", "examples") for path in (ROOT / folder).rglob("*.py")
)
ODD = "x = ((a) + (  # one\n    b))\nif (y := [*z]):\n\tpass\n\nf'{a!r:>{b}}' 'c'; (yield)  # two"


@pytest.mark.parametrize("text", [ODD, "", "# alone", *map(Path.read_text, FILES[:: max(1, len(FILES) // 60)])])
def test_the_same_text_comes_back(text: str) -> None:
    tokens, comments = tokens_of(module_of(text))
    assert "".join(tokens) == text == cst.parse_module(text).code
    assert all(tokens[index].startswith("#") for index in comments)
    assert len(comments) == sum(isinstance(node, cst.Comment) for node in _all(cst.parse_module(text)))


def test_tokens_are_those_of_libcst() -> None:
    tree = cst.parse_module(ODD)
    slow = Plain(tree)
    tree._codegen(slow)
    assert (slow.tokens, slow.comments) == tokens_of(tree)


@pytest.mark.parametrize("text", ["x = 1\n", "x = = 1\n"])
def test_nodes_made_by_hand_are_checked_after_parsing(text: str) -> None:
    parse(SourceText("a.py", text))
    with pytest.raises(cst.CSTValidationError):
        cst.Name("")


def test_white_space_of_the_same_text_is_one_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # whatever threads other tests have left
    tree = module_of("a = b  # one\nc = d\ne = f\n")
    _, second, third = (one for one in tree.body if isinstance(one, cst.SimpleStatementLine))
    assert second.trailing_whitespace is third.trailing_whitespace
    assert isinstance(second.trailing_whitespace, cst.TrailingWhitespace)
    assert isinstance(second.trailing_whitespace.whitespace, cst.SimpleWhitespace)
    assert tree.deep_equals(cst.parse_module(tree.code))


def test_no_other_thread_comes_upon_that() -> None:
    """Which asks for the classes while texts are parsed."""
    seen = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add(cst.SimpleWhitespace)

    other = threading.Thread(target=look)
    other.start()
    try:
        for _ in range(20):
            module_of("x = (1, 2)\n" * 500)
    finally:
        done.set()
        other.join()
    assert seen == {cst.SimpleWhitespace}


@pytest.mark.parametrize("text", ["x = 1\n", "x = = 1\n"])
def test_the_classes_are_back_after_parsing(text: str) -> None:
    parse(SourceText("a.py", text))
    assert all(isinstance(kind, type) for kind in (cst.SimpleWhitespace, cst.Newline, cst.TrailingWhitespace))
    assert cst.SimpleWhitespace(" ") is not cst.SimpleWhitespace(" ")


def test_positions_are_found_meanwhile() -> None:
    """As another thread may ask for them."""
    with unhooked():
        found = MetadataWrapper(cst.parse_module(ODD)).resolve(PositionProvider)
    usual = MetadataWrapper(cst.parse_module(ODD)).resolve(PositionProvider)
    assert list(found.values()) == list(usual.values())


def test_hooks_are_back_afterwards() -> None:
    tree = cst.parse_module(ODD)
    with pytest.raises(ZeroDivisionError), unhooked():
        raise ZeroDivisionError
    calls = []
    sys.setprofile(lambda frame, event, _: calls.append(frame.f_code.co_filename) if event == "call" else None)
    try:
        assert tree.code == ODD
    finally:
        sys.setprofile(None)
    assert not any(name.endswith("plain_codegen.py") for name in calls)


def _all(node: cst.CSTNode) -> list[cst.CSTNode]:
    return [node, *(below for child in node.children for below in _all(child))]

"""What foreign modules have is read, not imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unasync_plus.rewrite.names.installed import lacks

MODULE = """\
raise RuntimeError("is never imported")
import os as system
from json import loads
if loads:
    def f(): ...
else:
    class C: ...
x, *y = 1, 2
with f() as z: pass
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "lacking").mkdir()
    (tmp_path / "lacking" / "__init__.py").write_text(MODULE)
    (tmp_path / "lacking" / "part.py").write_text("one = 1\n")
    (tmp_path / "lacking" / "lazy.py").write_text("def __getattr__(name): return name\n")
    (tmp_path / "lacking" / "star.py").write_text("from .part import *\n")
    (tmp_path / "lacking" / "broken.py").write_text("def f(:\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    lacks.cache_clear()
    yield tmp_path
    lacks.cache_clear()


def test_what_is_installed(library: Path) -> None:
    for name in ("system", "loads", "f", "C", "x", "y", "z", "part"):
        assert not lacks("lacking", name)
    assert lacks("lacking", "g")
    assert lacks("lacking.part", "two")
    for module in ("lacking.lazy", "lacking.star", "lacking.broken", "lacking.nowhere", "nowhere"):
        assert not lacks(module, "two")


def test_the_standard_library() -> None:
    assert lacks("json", "load_all")
    assert lacks("os.path", "joined")
    for module, name in (
        ("json", "loads"),
        ("os", "path"),
        ("xml", "dom"),
        ("json.JSONEncoder", "nothing"),
        ("this", "x"),
    ):
        assert not lacks(module, name)

"""The tools of these tests: what measures must be able to find fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixture_file import Fixture, read
from tree_score import Score, score

FIXTURE = """async def f(g):
    return await g()

# ---- config ----
# concurrency = "sequential"
#
# [rename]
# a = "b"

# ---- sync ----
def f(g):
    return g()

# ---- report ----
# 2:12 UA999 [warning] Something
"""


def test_a_fixture_is_read_and_written_back(tmp_path: Path) -> None:
    path = tmp_path / "case.py"
    path.write_text(FIXTURE)
    fixture = read(path)
    assert fixture.source == "async def f(g):\n    return await g()\n"
    assert fixture.mapping == {"stubs": False, "concurrency": "sequential", "rename": {"a": "b"}}
    assert fixture.code() == "def f(g):\n    return g()\n"
    assert fixture.report == ("2:12 UA999 [warning] Something",)
    assert fixture.text() == FIXTURE


def test_what_is_absent_is_asserted_absent() -> None:
    unchanged = Fixture("x = 1\n")
    assert unchanged.code() == "x = 1\n"
    assert unchanged.report == ()
    refused = Fixture("x = 1\n", report=("1:1 UA900 [error] No",))
    assert refused.code() is None
    warned = Fixture("x = 1\n", report=("1:1 UA900 [warning] Well",))
    assert warned.code() == "x = 1\n"


def test_a_blessed_fixture_says_no_more_than_it_must() -> None:
    assert Fixture("x = 1\n", sync="y = 1\n").blessed("x = 1\n", "x: int\n", ()) == Fixture("x = 1\n")
    assert Fixture("x = 1\n", stub="").blessed("y\n", "x: int\n", ()) == Fixture("x = 1\n", sync="y\n", stub="x: int\n")


@pytest.mark.parametrize("name", ["sink", "sync ----\n\n# ---- sync"])
def test_unknown_or_repeated_sections_are_errors(name: str, tmp_path: Path) -> None:
    path = tmp_path / "case.py"
    path.write_text(f"x = 1\n\n# ---- {name} ----\n")
    with pytest.raises(ValueError, match="sections must be"):
        read(path)


COMMITTED = '''"""Documented."""
import b
import a
from c import unused


def f(x):
    """Documented."""
    return a.f(x)  # spoken of


class Thing(b.Base):
    size = 1

    def get(self):
        return self.size
'''


def scored(tmp_path: Path, generated: str) -> Score:
    for folder, text in (("committed", COMMITTED), ("generated", generated)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.py").write_text(text)
    return score({tmp_path / "committed": tmp_path / "generated"})


def test_layout_documentation_and_order_of_imports_do_not_count(tmp_path: Path) -> None:
    text = "import a, b\ndef f(x): return (a.f(x))\nclass Thing(b.Base):\n  size=1\n  def get(self): return self.size\n"
    result = scored(tmp_path, text)
    assert result.differing == {}
    assert (result.functions, result.bodies, result.percent) == (2, 2, 100.0)


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("return a.f(x)", "return a.g(x)", "committed/m.py::f"),
        ("def f(x)", "def f(x, y)", "committed/m.py::f"),
        ("def get(self)", "async def get(self)", "committed/m.py::Thing.get"),
        ("def get", "def read", "committed/m.py::Thing.get"),
        ("(b.Base)", "(b.Bass)", "committed/m.py::Thing (body)"),
        ("size = 1", "size = 2", "committed/m.py::Thing (body)"),
        ("import b", "import bb as b", "committed/m.py::(body)"),
    ],
)
def test_any_other_difference_counts(old: str, new: str, name: str, tmp_path: Path) -> None:
    result = scored(tmp_path, COMMITTED.replace(old, new))
    assert [*result.differing] == [name]


def test_a_missing_file_counts(tmp_path: Path) -> None:
    result = scored(tmp_path, COMMITTED)
    assert result.missing == []
    (tmp_path / "generated" / "m.py").unlink()
    result = score({tmp_path / "committed": tmp_path / "generated"})
    assert result.missing == ["committed/m.py"]
    assert result.percent == 0

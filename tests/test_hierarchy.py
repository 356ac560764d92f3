"""What classes derive from, as one reader tells it to all who ask."""

from __future__ import annotations

import pytest

from unasync_plus.resolve.hierarchy import Hierarchy

MODULES = {
    "lib": "from .base import Base as Root\nfrom . import base\n",
    "lib.base": "class Base:\n    class Meta: ...\nclass Near(Base, metaclass=type): ...\n",
    "lib.far": "import lib.base\nfrom lib import Root, base as b\n"
    "class Far(b.Near): ...\nclass Whole(lib.base.Near): ...\nclass Again(Root, Far): ...\n",
    "lib.loop": "from .loop import There\nfrom .loop2 import Here\nclass Self(Self): ...\n",
    "lib.loop2": "from .loop import Here\n",
}


def read(text: str = "") -> Hierarchy:
    modules = MODULES | {"lib.one": text}
    return Hierarchy(lambda module: (modules[module], module == "lib") if module in modules else None)


@pytest.mark.parametrize(
    ("header", "bases"),
    [
        ("A:", ()),
        ("A(B):", ("lib.one.B",)),
        ("A(B, metaclass=M, key=K):", ("lib.one.B",)),
        ("A(Generic[K, V], x.B[dict[str, C]], D):", ("lib.one.Generic", "lib.one.x.B", "lib.one.D")),
        ("A[T: (int, str)](B[T]):", ("lib.one.B",)),
        ('A(namedtuple("A", ["x", "y"]), B):', ("lib.one.B",)),
        ("A(  # of (all\n    B,  # and\n    C,\n):", ("lib.one.B", "lib.one.C")),
        ("A(B", ()),
    ],
)
def test_bases(header: str, bases: tuple[str, ...]) -> None:
    text = f"class {header}\n    pass\n"
    found = read(text).classes("lib.one")["A"]
    assert found.bases == bases
    assert text[found.end :] in (":\n    pass\n", "")


def test_a_class_at_the_top_goes_before_one_inside_of_something() -> None:
    found = read("if x:\n    class A(B): ...\nclass A(C): ...\nclass D:\n    class A: ...\n").classes("lib.one")
    assert found["A"].bases == ("lib.one.C",)
    assert found["A"].is_top
    assert not read().classes("lib.base")["Meta"].is_top


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("lib.Root", ["lib.base.Base"]),
        ("lib.far.Far", ["lib.far.Far", "lib.base.Near", "lib.base.Base"]),
        ("lib.far.Whole", ["lib.far.Whole", "lib.base.Near", "lib.base.Base"]),
        ("lib.far.Again", ["lib.far.Again", "lib.base.Base", "lib.far.Far", "lib.base.Near"]),
        ("lib.far.b.Near", ["lib.base.Near", "lib.base.Base"]),
        ("lib.loop.Self", ["lib.loop.Self"]),
        ("lib.loop.Here", []),
        ("elsewhere.Base", []),
    ],
)
def test_the_line_is_followed_through_imports(name: str, line: list[str]) -> None:
    assert list(read().line(name)) == line


def test_among_some_modules_the_others_are_not_there() -> None:
    some = read().among(lambda module: module != "lib.base")
    assert list(some.line("lib.far.Far")) == ["lib.far.Far"]
    assert some.text("lib.base") is None

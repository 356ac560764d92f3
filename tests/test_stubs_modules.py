"""Modules in stubs: imports, exports, constants, conditions, the header."""

from __future__ import annotations

from textwrap import dedent

import pytest
from stub_of import body, imports, stub, warnings

from unasync_plus.emit.stub_names import Elsewhere
from unasync_plus.emit.stubs import Around, Origin, make_stub
from unasync_plus.resolve.taken import imports_in, names_taken

CONSTANTS = {
    "X = 1": "X: int",
    "X = -1.5": "X: float",
    "X = 'a' 'b'": "X: str",
    "X = b''": "X: bytes",
    "X = None": "X: None",
    "X = (1, 'a')": "X: tuple[int, str]",
    "X = ()": "X: tuple[()]",
    "X = [1, 2]": "X: list[int]",
    "X = {'a': 1}": "X: dict[str, int]",
    "X = {'a', 'b'}": "X: set[str]",
    "X = {'a': {'b': 1}}": "X: dict[str, dict[str, int]]",
    "X = 60 * 60": "X: int",
    "X = 1 / 2": "X: float",
    "X = not Y": "X: bool",
    "X = Y = 2": "X: int\nY: int",
    "X, Y = 1, 'a'": "X: int\nY: str",
    "X: int = 3": "X: int",
    "X: Final = 3": "X: Final = 3",
    "X: Final = [1]": "X: Final[list[int]]",
    "X = frozenset({'a'})": "X: frozenset[str]",
    "X = object()": "X: object",
    "X = int('3')": "X: int",
    "X = 1\nX = 2": "X: int",
    "X = []  # type: list[int]": "X: list[int]",
    "X = str": "X = str",
    "X = Union[int, 'Foo']": "X = Union[int, Foo]",
    "X = int | None": "X = int | None",
    "X: TypeAlias = 'int | Foo'": "X: TypeAlias = int | Foo",
    "T = TypeVar('T', bound='Foo')": "T = TypeVar('T', bound='Foo')",
    "U = NewType('U', int)": "U = NewType('U', int)",
    "type X[T] = list[T]": "type X[T] = list[T]",
    "for X in (): pass\ndel X": "",
}


@pytest.mark.parametrize("code", CONSTANTS, ids=range(len(CONSTANTS)))
def test_constants_and_aliases(code: str) -> None:
    head = "from typing import Final, NewType, TypeAlias, TypeVar, Union\n"
    assert body(head + code) == f"{CONSTANTS[code]}\n"


def test_unknown_constants_are_any_with_a_warning() -> None:
    assert body("a = 1\nX = make()\n") == "a: int\nX: Any\n"
    assert warnings("a = 1\nX = make()\n") == ["2:1 UA801 the type of X cannot be told: the stub says Any"]


def test_only_the_imports_that_the_stub_needs() -> None:
    code = """
        from __future__ import annotations
        import os, sys
        import collections.abc
        import concurrent.futures
        import json as j
        from typing import Any, List, Optional as Opt
        from .a import A, B
        def f(x: List[A], y: concurrent.futures.Future[int]) -> Opt[j.JSONDecoder]:
            return os.fspath(B)
    """
    assert imports(code) == [
        "import concurrent.futures",
        "import json as j",
        "from typing import List",
        "from typing import Optional as Opt",
        "from .a import A",
    ]


def test_names_in_strings_and_checks_count_as_used() -> None:
    code = """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from .a import A
            from .b import B
        def f(x: "A") -> None: ...
    """
    assert imports(code) == ["from .a import A"]


def test_inferred_types_bring_their_imports() -> None:
    code = """
        from logging import getLogger
        import re as regex
        log = getLogger("a")
        pattern = regex.compile("a")
        x = y()
    """
    assert imports(code) == ["import re as regex", "from logging import Logger", "from typing import Any"]
    assert body(code) == "log: Logger\npattern: regex.Pattern[str]\nx: Any\n"


def test_a_package_hands_on_what_it_imports_from_its_own() -> None:
    code = """
        import os
        from pkg.b import B
        from ._private import _hidden
        from .a import A
        from .c import C as D
        from third import T
        x = 1
    """
    assert imports(code, "src/pkg/__init__.py") == [
        "from pkg.b import B as B",
        "from ._private import _hidden as _hidden",
        "from .a import A as A",
        "from .c import C as _D",
    ]
    assert "\nD = _D\n" in stub(code, "src/pkg/__init__.py")


def test_an_import_that_the_module_does_not_use_itself_is_for_others() -> None:
    code = """
        from .a import Used, Unused
        def f() -> int: return Used
    """
    assert imports(code) == ["from .a import Unused as Unused"]
    assert imports(code, around=Around(["Used"])) == [
        "from .a import Unused as Unused",
        "from .a import Used as Used",
    ]


def test_all_makes_names_public() -> None:
    code = """
        from .a import A
        from .b import *
        __all__ = ["A", "f"]
        __all__ += ["g"]
        __all__.extend(["h"])
        def f() -> None: ...
    """
    text = stub(code, "pkg/__init__.py")
    assert text == dedent("""\
        from .a import A
        from .b import *

        __all__ = ["A", "f"]
        __all__ += ["g"]
        __all__.extend(["h"])

        def f() -> None: ...
        """)


def test_names_that_only_all_knows_are_any() -> None:
    code = """
        __all__ = ["lazy"]
        def __getattr__(name: str) -> object: ...
    """
    assert "lazy: Any\n" in stub(code)
    assert warnings(code) == ["2:1 UA801 the type of lazy cannot be told: the stub says Any"]
    assert any("UA805" in one for one in warnings("__all__ = [x for x in names]\n"))


def test_conditions_that_type_checkers_know_stay() -> None:
    code = """
        import sys
        if sys.version_info >= (3, 11):
            from enum import StrEnum
            def f() -> int: ...
        elif sys.platform == "win32":
            def f() -> str: ...
        else:
            X = 1
    """
    assert stub(code) == dedent("""\
        import sys

        if sys.version_info >= (3, 11):
            def f() -> int: ...
        elif sys.platform == "win32":
            def f() -> str: ...
        else:
            X: int
        """)


def test_other_conditions_are_merged() -> None:
    code = """
        if HAVE:
            def f(a: int) -> int: ...
            X = None
        else:
            def f(a: str) -> int: ...
            X = 1
            def g() -> None: ...
    """
    assert body(code) == "def f(a: int) -> int: ...\n\nX: int | None\n\ndef g() -> None: ...\n"
    (warning,) = warnings(code)
    assert warning.startswith("3:5 UA803 f has another signature")


def test_imports_that_may_fail() -> None:
    code = """
        try:
            import orjson
        except ImportError:
            orjson = None
        try:
            from typing import Self
        except ImportError:
            from typing_extensions import Self
        try:
            from fast import dumps
        except ImportError:
            def dumps(x: object) -> str: ...
        class A:
            def f(self) -> Self: ...
    """
    text = stub(code)
    assert "orjson: ModuleType | None\n" in text
    assert "from typing_extensions import Self\n" in text
    assert "from typing import Self" not in text
    assert "def dumps" not in text


def test_what_only_checkers_see() -> None:
    code = """
        from typing import TYPE_CHECKING, Protocol, TypeVar, Union
        if TYPE_CHECKING:
            P = TypeVar("P", bound="Later")
            class Later(Protocol): ...
            Alias = Union[int, str]
        else:
            Later = object
        if TYPE_CHECKING:
            class Only(Protocol): ...
        def f(x: P, y: Only) -> P: ...
    """
    text = stub(code)
    assert '_P = TypeVar("_P", bound="Later")\n' in text
    assert "@type_check_only\nclass Only(Protocol): ...\n" in text
    assert "\nclass Later(Protocol): ...\n" in text
    assert "def f(x: _P, y: Only) -> _P: ..." in text


def test_an_alias_that_only_checkers_see_is_told_about() -> None:
    code = """
        from typing import TYPE_CHECKING, Union
        if TYPE_CHECKING:
            Alias = Union[int, str]
    """
    (warning,) = warnings(code)
    assert warning.startswith("4:5 UA804 Alias exists only for type checkers")


def test_main_blocks_and_loops_leave_nothing() -> None:
    code = """
        for _name in ("a",):
            globals()[_name] = 1
        if __name__ == "__main__":
            x = 1
    """
    assert body(code) == "_name: Any\n"


def test_platform_assertions_come_first() -> None:
    code = "import sys\nassert sys.platform == 'win32'\nfrom ctypes import windll\nx = 1\n"
    assert stub(code).startswith("import sys\n\nassert sys.platform == 'win32'\n")


def test_the_header_stays_and_the_coding_line_goes() -> None:
    header = "# Generated by unasync-plus from a/b.py. Do not edit."
    code = f"#!/usr/bin/env python\n# -*- coding: latin-1 -*-\n{header}\n# Licence.\n\n# Comment.\nx = 1\n"
    assert stub(code) == f"{header}\n# Licence.\n\nx: int\n"


def test_newlines_are_those_of_the_code() -> None:
    assert stub("x = 1\r\ny = 'a'\r\n") == "x: int\r\ny: str\r\n"


@pytest.mark.parametrize("code", ["", "# only a comment\n", '"""Only a docstring."""\n', "pass\n"])
def test_empty_modules(code: str) -> None:
    assert stub(code).strip() in ("", "# only a comment")


def test_making_a_stub_of_a_stub_changes_nothing() -> None:
    code = """
        import sys
        from typing import Any, overload

        x: int

        class A:
            y: str
            @overload
            def f(self, a: int) -> int: ...
            @overload
            def f(self, a: str) -> Any: ...

        if sys.version_info >= (3, 12):
            def g() -> None: ...
    """
    once = stub(code)
    assert once == dedent(code).lstrip()
    assert stub(once) == once


def test_words_that_only_look_like_a_type_comment() -> None:
    assert body("X = 1  # type: the number of things\n") == "X: int\n"


def test_a_variable_that_speaks_of_itself() -> None:
    assert body("X = None\nX = X or 1\nY = Y or 2\n") == "X: Any\nY: Any\n"


def test_a_star_beside_names_of_the_same_module() -> None:
    code = "from .a import *\nfrom .a import B\nx: B\n"
    assert imports(code) == ["from .a import *", "from .a import B"]


def test_conditions_are_taken_as_a_type_checker_takes_them() -> None:
    code = """
        import sys
        from typing import TYPE_CHECKING
        assert not TYPE_CHECKING or sys.platform == "linux"
        if sys.platform == "win32" or (not TYPE_CHECKING and "docs" in sys.modules):
            x = 1
        if TYPE_CHECKING and sys.version_info >= (3, 12):
            y = 1
        if not TYPE_CHECKING and HAVE:
            def f() -> int: ...
        else:
            def f() -> str: ...
        del sys
    """
    assert stub(code) == dedent("""\
        import sys

        assert sys.platform == "linux"

        if sys.platform == "win32":
            x: int
        if sys.version_info >= (3, 12):
            y: int

        def f() -> str: ...
        """)


def test_an_import_for_checkers_that_the_module_defines_at_run_time() -> None:
    code = """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from typing import final
        else:
            def final(x): return x
        @final
        class A: ...
    """
    assert imports(code) == ["from typing import final as final"]


def test_type_variables_for_checkers_that_others_import() -> None:
    code = """
        from typing import TYPE_CHECKING, TypeVar
        if TYPE_CHECKING:
            ItemT = TypeVar("ItemT")
        def f(x: "ItemT") -> "ItemT": ...
    """
    assert 'ItemT = TypeVar("ItemT")' in body(code)
    assert 'ItemT = TypeVar("ItemT")' in body(code, around=Around(["ItemT"]))
    assert '_ItemT = TypeVar("_ItemT")' in body(code, around=Around([]))


def test_names_that_a_file_takes_from_others() -> None:
    text = dedent("""
        import pkg.io as io
        from . import helpers as _helpers, models
        from ..base import (  # comment
            One as Other,
            Two,
        )
        from pkg.x import *
        def f(a: models.Model) -> io.Reader: return _helpers.load(a)
    """)
    modules = frozenset({"pkg", "pkg.io", "pkg.sub", "pkg.sub.helpers", "pkg.sub.models", "pkg.base"})
    assert names_taken(text, imports_in(text), "pkg.sub.mod", False, modules) == {
        ("pkg.io", "Reader"),
        ("pkg.sub", "helpers"),
        ("pkg.sub", "models"),
        ("pkg.sub.helpers", "load"),
        ("pkg.sub.models", "Model"),
        ("pkg.base", "One"),
        ("pkg.base", "Two"),
    }
    assert names_taken("", imports_in("from . import a\n"), "pkg", True, modules) == {("pkg", "a")}
    text = "import json, pkg.io as io\nio.Reader\n"
    assert names_taken(text, imports_in(text), "pkg", True, modules) == {("pkg.io", "Reader")}


def test_overloads_under_conditions_have_no_implementation_either() -> None:
    code = """
        import sys
        from typing import overload
        if sys.version_info >= (3, 11):
            @overload
            def f(a: int) -> int: ...
            @overload
            def f(a: str) -> str: ...
        else:
            @overload
            def f(a: int) -> int: ...
            @overload
            def f(a: bytes) -> bytes: ...
        def f(a: object) -> object: return a
    """
    assert stub(code).count("def f") == 4


def test_findings_are_told_at_the_lines_of_the_async_source() -> None:
    source = "# A comment.\n\nclass AsyncClient:\n    async def __aenter__(self): return g()\n"
    code = "class Client:\n    def __enter__(self): return g()\n"
    names = {"AsyncClient": "Client", "__aenter__": "__enter__"}
    origin = Origin("aio.py", source, lambda name: names.get(name, name))
    (found,) = make_stub(code, path="sync.py", target_version=(3, 9), origin=origin).diagnostics
    assert (found.path, found.line, found.column, found.code) == ("aio.py", 4, 5, "UA800")


def test_a_module_that_hands_on_what_others_have() -> None:
    code = """
        from . import _typing as t
        from ._typing import ClassVar as C

        T = t.TypeVar("T")

        class Box(t.Generic[T]):
            kind: C = 3

            @t.overload
            def get(self) -> T: ...
            @t.overload
            def get(self, default: int) -> T: ...
            def get(self, default=None): ...
    """
    names = {f"._typing.{name}": f"typing.{name}" for name in ("TypeVar", "Generic", "overload", "ClassVar")}
    handed = Around(elsewhere=Elsewhere(handed_on=names))
    assert body(code, around=handed) == (
        'T = t.TypeVar("T")\n\nclass Box(t.Generic[T]):\n    kind: C[int]\n    @t.overload\n    def get(self) -> T: ...\n'
        "    @t.overload\n    def get(self, default: int) -> T: ...\n"
    )


def test_a_type_variable_that_another_module_defines() -> None:
    code = """
        from ._types import T
        class Box(Base[T]):
            def __init__(self, value: T):
                self.value = value
        class Call:
            def __init__(self, value: T):
                self.value = value
    """
    known = body(code, around=Around(elsewhere=Elsewhere(type_parameters={"._types.T"})))
    assert "class Box(Base[T]):\n    value: T\n" in known and "class Call:\n    value: Any\n" in known


def test_a_dotted_import_in_a_package_brings_its_first_part() -> None:
    code = """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        from pkg.models.a import A
        if TYPE_CHECKING:
            import pkg.models
        class B(A):
            thing: pkg.models.Comment
    """
    made = stub(code, "pkg/models/__init__.py")
    assert "import pkg.models\nfrom pkg.models.a import A as A\n" in made
    assert "pkg = " not in made


def test_what_only_the_run_time_deletes_stays_for_checkers() -> None:
    code = """
        class Clock(tuple): ...
        _Clock = Clock
        if not TYPE_CHECKING:
            del Clock
        def now() -> Clock: ...
    """
    assert "class Clock(tuple): ..." in body(dedent(code))
    assert "class Clock" not in body(dedent(code).replace("not TYPE_CHECKING", "True"))


def test_what_a_branch_may_import_does_not_define_a_class_again() -> None:
    code = """
        class Message(NamedTuple):
            text: str
        try:
            if not PLAIN:
                from ._fast import Message
        except ImportError:
            pass
    """
    assert "import Message" not in stub(dedent(code))


def test_a_private_name_for_checkers_is_imported_by_its_name() -> None:
    code = """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            import numpy as _np
        else:
            from .optional import numpy as _np
        def f(x: _np.ndarray) -> None: ...
    """
    assert "import numpy as _np\n" in stub(dedent(code))


def test_a_module_says_nothing_of_what_every_module_has() -> None:
    assert body("__path__ = __import__('pkgutil').extend_path(__path__, __name__)\nx = 1") == "x: int\n"

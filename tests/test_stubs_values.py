"""Values in stubs: what type checkers work out of an expression that the stub can hold, and what only the code can hold."""

from __future__ import annotations

from textwrap import dedent

import pytest
from stub_of import body, imports, warnings

KNOWN = """
import operator
from collections import defaultdict
from pathlib import Path
from typing import Generic, TypeVar
T = TypeVar("T")
class Box(Generic[T]):
    def __init__(self, value: T, size: int = 0) -> None: ...
def make(x: int) -> Box[int]: ...
class Row: ...
SIZE = 3
gone = 1
del gone
"""

VALUES = {
    "Box(3)": "X = Box(3)",
    "Box[int](3)": "X: Box[int]",
    "operator.itemgetter(0)": "X = operator.itemgetter(0)",
    "Path(__file__).parent / 'a'": "X = Path(__file__).parent / 'a'",
    "sum([1, 2])": "X = sum([1, 2])",
    "[Row][0]": "X = [Row][0]",
    "tuple(Box(n) for n in range(SIZE))": "X = tuple(Box(n) for n in range(SIZE))",
    "tuple(n for n in range(SIZE))": "X = tuple(n for n in range(SIZE))",
    "tuple([1, 2])": "X: tuple[int, ...]",
    "tuple()": "X: tuple[()]",
    "[n * 2 for n in range(SIZE) if n]": "X: list[int]",
    "{c: len(c) for c in 'ab'}": "X: dict[str, int]",
    "(c for c in 'ab')": "X: Generator[str, None, None]",
    "type(None)": "X: type[None]",
    "type(SIZE)": "X: type[int]",
    "type('Made', (Row,), {})": "X = type('Made', (Row,), {})",
}
"""Expression → its line in the stub; nothing is said about it."""

ONLY_IN_CODE = {
    "lambda x: x": "Any",
    "make(lambda: 1)()": "Any",
    "nowhere.found(1)": "Any",
    "make(gone).y": "Any",
    "make(1) | make(2)": "Any",
    "make((Y := 1)).y": "Any",
    "defaultdict(list)": "defaultdict[Any, Any]",
    "dict([])": "dict[Any, Any]",
    "X or 2": "Any",
    "Box()": "Any",
}
"""What a stub cannot hold, or what says too little without the code around it → its type, with a warning."""


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_told_by_its_type_or_by_itself(value: str) -> None:
    code = f"{KNOWN}X = {value}\n"
    assert body(code).splitlines()[-1] == VALUES[value]
    assert warnings(code) == []


@pytest.mark.parametrize("value", ONLY_IN_CODE)
def test_what_the_stub_cannot_hold_is_any_with_a_warning(value: str) -> None:
    code = f"{KNOWN}X = {value}\n"
    assert [line for line in body(code).splitlines() if line.startswith("X")] == [f"X: {ONLY_IN_CODE[value]}"]
    (told,) = [one for one in warnings(code) if "of X cannot" in one]
    assert told == f"14:1 UA801 the type of X cannot be told: the stub says {ONLY_IN_CODE[value]}"


def test_what_a_value_speaks_of_is_imported() -> None:
    assert imports("import os\nimport re\nfrom functools import partial, wraps\nX = partial(os.path.join, 'a')\n") == [
        "import os",
        "from functools import partial",
    ]


def test_names_that_expressions_bind() -> None:
    code = """
        if (LIMIT := 10) > 5:
            ABOVE = LIMIT
        print(SHOWN := "a", lambda: (hidden := 1))
        class C:
            if (SIZE := 3):
                pass
    """
    assert body(code) == dedent("""\
        LIMIT: int
        ABOVE: int
        SHOWN: str

        class C:
            SIZE: int
        """)


def test_variables_that_functions_set() -> None:
    code = """
        _one = _other = _third = None
        _fourth = 0
        class Client:
            def keep(self) -> None:
                global _one
                _one = Client()
        def get() -> int:
            global _other, _third, _fourth, _fifth
            _other = nowhere()
            _fourth = None
            _fifth = 1
            def inner():
                _third = 1
            return 1
    """
    assert body(code).splitlines()[:4] == ["_one: Client | None", "_other: Any", "_third: None", "_fourth: int | None"]
    assert "_fifth" not in body(code)
    assert any("_other" in one for one in warnings(code))


def test_a_later_value_of_unknown_type_does_not_leave_none_alone() -> None:
    assert body("X = None\nX = nowhere()\n") == "X: Any\n"
    assert body("X = None\nif nowhere():\n    X = 1\n") == "X: int | None\n"


def test_functions_that_are_bound_by_hand() -> None:
    code = """
        from functools import partialmethod
        def shown(number: int, unit: str = "s") -> str: ...
        async def later(x: int) -> int: ...
        class C:
            def _padded(self, width: int, fill: str = " ") -> bytes: ...
            plain = staticmethod(shown)
            own = classmethod(lambda cls, x=1: cls)
            wide = partialmethod(_padded, 80)
            other = partialmethod(_padded, fill="-")
    """
    assert body(code).partition("class C:\n")[2] == (
        '    def _padded(self, width: int, fill: str = " ") -> bytes: ...\n'
        "    @staticmethod\n"
        '    def plain(number: int, unit: str = "s") -> str: ...\n'
        "    @classmethod\n"
        "    def own(cls, x: Any = 1) -> type[Self]: ...\n"
        '    def wide(self, fill: str = " ") -> bytes: ...\n'
        '    def other(self, width: int, *, fill: str = "-") -> bytes: ...\n'
    )


def test_keywords_of_a_partial_method_that_only_running_it_tells() -> None:
    code = """
        from functools import partialmethod
        class C:
            def _padded(self, width: int, *more: int, **rest: str) -> bytes: ...
            other = partialmethod(_padded, fill="-")
    """
    assert '    other = partialmethod(_padded, fill="-")\n' in body(code)


def test_what_a_method_gives_back_of_itself() -> None:
    code = """
        class C:
            def me(self):
                return self
            @classmethod
            def kind(cls):
                return cls
            @staticmethod
            def other(value):
                return value
    """
    lines = [line.strip() for line in body(code).splitlines() if "def " in line]
    assert lines == [
        "def me(self) -> Self: ...",
        "def kind(cls) -> type[Self]: ...",
        "def other(value: Any) -> Any: ...",
    ]


def test_bases_that_have_no_name() -> None:
    code = """
        from collections import namedtuple
        from typing import NamedTuple
        class Point(namedtuple("Point", "x y")):
            pass
        class _Pair(NamedTuple("Pair", [("left", "Point")])):
            both: int
        _TakenBase = 1
        class Taken(namedtuple("Taken", "x")):
            pass
    """
    assert [line for line in body(code).splitlines() if line] == [
        '_PointBase = namedtuple("_PointBase", "x y")',
        "class Point(_PointBase): ...",
        '_PairBase = NamedTuple("_PairBase", [("left", "Point")])',
        "class _Pair(_PairBase):",
        "    both: int",
        "_TakenBase: int",
        'class Taken(namedtuple("Taken", "x")): ...',
    ]


def test_classes_inside_of_classes() -> None:
    code = """
        from enum import Enum
        class Outer:
            class Config: ...
            class Kind(Enum):
                A = 1
            Alias = Config
            default = Config()
            def __init__(self) -> None:
                self.one = Outer.Config()
                self.two = self.Config()
                self.kind = self.Kind.A
                self.other = Outer.Kind.A
        class Derived(Outer):
            def __init__(self) -> None:
                self.three = self.Config()
    """
    lines = [line.strip() for line in body(code).splitlines()]
    assert "Alias: type[Config]" in lines and "default = Config()" in lines
    assert lines[1:5] == ["one: Outer.Config", "two: Outer.Config", "kind: Outer.Kind", "other: Outer.Kind"]
    assert "three: Outer.Config" in lines
    assert warnings(code) == []


def test_the_result_of_an_awaitable_class_without_annotations() -> None:
    code = """
        from unasync_plus.runtime.timeouts import wait_for
        class Job:
            def _run(self) -> bytes: ...
            _awaited_by_result = True
            def result(self, timeout=None):
                if timeout is not None:
                    return wait_for(self.result, timeout)
                return self._run()
        class Other:
            def result(self, timeout=None):
                return 1
    """
    assert "    def result(self, timeout: float | None = None) -> bytes: ...\n" in body(code)
    assert "    def result(self, timeout: Any = None) -> Any: ...\n" in body(code)


def test_quotes_over_several_lines() -> None:
    code = 'def f(x: """Optional[\n    Later\n]""" = None) -> "Later": ...\nclass Later: ...\n'
    assert body(f"from typing import Optional\n{code}").startswith("def f(x: Optional[Later] = None) -> Later: ...\n")


def test_decorators_that_give_back_what_they_get_with_a_first_argument() -> None:
    code = """
        from typing import Callable, TypeVar
        from typing_extensions import Concatenate, ParamSpec
        P = ParamSpec("P")
        R = TypeVar("R")
        S = TypeVar("S")
        def method(f: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]: ...
        def given(f: Callable[Concatenate[int, P], R]) -> Callable[P, R]: ...
        class C:
            @method
            def get(self, key: str) -> bytes: ...
            @given
            def less(self, key: str) -> bytes: ...
    """
    assert body(code).partition("class C:\n")[2] == (
        "    def get(self, key: str) -> bytes: ...\n    @given\n    def less(self, key: str) -> bytes: ...\n"
    )

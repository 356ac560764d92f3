"""Functions, constants and aliases in stubs."""

from __future__ import annotations

from textwrap import dedent

import pytest
from stub_of import body, stub, warnings

SIGNATURES = {
    "def f(a: int, b: str = 'x') -> int: return a": "def f(a: int, b: str = 'x') -> int: ...",
    "def f(a: int, /, b: int = 1, *, c: bool = True) -> None: pass": (
        "def f(a: int, /, b: int = 1, *, c: bool = True) -> None: ..."
    ),
    "def f(*args: int, k: int, **kw: str) -> None: pass": "def f(*args: int, k: int, **kw: str) -> None: ...",
    "def f(a: float = -1.5, b: complex = 1j) -> None: pass": "def f(a: float = -1.5, b: complex = 1j) -> None: ...",
    "def f(a: int = 60 * 60, b: int = LIMIT) -> None: pass": "def f(a: int = ..., b: int = ...) -> None: ...",
    "def f(a: T = Color.RED, b: object = object()) -> None: pass": "def f(a: T = ..., b: object = ...) -> None: ...",
    "def f(a: tuple[int, str] = (1, 'a')) -> None: pass": "def f(a: tuple[int, str] = (1, 'a')) -> None: ...",
    "def f(a: str = f'{x}', b: F = lambda: 1) -> None: pass": "def f(a: str = ..., b: F = ...) -> None: ...",
    "def f(a: list[str] = []) -> None: pass": "def f(a: list[str] = []) -> None: ...",
    "def f(a: 'Foo', b: list['Foo | None']) -> 'Foo': return a": "def f(a: Foo, b: list[Foo | None]) -> Foo: ...",
    "def f(a: Literal['a b', 'c']) -> None: pass": "def f(a: Literal['a b', 'c']) -> None: ...",
    "def f(a: int = None) -> None: pass": "def f(a: int | None = None) -> None: ...",
    "def f(a: Maybe = None) -> None: pass": "def f(a: Maybe = None) -> None: ...",
    "def f(a: Union[\n    int,  # whole\n    str,\n]) -> None: pass": "def f(a: Union[int, str]) -> None: ...",
    "def f() -> Iterator[int]: yield 1": "def f() -> Iterator[int]: ...",
    "async def f() -> int: return 1": "async def f() -> int: ...",
    "async def f() -> AsyncIterator[int]:\n    yield 1": "def f() -> AsyncIterator[int]: ...",
    "def f[T: int](a: T) -> T: return a": "def f[T: int](a: T) -> T: ...",
    "def f(a: int) -> int: return a  # type: ignore[return-value]": "def f(a: int) -> int: ...",
    "def f(\n    a: list,  # type: ignore[type-arg]\n    b: set  # why\n) -> int:  # type: ignore[misc]\n    return 1": (
        "def f(a: list, b: set) -> int: ...  # type: ignore[misc, type-arg, unused-ignore]"
    ),
    "def f(a: X) -> int:  # type: ignore[valid-type]\n    return 1": (
        "def f(a: X) -> int: ...  # type: ignore[valid-type, unused-ignore]"
    ),
}


@pytest.mark.parametrize("code", SIGNATURES, ids=range(len(SIGNATURES)))
def test_signatures_stay_as_they_are_written(code: str) -> None:
    assert body(code) == SIGNATURES[code] + "\n"


def test_long_signatures_are_wrapped() -> None:
    parameters = "first_parameter: int, second_parameter: str, third: bytes = b''"
    code = f"def function_with_a_name({parameters}) -> dict[str, int]: ..."
    assert body(code) == dedent("""\
        def function_with_a_name(
            first_parameter: int, second_parameter: str, third: bytes = b''
        ) -> dict[str, int]: ...
        """)
    many = ", ".join(f"parameter_{number}: int = {number}" for number in range(5))
    assert "\n    parameter_4: int = 4,\n) -> None: ...\n" in body(f"def f({many}) -> None: pass")


RESULTS = {
    "def f():\n    print(1)": "None",
    "def f():\n    return": "None",
    "def f():\n    if x: return 1\n    return 2": "int",
    "def f():\n    return f'{x}'": "str",
    "def f(a: bytes):\n    return a": "bytes",
    "def f():\n    return [1, 'a']": "list[int | str]",
    "def f():\n    return None if x else True": "bool | None",
}


@pytest.mark.parametrize("code", RESULTS, ids=range(len(RESULTS)))
def test_a_result_that_leaves_no_doubt_is_told(code: str) -> None:
    assert body(code).partition(" -> ")[2] == f"{RESULTS[code]}: ...\n"
    assert warnings(code) == []


@pytest.mark.parametrize("code", ["def f(): return g()", "def f(): raise NotImplementedError", "def f(): pass"])
def test_any_other_result_is_any_with_a_warning(code: str) -> None:
    assert body(code) == "def f() -> Any: ...\n"
    assert warnings(code) == ["1:1 UA800 f has no annotation for its result: the stub says Any"]


def test_parameters_without_annotation_are_any_with_one_warning() -> None:
    code = """
        class A:
            def f(self, a, b=1, *args, c: int, **kw) -> None: ...
    """
    assert "def f(self, a: Any, b: Any = 1, *args: Any, c: int, **kw: Any) -> None: ..." in stub(code)
    assert warnings(code) == ["3:5 UA800 A.f has no annotation for a, b, *args and **kw: the stub says Any"]


def test_a_generator_without_annotation() -> None:
    assert body("def f():\n    x = yield 1\n") == "def f() -> Generator[Any, Any, Any]: ...\n"
    assert body("def f():\n    def g():\n        yield 1\n    print(g)\n") == "def f() -> None: ...\n"


def test_overloads_replace_the_implementation() -> None:
    code = """
        from typing import overload
        @overload
        def f(a: int) -> int: ...
        @overload
        def f(a: str) -> str: ...
        def f(a: object) -> object: return a
    """
    assert body(code) == dedent("""\
        @overload
        def f(a: int) -> int: ...
        @overload
        def f(a: str) -> str: ...
        """)


def test_overloads_that_became_equal_are_merged() -> None:
    code = """
        from typing import overload
        @overload
        def f(a: int) -> int: ...
        @overload
        def f(a: int) -> int: ...
        def f(a: object) -> object: return a
    """
    assert stub(code) == "def f(a: int) -> int: ...\n"


DECORATORS = {
    "from contextlib import contextmanager as cm\n@cm": ["@cm"],
    "import functools\n@functools.wraps(g)": [],
    "from elsewhere import retry\n@retry(times=3)": ["@retry(times=3)"],
    "F = TypeVar('F')\ndef d(f: F) -> F: return f\n@d": [],
    "P = ParamSpec('P')\nR = TypeVar('R')\ndef d(f: Callable[P, R]) -> Callable[P, R]: return f\n@d": [],
    "F = TypeVar('F')\ndef d(n: int) -> Callable[[F], F]: ...\n@d(1)": [],
    "P = ParamSpec('P')\nR = TypeVar('R')\ndef d(f: Callable[P, R]) -> Callable[P, list[R]]: ...\n@d": ["@d"],
}


@pytest.mark.parametrize("code", DECORATORS, ids=range(len(DECORATORS)))
def test_decorators_that_may_change_a_type_stay(code: str) -> None:
    head = "from typing import Callable, ParamSpec, TypeVar\n"
    text = stub(f"{head}{code}\ndef target(a: int) -> int: return a\n")
    assert [line for line in text.splitlines() if line.startswith("@")] == DECORATORS[code]


def test_an_unannotated_decorator_is_dropped_with_a_warning() -> None:
    code = """
        def d(f): return f
        @d
        def g(a: int) -> int: return a
    """
    assert "\ndef g(a: int) -> int: ...\n" in stub(code)
    assert "4:1 UA802 decorator d has no return annotation: the stub gives g its own signature" in warnings(code)


def test_a_cached_function_is_an_object_of_the_cache() -> None:
    code = "from functools import lru_cache\n@lru_cache\ndef f(a: int) -> str: return ''\n"
    expected = "f: functools._lru_cache_wrapper[str]  # pyright: ignore[reportPrivateUsage]"
    assert stub(code) == f"import functools\n\n{expected}\n"


def test_registrations_of_a_singledispatch_function_are_no_definitions() -> None:
    code = """
        from functools import singledispatch
        @singledispatch
        def f(a: object) -> str: return ''
        @f.register
        def _(a: int) -> str: return ''
    """
    assert body(code) == "@singledispatch\ndef f(a: object) -> str: ...\n"


def test_docstrings_by_option() -> None:
    code = '''
        """Module."""
        def f() -> int:
            """One.

            Two.
            """
            return 1
        class A:
            """A class."""
    '''
    assert '"""' not in stub(code)
    assert stub(code, docstrings=True) == dedent('''\
        """Module."""

        def f() -> int:
            """One.

            Two.
            """

        class A:
            """A class."""
        ''')


def test_what_checkers_are_told_of_a_parameter_stays_with_it() -> None:
    long = "b" * 40
    code = f"def f(\n    a: list,  # type: ignore[type-arg]\n    {long}: int = 1,\n    *c{long}: set,  # type: ignore\n): pass\n"
    assert body(code) == (
        f"def f(\n    a: list,  # type: ignore[type-arg, unused-ignore]\n    {long}: int = 1,\n"
        f"    *c{long}: set,  # type: ignore\n) -> Any: ...\n"
    )

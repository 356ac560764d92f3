"""What stubtest says of stubs that are right: each limit once, as stubtest tells it, and as we explain it.

One that a later mypy has lost fails here, and can go from `limits` and the documentation.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from unasync_plus.emit.stubs import make_stub
from unasync_plus.types_gate.limits import beyond_stubtest

HEAD = """\
from __future__ import annotations
import enum
import os
from dataclasses import InitVar, dataclass
from typing import Any, Callable, Generic, Literal, NewType, Optional, TypeVar, Union
import typing_extensions
from typing_extensions import Annotated, ParamSpec, TypeAlias, TypeVarTuple

P = ParamSpec("P")
R = TypeVar("R")

"""

LIMITS = {
    "Mode": 'Mode = Literal["a", "b"]\n',
    "Only": 'Only = Literal["a"]\n',
    "UserId": 'UserId = NewType("UserId", int)\n',
    "Ts": 'Ts = TypeVarTuple("Ts")\n',
    "Quoted": 'Quoted: TypeAlias = "Union[int, str]"\n',
    "Place": 'class _Plain: ...\nPlace = Annotated[_Plain, "here"]\n',
    "Row": "class Row(typing_extensions.TypedDict):\n    n: int\n",
    "Plain": "@dataclass\nclass Plain:\n    f: InitVar[int] = 1\n",
    "Meta": (
        "class _Maker(type):\n    def __new__(cls, name: str, bases: Any, space: Any) -> Any:\n"
        '        if bases:\n            raise TypeError("none")\n        return super().__new__(cls, name, bases, space)\n'
        "class Meta(metaclass=_Maker): ...\n"
    ),
    "chosen": (
        'if os.environ.get("NOWHERE"):\n    def chosen(a: int) -> int:\n        return a\n'
        "else:\n    def chosen(b: int) -> int:\n        return b\n"
    ),
    "Wrong": "class Wrong:\n    port: int = None  # type: ignore[assignment]\n",
    "Static": (
        "def _changed(function: Callable[P, R]) -> Callable[P, list[R]]:\n"
        "    def changed(*args: P.args, **kwargs: P.kwargs) -> list[R]:\n        return [function(*args, **kwargs)]\n"
        "    changed.__wrapped__ = function\n    return changed\n"
        "class Static:\n    @staticmethod\n    @_changed\n    def get(number: int) -> int:\n        return number\n"
    ),
    "declared": "declared: int\n",
}
"""Name → code that defines it. Of some, stubtest speaks of several members."""

BEFORE_312 = {"Number": "class Number(int): ...\n"}
FROM_312 = {
    "Generated": (
        "class Generated(enum.Enum):\n"
        "    def _generate_next_value_(name: str, start: int, count: int, last: list[Any]) -> str:"
        "  # type: ignore[override, misc]\n        return name\n    ONE = enum.auto()\n"
    )
}


def test_each_limit_is_one_and_has_a_reason(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    limits = {**LIMITS, **(FROM_312 if sys.version_info >= (3, 12) else BEFORE_312)}
    code = HEAD + "\n".join(limits.values())
    (tmp_path / "limited.py").write_text(code)
    (tmp_path / "limited.pyi").write_text(make_stub(code, path="limited.py", target_version=(3, 9)).text)
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", "limited"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    told = [line.removeprefix("limited.").partition(" ") for line in done.stdout.splitlines()]
    unexplained = [f"{name} {message}" for name, _, message in told if not beyond_stubtest(name, message, code)]
    assert unexplained == [], done.stdout
    assert {name.partition(".")[0] for name, _, _ in told} == set(limits), done.stdout


def test_what_has_a_reason_elsewhere_has_none_without_it() -> None:
    code = HEAD + "".join(LIMITS.values())
    for name, message in (
        ("Place", "is not present in stub"),
        ("Plain.g", "is not present in stub"),
        ("Row.n", "is not present in stub"),
        ("Wrong.host", "variable differs from runtime type None"),
        ("_changed", "is inconsistent, runtime is a staticmethod but stub is not"),
        ("Only", "is inconsistent, stub parameter differs"),
    ):
        assert not beyond_stubtest(name, message, code), name

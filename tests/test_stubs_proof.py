"""The generated ``assert_type`` files, and that they would notice a wrong type."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import ROOT

from unasync_plus.api import build
from unasync_plus.config import Config
from unasync_plus.emit.assert_types import Proof, make_proof
from unasync_plus.emit.sync_types import SPECIAL

ASYNC = """
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import AsyncGenerator, Generic, Optional, TypeVar, Union, overload
from typing_extensions import Self
from .models import Response
T = TypeVar("T")
U = TypeVar("U")
class AsyncClient(Generic[T]):
    async def __aenter__(self) -> Self: ...
    async def get(self, key: str, *, default: "Optional[T]" = None) -> Union[T, Awaitable[T], None]: ...
    async def pages(self) -> AsyncGenerator[Response, None]:
        yield Response()
    def __aiter__(self) -> AsyncIterator[T]: ...
    @asynccontextmanager
    async def lock(self, *names: str) -> AsyncIterator[int]:
        yield 1
    @property
    def handler(self) -> Callable[[int], Awaitable[Response]]: ...
    @classmethod
    async def open(cls, url: str) -> "AsyncClient[int]": ...
    @overload
    async def one(self, a: int) -> int: ...
    @overload
    async def one(self, a: str) -> str: ...
    async def one(self, a): ...
    async def untold(self): ...
    async def loose(self, a, *b: int) -> int: ...
    async def decorate(self) -> Callable[[U], U]: ...
    async def _private(self) -> int: ...
@elsewhere
async def decorated() -> int: ...
async def gone() -> int: ...
"""

SYNC = """
from collections.abc import Iterator, Callable
from contextlib import contextmanager
from typing import Generator, Generic, Optional, TypeVar, Union, overload
from typing_extensions import Self
from .models import Response
T = TypeVar("T")
U = TypeVar("U")
class Client(Generic[T]):
    def __enter__(self) -> Self: ...
    def get(self, key: str, *, default: "Optional[T]" = None) -> Union[T, None]: ...
    def pages(self) -> Generator[Response, None, None]:
        yield Response()
    def __iter__(self) -> Iterator[T]: ...
    @contextmanager
    def lock(self, *names: str) -> Iterator[int]:
        yield 1
    @property
    def handler(self) -> Callable[[int], Response]: ...
    @classmethod
    def open(cls, url: str) -> "Client[int]": ...
    @overload
    def one(self, a: int) -> int: ...
    @overload
    def one(self, a: str) -> str: ...
    def one(self, a): ...
    def untold(self): ...
    def loose(self, a, *b: int) -> int: ...
    def decorate(self) -> Callable[[U], U]: ...
    def _private(self) -> int: ...
@elsewhere
def decorated() -> int: ...
"""


def rename(name: str) -> str:
    return SPECIAL.get(name) or re.sub("^Async(?=[A-Z])", "", name) or name


def prove(source: str = ASYNC, code: str = SYNC) -> Proof:
    return make_proof(source, code, module="lib.sync.client", is_package=False, rename=rename)


def test_the_expected_types_come_from_the_async_side() -> None:
    made = prove()
    lines = [line.strip() for line in made.text.splitlines() if "assert_type(" in line]
    assert lines == [
        "assert_type(self.__enter__(), _sync.Client[T])",
        "assert_type(self.get(p_key, default=p_default), Union[T, None])",
        "assert_type(self.pages(), Generator[Response, None, None])",
        "assert_type(self.__iter__(), Iterator[T])",
        "assert_type(value, int)",
        "assert_type(self.handler, Callable[[int], Response])",
        "assert_type(cls.open(p_url), Client[int])",
        "assert_type(self.one(p_a), int)",
        "assert_type(self.one(p_a), str)",
        "assert_type(self.loose(p_a, *p_b), int)",
    ]
    assert made.asserted == len(lines)
    assert made.skipped == (
        ("Client.untold", "its result has no annotation"),
        ("Client.decorate", "its result is generic by itself"),
        ("decorated", "@elsewhere may change it"),
    )
    assert "(self: _sync.Client[T], p_a: Any, *p_b: int) -> None:\n" in made.text
    assert "from lib.sync.models import Response as Response\n" in made.text
    assert "    with self.lock(*p_names) as value:\n" in made.text


def test_type_parameters_of_the_newest_syntax() -> None:
    source = "class AsyncBox[T, B: list[int]]:\n    async def map[U](self, item: U) -> dict[T, U]: ...\n"
    code = source.replace("async ", "").replace("AsyncBox", "Box")
    assert prove(source, code).text.endswith(
        dedent("""\
            def _Box_map_0[T, B: list[int], U](self: _sync.Box[T, B], p_item: U) -> None:
                assert_type(self.map(p_item), dict[T, U])
            """)
    )


MIXIN = """
from typing import List, Tuple, Type, TypeVar, Union
from typing_extensions import TypeGuard, TypeVarTuple, Unpack
D = TypeVar("D", bound="Union[AsyncDocument, AsyncView]")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")
class AsyncFinds:
    @classmethod
    async def find(cls: Type[D], name: str) -> List[D]: ...
    async def same(self: T) -> T: ...
class AsyncDocument(AsyncFinds):
    async def one(self: "AsyncDocument") -> "AsyncDocument": ...
    async def part(self: "AsyncTensor[int]") -> "AsyncTensor[str]": ...
class AsyncView(AsyncFinds): ...
class AsyncDraft(AsyncDocument):
    @classmethod
    async def first(cls: Type[D]) -> D: ...
class AsyncTensor(Generic[Unpack[Ts]]):
    async def shape(self) -> Tuple[Unpack[Ts]]: ...
    @staticmethod
    async def is_one(value: object) -> TypeGuard[int]: ...
"""


def test_what_a_class_is_part_of_and_what_a_guard_tells() -> None:
    made = prove(MIXIN, MIXIN.replace("async ", "").replace("Async", ""))
    assert made.skipped == ()
    assert made.text.partition("\n\n\n")[2].strip() == dedent("""\
        def _Finds_find_0(cls: type[Document], p_name: str) -> None:
            assert_type(cls.find(p_name), List[Document])


        def _Finds_same_0(self: _sync.Finds) -> None:
            assert_type(self.same(), _sync.Finds)


        def _Document_one_0(self: _sync.Document) -> None:
            assert_type(self.one(), Document)


        def _Document_part_0(self: Tensor[int]) -> None:
            assert_type(self.part(), Tensor[str])


        def _Draft_first_0(cls: type[_sync.Draft]) -> None:
            assert_type(cls.first(), _sync.Draft)


        def _Tensor_shape_0(self: _sync.Tensor[Unpack[Ts]]) -> None:
            assert_type(self.shape(), Tuple[Unpack[Ts]])


        def _Tensor_is_one_0(cls: type[_sync.Tensor[Unpack[Ts]]], p_value: object) -> None:
            if cls.is_one(p_value):
                assert_type(p_value, int)""")


def test_mypy_follows_the_proof_of_a_generated_package_and_notices_a_wrong_type(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    shutil.copytree(ROOT / "fixtures" / "packages" / "keyval", tmp_path / "keyval")
    assert build(Config.load(tmp_path / "keyval")).ok
    sources = tmp_path / "keyval" / "src"
    asserted = 0
    for path in sorted((sources / "keyval" / "sync").glob("*.py")):
        source = (sources / "keyval" / "aio" / path.name).read_text()
        module = f"keyval.sync.{path.stem}" if path.stem != "__init__" else "keyval.sync"
        made = make_proof(
            source,
            path.read_text(),
            module=module,
            is_package=path.stem == "__init__",
            rename=lambda name: {"aclose": "close"}.get(name) or rename(name),
        )
        assert made.skipped == ()
        asserted += made.asserted
        (tmp_path / f"proof_{path.stem}.py").write_text(made.text)
    assert asserted >= 15
    assert mypy(tmp_path, sources) == []
    stub = sources / "keyval" / "sync" / "client.pyi"
    stub.write_text(
        stub.read_text().replace("def delete(self, *keys: str) -> int", "def delete(self, *keys: str) -> float")
    )
    (found,) = mypy(tmp_path, sources)
    assert "[assert-type]" in found


def mypy(folder: Path, sources: Path) -> list[str]:
    files = [str(path) for path in sorted(folder.glob("proof_*.py"))]
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-incremental",
        "--no-error-summary",
        "--config-file=",
        *files,
    ]
    found = subprocess.run(
        command, cwd=folder, env={"MYPYPATH": str(sources)}, capture_output=True, text=True, timeout=200, check=False
    )
    return [line for line in found.stdout.splitlines() if "error:" in line]

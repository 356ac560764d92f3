"""What stubs know of other modules: abstract methods that are inherited, names handed on, type variables."""

from __future__ import annotations

from pathlib import Path

from project import TABLE, empty_project

from unasync_plus.resolve.abstract import inherited_abstract
from unasync_plus.resolve.hierarchy import Hierarchy

BASE = b"""
from abc import ABC, abstractmethod
class AsyncStore(ABC):
    @abstractmethod
    async def get(self): ...
    @property
    @abstractmethod
    def name(self): ...
class Near(AsyncStore):
    name = "near"
"""


def found(**modules: bytes) -> dict[str, frozenset[str]]:
    sources = {
        f"lib.{name}" if name != "lib" else name: (text.decode(), name == "lib") for name, text in modules.items()
    }
    sources["lib.base"] = BASE.decode(), False
    return inherited_abstract(sources, Hierarchy(sources.get))


def test_a_class_that_leaves_a_method_open() -> None:
    assert found(web=b"from .base import AsyncStore\nclass Web(AsyncStore):\n    async def get(self): ...\n") == {
        "lib.base": {"Near"},
        "lib.web": {"Web"},
    }


def test_a_class_that_defines_all_or_says_what_it_is() -> None:
    whole = b"from .base import Near\nclass Web(Near):\n    async def get(self): ...\n"
    said = b"from abc import ABCMeta\nfrom .base import Near\nclass Web(Near, metaclass=ABCMeta): ...\n"
    own = b"import abc\nfrom .base import Near\nclass Web(Near):\n    @abc.abstractmethod\n    def more(self): ...\n"
    mixed = b"from .base import Near\nclass Get:\n    def get(self): ...\nclass Web(Get, Near): ...\n"
    foreign = b"from other import Near\nclass Web(Near): ...\n"
    for text in (whole, said, own, mixed, foreign):
        assert found(web=text) == {"lib.base": {"Near"}}, text


def test_bases_are_followed_through_modules_that_speak_of_nothing_abstract() -> None:
    made = found(
        lib=b"from .base import AsyncStore as Store\n",
        web=b"from . import Store\nclass Web(Store[int]): ...\n",
        fast=b"from . import web\nclass Fast(web.Web): ...\n",
        last=b"# AsyncStore\nfrom .fast import Fast\nclass Last(Fast): ...\n",
        loop=b"from .loop import Loop\nclass Other(Loop): ...\n",
    )
    assert made == {"lib.base": {"Near"}, "lib.web": {"Web"}, "lib.fast": {"Fast"}, "lib.last": {"Last"}}


def test_the_stub_says_so_and_is_made_anew_when_the_other_module_changes(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    project.write("pyproject.toml", TABLE.replace("stubs = false\n", ""))
    project.write("src/pkg/_async/base.py", BASE)
    project.write("src/pkg/_async/web.py", "from .base import AsyncStore\n\n\nclass AsyncWeb(AsyncStore): ...\n")
    assert project.build().ok
    assert "class Web(Store, metaclass=abc.ABCMeta): ..." in project.read("src/pkg/_sync/web.pyi")
    project.write("src/pkg/_async/base.py", "class AsyncStore: ...\n")
    assert project.build().ok
    assert "class Web(Store): ..." in project.read("src/pkg/_sync/web.pyi")


def test_stubs_know_what_modules_of_the_project_hand_on_and_which_type_variables_they_define(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    project.write("pyproject.toml", TABLE.replace("stubs = false\n", "") + '[tool.unasync-plus.rename]\nAT = "T"\n')
    project.write("src/pkg/_typing.py", "from typing import Any as Any, TypeVar as TypeVar, Generic as Generic\n")
    project.write("src/pkg/_async/types.py", 'from .. import _typing as t\n\nAT = t.TypeVar("AT")\n')
    code = """\
from .. import _typing as t
from .types import AT

class Box(t.Generic[AT]):
    def __init__(self, value: AT) -> None:
        self.value = value

class Call:
    def __init__(self, value: AT) -> None:
        self.value = value
"""
    project.write("src/pkg/_async/box.py", code)
    assert project.build().ok
    assert 'T = t.TypeVar("T")' in project.read("src/pkg/_sync/types.pyi")
    stub = project.read("src/pkg/_sync/box.pyi")
    assert "class Box(t.Generic[T]):\n    value: T\n" in stub
    assert "class Call:\n    value: Any\n" in stub


def test_bases_are_not_what_they_are_subscripted_with_and_imports_may_have_comments(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    project.write("pyproject.toml", TABLE.replace("stubs = false\n", ""))
    base = "class Base(Generic[T]):\n    def __init__(self) -> None:\n        self.state = 0\n"
    project.write("src/pkg/_base.py", f'from typing import Generic, TypeVar\n\nT = TypeVar("T")\n\n{base}')
    project.write(
        "src/pkg/_async/link.py", "class AsyncLink:\n    def __init__(self) -> None:\n        self.other = 0\n"
    )
    code = """\
from .._base import (  # (of all)
    Base,
)
from .link import AsyncLink

class AsyncClient(Base["AsyncLink"]):
    async def start(self) -> None:
        self.state = 1
        self.other = 2
"""
    project.write("src/pkg/_async/client.py", code)
    assert project.build().ok
    made = 'class Client(Base["Link"]):\n    other: int\n    def start(self) -> None: ...\n'
    assert project.read("src/pkg/_sync/client.pyi").endswith(made)


def test_stubs_do_not_repeat_what_a_base_in_another_module_has(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    project.write("pyproject.toml", TABLE.replace("stubs = false\n", ""))
    shared = """\
from dataclasses import dataclass
from typing import Optional

class Root:
    def __init__(
        self,
    ) -> None:
        self.pid: Optional[int] = None

@dataclass
class Shared(
    Root,
):
    token: Optional[str] = None

other = 1
"""
    code = """\
from dataclasses import dataclass
from .._handed import Shared as Base

@dataclass
class AsyncClient(Base, metaclass=type):
    async def start(self) -> None:
        self.pid = 1
        self.token = "a"
        self.other = 2
"""
    project.write("src/pkg/_shared.py", shared)
    project.write("src/pkg/_handed.py", "from ._shared import Shared\n")
    project.write("src/pkg/_async/client.py", code)
    assert project.build().ok
    assert project.read("src/pkg/_sync/client.pyi").endswith(
        "class Client(Base, metaclass=type):\n    other: int = field(init=False)\n    def start(self) -> None: ...\n"
    )

"""Bridge mode, whole packages: in processes and Pythons of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import ROOT
from facade_made import write


def run(script: Path | str, *paths: Path, python: str = sys.executable) -> str:
    """What a program prints; it must end well, in time, and without a word on standard error."""
    command = [python, "-W", "error", *(["-c", script] if isinstance(script, str) else [str(script)])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


SMALL = """
    from __future__ import annotations
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import asynccontextmanager
    from dataclasses import dataclass, field
    from typing import Generic, NamedTuple, Optional, Protocol, TypeVar

    T = TypeVar("T")

    class Store(Protocol):
        async def put(self, n: int) -> None: ...

    @dataclass
    class Item:
        n: int
        tags: list[str] = field(default_factory=list)
        async def up(self) -> Item:
            await asyncio.sleep(0)
            return Item(self.n + 1)

    class Pair(NamedTuple):
        item: Item
        n: int = 0

    class Box(Generic[T]):
        def __init__(self, value: T) -> None:
            self.value = value
        async def get(self) -> T:
            return self.value
        async def all(self, n: int) -> AsyncIterator[T]:
            for _ in range(n):
                yield self.value
        @asynccontextmanager
        async def open(self) -> AsyncIterator[T]:
            yield self.value

    class Hooked:
        async def hook(self) -> str:
            return "base"
        async def run(self, f: Optional[Callable[[int], Awaitable[int]]] = None) -> object:
            return [await self.hook(), await f(1) if f else 0]

    async def pair(item: Item) -> Pair:
        return Pair(item, 2)

    async def store(target: Store) -> None:
        await target.put(3)
"""
PROGRAM = """
import asyncio, sys
from small.sync import *
from small.sync import Item, Box, Hooked, Pair, pair, store

item = Item(1)
assert item.up() == Item(2) and item.tags == []
box = Box[Item](item)
assert box.get() is item and list(box.all(2)) == [item, item]
with box.open() as inside:
    assert inside is item
assert pair(item) == Pair(item, 2)

class Mine(Hooked):
    def hook(self):
        return "mine " + super().hook()

assert Mine().run(lambda n: n + item.up().n) == ["mine base", 3]

class Store:
    def put(self, n):
        self.n = n

kept = Store()
store(kept)
assert kept.n == 3
if INTERFACE != "sync":
    async def main():
        if INTERFACE == "dual":
            assert await box.get.aio() is item
            assert [one async for one in box.all.aio(2)] == [item, item]
            async with box.open.aio() as inside:
                assert inside is item
        else:
            assert await box.get() is item
            assert [one async for one in box.all(2)] == [item, item]
    asyncio.run(main())
print("fine")
"""


def pythons() -> list[str]:
    """The interpreters of this machine that the output has to run on."""
    found = {sys.executable: sys.version_info[:2]}
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for minor in range(9, 15):
        places = sorted(versions.glob(f"3.{minor}.*/bin/python"))
        name = shutil.which(f"python3.{minor}")
        for place in [*map(str, places), *([name] if name else [])]:
            probe = [place, "-c", "import asyncio"]
            works = subprocess.run(probe, capture_output=True, check=False, timeout=60).returncode == 0
            if works and (3, minor) not in found.values():
                found[place] = (3, minor)
    return list(found)


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_the_output_and_its_runtime_on_every_python(interface: str, tmp_path: Path) -> None:
    write(tmp_path, SMALL, "small", interface=interface, runtime="vendor", target_version=(3, 9))
    for python in pythons():
        assert run(PROGRAM.replace("INTERFACE", repr(interface)), tmp_path, python=python) == "fine\n", python


def test_importing_starts_nothing(tmp_path: Path) -> None:
    write(tmp_path, SMALL, "small", runtime="vendor")
    script = "import threading, small.sync; print(threading.active_count())"
    assert run(script, tmp_path) == "1\n"


def test_threads_and_forks(tmp_path: Path) -> None:
    write(tmp_path, SMALL, "small", runtime="vendor")
    script = """
import os, sys, threading
from small.sync import Box, Hooked, Item
hooked = Hooked()
assert hooked.run(lambda n: n) == ["base", 1]
pid = os.fork()
if pid == 0:
    assert hooked.run(lambda n: Item(n).up().n) == ["base", 2]
    assert list(Box(1).all(2)) == [1, 1]
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
problems = []
def work():
    for n in range(50):
        if hooked.run(lambda n: Item(n).up().n) != ["base", 2]:
            problems.append(n)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(problems)
"""
    warned = "import warnings\nwarnings.filterwarnings('ignore', category=DeprecationWarning)\n"
    assert run(warned + script, tmp_path) == "[]\n"


def test_a_module_of_nothing_but_classes_that_inherit(tmp_path: Path) -> None:
    """Such a module makes no facade of its own, and its neighbours find its classes all the same."""
    made = write(
        tmp_path,
        {
            "base": "class Base:\n    def __init__(self, n: int) -> None:\n        self.n = n\n\n"
            "    async def get(self) -> int:\n        return self.n\n",
            "models": "from .base import Base\n\n\nclass Model(Base):\n    kind: str = 'model'\n",
            "store": "from .models import Model\n\n\nasync def find(n: int) -> Model:\n    return Model(n)\n",
        },
        name="inherits",
    )
    assert "Facade" not in made.text("models")
    program = """
        from inherits.sync.models import Model
        from inherits.sync.store import find
        found = find(3)
        print(type(found) is Model, found.get(), found.kind)
    """
    assert run(dedent(program), tmp_path, ROOT) == "True 3 model\n"


def test_modules_whose_imports_stand_in_unusual_places(tmp_path: Path) -> None:
    """Imports below ``__all__``, definitions before the last import, stand-ins for what is not installed, and names
    that one module imports from another only through a third."""
    made = write(
        tmp_path,
        {
            "__init__": '''
                """A package."""

                __author__ = "somebody"
                __all__ = ("Client", "Lazy", "stamp")
                LEVELS = [__author__]

                from .client import Client, Lazy
                from .times import stamp
            ''',
            "lazy": """
                try:
                    from not_installed_at_all import Lazy
                except ImportError:

                    class Lazy:
                        def __init__(self, n: int) -> None:
                            self.n = n
            """,
            "times": """
                import sys
                from typing import Any

                if sys.platform == "win32":

                    def stamp(value: Any) -> str:
                        return "windows"

                else:

                    def stamp(value: Any) -> str:
                        return f"stamp {value}"

                from .lazy import Lazy
            """,
            "client": """
                from .times import Lazy, stamp


                class Client:
                    async def get(self, n: int) -> str:
                        return stamp(Lazy(n).n)
            """,
        },
        name="unusual",
    )
    first, *_ = made.text("__init__").split("__author__")
    assert "from __future__ import annotations\n" in first
    program = """
        import unusual.sync
        from unusual.sync import Client, Lazy, stamp
        print(Client().get(2), Lazy(3).n, stamp(4), unusual.sync.LEVELS)
    """
    assert run(dedent(program), tmp_path, ROOT) == "stamp 2 3 stamp 4 ['somebody']\n"


def test_a_class_that_no_longer_answers_what_its_subclasses_are(tmp_path: Path) -> None:
    """`issubclass` asks the subclasses of a class of classes, which a library may have spoilt."""
    write(
        tmp_path,
        """
        from abc import ABC

        class Magic(ABC):
            def __init__(self, n: int) -> None:
                self.n = n
            def __subclasses__(self) -> list: ...
            async def get(self) -> int:
                return self.n

        class State:
            n = 1

        first = State()
        """,
        name="spoilt",
    )
    program = "from spoilt.sync import Magic, State, first; print(Magic(2).get(), first.n)"
    assert run(program, tmp_path, ROOT) == "2 1\n"


def test_type_checkers_see_aliases_in_classes_and_private_hooks(tmp_path: Path) -> None:
    made = write(
        tmp_path,
        """
        from __future__ import annotations
        from abc import ABC, abstractmethod
        from enum import Enum
        from typing import TypeAlias

        class Kind(Enum):
            A = 1

        class Base(ABC):
            Type: TypeAlias = Kind
            Other = Kind

            class Mode(Enum):
                FAST = 1

            mode: Base.Mode = Mode.FAST

            @staticmethod
            @abstractmethod
            def _made(n: int) -> int: ...

            async def get(self) -> Base.Type:
                return self.Type(self._made(1))

            async def set(self, kind: Kind, mode: Base.Mode) -> None:
                self.mode = mode

        class Real(Base):
            @staticmethod
            def _made(n: int) -> int:
                return n
        """,
        name="typed",
        target_version=(3, 10),
    )
    program = """
        from typed.sync import Base, Real

        real = Real()
        kind: Base.Type = real.get()
        mode: Base.Mode = real.mode
        real.set(Base.Other.A, Real.Mode.FAST)
        print(kind.name, mode.name)
    """
    assert run(dedent(program), tmp_path, ROOT) == "A FAST\n"
    assert "def _made(" in made.text("__init__").partition("class Real")[2]
    (tmp_path / "program.py").write_text(dedent(program))
    command = [sys.executable, "-m", "mypy", "--strict", "program.py"]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_a_module_that_wraps_nothing_but_attributes(tmp_path: Path) -> None:
    """Its class finds its package by the facade of the module, which nothing else there needs."""
    core = "class Light:\n    async def on(self) -> bool: return True\n"
    names = "from .core import Light\n\nclass Names:\n    light: Light = Light()\n"
    made = {"__init__": "from .names import Names as Names\n", "core": core, "names": names}
    write(tmp_path, made, "lib", runtime="vendor")
    assert run("from lib.sync import Names\nprint(Names.light.on())", tmp_path) == "True\n"

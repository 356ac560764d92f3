"""Bridge mode: modules that other modules, or the interpreter, find in an unusual way."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest
from facade_made import Make
from project import SampleProject

ENDING = EXTENSION_SUFFIXES[0]


def test_a_module_that_its_package_has_a_function_of(make: Make) -> None:
    made = make(
        {
            "__init__": "from .connect import connect\n",
            "connect": """
                class Client:
                    async def get(self) -> int:
                        return 7

                async def connect() -> Client:
                    return Client()
            """,
        }
    )
    assert made.sync().connect().get() == 7
    assert f'_async = import_module("{made.name}.aio.connect")' in made.text("connect")
    assert "import_module" not in made.text()


def test_a_module_whose_name_a_star_import_gives_something_else(make: Make) -> None:
    made = make(
        {
            "__init__": "from .models import *\n",
            "models": "from .logger import logger\n",
            "logger": """
                from logging import getLogger

                logger = getLogger("x")

                async def log() -> int:
                    return 7
            """,
        }
    )
    assert made.sync("logger").log() == 7
    assert f'_async = import_module("{made.name}.aio.logger")' in made.text("logger")
    assert "import_module" not in made.text("models")


def test_a_private_class_that_another_module_derives_from(make: Make) -> None:
    made = make(
        {
            "connection": """
                class _Proxied:
                    __slots__ = ()

                class Connection(_Proxied):
                    async def get(self) -> int:
                        return 7
            """,
            "pool": """
                from . import connection

                class Lent(connection._Proxied):
                    def __init__(self, inner: connection.Connection) -> None:
                        self.inner = inner
                    async def get(self) -> int:
                        return await self.inner.get()
            """,
        }
    )
    connection = made.sync("connection").Connection()
    lent = made.sync("pool").Lent(connection)
    assert lent.get() == 7 and isinstance(lent, made.sync("connection")._Proxied)


TABLE = """
[tool.unasync-plus]
mode = "{mode}"

[[tool.unasync-plus.package]]
source = "src/lib/aio"
target = "src/lib/sync"
"""
CLIENT = """
from ._json import make_encoder

async def get() -> object:
    return make_encoder
"""


def compiled(root: Path, mode: str, files: dict[str, str | bytes]) -> SampleProject:
    project = SampleProject(root)
    project.write("pyproject.toml", TABLE.format(mode=mode))
    for name, text in {
        "__init__.py": "",
        "aio/__init__.py": "from ._json import make_encoder\n",
        "aio/client.py": CLIENT,
        **files,
    }.items():
        project.write(f"src/lib/{name}", text)
    assert project.build().ok
    assert project.check().ok
    return project


@pytest.mark.parametrize("mode", ["bridge", "auto", "direct"])
def test_the_compiled_form_of_a_module_does_not_hide_the_converted_one(mode: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"aio/client{ENDING}": "compiled", f"aio/other{ENDING}": "an extension module"}
    project = compiled(tmp_path, mode, files)
    written = {path.name for path in (tmp_path / "src/lib/sync").iterdir()}
    assert {"client.py", "client.pyi"} <= written and f"client{ENDING}" not in written
    assert (f"other{ENDING}" in written) is (mode == "direct")
    assert "_json import make_encoder" in project.read("src/lib/sync/__init__.py")


def test_a_bridged_package_has_the_extension_modules_of_its_source(tmp_path: Path) -> None:
    found = find_spec("_json")
    if found is None or found.origin is None or not found.origin.endswith(ENDING):
        pytest.skip("no extension module at hand")
    project = compiled(tmp_path, "bridge", {f"aio/_json{ENDING}": Path(found.origin).read_bytes()})
    program = (
        "from lib import aio, sync\n"
        "from lib.sync import client\n"
        "print(client.get() is aio.make_encoder is sync.make_encoder)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path / "src", capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "True\n", done.stderr
    assert project.check().ok


def test_what_a_package_imports_from_its_modules_can_be_imported_from_it(make: Make) -> None:
    made = make(
        {
            "memory": "class Memory:\n    NAME = 'memory'\n    async def get(self) -> int:\n        return 1\n",
            "__init__": """
                from .memory import Memory

                CACHES: dict[str, type[object]] = {Memory.NAME: Memory}

                __all__ = ["CACHES", *(one.__name__ for one in CACHES.values())]
                """,
        }
    )
    assert made.sync().Memory().get() == 1 and {"memory": made.sync().Memory} == made.sync().CACHES


MESSAGE = """
    import enum
    import struct

    class Kind(enum.Enum):
        CALL = 1

    CALL = Kind.CALL
    PATH = struct.calcsize("i")
    BITS = PATH.real
    FLAGS: list[int] = [PATH]
    SIZE = 4

    def pack(value: int) -> int:
        return value

    async def get(kind: Kind = CALL) -> int:
        return kind.value

    for name in ("CALL", "PATH", "BITS", "FLAGS", "pack"):  # as compiled code would
        get.__globals__.pop(name)
"""
DECLARED = """
    import cython

    cdef object PATH, BITS
    cdef object CALL
    cdef list FLAGS
    cdef unsigned int SIZE  # a number
    cdef pack(int value)

    cdef class Message:
        cdef public object path
"""


def test_what_cython_hides_of_a_module_is_looked_for_when_it_is_asked_for(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    for folder in ("lib", "lib/aio"):
        project.write(f"{folder}/__init__.py")
    project.write("lib/aio/message.py", dedent(MESSAGE))
    project.write("lib/aio/message.pxd", dedent(DECLARED))
    table = '[tool.unasync-plus]\nmode = "bridge"\ntarget-version = "3.10"\n'
    project.write("pyproject.toml", f'{table}[[tool.unasync-plus.package]]\nsource = "lib/aio"\ntarget = "lib/sync"\n')
    assert not any(item.is_error for item in project.build().diagnostics)
    program = "from lib.sync import message as m; assert m.SIZE == 4 and m.get() == 1 and not hasattr(m, 'PATH')"
    command = [sys.executable, "-W", "error", "-c", program]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False).stderr == b""


def test_variables_that_branches_give_another_value(make: Make) -> None:
    made = make(
        {
            "__init__": """
                HAS_JSON = False
                HAS_NOTHING = False
                CLIENT = None
                LEVEL = 1
                LEVEL += 1
                current = 0

                class Client:
                    async def get(self) -> int:
                        return 7

                try:
                    import json
                    HAS_JSON = True
                    CLIENT = Client()
                    LEVEL += 2
                    import there_is_no_such_module
                    HAS_NOTHING = True
                except ImportError:
                    pass

                if HAS_JSON:
                    current = 5

                async def count() -> int:
                    global current
                    current += 1
                    return current

                for name in ("x", "y"):
                    found = name if name == "y" else None
                    if found:
                        break

                if found:
                    KIND = "found"
                else:
                    KIND = "lost"

                globals().update(SECRET=3)
            """,
        }
    )
    sync = made.sync()
    assert (sync.found, sync.KIND, sync.SECRET) == ("y", "found", 3)
    assert (sync.HAS_JSON, sync.HAS_NOTHING, sync.LEVEL, sync.CLIENT.get()) == (True, False, 4, 7)
    assert (sync.current, sync.count(), sync.current) == (5, 6, 6)


def test_an_awaitable_of_nothing_returns_nothing(make: Make) -> None:
    made = make(
        {
            "__init__": """
                from collections.abc import Generator
                from typing import Any

                class Nap:
                    def __await__(self) -> Generator[Any, Any, None]:
                        yield
            """,
        }
    )
    assert (
        "    def result(self, timeout: float | None = None) -> None:\n        _bridge.result(self, timeout)"
        in made.text()
    )
    assert made.sync().Nap().result() is None


def test_what_a_module_imports_as_itself_is_for_others(make: Make) -> None:
    made = make(
        {
            "__init__": "",
            "job": """
                class Job:
                    async def run(self) -> int:
                        return 3

                async def _start() -> Job:
                    return Job()
            """,
            "jobs": """
                from json import dumps as dumps
                from . import job as job
                from .job import Job as Job, _start as _start
                from .job import Job as Other

                async def number() -> int:
                    return 1
            """,
        }
    )
    jobs = made.sync("jobs")
    assert (jobs.Job, jobs.job.Job, jobs.dumps([])) == (made.sync("job").Job, jobs.Job, "[]")
    assert (jobs._start().run(), jobs.number(), hasattr(jobs, "Other")) == (3, 1, False)

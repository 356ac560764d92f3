"""Tests of an async package, converted for its bridged sync side: promises, proxies and mocks of what stays async."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from project import SampleProject

from unasync_plus.resolve.awaitables import leads_to_awaitables
from unasync_plus.resolve.hierarchy import Hierarchy

TABLE = """
[tool.unasync-plus]
target-version = "3.10"
stubs = false
[[tool.unasync-plus.package]]
source = "lib"
target = "lib/sync"
mode = "bridge"
[[tool.unasync-plus.package]]
source = "tests"
target = "sync_tests"
[tool.unasync-plus.package.replace]
"lib" = "lib.sync"
"""

PROMISES = """
    from __future__ import annotations
    import asyncio
    from typing import Any

    class Promise:
        def __init__(self, value: Any) -> None:
            self._value = value

        def __getattr__(self, name: str) -> Promise:
            return Promise(self._value[name])

        def __call__(self, *args: Any) -> Promise:
            return Promise(self._value(*args))

        def __await__(self):
            return self._resolve().__await__()

        async def _resolve(self) -> Any:
            await asyncio.sleep(0)
            if isinstance(self._value, Exception):
                raise self._value
            return self._value
"""
CLIENT = """
    from __future__ import annotations
    from typing import Any
    from .promises import Promise

    class Batch:
        def __init__(self, client: Client) -> None:
            self.client = client

        def call(self, name: str, value: Any) -> Promise:
            return Promise({"name": name, "value": value})

        def fail(self):
            return Promise(KeyError("failed"))

    class Client:
        def __init__(self, socket: Any = None) -> None:
            self._socket = socket
            self.first = Batch(self)
            self.last: Any = None

        async def __aenter__(self) -> Client:
            return self

        async def __aexit__(self, *args: object) -> None:
            if self._socket is not None:
                await self._socket.close()

        def batch(self) -> Batch:
            return Batch(self)

        async def call(self, name: str) -> str:
            self.last = self.first.call(name, 1)
            return name
"""
TESTS = """
    import asyncio
    from unittest.mock import AsyncMock

    import pytest

    from lib import Client
    from lib.promises import Promise

    class Service:
        async def call(self, name: str) -> str:
            return name

    async def test_a_promise_is_no_coroutine():
        async with Client() as client:
            batch = client.batch()
            one = batch.call("one", 1)
            two = batch.call("two", 2)
            name = one.name
            assert (await two)["value"] == 2
            assert await name == "one"
            assert await one == {"name": "one", "value": 1}
            assert await one == await client.first.call("one", 1)

    async def test_gathered():
        batch = Client().batch()
        one, two = batch.call("one", 1), batch.call("two", 2)
        answers = await asyncio.gather(one.name, two.value)
        assert list(answers) == ["one", 2]

    async def test_an_error_comes_when_it_is_awaited():
        batch = Client().batch()
        promise = batch.fail()
        with pytest.raises(KeyError):
            await promise

    async def test_called_promises():
        promise = Promise(lambda n: {"n": n})
        made = promise(3)
        assert isinstance(made, Promise)
        assert await made.n == 3

    async def test_what_a_service_of_our_own_does():
        service = Service()
        assert await service.call("x") == "x"
        client = Client()
        assert await client.call("y") == "y"

    async def test_an_attribute_that_may_be_anything():
        client = Client()
        await client.call("z")
        assert isinstance(client.last, Promise)
        value = await client.last
        assert value == {"name": "z", "value": 1}

    async def test_mocks_are_for_the_async_side():
        socket = AsyncMock()
        async with Client(socket):
            pass
        socket.close.assert_awaited_once_with()
"""


def test_converted_tests_pass_on_the_bridge(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("pyproject.toml", TABLE)
    project.write("lib/__init__.py", "from .client import Client as Client\n")
    project.write("lib/client.py", dedent(CLIENT))
    project.write("lib/promises.py", dedent(PROMISES))
    project.write("tests/__init__.py")
    project.write("tests/test_lib.py", dedent(TESTS))
    report = project.build()
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    code = project.read("sync_tests/test_lib.py")
    assert "partial" not in code
    assert "promise.result()" in code
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "sync_tests"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "7 passed" in done.stdout, done.stdout + done.stderr


def test_what_leads_to_awaitable_objects() -> None:
    sources = {"lib": ("from .client import Client as Client\n", True)}
    sources |= {"lib.client": (dedent(CLIENT), False), "lib.promises": (dedent(PROMISES), False)}
    found = leads_to_awaitables(sources, Hierarchy(sources.get))
    assert found["lib.Client"] == {"lib.client.Client"}
    assert found["lib.client.Client.batch"] == {"lib.client.Batch"}
    assert found["lib.client.Client.first"] == {"=lib.client.Batch"}
    assert found["lib.client.Client.__aenter__"] == {"()lib.client.Client"}
    assert found["lib.client.Batch.call"] == {"lib.promises.Promise", "awaitable"}
    assert found["lib.client.Batch.fail"] == {"lib.promises.Promise", "awaitable"}
    assert found["lib.promises.Promise"] == {"lib.promises.Promise", "awaitable"}


def test_nothing_leads_there_without_such_a_class() -> None:
    sources = {"lib": ("class C:\n    async def f(self) -> int: ...\n", False)}
    assert leads_to_awaitables(sources, Hierarchy(sources.get)) == {}

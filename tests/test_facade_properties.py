"""Properties that are async: sync callers read the value, async ones await it, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from facade_made import generated, write

SOURCE = """
    from __future__ import annotations
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Coroutine
    from functools import cached_property
    from typing import Any

    class Ready:
        def __init__(self, value: Any) -> None:
            self._value = value

        def __await__(self) -> Any:
            yield from asyncio.sleep(0).__await__()
            return self._value

    class once_property:
        \"\"\"Remembers what its coroutine gave.\"\"\"

        def __init__(self, function: Any) -> None:
            self.function = function

        def __set_name__(self, owner: Any, name: str) -> None:
            self.name = name

        def __get__(self, instance: Any, owner: Any = None) -> Any:
            if instance is None:
                return self
            if self.name in instance.known:
                return Ready(instance.known[self.name])
            task = asyncio.get_running_loop().create_task(self.function(instance))
            task.add_done_callback(lambda done: instance.known.update({self.name: done.result()}))
            return task

    class Node:
        \"\"\"A node.\"\"\"

        def __init__(self, n: int) -> None:
            self.n = n
            self.read = 0
            self.known: dict[str, Any] = {}
            self._size = 1

        @property
        async def child(self) -> Node:
            \"\"\"The child.\"\"\"
            await asyncio.sleep(0)
            self.read += 1
            return Node(self.n + 1)

        @cached_property
        async def kept(self) -> int:
            await asyncio.sleep(0)
            return self.n

        @once_property
        async def once(self) -> Node:
            await asyncio.sleep(0)
            self.read += 1
            return Node(self.n + 10)

        @property
        def promised(self) -> Awaitable[Node]:
            return self._later()

        @property
        def coroutine(self) -> Coroutine[Any, Any, Node]:
            return self._later()

        @property
        def ready(self) -> Awaitable[Node]:
            return Ready(Node(self.n + 3))

        @property
        def untold(self):
            return self._later()

        @property
        async def _private(self) -> Node:
            return Node(self.n + 5)

        async def _later(self) -> Node:
            await asyncio.sleep(0)
            return Node(self.n + 2)

        @property
        async def items(self) -> AsyncIterator[Node]:
            for number in range(3):
                await asyncio.sleep(0)
                yield Node(number)

        @property
        def size(self) -> int:
            return self._size

        @property
        async def slow(self) -> int:
            await asyncio.sleep(60)
            return 1

        @property
        async def broken(self) -> int:
            raise LookupError("nothing there")

        async def doubled(self) -> int:
            return 2 * (await self.child).n

    class Leaf(Node):
        @property
        async def colour(self) -> str:
            await asyncio.sleep(0)
            return "green"
"""

PROGRAM = """
    node = Leaf(1)
    print((await node.child).n, (await (await node.child).child).n, node.read, await node.kept)
    first = await node.once
    print(first.n, (await node.once).n, await node.once is first, node.read)
    print((await node.promised).n, (await node.coroutine).n, (await node.ready).n)
    print([one.n async for one in node.items], node.size, await node.colour, await node.doubled())
    try:
        await node.broken
    except LookupError as error:
        print(error)
"""
PRINTED = "2 3 2 1\n11 11 True 3\n3 3 4\n[0, 1, 2] 1 green 4\nnothing there\n"
UNTOLD = """
    node = Leaf(1)
    print((await node.untold).n, (await node._private).n)
"""


def as_sync(program: str) -> str:
    return dedent(program).replace("async ", "").replace("await ", "")


def as_async(program: str) -> str:
    inner = dedent(program).strip().replace("\n", "\n    ")
    return f"import asyncio\n\nasync def main():\n    {inner}\n\nasyncio.run(main())\n"


def as_dual(program: str) -> str:
    """`.aio` before what is awaited."""
    names = "child kept once promised coroutine ready items colour broken slow".split()
    for name in names:
        program = program.replace(f".{name}", f".aio.{name}")
    return as_async(program.replace(".doubled()", ".doubled.aio()"))


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("packages")
    for interface in ("sync", "dual", "auto"):
        write(root, SOURCE, f"lib_{interface}", interface=interface)
    return root


def printed(root: Path, module: str, program: str) -> str:
    """What a process prints that imports the classes of ``module``; warnings of what nobody awaited are there too."""
    start = f"import sys\nsys.path.insert(0, {str(root)!r})\nfrom {module} import Leaf, Node\n"
    command = [sys.executable, "-W", "always", "-c", start + program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_the_async_side(packages: Path) -> None:
    assert printed(packages, "lib_sync.aio", as_async(PROGRAM)) == PRINTED


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_sync_callers(packages: Path, interface: str) -> None:
    assert printed(packages, f"lib_{interface}.sync", as_sync(PROGRAM)) == PRINTED
    assert printed(packages, f"lib_{interface}.sync", as_sync(UNTOLD)) == "3 6\n"


def test_async_callers_of_the_interface_auto(packages: Path) -> None:
    assert printed(packages, "lib_auto.sync", as_async(PROGRAM)) == PRINTED
    assert printed(packages, "lib_auto.sync", as_async(UNTOLD)) == "3 6\n"


def test_async_callers_of_the_interface_dual(packages: Path) -> None:
    assert printed(packages, "lib_dual.sync", as_dual(PROGRAM)) == PRINTED


def test_both_kinds_of_callers_in_one_process(packages: Path) -> None:
    program = as_sync(PROGRAM) + as_async(PROGRAM) + as_sync(PROGRAM) + "import threading\n"
    program += "async def more():\n    node = Leaf(1)\n"
    program += "    print(await node.colour, (await asyncio.to_thread(lambda: node.child)).n)\n"
    program += "asyncio.run(more())\n"
    assert printed(packages, "lib_auto.sync", program) == PRINTED * 3 + "green 2\n"


def test_the_callers_loop_goes_on_meanwhile(packages: Path) -> None:
    program = """
        import asyncio, time
        async def main():
            node, begun = Leaf(1), time.monotonic()
            task = asyncio.ensure_future(READ)
            await asyncio.sleep(0.05)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                print(time.monotonic() - begun < 30)
        asyncio.run(main())
    """
    for interface, read in (("auto", "node.slow"), ("dual", "node.aio.slow")):
        assert printed(packages, f"lib_{interface}.sync", dedent(program).replace("READ", read)) == "True\n"


@pytest.mark.parametrize(("interface", "instead"), [("sync", "Leaf.child"), ("dual", "Leaf.aio.child")])
def test_reading_one_would_stop_a_loop_that_runs_here(packages: Path, interface: str, instead: str) -> None:
    program = """
        try:
            Leaf(1).child
        except RuntimeError as error:
            print(error)
    """
    said = printed(packages, f"lib_{interface}.sync", as_async(program))
    assert said == (
        "Leaf.child blocks, but this thread runs an event loop, which would stand still meanwhile. "
        f'Await {instead} instead, or set in_loop="block".\n'
    )


def test_options_hold_for_them(packages: Path) -> None:
    program = """
        try:
            Leaf(1).with_options(timeout=0.05).slow
        except TimeoutError as error:
            print(error)
    """
    expected = "Leaf.slow took longer than 0.05 s\n"
    assert printed(packages, "lib_sync.sync", dedent(program)) == expected


def test_a_forgotten_await_is_not_silent(packages: Path) -> None:
    said = printed(packages, "lib_auto.sync", as_async("Leaf(1).child"))
    assert "RuntimeWarning: coroutine 'Leaf.child' was never awaited" in said


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_one_that_a_user_overrides_is_awaited_by_the_async_side(packages: Path, interface: str) -> None:
    program = """
        import threading

        class Mine(Leaf):
            @property
            def child(self):
                print(threading.current_thread() is threading.main_thread())
                return Node(20 + super().child.n)

        print(Mine(1).doubled(), Mine(1).child.n)
    """
    assert printed(packages, f"lib_{interface}.sync", dedent(program)) == "False\nTrue\n44 22\n"


def test_what_is_generated() -> None:
    source = """
        class Base:
            @property
            async def child(self) -> "Base":
                \"\"\"The child.\"\"\"

            @property
            def size(self) -> int: ...

        class Leaf(Base):
            @property
            async def colour(self) -> str: ...

        class Called:
            async def __call__(self) -> int: ...

            @property
            async def colour(self) -> str: ...
    """
    code = generated(source, interface="dual")
    assert code[code.index("class Base") : code.index("class Called")] == dedent(
        '''\
        class Base(Wrapper, wraps=_async.Base):
            @property
            def child(self) -> "Base":
                """The child."""
                return _bridge.get(self, "child", awaited=True)

            @property
            def size(self) -> int:
                return _bridge.get(self, "size")

            class Aio(AioView):
                @property
                def child(self) -> Coroutine[Any, Any, "Base"]:
                    """The child."""
                    return _bridge.get_aio(self, "child", awaited=True)

            @property
            def aio(self) -> Aio:
                return self.Aio(self)

        class Leaf(Base, wraps=_async.Leaf):
            @property
            def colour(self) -> str:
                return _bridge.get(self, "colour", awaited=True)

            class Aio(Base.Aio):
                @property
                def colour(self) -> Coroutine[Any, Any, str]:
                    return _bridge.get_aio(self, "colour", awaited=True)

            @property
            def aio(self) -> Aio:
                return self.Aio(self)

        '''
    )
    assert "class Aio" not in code[code.index("class Called") :]
    assert "Aio" not in generated(source) and "Aio" not in generated(source, interface="auto")

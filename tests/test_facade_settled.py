"""Futures that a later call settles are to hold; those that something settles by itself are waited for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from facade_made import generated, importable, write

PIPE = """
    from __future__ import annotations
    import asyncio
    from collections.abc import Awaitable

    class Reply:
        def __init__(self, n: int) -> None:
            self.n = n

        async def doubled(self) -> int:
            return 2 * self.n

    class Pipe:
        def __init__(self) -> None:
            self.pending: list[asyncio.Future[Reply]] = []

        def ask(self, n: int) -> asyncio.Future[Reply]:
            future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            self.pending.append(future)
            return future

        def ask_again(self, n: int) -> Awaitable[Reply]:
            return self.ask(n)

        def untold(self, n):
            future = self.ask(n)
            return future

        def perhaps(self, n: int) -> asyncio.Future[Reply] | None:
            if n == 0:
                return None
            return self.ask(n)

        def soon(self, n: int) -> asyncio.Future[Reply]:
            future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.01, future.set_result, Reply(n))
            return future

        async def flush(self) -> None:
            self._settle()

        def _settle(self) -> None:
            for number, future in enumerate(self.pending):
                future.set_result(Reply(number))
            self.pending.clear()
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_what_a_later_call_settles(tmp_path: Path, interface: str) -> None:
    with importable(write(tmp_path, PIPE, interface=interface)) as made:
        sync, pipe = made.sync(), made.sync().Pipe()
        held = [pipe.ask(5), pipe.ask_again(6), pipe.untold(7), pipe.perhaps(8)]
        assert pipe.perhaps(0) is None and not any(one.done() for one in held)
        with pytest.raises(TimeoutError):
            held[0].result(timeout=0.01)
        first, *others = [pipe.ask(5), pipe.ask_again(6)]
        pipe.flush()
        assert [one.result().n for one in others] == [5] and type(first.result()) is sync.Reply
        assert first.result().doubled() == 8
        assert pipe.soon(3).n == 3

        async def main() -> list[int]:
            found = [pipe.ask(1), pipe.ask_again(2)]
            await (pipe.flush.aio() if interface == "dual" else pipe.flush())
            return [(await one).n for one in found]

        if interface != "sync":
            assert asyncio.run(main()) == [0, 1]


def test_what_is_generated() -> None:
    code = generated(PIPE, interface="dual")
    methods = code[code.index("    def ask(") : code.index("    @_bridge.dual\n    def flush")]
    assert methods == indent(
        dedent(
            """\
            def ask(self, n: int) -> Future[Reply]:
                return _bridge.now(self, "ask", n)

            def ask_again(self, n: int) -> Future[Reply]:
                return _bridge.now(self, "ask_again", n)

            def untold(self, n):
                return _bridge.now(self, "untold", n)

            def perhaps(self, n: int) -> Future[Reply] | None:
                return _bridge.now(self, "perhaps", n)

            @_bridge.dual
            def soon(self, n: int) -> Reply:
                return _bridge.call(self, "soon", n)

            """
        ),
        "    ",
    ).replace("    \n", "\n")


BY_ITSELF = {
    "a task": """
        def start(self):
            self.task = asyncio.create_task(self._read())

        async def _read(self):
            while True:
                self._answer(await self.reader.readline())

        def _answer(self, line):
            self.futures.pop(0).set_result(line)
    """,
    "a callback": """
        def start(self, loop):
            loop.add_reader(self.sock, self._answer)

        def _answer(self):
            self.futures.pop(0).set_result(self.sock.recv(1))
    """,
    "a protocol": """
        def data_received(self, data):
            self._answer(data)

        def _answer(self, line):
            self.futures.pop(0).set_result(line)
    """,
    "a timer": """
        async def flush(self):
            asyncio.get_running_loop().call_soon(self.futures.pop(0).set_result, None)
    """,
    "itself": """
        async def flush(self):
            self._answer()

        def _answer(self):
            self.futures.pop(0).set_result(None)

        def _note(self, future):
            self.futures.append(future)
            self._answer()
    """,
    "nobody that can be seen": """
        async def flush(self):
            self.library.settle(self.futures)
    """,
}


@pytest.mark.parametrize("by", list(BY_ITSELF))
def test_what_is_settled_otherwise_is_waited_for(by: str) -> None:
    code = generated(
        "import asyncio\n\nclass Client:\n"
        + indent(
            dedent(
                """
                def ask(self) -> asyncio.Future[bytes]:
                    future = asyncio.get_running_loop().create_future()
                    self._note(future)
                    return future
                """
            )
            + dedent(BY_ITSELF[by]),
            "    ",
        )
    )
    assert 'def ask(self) -> bytes:\n        return _bridge.call(self, "ask")' in code


def test_a_library_may_call_what_overrides_its_methods() -> None:
    source = """
        import asyncio
        from library import Listener

        class Client({base}):
            def ask(self) -> asyncio.Future[bytes]:
                self.future = asyncio.get_running_loop().create_future()
                future = asyncio.Future()
                return future

            def on_answer(self, data):
                self.future.set_result(data)
    """

    def asks(base: str) -> Any:
        return '_bridge.now(self, "ask")' in generated(source.format(base=base))

    assert (asks("Listener"), asks("object")) == (False, True)

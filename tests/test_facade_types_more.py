"""Bridge mode for type checkers: what a dataclass has besides its fields, and futures that async functions give."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest
from test_facade_types import cache, check_strictly

__all__ = ["cache"]

SOURCE = """
    from __future__ import annotations
    import asyncio
    import os
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable
    from dataclasses import dataclass
    from typing import TypeAlias

    Handler: TypeAlias = "Callable[[ssl.SSLContext | None], Awaitable[int]]"
    Numbers: TypeAlias = "AsyncIterator[int]"

    @dataclass
    class Frame:
        opcode: int
        fin: bool = True

        LIMIT = int(os.environ.get("LIMIT", "75"))
        NAMES = {1: "text"}

        def __post_init__(self) -> None:
            self.size = self.opcode + 1

        async def send(self) -> int:
            return self.opcode

    class Connection:
        async def ping(self) -> Awaitable[float]:
            pong = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.01, pong.set_result, 1.5)
            return pong

        async def again(self) -> Awaitable[float]:
            return self._time()

        async def _time(self) -> float:
            return 2.5

    class Server:
        def __init__(self, ssl: ssl.SSLContext | None = None) -> None:
            self.ssl = ssl

        async def start(self, context: ssl.SSLContext | None = None) -> bool:
            self.ssl = context
            return True

        async def handle(self, handler: Handler) -> int:
            return await handler(self.ssl)

        async def numbers(self) -> Numbers:
            async def count() -> AsyncIterator[int]:
                yield 1
            return count()
"""
USER = """
    from lib.sync import Connection, Frame, Server
    from typing_extensions import assert_type

    frame = Frame(1, fin=False)
    assert_type(frame.size, int)
    assert_type(Frame.LIMIT, int)
    assert_type(Frame.NAMES, dict[int, str])
    assert (frame.size, Frame.LIMIT, Frame.NAMES, frame.send()) == (2, 75, {1: "text"}, 1)
    pong = Connection().ping()
    assert_type(pong.result(timeout=5), float)
    assert pong.result() == 1.5
    assert_type(Connection().again(), float)
    assert Connection().again() == 2.5
    server = Server()
    assert_type(server.start(), bool)
    assert_type(server.handle(lambda context: 3 if context is None else 4), int)
    assert (server.start(), server.handle(lambda context: 3 if context is None else 4)) == (True, 3)
    assert [assert_type(number, int) for number in server.numbers()] == [1]
"""


@pytest.mark.parametrize("stubs", ["true", "false"])
@pytest.mark.parametrize("interface", ["sync", "dual"])
def test_types_and_what_is_there(
    interface: str, stubs: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_strictly(tmp_path, cache, interface, stubs, SOURCE, dedent(USER))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("LIMIT", raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "lib"]:
        monkeypatch.delitem(sys.modules, name)
    exec(dedent(USER), {})

"""Bridge mode: which way a call goes, where a decorator or a namesake leads astray."""

from __future__ import annotations

import asyncio

import pytest
from facade_made import Make, generated

CURSOR = """
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from functools import wraps
    from typing import Any, TypeVar

    T = TypeVar("T")

    class Cursor:
        is_closed = False
        async def rows(self) -> list[int]:
            return [1, 2]
        async def __aenter__(self) -> "Cursor":
            return self
        async def __aexit__(self, *exc: object) -> None:
            self.is_closed = True

    class Result(AbstractAsyncContextManager[T], Coroutine[Any, Any, T]):
        def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
            self.coroutine = coroutine
        def send(self, value: Any) -> Any:
            return self.coroutine.send(value)
        def throw(self, *error: Any) -> Any:
            return self.coroutine.throw(*error)
        def close(self) -> None:
            self.coroutine.close()
        def __await__(self) -> Any:
            return self.coroutine.__await__()
        async def __aenter__(self) -> T:
            self.got = await self.coroutine
            return self.got
        async def __aexit__(self, *exc: object) -> None:
            self.got.is_closed = True

    def contextmanager(method: Callable[..., Coroutine[Any, Any, T]]) -> Callable[..., Result[T]]:
        @wraps(method)
        def made(*args: Any, **kwargs: Any) -> Result[T]:
            return Result(method(*args, **kwargs))
        return made

    class Connection:
        @contextmanager
        async def execute(self, sql: str) -> Cursor:
            return Cursor()
"""


def test_a_context_manager_that_can_be_awaited_too(make: Make) -> None:
    made = make(CURSOR, interface="dual")
    assert "def execute(self, sql: str) -> Cursor:" in made.text()
    connection = made.sync().Connection()
    assert connection.execute("select").rows() == [1, 2]
    with connection.execute("select") as cursor:
        assert cursor.rows() == [1, 2]
    assert cursor.is_closed

    async def main() -> tuple[object, ...]:
        async with connection.execute.aio("select") as cursor:
            rows = await cursor.rows.aio()
        return rows, cursor.is_closed, await (await connection.execute.aio("select")).rows.aio()

    assert asyncio.run(main()) == ([1, 2], True, [1, 2])


@pytest.mark.parametrize("method", ["close", "write", "set_result", "put_nowait", "cancel"])
def test_what_a_transport_or_a_task_does_is_done_on_the_loop(method: str) -> None:
    code = generated(
        f"""
        class Stream:
            def __init__(self, inner):
                self.inner = inner
            async def wait(self): ...
            def {method}(self):
                self.inner.{method}()
            def own(self):
                return self.named()
            def named(self):
                return 1
        """
    )
    assert f'_bridge.call(self, "{method}")' in code
    assert '_bridge.direct(self, "own")' in code


def test_a_function_that_runs_a_loop_by_itself(make: Make) -> None:
    made = make(
        """
        import asyncio

        class Client:
            async def get(self) -> int:
                await asyncio.sleep(0)
                return 7
            def fetch(self) -> int:
                return asyncio.run(self.get())
            def ask(self) -> int:
                loop = asyncio.new_event_loop()
                try:
                    return loop.run_until_complete(self.get())
                finally:
                    loop.close()
        """
    )
    client = made.sync().Client()
    assert (client.get(), client.fetch(), client.ask()) == (7, 7, 7)

"""What the load test does with `wiredb`, a driver whose answers come in order and without a number."""

from __future__ import annotations

import asyncio
import importlib
import random
from functools import partial
from typing import Any

from load_user import LONG, Action, soon

wiredb: Any = importlib.import_module("wiredb.sync")  # it is made by the load test

SIZE = 8  # connections, for twice as many threads


class Failed(Exception):
    """An error of the user's own, in the middle of a transaction."""


class Wire:
    name = "wiredb"

    def __init__(self, port: int) -> None:
        self.port = port
        self.pool = wiredb.create_pool("127.0.0.1", port, SIZE)
        self.own = wiredb.create_pool("127.0.0.1", port, 1)  # of the main thread

    def actions(self) -> list[Action]:
        often = [self.fetch] * 6 + [self.many] * 2 + [self.near] * 2 + [self.transaction] * 3
        return [*often, self.hurried, self.patient, self.fail, self.drop, self.listen, self.asynchronous]

    def fetch(self, chance: random.Random, token: str) -> str:
        assert self.pool.fetch(token, chance.random() * 0.003) == token
        return "right"

    def many(self, chance: random.Random, token: str) -> str:
        with self.pool.acquire() as connection:
            for number in range(5):
                assert connection.fetch(f"{token}.{number}") == f"{token}.{number}"
        return "right"

    def patient(self, chance: random.Random, token: str) -> str:
        assert self.pool.with_options(timeout=LONG * 2).fetch(token, chance.random() * 0.05) == token
        return "right"

    def hurried(self, chance: random.Random, token: str) -> str:
        try:
            self.pool.with_options(timeout=chance.random() * 0.05).fetch(token, LONG)
        except TimeoutError:
            return "timeout"
        raise AssertionError("no timeout")

    def near(self, chance: random.Random, token: str) -> str:
        """The answer and the end of the time come together."""
        try:
            assert self.pool.with_options(timeout=0.004).fetch(token, 0.001 + chance.random() * 0.002) == token
        except TimeoutError:
            return "timeout"
        return "right"

    def transaction(self, chance: random.Random, token: str) -> str:
        rows, how = chance.randrange(20), chance.choice(["whole", "early", "error"])
        try:
            with self.pool.acquire() as connection, connection.transaction():
                assert connection.fetch(token) == token
                for number, row in enumerate(connection.cursor(token, rows)):
                    assert row == f"{token}/{number}"
                    if how == "early" and number == rows // 2:
                        break
                if how == "error":
                    raise Failed(token)
                assert connection.fetch(f"{token}.") == f"{token}."
        except Failed as error:
            assert error.args == (token,)
        return how

    def fail(self, chance: random.Random, token: str) -> str:
        with self.pool.acquire() as connection:
            try:
                connection.execute("fail", token=token)
            except wiredb.DatabaseError as error:
                assert str(error) == token
            else:
                raise AssertionError("no error")
            assert connection.fetch(token) == token
        return "refused"

    def drop(self, chance: random.Random, token: str) -> str:
        with self.pool.acquire() as connection:
            try:
                connection.execute("drop")
            except wiredb.ConnectionLost:
                assert connection.is_closed
            else:
                raise AssertionError("no error")
        return "lost"

    def listen(self, chance: random.Random, token: str) -> str:
        """Callbacks that call back."""
        heard = []
        with self.pool.acquire() as connection:
            connection.listen(lambda channel, text: heard.append((channel, text, len(wiredb.tasks()) > 0)))
            assert connection.fetch(token, 0.001) == token
        assert all(channel == "news" and has_tasks for channel, _, has_tasks in heard)
        return "heard"

    def asynchronous(self, chance: random.Random, token: str) -> str:
        """A caller with a loop of its own, and tasks that it cancels."""

        async def main() -> None:
            cancelled = asyncio.ensure_future(self.pool.fetch.aio(token, LONG))
            tokens = [f"{token}.{number}" for number in range(5)]
            assert list(await asyncio.gather(*map(partial(self.pool.fetch.aio, delay=0.001), tokens))) == tokens
            await asyncio.sleep(chance.random() * 0.01)
            cancelled.cancel()
            try:
                await cancelled
            except asyncio.CancelledError:
                pass
            else:
                raise AssertionError("not cancelled")
            async with self.pool.acquire.aio() as connection, connection.transaction():
                found = [row async for row in connection.cursor.aio(token, 7)]
                assert found == [f"{token}/{number}" for number in range(7)]
            try:
                await asyncio.wait_for(self.pool.fetch.aio(token, LONG), 0.01)
            except (TimeoutError, asyncio.TimeoutError):
                return
            raise AssertionError("no timeout")

        asyncio.run(main())
        return "right"

    def interrupted(self, token: str, how: int) -> None:
        if how == 0:
            self.own.fetch(token, LONG)
        elif how == 1:
            with self.own.acquire() as connection:
                connection.fetch(token, LONG)
        else:
            for number, row in enumerate(self.own.rows(token, 10**9)):
                assert row == f"{token}/{number}"

    def after_interrupt(self, token: str, how: int) -> None:
        if how == 1:  # Ctrl-C may come between two lines of a `with`: then the block is left when it is collected
            assert soon(lambda: self.own.taken == 0), "a connection was never given back"
        assert self.own.taken == 0, "the coroutine has not cleaned up"
        assert self.own.fetch(token) == token

    def tasks(self) -> list[str]:
        return list(wiredb.tasks())

    def close(self) -> list[str]:
        problems = [f"{pool.taken} connections were not given back" for pool in (self.pool, self.own) if pool.taken]
        if self.pool.most > SIZE:
            problems.append(f"{self.pool.most} connections at once instead of {SIZE}")
        for pool in (self.pool, self.own):
            pool.with_options(timeout=LONG).close()  # waits until all are given back
        connection = wiredb.connect("127.0.0.1", self.port)
        report = connection.execute("report")
        connection.close()
        return problems + [f"the server complains: {text}" for text in report["complaints"]]


def make(port: int) -> Wire:
    return Wire(port)

"""What the load test does with `wiredb`, a driver whose answers come in order and without a number."""

from __future__ import annotations

import importlib
import random
from typing import Any

from load_asking import Asking
from load_user import LONG, Action, soon

wiredb: Any = importlib.import_module("wiredb.sync")  # it is made by the load test

SIZE = 8  # connections, for twice as many threads


class Failed(Exception):
    """An error of the user's own, in the middle of a transaction."""


class Wire(Asking):
    name = "wiredb"
    word = "fetch"

    def __init__(self, port: int) -> None:
        self.port = port
        self.client = wiredb.create_pool("127.0.0.1", port, SIZE)
        self.own = wiredb.create_pool("127.0.0.1", port, 1)  # of the main thread

    def actions(self) -> list[Action]:
        return [*self.asking(), *[self.many] * 2, *[self.transaction] * 3, self.fail, self.drop, self.listen]

    def many(self, chance: random.Random, token: str) -> str:
        with self.client.acquire() as connection:
            for number in range(5):
                assert connection.fetch(f"{token}.{number}") == f"{token}.{number}"
        return "right"

    def transaction(self, chance: random.Random, token: str) -> str:
        rows, how = chance.randrange(20), chance.choice(["whole", "early", "error"])
        try:
            with self.client.acquire() as connection, connection.transaction():
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
        with self.client.acquire() as connection:
            try:
                connection.execute("fail", token=token)
            except wiredb.DatabaseError as error:
                assert str(error) == token
            else:
                raise AssertionError("no error")
            assert connection.fetch(token) == token
        return "refused"

    def drop(self, chance: random.Random, token: str) -> str:
        with self.client.acquire() as connection:
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
        with self.client.acquire() as connection:
            connection.listen(lambda channel, text: heard.append((channel, text, len(wiredb.tasks()) > 0)))
            assert connection.fetch(token, 0.001) == token
        assert all(channel == "news" and has_tasks for channel, _, has_tasks in heard)
        return "heard"

    async def use_others(self, token: str) -> None:
        async with self.client.acquire.aio() as connection, connection.transaction():
            assert [row async for row in connection.cursor.aio(token, 7)] == [f"{token}/{n}" for n in range(7)]

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
        problems = [f"{pool.taken} connections were not given back" for pool in (self.client, self.own) if pool.taken]
        if self.client.most > SIZE:
            problems.append(f"{self.client.most} connections at once instead of {SIZE}")
        for pool in (self.client, self.own):
            pool.with_options(timeout=LONG).close()  # waits until all are given back
        connection = wiredb.connect("127.0.0.1", self.port)
        report = connection.execute("report")
        connection.close()
        return problems + [f"the server complains: {text}" for text in report["complaints"]]


def make(port: int) -> Wire:
    return Wire(port)

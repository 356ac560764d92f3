"""What the load test does with `webstore`, a client over aiohttp."""

from __future__ import annotations

import importlib
import random
from typing import Any

import aiohttp
from load_asking import Asking
from load_user import LONG, Action

webstore: Any = importlib.import_module("webstore.sync")  # it is made by the load test


class Web(Asking):
    name = "webstore"
    word = "get"

    def __init__(self, port: int) -> None:
        url = f"http://127.0.0.1:{port}"
        self.client = webstore.Store(url).__enter__()
        self.own = webstore.Store(url, connections=1).__enter__()  # of the main thread

    def actions(self) -> list[Action]:
        return [*self.asking(), *[self.lines] * 2, *[self.put] * 2, self.fail, self.drop, self.live]

    def lines(self, chance: random.Random, token: str) -> str:
        count, early = chance.randrange(200), chance.random() < 0.5
        number = -1
        for number, line in enumerate(self.client.lines(token, count)):
            assert line == f"{token}/{number}"
            if early and number == count // 2:
                return "early"
        assert number == count - 1
        return "whole"

    def put(self, chance: random.Random, token: str) -> str:
        """A callback that calls back."""
        assert self.client.put(token, progress=lambda text: f"{self.client.get(text)}!") == f"{token}!"
        return "right"

    def fail(self, chance: random.Random, token: str) -> str:
        try:
            self.client.get(f"fail-{token}")
        except webstore.StoreError as error:
            assert str(error) == f"fail-{token}"
            return "refused"
        raise AssertionError("no error")

    def drop(self, chance: random.Random, token: str) -> str:
        try:
            self.client.get(f"drop-{token}")
        except aiohttp.ClientError:
            return "lost"
        raise AssertionError("no error")

    def live(self, chance: random.Random, token: str) -> str:
        with self.client.live() as live:
            for number in range(3):
                assert live.call(f"{token}.{number}", 0.001) == f"{token}.{number}"
            try:
                live.with_options(timeout=0.01).call(token, LONG)
            except TimeoutError:
                assert live.call(f"{token}.") == f"{token}."
                return "right"
        raise AssertionError("no timeout")

    async def use_others(self, token: str) -> None:
        assert [line async for line in self.client.lines.aio(token, 3)] == [f"{token}/{n}" for n in range(3)]
        async with self.client.live.aio() as live:
            assert await live.call.aio(token) == token

    def interrupted(self, token: str, how: int) -> None:
        if how == 0:
            self.own.get(token, LONG)
        elif how == 1:
            with self.own.live() as live:
                live.call(token, LONG)
        else:
            for number, line in enumerate(self.own.lines(token, 10**9)):
                assert line == f"{token}/{number}"

    def after_interrupt(self, token: str, how: int) -> None:
        assert self.own.busy == 0, "the coroutine has not cleaned up"
        assert self.own.with_options(timeout=LONG).get(token) == token  # with its only connection

    def tasks(self) -> list[str]:
        return list(webstore.tasks())

    def close(self) -> list[str]:
        problems = [f"{store.busy} calls are not over" for store in (self.client, self.own) if store.busy]
        self.own.__exit__(None, None, None)
        self.client.__exit__(None, None, None)
        return problems


def make(port: int) -> Web:
    return Web(port)

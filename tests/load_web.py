"""What the load test does with `webstore`, a client over aiohttp."""

from __future__ import annotations

import asyncio
import importlib
import random
from functools import partial
from typing import Any

import aiohttp
from load_user import LONG, Action

webstore: Any = importlib.import_module("webstore.sync")  # it is made by the load test


class Web:
    name = "webstore"

    def __init__(self, port: int) -> None:
        url = f"http://127.0.0.1:{port}"
        self.store = webstore.Store(url).__enter__()
        self.own = webstore.Store(url, connections=1).__enter__()  # of the main thread

    def actions(self) -> list[Action]:
        often = [self.get] * 6 + [self.near] * 2 + [self.lines] * 2 + [self.put] * 2
        return [*often, self.hurried, self.patient, self.fail, self.drop, self.live, self.asynchronous]

    def get(self, chance: random.Random, token: str) -> str:
        assert self.store.get(token, chance.random() * 0.003) == token
        return "right"

    def patient(self, chance: random.Random, token: str) -> str:
        assert self.store.with_options(timeout=LONG * 2).get(token, chance.random() * 0.05) == token
        return "right"

    def hurried(self, chance: random.Random, token: str) -> str:
        try:
            self.store.with_options(timeout=chance.random() * 0.05).get(token, LONG)
        except TimeoutError:
            return "timeout"
        raise AssertionError("no timeout")

    def near(self, chance: random.Random, token: str) -> str:
        """The answer and the end of the time come together."""
        try:
            assert self.store.with_options(timeout=0.01).get(token, 0.004 + chance.random() * 0.004) == token
        except TimeoutError:
            return "timeout"
        return "right"

    def lines(self, chance: random.Random, token: str) -> str:
        count, early = chance.randrange(200), chance.random() < 0.5
        number = -1
        for number, line in enumerate(self.store.lines(token, count)):
            assert line == f"{token}/{number}"
            if early and number == count // 2:
                return "early"
        assert number == count - 1
        return "whole"

    def put(self, chance: random.Random, token: str) -> str:
        """A callback that calls back."""
        assert self.store.put(token, progress=lambda text: f"{self.store.get(text)}!") == f"{token}!"
        return "right"

    def fail(self, chance: random.Random, token: str) -> str:
        try:
            self.store.get(f"fail-{token}")
        except webstore.StoreError as error:
            assert str(error) == f"fail-{token}"
            return "refused"
        raise AssertionError("no error")

    def drop(self, chance: random.Random, token: str) -> str:
        try:
            self.store.get(f"drop-{token}")
        except aiohttp.ClientError:
            return "lost"
        raise AssertionError("no error")

    def live(self, chance: random.Random, token: str) -> str:
        with self.store.live() as live:
            for number in range(3):
                assert live.call(f"{token}.{number}", 0.001) == f"{token}.{number}"
            try:
                live.with_options(timeout=0.01).call(token, LONG)
            except TimeoutError:
                assert live.call(f"{token}.") == f"{token}."
                return "right"
        raise AssertionError("no timeout")

    def asynchronous(self, chance: random.Random, token: str) -> str:
        """A caller with a loop of its own, and tasks that it cancels."""

        async def main() -> None:
            cancelled = asyncio.ensure_future(self.store.get.aio(token, LONG))
            tokens = [f"{token}.{number}" for number in range(5)]
            assert list(await asyncio.gather(*map(partial(self.store.get.aio, delay=0.001), tokens))) == tokens
            await asyncio.sleep(chance.random() * 0.01)
            cancelled.cancel()
            try:
                await cancelled
            except asyncio.CancelledError:
                pass
            else:
                raise AssertionError("not cancelled")
            assert [line async for line in self.store.lines.aio(token, 3)] == [f"{token}/{n}" for n in range(3)]
            async with self.store.live.aio() as live:
                assert await live.call.aio(token) == token
            try:
                await asyncio.wait_for(self.store.get.aio(token, LONG), 0.01)
            except (TimeoutError, asyncio.TimeoutError):
                return
            raise AssertionError("no timeout")

        asyncio.run(main())
        return "right"

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
        problems = [f"{store.busy} calls are not over" for store in (self.store, self.own) if store.busy]
        self.own.__exit__(None, None, None)
        self.store.__exit__(None, None, None)
        return problems


def make(port: int) -> Web:
    return Web(port)

"""What the load test does with both of its clients: each can ask a server for a token, which it gives after a delay."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any

from load_user import LONG, Action


class Asking:
    client: Any
    word: str  # the method of the client that asks

    def ask(self, token: str, delay: float = 0.0, timeout: float | None = None) -> Any:
        client = self.client if timeout is None else self.client.with_options(timeout=timeout)
        return getattr(client, self.word)(token, delay)

    def asking(self) -> list[Action]:
        return [*[self.short] * 6, *[self.near] * 2, self.hurried, self.patient, self.asynchronous]

    def short(self, chance: random.Random, token: str) -> str:
        assert self.ask(token, chance.random() * 0.003) == token
        return "right"

    def patient(self, chance: random.Random, token: str) -> str:
        assert self.ask(token, chance.random() * 0.05, timeout=LONG * 2) == token
        return "right"

    def hurried(self, chance: random.Random, token: str) -> str:
        try:
            self.ask(token, LONG, timeout=chance.random() * 0.05)
        except TimeoutError:
            return "timeout"
        raise AssertionError("no timeout")

    def near(self, chance: random.Random, token: str) -> str:
        """The answer and the end of the time come together."""
        try:
            assert self.ask(token, 0.002 + chance.random() * 0.004, timeout=0.006) == token
        except TimeoutError:
            return "timeout"
        return "right"

    def asynchronous(self, chance: random.Random, token: str) -> str:
        """A caller with a loop of its own, and tasks that it cancels."""
        asyncio.run(self._tasks_of_a_loop(chance, token))
        return "right"

    async def _tasks_of_a_loop(self, chance: random.Random, token: str) -> None:
        ask = getattr(self.client, self.word).aio
        cancelled = asyncio.ensure_future(ask(token, LONG))
        tokens = [f"{token}.{number}" for number in range(5)]
        assert list(await asyncio.gather(*map(partial(ask, delay=0.001), tokens))) == tokens
        await asyncio.sleep(chance.random() * 0.01)
        cancelled.cancel()
        try:
            await cancelled
        except asyncio.CancelledError:
            pass
        else:
            raise AssertionError("not cancelled")
        await self.use_others(token)
        try:
            await asyncio.wait_for(ask(token, LONG), 0.01)
        except (TimeoutError, asyncio.TimeoutError):
            return
        raise AssertionError("no timeout")

    async def use_others(self, token: str) -> None:
        """Blocks and generators, by an async caller."""
        raise NotImplementedError

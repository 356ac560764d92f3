"""One place for requests: authentication, ids, errors, and a few attempts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from .correlation import current_id
from .errors import FactoryError, TooSlow, Unreachable, for_status
from .policy import RetryPolicy

_log = logging.getLogger("factory")
_log.addHandler(logging.NullHandler())  # what is logged is shown where the program wants it


class AsyncHttp:
    """Sends requests to ``url``, at most ``limit`` at once."""

    def __init__(self, url: str, token: str, *, timeout: float, retry: RetryPolicy, limit: int) -> None:
        self.retry = retry
        self.sent = 0
        self._free = asyncio.Semaphore(limit)
        self._client = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=timeout)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, path: str, **params: Any) -> Any:
        """The answer to a question."""
        return await self._ask("GET", path, params=params)

    async def post(self, path: str, body: Any) -> Any:
        """The answer to something new."""
        return await self._ask("POST", path, json=body)

    async def lines(self, path: str) -> AsyncIterator[str]:
        """A long answer, line by line while it comes in."""
        identity = current_id()
        async with (
            self._errors(identity),
            self._client.stream("GET", path, headers={"X-Correlation-ID": identity}) as response,
        ):
            if not response.is_success:
                raise for_status(response.status_code)(f"{path}: {response.status_code}", identity)
            async for line in response.aiter_lines():
                yield line

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        """One logical request: a few attempts with one id."""
        identity, attempt = current_id(), 1
        while True:
            try:
                return await self._send(method, path, identity, options)
            except FactoryError as error:
                may_repeat = error.is_undone or (error.is_passing and method in self.retry.methods)
                if not may_repeat or attempt >= self.retry.attempts:
                    raise
                pause = self.retry.pause(attempt)
                self._note(logging.WARNING, identity, f"{error}: again in {pause} s")
            await asyncio.sleep(pause)
            attempt += 1

    async def _send(self, method: str, path: str, identity: str, options: dict[str, Any]) -> Any:
        """One attempt."""
        headers = {"X-Correlation-ID": identity}
        async with self._free, self._errors(identity):
            self.sent += 1
            response = await self._client.request(method, path, headers=headers, **options)
        self._note(logging.INFO, identity, f"{method} {path}: {response.status_code}")
        if not response.is_success:
            error = for_status(response.status_code)
            raise error(f"{method} {path}: {response.status_code} {response.text}", identity)
        return response.json()

    @asynccontextmanager
    async def _errors(self, identity: str) -> AsyncIterator[None]:
        """Speak of transport errors in our own words."""
        try:
            yield
        except httpx.TimeoutException as error:
            raise TooSlow(f"no answer in time: {type(error).__name__}", identity) from error
        except httpx.TransportError as error:
            raise Unreachable(f"no answer: {type(error).__name__}", identity) from error

    def _note(self, level: int, identity: str, message: str) -> None:
        _log.log(level, "%s", message, extra={"correlation_id": identity})

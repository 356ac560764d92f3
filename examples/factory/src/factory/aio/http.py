"""One place for requests: authentication, errors, and a few attempts."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx

from .errors import FactoryError, NotFound, ServerBusy

_log = logging.getLogger("factory")

_ERRORS = {404: NotFound, 429: ServerBusy, 503: ServerBusy}


class AsyncHttp:
    """Sends requests to ``url``; a busy server is asked ``attempts`` times."""

    def __init__(self, url: str, token: str, *, timeout: float = 10.0, attempts: int = 3) -> None:
        self.attempts = attempts
        self.requests = 0
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

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        for attempt in range(1, self.attempts + 1):
            self.requests += 1
            response = await self._client.request(method, path, **options)
            _log.info("%s %s: %s", method, path, response.status_code)
            if response.is_success:
                return response.json()
            error = _ERRORS.get(response.status_code, FactoryError)(response.status_code, response.text)
            if not isinstance(error, ServerBusy) or attempt == self.attempts:
                raise error
            await asyncio.sleep(0.01 * attempt)
        raise AssertionError("unreachable")

"""The way in."""

from __future__ import annotations

from .http import AsyncHttp
from .policy import RetryPolicy
from .services import AsyncProducts, AsyncReports


class AsyncFactory:
    """The factory's interface.

    async with AsyncFactory(url, token) as api:
        product = await api.products.get("P-1")
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = 10.0,  # seconds, for each step of an attempt
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008  # frozen
        limit: int = 10,  # requests at once
    ) -> None:
        self.http = AsyncHttp(url, token, timeout=timeout, retry=retry, limit=limit)
        self.products = AsyncProducts(self.http)
        self.reports = AsyncReports(self.http)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def __aenter__(self) -> AsyncFactory:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

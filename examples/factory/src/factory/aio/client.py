"""The way in."""

from __future__ import annotations

from .http import AsyncHttp
from .services import AsyncProducts, AsyncReports


class AsyncFactory:
    """The factory's interface.

    async with AsyncFactory(url, token) as api:
        product = await api.products.get("P-1")
    """

    def __init__(self, url: str, token: str, *, timeout: float = 10.0, attempts: int = 3) -> None:
        self.http = AsyncHttp(url, token, timeout=timeout, attempts=attempts)
        self.products = AsyncProducts(self.http)
        self.reports = AsyncReports(self.http)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def __aenter__(self) -> AsyncFactory:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

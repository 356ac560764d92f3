"""The areas of the interface, each a service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict

from .http import AsyncHttp
from .models import Product, Report


class AsyncService:
    """Something that speaks through one client."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http


class AsyncProducts(AsyncService):
    """Products."""

    async def get(self, number: str) -> Product:
        """One product; `NotFound` if there is none of that number."""
        return Product(**await self._http.get(f"/products/{number}"))

    async def all(self, page_size: int = 2) -> AsyncIterator[Product]:
        """Every product; pages are fetched when they are needed."""
        start = 0
        while page := await self._http.get("/products", start=start, count=page_size):
            for item in page:
                yield Product(**item)
            start += len(page)

    async def create(self, product: Product) -> Product:
        """Add a product."""
        return Product(**await self._http.post("/products", asdict(product)))


class AsyncReports(AsyncService):
    """Test reports."""

    async def submit(self, report: Report) -> int:
        """Hand in a report; the server's number of it."""
        answer = await self._http.post("/reports", asdict(report))
        return int(answer["id"])

    async def submit_all(self, reports: Sequence[Report]) -> list[int]:
        """Hand in several at once; the numbers in their order."""
        return await asyncio.gather(*(self.submit(report) for report in reports))

    async def all(self) -> AsyncIterator[Report]:
        """Every report, while the server still sends."""
        async for line in self._http.lines("/reports"):
            yield Report(**json.loads(line))

    async def statistics(self, seconds: float) -> str:
        """An evaluation that takes its time."""
        return str((await self._http.get("/statistics", seconds=seconds))["answer"])

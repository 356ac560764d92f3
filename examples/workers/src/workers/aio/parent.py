"""The side that calls."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from .errors import RemoteError, WorkerDied
from .proxy import Methods
from .wire import Message, decode, encode

Listener = Callable[[str, Any], Awaitable[None]]

_END = object()
_LONGEST = 2**26  # bytes of a message


class Worker:
    """A subprocess that runs ``script``, whose `Child` serves its functions.

    One task reads what comes from the process and settles the future of the call that it belongs to.
    """

    def __init__(self, script: str, *args: str, python: str = sys.executable) -> None:
        self.command: tuple[str, ...] = (python, script, *args)
        self.call = Methods(self, streams=False)
        self.stream = Methods(self, streams=True)
        self._numbers = itertools.count(1)
        self._futures: dict[int, asyncio.Future[Any]] = {}
        self._streams: dict[int, asyncio.Queue[Any]] = {}
        self._listeners: list[Listener] = []
        self._telling: set[asyncio.Future[None]] = set()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process, if it does not run."""
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LONGEST
            )
            self._reader = asyncio.create_task(self._read(self._process))

    async def close(self) -> None:
        """End the process; calls under way fail with `WorkerDied`."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()
        if self._reader is not None:
            await asyncio.wait([self._reader])

    async def __aenter__(self) -> Worker:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    @property
    def pending(self) -> int:
        """How many calls and streams are under way."""
        return len(self._futures) + len(self._streams)

    @property
    def pid(self) -> int | None:
        """Of the process, while it runs."""
        return None if self._process is None else self._process.pid

    def on_event(self, listener: Listener) -> Listener:
        """Have ``listener(name, data)`` awaited for every event of the worker; also as a decorator."""
        self._listeners.append(listener)
        return listener

    async def call_function(self, name: str, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        """What function ``name`` of the worker returns. Cancelling the call cancels the function."""
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._futures[number] = future
        try:
            await self._send({"call": name, "id": number, "args": list(args), "kwargs": dict(kwargs or {})})
            return await future
        except asyncio.CancelledError:
            with suppress(WorkerDied):
                await self._send({"cancel": number})
            raise
        finally:
            self._futures.pop(number, None)

    async def stream_function(
        self, name: str, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Any]:
        """What function ``name`` of the worker yields. Closing the iterator ends the function."""
        number = next(self._numbers)
        items: asyncio.Queue[Any] = asyncio.Queue()
        self._streams[number] = items
        try:
            await self._send({"stream": name, "id": number, "args": list(args), "kwargs": dict(kwargs or {})})
            while True:
                item = await items.get()
                if item is _END:
                    return
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            if self._streams.pop(number, None) is not None:
                with suppress(WorkerDied):
                    await self._send({"cancel": number})

    async def _send(self, message: Message) -> None:
        if self._process is None or self._reader is None or self._reader.done():
            raise WorkerDied("the worker does not run")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(encode(message))
            await self._process.stdin.drain()
        except ConnectionError as error:
            raise WorkerDied("the worker does not answer any more") from error

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Settle what is waited for, until the process ends; nobody is left waiting then."""
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                await self._settle(decode(line))
        finally:
            error = WorkerDied("the worker ended during the call")
            for future in self._futures.values():
                if not future.done():
                    future.set_exception(error)
            for items in self._streams.values():
                items.put_nowait(error)

    async def _settle(self, message: Message) -> None:
        """Hand a message to whom it is for."""
        if "event" in message:
            for listener in self._listeners:
                task = asyncio.ensure_future(listener(message["event"], message["data"]))
                self._telling.add(task)
                task.add_done_callback(self._telling.discard)
            return
        number = message["id"]
        future, items = self._futures.get(number), self._streams.get(number)
        error = RemoteError(*message["error"]) if "error" in message else None
        if future is not None and not future.done():
            if error is None:
                future.set_result(message.get("result"))
            else:
                future.set_exception(error)
        elif items is not None:
            if "item" in message:
                items.put_nowait(message["item"])
            else:
                del self._streams[number]
                items.put_nowait(error or _END)

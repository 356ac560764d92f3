"""The side that is called: runs in the subprocess."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import threading
import traceback
from collections.abc import AsyncGenerator
from typing import Any

from .wire import Message, decode, encode


class Child:
    """Derive from it, and every public method can be called; async ones, and generators of both kinds, too.

    A plain method of an async child holds up the others meanwhile; in the sync package each call has a thread.
    """

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._out = os.fdopen(os.dup(1), "wb")

    def event(self, name: str, data: Any = None) -> None:
        """Tell the listeners of the parent."""
        self._write(encode({"event": name, "data": data}))

    async def serve(self) -> None:
        """Answer calls until the parent closes our standard input."""
        os.dup2(2, 1)  # what functions print is no answer
        lines: asyncio.Queue[bytes] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def read() -> None:
            for line in sys.stdin.buffer:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, b"")

        threading.Thread(target=read, daemon=True).start()
        while line := await lines.get():
            message = decode(line)
            if "cancel" in message:
                if message["cancel"] in self._tasks:
                    self._tasks[message["cancel"]].cancel()
            else:
                self._start(message)
        for task in list(self._tasks.values()):
            task.cancel()

    def _start(self, message: Message) -> None:
        number = message["id"]
        task = self._tasks[number] = asyncio.create_task(self._answer(message))
        # A task that is cancelled before its first step runs no line of its coroutine, also no ``finally``.
        task.add_done_callback(lambda _: self._tasks.pop(number, None))

    def _write(self, line: bytes) -> None:
        self._out.write(line)
        self._out.flush()

    async def _answer(self, message: Message) -> None:
        number = message["id"]
        try:
            answer = encode({"id": number, "result": await self._perform(message)})
        except asyncio.CancelledError:
            answer = encode({"id": number, "error": ["Cancelled", "the call was cancelled", ""]})
        except Exception as error:
            answer = encode({"id": number, "error": [type(error).__name__, str(error), traceback.format_exc()]})
        self._write(answer)

    async def _perform(self, message: Message) -> Any:
        name = message.get("call") or message["stream"]
        if name.startswith("_") or hasattr(Child, name):
            raise AttributeError(name)
        result = getattr(self, name)(*message["args"], **message["kwargs"])
        if inspect.isawaitable(result):
            result = await result
        if "stream" not in message:
            return result
        items = _each(result)
        try:
            async for item in items:
                self._write(encode({"id": message["id"], "item": item}))
                await asyncio.sleep(0)  # let others go on, and cancellation in
        finally:
            await items.aclose()
            if hasattr(result, "aclose"):
                await result.aclose()
            elif hasattr(result, "close"):
                result.close()
        return None


async def _each(items: Any) -> AsyncGenerator[Any, None]:
    """The items of an iterable of either kind."""
    if hasattr(items, "__aiter__"):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item

"""`with` over an object that is an async context manager, and over the same object in several threads or levels.

Entering and leaving happen in one task, which the bridge keeps for as long as the block lasts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .wrap_hints import HINTED

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from .wrap_translation import Translation


class _Manager:
    """An async context manager of two functions."""

    __slots__ = ("_enter", "_exit")

    def __init__(self, enter: Callable[[], Any], exit: Callable[..., Any]) -> None:
        self._enter = enter
        self._exit = exit

    async def __aenter__(self) -> Any:
        return await self._enter()

    async def __aexit__(self, *details: Any) -> Any:
        return await self._exit(*details)


class Entered:
    """The blocks that one object is in, innermost last."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, Any]] = []
        self._lock = threading.Lock()

    def push(self, block: Any) -> None:
        with self._lock:
            self._blocks.append((threading.get_ident(), block))

    def forget(self, block: Any) -> None:
        with self._lock:
            self._blocks = [entry for entry in self._blocks if entry[1] is not block]

    def pop(self) -> Any:
        """The innermost block that this thread entered; failing that, any thread's."""
        here = threading.get_ident()
        with self._lock:
            if not self._blocks:
                raise RuntimeError("this object has not been entered")
            own = [index for index, (thread, _) in enumerate(self._blocks) if thread == here]
            return self._blocks.pop(own[-1] if own else -1)[1]


def enter(translation: Translation, entered: Entered, owner: Any) -> Any:
    """Enter the async context manager ``owner``, and give what it gives."""
    block = translation.bridge.enter(_Manager(owner.__aenter__, owner.__aexit__))
    with HINTED:
        value = block.__enter__()
    try:
        entered.push(block)
        return translation.to_sync(value)
    except BaseException as error:  # most likely Ctrl-C: nobody gets what is entered, so nobody would leave it
        entered.forget(block)
        block.__exit__(type(error), error, error.__traceback__)
        raise


def leave(entered: Entered, details: tuple[Any, ...]) -> Any:
    """Leave the innermost block."""
    with HINTED:
        return entered.pop().__exit__(*details)


async def enter_aio(translation: Translation, entered: Entered, owner: Any) -> Any:
    """`enter` for async callers: the block is an async generator that stands still at its one item."""
    block = translation.bridge.stream(_held(owner))
    with HINTED:
        value = await block.__anext__()
    entered.push(block)
    return translation.aio.to_sync(value)


async def leave_aio(entered: Entered, details: tuple[Any, ...]) -> bool:
    """`leave` for async callers."""
    block = entered.pop()
    error = details[1] if len(details) > 1 else None
    try:
        with HINTED:
            await (block.__anext__() if error is None else block.athrow(error))
    except StopAsyncIteration:
        return error is not None
    except BaseException as raised:
        if raised is error:
            return False
        raise
    raise RuntimeError("the context manager did not end")


async def _held(owner: Any) -> AsyncGenerator[Any, None]:
    value = await owner.__aenter__()
    try:
        yield value
    except GeneratorExit:
        await owner.__aexit__(None, None, None)
        raise
    except BaseException as error:
        if not await owner.__aexit__(type(error), error, error.__traceback__):
            raise
    else:
        await owner.__aexit__(None, None, None)

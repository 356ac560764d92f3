"""Generators of one side as generators of the other, with what goes in and out translated."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .wrap_hints import with_hint
from .wrap_threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterable

    from .wrap_translation import Translation

_origins: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def origin(values: Any) -> Any:
    """The async generator behind a generator that was made of one; any other generator itself."""
    return _origins.get(values, values)


def generator(translation: Translation, values: AsyncGenerator[Any, Any]) -> Generator[Any, Any, None]:
    """The items of an async generator, one task and one context from the first to the last."""
    made = _translated(translation, translation.bridge.iterate(values))
    _origins[made] = values
    return made


def plain_generator(translation: Translation, values: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """The items of a sync generator of the async side; one that came from here comes back itself."""
    known = origin(values)
    if known is not values:
        return known  # type: ignore[no-any-return]  # a generator
    made = _translated(translation, values)
    _origins[made] = values
    return made


def given_generator(translation: Translation, values: Generator[Any, Any, Any]) -> Any:
    """A generator of the user's, for the async side; one that stands for a generator of the async side is that one."""
    known = origin(values)
    if known is not values:
        return known
    made = _mapped(values, translation.to_async, translation.to_sync)
    _origins[made] = values
    return made


def _translated(translation: Translation, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    return _mapped(steps, translation.to_sync, translation.to_async)


def _mapped(
    steps: Generator[Any, Any, Any], outwards: Callable[[Any], Any], inwards: Callable[[Any], Any]
) -> Generator[Any, Any, Any]:
    try:
        item = next(steps)
        while True:
            try:
                sent = yield outwards(item)
            except GeneratorExit:
                raise
            except BaseException as error:
                item = steps.throw(error)
            else:
                item = next(steps) if sent is None else steps.send(inwards(sent))
    except StopIteration as end:
        return outwards(end.value)
    except TypeError as error:
        with_hint(error)
        raise
    finally:
        steps.close()


async def stream(translation: Translation, values: AsyncGenerator[Any, Any]) -> AsyncGenerator[Any, Any]:
    """The same on the loop of whoever iterates."""
    steps = translation.bridge.stream(values)
    to_sync = translation.to_sync
    try:
        item = await steps.__anext__()
        while True:
            try:
                sent = yield to_sync(item)
            except GeneratorExit:
                raise
            except BaseException as error:
                item = await steps.athrow(error)
            else:
                item = await steps.asend(None if sent is None else translation.to_async(sent))
    except StopAsyncIteration:
        return
    except TypeError as error:
        with_hint(error)
        raise
    finally:
        await steps.aclose()


_END: Any = object()


async def async_items(translation: Translation, values: Iterable[Any]) -> AsyncGenerator[Any, Any]:
    """A sync iterable of the user's as an async generator; each step runs in a thread."""
    steps = await in_thread(iter, values)
    step = getattr(steps, "send", None)
    try:
        item = await in_thread(next, steps, _END)
        while item is not _END:
            sent = yield translation.to_async(item)
            if sent is None or step is None:
                item = await in_thread(next, steps, _END)
            else:
                item = await in_thread(_send, step, translation.to_sync(sent))
    finally:
        close = getattr(steps, "close", None)
        if close is not None:
            await in_thread(close)


def _send(step: Any, value: Any) -> Any:
    try:
        return step(value)
    except StopIteration:
        return _END


class PlainContext(contextlib.ContextDecorator):
    """A sync context manager of the async side; it is entered and left where the caller is, as its variables are."""

    def __init__(self, translation: Translation, manager: Any) -> None:
        self._translation = translation
        self._manager = manager

    def _recreate_cm(self) -> PlainContext:
        return PlainContext(self._translation, self._manager._recreate_cm())

    def __enter__(self) -> Any:
        return self._translation.to_sync(self._manager.__enter__())

    def __exit__(self, *details: Any) -> Any:
        return self._manager.__exit__(*details)


class AsyncContext:
    """A sync context manager of the user's, made by ``make``, as an async one; all of it runs in threads."""

    def __init__(self, translation: Translation, make: Callable[[], Any]) -> None:
        self._translation = translation
        self._make = make
        self._manager: Any = None

    async def __aenter__(self) -> Any:
        self._manager = await in_thread(self._make)
        return self._translation.to_async(await in_thread(self._manager.__enter__))

    async def __aexit__(self, *details: Any) -> Any:
        return await in_thread(self._manager.__exit__, *details)

"""What generated code does with what callers hand in: each method makes of it what the async side expects there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .wrap_adapters import (
    adapted,
    as_async_context,
    as_async_items,
    as_async_iterator,
    follower,
    ready,
    taking_callbacks,
    unchanged,
)
from .wrap_callbacks import awaited_callback, event_callback, led_callback, maker_callback
from .wrap_meant import note_event

if TYPE_CHECKING:
    from .wrap_package import Package

C = TypeVar("C")


class HandedIn:
    """What a `Facade` has of them."""

    _package: Package

    def as_async(self, value: C) -> C:
        """For functions that the async side awaits; also in containers."""
        translation = self._package.translation
        return adapted(value, lambda function: awaited_callback(translation, function))  # type: ignore[no-any-return]

    def as_generator(self, value: C) -> C:
        """For functions that give what the async side iterates over."""
        translation = self._package.translation
        return adapted(value, lambda function: led_callback(translation, function, "iterate"))  # type: ignore[no-any-return]

    def as_manager(self, value: C) -> C:
        """For functions that give what the async side enters."""
        translation = self._package.translation
        return adapted(value, lambda function: led_callback(translation, function, "enter"))  # type: ignore[no-any-return]

    def as_maker(self, value: C) -> C:
        """For functions that give functions that the async side awaits."""
        translation = self._package.translation
        return adapted(value, lambda function: maker_callback(translation, function))  # type: ignore[no-any-return]

    def as_async_maker(self, value: C) -> C:
        """For those that the async side awaits themselves."""
        translation = self._package.translation
        return adapted(value, lambda function: maker_callback(translation, function, True))  # type: ignore[no-any-return]

    def decorator(self, value: C) -> C:
        """For functions that are to be given functions that the async side awaits."""
        return taking_callbacks(self, value)  # type: ignore[no-any-return]

    def as_event(self, value: C) -> C:
        """For functions whose results the async side does not look at: they are called one behind the other."""

        def event(function: Any) -> Any:
            callback, calls = event_callback(self._package.translation, function)
            if calls is not None:
                note_event(calls)
            return callback

        return adapted(value, event)  # type: ignore[no-any-return]

    def as_is(self, value: C) -> C:
        """For functions that another process runs."""
        return unchanged(value)  # type: ignore[no-any-return]  # until it is across

    def as_items(self, value: C) -> C:
        """For iterables that the async side iterates over."""
        return as_async_items(self._package.translation, value)  # type: ignore[no-any-return]

    def as_iterator(self, value: C) -> C:
        """For what the async side iterates over if it can: an iterator, but no list, text or file."""
        return as_async_iterator(self._package.translation, value)  # type: ignore[no-any-return]

    def as_context(self, value: C) -> C:
        """For context managers that the async side enters."""
        return as_async_context(self._package.translation, value)  # type: ignore[no-any-return]

    def as_filled(self, value: C) -> C:
        """For lists, dictionaries and sets that the async side fills, or keeps."""
        return self._package.translation.to_async_filled_later(value)  # type: ignore[no-any-return]

    def as_awaitable(self, value: object) -> Any:
        """For values that the async side awaits."""
        return ready(self._package.translation, value)

    def handed_on(self, options: dict[str, Any], /, **adapters: list[str]) -> dict[str, Any]:
        """For keyword arguments that the async side hands on: adapter → the names of those that go through it."""
        adapted = {name: getattr(self, how) for how, names in adapters.items() for name in names if name in options}
        return {**options, **{name: adapt(options[name]) for name, adapt in adapted.items()}}

    def as_protocol(self, value: C, *protocols: Any) -> C:
        """For objects that follow one of some protocols with async methods; a string names one of another module."""
        return follower(self._package.translation, value, protocols)  # type: ignore[no-any-return]

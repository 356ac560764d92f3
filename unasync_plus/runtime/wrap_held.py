"""Callbacks in attributes and variables: the functions that callers put there go through an adapter.

The source says which one: its name for what holds functions of one kind, also in a list or dictionary, and
``on_close=as_event on_open=as_async`` for a `SimpleNamespace` whose attributes hold some.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .wrap_adapters import ADAPTERS, adapted
from .wrap_live import LIVE

if TYPE_CHECKING:
    from .wrap_looking import Convert
    from .wrap_translation import Translation


def held_to_sync(translation: Translation, value: Any, how: str) -> Any:
    """What the sync side sees of what is there."""
    return translation._live(value, True, how) if _looks_through(value, how) else translation.to_sync(value)


def held_to_async(translation: Translation, value: Any, how: str) -> Any:
    """What is kept there."""
    if _looks_through(value, how):
        return translation._live(value, False, how)
    if "=" in how:
        return translation.to_async(value)
    if type(value) is staticmethod:
        return staticmethod(held_to_async(translation, value.__func__, how))
    return translation.to_async(adapted(value, functools.partial(ADAPTERS[how], translation)))


def _looks_through(value: Any, how: str) -> bool:
    return type(value) is SimpleNamespace if "=" in how else type(value) in LIVE


def held_ways(translation: Translation, for_sync: bool, how: str) -> tuple[Convert, Convert]:
    """What is made of what is read from a container of the other side, and of what is put into it."""
    if "=" not in how:
        ways = (
            functools.partial(held_to_sync, translation, how=how),
            functools.partial(held_to_async, translation, how=how),
        )
        return ways if for_sync else (ways[1], translation.to_sync)
    hows = dict(pair.split("=") for pair in how.split())
    outwards, inwards = translation._ways(for_sync, "")
    out = ByAttribute(outwards, held_to_sync if for_sync else held_to_async, translation, hows)
    return out, ByAttribute(inwards, held_to_async, translation, hows) if for_sync else inwards


class ByAttribute:
    """``others`` for what is in a namespace, and ``held`` for the attributes that hold functions."""

    __slots__ = ("_held", "_hows", "_others", "_translation")
    _takes_names_ = True

    def __init__(
        self, others: Convert, held: Callable[..., Any], translation: Translation, hows: dict[str, str]
    ) -> None:
        self._others = others
        self._held = held
        self._translation = translation
        self._hows = hows

    def __call__(self, value: Any, name: str = "") -> Any:
        how = self._hows.get(name, "")
        return self._held(self._translation, value, how) if how else self._others(value)

"""Attributes of the async side, as the sync side reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from ._naming import PropertyName
from .wrap_calls import finished
from .wrap_inspect import is_dynamic, static_attribute
from .wrap_live import LIVE
from .wrap_meant import RUN, is_auto_aio

if TYPE_CHECKING:
    from .wrap_translation import Translation

OWN = frozenset(("_async_", "_entered_", "_translation_"))
"""The attributes of a wrapper itself."""


def read(wrapper: Any, name: str) -> Any:
    """An attribute that the wrapper's class does not define."""
    if name in OWN:
        raise AttributeError(name)
    instance, translation = wrapper._async_, wrapper._translation_
    found = static_attribute(type(instance), name)
    is_own = name in getattr(instance, "__dict__", ())
    if found is None and not is_own and name.startswith("__") and name.endswith("__"):
        raise AttributeError(f"{type(wrapper).__name__!r} object has no attribute {name!r}")
    is_made = isinstance(found, property) or (found is None and is_dynamic(type(instance)))
    is_made = is_made or (type(found) in translation.package.classes and hasattr(type(found), "__get__"))
    if is_made and not is_own:
        return as_read(wrapper, name, *got(translation, type(wrapper), instance, name, True))
    there = getattr(instance, name)
    return as_read(wrapper, name, translation.to_sync(there), there)


def got(
    translation: Translation, cls: Any, source: Any, name: str, on_loop: bool, awaited: bool = False
) -> tuple[Any, Any]:
    """What the sync side sees of a property of ``source``, and what is there; what that gives to await is waited for.

    Making a coroutine takes no time, so a loop that runs here may stand still for that; an async caller of the interface
    "auto" awaits it, as async code does. ``awaited`` says that other things to await are so, too, and not something to hold.
    """
    is_aio = translation.is_aio or is_auto_aio(translation, RUN)
    is_inside = not on_loop or translation.bridge.is_inside()
    there = getattr(source, name) if is_inside else translation.quiet.run(_read(source, name))
    if type(there) is not CoroutineType and not (awaited and hasattr(type(there), "__await__")):
        return (translation.aio if is_aio else translation).to_sync(there), there
    coroutine: Any = there if type(there) is CoroutineType else _awaited(there)
    is_dual = translation.package.interface == "dual" and hasattr(getattr(cls, "Aio", None), name)
    coroutine.__qualname__ = PropertyName.of(cls.__qualname__, name, is_dual)
    value = (
        finished(translation.aio, coroutine, coroutine)
        if is_aio
        else translation.to_sync(translation.bridge.run(coroutine))
    )
    return value, there


async def _read(source: Any, name: str) -> Any:
    return getattr(source, name)


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def read_of_class(cls: Any, name: str) -> Any:
    """The same for an attribute of the async class."""
    translation = cls._default_
    there = getattr(cls._async_class_, name)
    how = cls._held_.get(name)
    if how is not None:
        return translation.to_sync_held(there, how)
    value = translation.to_sync(there)
    is_filled_later = value is there and _may_be_filled(cls, name, value)
    return translation.to_sync_filled_later(value) if is_filled_later else value


def as_read(wrapper: Any, name: str, value: Any, there: Any) -> Any:
    """The ``value`` of an attribute that is ``there`` on the async side.

    What is empty may be filled, and an object has the options through which ``wrapper`` is seen.
    """
    cls, translation = type(wrapper), wrapper._translation_
    how = cls._held_.get(name)
    if how is not None:
        return translation.to_sync_held(there, how) if type(there) in LIVE else value
    if value is there and _may_be_filled(cls, name, value):
        return translation.to_sync_filled_later(value)
    if translation is not cls._default_ and translation.package.wrapper_class in type(value).__mro__:
        return value._seen_(translation)
    return value


def _may_be_filled(cls: Any, name: str, value: Any) -> bool:
    """Whether an attribute is a container that may come to hold what the sync side sees otherwise."""
    return type(value) in LIVE and _may_hold_anything(_annotation(cls, name))


def _annotation(cls: Any, name: str) -> str:
    """The type of an attribute, as the wrapper class tells it to type checkers."""
    found = static_attribute(cls, name)
    if isinstance(found, property):
        return str(getattr(found.fget, "__annotations__", {}).get("return", ""))
    return next((str(own[name]) for base in cls.__mro__ if name in (own := vars(base).get("__annotations__", {}))), "")


def _holds_anything(annotation: str) -> bool:
    return not annotation or not _PLAIN.issuperset(re.findall(r"[^\W\d]\w*", annotation))


_may_hold_anything: Callable[[str], bool] = cache(_holds_anything)
_PLAIN = frozenset(
    "bool bytes ClassVar collections date datetime deque dict float frozenset int list None set str tuple typing Counter DefaultDict "
    "Deque Dict FrozenSet List Optional OrderedDict Set Tuple Union UUID Decimal Path defaultdict".split()
)
"""What stands in types of containers that hold nothing of a package."""

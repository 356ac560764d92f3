"""What is made of a function or method that a user hands in, and lives as long as that does.

The async side may hold a listener weakly: what it is given in the listener's place must not go before the listener does.
So a function holds it itself, and the two go together, as every circle of objects does. A method has an object, and that
is what lives; what is made of a method does not hold the object, and is kept here until the object goes.
"""

from __future__ import annotations

import functools
import threading
from types import FunctionType, MethodType
from typing import Any
from weakref import WeakValueDictionary, ref

_NAME = "_made_for_bridges_"
_lock = threading.RLock()
_of_objects: dict[int, tuple[Any, dict[Any, Any]]] = {}
_of_others: WeakValueDictionary[Any, Any] = WeakValueDictionary()


class _Kept(dict[Any, Any]):
    """Kept by a function. A copy of the function has none of it."""

    __slots__ = ("owner",)

    def __init__(self, owner: Any) -> None:
        super().__init__()
        self.owner = id(owner)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, ()


def kept_method(method: Any) -> bool:
    """Whether what is made of ``method`` can be a method of the same object, and live as long as that."""
    if type(method) is not MethodType:
        return False
    try:
        ref(method.__self__)
    except TypeError:
        return False
    return True


def kept(owner: Any, key: Any, make: Any) -> Any:
    """What is kept by ``owner``, which is a function or the object of a method, under ``key``; ``make`` makes it."""
    with _lock:
        place, key = _place(owner, key)
        found = place.get(key)
        if found is None:
            found = place[key] = make()
        return found


def _place(owner: Any, key: Any) -> tuple[Any, Any]:
    if type(owner) in (FunctionType, functools.partial):
        held = owner.__dict__.get(_NAME)
        if type(held) is not _Kept or held.owner != id(owner):  # what a decorator took over from another function
            held = owner.__dict__[_NAME] = _Kept(owner)
        return held, key
    return _of_others, (*key, id(owner))  # as long as the async side holds it; it holds the owner


def kept_for_object(owner: Any, key: Any, make: Any) -> Any:
    """The same for an object whose method it is made of; what ``make`` makes does not hold the object."""
    with _lock:
        found = _of_objects.get(id(owner))
        if found is None or found[0]() is not owner:
            number = id(owner)

            def gone(dead: Any) -> None:
                with _lock:
                    if number in _of_objects and _of_objects[number][0] is dead:
                        del _of_objects[number]

            found = _of_objects[number] = (ref(owner, gone), {})
        if key not in found[1]:
            found[1][key] = make()
        return found[1][key]

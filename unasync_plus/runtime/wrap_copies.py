"""`copy` and `pickle` of wrappers: the async object is copied, and what a user's class keeps in its wrapper."""

from __future__ import annotations

import copy
from typing import Any


def copied(wrapper: Any) -> Any:
    """For `copy.copy`."""
    made = wrapper._translation_.to_sync(copy.copy(wrapper._async_))
    if type(wrapper)._is_derived_:
        refilled(made, getattr(wrapper, "__dict__", {}))
    return made


def copied_deeply(wrapper: Any, memo: dict[int, Any]) -> Any:
    """For `copy.deepcopy`."""
    made = wrapper._translation_.to_sync(copy.deepcopy(wrapper._async_, memo))
    if type(wrapper)._is_derived_:
        refilled(made, copy.deepcopy(getattr(wrapper, "__dict__", {}), memo))
    return made


def reduced(wrapper: Any) -> Any:
    """For `pickle`. The async class of a user's class has no name by which it could be found: its parts are kept."""
    cls = type(wrapper)
    if not cls._is_derived_:
        return restored, (cls, wrapper._async_)
    make, given, *rest = wrapper._async_.__reduce_ex__(2)
    if getattr(make, "__name__", "") != "__newobj__" or given[0] is not cls._async_class_ or any(rest[1:]):
        raise TypeError(
            f"cannot pickle {cls.__name__!r} object: {cls._async_class_.__bases__[0].__name__} has a way of its own"
        )
    state = rest[0] if rest else None
    if isinstance(state, dict):
        state = {name: value for name, value in state.items() if name != "_sync_"}
    return revived, (cls, given[1:], state), dict(getattr(wrapper, "__dict__", ())), None, None, refilled


def restored(cls: Any, instance: Any) -> Any:
    """The wrapper of an async object that was pickled."""
    return cls._default_.to_sync(instance)


def revived(cls: Any, given: tuple[Any, ...], state: Any) -> Any:
    """The same for a user's class; what its wrapper held comes after this."""
    async_class = cls._async_class_
    instance = async_class.__new__(async_class, *given)
    if hasattr(instance, "__setstate__"):
        instance.__setstate__(state)
    elif state:
        instance.__dict__.update(state)
    return cls._of_(instance)


def refilled(wrapper: Any, own: dict[str, Any]) -> None:
    """What its wrapper held."""
    if own:
        wrapper.__dict__.update(own)

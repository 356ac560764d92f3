"""What a metaclass of the async side does for its classes, and does for their wrappers too: operators, and making objects.

Methods, attributes and properties of a metaclass need nothing of this: a wrapper class passes its attributes on anyway.
"""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any

from .wrap_calls import perform
from .wrap_inspect import is_async_function
from .wrap_meant import CALL, DIRECT, NOW

_NOT_PASSED_ON = frozenset(
    "__class__ __delattr__ __dir__ __eq__ __getattr__ __getattribute__ __hash__ __init__ __ne__ __new__ __prepare__ "
    "__reduce__ __reduce_ex__ __setattr__ __sizeof__".split()
)
"""They make the async class, or say which one it is."""

_made: dict[tuple[type, ...], type] = {}


def metaclass_for(metaclass: type, given: type, root: type) -> Any:
    """The metaclass of a wrapper of a class of ``metaclass``: ``given``, that of its bases, with what is passed on.

    ``root`` is the metaclass of wrappers whose classes have none of their own.
    """
    passed_on = _passed_on(metaclass, root)
    if issubclass(given, passed_on):
        return given
    return passed_on if issubclass(passed_on, given) else _kind(metaclass, (passed_on, given), {})


def _passed_on(metaclass: type, root: type) -> type:
    if metaclass in root.__mro__:
        return root
    above = [_passed_on(base, root) for base in metaclass.__bases__ if issubclass(base, type)]
    bases = [one for one in above if not any(other is not one and issubclass(other, one) for other in above)]
    operators = {name: _operator(name, value) for name, value in vars(metaclass).items() if _is_operator(name, value)}
    if "__aiter__" in operators:
        operators.setdefault("__iter__", operators.pop("__aiter__"))
    return _kind(metaclass, tuple(dict.fromkeys(bases)), operators)


def _kind(metaclass: type, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
    key = (metaclass, *bases)
    if key not in _made:
        _made[key] = type(metaclass.__name__, bases, {"__module__": metaclass.__module__, **namespace})
    return _made[key]


def _is_operator(name: str, value: Any) -> bool:
    is_special = name.startswith("__") and name.endswith("__") and name not in _NOT_PASSED_ON
    return is_special and isinstance(value, FunctionType)


def _operator(name: str, function: Any) -> Any:
    how = CALL if is_async_function(function) else NOW

    def operator(cls: Any, *args: Any, **kwargs: Any) -> Any:
        async_class = cls._async_class_
        method = MethodType(getattr(type(async_class), name), async_class)
        # what a user's class does when an object of it is made finds its way to the loop by itself
        is_here = name == "__call__" and cls._is_derived_
        return perform(cls._default_, DIRECT if is_here else how, method, args, kwargs)

    operator.__name__ = name
    operator.__doc__ = function.__doc__
    return operator

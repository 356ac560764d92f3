"""Classes that users derive from generated ones: each gets a class of its own on the async side.

That class derives from the async class and has, for everything the user's class defines, something that leads there:
coroutine functions for overridden async methods, which run the user's code in a thread, and plain methods for the
rest. So the async side may call hooks, read attributes and make objects of it without knowing of the sync side.
"""

from __future__ import annotations

import types
from types import FunctionType
from typing import Any

from .wrap_inspect import async_kind, is_async_property, static_attribute
from .wrap_lead import AwaitedMirror, Mirror, class_method, method, static_method, wrapper_of
from .wrap_protocols import SYNC_FACES

_INTERNAL = frozenset(
    "__abstractmethods__ __annotations__ __class__ __class_getitem__ __classcell__ __dict__ __doc__ __firstlineno__ "
    "__getattr__ __getattribute__ __init__ __init_subclass__ __module__ __new__ __orig_bases__ __parameters__ "
    "__qualname__ __reduce__ __reduce_ex__ __setattr__ __delattr__ __slots__ __static_attributes__ __weakref__ __hash__ "
    "__eq__ __repr__ __match_args__ __dataclass_fields__ __dataclass_params__ __type_params__ __del__".split()
)
"""Names that say something about the user's class alone."""


def async_subclass(cls: Any, options: dict[str, Any]) -> Any:
    """The async side's class for ``cls``, a user's class; ``options`` are the keywords behind its bases."""
    generated = _generated_bases(cls)
    bases = tuple(dict.fromkeys(base._async_class_ for base in generated))

    def body(namespace: dict[str, Any]) -> None:
        namespace.update(__module__=cls.__module__, __qualname__=cls.__qualname__, __doc__=cls.__doc__)
        namespace.update(_sync_class_=cls, __init__=_init)
        for name in _defined(cls, generated):
            namespace[_async_name(name)] = _leading(cls, name, bases)
        if "__eq__" in namespace:
            namespace.setdefault("__hash__", bases[0].__hash__)

    made: Any = types.new_class(cls.__name__, bases, options, body)
    made.__getattr__ = _fallback(made)
    return made


def _generated_bases(cls: Any) -> list[Any]:
    """The most derived generated classes that ``cls`` derives from."""
    generated = [
        base for base in cls.__mro__ if base.__dict__.get("_is_derived_") is False and "_async_class_" in vars(base)
    ]
    return [one for one in generated if not any(other is not one and issubclass(other, one) for other in generated)]


def _defined(cls: Any, generated: list[Any]) -> list[str]:
    """The names that the user's own classes define."""
    foreign = {base for one in generated for base in one.__mro__}
    names = {name: None for base in cls.__mro__ if base not in foreign for name in vars(base)}
    return [name for name in names if not _is_internal(name) and static_attribute(cls, name) is not None]


def _is_internal(name: str) -> bool:
    return name in _INTERNAL or name.startswith(("_abc_", "_is_")) or name == "_async_class_"


def _async_name(name: str) -> str:
    return SYNC_FACES[name][0] if name in SYNC_FACES else name


def _leading(cls: Any, name: str, bases: tuple[type, ...]) -> Any:
    """What leads from the async side to ``cls.name``."""
    value = getattr(
        static_attribute(cls, name), "_inner_", static_attribute(cls, name)
    )  # what a dual method is made of
    found = [static_attribute(base, _async_name(name)) for base in bases]
    inherited = next((one for one in found if one is not None), None)
    if inherited is not None:
        kind = async_kind(inherited)
    else:
        kind = "plain" if name.startswith("_") else _kind_of_namesakes(cls, name)
    if isinstance(value, classmethod):
        return class_method(name, kind, value.__func__)
    if isinstance(value, staticmethod):
        return static_method(cls, name, kind, value.__func__)
    if isinstance(value, FunctionType) or (kind in ("await", "iterate", "enter") and callable(value)):
        return method(name, kind, value)
    return AwaitedMirror(name) if is_async_property(inherited) else Mirror(name)


def _kind_of_namesakes(cls: Any, name: str) -> str:
    """For a method that no base class has: what the package's other classes have under that name.

    Nobody knows of the others; who looks a method up by name usually can await its result.
    """
    found = [static_attribute(one, name) for one in tuple(cls._default_.package.classes)]
    kinds = {async_kind(one) for one in found if one is not None}
    return "plain" if kinds == {"plain"} else "await"


def mirror(cls: Any, name: str) -> None:
    """Let the async side see that ``cls.name`` was set after the class was made."""
    if not _is_internal(name):
        made = cls._async_class_
        setattr(made, _async_name(name), _leading(cls, name, made.__bases__))


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    """The async side makes an instance: the user's `__init__` runs, in the loop."""
    wrapper = wrapper_of(self)
    to_sync = wrapper._translation_.to_sync
    wrapper.__init__(*map(to_sync, args), **{name: to_sync(value) for name, value in kwargs.items()})


def _fallback(made: Any) -> Any:
    def __getattr__(self: Any, name: str) -> Any:
        if not name.startswith("__"):
            wrapper = self.__dict__.get("_sync_")
            own = getattr(wrapper, "__dict__", {})
            if name in own:
                return wrapper._translation_.to_async(own[name])
        inherited = getattr(super(made, self), "__getattr__", None)
        if inherited is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return inherited(name)

    return __getattr__


def knows(wrapper: Any, name: str) -> bool:
    """Whether ``name`` is an attribute of the async object, or is meant to be one."""
    instance = wrapper._async_
    if name in getattr(instance, "__dict__", ()):
        return True
    return any(
        name in base.__dict__ or name in getattr(base, "__annotations__", ())
        for base in type(instance).__mro__
        if base is not object
    )

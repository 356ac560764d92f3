"""What a wrapper class gets at run time, because its source does not say it.

Operators that the async class has from elsewhere (a dataclass, a base class that is not wrapped), the sync faces of its
async protocols, and functions that the generator left out as private, for subclasses that call or override them. All but
the faces stand in a base class of their own: the generated class holds what its stub tells of, and no more.
"""

from __future__ import annotations

import contextlib
from abc import ABCMeta
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, GenericAlias, MethodDescriptorType, WrapperDescriptorType
from typing import TYPE_CHECKING, Any

from .wrap_calls import perform
from .wrap_inspect import is_async_function, is_async_type, plain_function, static_attribute
from .wrap_meant import CALL, DIRECT, NOW
from .wrap_owner import owner_of
from .wrap_protocols import ASYNC_FACES, SYNC_FACES, await_nothing, decorate
from .wrap_reading import as_read, got

if TYPE_CHECKING:
    from .wrap_package import Package

_NOT_FORWARDED = frozenset(
    "__abstractmethods__ __annotations__ __class__ __class_getitem__ __copy__ __deepcopy__ __del__ __delattr__ __dict__ "
    "__dir__ __doc__ __firstlineno__ __getattr__ __getattribute__ __getnewargs__ __getnewargs_ex__ __getstate__ __init__ "
    "__init_subclass__ __module__ __new__ __qualname__ __reduce__ __reduce_ex__ __setattr__ __setstate__ __sizeof__ "
    "__slots__ __static_attributes__ __subclasshook__ __weakref__ __aenter__ __aexit__ __aiter__ __anext__ "
    "__await__".split()
)
_COPIED = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_NEEDS_NO_LOOP = frozenset(
    "__bool__ __eq__ __ge__ __gt__ __hash__ __le__ __len__ __lt__ __ne__ __repr__ __str__".split()
)
_FUNCTIONS: tuple[type, ...] = (FunctionType, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)


def fill(cls: Any, async_class: type, package: Package) -> None:
    """Add to ``cls``, which stands for ``async_class``, what it lacks."""
    root = next(base for base in cls.__mro__ if "_async_" in base.__dict__)
    given = _given(cls, root)
    _add_faces(cls, async_class, package, given)
    found: dict[str, Any] = {}
    for base in async_class.__mro__:
        if base is object or (base is not async_class and base in package.classes):
            continue
        for name, value in tuple(vars(base).items()):
            if name not in given:
                found.update(_passed_on(name, value))
                given.add(name)
    if found:
        _add_base(cls, root, found)
    for name, value in vars(async_class).items():  # a base's own would be found before what is passed on
        if _is_copied(name, value) and name in given and name not in vars(cls) and name not in found:
            type.__setattr__(cls, name, value)
    _settle_abstract(cls, async_class)
    _register(cls, async_class, package)


def _register(cls: Any, async_class: type, package: Package) -> None:
    """Let `isinstance` tell of the abstract classes that the async class derives from, and that are not wrapped."""
    for base in async_class.__mro__:
        if type(base) is ABCMeta and base not in package.classes and not is_async_type(base):
            if not getattr(base, "_is_protocol", False):
                ABCMeta.register(base, cls)  # the class may have a method of that name, as selectors do


def _given(cls: Any, root: Any) -> set[str]:
    """The names that ``cls`` has from generated code; those of ``root``, the root wrapper, are there to be replaced."""
    above = cls.__mro__[: cls.__mro__.index(root)]
    return {name for base in above for name in base.__dict__} - {"__doc__", "__module__"}


def _passed_on(name: str, value: Any) -> dict[str, Any]:
    """What stands for ``value``, an attribute of the async class, under ``name``; nothing for what is data."""
    if _is_copied(name, value):
        return {name: value}
    if name == "__class_getitem__":
        return _subscription(value)
    if name.startswith("__") and name.endswith("__"):
        is_operator = name not in _NOT_FORWARDED and isinstance(value, _FUNCTIONS)
        return {name: _operator(name, value)} if is_operator else {}
    if not isinstance(plain_function(value), _FUNCTIONS):
        return {}
    is_read = isinstance(value, (property, cached_property))
    return {name: ForwardProperty(name) if is_read else Forward(name)}


def _subscription(value: Any) -> dict[str, Any]:
    """``Client[int]``; that of the typing module is in the generated class's own base, `Generic`."""
    function = value.__func__ if isinstance(value, classmethod) else None
    if function is GenericAlias:
        return {"__class_getitem__": value}
    if not isinstance(function, FunctionType) or function.__module__ == "typing":
        return {}

    def subscribed(cls: Any, item: Any) -> Any:
        return perform(cls._default_, NOW, cls._async_class_.__class_getitem__, (item,), {})

    return {"__class_getitem__": classmethod(subscribed)}


def _is_copied(name: str, value: Any) -> bool:
    return name in _COPIED or (name == "__hash__" and value is None)


def _add_base(cls: Any, root: Any, found: dict[str, Any]) -> None:
    """A class with ``found`` right before ``root`` in the order in which ``cls`` looks for attributes."""
    kind = type(root)
    namespace = {"__slots__": (), "__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.<passed on>"}
    base = super(kind, kind).__new__(kind, f"{cls.__name__}PassedOn", (root,), namespace)
    for name, value in found.items():
        type.__setattr__(base, name, value)  # not in the namespace: a class with an `__eq__` there loses its hash
    bases = [one for one in cls.__bases__ if one is not root]
    index = cls.__bases__.index(root) if root in cls.__bases__ else _behind_wrappers(bases, kind)
    cls.__bases__ = (*bases[:index], base, *bases[index:])


def _behind_wrappers(bases: list[Any], kind: type) -> int:
    return max(index for index, base in enumerate(bases, 1) if isinstance(base, kind))


def _operator(name: str, value: Any) -> Any:
    how = CALL if name == "__call__" else DIRECT if name in _NEEDS_NO_LOOP else NOW

    def operator(self: Any, *args: Any, **kwargs: Any) -> Any:
        return perform(self._translation_, how, getattr(owner_of(self), name), args, kwargs)

    operator.__name__ = name
    operator.__doc__ = value.__doc__
    if not is_async_function(value):
        operator.__wrapped__ = value  # type: ignore[attr-defined]  # for its signature
    return operator


class Forward:
    """A function of the async class, under the same name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return owner._default_.to_sync(getattr(owner._async_class_, self._name))
        translation = instance._translation_
        value = getattr(owner_of(instance), self._name)
        return translation.to_sync(value)


class ForwardProperty(Forward):
    """A property of the async class."""

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return super().__get__(instance, owner)
        value, there = got(instance._translation_, owner, owner_of(instance), self._name, True)
        return as_read(instance, self._name, value, there)


def _add_faces(cls: Any, async_class: type, package: Package, given: set[str]) -> None:
    for name, (needed, face) in SYNC_FACES.items():
        is_sync_too = name in ("__iter__", "__next__") and hasattr(async_class, name)
        if hasattr(async_class, needed) and name not in given and not is_sync_too:
            type.__setattr__(cls, name, face)
            given.add(name)
    decorator: Any = getattr(contextlib, "AsyncContextDecorator", None)  # exists from Python 3.10 on
    if decorator is not None and "__call__" not in given and issubclass(async_class, decorator):
        type.__setattr__(cls, "__call__", decorate)
        given.add("__call__")
    if package.interface != "sync":
        for name, face in ASYNC_FACES.items():
            if hasattr(async_class, name) and name not in given:
                type.__setattr__(cls, name, face)
                given.add(name)
    if package.interface == "auto" and "__await__" not in given and not hasattr(cls, "__await__"):
        type.__setattr__(cls, "__await__", await_nothing)


def _settle_abstract(cls: Any, async_class: Any) -> None:
    """What is concrete on the async side is concrete here."""
    abstract: frozenset[str] = getattr(async_class, "__abstractmethods__", frozenset())
    names: frozenset[str] = getattr(cls, "__abstractmethods__", frozenset())
    needed = {name: SYNC_FACES[name][0] if name in SYNC_FACES else name for name in names}
    if names:
        kept = {
            name for name in names if needed[name] in abstract or static_attribute(async_class, needed[name]) is None
        }
        type.__setattr__(cls, "__abstractmethods__", frozenset(kept))

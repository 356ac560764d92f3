"""The base class of all generated classes: an object that stands for one of the async side.

A generated class names the class that it stands for (``class Client(Wrapper, wraps=_async.Client)``) and the methods that
people call; everything else is found at run time: attributes, private methods, operators that a base class brings along.
A class that a user derives from a generated one stands for a class of its own on the async side, see `wrap_override`.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from .wrap_calls import perform
from .wrap_copies import copied, copied_deeply, reduced
from .wrap_forward import Forward, fill
from .wrap_inspect import static_attribute
from .wrap_interface import DualMethod, WithOptions
from .wrap_meant import NOW
from .wrap_metaclass import metaclass_for
from .wrap_override import async_subclass, knows, mirror
from .wrap_owner import owner_of
from .wrap_package import Package, package_of_class
from .wrap_reading import OWN, read, read_of_class

if TYPE_CHECKING:
    from abc import ABCMeta as _Meta

    from typing_extensions import Self

    from .wrap_context import Entered
    from .wrap_translation import Translation
else:
    _Meta = type(Protocol)  # the most derived metaclass of the language's own: ABCs and protocols can be bases too

_INTERNAL = ("_async_class_", "_asyncio_future_blocking", "_default_", "_held_", "_is_derived_")
"""What a wrapper class does not have of the async class: asyncio takes for a future of its own loop what has the second."""


class WrapperMeta(_Meta):
    """Makes wrapper classes, and passes class attributes on to the async class."""

    def __new__(
        mcs,
        name: str,
        bases: tuple[Any, ...],
        namespace: dict[str, Any],
        /,
        wraps: Any = None,
        _package: Package | None = None,
        **options: Any,
    ) -> Any:
        if not any(isinstance(base, WrapperMeta) for base in bases):
            return super().__new__(mcs, name, bases, namespace)
        if wraps is None:
            own = (
                options
                if any(base._is_derived_ and "__init_subclass__" in vars(base) for base in _above(bases))
                else {}
            )
            cls: Any = super().__new__(mcs, name, bases, _with_dual(namespace, bases), **own)
            cls._is_derived_ = True
            cls._async_class_ = async_subclass(cls, {} if own else options)
            return cls
        kept = {key: value for key, value in namespace.items() if not _is_data(key, value)}
        cls = super().__new__(metaclass_for(type(wraps), mcs, WrapperMeta), name, bases, kept)
        cls._is_derived_ = False
        cls._async_class_ = wraps
        if hasattr(wraps, "__await__"):
            cls._awaited_by_result = True  # for converted code that is given it and would have awaited it
        package = _package or package_of_class(namespace["__module__"], bases)
        cls._default_ = package.translation
        above = {each: how for base in reversed(_above(bases)) for each, how in base._held_.items()}
        cls._held_ = {**above, **{each: how for how, names in options.items() for each in names}}
        package.register(wraps, cls)
        fill(cls, wraps, package)
        return cls

    def __init__(cls, name: str, bases: tuple[Any, ...], namespace: dict[str, Any], /, **_: Any) -> None:
        super().__init__(name, bases, namespace)

    @property
    def __signature__(cls) -> Any:
        """That of the async class, if nothing here says how objects are made: of a dataclass, say."""
        for base in cls.__mro__:
            if "_async_" in base.__dict__:
                break
            if "__init__" in base.__dict__ or "__new__" in base.__dict__:
                return None
        from inspect import signature

        try:
            own: Any = next(base for base in cls.__mro__ if not base.__dict__.get("_is_derived_", True))
            return signature(own._async_class_) if own is not Wrapper else None
        except (TypeError, ValueError):  # of C code
            return None

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") or name in _INTERNAL:
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return read_of_class(cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        is_own = name in cls.__dict__ or isinstance(static_attribute(cls, name), Forward)
        if name.startswith("_") or is_own or cls._is_derived_:
            super().__setattr__(name, value)
        elif hasattr(cls._async_class_, name):
            setattr(cls._async_class_, name, cls._default_.to_async_held(value, cls._held_.get(name, "")))
        else:
            super().__setattr__(name, value)
        if not name.startswith("__") and cls.__dict__.get("_is_derived_"):
            mirror(cls, name)

    def __delattr__(cls, name: str) -> None:
        if name in cls.__dict__:
            super().__delattr__(name)
        else:
            delattr(cls._async_class_, name)


def _above(bases: tuple[Any, ...]) -> list[Any]:
    """The wrapper classes among the bases and above them."""
    return [base for root in bases for base in root.__mro__ if isinstance(base, WrapperMeta)]


def _with_dual(namespace: dict[str, Any], bases: tuple[Any, ...]) -> dict[str, Any]:
    """What overrides a dual method is dual itself."""

    def is_dual(name: str) -> bool:
        return any(isinstance(static_attribute(base, name), DualMethod) for base in bases)

    return {
        name: DualMethod(value, "overridden") if isinstance(value, FunctionType) and is_dual(name) else value
        for name, value in namespace.items()
    }


def _is_data(name: str, value: Any) -> bool:
    """Whether a class body's entry is there for type checkers only: the value is the async class's."""
    if name.startswith("__") and name.endswith("__"):
        return False
    return not (isinstance(value, type) or hasattr(type(value), "__get__"))


class _Made:
    """How a wrapper is made, and how its attributes are found: type checkers look at the generated classes instead."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            self = object.__new__(cls)  # first: it refuses abstract classes
            return _bound(self, _allocated(cls, args, kwargs))

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            init = owner_of(self).__init__
            if type(self._async_).__init__ is not object.__init__:
                if type(self)._held_:
                    args, kwargs = _held(self, args, kwargs)
                perform(self._translation_, NOW, init, args, kwargs)

        def __getattr__(self, name: str) -> Any:
            return read(self, name)

        def __setattr__(self, name: str, value: Any) -> None:
            attribute = static_attribute(type(self), name)
            if hasattr(type(attribute), "__set__") or (type(self)._is_derived_ and not knows(self, name)):
                object.__setattr__(self, name, value)
            elif name == "__orig_class__":
                if hasattr(self, "__dict__"):
                    self.__dict__[name] = value
            else:
                value = self._translation_.to_async_held(value, type(self)._held_.get(name, ""))
                setattr(self._async_, name, value)

        def __delattr__(self, name: str) -> None:
            attribute = static_attribute(type(self), name)
            if hasattr(type(attribute), "__delete__") or name in getattr(self, "__dict__", ()):
                object.__delattr__(self, name)
            else:
                delattr(self._async_, name)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Wrapper) and other._async_ is self._async_

        def __hash__(self) -> int:
            return hash(id(self._async_))


class Wrapper(_Made, metaclass=WrapperMeta):
    """Stands for `_async_`, an object of the async side; see the module's docstring."""

    __slots__ = ("__weakref__", "_async_", "_entered_", "_translation_")

    _async_: Any
    _entered_: Entered | None
    _translation_: Translation
    _is_derived_ = False
    _is_protocol = False  # asked for at every isinstance
    _held_: ClassVar[dict[str, str]] = {}
    """Attribute → the adapter of the functions that are kept in it."""
    if TYPE_CHECKING:
        _async_class_: Any
        _default_: Translation

        def __init_subclass__(cls, *, wraps: Any = None, **options: Any) -> None: ...

    with_options = WithOptions()
    """The same object through a bridge with other options: timeout, retry, correlation_id, around."""

    def _seen_(self, translation: Translation) -> Self:
        view = object.__new__(type(self))
        put = object.__setattr__
        put(view, "_async_", self._async_)
        put(view, "_translation_", translation)
        put(view, "_entered_", None)
        if hasattr(self, "__dict__"):
            put(view, "__dict__", self.__dict__)
        return view

    @classmethod
    def _of_(cls, instance: Any) -> Any:
        """The wrapper of ``instance``, which has none yet; the object is not made anew."""
        return _bound(object.__new__(cls), instance)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *dir(self._async_)} - OWN)

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} for {self._async_!r}>"

    def __copy__(self) -> Any:
        return copied(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return copied_deeply(self, memo)

    def __reduce__(self) -> Any:
        return reduced(self)


del _Made  # or stubtest would compare its methods with those that type checkers do not see


def _held(wrapper: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The arguments of a dataclass: functions for fields that hold some are adapted."""
    held, convert = type(wrapper)._held_, wrapper._translation_.to_async_held
    code = getattr(type(wrapper._async_).__init__, "__code__", None)
    names = () if code is None else code.co_varnames[1 : code.co_argcount]
    given = [convert(value, held.get(name, "")) for name, value in zip(names, args)]  # noqa: B905
    return [*given, *args[len(given) :]], {name: convert(value, held.get(name, "")) for name, value in kwargs.items()}


def _allocated(cls: Any, args: Any, kwargs: Any) -> Any:
    """A new object of the async side that is not initialised."""
    async_class = cls._async_class_
    make = async_class.__new__
    if make is object.__new__:
        return make(async_class)
    to_async = cls._default_.to_async
    return make(async_class, *map(to_async, args), **{name: to_async(value) for name, value in kwargs.items()})


def _bound(wrapper: Any, instance: Any) -> Any:
    """``wrapper`` as the wrapper of ``instance``; or the one that it has already."""
    cls = type(wrapper)
    translation = cls._default_
    package = translation.package
    if not isinstance(instance, cls._async_class_):  # the async class's __new__ gave something else
        return translation.to_sync(instance)
    put = object.__setattr__
    put(wrapper, "_async_", instance)
    put(wrapper, "_translation_", translation)
    put(wrapper, "_entered_", None)
    with package.lock:
        found = package.wrappers.setdefault(id(instance), wrapper)
        if found is wrapper and cls._is_derived_:
            put(instance, "_sync_", wrapper)  # the user's state lives in the wrapper
    return found

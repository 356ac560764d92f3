"""Functions with something besides the call: `with_options`, and `.aio` in the dual interface."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from .wrap_calls import perform
from .wrap_meant import RUN, Pending, call_meant

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from typing_extensions import ParamSpec

    from .wrap_translation import Translation

    P = ParamSpec("P")
elif sys.version_info >= (3, 10):  # noqa: UP036
    from typing import ParamSpec

    P = ParamSpec("P")
else:
    P = TypeVar("P")

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741  # an instance
A = TypeVar("A")


class Function(Generic[P, T]):
    """What type checkers see of a module's function. (It is the function itself, with these attributes.)"""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        raise NotImplementedError

    def with_options(self, **options: Any) -> Callable[P, T]:
        """The function through a bridge with other options: timeout, retry, correlation_id, around."""
        raise NotImplementedError

    @staticmethod
    def extend(function: Any, translation: Translation, is_dual: bool) -> Any:
        """Give ``function`` the attributes."""
        function.with_options = functools.partial(_optioned, function, translation, is_dual)
        if is_dual:
            function.aio = functools.partial(_call_aio, function, None)
        return function


def _call_aio(function: Any, translation: Translation | None, /, *args: Any, **kwargs: Any) -> Any:
    return call_meant(Pending(True, translation), function, args, kwargs)


def _optioned(function: Any, translation: Translation, is_dual: bool, /, **options: Any) -> Any:
    other = translation.with_options(options)

    @functools.wraps(function, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        return call_meant(Pending(False, other), function, args, kwargs)

    if is_dual:
        call.aio = functools.partial(_call_aio, function, other)  # type: ignore[attr-defined]  # see `Function`
    return call


class WithOptions:
    """`with_options` of an object, and of its class for class methods, static methods and new objects."""

    def __init__(self, of: Any = None) -> None:
        self._of_ = of

    @overload
    def __get__(self, instance: None, owner: type[I]) -> Callable[..., type[I]]: ...
    @overload
    def __get__(self, instance: I, owner: type[I]) -> Callable[..., I]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        return WithOptions(owner if instance is None else instance)

    def __call__(self, **options: Any) -> Any:
        return ClassView(self._of_, **options) if isinstance(self._of_, type) else _seen(self._of_, **options)


def _seen(wrapper: Any, /, **options: Any) -> Any:
    return wrapper._seen_(wrapper._translation_.with_options(options))


class ClassView:
    """A class of the package seen through a bridge with other options."""

    def __init__(self, seen: Any, /, **options: Any) -> None:
        self._class_ = seen
        self._options_ = options

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _seen(self._class_(*args, **kwargs), **self._options_)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._class_, name)
        if not callable(value) or isinstance(value, type):
            return value
        return _optioned(value, self._class_._default_, isinstance(value, Dual), **self._options_)


class Dual(Generic[P, T, A]):
    """A function for both kinds of callers: ``f()`` for sync ones, ``f.aio()`` for async ones."""

    def __init__(self, function: Callable[..., T], first: tuple[Any, ...] = (), how: str = "generated") -> None:
        functools.update_wrapper(self, function, updated=())
        self._function_ = function
        self._first_ = first
        self._how_ = how

    @property
    def __self__(self) -> Any:
        """What it is called on, as of any bound method."""
        if not self._first_:
            raise AttributeError("__self__")
        return self._first_[0]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._function_(*self._first_, *args, **kwargs)

    def aio(self, *args: P.args, **kwargs: P.kwargs) -> A:
        """The same for callers with a loop of their own: to await, to iterate over, or to enter."""
        function: Any = self._function_
        given: Any = (*self._first_, *args)
        named: Any = kwargs
        if self._how_ == "overridden":
            target = self._first_[0]
            method = getattr(target._async_, function.__name__)
            function, given = functools.partial(perform, target._translation_, RUN, method), (args, kwargs)
            named = {}
        return call_meant(Pending(True), function, given, named)  # type: ignore[no-any-return]  # what the decorator says

    @property
    def __signature__(self) -> Any:
        from inspect import signature

        bound: Any = functools.partial(self._function_, *self._first_)
        return signature(bound)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dual):
            return False
        return self._function_ == other._function_ and self._first_ == other._first_

    def __hash__(self) -> int:
        return hash(self._function_)

    def __repr__(self) -> str:
        bound = f" of {self._first_[0]!r}" if self._first_ else ""
        return f"<dual {self._function_.__qualname__}{bound}>"


class AioView:
    """What async callers read of an object in the dual interface: its async properties, to await."""

    __slots__ = ("_of_",)

    def __init__(self, of: Any) -> None:
        self._of_ = of


class DualFunction(Dual[P, T, A]):
    """What type checkers see of a module's function in the dual interface. (It is the function itself, see `Function`.)"""

    def with_options(self, **options: Any) -> Dual[P, T, A]:
        """The function through a bridge with other options: timeout, retry, correlation_id, around."""
        raise NotImplementedError


class DualMethod(Generic[P, T, A]):
    """The same in a class body, also around a class method or static method."""

    def __init__(self, function: Any, how: str = "generated") -> None:
        itself: Any = self
        functools.update_wrapper(itself, getattr(function, "__func__", function), updated=())
        self._inner_ = function
        self._how_ = how
        if getattr(self._inner_, "__isabstractmethod__", False):
            self.__isabstractmethod__ = True

    def __get__(self, instance: Any, owner: Any = None) -> Dual[P, T, A]:
        inner = self._inner_
        if isinstance(inner, staticmethod):
            return Dual(inner.__func__)
        if isinstance(inner, classmethod):
            return Dual(inner.__func__, (owner,))
        return Dual(inner, () if instance is None else (instance,), self._how_)


class DualSelfMethod(Generic[P]):
    """What type checkers see of a dual method that gives `Self`: the type of what it is called on."""

    @overload
    def __get__(self, instance: None, owner: type[I]) -> Dual[P, I, Coroutine[Any, Any, I]]: ...
    @overload
    def __get__(self, instance: I, owner: type[I]) -> Dual[P, I, Coroutine[Any, Any, I]]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        raise NotImplementedError


class ClassProperty(Generic[T]):
    """A property of the class; also seen through its instances."""

    def __init__(self, function: Callable[[Any], T]) -> None:
        functools.update_wrapper(self, function, updated=())  # type: ignore[arg-type]  # it takes over name and docstring
        self._function_ = function

    def __get__(self, instance: Any, owner: Any = None) -> T:
        return self._function_(type(instance) if owner is None else owner)

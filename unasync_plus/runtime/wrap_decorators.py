"""The decorators of generated functions and methods, and what type checkers make of them.

There is one for each kind of result that async callers get: to await, to iterate over, to send to, or to enter.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from .wrap_inspect import static_attribute
from .wrap_interface import ClassProperty, DualFunction, DualMethod, DualSelfMethod, Function

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Generator, Iterable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from typing import Concatenate

    from typing_extensions import ParamSpec

    from .wrap_package import Package

    _P = ParamSpec("_P")

R = TypeVar("R")
S = TypeVar("S")
C = TypeVar("C")


_ADDED: tuple[type, ...] = (FunctionType, BuiltinFunctionType, MethodType, functools.partial)
_OF_CACHES = ("cache_clear", "cache_info", "cache_parameters")


def _added_functions(function: Any) -> list[tuple[str, Any]]:
    """What decorators have given a function of the async side: ``cache_clear``, ``retry_with``; or what the object that they
    made of it can do: ``pipe``."""
    found = {**getattr(function, "__dict__", {}), **{name: getattr(function, name, None) for name in _OF_CACHES}}
    if not isinstance(function, (*_ADDED, type, type(None))):
        found.update(_methods(function))
    return [(name, value) for name, value in found.items() if isinstance(value, _ADDED) and not name.startswith("_")]


def _methods(value: object) -> Iterator[tuple[str, Any]]:
    """The methods of an object; no property is asked."""
    for name in {name for base in type(value).__mro__ for name in base.__dict__ if not name.startswith("_")}:
        if isinstance(static_attribute(type(value), name), (FunctionType, classmethod, staticmethod)):
            yield name, getattr(value, name)


class Decorators:
    """What a `Facade` has of them."""

    source: ModuleType
    _package: Package

    def _function(self, function: Any, is_dual: bool) -> Any:
        translation = self._package.translation
        own = getattr(self.source, function.__name__, None)
        for name, added in _added_functions(own):
            setattr(function, name, translation.to_sync(added))
        function._async_side_ = id(function), own
        return Function.extend(function, translation, is_dual)

    def function(self, function: Callable[_P, R]) -> Function[_P, R]:
        """A module's function, with ``with_options``."""
        return self._function(function, False)  # type: ignore[no-any-return]

    def copied(self, async_class: type) -> Callable[[C], C]:
        """A named tuple with sync types; tuples of one class become tuples of the other on the way across."""

        def pair(copy: C) -> C:
            self._package.pair_copies(async_class, copy)  # type: ignore[arg-type]  # it is a class
            return copy

        return pair

    def dual_self(self, function: Callable[Concatenate[Any, _P], Any]) -> DualSelfMethod[_P]:
        """A method that gives `Self`, with ``.aio``."""
        return DualMethod(function)  # type: ignore[return-value]  # `DualSelfMethod` is for type checkers

    def class_property(self, function: Callable[[Any], R]) -> ClassProperty[R]:
        """A property of the class."""
        return ClassProperty(function)

    def dual_overloaded(self, function: C) -> C:
        """A method with overloads, which no decorator can carry over to ``.aio``; its stub has them."""
        return DualMethod(function)  # type: ignore[return-value]  # type checkers look at the overloads

    dual_overloaded_self = dual_overloaded_iterator = dual_overloaded_iterable = dual_overloaded
    dual_overloaded_generator = dual_overloaded_context = dual_overloaded
    dual_static_overloaded = dual_static_overloaded_iterator = dual_static_overloaded_iterable = dual_overloaded
    dual_static_overloaded_generator = dual_static_overloaded_context = dual_overloaded

    def dual_function_overloaded(self, function: C) -> C:
        """The same for a module's function."""
        return self._function(function, True)  # type: ignore[no-any-return]

    dual_function_overloaded_iterator = dual_function_overloaded_iterable = dual_function_overloaded
    dual_function_overloaded_generator = dual_function_overloaded_context = dual_function_overloaded

    def dual_function(self, function: Callable[_P, R]) -> DualFunction[_P, R, Coroutine[Any, Any, R]]:
        """A module's function with ``.aio``, which gives a coroutine."""
        return self._function(function, True)  # type: ignore[no-any-return]

    def dual_function_iterator(
        self, function: Callable[_P, Iterator[R]]
    ) -> DualFunction[_P, Iterator[R], AsyncIterator[R]]:
        """A module's function with ``.aio``, which gives an async iterator."""
        return self._function(function, True)  # type: ignore[no-any-return]

    def dual_function_iterable(
        self, function: Callable[_P, Iterable[R]]
    ) -> DualFunction[_P, Iterable[R], AsyncIterator[R]]:
        """A module's function with ``.aio``, which gives an async iterator."""
        return self._function(function, True)  # type: ignore[no-any-return]

    def dual_function_generator(
        self, function: Callable[_P, Generator[R, S, Any]]
    ) -> DualFunction[_P, Generator[R, S, None], AsyncGenerator[R, S]]:
        """A module's function with ``.aio``, which gives an async generator."""
        return self._function(function, True)  # type: ignore[no-any-return]

    def dual_function_context(
        self, function: Callable[_P, AbstractContextManager[R]]
    ) -> DualFunction[_P, AbstractContextManager[R], AbstractAsyncContextManager[R]]:
        """A module's function with ``.aio``, which gives an async context manager."""
        return self._function(function, True)  # type: ignore[no-any-return]

    def dual(self, function: Callable[Concatenate[Any, _P], R]) -> DualMethod[_P, R, Coroutine[Any, Any, R]]:
        """A method or class method with ``.aio``, which gives a coroutine."""
        return DualMethod(function)

    def dual_iterator(
        self, function: Callable[Concatenate[Any, _P], Iterator[R]]
    ) -> DualMethod[_P, Iterator[R], AsyncIterator[R]]:
        """A method or class method with ``.aio``, which gives an async iterator."""
        return DualMethod(function)

    def dual_iterable(
        self, function: Callable[Concatenate[Any, _P], Iterable[R]]
    ) -> DualMethod[_P, Iterable[R], AsyncIterator[R]]:
        """A method or class method with ``.aio``, which gives an async iterator."""
        return DualMethod(function)

    def dual_generator(
        self, function: Callable[Concatenate[Any, _P], Generator[R, S, Any]]
    ) -> DualMethod[_P, Generator[R, S, None], AsyncGenerator[R, S]]:
        """A method or class method with ``.aio``, which gives an async generator."""
        return DualMethod(function)

    def dual_context(
        self, function: Callable[Concatenate[Any, _P], AbstractContextManager[R]]
    ) -> DualMethod[_P, AbstractContextManager[R], AbstractAsyncContextManager[R]]:
        """A method or class method with ``.aio``, which gives an async context manager."""
        return DualMethod(function)

    def dual_static(self, function: Callable[_P, R]) -> DualMethod[_P, R, Coroutine[Any, Any, R]]:
        """A static method with ``.aio``, which gives a coroutine."""
        return DualMethod(function)

    def dual_static_iterator(
        self, function: Callable[_P, Iterator[R]]
    ) -> DualMethod[_P, Iterator[R], AsyncIterator[R]]:
        """A static method with ``.aio``, which gives an async iterator."""
        return DualMethod(function)

    def dual_static_iterable(
        self, function: Callable[_P, Iterable[R]]
    ) -> DualMethod[_P, Iterable[R], AsyncIterator[R]]:
        """A static method with ``.aio``, which gives an async iterator."""
        return DualMethod(function)

    def dual_static_generator(
        self, function: Callable[_P, Generator[R, S, Any]]
    ) -> DualMethod[_P, Generator[R, S, None], AsyncGenerator[R, S]]:
        """A static method with ``.aio``, which gives an async generator."""
        return DualMethod(function)

    def dual_static_context(
        self, function: Callable[_P, AbstractContextManager[R]]
    ) -> DualMethod[_P, AbstractContextManager[R], AbstractAsyncContextManager[R]]:
        """A static method with ``.aio``, which gives an async context manager."""
        return DualMethod(function)

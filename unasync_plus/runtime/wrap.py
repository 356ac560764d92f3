"""What generated code imports: the base class of its classes, and the way across for each of its modules."""

from __future__ import annotations

import dataclasses
from types import CoroutineType, ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._naming import DUAL
from .bridge import Bridge
from .wrap_calls import calling, perform, ran, way_to
from .wrap_decorators import Decorators
from .wrap_handed_in import HandedIn
from .wrap_hints import HINTED, with_hint
from .wrap_interface import AioView
from .wrap_meant import CALL, DIRECT, NOW, RUN, is_special
from .wrap_object import Wrapper, WrapperMeta
from .wrap_owner import class_owner_of, delete_property, owner_of, set_property
from .wrap_package import Package, package_named
from .wrap_protocols import (
    await_aio,
    enter_block,
    enter_block_aio,
    iterate,
    iterate_aio,
    leave_block,
    leave_block_aio,
    next_item,
    next_item_aio,
    result,
)
from .wrap_reading import as_read, got, read
from .wrap_translation import Translation
from .wrap_variables import Variables

if TYPE_CHECKING:
    from typing_extensions import Self as Self
    from typing_extensions import dataclass_transform
else:
    Self = Any

    def dataclass_transform(**_: Any) -> Any:
        return lambda decorator: decorator


__all__ = ["AioView", "Facade", "Future", "Self", "Wrapper", "wrapped_dataclass"]

T = TypeVar("T")


class Future(Generic[T]):
    """What type checkers see of a task or future of the async side."""

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result."""
        raise NotImplementedError

    def done(self) -> bool:
        """Whether it is there."""
        raise NotImplementedError

    def cancel(self) -> bool:
        """Ask for an end."""
        raise NotImplementedError

    def cancelled(self) -> bool:
        """Whether it ended so."""
        raise NotImplementedError


@dataclass_transform(field_specifiers=(dataclasses.field,))
def wrapped_dataclass(cls: Any = None, **_: Any) -> Any:
    """Tells type checkers of the fields of a class that stands for a dataclass; the fields are the async class's."""
    return cls if cls is not None else lambda decorated: decorated


class Facade(Decorators, HandedIn):
    """One generated module's way to the async module that it stands for.

    The first argument of its methods owns what is called: an object, a class, or the async module. Arguments and results
    are translated. Which method is used says what the async side has: `run` an async function, `call` any other that may
    need the loop, `now` one that even async callers need at once, `direct` one that needs no loop.
    """

    def __init__(
        self,
        name: str,
        module: str,
        source: ModuleType,
        *,
        interface: str = "sync",
        variables: dict[str, str] | None = None,
        renamed: dict[str, str] | None = None,
        **options: Any,
    ) -> None:
        self.source = source

        def translation(package: Package) -> Translation:
            return Translation(package, Bridge(name, **options))

        self._package = package_named(name, interface, Wrapper, translation)
        self._package.pair(module, source.__name__)
        if interface == "dual":
            DUAL.add(name)
        self._variables = Variables(self._package, source, variables or {}, renamed or {})
        if variables:
            self._variables.pass_on(module)

    def configure(self, **options: Any) -> None:
        """Set options for all calls of the package from now on: timeout, retry, correlation_id, around, in_loop."""
        self._package.translation.reset(options)

    # Each of these takes its own way, and not one for all, so that tracebacks stay short.

    def run(self, owner: object, name: str, /, *args: Any, **kwargs: Any) -> T:  # type: ignore[type-var]  # whatever is due
        translation, function = self._found(owner, name)
        if is_special(translation, RUN):
            return perform(translation, RUN, function, args, kwargs)  # type: ignore[no-any-return]
        given, named = translation.arguments(args, kwargs)
        try:
            made = function(*given, **named)
            if type(made) is CoroutineType:
                return translation.to_sync(translation.bridge.run(made))  # type: ignore[no-any-return]
            return translation.to_sync(ran(translation, made))  # type: ignore[no-any-return]
        except TypeError as error:
            with_hint(error)
            raise

    def call(self, owner: object, name: str, /, *args: Any, **kwargs: Any) -> T:  # type: ignore[type-var]  # whatever is due
        translation, function = self._found(owner, name)
        if is_special(translation, CALL):
            return perform(translation, CALL, function, args, kwargs)  # type: ignore[no-any-return]
        given, named = translation.arguments(args, kwargs)
        if translation.bridge.is_inside():
            return translation.to_sync(function(*given, **named))  # type: ignore[no-any-return]
        bridge = way_to(translation, function)
        with HINTED:
            return translation.to_sync(bridge.run(calling(function, given, named)))  # type: ignore[no-any-return]

    def now(self, owner: object, name: str, /, *args: Any, **kwargs: Any) -> T:  # type: ignore[type-var]  # whatever is due
        translation, function = self._found(owner, name)
        return perform(translation, NOW, function, args, kwargs)  # type: ignore[no-any-return]

    def direct(self, owner: object, name: str, /, *args: Any, **kwargs: Any) -> T:  # type: ignore[type-var]  # whatever is due
        translation, function = self._found(owner, name)
        if is_special(translation, DIRECT):
            return perform(translation, DIRECT, function, args, kwargs)  # type: ignore[no-any-return]
        given, named = translation.arguments(args, kwargs)
        return translation.to_sync(function(*given, **named))  # type: ignore[no-any-return]

    def _found(self, owner: Any, name: str) -> tuple[Translation, Any]:
        kind = type(owner)
        if isinstance(kind, WrapperMeta):
            return owner._translation_, getattr(owner_of(owner) if kind._is_derived_ else owner._async_, name)
        if isinstance(owner, WrapperMeta):
            return owner._default_, getattr(class_owner_of(owner), name)
        return self._package.translation, getattr(owner, name)

    def get(self, owner: Any, name: str, on_loop: bool = False, awaited: bool = False) -> T:  # type: ignore[type-var]  # whatever is due
        """The value of a property, also of a class; ``awaited``: async code awaits what it gives."""
        if isinstance(owner, WrapperMeta):
            return got(owner._default_, owner, class_owner_of(owner), name, on_loop, awaited)[0]  # type: ignore[no-any-return]
        value, there = got(owner._translation_, type(owner), owner_of(owner), name, on_loop, awaited)
        return as_read(owner, name, value, there)  # type: ignore[no-any-return]

    def set(self, owner: Any, name: str, value: object, on_loop: bool = False) -> None:
        """Set a property."""
        how = NOW if on_loop else DIRECT
        perform(owner._translation_, how, lambda given: set_property(owner, name, given), (value,), {})

    def delete(self, owner: Any, name: str, on_loop: bool = False) -> None:
        """Delete a property."""
        perform(owner._translation_, NOW if on_loop else DIRECT, lambda: delete_property(owner, name), (), {})

    def new(self, cls: Any, /, *args: Any, **kwargs: Any) -> Any:
        """An object of a class that has a ``__new__`` of its own."""
        return Wrapper.__new__(cls, *args, **kwargs)

    def iterate(self, owner: object) -> T:  # type: ignore[type-var]  # whatever is due
        """``__iter__`` by ``__aiter__``."""
        return iterate(owner)  # type: ignore[no-any-return]

    def next(self, owner: object) -> T:  # type: ignore[type-var]  # whatever is due
        """``__next__`` by ``__anext__``."""
        return next_item(owner)  # type: ignore[no-any-return]

    def enter(self, owner: object) -> T:  # type: ignore[type-var]  # whatever is due
        """``__enter__`` by ``__aenter__``."""
        return enter_block(owner)  # type: ignore[no-any-return]

    def exit(self, owner: object, *details: object) -> T:  # type: ignore[type-var]  # whatever is due
        """``__exit__`` by ``__aexit__``."""
        return leave_block(owner, *details)  # type: ignore[no-any-return]

    def result(self, owner: object, timeout: float | None = None) -> T:  # type: ignore[type-var]  # whatever is due
        """What awaiting the object gives."""
        return result(owner, timeout)  # type: ignore[no-any-return]

    def value(self, value: object) -> Any:
        """What the sync side sees of an object that the async module holds."""
        return self._package.translation.to_sync(value)

    def attribute(self, name: str) -> Any:
        """The same for an attribute that the async module makes when it is asked for it."""
        variables = self._variables
        value, how = getattr(self.source, variables.renamed.get(name, name)), variables.known.get(name)
        if how:
            return self._package.translation.to_sync_held(value, how)
        if isinstance(value, ModuleType):
            return self._package.visit(value.__name__) or value
        return self._package.translation.to_sync_filled_later(value)

    # the same for async callers

    def enter_aio(self, owner: object) -> T:  # type: ignore[type-var]  # whatever is due
        """``__aenter__``."""
        return enter_block_aio(owner)  # type: ignore[return-value]  # of this kind of T

    def exit_aio(self, owner: object, *details: object) -> T:  # type: ignore[type-var]  # whatever is due
        """``__aexit__``."""
        return leave_block_aio(owner, *details)  # type: ignore[return-value]  # of this kind of T

    def iterate_aio(self, owner: object) -> T:  # type: ignore[type-var]  # whatever is due
        """``__aiter__``."""
        return iterate_aio(owner)  # type: ignore[no-any-return]

    def next_aio(self, owner: object) -> T:  # type: ignore[type-var]  # whatever is due
        """``__anext__``."""
        return next_item_aio(owner)  # type: ignore[return-value]  # of this kind of T

    def await_aio(self, owner: object) -> T:  # type: ignore[type-var]  # whatever is due
        """``__await__``."""
        return await_aio(owner)  # type: ignore[no-any-return]

    def get_aio(self, view: AioView, name: str, on_loop: bool = False, awaited: bool = False) -> T:  # type: ignore[type-var]  # whatever is due
        """A property that gives something to await, or to iterate over."""
        owner: Any = view._of_
        return got(owner._translation_.aio, type(owner), owner_of(owner), name, on_loop, awaited)[0]  # type: ignore[no-any-return]

    def read(self, owner: object, name: str) -> T:  # type: ignore[type-var]  # whatever is due
        """An attribute that the async class makes up."""
        return read(owner, name)  # type: ignore[no-any-return]

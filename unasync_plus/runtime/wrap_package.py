"""What a sync package knows of its async package: which class wraps which, and which object wraps which.

A wrapper holds its async object; the package holds wrappers weakly, by the identity of their objects. So an object has
one wrapper as long as anybody uses it, and an identity is never taken over by a stranger.
"""

from __future__ import annotations

import enum
import importlib
import sys
import threading
import types
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from .wrap_inspect import is_async_type

if TYPE_CHECKING:
    from .wrap_translation import Handler, Translation


class Package:
    """Shared by all modules of one generated package; see the module's docstring."""

    translation: Translation
    """How its values look through its bridge with no options."""

    def __init__(self, name: str, interface: str, wrapper_class: Any) -> None:
        self.name = name
        self.interface = interface
        self.wrapper_class = wrapper_class
        self.classes: dict[type, Any] = {}
        self.copies: dict[type, type] = {}
        self.wrappers: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self.live: WeakValueDictionary[tuple[int, int, bool, str], Any] = WeakValueDictionary()
        """What looks through to a container of the other side, by that, the translation, and whether sync code looks."""
        self.some_came_in = False
        self._came_in: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self.sync_kinds: dict[type, Handler | None] = {}
        self.async_kinds: dict[type, Handler | None] = {}
        self.lock = threading.RLock()
        self._modules: dict[str, str] = {}
        self._targets: set[str] = set()
        self._visited: set[str] = set()

    def pair(self, sync_module: str, async_module: str) -> None:
        """Note that ``sync_module`` is generated from ``async_module``, which tells where its neighbours are too."""
        sync_parts, async_parts = sync_module.split("."), async_module.split(".")
        while len(sync_parts) > 1 and len(async_parts) > 1 and sync_parts[-1] == async_parts[-1]:
            del sync_parts[-1], async_parts[-1]
        _BY_MODULE[sync_module] = self
        self._modules[async_module] = sync_module
        self._modules.setdefault(".".join(async_parts), ".".join(sync_parts))
        self._targets.update((sync_module, ".".join(sync_parts)))

    def counterpart(self, async_module: str) -> str | None:
        """The sync module for an async one, by name alone."""
        parts = async_module.split(".")
        for length in range(len(parts), 0, -1):
            head = ".".join(parts[:length])
            found = self._modules.get(head)
            if found is not None:
                return ".".join([found, *parts[length:]])
            if head in self._targets:
                return None
        return None

    def has_globals(self, names: dict[str, Any]) -> bool:
        """Whether they are those of a module of the async side."""
        module = names.get("__name__", "")
        return module in self._modules and getattr(sys.modules.get(module), "__dict__", None) is names

    def visit(self, async_module: str) -> Any:
        """The counterpart of ``async_module``, imported; None if there is none."""
        name = self.counterpart(async_module)
        if name is None:
            return None
        if async_module not in self._visited:
            try:
                module = importlib.import_module(name)  # waits while another thread imports it
            except ModuleNotFoundError as error:
                if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                    raise
            else:
                if getattr(module.__spec__, "_initializing", False):  # in this thread: it is not complete yet
                    return module
            self._visited.add(async_module)
        return sys.modules.get(name)

    def register(self, async_class: type, wrapper_class: Any) -> None:
        """Let instances of ``async_class`` appear as ``wrapper_class``."""
        self.classes[async_class] = wrapper_class
        self.sync_kinds.clear()

    def pair_copies(self, async_class: type, copy: type) -> None:
        """Note that named tuples of ``async_class`` are ``copy`` on the sync side."""
        self.copies.update({async_class: copy, copy: async_class})
        self.sync_kinds.clear()
        self.async_kinds.clear()

    def class_of(self, async_class: type) -> Any:
        """The wrapper class of ``async_class``, made if there is none; None for a class that is not wrapped.

        No lock is held while modules are imported, for their import may need it.
        """
        found = self._registered(async_class)
        if found is not None or not self._is_wrapped(async_class):
            return found
        bases = [self.class_of(base) for base in async_class.__bases__ if base is not object]
        wrapped = [base for base in bases if base is not None]
        maximal = [base for base in wrapped if not any(base is not one and issubclass(one, base) for one in wrapped)]
        with self.lock:
            if async_class not in self.classes:
                self._make(async_class, tuple(dict.fromkeys(maximal)) or (self.wrapper_class,))
            return self.classes[async_class]

    def _registered(self, async_class: type) -> Any:
        found = self.classes.get(async_class)
        if found is None:
            found = async_class.__dict__.get("_sync_class_")  # a user's own
        if found is None and async_class.__module__ not in self._visited and self.visit(async_class.__module__):
            found = self.classes.get(async_class)
        return found

    def _make(self, async_class: type, bases: tuple[Any, ...]) -> Any:
        """A wrapper class for an async class that the generator did not see, or left out as private."""
        namespace = {"__module__": self.counterpart(async_class.__module__) or async_class.__module__}
        namespace["__qualname__"] = async_class.__qualname__
        if async_class.__doc__:
            namespace["__doc__"] = async_class.__doc__
        maker = type(bases[0])
        return maker(async_class.__name__, bases, namespace, wraps=async_class, _package=self)

    def _is_wrapped(self, async_class: type) -> bool:
        if issubclass(async_class, (BaseException, enum.Enum, type, types.ModuleType)):
            return False
        if any(self._registered(base) is not None for base in async_class.__mro__):
            return True
        if issubclass(async_class, (tuple, list, dict, set, frozenset, str, bytes, int, float)):
            return is_async_type(async_class)
        module = self.visit(async_class.__module__)
        if module is None:
            return is_async_type(async_class)
        return (
            _named(module, async_class.__qualname__) is not async_class
        )  # else the sync package offers the class itself

    def note_came_in(self, value: Any) -> None:
        """Remember an object that the sync side gave to the async side as it is."""
        self.some_came_in = True
        with suppress(TypeError):  # not everything can be referred to weakly
            self._came_in[id(value)] = value

    def came_in(self, value: Any) -> bool:
        """Whether the sync side gave this very object."""
        return self._came_in.get(id(value)) is value


def _named(module: Any, qualname: str) -> Any:
    first, *rest = qualname.split(".")
    found = vars(module).get(first)  # a module's `__getattr__` would ask what its values are in turn
    for name in rest:
        found = getattr(found, name, None)
    return found


_PACKAGES: dict[str, Package] = {}
_BY_MODULE: dict[str, Package] = {}


def package_named(name: str, interface: str, wrapper_class: Any, make_translation: Callable[[Package], Any]) -> Package:
    """The package of that name, made when it is asked for first."""
    if name not in _PACKAGES:
        package = Package(name, interface, wrapper_class)
        package.translation = make_translation(package)
        _PACKAGES.setdefault(name, package)
    return _PACKAGES[name]


def package_of_class(module: str, bases: tuple[Any, ...]) -> Package:
    """The package that a wrapper class in ``module`` belongs to: its module's, or that of a class it inherits from.

    (A module of nothing but classes that inherit makes no facade of its own.)
    """
    found = _BY_MODULE.get(module)
    return found or next(base._default_.package for base in bases if hasattr(base, "_default_"))

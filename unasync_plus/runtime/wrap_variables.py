"""Variables of modules: they are the async side's, and who sets one in the sync module sets it there."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .wrap_package import Package


class Variables:
    """Those of one module: name → the adapter of the functions that it holds, "" for none; ``renamed``: new name → name."""

    def __init__(self, package: Package, source: ModuleType, known: dict[str, str], renamed: dict[str, str]) -> None:
        self._package = package
        self._source = source
        self.known = known
        self.renamed = renamed

    def pass_on(self, module: str) -> None:
        """From now on, what is set in ``module`` is set in the source, too."""
        found = sys.modules.get(module)
        if type(found) is ModuleType:
            _OF_MODULES[module] = self
            found.__class__ = Module

    def set(self, name: str, value: Any) -> None:
        """Set one in the source."""
        value = self._package.translation.to_async_held(value, self.known[name])
        setattr(self._source, self.renamed.get(name, name), value)

    def delete(self, name: str) -> None:
        """Delete one there."""
        delattr(self._source, self.renamed.get(name, name))


_OF_MODULES: dict[str, Variables] = {}


class Module(ModuleType):
    """A module of the sync side with variables that others set."""

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        variables = _OF_MODULES.get(own.get("__name__", ""))
        if variables is None or name not in variables.known or isinstance(value, ModuleType):
            own[name] = value
            return
        variables.set(name, value)
        if name in own:
            own[name] = value

    def __delattr__(self, name: str) -> None:
        variables = _OF_MODULES.get(self.__dict__.get("__name__", ""))
        if variables is None or name not in variables.known:
            super().__delattr__(name)
            return
        variables.delete(name)
        self.__dict__.pop(name, None)

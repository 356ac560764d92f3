"""What imports are called in the module they are imported into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.resolve.scopes import Binding
from unasync_plus.rewrite.names.targets import importable
from unasync_plus.tree import dotted

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine


class Locals:
    """The names that imports bind in the output."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._locals: dict[int, str] = {}
        self._paths: dict[str, str] = {}
        """What imports that got other names stand for: no two of them share one."""

    def name(self, binding: Binding) -> str:
        """The name that an import binds in the output."""
        key = id(binding.node)
        if key not in self._locals:
            self._locals[key] = self._name(binding)
        return self._locals[key]

    def alias(self, alias: cst.ImportAlias) -> str:
        """What ``import m as name`` and ``from m import x as name`` call it.

        A foreign module keeps a name whose sync name is another thing's somewhere: who reads the one could read the other.
        """
        assert alias.asname is not None
        old, module = dotted(alias.asname.name) or "", dotted(alias.name) or ""
        new = self._engine.renames.get(old, old)
        is_foreign = any(
            binding.node is alias and not binding.from_import and not self._engine.is_owned(module)
            for binding in self._engine.names.imports.get(old, ())
        )
        return old if is_foreign and new != old and new in self._engine.names.bound else new

    def renamed(self) -> set[str]:
        """The names in the output of all imports that the source reads."""
        names = self._engine.names
        return {self.name(item) for name in names.imports.keys() & names.used for item in names.imports[name]}

    def _name(self, binding: Binding) -> str:
        alias = binding.node
        assert isinstance(alias, cst.ImportAlias)
        engine = self._engine
        if alias.asname is not None:
            return self.alias(alias)
        old = (dotted(alias.name) or "").partition(".")[0]
        if not binding.from_import:
            path = dotted(alias.name) or ""
            return (engine.targets.target(path) or engine.targets.module(path) or path).partition(".")[0]
        first = self._first(alias, old)
        if first is not None:
            return self.name(first)
        target = engine.targets.handed(binding.handed_by or binding.qualified)
        if target is None and not engine.is_owned(binding.qualified):
            return engine.namer.by_rename(old)
        if target is None and (old in engine.renames or not engine.targets.is_module(binding.qualified)):
            return engine.renames.get(old, old)
        target = target or engine.targets.module(binding.qualified) or binding.qualified
        path = importable(target)[0]
        new = path.rpartition(".")[2]
        if new != old and self._is_taken(new) and not self._same_import(new, target):
            return old
        return new if new == old or self._paths.setdefault(new, path) == path else old

    def _first(self, alias: cst.ImportAlias, name: str) -> Binding | None:
        """The import by which ``name`` is known to who reads it, if ``alias`` is another one in the same scope: they have one name."""
        bindings = self._engine.names.imports.get(name, ())
        if len(bindings) < 2:
            return None
        scope = next((one.scope for one in bindings if one.node is alias), None)
        first = next(one for one in bindings if one.scope is scope)
        return first if first.node is not alias and first.from_import else None

    def _is_taken(self, name: str) -> bool:
        return name in self._engine.names.bound or name in self._engine.renames.values()

    def _same_import(self, name: str, target: str) -> bool:
        """Whether ``name`` is bound only by imports that mean ``target`` too."""
        scopes = [scope for scope in self._engine.names.scopes.values() if scope.kind != "class"]
        for binding in [binding for scope in scopes for binding in scope.bindings.get(name, ())]:
            if binding.kind != "import":
                return False
            other = self._engine.targets.target(binding.qualified) or binding.qualified
            if importable(other)[0] != importable(target)[0]:
                return False
        return True

    def was_read(self, local: str) -> bool:
        """Whether the source reads an import that is called ``local`` in the output."""
        used = self._engine.names.used
        return any(
            name in used and self.name(binding) == local
            for name, bindings in self._engine.names.imports.items()
            for binding in bindings
        )

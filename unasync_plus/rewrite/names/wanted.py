"""Imports that rules ask for: what is there already is used, what would clash gets another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.import_nodes import another_name
from unasync_plus.rewrite.names.passage import ASYNC_LIBRARIES, has_only_rules
from unasync_plus.rewrite.names.spelling import relative_spelling
from unasync_plus.tree import dotted

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine


class Wanted:
    """Answers with the name under which the output will find what a rule asks for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asked: dict[tuple[str, str], str] = {}

    def at_top(self, module: str, name: str = "") -> str:
        key = (module, name)
        if key not in self._asked:
            self._asked[key] = self._name_of(module, name)
        return self._asked[key]

    def _name_of(self, module: str, name: str) -> str:
        qualified = f"{module}.{name}" if name else module
        equal = (qualified, f"typing_extensions.{name}") if module == "typing" and name else (qualified,)
        for bindings in self._engine.names.module.bindings.values():
            for binding in bindings:
                meant = self._engine.targets.target(binding.qualified) or binding.qualified
                if binding.kind == "import" and meant in equal:
                    alias = binding.node
                    plain = isinstance(alias, cst.ImportAlias) and alias.asname is None
                    if name or not plain or "." not in module:
                        if binding.from_import or not plain or (dotted(alias.name) or "") in equal:  # type: ignore[attr-defined]  # an ImportAlias
                            return self._engine.locals.name(binding)
        local = name or module
        head = local.partition(".")[0]
        taken = self._engine.names.bound | set(self._engine.renames.values())
        given = self._given(name == "")
        asname = ""
        if head in given or (head in taken and not self._is_free(head, name == "")):
            asname = another_name(local.replace(".", "_"))
            while asname in taken or asname in given:
                asname = another_name(asname)
        self._engine.needed.add((module, name, asname))
        return asname or local

    def is_imported(self, module: str, name: str) -> bool:
        """Whether ``name`` of ``module`` is imported by that name, for all of the module at hand, and ``module`` itself is not."""
        engine = self._engine
        found = engine.scope.lookup(name)
        if found is None or found[0] is not engine.names.module or len(found[1]) != 1 or module in engine.names.imports:
            return False
        binding = found[1][0]
        return (
            binding.kind == "import"
            and binding.from_import
            and not binding.handed_by
            and engine.targets.target(binding.qualified) == f"{module}.{name}"
            and engine.locals.name(binding) == name
        )

    def _given(self, is_module: bool) -> set[str]:
        """Names that have been given to other things; modules of one package share its name."""
        asked = self._asked.items()
        return {local.partition(".")[0] for (_, name), local in asked if name or not is_module}

    def here(self, module: str, name: str, like: cst.CSTNode | None) -> str:
        while isinstance(like, cst.Attribute):
            like = like.value
        found = self._engine.scope.lookup(like.value) if isinstance(like, cst.Name) else None
        local = name or module
        head = local.partition(".")[0]
        if found is None or found[0].kind != "function" or not self._is_free(head, name == ""):
            return self.at_top(module, name)
        for binding in found[1]:
            if binding.kind == "import":
                self._engine.needed_at.setdefault(id(binding.node), set()).add((module, name, ""))
        return local

    def _is_free(self, name: str, is_module: bool) -> bool:
        """Whether only imports bind ``name``: of an asynchronous library, or of the very module it is wanted for."""
        bindings = [binding for scope in self._engine.names.scopes.values() for binding in scope.bindings.get(name, ())]
        return (
            all(
                binding.kind == "import"
                and (
                    binding.qualified.partition(".")[0] in ASYNC_LIBRARIES
                    or (is_module and binding.qualified == name)
                    or has_only_rules(binding.qualified)
                )
                for binding in bindings
            )
            and name not in self._engine.renames.values()
        )

    def of_runtime(self, qualified: str) -> cst.Name:
        module, _, name = qualified.rpartition(".")
        self._engine.runtime_modules.add(module)
        unit = self._engine.unit
        if unit.settings.runtime == "import" or unit.package < 0:  # a lone file has nothing beside it
            return cst.Name(self.at_top(f"unasync_plus.runtime.{module}", name))
        home = f"{unit.runtime_module}.{module}"
        if unit.is_in_package:
            home = "".join(relative_spelling(unit, home, 1))
        return cst.Name(self.at_top(home, name))

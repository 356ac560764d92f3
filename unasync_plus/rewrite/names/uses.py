"""Names and attribute chains where they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.resolve.scopes import Binding
from unasync_plus.rewrite.make import REMOVE, with_parentheses_of
from unasync_plus.rewrite.names.passage import ASYNC_LIBRARIES
from unasync_plus.rewrite.names.targets import BUILTINS, importable
from unasync_plus.rewrite.staying import refuse_staying_method
from unasync_plus.tree import dotted, name_or_attribute, replaced

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

ASYNC_BUILTINS = frozenset({"StopAsyncIteration", "anext", "aiter"})


class Uses:
    """Gives names and attributes what they are called in the output."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def name(self, node: cst.Name) -> Any:
        """A plain name."""
        value = node.value
        engine = self._engine
        if value in engine.left_out and engine.renames.get(value) not in BUILTINS:
            found = engine.scope.lookup(value)
            if found is not None and found[0].kind == "module":
                imported = [binding for binding in found[1] if binding.kind == "import"]
                new_names = {engine.locals.name(binding) for binding in imported} or {engine.renames.get(value, value)}
                if not any(map(self._is_imported_otherwise, new_names)):
                    for qualified in (*(binding.qualified for binding in imported), f"{engine.unit.module}.{value}"):
                        engine.passage.tell_left_out(node, qualified)
        if value in engine.names.imports:
            found = engine.scope.lookup(value)
            if found is not None:
                for binding in found[1]:
                    if binding.kind == "import":
                        return self._imported_name(node, binding)
        new = engine.renames.get(value)
        if (
            new is None
            and value in engine.twins.members
            and engine.scope.kind == "class"
            and value in engine.scope.bindings
        ):
            new = engine.targets.attribute_name(value)
        if new is not None:
            return replaced(node, value=new)
        if value in ASYNC_BUILTINS and engine.scope.lookup(value) is None:
            target = engine.targets.target(f"builtins.{value}")
            if target is not None:
                return with_parentheses_of(self.builtin(target.rpartition(".")[2]), node)
        return node

    def builtin(self, name: str) -> cst.Name | cst.Attribute:
        """The builtin ``name``, through its module where the output has something else of that name in sight."""
        return name_or_attribute(f"{self._engine.need('builtins')}.{name}" if self._is_hidden(name) else name)

    def _is_hidden(self, name: str) -> bool:
        engine = self._engine
        olds = [old for old, new in engine.renames.items() if new == name]
        if name not in engine.renames:
            olds.append(name)
        found = [engine.scope.lookup(old) for old in olds if old not in engine.left_out]
        bindings = (binding for one in found if one is not None for binding in one[1])
        return not all(self._is_builtin_import(binding, name) for binding in bindings)

    def _is_builtin_import(self, binding: Binding, name: str) -> bool:
        """Whether ``binding`` is an import that is called otherwise in the output, or is the builtin ``name`` itself there."""
        if binding.kind != "import":
            return False
        engine = self._engine
        written = binding.handed_by or binding.qualified
        module, _, old = written.rpartition(".")
        target = engine.targets.handed(written) or written
        return (
            target == f"builtins.{name}"
            or engine.locals.name(binding) != name
            or engine.targets.is_builtin(module, old, name)
        )

    def _is_imported_otherwise(self, new: str) -> bool:
        """Whether an import that stays has the name ``new``, which something that is left out would have in the output."""
        engine = self._engine
        return any(
            name not in engine.left_out and engine.locals.name(binding) == new
            for name, bindings in engine.names.imports.items()
            for binding in bindings
            if any(binding is other for other in engine.names.module.bindings.get(name, ()))
        )

    def _imported_name(self, node: cst.Name, binding: Binding) -> Any:
        if not self._engine.passage.check(node, binding.qualified):
            return node
        is_read = type(self._engine.parent) not in (cst.AssignTarget, cst.Comparison)
        if is_read and binding.qualified in ASYNC_LIBRARIES and not self._engine.targets.configured(binding.qualified):
            text = f"the module {binding.qualified} itself is a value here, and sync code makes no use of it"
            self._engine.passage.refuse(node, "UA901", text)
            return node
        target = self._engine.targets.target(binding.qualified) if binding.from_import else None
        if target is not None and target.startswith("builtins."):
            return with_parentheses_of(self.builtin(target.rpartition(".")[2]), node)
        new = self._engine.locals.name(binding)
        inside = importable(target)[1] if target is not None else ""
        if inside:
            return with_parentheses_of(name_or_attribute(f"{new}{inside}"), node)
        return node if new == node.value else replaced(node, value=new)

    def attribute(self, node: cst.Attribute) -> Any:
        """An attribute: part of a qualified name, or of an object of unknown type."""
        engine = self._engine
        root: cst.CSTNode = node
        while root.__class__ is cst.Attribute:
            root = root.value
        if isinstance(root, cst.Name) and root.value in engine.names.imports:
            found = engine.scope.lookup(root.value)
            if found is not None:
                for binding in found[1]:
                    if binding.kind == "import":
                        return self._chain(node, root, binding)
        value = engine.visit(node.value)
        if value is REMOVE:
            return REMOVE
        old = node.attr.value
        new = engine.targets.attribute_name(old)
        if old in engine.targets.spoken_of:
            new = engine.targets.known_method(node) or new
        if new == old and old in engine.staying:
            refuse_staying_method(node, engine)
        if value is node.value and new == old:
            return node
        attr = node.attr if new == old else replaced(node.attr, value=new)
        return replaced(node, value=value, attr=attr)

    def _chain(self, node: cst.Attribute, root: cst.Name, binding: Binding) -> Any:
        """``a.b.c`` whose ``a`` was imported."""
        engine = self._engine
        path = dotted(node) or ""
        rest = path.partition(".")[2]
        written = f"{binding.qualified}.{rest}"
        qualified = engine.names.meaning(written)
        target = engine.targets.handed(written)
        if target is None:
            if not engine.passage.check(node, qualified):
                return node
            return self._own_chain(node, root, binding)
        base = self._new_base(binding)
        if target.startswith(base + "."):
            new: cst.BaseExpression = name_or_attribute(f"{engine.locals.name(binding)}.{target[len(base) + 1 :]}")
        elif target.startswith("builtins."):
            new = self.builtin(target.rpartition(".")[2])
        else:
            new = engine.reference(target, node)
        return with_parentheses_of(new, node)

    def _new_base(self, binding: Binding) -> str:
        """The qualified name that the binding's name stands for in the output."""
        qualified = binding.qualified
        alias = binding.node
        if not binding.from_import and isinstance(alias, cst.ImportAlias) and alias.asname is None:
            return self._engine.locals.name(binding)
        target = self._engine.targets.target(qualified)
        if target is not None:
            return importable(target)[0] if binding.from_import else target
        return self._engine.targets.module(qualified) or qualified

    def _own_chain(self, node: cst.Attribute, root: cst.Name, binding: Binding) -> Any:
        """A chain that keeps its base: module parts follow the modules, the others the renames."""
        engine = self._engine
        owned = engine.is_owned(binding.qualified)
        parts = (dotted(node) or "").split(".")
        new = [engine.locals.name(binding)]
        module = binding.qualified
        covered = 1
        alias = binding.node
        if not binding.from_import and isinstance(alias, cst.ImportAlias) and alias.asname is None:
            imported = len((dotted(alias.name) or "").split("."))
            for end in range(len(parts) if owned else min(imported, len(parts)), 0, -1):
                mapped = engine.targets.module(".".join(parts[:end]))
                if mapped is not None:
                    new, covered = mapped.split("."), end
                    break
        for part in parts[covered:]:
            home, module = module, f"{module}.{part}"
            moved = engine.targets.module(module) if engine.targets.is_module(module) else None
            if moved is not None:
                new.append(moved.rpartition(".")[2])
                continue
            name = engine.targets.attribute_name(part) if owned else engine.targets.foreign_attribute(part)
            if owned and engine.targets.is_builtin(home, part, name):
                new = [name]
                continue
            if not owned:
                engine.passage.tell_lacking(node, f"{home}.{part}", home, name)
            else:
                engine.passage.tell_missing_attribute(node, module, name)
            new.append(name)
        if new == parts:
            return node
        if len(new) != len(parts):
            return with_parentheses_of(name_or_attribute(".".join(new)), node)
        return _respelled(node, new)

    def is_builtin(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` names a builtin, spelled in whatever way."""
        return (self._engine.resolve(node) or "").startswith("builtins.")


def _respelled(node: Any, parts: list[str]) -> Any:
    """The chain ``node`` with other names in it, its white space untouched."""
    if isinstance(node, cst.Name):
        return node if node.value == parts[0] else replaced(node, value=parts[0])
    value = _respelled(node.value, parts[:-1])
    attr = node.attr if node.attr.value == parts[-1] else replaced(node.attr, value=parts[-1])
    return replaced(node, value=value, attr=attr)

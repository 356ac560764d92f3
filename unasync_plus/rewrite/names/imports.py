"""Import statements: each name is imported from where it lives in the output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.resolve.scopes import Binding, absolute_module
from unasync_plus.rewrite.make import REMOVE, without_removed
from unasync_plus.rewrite.names.import_order import as_sorted_as
from unasync_plus.rewrite.names.passage import has_only_rules
from unasync_plus.rewrite.names.spelling import relative_spelling
from unasync_plus.rewrite.names.targets import importable
from unasync_plus.tables import load, lookup
from unasync_plus.tree import dotted, is_same, name_or_attribute, replaced, walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine


class Imports:
    """Rewrites the import statements of one module."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._unread: list[tuple[cst.ImportAlias, str, str]] = []
        """Foreign imports that no code reads: alias, name, qualified name."""
        self._exported: set[str] = set()
        self.done_without: set[str] = set()
        """Names that are only handed on to modules of the project, whose code has something else for them."""

    def plain(self, node: cst.Import) -> Any:
        """``import a.b, c as d``."""
        engine = self._engine
        new: list[cst.ImportAlias] = []
        seen = set()
        for alias in node.names:
            path = dotted(alias.name) or ""
            if engine.matches("drop", engine.settings.drop, path):
                continue
            target = engine.targets.target(path) or engine.targets.module(path) or path
            engine.passage.tell_absent(alias, path, target)
            asname = alias.asname
            if target == path and asname is None and self._is_done_without(path):
                target = path.partition(".")[0]
            if asname is not None:
                old = dotted(asname.name) or ""
                local = engine.locals.alias(alias)
                if local == target and "." not in target:
                    asname = None
                elif local != old:
                    asname = replaced(asname, name=cst.Name(local))
            key = (target, dotted(asname.name) if asname else None)
            home, _, last = target.rpartition(".")
            if target != path and asname is not None and home and key[1] == last and self._at_top():
                engine.needed.add((home, last, ""))
                continue
            if key in seen:
                continue
            seen.add(key)
            if target == path and asname is alias.asname:
                new.append(alias)
            else:
                new.append(replaced(alias, name=name_or_attribute(target), asname=asname))
        if not new:
            return REMOVE
        if is_same(new, node.names):
            return node
        return replaced(node, names=without_removed(node.names, new))

    def _is_done_without(self, path: str) -> bool:
        """Whether ``path`` is an asynchronous module in a library, all of whose names become others or go."""
        engine = self._engine
        table = load(path.partition(".")[0])
        if (
            table is None
            or "." not in path
            or path not in table.modules
            or engine.is_left(path)
            or engine.is_owned(path)
        ):
            return False
        for node in walk(engine.names.module.node):
            written = dotted(node) or "" if isinstance(node, cst.Attribute) else ""
            if not written.startswith(path + "."):
                continue
            target, row = engine.targets.target(written), lookup(written)
            if (target or "").startswith(path + ".") or (target is None and (row is None or row.keep)):
                return False
        return True

    def from_(self, node: cst.ImportFrom) -> Any:
        """``from m import a, b``: each name goes where it lives in the output."""
        engine = self._engine
        level = len(node.relative)
        spelled = dotted(node.module) or ""
        module = absolute_module(engine.unit.module, engine.unit.is_package, level, spelled)
        if isinstance(node.names, cst.ImportStar):
            self._refuse_star(node, module)
            return self._from(
                node, engine.targets.target(module) or engine.targets.module(module) or module, module, None
            )
        groups: dict[str, list[cst.ImportAlias]] = {}
        for alias in node.names:
            placed = self._place(alias, module)
            if placed is not None:
                engine.passage.tell_absent(alias, module, placed[0])
                groups.setdefault(placed[0], []).append(placed[1])
        if not groups:
            return REMOVE
        self._refuse_itself(node, module, groups)
        home = self._home(module)
        first = home if home in groups else next(iter(groups))
        statements: list[Any] = []
        for target, aliases in groups.items():
            if target == first:
                statements.insert(0, self._from(node, target, module, _merged(aliases)))
            elif self._at_top():
                self._ask(target, aliases, level)
            else:
                other = _split_off(target, aliases)
                line = engine.parent
                alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
                statements.append(cst.SimpleStatementLine([other]) if alone else other)
        if first != home and self._at_top() and "" not in groups:
            if not engine.is_owned(first) and not engine.is_owned(module):  # our own modules may depend on the order
                self._ask(first, _merged(groups[first]), level)
                return REMOVE
        return statements[0] if len(statements) == 1 else cst.FlattenSentinel(statements)

    def _refuse_itself(self, node: cst.ImportFrom, module: str, groups: Mapping[str, list[cst.ImportAlias]]) -> None:
        """Refuse what the output would import from itself when it is loaded."""
        engine, unit = self._engine, self._engine.unit
        aliases = groups.get(unit.target_module) if unit.target_module else None
        if aliases is None or module == unit.module or unit.is_package or engine.scope.kind != "module":
            return
        blocks = [block for block in engine.parents if isinstance(block, cst.If)]
        if not any("TYPE_CHECKING" in (dotted(block.test) or "") for block in blocks):
            names = ", ".join(dotted(alias.name) or "" for alias in aliases)
            text = f"{names} would be imported from {unit.target_module}, which is what this file becomes"
            help = "move what both sides use to a module of its own, or give the package another target"
            engine.refuse(node, "UA913", text, help)

    def _refuse_star(self, node: cst.ImportFrom, module: str) -> None:
        """Refuse ``from module import *`` where it may be what gives names that are others in sync code."""
        engine = self._engine
        if engine.is_owned(module) or engine.is_configured(module):
            return
        rows = ((name, lookup(f"{module}.{name}")) for name in sorted(engine.names.used - engine.names.bound))
        found = [name for name, row in rows if row is not None and not row.keep]
        if found:
            text = f"{', '.join(found)} may come from here, and must be known to mean something else in sync code"
            engine.refuse(
                node, "UA911", text, f"import what is used by its name: from {module} import {', '.join(found)}"
            )

    def _at_top(self) -> bool:
        """Whether the statement at hand stands at the top level of the module, where imports may be moved about."""
        return self._engine.scope.kind == "module" and len(self._engine.parents) <= 3

    def _home(self, module: str) -> str:
        return self._engine.targets.module(module) or module

    def _ask(self, module: str, aliases: list[cst.ImportAlias], level: int) -> None:
        """Have ``aliases`` imported from ``module`` where isort would; names that were only passed on in any case."""
        engine = self._engine
        if level and module and engine.is_owned(module):
            module = "".join(relative_spelling(engine.unit, module, level))
        for alias in aliases:
            name = dotted(alias.name) or ""
            asname = (dotted(alias.asname.name) or "") if alias.asname else ""
            key = (module, name, asname) if module else (name, "", asname)
            is_read = engine.locals.was_read(asname or name)
            (engine.moved if is_read else engine.exported).add(key)

    def _is_replaced(self, module: str, alias: cst.ImportAlias) -> bool:
        """Whether something else has the sync name of what `drop` leaves out of another module of the source."""
        local = (dotted(alias.asname.name) if alias.asname else dotted(alias.name)) or ""
        return module in self._engine.project.modules and local not in self._engine.left_out

    def _place(self, alias: cst.ImportAlias, module: str) -> tuple[str, cst.ImportAlias] | None:
        """Where ``alias`` is imported from in the output, and the alias there; None if it needs no import."""
        engine = self._engine
        name = dotted(alias.name) or ""
        qualified = f"{module}.{name}"
        is_dropped = engine.matches("drop", engine.settings.drop, name, qualified)
        if qualified in engine.project.left_out or (is_dropped and not self._is_replaced(module, alias)):
            return None
        meaning = engine.names.meaning(qualified)
        target = engine.targets.handed(qualified)
        as_module = engine.targets.module(qualified) if target is None and engine.targets.is_module(qualified) else None
        if target is not None and target.startswith("builtins."):
            return None
        if (
            target is None
            and has_only_rules(meaning)
            and self._is_shadowed(alias, name)
            and not engine.is_configured(meaning)
        ):
            return None
        local = engine.locals.name(Binding("import", alias, None, None, meaning, True, qualified))
        if target is not None or as_module is not None:
            new_module, _, new_name = importable(target or as_module or "")[0].rpartition(".")
        elif engine.is_owned(meaning):
            shared = (
                not engine.project.shared.isdisjoint((module, qualified)) or qualified in engine.project.shared_names
            )
            new_name = engine.renames.get(name, name)
            new_module = module if shared else engine.targets.home(module, new_name)
            if new_module == module and new_name != name and f"{module}.{new_name}" in engine.project.missing:
                if alias.asname is None and engine.targets.is_builtin(module, name, new_name):
                    return None  # `alist` is to be `list`, and that is no other module's
                if engine.is_reached:
                    engine.passage.note_missing(alias, qualified, new_name)
            elif new_module != module and f"{new_module}.{new_name}" in engine.project.missing and engine.is_reached:
                engine.passage.note_missing(alias, qualified, f"{new_module}.{new_name}")
        else:
            new_module, new_name = self._home(module), engine.namer.by_rename(name)
            engine.passage.tell_lacking(alias, qualified, new_module, new_name)
            if local == ((dotted(alias.asname.name) if alias.asname else None) or name):
                self._note_unread(alias, local, meaning)
        return new_module, _respelled(alias, new_name, local)

    def _is_shadowed(self, alias: cst.ImportAlias, name: str) -> bool:
        """Whether the name is read, and is another thing's somewhere: it may be in use when this is no more."""
        local = (dotted(alias.asname.name) or "") if alias.asname else name
        names = self._engine.names
        others = (binding for scope in names.scopes.values() for binding in scope.bindings.get(local, ()))
        return local in names.used and any(binding.kind != "import" for binding in others)

    def hand_on(self, name: str) -> None:
        """See to it that the module has ``name``, which it exports, though its import became a builtin."""
        self._exported.add(name)
        for binding in self._engine.names.module.bindings.get(name, ()):
            target = self._engine.targets.target(binding.qualified) if binding.kind == "import" else None
            if target is not None and target.startswith("builtins."):
                new, local = target.removeprefix("builtins."), self._engine.locals.name(binding)
                self._engine.exported.add(("builtins", new, "" if local == new else local))

    def _note_unread(self, alias: cst.ImportAlias, name: str, qualified: str) -> None:
        row = lookup(qualified)
        in_strings = row is not None and row.rule == "typing"
        is_harmless = row is not None and (row.keep or row.rule == "typing")
        if not in_strings and not is_harmless and name not in self._engine.names.used:
            self._unread.append((alias, name, qualified))
        elif has_only_rules(qualified) and self._is_of_another(name):
            self._engine.passage.check(alias, qualified)

    def _is_of_another(self, name: str) -> bool:
        """Whether those who read ``name`` are known by the first of several imports, which has a counterpart; if it has
        none, that is said where the name is read."""
        engine = self._engine
        bindings = engine.scope.bindings.get(name, ())
        first = next((engine.names.meaning(one.qualified) for one in bindings if one.qualified), "")
        return not has_only_rules(first) and engine.targets.target(first) is not None

    def check_unread(self) -> None:
        """Let the import of a foreign name pass, or refuse it, where no use of it was looked at.

        Where definitions may be bridged, it stays for whoever takes it from here.
        """
        for alias, name, qualified in self._unread:
            if self._is_only_handed_on(name, qualified):
                self.done_without.add(name)
            elif name in self._exported and (row := lookup(qualified)) is not None and row.handed:
                module, _, new = row.handed.rpartition(".")
                self._engine.exported.add((module, new, "" if new == name else name))
                self.done_without.add(name)
            elif name not in self._engine.text.quoted and self._engine.settings.mode != "auto":
                self._engine.passage.check(alias, qualified)

    def _is_only_handed_on(self, name: str, qualified: str) -> bool:
        bindings = self._engine.names.module.bindings.get(name, ())
        return (
            name not in self._exported | self._engine.text.quoted
            and has_only_rules(qualified)
            and not self._engine.is_configured(qualified)
            and all(binding.kind == "import" for binding in bindings)
        )

    def _from(self, node: cst.ImportFrom, target: str, old: str, names: Any) -> Any:
        """``node`` importing ``names`` from ``target``, relative if it was so before."""
        if not target:  # a top-level module took the place of ``from package import module``
            return cst.Import([replaced(alias, comma=cst.MaybeSentinel.DEFAULT) for alias in names])
        if names is not None and is_same(names, node.names):  # type: ignore[arg-type]  # no star here
            names = node.names
        elif names is not None:
            left = without_removed(node.names, list(names))  # type: ignore[arg-type]  # likewise
            names = as_sorted_as(node.names, left)  # type: ignore[arg-type]  # likewise
        else:
            names = node.names
        relative, module = node.relative, node.module
        spelled = relative_spelling(self._engine.unit, target, len(relative)) if relative else ("", target)
        if target.startswith("."):
            pass
        elif ("." * len(relative), dotted(module) or "") != spelled:
            relative = tuple(cst.Dot() for _ in spelled[0])
            module = name_or_attribute(spelled[1]) if spelled[1] else None
        if names is node.names and relative is node.relative and module is node.module:
            return node
        return replaced(node, module=module, relative=relative, names=names)


def _respelled(alias: cst.ImportAlias, new_name: str, local: str) -> cst.ImportAlias:
    """``alias`` importing ``new_name`` as ``local``."""
    name = dotted(alias.name) or ""
    asname = alias.asname
    old_local = dotted(asname.name) if asname is not None else name
    if local == new_name:
        if asname is not None and old_local == name != new_name:  # `as` says that it is handed on: to type checkers
            asname = replaced(asname, name=cst.Name(new_name))
        elif asname is not None and (old_local != new_name or name != new_name):
            asname = None
    elif asname is None or dotted(asname.name) != local:
        asname = cst.AsName(cst.Name(local), cst.SimpleWhitespace(" "), cst.SimpleWhitespace(" "))
    if new_name == name and asname is alias.asname:
        return alias
    return replaced(alias, name=name_or_attribute(new_name), asname=asname)


def _merged(aliases: list[cst.ImportAlias]) -> list[cst.ImportAlias]:
    """``aliases`` without the second of two equal ones."""
    seen = set()
    new = []
    for alias in aliases:
        key = (dotted(alias.name), dotted(alias.asname.name) if alias.asname else None)
        if key not in seen:
            seen.add(key)
            new.append(alias)
    return new


def _split_off(module: str, aliases: list[cst.ImportAlias]) -> cst.BaseSmallStatement:
    names = [replaced(alias, comma=cst.MaybeSentinel.DEFAULT) for alias in _merged(aliases)]
    if not module:
        return cst.Import(names)
    return cst.ImportFrom(name_or_attribute(module), names)

"""What a qualified name becomes: by `replace`, by a table, by where the project's modules move."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.rewrite.foreign import maker_of
from unasync_plus.rewrite.names.passage import ASYNC_LIBRARIES
from unasync_plus.tables import load, lookup, methods_for

if TYPE_CHECKING:
    from unasync_plus.rewrite.context import Context
    from unasync_plus.rewrite.engine import Engine

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


def importable(target: str) -> tuple[str, str]:
    """The part of ``target`` that can be imported by its name, and what is looked up in that: a class may be around it.

    ``lib.Cross.Sync`` → ``lib.Cross`` and ``.Sync``; modules that are spelled like classes begin at the top: ``Crypto.Cipher``.
    """
    parts = target.split(".")
    inside = next((place for place, part in enumerate(parts[1:-1], 1) if part[:1].isupper()), None)
    if inside is None or parts[0][:1].isupper():
        return target, ""
    return ".".join(parts[: inside + 1]), "." + ".".join(parts[inside + 1 :])


class Targets:
    """Decides, for one module, what imported names and attributes are in the output."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        roots = {b.qualified.partition(".")[0] for bindings in engine.names.imports.values() for b in bindings}
        if not engine.words.isdisjoint(_TESTING):
            roots |= {"unittest", "pytest"}
        if not engine.words.isdisjoint(_OF_STACKS):
            roots |= {"contextlib"}
        self.methods = dict(methods_for({*roots, "builtins"}))
        """Attribute → its name in sync code, for the libraries that the module imports."""
        namer = engine.namer
        self.spoken_of = frozenset(
            name for name, new in self.methods.items() if namer.speaks_of(name) and namer.new(name) != new
        )
        """Those of them that the configuration gives another name, or keeps."""
        self._replace = sorted(engine.settings.replace, key=len, reverse=True)
        self._targets: dict[str, str | None] = {}

    def configured(self, qualified: str) -> bool:
        """Whether the configuration itself says what ``qualified`` becomes, so that no rule is asked."""
        return self._by_replace(qualified) is not None or self._engine.is_left(qualified)

    def _by_replace(self, qualified: str) -> str | None:
        for old in self._replace:
            if qualified == old or qualified.startswith(old + "."):
                self._engine.fired.add(f"replace:{old}")
                rename = self._engine.namer.new if self._engine.is_owned(qualified) else self._engine.namer.by_rename
                rest = [rename(part) for part in qualified[len(old) :].split(".")]
                new = self._engine.settings.replace[old] + ".".join(rest)
                return f"builtins.{new}" if new in BUILTINS and "." in qualified else new
        return None

    def path(self, path: str) -> str | None:
        """What `replace` makes of a dotted path in text; None if no dotted key of it leads there."""
        head = path.partition(".")[0] + "."
        return self._by_replace(path) if any(old.startswith(head) for old in self._replace) else None

    def target(self, qualified: str) -> str | None:
        """The other qualified name that `replace` or a table gives ``qualified``; None if neither does."""
        if qualified not in self._targets:
            self._targets[qualified] = self._target(qualified)
        target = self._targets[qualified]
        if target is not None and self._engine.is_out_of_reach(qualified):
            return self._by_replace(qualified)
        return target

    def _target(self, qualified: str) -> str | None:
        by_replace = self._by_replace(qualified)
        if by_replace is not None or self._engine.is_left_everywhere(qualified) or self._engine.is_owned(qualified):
            return by_replace
        row = lookup(qualified)
        return row.to if row is not None and row.to and row.to != qualified else None

    def handed(self, written: str) -> str | None:
        """The same for a name under which the project may hand a foreign one on: from where it did so, if it can."""
        engine = self._engine
        foreign = engine.names.meaning(written)
        target = self.target(foreign)
        if target is None or foreign == written or target.startswith("builtins."):
            return target
        home, _, name = written.rpartition(".")
        is_source = home in engine.project.modules and home not in engine.project.shared
        beside = f"{home}.{target.rpartition('.')[2]}"
        if engine.names.passed_on.get(beside) != target:
            if not is_source:
                return target
            if name != foreign.rpartition(".")[2]:
                beside = written
        module, _, name = beside.rpartition(".")
        return f"{engine.project.map_module(module, engine.namer.module) or module}.{name}"

    def attribute_name(self, name: str) -> str:
        """What an attribute of an object of unknown type is called."""
        if self._engine.namer.speaks_of(name):
            return self._engine.namer.new(name)
        return self.methods.get(name) or self._engine.renames.get(name, name)

    def foreign_attribute(self, name: str) -> str:
        if self._engine.namer.speaks_of(name):
            return self._engine.namer.new(name)
        return self.methods.get(name, name)

    def known_method(self, node: cst.Attribute) -> str | None:
        """The name in a table of one of `spoken_of`, if ``node`` is of an object whose class the table knows: tables win over
        `rename`."""
        name = node.attr.value
        new = self.methods[name]

        def has_it(qualified: str, ctx: Context) -> bool:
            if ctx.is_owned(qualified) or ctx.is_configured(qualified) or ctx.is_left(qualified):
                return False
            row = lookup(f"{qualified}.{name}")
            return row is not None and (row.keep or row.to.endswith(f".{new}"))

        return new if maker_of(node.value, self._engine, has_it) is not None else None

    def module(self, module: str) -> str | None:
        """The module that the output uses in place of ``module`` as a whole; None if it is that itself."""
        engine, project = self._engine, self._engine.project
        if module in project.shared:
            return None
        mapped = project.map_module(module, engine.namer.module) if engine.is_owned(module) else None
        if mapped is not None:
            return mapped
        twin = self._twin(module)
        if twin is not None and f"{twin}.*" not in project.missing:
            return twin
        return self._renamed(module)

    def home(self, module: str, name: str) -> str:
        """The module that the output imports ``name``, as it is called there, from: ``module``, or its counterpart."""
        twin = self._twin(module)
        if twin is not None and f"{twin}.{name}" not in self._engine.project.missing:
            return twin
        return self.module(module) or module

    def gives_way(self, qualified: str) -> bool:
        """Whether ``qualified`` is taken from the sync twin of the module that has it."""
        renames, twins = self._engine.renames, self._engine.project.twin_modules
        parts = qualified.split(".") if twins else []
        modules = ((".".join(parts[:end]), parts[end]) for end in range(1, len(parts)))
        return any(module in twins and self.home(module, renames.get(name, name)) != module for module, name in modules)

    def is_builtin(self, module: str, name: str, new: str) -> bool:
        """Whether `rename` makes the ``name`` of ``module`` a builtin, since no module has it under that name."""
        engine = self._engine
        is_missing = f"{module}.{new}" in engine.project.missing
        return is_missing and new in BUILTINS and engine.namer.explicit(name)

    def is_module(self, qualified: str) -> bool:
        """Whether ``qualified`` is a module of the project that may be another in the output."""
        project = self._engine.project
        return qualified in project.modules or qualified in project.twin_modules or qualified in project.roots

    def _twin(self, module: str) -> str | None:
        """The module outside of the sources that stands beside ``module`` under its sync name."""
        there = self._engine.project.twin_modules.get(module, ())
        new = ".".join(map(self._engine.namer.module, module.split("."))) if there else module
        return new if new in there else None

    def _renamed(self, module: str) -> str | None:
        """What `rename` makes of the parts of the path, unless a table knows the module; no pattern is about a library."""
        engine = self._engine
        head, *rest = module.split(".")
        table = load(head)
        if head in ASYNC_LIBRARIES or (table is not None and module in table.modules):
            return None
        first = engine.namer.by_rename(head) if head in engine.settings.rename or engine.is_owned(head) else head
        new = ".".join([first, *map(engine.namer.by_rename, rest)])
        return new if new != module else None

    def exported_name(self, name: str) -> str:
        """What an entry of ``__all__`` becomes."""
        bindings = self._engine.names.module.bindings.get(name, ())
        for binding in bindings:
            if binding.kind == "import":
                return self._engine.locals.name(binding)
        return self._engine.renames.get(name, name)


_OF_STACKS = frozenset({"enter_async_context", "push_async_callback", "push_async_exit"})
"""Methods of `contextlib.AsyncExitStack` alone: a module may be given one."""
_TESTING = frozenset({"AsyncMock", "asyncSetUp", "asyncTearDown", "addAsyncCleanup", "enterAsyncContext"})
"""Words of `unittest` that a module may use without importing it: through a fixture, or a base class of its own."""

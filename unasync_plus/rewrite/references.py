"""Names where they are used and imported: what they stand for decides what they are called in the output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.model import Severity
from unasync_plus.resolve.scopes import Binding, Scope, absolute_module
from unasync_plus.rewrite.foreign import sounds_asynchronous
from unasync_plus.rewrite.make import REMOVE, with_parentheses_of, without_removed
from unasync_plus.rewrite.text import TYPE_TAKERS
from unasync_plus.tables import Row, lookup, methods_for
from unasync_plus.tree import dotted, is_same, name_or_attribute, replaced

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

ASYNC_LIBRARIES = frozenset(
    "asyncio anyio trio sniffio curio uvloop nest_asyncio aioitertools async_timeout exceptiongroup_async".split()
)
"""Import roots of which no name may pass unless a rule, a row or `leave` speaks for it."""


class References:
    """Decides, for one module, what every imported name and every attribute becomes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        roots = {b.qualified.partition(".")[0] for bindings in engine.names.imports.values() for b in bindings}
        if not engine.words.isdisjoint(_TESTING):
            roots |= {"unittest", "pytest"}
        self.methods = dict(methods_for({*roots, "builtins"}))
        self._replace = sorted(engine.settings.replace, key=len, reverse=True)
        self._targets: dict[str, str | None] = {}
        self._locals: dict[int, str] = {}
        self._refused: set[int] = set()
        self.doubles: set[int] = set()
        self.unheard_of: dict[str, cst.CSTNode] = {}
        """Foreign names that sound asynchronous and of which nobody knows more, each with the first place it stands."""
        self.moved: list[tuple[str, str, str]] = []
        self._renames = engine.renames
        self.members = frozenset(
            name
            for scope in engine.names.scopes.values()
            if scope.kind == "class"
            for name in scope.bindings
            if name in self.methods
        )
        """Names that class bodies bind and that are called otherwise in sync code: ``__anext__ = next_item``."""

    # decisions

    def configured(self, qualified: str) -> bool:
        """Whether the configuration itself says what ``qualified`` becomes, so that no rule is asked."""
        return self._by_replace(qualified) is not None or self._engine.is_left(qualified)

    def _by_replace(self, qualified: str) -> str | None:
        for old in self._replace:
            if qualified == old or qualified.startswith(old + "."):
                self._engine.fired.add(f"replace:{old}")
                rename = self._engine.namer.new if self._engine.is_owned(qualified) else self._engine.namer.by_rename
                rest = [rename(part) for part in qualified[len(old) :].split(".")]
                return self._engine.settings.replace[old] + ".".join(rest)
        return None

    def path(self, path: str) -> str | None:
        """What `replace` makes of a dotted path in text; None if no dotted key of it leads there."""
        head = path.partition(".")[0] + "."
        return self._by_replace(path) if any(old.startswith(head) for old in self._replace) else None

    def target(self, qualified: str) -> str | None:
        """The other qualified name that `replace` or a table gives ``qualified``; None if neither does."""
        if qualified not in self._targets:
            self._targets[qualified] = self._target(qualified)
        return self._targets[qualified]

    def _target(self, qualified: str) -> str | None:
        by_replace = self._by_replace(qualified)
        if by_replace is not None or self._engine.is_left(qualified) or self._engine.is_owned(qualified):
            return by_replace
        row = lookup(qualified)
        return row.to if row is not None and row.to and row.to != qualified else None

    def row(self, qualified: str) -> Row | None:
        """The table's row that covers ``qualified``."""
        return lookup(qualified)

    def attribute_name(self, name: str) -> str:
        """What an attribute of an object of unknown type is called."""
        if self._engine.namer.explicit(name):
            return self._engine.namer.by_rename(name)
        return self.methods.get(name) or self._renames.get(name, name)

    def method_name(self, name: str) -> str:
        """What a function defined in a class body is called."""
        return self.attribute_name(name)

    def exported_name(self, name: str) -> str:
        """What an entry of ``__all__`` becomes."""
        bindings = self._engine.names.module.bindings.get(name, ())
        for binding in bindings:
            if binding.kind == "import":
                return self.local_name(binding)
        return self._renames.get(name, name)

    def local_name(self, binding: Binding) -> str:
        """The name that an import binds in the output."""
        key = id(binding.node)
        if key not in self._locals:
            self._locals[key] = self._local_name(binding)
        return self._locals[key]

    def new_locals(self) -> set[str]:
        """The names in the output of all imports that the source reads."""
        names = self._engine.names
        return {self.local_name(item) for name in names.imports.keys() & names.used for item in names.imports[name]}

    def _local_name(self, binding: Binding) -> str:
        alias = binding.node
        assert isinstance(alias, cst.ImportAlias)
        engine = self._engine
        if alias.asname is not None:
            old = dotted(alias.asname.name) or ""
            return self._renames.get(old, old)
        old = (dotted(alias.name) or "").partition(".")[0]
        if not binding.from_import:
            path = dotted(alias.name) or ""
            return (self.target(path) or self._project_module(path) or path).partition(".")[0]
        target = self.target(binding.qualified)
        if target is None and not engine.is_owned(binding.qualified):
            return engine.namer.by_rename(old)
        if target is None and (old in self._renames or binding.qualified not in engine.project.modules):
            return self._renames.get(old, old)
        target = target or self._project_module(binding.qualified) or binding.qualified
        new = target.rpartition(".")[2]
        if new != old and self._is_taken(new) and not self._same_import(new, target):
            return old
        return new

    def _is_taken(self, name: str) -> bool:
        return name in self._engine.names.bound or name in self._renames.values()

    def _same_import(self, name: str, target: str) -> bool:
        """Whether ``name`` is bound only by imports that mean ``target`` too."""
        scopes = [scope for scope in self._engine.names.scopes.values() if scope.kind != "class"]
        for binding in [binding for scope in scopes for binding in scope.bindings.get(name, ())]:
            if binding.kind != "import":
                return False
            other = self.target(binding.qualified) or binding.qualified
            if other.rpartition(".")[2] != target.rpartition(".")[2]:
                return False
        return True

    def _project_module(self, module: str) -> str | None:
        engine = self._engine
        if not engine.is_owned(module):
            return None
        return engine.project.map_module(module, engine.namer.module)

    # uses

    def is_builtin(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` names a builtin, spelled in whatever way."""
        return (self._engine.resolve(node) or "").startswith("builtins.")

    def name(self, node: cst.Name) -> Any:
        """A plain name."""
        value = node.value
        engine = self._engine
        if value in engine.names.imports:
            found = engine.scope.lookup(value)
            if found is not None:
                for binding in found[1]:
                    if binding.kind == "import":
                        return self._imported_name(node, binding)
        new = self._renames.get(value)
        if new is None and value in self.members and engine.scope.kind == "class" and value in engine.scope.bindings:
            new = self.method_name(value)
        if new is not None:
            return replaced(node, value=new)
        if value in BUILTINS and engine.scope.lookup(value) is None:
            target = self.target(f"builtins.{value}")
            if target is not None:
                return replaced(node, value=target.rpartition(".")[2])
        return node

    def _imported_name(self, node: cst.Name, binding: Binding) -> Any:
        if not self._check(node, binding.qualified):
            return node
        is_read = not isinstance(self._engine.parent, (cst.AssignTarget, cst.Comparison))
        if is_read and binding.qualified in ASYNC_LIBRARIES and not self.configured(binding.qualified):
            text = f"the module {binding.qualified} itself is a value here, and sync code makes no use of it"
            self._refuse(node, "UA901", text)
            return node
        target = self.target(binding.qualified) if binding.from_import else None
        if target is not None and target.startswith("builtins."):
            return replaced(node, value=target.rpartition(".")[2])
        new = self.local_name(binding)
        return node if new == node.value else replaced(node, value=new)

    def _check(self, node: cst.CSTNode, qualified: str) -> bool:
        """Refuse ``qualified`` if it is asynchronous and nothing says what it means in sync code."""
        engine = self._engine
        if self.target(qualified) is not None or engine.is_owned(qualified) or engine.is_left(qualified):
            return True
        row = lookup(qualified)
        if row is not None and (row.keep or row.to):
            return True
        if row is not None and row.refuse:
            self._refuse(node, "UA903", f"{qualified} has no synchronous counterpart: {row.refuse}", row.help)
            return False
        if row is not None and row.rule:
            self._refuse(node, "UA902", f"this use of {qualified} has no synchronous meaning yet")
            return False
        if qualified.partition(".")[0] in ASYNC_LIBRARIES and "." in qualified:
            self._refuse(node, "UA901", f"{qualified} is asynchronous and no rule says what it means in sync code")
            return False
        if row is None and sounds_asynchronous(qualified, engine):
            self.unheard_of.setdefault(qualified, node)
        return True

    def tell_unheard_of(self) -> None:
        """Warn of foreign names that sound asynchronous and stay as they are, where no refusal speaks of them."""
        told = [finding.message for finding in self._engine.findings if finding.severity is Severity.ERROR]
        for qualified, node in self.unheard_of.items():
            if not any(message.startswith(qualified) for message in told):
                text = f"{qualified} sounds asynchronous, and stays as it is: nothing says what it is in sync code"
                help = "name its counterpart in `replace`, or list it in `leave` if it is fine as it is"
                self._engine.warn(node, "UA907", text, help)

    def _refuse(self, node: cst.CSTNode, code: str, message: str, help: str = "") -> None:
        if id(node) not in self._refused:
            self._refused.add(id(node))
            self._engine.refuse(
                node,
                code,
                message,
                help or _WAY_OUT,
            )

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
        new = self.attribute_name(old)
        if value is node.value and new == old:
            return node
        attr = node.attr if new == old else replaced(node.attr, value=new)
        return replaced(node, value=value, attr=attr)

    def _chain(self, node: cst.Attribute, root: cst.Name, binding: Binding) -> Any:
        """``a.b.c`` whose ``a`` was imported."""
        engine = self._engine
        path = dotted(node) or ""
        rest = path.partition(".")[2]
        qualified = f"{binding.qualified}.{rest}"
        target = self.target(qualified)
        if target is None:
            if not self._check(node, qualified):
                return node
            return self._own_chain(node, root, binding)
        base = self._new_base(binding)
        if target.startswith(base + "."):
            new: cst.BaseExpression = name_or_attribute(f"{self.local_name(binding)}.{target[len(base) + 1 :]}")
        elif target.startswith("builtins."):
            new = cst.Name(target.rpartition(".")[2])
        else:
            new = engine.reference(target, node)
        return with_parentheses_of(new, node)

    def _new_base(self, binding: Binding) -> str:
        """The qualified name that the binding's name stands for in the output."""
        qualified = binding.qualified
        alias = binding.node
        if not binding.from_import and isinstance(alias, cst.ImportAlias) and alias.asname is None:
            return self.local_name(binding)
        return self.target(qualified) or self._project_module(qualified) or qualified

    def _own_chain(self, node: cst.Attribute, root: cst.Name, binding: Binding) -> Any:
        """A chain that keeps its base: module parts follow the modules, the others the renames."""
        engine = self._engine
        owned = engine.is_owned(binding.qualified)
        parts = (dotted(node) or "").split(".")
        new = [self.local_name(binding)]
        module = binding.qualified
        covered = 1
        alias = binding.node
        if owned and not binding.from_import and isinstance(alias, cst.ImportAlias) and alias.asname is None:
            for end in range(len(parts), 0, -1):
                mapped = engine.project.map_module(".".join(parts[:end]), engine.namer.module)
                if mapped is not None:
                    new, covered = mapped.split("."), end
                    break
        for part in parts[covered:]:
            module += "." + part
            moved = engine.project.modules.get(module)
            if moved is not None:
                new.append(moved.rpartition(".")[2])
            else:
                new.append(self.attribute_name(part) if owned else self._foreign_attribute(part))
        if new == parts:
            return node
        if len(new) != len(parts):
            return with_parentheses_of(name_or_attribute(".".join(new)), node)
        return _respelled(node, new)

    def _foreign_attribute(self, name: str) -> str:
        if self._engine.namer.explicit(name):
            return self._engine.namer.by_rename(name)
        return self.methods.get(name, name)

    def call(self, node: cst.Call) -> Any:
        """A call: keyword arguments of foreign functions keep their names, whatever the convention says."""
        engine = self._engine
        qualified = engine.resolve(node.func)
        foreign = qualified is not None and not engine.is_owned(qualified) and self.target(qualified) is None
        func = engine.visit(node.func)
        if func is REMOVE:
            return REMOVE
        if qualified in TYPE_TAKERS:
            args: Any = [self._type_argument(arg, place, qualified) for place, arg in enumerate(node.args)]
        else:
            args = self._foreign_arguments(node) if foreign else engine.sequence(node.args)
        if func is node.func and is_same(args, node.args):
            return node
        return replaced(node, func=func, args=args)

    def _foreign_arguments(self, node: cst.Call) -> list[Any]:
        new = [self.argument(arg, True) for arg in node.args]
        return without_removed(node.args, [arg for arg in new if arg is not REMOVE])

    def _type_argument(self, node: cst.Arg, place: int, function: str) -> Any:
        text = self._engine.text
        outer = text.in_annotation
        text.in_annotation = outer or text.type_argument(node, place, function)
        new = self.argument(node, True)
        text.in_annotation = outer
        return new

    def argument(self, node: cst.Arg, foreign: bool = False) -> Any:
        """An argument, its keyword renamed like the parameter it names."""
        value = self._engine.visit(node.value)
        if value is REMOVE:
            return REMOVE
        keyword = node.keyword
        if keyword is not None:
            old = keyword.value
            new = self._engine.namer.by_rename(old) if foreign else self._renames.get(old, old)
            if new != old:
                return replaced(node, value=value, keyword=replaced(keyword, value=new))
        return node if value is node.value else replaced(node, value=value)

    def find_doubles(self, node: cst.ClassDef) -> None:
        """Of ``close`` and ``aclose``, ``__enter__`` and ``__aenter__`` in one class, only the sync one is kept."""
        functions = {
            statement.name.value: statement
            for statement in getattr(node.body, "body", ())
            if isinstance(statement, cst.FunctionDef)
        }
        from unasync_plus.rewrite.definitions import is_dropped

        for name, function in functions.items():
            twin = self.methods.get(name)
            if twin in functions and name not in _MERGED and not self._engine.namer.explicit(name):
                if not is_dropped(self._engine, twin, functions[twin].decorators):
                    self.doubles.add(id(function))

    def has_twin(self, name: str, scope: Scope) -> bool:
        """Whether the class ``scope`` has a sync counterpart of ``name`` already."""
        if name not in self.members or name in _MERGED or self._engine.namer.explicit(name):
            return False
        return self.methods[name] in scope.bindings

    # imports

    def import_(self, node: cst.Import) -> Any:
        """``import a.b, c as d``."""
        engine = self._engine
        new: list[cst.ImportAlias] = []
        seen = set()
        for alias in node.names:
            path = dotted(alias.name) or ""
            if engine.settings.drop and engine.matches("drop", engine.settings.drop, path):
                continue
            target = self.target(path) or self._project_module(path) or path
            asname = alias.asname
            if asname is not None:
                old = dotted(asname.name) or ""
                local = self._renames.get(old, old)
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

    def import_from(self, node: cst.ImportFrom) -> Any:
        """``from m import a, b``: each name goes where it lives in the output."""
        engine = self._engine
        level = len(node.relative)
        spelled = dotted(node.module) or ""
        module = absolute_module(engine.unit.module, engine.unit.is_package, level, spelled)
        if isinstance(node.names, cst.ImportStar):
            return self._from(node, self.target(module) or self._project_module(module) or module, module, None)
        groups: dict[str, list[cst.ImportAlias]] = {}
        for alias in node.names:
            placed = self._place(alias, module)
            if placed is not None:
                groups.setdefault(placed[0], []).append(placed[1])
        if not groups:
            return REMOVE
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

    def _at_top(self) -> bool:
        """Whether the statement at hand stands at the top level of the module, where imports may be moved about."""
        return self._engine.scope.kind == "module" and len(self._engine.parents) <= 3

    def _home(self, module: str) -> str:
        return self._project_module(module) or module

    def _ask(self, module: str, aliases: list[cst.ImportAlias], level: int) -> None:
        """Have ``aliases`` imported from ``module`` where isort would; names that were only passed on in any case."""
        engine = self._engine
        if level and module and engine.is_owned(module):
            module = "".join(relative_spelling(engine, module, level))
        for alias in aliases:
            name = dotted(alias.name) or ""
            asname = (dotted(alias.asname.name) or "") if alias.asname else ""
            key = (module, name, asname) if module else (name, "", asname)
            is_read = self._was_read(asname or name)
            (engine.needed if is_read else engine.exported).add(key)

    def _was_read(self, local: str) -> bool:
        """Whether the source reads an import that is called ``local`` in the output."""
        used = self._engine.names.used
        return any(
            name in used and self.local_name(binding) == local
            for name, bindings in self._engine.names.imports.items()
            for binding in bindings
        )

    def _place(self, alias: cst.ImportAlias, module: str) -> tuple[str, cst.ImportAlias] | None:
        """Where ``alias`` is imported from in the output, and the alias there; None if it needs no import."""
        engine = self._engine
        name = dotted(alias.name) or ""
        qualified = f"{module}.{name}"
        if engine.settings.drop and engine.matches("drop", engine.settings.drop, name, qualified):
            return None
        binding = Binding("import", alias, None, None, qualified, True)
        local = self.local_name(binding)
        target = self.target(qualified)
        as_module = self._project_module(qualified) if target is None and qualified in engine.project.modules else None
        if target is not None and target.startswith("builtins."):
            return None
        if target is not None or as_module is not None:
            new_module, _, new_name = (target or as_module or "").rpartition(".")
        elif engine.is_owned(qualified):
            shared = (
                not engine.project.shared.isdisjoint((module, qualified)) or qualified in engine.project.shared_names
            )
            new_module = module if shared else self._home(module)
            new_name = self._renames.get(name, name)
        else:
            new_module, new_name = module, engine.namer.by_rename(name)
            row = lookup(qualified)
            in_strings = row is not None and row.rule == "typing"
            is_harmless = row is not None and (row.keep or row.rule == "typing")
            if local == name and not in_strings and not is_harmless and name not in engine.names.used:
                self._check(alias, qualified)
        old_local = dotted(alias.asname.name) if alias.asname is not None else name
        asname = alias.asname
        if local == new_name:
            if asname is not None and old_local == name != new_name:  # `as` says that it is handed on: to type checkers
                asname = replaced(asname, name=cst.Name(new_name))
            elif asname is not None and (old_local != new_name or name != new_name):
                asname = None
        elif asname is None or dotted(asname.name) != local:
            asname = cst.AsName(cst.Name(local), cst.SimpleWhitespace(" "), cst.SimpleWhitespace(" "))
        if new_name == name and asname is alias.asname:
            return new_module, alias
        return new_module, replaced(alias, name=name_or_attribute(new_name), asname=asname)

    def _from(self, node: cst.ImportFrom, target: str, old: str, names: Any) -> Any:
        """``node`` importing ``names`` from ``target``, relative if it was so before."""
        if not target:  # a top-level module took the place of ``from package import module``
            return cst.Import([replaced(alias, comma=cst.MaybeSentinel.DEFAULT) for alias in names])
        if names is not None and is_same(names, node.names):  # type: ignore[arg-type]  # no star here
            names = node.names
        elif names is not None:
            names = without_removed(node.names, list(names))  # type: ignore[arg-type]  # likewise
        else:
            names = node.names
        relative, module = node.relative, node.module
        spelled = relative_spelling(self._engine, target, len(relative)) if relative else ("", target)
        if target.startswith("."):
            pass
        elif ("." * len(relative), dotted(module) or "") != spelled:
            relative = tuple(cst.Dot() for _ in spelled[0])
            module = name_or_attribute(spelled[1]) if spelled[1] else None
        if names is node.names and relative is node.relative and module is node.module:
            return node
        return replaced(node, module=module, relative=relative, names=names)


def relative_spelling(engine: Engine, target: str, level: int) -> tuple[str, str]:
    """The dots and the rest that import ``target`` from the generated module; no dots across top-level packages.

    As many dots as the source had (``level``), if they still lead to a package around the target.
    """
    here = engine.unit.target_module.split(".")
    if not engine.unit.is_package:
        here = here[:-1]
    there = target.split(".")
    common = 0
    while common < len(here) and common < len(there) and here[common] == there[common]:
        common += 1
    if common == 0:
        return "", target
    anchor = len(here) - level + 1
    if not 0 < anchor <= common:
        anchor = common
    return "." * (len(here) - anchor + 1), ".".join(there[anchor:])


def _respelled(node: Any, parts: list[str]) -> Any:
    """The chain ``node`` with other names in it, its white space untouched."""
    if isinstance(node, cst.Name):
        return node if node.value == parts[0] else replaced(node, value=parts[0])
    value = _respelled(node.value, parts[:-1])
    attr = node.attr if node.attr.value == parts[-1] else replaced(node.attr, value=parts[-1])
    return replaced(node, value=value, attr=attr)


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


_WAY_OUT = (
    "name a counterpart in `replace` or `rewrite`, leave the statement out with `# unasync: skip`, "
    "or list the name in `leave`"
)
_TESTING = frozenset({"AsyncMock", "asyncSetUp", "asyncTearDown", "addAsyncCleanup", "enterAsyncContext"})
"""Words of `unittest` that a module may use without importing it: through a fixture, or a base class of its own."""
_MERGED = frozenset({"asyncSetUp", "asyncTearDown"})
"""Methods that run besides their sync twins, not in their place: a rule makes one of the two."""
BUILTINS = frozenset({"StopAsyncIteration", "anext", "aiter"})

"""What the names of one module mean, which of them its stub uses, and under what name it can say the rest.

Nothing here looks into other modules: an imported name is known by where it comes from, not by what it is. That a module
of the project only hands on what it has of others (``from .._typing import TypeVar``) is something the caller may know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.import_nodes import another_name
from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.emit.stub_statements import bindings, statements, walruses
from unasync_plus.emit.stub_text import dotted
from unasync_plus.records import record
from unasync_plus.tree import walk

if TYPE_CHECKING:
    from unasync_plus.emit.stub_views import ClassView

LOCAL = "<module>."
"""Prefix of the qualified names of what the module itself defines."""

BUILTIN_TYPES = frozenset(
    "BaseException Exception bool bytearray bytes classmethod complex dict float frozenset int list memoryview object "
    "property range set slice staticmethod str super tuple type ArithmeticError AssertionError AttributeError "
    "BlockingIOError BrokenPipeError BufferError ChildProcessError ConnectionAbortedError ConnectionError "
    "ConnectionRefusedError ConnectionResetError EOFError FileExistsError FileNotFoundError FloatingPointError "
    "GeneratorExit IOError ImportError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt "
    "LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError "
    "OverflowError PermissionError ProcessLookupError RecursionError ReferenceError RuntimeError StopIteration "
    "SyntaxError SystemError SystemExit TimeoutError TypeError UnicodeDecodeError UnicodeEncodeError UnicodeError "
    "ValueError Warning DeprecationWarning FutureWarning RuntimeWarning UserWarning ZeroDivisionError "
    "BaseExceptionGroup ExceptionGroup".split()
)
"""The built-in classes; spelled out because the running Python must not change what a stub says."""

TYPING = ("typing.", "typing_extensions.")
_TYPE_PARAMETERS = ("TypeVar", "ParamSpec", "TypeVarTuple")

_ROOTS = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
    r"""|(?<![\w.])(?P<root>[^\W\d]\w*)\b(?P<rest>(?:\.[^\W\d]\w*)*)(?P<keyword>\s*=(?!=))?"""
)
_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def from_typing(qualified: str | None) -> str | None:
    """The plain name of something that ``typing`` or ``typing_extensions`` defines, otherwise None."""
    for prefix in TYPING:
        if qualified and qualified.startswith(prefix):
            return qualified[len(prefix) :]
    return None


@record
class Elsewhere:
    """What is known of the modules that a module imports from; names are absolute."""

    absolute: Callable[[str], str] = str
    """The qualified name that an import in the module makes → the absolute one."""
    handed_on: Mapping[str, str] = field(default_factory=dict)
    """Names in modules of the project → those of others that they stand for."""
    type_parameters: Collection[str] = ()
    inherited: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Class of the module, by its plain name → what its bases in other modules have."""

    def origin(self, qualified: str) -> str:
        return self.handed_on.get(self.absolute(qualified), qualified)


@dataclass(slots=True)
class Names:
    """The module's names, and the set of those that the stub came to use."""

    imports: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    """The dotted paths of plain `import a.b` statements: they bind only ``a``."""
    classes: dict[str, cst.ClassDef] = field(default_factory=dict)
    functions: dict[str, cst.FunctionDef] = field(default_factory=dict)
    variables: dict[str, cst.BaseExpression | None] = field(default_factory=dict)
    annotated: dict[str, cst.BaseExpression] = field(default_factory=dict)
    type_parameters: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    """Names that a ``del`` takes away from the module."""
    excused: frozenset[str] = frozenset()
    """Types without their parameters, see `emit.stub_excused`."""
    used: set[str] = field(default_factory=set)
    added: dict[str, str] = field(default_factory=dict)
    """Names that the stub may import beyond what the code does: local name → qualified name."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Names for what a class member hides: alias → the module's own definition."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Names of the code that the stub spells in another way."""
    evaluating: set[str] = field(default_factory=set)
    """Variables whose value is being looked into."""
    views: dict[cst.ClassDef, ClassView] = field(default_factory=dict)
    """What was found out about the classes so far."""
    elsewhere: Elsewhere = field(default_factory=Elsewhere)

    @classmethod
    def of(cls, module: cst.Module, elsewhere: Elsewhere | None = None) -> Names:
        names = cls(elsewhere=elsewhere or Elsewhere())
        for statement in statements(module.body):
            names.bind(statement)
        if not names.knows("Any"):
            names.added["Any"] = "typing.Any"
        return names

    def bind(self, statement: cst.CSTNode) -> None:
        if isinstance(statement, cst.Import | cst.ImportFrom):
            for local, qualified in bindings(statement):
                self.imports.setdefault(local, qualified)
                if self.elsewhere.absolute(qualified) in self.elsewhere.type_parameters:
                    self.type_parameters.add(local)
            if isinstance(statement, cst.Import):
                self.modules.update(dotted(one.name) or "" for one in statement.names if one.asname is None)
        elif isinstance(statement, cst.ClassDef):
            self.classes.setdefault(statement.name.value, statement)
        elif isinstance(statement, cst.FunctionDef):
            self.functions.setdefault(statement.name.value, statement)
        elif isinstance(statement, cst.Assign):
            for target in statement.targets:
                if isinstance(target.target, cst.Name):
                    self._assign(target.target.value, statement.value)
        elif isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name):
            self.annotated.setdefault(statement.target.value, statement.annotation.annotation)
            self.variables.setdefault(statement.target.value, statement.value)
        elif isinstance(statement, cst.TypeAlias):
            self.variables.setdefault(statement.name.value, None)
        elif isinstance(statement, cst.Del):
            self.deleted.update(one.value for one in walk(statement.target) if isinstance(one, cst.Name))

    def bind_walruses(self, module: cst.Module) -> None:
        """Names that expressions bind, which few modules have."""
        for statement in statements(module.body):
            for name, value in walruses(statement):
                self.variables.setdefault(name, value)

    def _assign(self, name: str, value: cst.BaseExpression) -> None:
        self.variables.setdefault(name, value)
        if isinstance(value, cst.Call) and from_typing(self.qualified(dotted(value.func))) in _TYPE_PARAMETERS:
            self.type_parameters.add(name)

    def defines(self, name: str) -> bool:
        return name in self.classes or name in self.functions or name in self.variables

    def knows(self, name: str) -> bool:
        return name in self.imports or name in BUILTIN_TYPES or self.defines(name)

    def qualified(self, name: str | None) -> str | None:
        """Where the dotted ``name`` comes from, as written in this module; None where nothing binds it."""
        if not name:
            return None
        root, dot, rest = name.partition(".")
        if self.defines(root):
            return LOCAL + name
        if root in self.imports:
            return self.elsewhere.origin(self.imports[root] + dot + rest)
        return f"builtins.{name}"

    def spell(self, qualified: str) -> str:
        """How the stub writes ``qualified``; an import for it appears once that spelling is used."""
        module, _, name = qualified.rpartition(".")
        if module == "builtins" and not self.defines(name):
            return name
        for local, meaning in self.imports.items():
            if meaning == qualified and not self.defines(local):
                return local
            if meaning == module and not self.defines(local):
                return f"{local}.{name}"
        for local, meaning in self.added.items():
            if meaning == qualified:
                return local
        local = name
        while self.knows(local) or local in self.added:
            local = another_name(local)
        self.added[local] = qualified
        return local

    def spell_module(self, module: str) -> str:
        """How the stub writes the name of a top-level ``module``."""
        local = next((local for local, meaning in self.imports.items() if meaning == module), module)
        if local not in self.imports:
            self.added[local] = module
        return local

    def uses(self, local: str, module: str = "") -> bool:
        """Whether the stub uses ``local``; for `import a.b`, which binds ``a``, whether for something in ``a.b``."""
        if not module or module == local:
            return any(name == local or name.startswith(f"{local}.") for name in self.used)
        for name in self.used:
            if name.partition(".")[0] == local:
                inside = [path for path in self.modules if f"{name}.".startswith(f"{path}.")]
                if f"{name}.".startswith(f"{module}.") or not inside:
                    return True
        return False

    def added_to(self, source: str) -> list[str]:
        """What the stub needs from the module ``source`` that the code does not import from it."""
        parts = []
        for local, qualified in sorted(self.added.items()):
            module, part = added_part(local, qualified)
            if module == source and self.uses(local):
                parts.append(part)
        return parts

    def use(self, text: str, hidden: Container[str] = (), *, strings: bool = False) -> str:
        """``text``, an expression for the stub, its names noted as used.

        ``hidden`` are names that mean something else where the text goes (members of the class): what they hide is
        spelled another way. ``strings``: names quoted in the text count too.
        """

        def note(found: re.Match[str]) -> str:
            if found["string"]:
                if strings:
                    self.used.update(_WORD.findall(found["string"][1:-1]))
                return found[0]
            if found["keyword"]:
                return found[0]
            root = self.renamed.get(found["root"], found["root"])
            if root in hidden:
                root = self._other_name(root, hidden)
            self.used.add(root + found["rest"])
            return root + found["rest"]

        return _ROOTS.sub(note, text)

    def _other_name(self, name: str, hidden: Container[str]) -> str:
        """Another spelling of ``name``, for a class with a member of that name."""
        if name in BUILTIN_TYPES and not self.defines(name) and name not in self.imports:
            self.added.setdefault("builtins", "builtins")
            return f"builtins.{name}"
        target = self.aliases if self.defines(name) else self.added
        meaning = name if self.defines(name) else self.imports.get(name)
        if meaning is None:
            return name
        alias = another_name(name)
        while alias in hidden or self.knows(alias) or target.get(alias, meaning) != meaning:
            alias = another_name(alias)
        target[alias] = meaning
        return alias


def is_standard(qualified: str) -> bool:
    """Whether a qualified name comes from the standard library or is a builtin."""
    return qualified.partition(".")[0] in STDLIB or qualified.startswith(("_", "builtins."))


def bound_names(body: Sequence[cst.CSTNode]) -> frozenset[str]:
    """The names that ``body`` binds when it runs."""
    names = Names()
    for statement in statements(body):
        names.bind(statement)
    return frozenset((*names.imports, *names.classes, *names.functions, *names.variables))


def added_part(local: str, qualified: str) -> tuple[str, str]:
    """(module, ``name`` or ``name as local``); the module is "" for a top-level module itself."""
    name = qualified.rpartition(".")[2]
    part = name if name == local else f"{name} as {local}"
    source = qualified[: -len(name)]
    return (source if not source.strip(".") else source.rstrip(".")), part

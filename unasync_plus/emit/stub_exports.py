"""Which names a module hands on to others."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import libcst as cst

from unasync_plus.emit.stub_statements import statements
from unasync_plus.emit.stub_text import dotted
from unasync_plus.records import record


@record
class Exports:
    """Which imported names a module hands on.

    ``listed`` are the strings of ``__all__`` (None: there is none), ``wanted`` the names that other modules are known
    to import from here (None: nobody looked), ``packages`` the top-level names that may be the module's own project.
    ``only_imports``: the module has nothing of its own.
    """

    code: str
    listed: frozenset[str] | None
    is_package: bool
    packages: frozenset[str]
    wanted: Collection[str] | None
    only_imports: bool = False

    def lists(self, local: str) -> bool:
        return self.listed is not None and local in self.listed

    def hands_on(self, local: str, meaning: str, *, used: bool, for_checkers: bool = False) -> bool:
        """Whether ``local`` needs the form ``x as x`` that makes an import public in a stub.

        ``used``: the stub itself has a use for it. ``for_checkers``: it is imported under ``if TYPE_CHECKING:``.
        """
        if local in (self.wanted or ()):
            return True
        own = meaning.startswith(".") or meaning.partition(".")[0] in self.packages
        if self.lists(local):
            return False
        if own and self.is_package and self.listed is None and not (local.startswith("_") and local[:2] != "__"):
            return True
        if used or for_checkers or not (own or self.only_imports):
            return False
        return self._only_mentioned_once(local)  # imported, and not for its own use

    def _only_mentioned_once(self, name: str) -> bool:
        seen = 0
        position = self.code.find(name)
        while position >= 0:
            around = self.code[position - 1 : position] + self.code[position + len(name) : position + len(name) + 1]
            seen += not any(character.isalnum() or character == "_" for character in around)
            if seen > 1:
                return False
            position = self.code.find(name, position + 1)
        return seen == 1


@record
class Listed:
    """What ``__all__`` lists; ``complete`` where all of it is literal."""

    names: frozenset[str]
    complete: bool


def listed(module: cst.Module) -> Listed | None:
    """The strings of ``__all__``, however it is put together; None where the module has none."""
    parts: list[cst.BaseExpression] = []
    for statement in statements(module.body):
        if isinstance(statement, cst.Assign) and any(_is_all(target.target) for target in statement.targets):
            parts.append(statement.value)
        elif isinstance(statement, cst.AnnAssign | cst.AugAssign) and _is_all(statement.target):
            parts += [statement.value] if statement.value is not None else []
        elif isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Call):
            if dotted(statement.value.func) in ("__all__.extend", "__all__.append"):
                parts += [argument.value for argument in statement.value.args]
    if not parts:
        return None
    found = [item for part in parts for item in _strings(part)]
    return Listed(frozenset(name for name in found if name is not None), None not in found)


def only_imports(module: cst.Module) -> bool:
    """Whether a module defines nothing itself."""
    kinds = (cst.Import, cst.ImportFrom, cst.Expr, cst.If, cst.Try, cst.Pass)
    return all(isinstance(statement, kinds) for statement in statements(module.body))


def _is_all(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Name) and node.value == "__all__"


def _strings(node: cst.BaseExpression) -> Iterator[str | None]:
    """The literal names in ``node``; None for a part that a type checker cannot read either."""
    if isinstance(node, cst.SimpleString):
        yield str(node.evaluated_value)
    elif isinstance(node, cst.List | cst.Tuple):
        for element in node.elements:
            yield from _strings(element.value)
    elif isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        yield from _strings(node.left)
        yield from _strings(node.right)
    elif not (isinstance(node, cst.Attribute) and node.attr.value == "__all__"):
        yield None

"""What a rule may ask and do: names, values, requests for imports, findings. It never edits anything itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.model import Severity
from unasync_plus.records import record
from unasync_plus.resolve.origins import Origins
from unasync_plus.resolve.scopes import Binding, Names, Scope
from unasync_plus.rewrite.concurrency import MODULES
from unasync_plus.tree import name_or_attribute

if TYPE_CHECKING:
    from unasync_plus.config import Settings
    from unasync_plus.discover import Unit
    from unasync_plus.resolve.naming import Namer
    from unasync_plus.resolve.project import Project
    from unasync_plus.rewrite.values import Values

_OF_BEHAVIOUR = ("UA3", "UA4", "UA9")
"""Families of codes that say what concurrency, tests and libraries do, or lack, in sync code."""
_OF_SYNTAX = frozenset({"builtins", "collections", "contextlib", "typing", "typing_extensions"})
"""Modules whose asynchronous names go with ``async`` and ``await``, wherever these stand."""
_MOCKS = frozenset({"unittest.mock.AsyncMock", "mock.AsyncMock"})


@record
class Finding:
    """A diagnostic before its node has been turned into a line and a column."""

    node: cst.CSTNode
    code: str
    severity: Severity
    message: str
    help: str


class Context:
    """The state of one conversion, as far as rules see it.

    ``scope`` is the scope that the node at hand stands in, ``parents`` the nodes from the module down to it.
    """

    def __init__(self, names: Names, unit: Unit, project: Project, settings: Settings, namer: Namer) -> None:
        self.names, self.unit, self.project, self.settings, self.namer = names, unit, project, settings, namer
        self.scope: Scope = names.module
        self.parents: list[cst.CSTNode] = []
        self.is_in_sync_branch = False
        """Whether async code does not come to the node at hand, as a comment at a branch says."""
        self.findings: list[Finding] = []
        self.fired: set[str] = set()
        self.needed: set[tuple[str, str, str]] = set()
        self.runtime_modules: set[str] = set()
        self.concurrency_here: str | None = None
        self.concurrency_asked = False
        self.made_now: set[int] = set()
        self._owned: dict[str, bool] = {}
        self._left = [(entry, f"{entry}.") for entry in settings.leave]
        self.lacking: frozenset[str] = frozenset()
        self.words: frozenset[str] = frozenset()
        """Words of the module that name what the counterpart of some class of a library lacks."""
        self.deals_in_awaitables = self.keeps_back = self.may_have_loops = False

    # walking

    def visit(self, node: Any) -> Any:
        """``node`` converted; it may come back as ``REMOVE`` or a ``FlattenSentinel``."""
        raise NotImplementedError

    def descend(self, node: Any) -> Any:
        """``node`` with its children converted, no rule for ``node`` itself applied."""
        raise NotImplementedError

    def visit_all(self, nodes: Iterable[Any]) -> list[Any]:
        """Every one of ``nodes`` converted, removed ones left out."""
        raise NotImplementedError

    @property
    def parent(self) -> cst.CSTNode | None:
        """The node around the one at hand."""
        return self.parents[-2] if len(self.parents) > 1 else None

    @property
    def function(self) -> cst.FunctionDef | None:
        """The innermost definition of a function around the node at hand; lambdas do not count."""
        return next((node for node in reversed(self.parents) if isinstance(node, cst.FunctionDef)), None)

    @property
    def coroutine_function(self) -> cst.FunctionDef | None:
        """The function or lambda right around the node at hand, if that is a coroutine function."""
        around = next(
            (node for node in reversed(self.parents) if isinstance(node, (cst.FunctionDef, cst.Lambda))), None
        )
        return around if isinstance(around, cst.FunctionDef) and around.asynchronous is not None else None

    @property
    def ruled_out(self) -> frozenset[int]:
        """The ``id`` of each block and statement of the module that sync code never comes to, see `rewrite.reached`."""
        raise NotImplementedError

    @property
    def is_reached(self) -> bool:
        """Whether sync code comes to the node at hand: not into a branch that a constant of `set` rules out."""
        return not self.ruled_out or self.ruled_out.isdisjoint(map(id, self.parents))

    @property
    def is_statement(self) -> bool:
        """Whether the expression at hand, or the ``await`` right around it, is a statement of its own."""
        for node in reversed(self.parents[:-1]):
            if isinstance(node, cst.Expr):
                return True
            if not isinstance(node, cst.Await):
                return False
        return False

    @property
    def concurrency(self) -> str:
        """``threads`` or ``sequential``, as the configuration and the comments at hand say."""
        self.concurrency_asked = True
        return self.concurrency_here or self.settings.concurrency

    # meaning

    def resolve(self, node: cst.CSTNode | None) -> str | None:
        """The qualified name of a name or attribute chain that an import (or the builtins) gives it."""
        return self.names.resolve(node, self.scope)

    def callee(self, node: cst.CSTNode | None) -> str | None:
        """The qualified name of the function that ``node`` calls, None if it is no such call."""
        return self.resolve(node.func) if type(node) is cst.Call else None

    @property
    def starts_tasks(self) -> bool:
        """Whether the module, or one that has to do with it, starts tasks that may outlive the function that does."""
        if self.settings.concurrency == "threads" and self.unit.module in self.project.starting:
            return True
        return self.deals_in_awaitables and self.values.starts_tasks

    @property
    def interrupts(self) -> bool:
        """Whether a cancellation or a deadline may reach the waits of this module, from here or from one that has to do with it."""
        if self.settings.concurrency == "threads" and self.unit.module in self.project.interrupted:
            return True
        return self.deals_in_awaitables and self.values.interrupts

    @property
    def values(self) -> Values:
        """What variables, attributes and calls of this module hold."""
        raise NotImplementedError

    @cached_property
    def provenance(self) -> Origins:
        """Where values come from, as far as the module says it."""
        return Origins(self.names, self.project.foreign)

    def bindings(self, node: cst.CSTNode | None, scope: Scope | None = None) -> list[Binding]:
        """All that a plain name, or an attribute of ``self``, is ever bound to."""
        scope = scope or self.scope
        if isinstance(node, cst.Name):
            found = scope.lookup(node.value)
            return found[1] if found else []
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value in ("self", "cls"):
            owner = scope.owner_class()
            if owner is not None:
                name = node.attr.value
                return [*owner.attributes.get(name, ()), *owner.bindings.get(name, ())]
        return []

    def is_owned(self, qualified: str) -> bool:
        """Whether ``qualified`` belongs to the project's own code."""
        known = self._owned.get(qualified)
        if known is None:
            known = self._owned[qualified] = qualified.startswith(".") or self.project.owns(qualified)
        return known

    def is_left(self, qualified: str) -> bool:
        """Whether ``qualified`` stays as it is: everywhere, or here, as this code never runs."""
        return self.is_left_everywhere(qualified) or self.is_out_of_reach(qualified)

    def is_out_of_reach(self, qualified: str) -> bool:
        """Whether the node at hand never runs in sync code, and ``qualified`` may stay for that."""
        if self.is_reached or qualified.partition(".")[0] in _OF_SYNTAX:
            return False
        return not self.is_owned(qualified)

    def is_left_everywhere(self, qualified: str) -> bool:
        """Whether `leave` lets ``qualified`` pass as it is, or it is for code that stays async."""
        if qualified in _MOCKS and self.tests_bridged:
            return True
        for entry, above in self._left:
            if qualified == entry or qualified.startswith(above):
                self.fired.add(f"leave:{entry}")
                return True
        return False

    @cached_property
    def tests_bridged(self) -> bool:
        """Whether this module uses modules that are reached through the bridge: its mocks are for their async side."""
        if not self.project.bridged:
            return False
        paths = [binding.qualified for bindings in self.names.imports.values() for binding in bindings]
        return any(path in self.project.bridged or path.rpartition(".")[0] in self.project.bridged for path in paths)

    def asked_for(self, node: cst.CSTNode, *words: str) -> str:
        """The first of ``words`` that a comment on a statement says; empty if none does."""
        raise NotImplementedError

    def is_configured(self, qualified: str) -> bool:
        """Whether the configuration says what becomes of ``qualified``."""
        raise NotImplementedError

    def gives_way(self, qualified: str) -> bool:
        """Whether the output takes ``qualified`` from the sync twin of the module that has it."""
        raise NotImplementedError

    def is_settled(self, call: cst.Call, scope: Scope | None = None) -> bool:
        """Whether the configuration says what becomes of ``call``, or of what it calls."""
        raise NotImplementedError

    def unwraps(self, call: cst.Call, scope: Scope | None = None) -> bool:
        """Whether a pattern of the configuration takes ``call`` away, so that nothing is passed to what it called."""
        raise NotImplementedError

    def attribute_name(self, name: str) -> str:
        """What an attribute of an object of unknown type is called in the output."""
        raise NotImplementedError

    # requests

    def unglue(self) -> None:
        """Parentheses went that may have kept a keyword and a name apart: see to it that they stay so."""
        raise NotImplementedError

    def need(self, module: str, name: str = "") -> str:
        """Ask for ``import module`` or ``from module import name``; the local name that it will be bound to."""
        raise NotImplementedError

    def need_here(self, module: str, name: str, like: cst.CSTNode | None) -> str:
        """The same as `need`, inside the function that imports what ``like`` refers to, if one does."""
        raise NotImplementedError

    def is_imported(self, module: str, name: str) -> bool:
        """Whether the output has ``name`` of ``module`` by an import of its own, where it has not the module itself."""
        raise NotImplementedError

    def builtin(self, name: str) -> cst.Name | cst.Attribute:
        """An expression for a builtin, its module's import asked for where something else has that name."""
        raise NotImplementedError

    def reference(self, qualified: str, like: cst.CSTNode | None = None) -> cst.Name | cst.Attribute:
        """An expression for ``qualified``, its import asked for, in the style of ``like`` (bare or dotted)."""
        module, name = module_and_name(qualified)
        if module == "builtins":
            return self.builtin(name)
        if not name:
            return name_or_attribute(self.need_here(module, "", like))
        head, dot, rest = name.partition(".")
        if isinstance(like, cst.Name) or (isinstance(like, cst.Attribute) and self.is_imported(module, head)):
            return name_or_attribute(self.need_here(module, head, like) + dot + rest)
        return name_or_attribute(f"{self.need_here(module, '', like)}.{name}")

    def runtime(self, qualified: str) -> cst.Name:
        """A name for ``module.name`` of the runtime, its import (and its copy, if vendored) asked for."""
        raise NotImplementedError

    def concurrent(self, name: str) -> cst.Name:
        """A name of the runtime that `concurrency` decides about: ``gather``, ``create_task``, ``TaskGroup``…"""
        return self.runtime(f"{MODULES[self.concurrency][name]}.{name}")

    # findings

    def refuse(self, node: cst.CSTNode, code: str, message: str, help: str = "") -> None:
        """This file cannot be converted: ``node`` has no sync meaning."""
        self._find(Finding(node, code, Severity.ERROR, message, help))

    def warn(self, node: cst.CSTNode, code: str, message: str, help: str = "") -> None:
        """Converted, but somebody should look."""
        self._find(Finding(node, code, Severity.WARNING, message, help))

    def note(self, node: cst.CSTNode, code: str, message: str, help: str = "") -> None:
        """Converted; worth knowing."""
        self._find(Finding(node, code, Severity.NOTE, message, help))

    def _find(self, finding: Finding) -> None:
        """Keep it, unless it is about what something does in sync code, in a place that sync code never comes to."""
        if not finding.code.startswith(_OF_BEHAVIOUR) or self.is_reached:
            self.findings.append(finding)

    def matches(self, kind: str, entries: Collection[str], *names: str) -> bool:
        """Whether one of ``names`` is among the configuration's ``entries`` of ``kind``; remembers that it fired."""
        for name in names:
            if name in entries:
                self.fired.add(f"{kind}:{name}")
                return True
        return False


def module_and_name(qualified: str) -> tuple[str, str]:
    """The module in ``qualified`` and what is looked up there: a class is capitalised, and `sys` has no submodules."""
    parts = qualified.split(".")
    if parts[0] == "sys":
        end = 1
    else:
        end = next((place for place, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
    return (".".join(parts[:end]), ".".join(parts[end:])) if end else (qualified, "")

"""What a module has to do with awaitables, tasks and event loops: told from its words, and where that is not enough, from
where its values go."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.resolve.acting import GIVES_NONE
from unasync_plus.rewrite.concurrency import FUNCTIONS, WORDS
from unasync_plus.rewrite.values import Values
from unasync_plus.rewrite.values.by_others import Others
from unasync_plus.rewrite.values.loop_methods import LOOP_NAMES, LOOP_ONLY
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS

if TYPE_CHECKING:
    from unasync_plus.resolve.scopes import Scope
    from unasync_plus.rewrite.engine import Engine
    from unasync_plus.rewrite.values.sites import Site

_STARTERS = frozenset({"create_task", "call_later", "call_at"})
"""Methods of objects of which nothing may be known, and that no other word in the module need speak of."""
_LOOP_WORDS = frozenset(
    "get_running_loop get_event_loop new_event_loop get_loop AbstractEventLoop BaseEventLoop EventLoop".split()
)
"""Without one of these in it, or an attribute that holds one elsewhere, no variable of a module holds an event loop."""


class Dealings:
    """``keeps_back``: calls may be kept back; ``in_awaitables``: values may be awaitable, in sync code too."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._project, words = engine.project, engine.words
        self._imports = [binding.qualified for bindings in engine.names.imports.values() for binding in bindings]
        imported = {name.partition(".")[0] for name in self._imports}
        roots = {root for root in imported & {*ASYNC_ROOTS, "async_timeout", "uvloop"} if not engine.is_left(root)}
        self.keeps_back = (
            engine.names.awaits_values
            or ("__await__" in words and any("__await__" in names for names in engine.names.members.values()))
            or (bool(roots) and self._has_triggers())
            or bool(words & (LOOP_ONLY | _STARTERS) - self._project.defined)
            or not words.isdisjoint(self._project.starters)
            or not words.isdisjoint(self._project.awaiters)
        )
        self.in_awaitables = (
            self.keeps_back
            or (self._project.passes_tasks and "await" in engine.words)
            or bool(self.overridden)
            or not engine.names.in_code().isdisjoint(LOOP_NAMES)
            or "__await__" in words
            or not words.isdisjoint(self._project.awaitables | self._project.tasks | self._project.awaited_tasks)
            or self._may_be_led()
        )
        self.may_have_loops = self.in_awaitables and not words.isdisjoint(_LOOP_WORDS | self._project.kept_loops)

    @cached_property
    def values(self) -> Values:
        """What variables, attributes and calls of the module hold."""
        engine = self._engine
        tree = engine.parents[0]
        assert isinstance(tree, cst.Module)
        return Values(
            engine.names,
            tree,
            self._is_awaitable_class,
            engine.settings.leave,
            engine.unwraps,
            engine.is_settled,
            self._project.leads,
            self._may_give_tasks,
            self._project.defined,
            self._started_by,
            self._project.awaiters,
            engine.ruled_out,
            self._project.kept_loops,
            self._project.makes_tasks,
            self._others,
            self._acts,
            self._project.giving,
            self._reads,
        )

    @cached_property
    def overridden(self) -> frozenset[str]:
        """The coroutine methods of the module that plain ones of other modules, which give tasks, override."""
        home = f"{self._engine.unit.module}."
        return frozenset(
            name[len(home) :] for name in self._project.overridden if name.rpartition(".")[0] + "." == home
        )

    @property
    def _others(self) -> Others:
        """What other modules decide of the values of this one."""
        awaited = self._project.awaited_attributes
        return Others(
            self._project.passes_tasks,
            self.overridden,
            frozenset(name for name, modules in awaited.items() if modules != {self._engine.unit.module}),
        )

    def _has_triggers(self) -> bool:
        """Whether anything in the module makes, starts or waits for what is awaitable otherwise than by ``await``."""
        if not WORDS.isdisjoint(self._engine.words):
            return True
        members = self._engine.names.members
        imported = {name.rpartition(".")[2] for name in self._imports}
        return not FUNCTIONS.isdisjoint(
            imported.union(*(members.get(local, ()) for local in self._engine.names.imports))
        )

    def _may_be_led(self) -> bool:
        """Whether the module imports anything that leads to awaitable objects."""
        return bool(self._project.leads) and any(
            name in self._project.leads or name in self._project.modules for name in self._imports
        )

    def _is_awaitable_class(self, qualified: str) -> bool:
        return self._engine.is_owned(qualified) and qualified.rpartition(".")[2] in self._project.awaitables

    def _may_give_tasks(self, name: str, qualified: str | None, site: Site | None = None) -> str:
        if qualified is not None and not self._engine.is_owned(qualified):
            return ""
        if name in self._project.awaited_tasks:
            return "awaited"
        if qualified is None and name in self._project.unsure_tasks:
            kinds = self._kinds_of(name, site) if site is not None else {""}
            return "called" if kinds == {"plain"} else "" if kinds == {"coroutine"} else "perhaps"
        may_give = name in self._project.tasks or (qualified is None and name in self._project.givers)
        return "called" if may_give else ""

    def _acts(self, name: str, qualified: str | None, site: Site | None = None) -> str:
        """What a function of another module does beside giving a coroutine, see `resolve.acting`."""
        known = self._project.acting
        if qualified is not None or site is None or not known:
            return known.get(qualified or "", "")
        func = site.node.func
        if not isinstance(func, cst.Attribute):
            found = {known.get(f"{owner}.__call__", "") for owner in self._engine.provenance.owners(func, site.scope)}
        else:
            owners = self._engine.provenance.owners(func.value, site.scope)
            names = [f"{owner}.{name}" for owner in owners if self._engine.is_owned(owner)] or [f".{name}"]
            found = {known.get(one, "") for one in names}
        return GIVES_NONE if GIVES_NONE in found else max(found, default="")

    def _reads(self, owner: cst.BaseExpression, name: str, scope: Scope) -> bool | None:
        """Whether the attribute or operator of that name gives a coroutine there, see `resolve.giving`; None if nothing tells."""
        known = self._project.acting
        owners = [one for one in self._engine.provenance.owners(owner, scope) if self._engine.is_owned(one)]
        return any(f"={one}.{name}" in known for one in owners) if owners else None

    def _kinds_of(self, name: str, site: Site) -> set[str]:
        """What the method of that name is in the classes that the receiver may be of."""
        func = site.node.func
        owners = self._engine.provenance.owners(func.value, site.scope) if isinstance(func, cst.Attribute) else ()
        return {self._project.kinds_of_methods.get(f"{owner}.{name}", "") for owner in owners}

    def _started_by(self, name: str, qualified: str | None) -> Collection[str]:
        if qualified == "":
            qualified = f"{self._engine.unit.module}.{name}"
        if qualified is None:
            return self._project.starters.get(name, ())
        if not self._engine.is_owned(qualified):
            return ()
        return self._project.starters.get(qualified, self._project.starters.get(name, ()))

"""What a module calls, or keeps, of which other modules decide: plain functions of theirs that give tasks, and coroutines that they await.

A function that is a parameter, or was one, may be a plain one that gives a task, if the project passes such functions on; and so
may a method of this module be that a class of another one overrides.
"""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from unasync_plus.records import record
from unasync_plus.rewrite.values.decisions import Decisions
from unasync_plus.rewrite.values.flow import Flow
from unasync_plus.rewrite.values.functions import Class, Constructor, Function, Imported, Part
from unasync_plus.rewrite.values.sites import Site
from unasync_plus.rewrite.values.slots import Slot, comes_to


@record
class Others:
    """What the project says of other modules.

    ``pass_tasks``: plain functions that give tasks are passed on as values; ``overridden``: methods of this module that plain
    ones, which give tasks, override; ``awaited``: attributes that other modules await.
    """

    pass_tasks: bool = False
    overridden: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()

    @property
    def decide(self) -> bool:
        """Whether another module decides anything about what calls give."""
        return self.pass_tasks or bool(self.overridden)


NO_OTHERS = Others()
_KNOWN = (Function, Class, Constructor, Part, Imported)


def is_of_others(site: Site, others: Others) -> bool:
    """Whether a call may give a task, as another module decides what is called."""
    return _is_overridden(site, others.overridden) or (others.pass_tasks and _is_given(site))


def given_later(flow: Flow, decisions: Decisions, others: Others) -> list[tuple[cst.Call, bool]]:
    """Those of the calls kept back that may give tasks, but for what `create_task` takes, which wants coroutines; and whether
    a method of another module does."""
    kept = [site for site in flow.calls.sites if id(site.node) in decisions.kept_back and is_of_others(site, others)]
    taken = _taken_by_create_task(flow) if kept else set()
    return [
        (site.node, _is_overridden(site, others.overridden))
        for site in kept
        if not comes_to(site.out, taken.__contains__)
    ]


def _taken_by_create_task(flow: Flow) -> set[Slot]:
    sites = flow.calls.sites
    makers = (site for site in sites if "create_task" in (site.method, (site.qualified or "").rpartition(".")[2]))
    return {site.arguments[0].slot for site in makers if site.arguments}


def _is_overridden(site: Site, overridden: Collection[str]) -> bool:
    """Whether a class of another module may have a plain method, which gives a task, in the place of the one that is called."""
    if site.method not in overridden or site.callee is None or site.receiver is None:
        return False
    return any(isinstance(item, Function) and item.is_async and item.is_method for item in site.callee.items)


def _is_given(site: Site) -> bool:
    """Whether what is called is a value that may come from another module."""
    if site.qualified is not None or site.callee is None:
        return False
    if isinstance(site.node.func, cst.Attribute):
        return site.receiver is not None and "param" in site.callee.items
    return "param" in site.callee.items or not any(isinstance(item, _KNOWN) for item in site.callee.items)


def kept_for_others(flow: Flow, decisions: Decisions, names: frozenset[str]) -> list[cst.Call]:
    """The calls that are kept back in attributes of those ``names``, which other modules await."""
    found: dict[int, cst.Call] = {}
    for name in names & flow.calls.fields.keys():
        field = flow.calls.fields[name]
        for slot in (field, field.inside.root().element):
            for source in decisions.sources(slot) if slot is not None else ():
                if id(source.node) in decisions.kept_back:
                    found[id(source.node)] = source.node
    return list(found.values())

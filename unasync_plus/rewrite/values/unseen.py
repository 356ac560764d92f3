"""Calls of what is not seen in the module: nobody knows what becomes of their arguments, or what comes back."""

from __future__ import annotations

import builtins
import re
from collections.abc import Hashable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.rewrite.values import containers, leads
from unasync_plus.rewrite.values.callees import called
from unasync_plus.rewrite.values.functions import Class, Constructor, Function, Imported, Part, starters_in
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS, CONTAINERS, MAYBE, Site, is_unknown, last_name
from unasync_plus.rewrite.values.slots import Slot

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.calls import Calls, MayGiveTasks

_BUILTINS = frozenset(f"builtins.{name}" for name in (*dir(builtins), "aiter", "anext"))
_ASKING = frozenset(f"builtins.{name}" for name in "bool callable hasattr id isinstance type".split())
"""Those that can be asked about anything."""
_ENTERING = frozenset({"enter_async_context", "enter_context"})
_LIKE_STARTING = re.compile(
    r"(?:create|launch|schedule|spawn|start)_(?:\w+_)?(?:future|task|thread)|ensure_future|spawn(?:_\w+)?|submit"
)
"""What methods are called that start what they are given: ``start_background_task(f)`` gives a task."""
_CALLED = ("called", "perhaps")
"""How a call gives a task when it is made."""


def leave(calls: Calls, may_give_tasks: MayGiveTasks) -> None:
    """Note what such calls may give, and attributes that are given nothing here may hold."""
    slots = calls.slots
    for site in calls.sites:
        if leads.is_known(slots.given, site) or _inherits_init(site):
            _hand_out(calls, site)
        elif not _is_seen(calls, site):
            name = site.method or (site.qualified or "").rpartition(".")[2]
            how = may_give_tasks(name, site.qualified, site)
            how = how or ("called" if last_name(site.node.func) in calls.give_tasks else "")
            if how == "perhaps" and _is_made_task(calls, site):
                how = ""
            if not how and _is_like_starting(name) and _is_stored(calls, site):
                how = "called"
            _leave(calls, site, gives_task=how in _CALLED)
            if how:
                _may_be_task(calls, site.out if how in _CALLED else slots.result(site.out))
            if how == "perhaps":
                calls.unsure.append(site)
        elif not site.out.items and _is_like_starting(site.method) and _is_stored(calls, site):
            _may_be_task(calls, site.out)  # of another class, most likely, that has such a method too
    for name, slot in calls.fields.items():
        if not slot.origins and may_give_tasks(name, None, None) in _CALLED:
            _may_be_task(calls, slot)


def _is_stored(calls: Calls, site: Site) -> bool:
    """Whether what a method gives is not awaited, or given to another call, where it is made."""
    if site.awaited or site.receiver is None:
        return False
    return not any(argument.slot is site.out for other in calls.sites for argument in other.arguments)


def _is_made_task(calls: Calls, site: Site) -> bool:
    """Whether what a call gives is given to ``create_task``, which takes nothing but coroutines."""
    makers = (
        other for other in calls.sites if "create_task" in (other.method, (other.qualified or "").rpartition(".")[2])
    )
    return any(other.arguments[0].slot is site.out for other in makers if other.arguments)


@cache
def _is_like_starting(method: str) -> bool:
    """Whether methods of that name start what they are given."""
    return _LIKE_STARTING.fullmatch(method) is not None


def handed_to_python(calls: Calls) -> Iterator[Slot]:
    """What functions of Python itself take that have nothing to do with coroutines: ``str(x)``."""
    for site in calls.sites:
        root = (site.qualified or "").partition(".")[0]
        if root in STDLIB - ASYNC_ROOTS and site.qualified not in calls.effects and site.qualified not in _ASKING:
            yield from (argument.slot for argument in site.arguments if not argument.star)


def _may_be_task(calls: Calls, slot: Slot) -> None:
    calls.slots.add(slot, MAYBE)
    calls.slots.add(calls.slots.element(slot), MAYBE)


def _is_seen(calls: Calls, site: Site) -> bool:
    if site.qualified is not None:
        root = site.qualified.partition(".")[0]
        return root in ASYNC_ROOTS or site.qualified in calls.effects or site.qualified in _BUILTINS
    if any(_is_callable(item) for item in called(site)):
        return True
    if site.method == "run" and any(starters_in(argument.slot) for argument in site.arguments):
        return True
    if site.receiver is None:
        return False
    if site.method == "create_task" and is_unknown(site.receiver, site.callee) and not site.awaited:
        calls.start_one(site)
        if "task" in site.out.items:
            return True
    if site.receiver.items & (containers.QUEUES | containers.CHANNELS | CONTAINERS):
        return True
    if calls.is_of_a_loop(site):
        return True
    kinds = [kind for kind in site.receiver.items if isinstance(kind, str)]
    return any(f"{kind}.{site.method}" in calls.effects for kind in kinds)


def _is_callable(item: Hashable) -> bool:
    """Whether it is known what a call of it does."""
    if isinstance(item, Class):
        return "__call__" in item.methods
    return isinstance(item, (Function, Constructor, Part, Imported))


def _inherits_init(site: Site) -> bool:
    """Whether a class is called, and what is done with the arguments is up to a base that is not seen."""
    return any(isinstance(item, Constructor) and item.made.inherits_init for item in called(site))


def _leave(calls: Calls, site: Site, *, gives_task: bool) -> None:
    """What comes back may be a coroutine, unless Python itself says no."""
    _hand_out(calls, site)
    if gives_task or calls.makes_an_object(site) or containers.takes_coroutines_out(calls, site):
        return
    root = (site.qualified or "").partition(".")[0]
    if root not in STDLIB or (site.qualified not in _BUILTINS and root == "builtins"):
        calls.slots.add(site.out, "call", site.source)


def _hand_out(calls: Calls, site: Site) -> None:
    """Nobody knows what becomes of the arguments, but that what is entered is no coroutine."""
    for argument in site.arguments if site.method not in _ENTERING else ():
        slot = calls.slots.element(argument.slot) if argument.star else argument.slot
        slot.escapes = True
        if "coroutine" in slot.items:
            calls.handed_out.append(slot)

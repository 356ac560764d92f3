"""What becomes of the arguments and the result of a call of something that this module defines."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from unasync_plus.rewrite.values.functions import Class, Constructor, Function, Part
from unasync_plus.rewrite.values.sites import Argument, Site
from unasync_plus.rewrite.values.slots import Slot, Slots

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.calls import Calls


def invoke(
    calls: Calls, callee: Iterable[Hashable], arguments: list[Argument], out: Slot, site: Site | None = None
) -> None:
    """``callee`` is called with ``arguments``, and ``out`` is what comes back."""
    for item in list(callee):
        if isinstance(item, Constructor):
            calls.slots.add(out, item.made)
            _construct(calls, item.made, arguments, out, site)
            loop = item.made.methods.get("__iter__")
            if loop is not None and loop.is_generator and not loop.is_async:
                calls.slots.flow(loop.yields, calls.slots.element(out))
        elif isinstance(item, Part):
            _outcome(calls, item.function, out, site)
        elif isinstance(item, Function):
            _bind(calls, item, arguments, site)
            _outcome(calls, item, out, site)
        elif isinstance(item, Class) and "__call__" in item.methods and site is not None:
            _bind(calls, item.methods["__call__"], [site.itself, *arguments], site, bound=False)
            _outcome(calls, item.methods["__call__"], out, site)


@dataclass(eq=False, slots=True)
class Alike:
    """Calls of one shape of whatever has one name: many calls pass many functions their values by way of this one."""

    site: Site
    seen_at: int = -1
    makes: str = ""
    """What they give: "coroutine", or "call" if that is only possible."""
    constructors: tuple[Constructor, ...] = ()
    bound: set[Slot] = field(default_factory=set)
    """What is given to some of `Calls.bound`."""


def invoke_any(calls: Calls, site: Site) -> None:
    """``site`` calls one of the many functions that its callee may be, and nobody knows which."""
    assert site.callee is not None
    shape = tuple((argument.star, argument.keyword, argument.later_effects) for argument in site.arguments)
    is_iterated = id(site.node) in calls.iterated
    key = (site.callee, site.receiver is not None, site.awaited, is_iterated, shape)
    alike = calls.alike.get(key)
    if alike is None:
        arguments = [replace(argument, slot=calls.slots.new(), value=None) for argument in site.arguments]
        alike = calls.alike[key] = Alike(replace(site, arguments=arguments, out=calls.slots.new()))
    if alike.seen_at != calls.seen_at:  # once in a round
        alike.seen_at = calls.seen_at
        functions = [item.function if isinstance(item, Part) else item for item in site.callee.items]
        alike.constructors = tuple(item for item in site.callee.items if isinstance(item, Constructor))
        kinds = {_made_by(one) for one in functions if isinstance(one, Function)}
        alike.makes = "coroutine" if "coroutine" in kinds else "call" if "call" in kinds else ""
        for item in list(site.callee.items):
            if isinstance(item, Function):
                _bind(calls, item, alike.site.arguments, alike.site)
        for function in functions:
            if isinstance(function, Function):
                _outcome(calls, function, alike.site.out, None)
        alike.bound = {one.slot for one in alike.site.arguments if not calls.bound.keys().isdisjoint(one.slot.targets)}
    for given, shared in zip(site.arguments, alike.site.arguments, strict=True):
        if shared.slot.targets or shared.slot.inside.root().element is not None:
            calls.slots.flow(given.slot, shared.slot)
            if shared.slot in alike.bound:
                calls.bound.setdefault(shared.slot, {})[given.slot] = given.value
    if alike.makes:
        calls.makes_coroutine(site, alike.makes)
    _come_back(calls.slots, alike.site.out, site.out)
    invoke(calls, alike.constructors, site.arguments, site.out, site)


def _come_back(slots: Slots, shared: Slot, out: Slot) -> None:
    if shared.origins:
        slots.flow(shared, out)
        return
    inside = shared.inside.root()
    if inside.element is not None:
        slots.flow(inside.element, slots.element(out))
    if inside.result is not None:
        slots.merge(inside.result, slots.result(out))


def _construct(calls: Calls, made: Class, arguments: list[Argument], out: Slot, site: Site | None) -> None:
    init = made.methods.get("__init__")
    if init is not None:
        if site is None and made not in calls.objects:
            calls.objects[made] = Argument(calls.slots.new())  # one for all calls, or there would be no end of them
        itself = calls.objects[made] if site is None else site.itself
        _bind(calls, init, [itself, *arguments], None, bound=False)
        return
    for place, argument in enumerate(arguments):
        names = [argument.keyword] if argument.keyword else made.fields[place : place + 1]
        for name in names if not argument.star else ():
            calls.slots.flow(argument.slot, calls.field(name))
            calls.field(name).late = True
            if made.is_tuple and name in made.fields:
                calls.slots.flow(argument.slot, calls.slots.place(out, made.fields.index(name)))


def _outcome(calls: Calls, function: Function, out: Slot, site: Site | None) -> None:
    if function.is_generator:
        calls.slots.flow(function.yields, calls.slots.element(out))
        calls.slots.flow(function.returns, calls.slots.result(out))
    elif kind := _made_by(function):
        if site is not None:
            calls.makes_coroutine(site, kind)
        calls.slots.merge(function.returns, calls.slots.result(out))
    elif function not in calls.unsettled:
        calls.slots.flow(function.returns, out)
    elif site is not None:
        site.depends_on_more = True


def _made_by(function: Function) -> str:
    if function.is_generator:
        return ""
    return "coroutine" if function.makes_coroutines else "call" if function.may_make_coroutines else ""


def _bind(
    calls: Calls, function: Function, arguments: list[Argument], site: Site | None, *, bound: bool = True
) -> None:
    names = function.positional
    if bound and function.is_method and not function.is_static and (site is None or site.receiver is not None):
        names = names[1:]
    place = stars = extra = 0
    first = (
        function.parameters.get(function.awaited_first) if function.is_generator and not function.is_nested else None
    )
    for argument in arguments:
        slot = argument.slot
        targets: list[Slot] = []
        if argument.star == "*":
            targets = _bind_star(calls, function, slot, names[place:], is_first=not stars and not extra)
            stars += 1
        elif argument.star == "**":
            targets = _bind_stars(calls, function, slot)
        elif argument.keyword:
            if argument.keyword in function.parameters:
                targets = [function.parameters[argument.keyword]]
            elif function.double_star:
                targets = [calls.slots.place(function.parameters[function.double_star], argument.keyword)]
        elif place < len(names):
            targets = [function.parameters[names[place]]]
            place += 1
        elif function.star and stars:
            targets = [calls.slots.element(function.parameters[function.star])]
        elif function.star:
            targets = [calls.slots.place(function.parameters[function.star], extra)]
            extra += 1
        for target in targets:
            if not argument.star:
                calls.slots.flow(slot, target)
            if target is first and site is not None:
                if id(site.node) not in calls.iterated:
                    calls.begun_later.append(calls.slots.element(slot) if argument.star else slot)
                    continue
            elif argument.star or argument.later_effects or site is None or not site.awaited:
                target.late = True
                calls.kept.add(target)
            if target not in calls.kept:
                calls.bound.setdefault(target, {})[slot] = argument.value


def _bind_star(calls: Calls, function: Function, slot: Slot, names: list[str], *, is_first: bool) -> list[Slot]:
    """``f(*slot)``, for the parameters ``names`` and what is behind them; only behind the first star it is known which is which."""
    targets = [function.parameters[name] for name in names]
    for index, target in enumerate(targets):
        calls.slots.flow(calls.same_part(slot, index) if is_first else calls.slots.element(slot), target)
    if not function.star:
        return targets
    others = function.parameters[function.star]
    if is_first:
        calls.slots.flow(calls.rest(slot, len(names)), others)
    else:
        calls.slots.flow(calls.slots.element(slot), calls.slots.element(others))
    return [*targets, others]


def _bind_stars(calls: Calls, function: Function, slot: Slot) -> list[Slot]:
    """``f(**slot)``."""
    targets = []
    for name, target in function.parameters.items():
        if name == function.double_star:
            calls.slots.flow(calls.slots.element(slot), calls.slots.element(target))
        elif name != function.star:
            calls.slots.flow(calls.same_part(slot, name), target)
        targets.append(target)
    return targets

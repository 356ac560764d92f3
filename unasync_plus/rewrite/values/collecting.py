"""What Python's own functions make of what they iterate over: other containers, pairs, one element."""

from __future__ import annotations

from unasync_plus.rewrite.values.calls import Calls, Effect
from unasync_plus.rewrite.values.containers import put_all
from unasync_plus.rewrite.values.places import Sliced, Transposed
from unasync_plus.rewrite.values.sites import Site


def _same_elements(calls: Calls, site: Site) -> None:
    calls.slots.add(site.out, "container")
    for argument in site.positional():
        calls.slots.merge(calls.each(argument.slot), calls.slots.element(site.out))


def _same_places(calls: Calls, site: Site) -> None:
    """``list`` and ``tuple``, which keep the order, and ``reversed``."""
    calls.slots.add(site.out, "container")
    if site.arguments and not site.arguments[0].star:
        given = site.arguments[0].slot
        if "mapping" in given.items:
            calls.slots.merge(calls.each(given), calls.slots.element(site.out))
        elif site.qualified != "builtins.reversed":
            calls.slots.share(given, site.out)
        elif not site.is_arranged:
            site.is_arranged = True
            calls.arrangements.append(Sliced(given, slice(None, None, -1), site.out))
            calls.slots.hint(given, site.out, inside=True)


def _chained(calls: Calls, site: Site) -> None:
    calls.slots.add(site.out, "container")
    if not site.is_arranged and not any(argument.star for argument in site.arguments):
        site.is_arranged = True
        calls.joined([(argument.slot, True) for argument in site.positional()], site.out)
    elif not site.is_arranged:
        _same_elements(calls, site)


def _one_of(calls: Calls, site: Site) -> None:
    """``max`` and ``min``."""
    given = site.positional()
    for argument in given:
        slot = calls.each(argument.slot) if len(given) == 1 or argument.star else argument.slot
        calls.slots.flow(slot, site.out)


def _mapping(calls: Calls, site: Site) -> None:
    """``dict(other, key=value)``: an argument without a key is another dict, or pairs."""
    calls.slots.add(site.out, "mapping")
    are_all = all(argument.keyword for argument in site.arguments)
    for argument in site.arguments:
        if argument.keyword:
            place = calls.slots.place(site.out, argument.keyword) if are_all else calls.slots.element(site.out)
            calls.slots.flow(argument.slot, place)
        else:
            put_all(calls, argument.slot, site.out)


def _pairs(calls: Calls, site: Site) -> None:
    """``enumerate`` and ``zip``."""
    pair, first = calls.slots.element(site.out), 1 if site.qualified == "builtins.enumerate" else 0
    given = site.positional()
    if len(given) == 1 and given[0].star and not first:
        if not site.is_arranged:
            site.is_arranged = True
            calls.arrangements.append(Transposed(given[0].slot, site.out))
        return
    is_known = not any(argument.star for argument in given)
    calls.slots.add(pair, "container")
    if is_known:
        calls.slots.of_size(pair, len(given[:1]) + 1 if first else len(given))
    for index, argument in enumerate(given, first):
        place = calls.slots.place(pair, index) if is_known else calls.slots.element(pair)
        calls.slots.flow(calls.each(argument.slot), place)


def _next(calls: Calls, site: Site) -> None:
    if site.arguments:
        calls.slots.flow(calls.each(site.arguments[0].slot), site.out)


def _anext(calls: Calls, site: Site) -> None:
    calls.makes_coroutine(site)
    if site.arguments:
        calls.slots.flow(calls.slots.element(site.arguments[0].slot), calls.slots.result(site.out))


COLLECTING: dict[str, Effect] = {
    "builtins.next": _next,
    "builtins.anext": _anext,
    "builtins.max": _one_of,
    "builtins.min": _one_of,
    "builtins.enumerate": _pairs,
    "builtins.zip": _pairs,
    "itertools.chain": _chained,
    **dict.fromkeys((f"builtins.{name}" for name in ("list", "tuple", "reversed")), _same_places),
    **dict.fromkeys((f"builtins.{name}" for name in "set frozenset sorted iter aiter filter".split()), _same_elements),
    **dict.fromkeys(("collections.deque", "itertools.islice", "weakref.WeakSet"), _same_elements),
    **dict.fromkeys(("builtins.dict", "collections.OrderedDict", "collections.defaultdict"), _mapping),
}  # fmt: skip

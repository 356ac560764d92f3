"""Arguments that hold a coroutine which was made before the call: a function that awaits it first is called too late for it.

``await run(f(x))`` is ``run(f(x))`` in sync code, if ``run`` does nothing before it awaits what it is given. But what
``coros[0]`` holds in ``await run(coros[0])`` was made when other things were yet to be done.
"""

from __future__ import annotations

import libcst as cst

from unasync_plus.rewrite.values.flow import Flow
from unasync_plus.rewrite.values.handed_back import handed_back
from unasync_plus.rewrite.values.picked import sources_in
from unasync_plus.rewrite.values.slots import Slot, Source


def note_what_was_made_earlier(flow: Flow, plain: set[Source]) -> None:
    """Have the parameters that are given such coroutines await them late."""
    bound = {slot: given for slot, given in flow.calls.bound.items() if sources_in(slot) - plain}
    kept = {place for origin, place in flow.kept if sources_in(origin) - plain} if bound else set()
    kept |= flow.calls.kept
    todo = list(bound)
    while todo:
        parameter = todo.pop()
        if parameter in kept:
            continue
        if any(_is_made_earlier(value, slot, kept, flow, plain) for slot, value in bound[parameter].items()):
            parameter.late = True
            kept.add(parameter)
            todo += [target for target in parameter.targets if target in bound]


def _is_made_earlier(
    value: cst.BaseExpression | None, slot: Slot, kept: set[Slot], flow: Flow, plain: set[Source]
) -> bool:
    made = {source.node for source in sources_in(slot) - plain}
    if value is None or isinstance(value, cst.Name):
        return slot in kept and bool(made)
    if isinstance(value, cst.Call) and made:
        made -= {value, *handed_back(value, flow)}
    return bool(made)

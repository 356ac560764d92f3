"""What the functions of asyncio, anyio, trio and a few of Python's own do with what they are given."""

from __future__ import annotations

from unasync_plus.rewrite.values.asking import ASKING, asks_whether_awaitable
from unasync_plus.rewrite.values.calls import Calls, Effect
from unasync_plus.rewrite.values.collecting import COLLECTING
from unasync_plus.rewrite.values.containers import CHANNELS
from unasync_plus.rewrite.values.functions import STARTERS, Function, Imported, Part
from unasync_plus.rewrite.values.invocation import invoke
from unasync_plus.rewrite.values.loop_methods import LOOP
from unasync_plus.rewrite.values.sites import Site
from unasync_plus.rewrite.values.slots import Slot

SOCKET_METHODS = frozenset(
    "sock_recv sock_recv_into sock_recvfrom sock_sendall sock_sendto sock_connect sock_accept".split()
)
"""Methods of a loop that wait for a socket."""
GROUPS = frozenset({"asyncio.TaskGroup", "anyio.abc.TaskGroup", "trio.Nursery"})

KINDS = {
    "asyncio.Task": "task",
    "asyncio.Future": "task",
    "asyncio.tasks.Task": "task",
    "asyncio.futures.Future": "task",
    "anyio.TaskHandle": "task",
    "anyio.Future": "task",
    "asyncio.BaseEventLoop": LOOP,
    "asyncio.SelectorEventLoop": LOOP,
    "anyio.abc.ObjectSendStream": "anyio.MemoryStream",
    "anyio.abc.ObjectReceiveStream": "anyio.MemoryStream",
    "anyio.streams.memory.MemoryObjectSendStream": "anyio.MemoryStream",
    "anyio.streams.memory.MemoryObjectReceiveStream": "anyio.MemoryStream",
    "trio.MemorySendChannel": "trio.MemoryChannel",
    "trio.MemoryReceiveChannel": "trio.MemoryChannel",
}
"""What a class is called here, if not by its own name; for constructors and annotations."""


def _start(index: int, *keywords: str, unless_awaited: bool = False) -> Effect:
    """A task, made of the argument there; ``unless_awaited``, then the result itself."""

    def effect(calls: Calls, site: Site) -> None:
        argument = site.argument(index, *keywords)
        calls.want(argument)
        if not (unless_awaited and site.awaited):
            calls.slots.add(site.out, "task")
        if argument is not None:
            calls.slots.merge(calls.slots.result(argument.slot), calls.slots.result(site.out))

    return effect


def _await_one(index: int, *keywords: str) -> Effect:
    """A coroutine (or future) with the result of the argument there."""

    def effect(calls: Calls, site: Site) -> None:
        argument = site.argument(index, *keywords)
        calls.want(argument)
        calls.makes_coroutine(site)
        if argument is not None:
            calls.slots.merge(calls.slots.result(argument.slot), calls.slots.result(site.out))

    return effect


def _gather(calls: Calls, site: Site) -> None:
    slots = calls.slots
    if not site.awaited:
        slots.add(site.out, "task")
    elements = slots.element(slots.result(site.out))
    for argument in site.positional():
        calls.want(argument)
        slot = calls.each(argument.slot) if argument.star else argument.slot
        slots.flow(slots.result(slot), elements)


def _elements_as_tasks(calls: Calls, site: Site, target: Slot) -> None:
    argument = site.argument(0, "fs")
    if argument is None:
        return
    element = calls.each(argument.slot)
    element.wants = element.started = True
    if (element, target) not in calls.same_tasks:
        calls.same_tasks.append((element, target))
    calls.slots.add(target, "task")
    calls.slots.merge(calls.slots.result(element), calls.slots.result(target))


def _wait(calls: Calls, site: Site) -> None:
    calls.makes_coroutine(site)
    sets = calls.slots.element(calls.slots.result(site.out))
    calls.slots.add(sets, "container")
    _elements_as_tasks(calls, site, calls.slots.element(sets))


def _as_completed(calls: Calls, site: Site) -> None:
    _elements_as_tasks(calls, site, calls.slots.element(site.out))


def _makes(*items: str) -> Effect:
    return lambda calls, site: calls.slots.add(site.out, *items)


def _makes_many(kind: str) -> Effect:
    return lambda calls, site: calls.slots.add(calls.slots.element(site.out), kind)


def _gives(kind: str, times: int = 0) -> Effect:
    """A coroutine whose result is of that kind, or holds things of it."""

    def effect(calls: Calls, site: Site) -> None:
        calls.makes_coroutine(site)
        slot = calls.slots.result(site.out)
        for _ in range(times):
            slot = calls.slots.element(slot)
        calls.slots.add(slot, kind)

    return effect


def _serves(calls: Calls, site: Site) -> None:
    """A server, which calls its first argument with two streams."""
    _gives("asyncio.Server")(calls, site)
    callback = site.argument(0, "client_connected_cb")
    for function in list(callback.slot.items) if callback is not None else ():
        if isinstance(function, Function):
            names = function.positional[1 if function.is_method and not function.is_static else 0 :]
            for name, kind in zip(names, ("asyncio.StreamReader", "asyncio.StreamWriter"), strict=False):
                calls.slots.add(function.parameters[name], kind)


def _run_soon(index: int, kind: str = "") -> Effect:
    """The function in that argument is called, with the arguments behind it."""

    def effect(calls: Calls, site: Site) -> None:
        arguments = site.positional()
        if len(arguments) <= index:
            return
        if kind == "coroutine":
            calls.makes_coroutine(site)
        elif kind and not site.awaited:
            calls.slots.add(site.out, kind)
        result = calls.slots.result(site.out)
        made = site.made
        invoke(calls, arguments[index].slot.items, arguments[index + 1 :], made)
        calls.slots.flow(made, result)
        for function in list(arguments[index].slot.items):
            if isinstance(function, Function):
                calls.slots.flow(function.returns, result)

    return effect


def _partial(calls: Calls, site: Site) -> None:
    arguments = site.positional()
    if not arguments:
        return
    for item in list(arguments[0].slot.items):
        if isinstance(item, Function):
            calls.slots.add(site.out, Part(item))
        elif isinstance(item, Part):
            calls.slots.add(site.out, item)
    invoke(calls, arguments[0].slot.items, arguments[1:], site.made)


def _handed_back(calls: Calls, site: Site) -> None:
    """What is given first: for those who call it, it stays what it is."""
    if site.arguments and not site.arguments[0].star and not site.arguments[0].keyword:
        calls.slots.flow(site.arguments[0].slot, site.out)


def _map(calls: Calls, site: Site) -> None:
    arguments = site.positional()
    if len(arguments) < 2:
        return
    made = site.made
    invoke(calls, arguments[0].slot.items, arguments[1:2], made)
    element = calls.slots.element(site.out)
    for item in arguments[0].slot.items:
        function = item.function if isinstance(item, Part) else item
        if isinstance(function, Function) and function.makes_coroutines:
            calls.slots.add(element, "coroutine", site.mapped)
            calls.slots.merge(function.returns, calls.slots.result(element))
            return
    if any(isinstance(item, Imported) and item not in STARTERS for item in arguments[0].slot.items):
        calls.slots.add(element, "coroutine", site.mapped)
        return
    calls.slots.flow(made, element)


def _default(calls: Calls, site: Site) -> None:
    """What a factory makes of which each object of a class has its own: ``field(default_factory=lambda: f(x))``."""
    for argument in site.arguments:
        if argument.keyword in ("default_factory", "factory"):
            _made_in(calls, argument.slot, site.out)
        elif argument.keyword == "default":
            calls.slots.flow(argument.slot, site.out)


def _defaults(calls: Calls, site: Site) -> None:
    COLLECTING["collections.OrderedDict"](calls, site)
    if site.arguments:
        _made_in(calls, site.arguments[0].slot, calls.slots.element(site.out))


def _made_in(calls: Calls, functions: Slot, out: Slot) -> None:
    for item in list(functions.items):
        for slot in calls.gives.get(item, ()) if isinstance(item, Function) else ():
            calls.slots.flow(slot, out)


def _waits(calls: Calls, site: Site) -> None:
    calls.makes_coroutine(site)


def _same_kind(calls: Calls, site: Site) -> None:
    if site.receiver is not None:
        calls.slots.flow(site.receiver, site.out)


def asks(calls: Calls, site: Site) -> None:
    if site.arguments:
        site.arguments[0].slot.guarded = True


def _may_ask(calls: Calls, site: Site) -> None:
    if asks_whether_awaitable(site.node, site.qualified):
        asks(calls, site)


EFFECTS: dict[str, Effect] = {
    "asyncio.create_task": _start(0, "coro"),
    "asyncio.Task": _start(0, "coro"),
    "asyncio.ensure_future": _start(0, "coro_or_future"),
    "asyncio.run_coroutine_threadsafe": _start(0, "coro"),
    "asyncio.wrap_future": _makes("task", "future"),
    f"{LOOP}.create_task": _start(0, "coro"),
    "asyncio.TaskGroup.create_task": _start(0, "coro"),
    "anyio.abc.TaskGroup.create_task": _start(0, "coro"),
    "asyncio.wait_for": _await_one(0, "fut"),
    "asyncio.shield": _start(0, "arg", unless_awaited=True),
    "asyncio.gather": _gather,
    "asyncio.wait": _wait,
    "asyncio.as_completed": _as_completed,
    "asyncio.run": _await_one(0, "main"),
    "uvloop.run": _await_one(0, "main"),
    "asyncio.Runner.run": _await_one(0, "coro"),
    f"{LOOP}.run_until_complete": _await_one(0, "future"),
    "asyncio.Future": _makes("task", "future"),
    f"{LOOP}.create_future": _makes("task", "future"),
    "asyncio.current_task": _makes("task"),
    "asyncio.all_tasks": _makes_many("task"),
    "asyncio.get_running_loop": _makes(LOOP),
    "asyncio.get_event_loop": _makes(LOOP),
    "asyncio.new_event_loop": _makes(LOOP),
    "anyio.create_task_group": _makes("anyio.abc.TaskGroup"),
    "trio.open_nursery": _makes("trio.Nursery"),
    "asyncio.create_subprocess_exec": _gives("asyncio.subprocess.Process"),
    "asyncio.create_subprocess_shell": _gives("asyncio.subprocess.Process"),
    "anyio.open_process": _gives("anyio.abc.Process"),
    "asyncio.start_server": _serves,
    "asyncio.start_unix_server": _serves,
    "asyncio.open_connection": _gives("asyncio.Streams", 1),
    "asyncio.open_unix_connection": _gives("asyncio.Streams", 1),
    "anyio.create_memory_object_stream": _makes_many("anyio.MemoryStream"),
    "trio.open_memory_channel": _makes_many("trio.MemoryChannel"),
    **{f"{channel}.{method}": _waits for channel in sorted(CHANNELS) for method in ("send", "aclose")},
    **{f"{channel}.clone": _same_kind for channel in sorted(CHANNELS)},
    **{f"{LOOP}.{name}": _waits for name in sorted(SOCKET_METHODS)},
    f"{LOOP}.getaddrinfo": _waits,
    f"{LOOP}.getnameinfo": _waits,
    "asyncio.to_thread": _run_soon(0, "coroutine"),
    "anyio.to_thread.run_sync": _run_soon(0, "coroutine"),
    "trio.to_thread.run_sync": _run_soon(0, "coroutine"),
    f"{LOOP}.run_in_executor": _run_soon(1, "task"),
    **{f"{group}.start_soon": _run_soon(0) for group in sorted(GROUPS)},
    **{f"{group}.start": _run_soon(0, "coroutine") for group in sorted(GROUPS)},
    "functools.partial": _partial,
    **dict.fromkeys(("functools.cache", "functools.lru_cache", "functools.update_wrapper"), _handed_back),
    "builtins.map": _map,
    "itertools.starmap": _map,
    **dict.fromkeys(ASKING, asks),
    "builtins.isinstance": _may_ask,
    "builtins.hasattr": _may_ask,
    **COLLECTING,
    "collections.defaultdict": _defaults,
    **dict.fromkeys(("dataclasses.field", "attrs.field", "attr.ib"), _default),
}  # fmt: skip

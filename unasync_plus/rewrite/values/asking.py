"""Which calls ask whether something is awaitable: `isawaitable(x)`, `isinstance(x, Awaitable)`, `hasattr(x, "__await__")`."""

from __future__ import annotations

import libcst as cst

from unasync_plus.tree import walk

ASKING = frozenset({"inspect.isawaitable", "inspect.iscoroutine", "asyncio.iscoroutine"})
_TYPES = frozenset({"Awaitable", "Coroutine", "CoroutineType"})


def asks_whether_awaitable(node: cst.Call, qualified: str | None) -> bool:
    """Whether a call of the function ``qualified`` asks whether its first argument is awaitable."""
    if qualified == "builtins.isinstance" and len(node.args) == 2:
        names = {inner.value for inner in walk(node.args[1].value) if isinstance(inner, cst.Name)}
        return not _TYPES.isdisjoint(names)
    if qualified == "builtins.hasattr":
        return asks_for_await(node)
    return qualified in ASKING and bool(node.args)


def asks_for_await(node: cst.Call) -> bool:
    """Whether ``node``, a call of ``hasattr``, asks for ``__await__``."""
    return asks_for(node, "__await__")


def asks_for(node: cst.Call, name: str) -> bool:
    """Whether ``node``, a call of ``hasattr``, asks for ``name``."""
    asked = node.args[1].value if len(node.args) == 2 else None
    return isinstance(asked, cst.SimpleString) and asked.evaluated_value == name

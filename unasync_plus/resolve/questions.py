"""Functions that ask whether something is asynchronous: in sync code nothing is."""

from __future__ import annotations

ALWAYS_FALSE = frozenset(
    f"{module}.{name}"
    for module, names in {
        "inspect": "isawaitable iscoroutine iscoroutinefunction",
        "asyncio": "iscoroutine iscoroutinefunction isfuture",
        "asyncio.coroutines": "iscoroutine iscoroutinefunction",
        "asgiref.sync": "iscoroutinefunction",
    }.items()
    for name in names.split()
)

QUESTIONS = frozenset(name.rpartition(".")[2] for name in ALWAYS_FALSE)
"""Their own names."""


def is_about(qualified: str, how: str) -> bool:
    """Whether what is ``how`` in sync code (see `Values.may_be_awaitable`) may be what one of those asks about."""
    name = qualified.rpartition(".")[2]
    if name == "iscoroutine":
        return how.startswith("call")
    if name == "isfuture":
        return not how.startswith("call") or how.endswith("task")
    return name != "iscoroutinefunction"


def is_of_functions(qualified: str) -> bool:
    """Whether one of those asks about a function, a generator or a future, not about a coroutine."""
    return qualified.rpartition(".")[2] not in ("", "isawaitable", "iscoroutine")

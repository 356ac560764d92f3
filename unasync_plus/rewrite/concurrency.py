"""Where the runtime has what, for each of the two meanings of concurrency."""

from __future__ import annotations

_THREADS = {
    "threads": "create_task ensure_future gather shield interruptible",
    "completion": "wait as_completed completed",
    "timeouts": "wait_for",
    "groups": "TaskGroup",
    "nursery": "Nursery TaskStatus TASK_STATUS_IGNORED",
}
_SEQUENTIAL = {
    "sequential": "create_task ensure_future gather shield interruptible wait as_completed completed wait_for",
    "sequential_groups": "TaskGroup Nursery TaskStatus TASK_STATUS_IGNORED",
}
MODULES = {
    kind: {name: module for module, names in table.items() for name in names.split()}
    for kind, table in (("threads", _THREADS), ("sequential", _SEQUENTIAL))
}
"""``threads`` or ``sequential`` → name → the module of the runtime that has it."""

FUNCTIONS = frozenset(
    "gather ensure_future wait_for as_completed shield run_coroutine_threadsafe wrap_future create_task_group open_nursery "
    "current_task all_tasks create_subprocess_exec create_subprocess_shell open_process get_running_loop get_event_loop "
    "new_event_loop timeout timeout_at fail_after fail_at move_on_after move_on_at open_connection open_unix_connection "
    "start_server start_unix_server create_memory_object_stream open_memory_channel".split()
)
"""Functions of modules. A parameter may well be called ``timeout``: what counts is what is imported, or looked up in that."""
WORDS = frozenset(
    "wait create_task run_until_complete TaskGroup start_soon Future create_future run_in_executor CancelScope AbstractEventLoop Task "
    "Runner locked shutdown StreamReader StreamWriter MemoryObjectSendStream MemoryObjectReceiveStream ObjectSendStream "
    "ObjectReceiveStream MemorySendChannel MemoryReceiveChannel CapacityLimiter TextReceiveStream TextSendStream "
    "ByteReceiveStream ByteSendStream".split()
)
"""Methods, and classes, which annotations in quotes may speak of. Without one of these among its words, and without one of
`FUNCTIONS`, no value in a module that imports asyncio, anyio or trio needs a second look."""

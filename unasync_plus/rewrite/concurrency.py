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

TRIGGERS = frozenset(
    "gather create_task ensure_future wait_for wait as_completed shield run_coroutine_threadsafe run_until_complete "
    "wrap_future TaskGroup create_task_group open_nursery start_soon Future create_future run_in_executor current_task all_tasks "
    "create_subprocess_exec create_subprocess_shell open_process get_running_loop get_event_loop new_event_loop "
    "timeout timeout_at fail_after fail_at move_on_after move_on_at CancelScope "
    "AbstractEventLoop Task Runner locked shutdown open_connection open_unix_connection StreamReader StreamWriter "
    "start_server start_unix_server "
    "create_memory_object_stream open_memory_channel MemoryObjectSendStream MemoryObjectReceiveStream "
    "ObjectSendStream ObjectReceiveStream "
    "MemorySendChannel MemoryReceiveChannel CapacityLimiter "
    "TextReceiveStream TextSendStream ByteReceiveStream ByteSendStream".split()
)
"""Words without which no value in a module that imports asyncio, anyio or trio needs a second look."""

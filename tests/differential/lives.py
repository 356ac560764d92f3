"""How tasks end: cancelled, late, forgotten; names, callbacks, workers; with locks, barriers and queues."""

from __future__ import annotations

from differential.expressions import coroutine, plain
from differential.writer import Scope, Writer


def cancelled(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"task_{name} = asyncio.create_task(cancellable({plain(w, scope)}))")
    if w.chance(70):
        w.line("await asyncio.sleep(0.002)")
    w.log(f"('{name}', task_{name}.cancel())")
    with w.block("try:"):
        w.line(f"{name} = await task_{name}")
    with w.block("except asyncio.CancelledError:"):
        w.line(f"{name} = int(task_{name}.cancelled())")


def swallowed(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"task_{name} = asyncio.create_task(stubborn({plain(w, scope)}))")
    w.line("await asyncio.sleep(0.002)")
    w.line(f"task_{name}.cancel()")
    w.line(f"{name} = await task_{name} + int(task_{name}.cancelled())")


def called_back(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"task_{name} = asyncio.create_task({coroutine(w, scope)}, name='{name}')")
    w.line(f"task_{name}.add_done_callback(lambda task: log.append((task.get_name(), task.result())))")
    w.line(f"{name} = await task_{name}")
    w.line("await asyncio.sleep(0.002)")


def forgotten(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"background_{name} = set()")
    with w.block(f"for i in range({w.number(1, 3)}):"):
        w.line(f"task = asyncio.create_task({w.one_of(['double(i)', 'note(i)', 'add(i, 1)'])})")
        w.line(f"background_{name}.add(task)")
        w.line(f"task.add_done_callback(background_{name}.discard)")
    with w.block(f"while background_{name}:"):
        w.line("await asyncio.sleep(0.001)")
    w.line(f"{name} = len(background_{name})")


def workers(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"queue_{name}, results_{name} = asyncio.Queue({w.one_of(['', '1', '3'])}), []")
    w.line(
        f"workers_{name} = [asyncio.create_task(worker(queue_{name}, results_{name})) for _ in range({w.number(1, 3)})]"
    )
    with w.block(f"for i in range({w.number(0, 5)}):"):
        w.line(f"await queue_{name}.put(i)")
    w.line(f"await queue_{name}.join()")
    with w.block(f"for task in workers_{name}:"):
        w.line("task.cancel()")
    w.line(f"ends_{name} = await asyncio.gather(*workers_{name}, return_exceptions=True)")
    w.line(
        f"{name} = sum(results_{name}) + len([end for end in ends_{name} if isinstance(end, asyncio.CancelledError)])"
    )


def ordered_queue(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"queue_{name} = asyncio.{w.one_of(['LifoQueue', 'PriorityQueue', 'Queue'])}()")
    with w.block(f"for item in ({plain(w, scope)}, 3, {plain(w, scope)}):"):
        w.line(w.one_of([f"queue_{name}.put_nowait(item)", f"await queue_{name}.put(item)"]))
    w.log(f"[await queue_{name}.get(), queue_{name}.qsize(), queue_{name}.get_nowait(), queue_{name}.empty()]")
    w.line(f"{name} = await queue_{name}.get()")


def queue_errors(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"queue_{name} = asyncio.Queue(maxsize=1)")
    w.line(f"{name} = 0")
    with w.block("try:"):
        w.line(f"queue_{name}.get_nowait()")
    with w.block("except asyncio.QueueEmpty:"):
        w.line(f"{name} += 1")
    w.line(f"queue_{name}.put_nowait({plain(w, scope)})")
    with w.block("try:"):
        w.line(f"queue_{name}.put_nowait(2)")
    with w.block("except asyncio.QueueFull:"):
        w.line(f"{name} += int(queue_{name}.full())")


def barrier(w: Writer, scope: Scope, name: str) -> None:
    parties = w.number(1, 3)
    w.line(f"barrier_{name} = asyncio.Barrier({parties})")
    w.line(f"{name} = sum(await asyncio.gather(*(passes(barrier_{name}, i) for i in range({parties}))))")


def locked(w: Writer, scope: Scope, name: str) -> None:
    lock = w.one_of(["Lock()", "Semaphore(1)", "BoundedSemaphore(1)", "Condition()"])
    w.line(f"lock_{name} = asyncio.{lock}")
    w.line(f"{name} = sum(await asyncio.gather(*[first_come(lock_{name}, i) for i in range({w.number(1, 4)})]))")


def waited(w: Writer, scope: Scope, name: str) -> None:
    """Each wait that a limit can end, ended by it."""
    setup, call = w.one_of(
        [
            ("", "asyncio.Event().wait()"),
            ("queue_{n} = asyncio.Queue()\n", "queue_{n}.get()"),
            ("queue_{n} = asyncio.Queue(1)\nqueue_{n}.put_nowait(1)\n", "queue_{n}.put(2)"),
            ("lock_{n} = asyncio.Lock()\nawait lock_{n}.acquire()\n", "lock_{n}.acquire()"),
            ("semaphore_{n} = asyncio.Semaphore(0)\n", "semaphore_{n}.acquire()"),
            ("task_{n} = asyncio.create_task(cancellable(1))\n", "task_{n}"),
            ("queue_{n} = asyncio.Queue()\nqueue_{n}.put_nowait(1)\n", "queue_{n}.join()"),
            ("future_{n} = asyncio.get_running_loop().create_future()\n", "future_{n}"),
            ("barrier_{n} = asyncio.Barrier(2)\n", "passes(barrier_{n}, 1)"),
            ("", "asyncio.gather(cancellable(1), double(1))"),
            ("", "asyncio.sleep(30)"),
            ("", "forever()"),
        ]
    )
    for line in setup.format(n=name).splitlines():
        w.line(line)
    call = call.format(n=name)
    w.line(f"{name} = 0")
    form = w.number(0, 3)
    with w.block("try:"):
        if form == 0:
            w.line(f"await asyncio.wait_for({call}, 0.005)")
        elif form == 1:
            with w.block("async with asyncio.timeout(0.005):"):
                w.line(f"await {call}")
        elif form == 2:
            with w.block("with anyio.fail_after(0.005):"):
                w.line(f"await {call}")
        else:
            with w.block(f"with anyio.move_on_after(0.005) as scope_{name}:"):
                w.line(f"await {call}")
            w.log(f"scope_{name}.cancelled_caught")
    with w.block("except TimeoutError:" if w.newest else "except asyncio.TimeoutError:"):
        w.line(f"{name} = 1")


def condition_late(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"condition_{name} = asyncio.Condition()")
    w.line(f"{name} = 0")
    with w.block("try:"), w.block(f"async with condition_{name}:"):
        w.line(f"await asyncio.wait_for(condition_{name}.wait(), 0.005)")
    with w.block("except asyncio.TimeoutError:"):
        w.line(f"{name} = int(condition_{name}.locked())")


def in_time(w: Writer, scope: Scope, name: str) -> None:
    limit = w.one_of(["async with asyncio.timeout(20) as limit_{n}:", "with anyio.fail_after(20) as limit_{n}:"])
    call = w.one_of(["double({x})", "asyncio.sleep(0, {x})", "asyncio.create_task(double({x}))"])
    with w.block(limit.format(n=name)):
        w.line(f"{name} = await {call.format(x=plain(w, scope))}")


def some_done(w: Writer, scope: Scope, name: str) -> None:
    mode = w.one_of(["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"])
    first = "fail(1)" if mode == "FIRST_EXCEPTION" else "double(1)"
    w.line(f"tasks_{name} = {{asyncio.create_task({first}), asyncio.create_task(cancellable(2))}}")
    limit = ", timeout=0.02" if mode == "ALL_COMPLETED" else ""
    w.line(f"done_{name}, late_{name} = await asyncio.wait(tasks_{name}, return_when=asyncio.{mode}{limit})")
    w.log(f"[repr(task.exception()) for task in done_{name}]")
    with w.block(f"for task in late_{name}:"):
        w.line("task.cancel()")
    w.line(f"ends_{name} = await asyncio.gather(*late_{name}, return_exceptions=True)")
    w.line(f"{name} = len(done_{name}) * 10 + len(ends_{name})")


def nursery(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"results_{name} = []")
    with w.block(f"async with anyio.create_task_group() as group_{name}:"):
        for _ in range(w.number(1, 3)):
            w.line(f"group_{name}.start_soon(append_to, results_{name}, {plain(w, scope)})")
        if w.chance(40):
            w.log(f"await group_{name}.start(announce, {plain(w, scope)})")
        if w.chance(30):
            w.line(f"group_{name}.start_soon(cancellable, 1)")
            w.line("await anyio.sleep(0.003)")
            w.line(f"group_{name}.cancel_scope.cancel()")
    w.line(f"{name} = sum(results_{name})")


def streams(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"send_{name}, receive_{name} = anyio.create_memory_object_stream({w.number(0, 3)})")
    with w.block(f"async with anyio.create_task_group() as group_{name}:"):
        w.line(f"group_{name}.start_soon(send, send_{name}, [{plain(w, scope)}, 1, 2])")
        w.line(f"{name} = sum(await receive(receive_{name}))")


def later(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"future_{name} = asyncio.get_running_loop().create_future()")
    call = w.one_of(
        [
            "call_later(0.002, {f})",
            "call_soon({f})",
            "call_at(asyncio.get_running_loop().time(), {f})",
            "call_soon_threadsafe({f})",
        ]
    )
    w.line(f"asyncio.get_running_loop().{call.format(f=f'future_{name}.set_result, {plain(w, scope)}')}")
    w.line(f"{name} = await future_{name}")


def variables(w: Writer, scope: Scope, name: str) -> None:
    w.line("current.set(3)")
    how = w.one_of(
        [
            "await asyncio.create_task(with_variable({x}))",
            "sum(await asyncio.gather(with_variable({x}), with_variable(2)))",
            "await asyncio.wait_for(with_variable({x}), 20)",
        ]
    )
    w.line(f"{name} = {how.format(x=plain(w, scope))} + current.get() * 0")


def helpers(w: Writer, scope: Scope, name: str) -> None:
    coros = ", ".join(coroutine(w, scope) for _ in range(w.number(1, 3)))
    w.line(
        f"{name} = " + w.one_of([f"sum(await limited_gather({w.number(1, 2)}, {coros}))", f"await first_of({coros})"])
    )


def in_threads(w: Writer, scope: Scope, name: str) -> None:
    call = w.one_of(
        [
            "asyncio.to_thread(functools.partial(triple, {x}))",
            "asyncio.to_thread(triple, x={x})",
            "asyncio.get_running_loop().run_in_executor(None, functools.partial(triple, x={x}))",
            "anyio.to_thread.run_sync(triple, {x})",
            "asyncio.gather(asyncio.to_thread(triple, {x}), asyncio.to_thread(triple, 1))",
        ]
    ).format(x=plain(w, scope))
    w.line(f"{name} = sum(await {call})" if "gather" in call else f"{name} = await {call}")


def shielded(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"task_{name} = asyncio.create_task(asyncio.sleep(0.02, {plain(w, scope)}))")
    with w.block("try:"):
        w.line(f"await asyncio.wait_for(asyncio.shield(task_{name}), 0.002)")
    with w.block("except asyncio.TimeoutError:"):
        w.log(f"('{name}', task_{name}.cancelled())")
    w.line(f"{name} = await task_{name}")


def joined(w: Writer, scope: Scope, name: str) -> None:
    """Awaitables put together: lists that are added, extended, sliced, copied, unpacked."""
    form = w.one_of(
        [
            "sum(await asyncio.gather(*([double(i) for i in range(2)] + [{c}])))",
            "sum(await asyncio.gather(*[double(i) for i in range(2)][:1], *[{c}]))",
            "sum(await asyncio.gather(*list(map(double, range(2))), *({c},)))",
            "sum([await coro for coro in [double(1)] + [{c}]])",
            "sum([await coro for coro in ({c}, double(2))])",
            "sum(await asyncio.gather(*(coro for coro in [{c}, double(3)])))",
            "sum(await asyncio.gather(*dict(a={c}, b=double(1)).values()))",
            "sum(await asyncio.gather(*[f(1) for f in (double, functools.partial(add, 1))]))",
            "sum(await asyncio.gather(*[double(1) if i else {c} for i in range(2)]))",
            "sum(await asyncio.gather(*filter(None, [{c}, None])))",
        ]
    )
    w.line(f"{name} = {form.replace('{c}', coroutine(w, scope))}")


STATEMENTS = [
    cancelled, swallowed, called_back, forgotten, workers, ordered_queue, queue_errors, barrier, locked, waited, waited,
    condition_late, in_time, some_done, nursery, streams, later, variables, helpers, in_threads, shielded, joined,
]  # fmt: skip
ENDED_FROM_OUTSIDE = (cancelled, swallowed, workers, waited, condition_late, some_done, nursery, shielded)

"""Tasks, groups, gathers, queues, locks, events, timeouts. What their order leaves open is compared without order."""

from __future__ import annotations

from collections.abc import Callable

from differential import lives
from differential.expressions import coroutine, plain
from differential.writer import Scope, Writer


def statement(w: Writer, scope: Scope) -> None:
    w.is_concurrent = True
    options: list[Callable[[Writer, Scope, str], None]] = [
        gather, gather_star, gather_earlier, gather_exceptions, gather_failing, task, tasks, group, group_failing, waits, as_completed,
        wait_for, wait_for_late, timeout, pipeline, limited, counted, handshake, shield, threads, pool, future, late_gather,
        condition, many_in_a_loop, spawned, group_kept, *lives.STATEMENTS,
    ]  # fmt: skip
    if not w.newest:
        options.remove(group_failing)  # before Python 3.11 it may raise the first error
    if not w.threads:
        options = [option for option in options if option not in ENDED_FROM_OUTSIDE]
    name = w.fresh("v")
    w.choose(options)(w, Scope(scope.variables, False, True), name)
    scope.variables.append(name)


def gather(w: Writer, scope: Scope, name: str) -> None:
    calls = ", ".join(coroutine(w, scope) for _ in range(w.number(1, 3)))
    w.line(f"{name} = sum(await asyncio.gather({calls}))")


def gather_star(w: Writer, scope: Scope, name: str) -> None:
    count, base = w.number(0, 4), plain(w, scope)
    form = w.one_of(
        ["*[double({b} + i) for i in range({n})]", "*(double(i) for i in range({n}))", "*map(double, range({n}))"]
    )
    w.line(f"{name} = sum(await asyncio.gather({form.format(b=base, n=count)}, {coroutine(w, scope)}))")


def gather_earlier(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"coros_{name} = []")
    with w.block(f"for i in range({w.number(1, 3)}):"):
        w.line(f"coros_{name}.append(double(i + {plain(w, scope)}))")
    if w.chance(50):
        w.line(f"coros_{name} += [{coroutine(w, scope)}]")
    w.log(f"'{name} made'")
    w.line(f"{name} = sum(await asyncio.gather(*coros_{name}))")


def gather_exceptions(w: Writer, scope: Scope, name: str) -> None:
    w.line(
        f"results_{name} = await asyncio.gather(fail({plain(w, scope)}), {coroutine(w, scope)}, return_exceptions=True)"
    )
    w.log(f"('{name}', [repr(r) for r in results_{name}])")
    w.line(f"{name} = len(results_{name})")


def gather_failing(w: Writer, scope: Scope, name: str) -> None:
    with w.block("try:"):
        w.line(f"{name} = sum(await asyncio.gather(double(1), fail({plain(w, scope)})))")
    with w.block("except ValueError as error:"):
        w.log(f"('{name}', repr(error))")
        w.line(f"{name} = -1")
        w.line("await asyncio.sleep(0.002)")


def late_gather(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"together_{name} = asyncio.gather({coroutine(w, scope)}, double(2))")
    w.line(f"{name} = sum(await together_{name})")


def task(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"task_{name} = asyncio.{w.one_of(['create_task', 'ensure_future'])}({coroutine(w, scope)})")
    if w.chance(50):
        w.log(f"'{name} started'")
    w.line(f"{name} = await task_{name}")
    if w.chance(30):
        w.log(f"('{name}', task_{name}.done(), task_{name}.result(), await task_{name})")


def tasks(w: Writer, scope: Scope, name: str) -> None:
    kind = w.one_of(
        [
            "[asyncio.create_task(double(i)) for i in range({n})]",
            "{{asyncio.create_task(double(i)) for i in range({n})}}",
        ]
    )
    w.line(f"tasks_{name} = {kind.format(n=w.number(1, 3))}")
    w.line(f"{name} = sum([await t for t in tasks_{name}])")


def spawned(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = await consume(spawn({coroutine(w, scope)}))")


def group(w: Writer, scope: Scope, name: str) -> None:
    with w.block(f"async with asyncio.TaskGroup() as group_{name}:"):
        w.line(f"a_{name} = group_{name}.create_task({coroutine(w, scope)})")
        w.line(f"b_{name} = group_{name}.create_task({coroutine(w, scope)})")
        if w.chance(50):
            w.line(f"start_in(group_{name}, {plain(w, scope)})")
    w.line(f"{name} = a_{name}.result() + await b_{name}")


def group_kept(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"owner_{name} = Owner()")
    w.line(f"{name} = await owner_{name}.run({plain(w, scope)})")


def group_failing(w: Writer, scope: Scope, name: str) -> None:
    with w.block("try:"), w.block(f"async with asyncio.TaskGroup() as group_{name}:"):
        w.line(f"group_{name}.create_task(fail({plain(w, scope)}))")
    with w.block("except BaseExceptionGroup as errors:"):
        w.log(f"('{name}', [repr(error) for error in errors.exceptions])")
    w.line(f"{name} = 3")


def waits(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"tasks_{name} = [asyncio.create_task({coroutine(w, scope)}), asyncio.create_task(double(1))]")
    w.line(f"done_{name}, pending_{name} = await asyncio.wait(tasks_{name})")
    w.line(f"{name} = sum([await t for t in done_{name}]) + len(pending_{name})")


def as_completed(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = 0")
    with w.block(f"for next_{name} in asyncio.as_completed([{coroutine(w, scope)}, double(1), double(2)]):"):
        w.line(f"{name} += await next_{name}")


def wait_for(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = await asyncio.wait_for({coroutine(w, scope)}, {w.one_of(['10', 'None', 'timeout=10'])})")


def wait_for_late(w: Writer, scope: Scope, name: str) -> None:
    waiting = w.one_of(
        [
            "asyncio.sleep(30)",
            "asyncio.Event().wait()",
            "asyncio.Queue().get()",
            "forever()",
            "asyncio.create_task(forever())",
        ]
    )
    w.line(f"{name} = 1")
    with w.block("try:"):
        w.line(f"await asyncio.wait_for({waiting}, 0.005)")
    with w.block("except asyncio.TimeoutError:"):
        w.log(f"'{name} late'")


def timeout(w: Writer, scope: Scope, name: str) -> None:
    late = w.chance(50)
    w.line(f"{name} = 0")
    with w.block("try:"), w.block(f"async with asyncio.timeout({0.005 if late else 10}):"):
        w.line("await forever()" if late else f"{name} = await {coroutine(w, scope)}")
    with w.block("except TimeoutError:"):
        w.log(f"'{name} late'")


def pipeline(w: Writer, scope: Scope, name: str) -> None:
    starting = w.one_of(
        [
            "_, {v} = await asyncio.gather(produce(queue_{v}, {n}), drain(queue_{v}))",
            "{v} = asyncio.create_task(drain(queue_{v}))\nawait produce(queue_{v}, {n})\n{v} = await {v}",
        ]
    )
    w.line(f"queue_{name} = asyncio.Queue({w.one_of(['', 'maxsize=1', '2'])})")
    for line in starting.format(v=name, n=w.number(0, 5)).split("\n"):
        w.line(line)


def limited(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"semaphore_{name} = asyncio.Semaphore({w.number(1, 3)})")
    w.line(f"{name} = sum(await asyncio.gather(*[hold(semaphore_{name}, i) for i in range({w.number(1, 5)})]))")


def counted(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"counter_{name} = Counter()")
    w.line(f"await asyncio.gather(*[counter_{name}.increment() for _ in range({w.number(1, 4)})])")
    w.line(f"{name} = counter_{name}.value")


def handshake(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"a_{name}, b_{name} = asyncio.Event(), asyncio.Event()")
    w.line(f"{name} = sum(await asyncio.gather(meet(a_{name}, b_{name}), meet(b_{name}, a_{name})))")


def condition(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"condition_{name}, items_{name} = asyncio.Condition(), []")
    w.line(f"task_{name} = asyncio.create_task(collect(condition_{name}, items_{name}, 2))")
    with w.block("for i in range(2):"), w.block(f"async with condition_{name}:"):
        w.line(f"items_{name}.append(i)")
        w.line(f"condition_{name}.notify_all()")
    w.line(f"{name} = await task_{name}")


def shield(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = await asyncio.shield({coroutine(w, scope)})")


def threads(w: Writer, scope: Scope, name: str) -> None:
    call = w.one_of(["asyncio.to_thread(triple, {x})", "asyncio.get_running_loop().run_in_executor(None, triple, {x})"])
    w.line(f"{name} = await {call.format(x=plain(w, scope))}")


def pool(w: Writer, scope: Scope, name: str) -> None:
    with w.block(f"with concurrent.futures.ThreadPoolExecutor(1) as pool_{name}:"):
        w.line(f"loop_{name} = asyncio.get_running_loop()")
        calls = [f"loop_{name}.run_in_executor(pool_{name}, triple, {plain(w, scope)})" for _ in range(3)]
        w.line(f"later_{name} = {calls[0]}")
        w.line(f"{name} = await {calls[1]} + sum(await asyncio.gather(later_{name}, {calls[2]}))")


def future(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"future_{name} = asyncio.get_running_loop().create_future()")
    w.line(f"task_{name} = asyncio.create_task(resolve(future_{name}, {plain(w, scope)}))")
    w.line(f"{name} = await future_{name}")
    w.line(f"await task_{name}")


def many_in_a_loop(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"pending_{name} = {{asyncio.create_task(double(i)) for i in range(3)}}")
    w.line(f"{name} = 0")
    with w.block(f"while pending_{name}:"):
        w.line(f"done_{name}, pending_{name} = await asyncio.wait(pending_{name}, return_when=asyncio.FIRST_COMPLETED)")
        with w.block(f"for t in done_{name}:"):
            w.line(f"{name} += t.result()")


ENDED_FROM_OUTSIDE = (wait_for_late, timeout, *lives.ENDED_FROM_OUTSIDE)
"""Statements with a wait that would take long if nothing ended it."""

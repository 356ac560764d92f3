"""The types of generated code are as precise as those of the code it comes from; mypy reads this, Python runs it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from unasync_plus.runtime import completion, sequential
from unasync_plus.runtime.groups import TaskGroup
from unasync_plus.runtime.nursery import Nursery
from unasync_plus.runtime.queues import PriorityQueue, Queue
from unasync_plus.runtime.runs import run
from unasync_plus.runtime.threads import (
    Future,
    Task,
    create_task,
    gather,
    interruptible,
    result_of,
    shield,
    sleep,
)
from unasync_plus.runtime.timeouts import wait_for

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value: object, _: object) -> object:
        return value


def number(x: int = 0, *, plus: int = 0) -> int:
    return x + plus


def text(x: object, y: bytes = b"") -> str:
    return str(x)


class Request:
    """What a class with ``__await__`` becomes."""

    _awaited_by_result = True

    def result(self, timeout: float | None = None) -> bytes:
        return b"" if timeout is None else wait_for(self.result, timeout)


def test_tasks() -> None:
    task = create_task(number, 3)
    assert_type(task, Task[int])
    assert_type(task.result(), int)
    assert_type(task.exception(), "BaseException | None")
    assert_type(create_task(text, 3, b"", name="name"), Task[str])
    assert_type(create_task(partial(number, 3, plus=4)).result(), int)
    assert_type(create_task(number).result(), int)
    tasks: list[Task[object]] = [create_task(number), create_task(text, 1)]  # what is only read is covariant
    assert len(gather(*tasks)) == 2


def test_gather() -> None:
    assert_type(gather(number, partial(text, 3)), "tuple[int, str]")
    assert_type(gather(create_task(number), number, partial(text, 3)), "tuple[int, int, str]")
    assert_type(gather(*[number]), "list[int]")
    both = gather(number, partial(text, 3), return_exceptions=True)
    assert_type(both, "tuple[int | BaseException, str | BaseException]")
    assert_type(gather(*[number], return_exceptions=True), "list[int | BaseException]")
    assert_type(sequential.gather(number, partial(text, 3)), "tuple[int, str]")


def test_other_functions() -> None:
    future: Future[int] = Future()
    future.set_result(1)
    assert_type(wait_for(number, 5, 3, plus=4), int)
    assert_type(wait_for(future, 5), int)
    assert_type(shield(future), int)
    assert_type(shield(text, 3), str)
    assert_type(interruptible(number, 3, plus=4), int)
    assert_type(run(number, 3), int)
    assert_type(result_of(future), int)
    assert_type(result_of("value"), str)
    assert_type(result_of(Request()), bytes)
    assert_type(sleep(0, "result"), str)
    assert_type(sequential.wait_for(number, 5, 3), int)
    done, _ = completion.wait([create_task(number)])
    assert_type(done, "set[Task[int]]")
    assert_type([one.result() for one in completion.as_completed([number, number])], "list[int]")
    assert_type(list(completion.completed([create_task(number)])), "list[Task[int]]")


def test_groups_and_queues() -> None:
    with TaskGroup() as group:
        assert_type(group, TaskGroup)
        assert_type(group.create_task(text, 3).result(), str)
    with Nursery() as nursery:
        assert_type(nursery, Nursery)
        nursery.start_soon(text, 3, b"", name="name")
    items: Queue[int] = Queue()
    items.put(1)
    assert_type(items.get(), int)
    ordered: PriorityQueue[tuple[int, str]] = PriorityQueue(3)
    assert_type(ordered.qsize(), int)


def left_by_return() -> int:
    """As after `asyncio.TaskGroup`, nothing comes behind the block: it swallows no error."""
    with TaskGroup():
        return 1


def wrong(anything: Any) -> None:
    """What mypy has to find; it complains about an unused comment otherwise."""
    create_task(text)  # type: ignore[arg-type]
    create_task(text, 3, "no bytes")  # type: ignore[arg-type]
    gather(3)  # type: ignore[call-overload]
    wait_for(number, 5, "no number")  # type: ignore[call-overload]
    anything.start_soon(text)
    TaskGroup().create_task(number, "no number")  # type: ignore[arg-type]
    Nursery().start_soon(number, "no number")  # type: ignore[arg-type]

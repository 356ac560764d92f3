"""Render many units, here or in worker processes. No error of a worker is lost, and none stops the others."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unasync_plus.records import record

from .garbage import Garbage, without_garbage_collection
from .render import Rendered, internal_error, render

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from unasync_plus.discover import Unit
    from unasync_plus.resolve.project import Project

PAYING_LINES = 5000
"""So many lines to convert repay the start of worker processes."""

Progress = Callable[[int, int, str], None]
"""Called with how many units are done, how many there are, and the one just done."""


@record
class Task:
    """A unit and the bytes of its source that it is rendered from."""

    unit: Unit
    data: bytes


def render_all(
    tasks: Sequence[Task], project: Project, root: Path, jobs: int | None, progress: Progress | None
) -> list[Rendered]:
    """What each task becomes, in their order. ``jobs``: so many processes; None for as many as pay."""
    found: dict[int, Rendered] = {}
    count = min(_paying_jobs(tasks) if jobs is None else jobs, len(tasks))
    one_by_one = _in_processes(tasks, project, root, count) if count > 1 else _in_process(tasks, project, root)
    for index, rendered in one_by_one:
        found[index] = rendered
        if progress is not None:
            progress(len(found), len(tasks), tasks[index].unit.source_rel)
    return [found[index] for index in range(len(tasks))]


def _paying_jobs(tasks: Sequence[Task]) -> int:
    lines = sum(task.data.count(b"\n") for task in tasks if task.unit.is_python)
    return _cores() if lines >= PAYING_LINES else 1


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_process(tasks: Sequence[Task], project: Project, root: Path) -> Iterator[tuple[int, Rendered]]:
    """Largest first: what a large tree leaves free has room for what the smaller ones leave behind."""
    garbage = Garbage()
    with without_garbage_collection():
        for index in _largest_first(tasks):
            yield index, render(tasks[index].unit, tasks[index].data, project, root)
            garbage.add(tasks[index].data)


def _in_processes(tasks: Sequence[Task], project: Project, root: Path, jobs: int) -> Iterator[tuple[int, Rendered]]:
    """Largest first, so that no worker is left alone with a large one at the end."""
    lost = []
    with _executor(jobs, project, root) as executor:
        for index, future in _as_completed(executor, tasks, _largest_first(tasks)):
            rendered = _result(future, tasks[index])
            if rendered is None:
                lost.append(index)
            else:
                yield index, rendered
    for index in lost:
        yield index, _alone(tasks[index], project, root)


def _largest_first(tasks: Sequence[Task]) -> list[int]:
    return sorted(range(len(tasks)), key=lambda index: -len(tasks[index].data))


def _as_completed(
    executor: ProcessPoolExecutor, tasks: Sequence[Task], order: Sequence[int]
) -> Iterator[tuple[int, Future[Rendered]]]:
    from concurrent.futures import Future, as_completed
    from concurrent.futures.process import BrokenProcessPool

    index_of: dict[Future[Rendered], int] = {}
    with _interrupts_later():
        for index in order:
            try:
                future = executor.submit(_work, tasks[index].unit, tasks[index].data)
            except BrokenProcessPool as error:
                future = Future()
                future.set_exception(error)
            index_of[future] = index
    for future in as_completed(index_of):
        yield index_of[future], future


@contextlib.contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hold Ctrl-C back while workers start: an interrupt between a fork and what has to follow it is lost or worse.

    The workers never hear of it: they inherit that it is held back.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _result(future: Future[Rendered], task: Task) -> Rendered | None:
    """None when the worker died: which task killed it cannot be told."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except Exception as error:
        return Rendered(diagnostics=(internal_error(task.unit.source_rel, error),), is_lasting=False)


def _alone(task: Task, project: Project, root: Path) -> Rendered:
    """Render in a process of its own what may have killed another one."""
    with _executor(1, project, root) as executor:
        (index_and_future,) = _as_completed(executor, [task], [0])
        died = RuntimeError("the worker process that converted this file died")
        return _result(index_and_future[1], task) or Rendered(
            diagnostics=(internal_error(task.unit.source_rel, died),), is_lasting=False
        )


@contextlib.contextmanager
def _executor(jobs: int, project: Project, root: Path) -> Iterator[ProcessPoolExecutor]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # a fork costs a hundredth of a new interpreter, but takes no other thread with it
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    context = get_context("fork" if can_fork else "spawn")
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(project, root))
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


_job: tuple[Project, Path] | None = None
"""What all tasks of a worker process share."""
_garbage = Garbage()
"""That of a worker process."""


def _start(project: Project, root: Path) -> None:
    global _job
    _job = project, root
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends the pool
    threading.Thread(target=_die_with_parent, daemon=True).start()
    gc.freeze()
    gc.disable()


def _die_with_parent() -> None:
    """A parent that is killed cannot end its workers."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(unit: Unit, data: bytes) -> Rendered:
    assert _job is not None
    _garbage.add(data)  # that of the tasks before
    return render(unit, data, *_job)

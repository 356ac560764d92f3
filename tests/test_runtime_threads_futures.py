"""Futures, callbacks, and exceptions that nobody asks for."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Thread
from typing import Any

import pytest
from runtime_sides import Log, assert_same

from unasync_plus.runtime.locks import Event
from unasync_plus.runtime.loops import call_exception_handler, get_exception_handler, set_exception_handler
from unasync_plus.runtime.threads import (
    Future,
    InvalidStateError,
    all_tasks,
    create_task,
    gather,
    result_of,
    sleep,
)


def test_callbacks_run_before_those_who_wait_go_on() -> None:
    async def original(log: Log) -> object:
        async def work() -> str:
            await asyncio.sleep(0)
            return "result"

        task = asyncio.create_task(work())
        task.add_done_callback(lambda task: log(("first", task.result(), task.done())))
        unwanted: Callable[[object], None] = lambda task: log("unwanted")  # noqa: E731
        task.add_done_callback(unwanted)
        task.add_done_callback(lambda task: log("second"))
        log(task.remove_done_callback(unwanted))
        log(await task)
        return None

    def converted(log: Log) -> None:
        go = Event()

        def work() -> str:
            go.wait()
            return "result"

        task = create_task(work)
        task.add_done_callback(lambda task: log(("first", task.result(), task.done())))
        unwanted: Callable[[object], None] = lambda task: log("unwanted")  # noqa: E731
        task.add_done_callback(unwanted)
        task.add_done_callback(lambda task: log("second"))
        log(task.remove_done_callback(unwanted))
        go.set()
        log(task.result())

    assert_same(original, converted, log=[1, ("first", "result", True), "second", "result"])


def test_callbacks_have_run_for_those_who_come_later() -> None:
    """They had found the task done, and what its callbacks do not."""
    for method in (Future.result, Future.exception):
        future: Future[int] = Future()
        seen: list[object] = []
        begun = threading.Event()

        def slowly(done: Future[int], begun: threading.Event = begun, seen: list[object] = seen) -> None:
            begun.set()
            time.sleep(0.02)
            seen.append(done.result())

        future.add_done_callback(slowly)
        thread = Thread(target=future.set_result, args=(1,))
        thread.start()
        assert begun.wait(5)
        method(future)
        assert future.done() and seen == [1]
        thread.join()


def test_a_callback_of_a_finished_task_runs_too() -> None:
    async def original(log: Log) -> None:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        future.set_result(1)
        future.add_done_callback(lambda future: log(future.result()))
        await asyncio.sleep(0)

    def converted(log: Log) -> None:
        future: Future[int] = Future()
        future.set_result(1)
        future.add_done_callback(lambda future: log(future.result()))

    assert_same(original, converted, log=[1])


def test_a_future_has_one_outcome() -> None:
    async def original(log: Log) -> object:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        log((future.done(), future.cancelled()))
        asyncio.get_running_loop().call_soon(future.set_result, 1)
        log(await future)
        for setter in (partial(future.set_result, 2), partial(future.set_exception, ValueError())):
            try:
                setter()
            except asyncio.InvalidStateError:
                log("invalid")
        log(future.cancel())
        return await future

    def converted(log: Log) -> object:
        future: Future[int] = Future()
        log((future.done(), future.cancelled()))
        setter = create_task(future.set_result, 1)
        log(future.result())
        setter.result()
        for again in (partial(future.set_result, 2), partial(future.set_exception, ValueError())):
            try:
                again()
            except InvalidStateError:
                log("invalid")
        log(future.cancel())
        return future.result()

    assert_same(original, converted, log=[(False, False), 1, "invalid", "invalid", False], result=1)


def test_result_waits_as_long_as_it_is_told() -> None:
    future: Future[int] = Future()
    with pytest.raises(TimeoutError):
        future.result(timeout=0)
    with pytest.raises(TimeoutError):
        future.exception(timeout=0.01)
    assert not future.done()
    future.set_exception(KeyError)
    assert isinstance(future.exception(timeout=0), KeyError)


def test_an_exception_that_nobody_asks_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("lost")

    def lose() -> None:
        create_task(fail, name="loser")
        asked = create_task(fail)
        with pytest.raises(ValueError):
            asked.result()
        seen = create_task(fail)
        assert seen.exception()

    gc.disable()  # it must not need a search for cycles
    try:
        lose()
        while all_tasks():
            sleep(0.001)
        sleep(0.01)
    finally:
        gc.enable()
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("Task exception was never retrieved\nfuture: <Task name='loser' finished>")
    assert record.exc_info
    assert str(record.exc_info[1]) == "lost"


def test_a_broken_callback_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    def broken(task: object) -> None:
        raise ValueError("callback")

    future: Future[int] = Future()
    called: list[object] = []
    future.add_done_callback(broken)
    future.add_done_callback(called.append)
    future.set_result(1)
    assert called == [future]
    assert "Exception in callback" in caplog.text


def test_a_handler_is_told_of_what_nobody_asks_for(caplog: pytest.LogCaptureFixture) -> None:
    async def original(log: Log) -> object:
        loop = asyncio.get_running_loop()
        log(loop.get_exception_handler())
        handler: Callable[..., object] = lambda loop, context: log((sorted(context), str(context["exception"])))  # noqa: E731
        loop.set_exception_handler(handler)
        log(loop.get_exception_handler() is handler)
        asyncio.get_running_loop().create_future().set_exception(ValueError("a future"))
        gc.collect()
        loop.call_exception_handler({"message": "told", "exception": ValueError("told")})
        loop.set_exception_handler(None)
        log(loop.get_exception_handler())
        loop.set_exception_handler(1)  # type: ignore[arg-type]  # that is what it complains of
        return None

    def converted(log: Log) -> None:
        log(get_exception_handler())
        handler: Callable[..., object] = lambda loop, context: log((sorted(context), str(context["exception"])))  # noqa: E731
        set_exception_handler(handler)
        log(get_exception_handler() is handler)
        Future[int]().set_exception(ValueError("a future"))
        gc.collect()
        call_exception_handler({"message": "told", "exception": ValueError("told")})
        set_exception_handler(None)
        log(get_exception_handler())
        set_exception_handler(1)  # type: ignore[arg-type]  # likewise

    told = [(["exception", "future", "message"], "a future"), (["exception", "message"], "told")]
    error = TypeError("A callable object or None is expected, got 1")
    assert_same(original, converted, log=[None, True, *told, None], result=error)
    assert not caplog.records


def test_what_a_handler_was_told_is_not_lost_with_it(caplog: pytest.LogCaptureFixture) -> None:
    def broken(loop: object, context: object) -> None:
        raise RuntimeError("handler")

    call_exception_handler({"exception": ValueError("nobody is told but the log"), "more": 1})
    set_exception_handler(broken)
    try:
        call_exception_handler({"message": "told"})
    finally:
        set_exception_handler(None)
    first, second = (record.getMessage() for record in caplog.records)
    assert first == "Unhandled exception in event loop\nmore: 1"
    assert second == "Unhandled error in exception handler\ncontext: {'message': 'told'}"
    assert "nobody is told but the log" in caplog.text
    assert "RuntimeError: handler" in caplog.text


def test_result_of_awaits_what_can_be_awaited() -> None:
    class Awaitable:
        _awaited_by_result = True

        def result(self, timeout: float | None = None) -> str:
            return "awaited"

    class Response:
        def result(self) -> str:
            return "a method of its own"

    response = Response()
    submitted: object = ThreadPoolExecutor(1).submit(pow, 3, 2)
    assert result_of(create_task(pow, 2, 3)) == 8
    awaitable: object = Awaitable()
    assert result_of(awaitable) == "awaited"
    assert result_of(response) is response
    assert result_of(submitted) == 9
    ran: list[int] = []
    thread = Thread(target=ran.append, args=(1,))
    thread.start()
    awaited: object = thread
    assert result_of(awaited) is None and ran == [1]
    started: Any = [ThreadPoolExecutor(1).submit(pow, 3, 2), thread]
    assert gather(*started) == [9, None]
    assert result_of(Response) is Response
    assert result_of(None) is None

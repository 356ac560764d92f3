"""Callbacks that callers keep in variables of modules, and other variables that they set."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from facade_made import Make

HOOKS = """
    from __future__ import annotations
    from collections.abc import Awaitable, Callable

    on_error = None
    on_done = None
    async_check: Callable[[str], Awaitable[bool]] | None = None
    HANDLERS = {}
    listeners = []
    debug = False
"""
CLIENT = """
    from __future__ import annotations
    import asyncio
    from . import hooks
    from .hooks import HANDLERS, listeners

    _callback = None
    _observers = []
    _filters = {}
    api_key = None

    def set_callback(function):
        global _callback
        _callback = function

    def observe(function):
        _observers.append(function)

    def handler(name):
        def register(function):
            HANDLERS[name] = function
            return function
        return register

    def on_error(function):
        hooks.on_error = function

    def filtered(name, function):
        _filters[name] = function

    def use(key: str) -> None:
        global api_key
        api_key = key

    class Job:
        def __init__(self, name: str) -> None:
            self.name = name

        async def loud(self) -> str:
            await asyncio.sleep(0)
            return self.name.upper()

    async def work(job: Job) -> list:
        found = []
        if _callback is not None:
            found.append(await _callback(job))
        for observer in [*_observers, *listeners]:
            observer(job)
        for one in HANDLERS.values():
            found.append(await one(job))
        if hooks.on_error is not None:
            found.append(await hooks.on_error(job))
        if hooks.async_check is not None:
            found.append(await hooks.async_check(job.name))
        if hooks.on_done is not None:
            hooks.on_done(job)
        found += [filter(job) for filter in _filters.values()]
        return [*found, hooks.debug, api_key]
"""


@pytest.fixture(params=["sync", "dual", "auto"])
def sync(request: pytest.FixtureRequest, make: Make) -> Any:
    return make({"__init__": "", "client": CLIENT, "hooks": HOOKS}, interface=request.param).sync


Noting = Callable[[str], Callable[[Any], str]]


@pytest.fixture
def noting() -> tuple[Noting, list[tuple[str, str, str]]]:
    """Makes callbacks that call back, and what they noted: their names, results, and threads."""
    seen: list[tuple[str, str, str]] = []

    def note(name: str) -> Callable[[Any], str]:
        def callback(job: Any) -> str:
            seen.append((name, job.loud(), threading.current_thread().name))
            return name

        return callback

    return note, seen


def test_what_functions_of_the_package_keep_in_variables(sync: Any, noting: Any) -> None:
    (note, seen), client = noting, sync("client")
    job = client.Job("a")
    client.set_callback(note("callback"))
    client.handler("h")(note("handler"))
    client.on_error(note("error"))
    client.filtered("f", lambda one: one)
    client.observe(note("observer"))
    assert client.work(job) == ["callback", "handler", "error", job, False, None]
    until(lambda: len(seen) == 4)
    assert {(text, thread) for _, text, thread in seen} == {("A", "unasync-callback")}


def test_what_callers_put_into_variables(sync: Any, noting: Any) -> None:
    (note, seen), client, hooks = noting, sync("client"), sync("hooks")
    job, error = client.Job("a"), note("error")
    hooks.on_error = error
    hooks.on_done = note("done")
    hooks.HANDLERS["x"] = note("x")
    hooks.listeners.append(note("listener"))
    hooks.check = str.islower  # conversion gives it another name
    hooks.debug = True
    client.api_key = "mine"
    assert client.work(job) == ["x", "error", True, True, "mine"]
    until(lambda: len(seen) == 4)
    assert {name for name, _, _ in seen} == {"error", "done", "x", "listener"}
    assert hooks.on_error is error and client.HANDLERS["x"](job) == "x"
    hooks.on_error = hooks.on_done = hooks.check = None
    del hooks.HANDLERS["x"]
    assert client.work(job) == [True, "mine"]
    client.use("theirs")
    assert client.api_key == "theirs"


def test_they_are_patched_as_variables_of_the_async_side_are(sync: Any, noting: Any) -> None:
    (note, _), client, hooks = noting, sync("client"), sync("hooks")
    with mock.patch.object(hooks, "on_error", note("error")), mock.patch.object(client, "api_key", "patched"):
        assert client.work(client.Job("a")) == ["error", False, "patched"]
    assert client.work(client.Job("a")) == [False, None] and hooks.on_error is None


def test_an_async_function_is_awaited(sync: Any) -> None:
    client = sync("client")

    async def callback(job: Any) -> str:
        await asyncio.sleep(0)
        return "async"

    client.set_callback(callback)
    assert client.work(client.Job("a"))[0] == "async"


def test_a_module_takes_other_attributes_as_any_module(sync: Any) -> None:
    client = sync("client")
    client.something = client.work
    assert client.something is client.work
    del client.something
    assert not hasattr(client, "something")


REGISTRY = """
    from __future__ import annotations

    class Hooks:
        on_error = None
        table = {}

    class Registry:
        def __init__(self) -> None:
            self.handlers = {}
            self.on_done = None

        def add(self, name, function):
            self.handlers[name] = function

    registry = Registry()

    class Job:
        async def name(self) -> str:
            return "job"

    async def work(job: Job) -> list:
        found = []
        if Hooks.on_error:
            found.append(await Hooks.on_error(job))
        for one in [*Hooks.table.values(), *registry.handlers.values()]:
            found.append(await one(job))
        if registry.on_done:
            registry.on_done(job)
        return found
"""


def test_attributes_of_a_class_and_of_an_object_that_functions_use_by_name(make: Make, noting: Any) -> None:
    sync = make(REGISTRY).sync()
    names: list[str] = []

    def note(job: Any) -> str:
        names.append(job.name())
        return "noted"

    job = sync.Job()
    sync.Hooks.on_error = note
    sync.Hooks.table["x"] = note
    sync.registry.add("y", note)
    sync.registry.on_done = note
    assert sync.work(job) == ["noted"] * 3
    until(lambda: names == ["job"] * 4)


def until(condition: Callable[[], bool]) -> None:
    end = threading.Event()
    for _ in range(500):
        if condition():
            return
        end.wait(0.01)
    raise AssertionError("it did not happen")

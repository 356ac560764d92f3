"""Bridge mode: what overloads say of callbacks that the function itself takes without a word."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from facade_made import Make

DESK = """
    from __future__ import annotations
    import asyncio
    from collections.abc import Awaitable, Callable
    from dataclasses import dataclass, replace
    from typing import Any, overload

    Handler = Callable[["Job"], Awaitable[str]]

    class Job:
        async def text(self) -> str:
            await asyncio.sleep(0)
            return "text"

    @dataclass
    class Config:
        name: str
        handler: Handler
        size: int = 0

    class Desk:
        def __init__(self) -> None:
            self.said: list[str] = []

        @overload
        async def add(self, config: Config) -> None: ...
        @overload
        async def add(self, *, name: str, handler: Handler) -> None: ...
        async def add(self, config: Config | None = None, **kwargs: Any) -> None:
            config = Config(**kwargs) if config is None else replace(config, **kwargs)
            self.said.append(config.name + await config.handler(Job()))

        async def made(self, **options: Any) -> None:
            await self.add(Config(**options))

        @overload
        async def on(self, handler: Handler) -> str: ...
        @overload
        async def on(self, handler: str) -> str: ...
        async def on(self, handler):
            if isinstance(handler, str):
                return handler
            return await self._call([handler])

        async def _call(self, handlers):
            return "".join([await one(Job()) for one in handlers])
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_callbacks_that_only_overloads_tell_of(make: Make, interface: str) -> None:
    made = make({"__init__": DESK}, interface=interface)
    sync = made.sync()
    desk = sync.Desk()
    threads = set()

    def handler(job: Any) -> str:
        threads.add(threading.current_thread())
        assert type(job) is sync.Job
        return f"!{job.text()}"

    desk.add(name="a", handler=handler)
    desk.add(sync.Config("b", handler))
    desk.made(name="c", handler=handler, size=2)
    assert desk.said == ["a!text", "b!text", "c!text"]
    assert (desk.on(handler), desk.on("x")) == ("!text", "x")
    assert threading.main_thread() not in threads


UNTOLD = """
    import asyncio
    from contextlib import asynccontextmanager

    class Desk:
        def __init__(self, handler=None) -> None:
            self.handler = handler

        async def print(self, text: str) -> str:
            return await self.handler.on_print(text)

        async def each(self, handlers: dict[str, object], name: str) -> list[str]:
            return [item async for item in handlers[name].items()]

        async def rows(self, handlers: dict[str, object]):
            async for item in handlers["x"].items():
                yield item

        def later(self, text: str):
            return self.print(text)

        async def __aenter__(self):
            await self.handler.on_open()
            return self

        async def __aexit__(self, *details: object) -> None:
            await self.handler.on_close()

    @asynccontextmanager
    async def desk(handler):
        await handler.on_open()
        yield Desk(handler)
        await handler.on_close()
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_what_is_awaited_and_cannot_be_is_told_with_a_hint(make: Make, interface: str) -> None:
    sync = make({"__init__": UNTOLD}, interface=interface).sync()

    class Handler:
        def on_print(self, text: str) -> str:
            return text

        def items(self) -> list[str]:
            return []

        def on_open(self) -> None: ...

        def on_close(self) -> None: ...

    class Opened(Handler):
        async def on_open(self) -> None: ...  # type: ignore[override]  # it is for the async side

    def entered(manager: Any) -> None:
        with manager:
            pass

    def run(function: Callable[[], Any]) -> None:
        asyncio.run(function())

    async def entered_by_others(manager: Any) -> None:
        async with manager:
            pass

    def told(call: Callable[[], object]) -> str:
        with pytest.raises(TypeError) as caught:
            call()
        return str(caught.value) + "".join(getattr(caught.value, "__notes__", ()))

    assert "has to be `async def`" in told(lambda: sync.Desk(Handler()).print("x"))
    assert "has to be `async def`" in told(lambda: sync.Desk().each({"x": Handler()}, "x"))
    assert "has to be `async def`" in told(lambda: list(sync.Desk().rows({"x": Handler()})))
    assert "has to be `async def`" in told(lambda: sync.Desk(Handler()).later("x"))
    for handler in (Handler, Opened):
        for manager in (sync.Desk(handler()), sync.desk(handler())):
            assert "has to be `async def`" in told(partial(entered, manager))
        if interface != "sync":
            by_others = partial(entered_by_others, sync.Desk(handler()))
            assert "has to be `async def`" in told(partial(run, by_others))
    assert "has to be" not in told(lambda: sync.Desk().print())

    class AsyncHandler:
        async def on_print(self, text: str) -> str:
            return text

    assert sync.Desk(AsyncHandler()).print("x") == "x"


MIDDLEWARE = """
    from __future__ import annotations
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Protocol
    from .parts import lazy

    Handler = Callable[["Request"], Awaitable[str]]

    def middleware(f):
        f.is_middleware = True
        return f

    class Middleware(Protocol):
        def __call__(self, request: Request, handler: Handler) -> Awaitable[str]: ...

    class Request:
        def __init__(self, path: str) -> None:
            self._path = path

        @lazy
        def path(self) -> str:
            return self._path

        async def body(self) -> str:
            return "body"

    class App:
        def __init__(self, handler: Handler, middlewares: Iterable[Middleware] = ()) -> None:
            self._handler = handler
            self._middlewares = list(middlewares)

        async def get(self, path: str) -> str:
            handler = self._handler
            for one in self._middlewares:
                handler = self._around(one, handler)
            return await handler(Request(path))

        def _around(self, one: Middleware, handler: Handler) -> Handler:
            assert one.is_middleware
            async def impl(request: Request) -> str:
                return await one(request, handler)
            return impl
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_a_protocol_whose_call_gives_something_to_await(make: Make, interface: str) -> None:
    parts = "from functools import cached_property as lazy\n"
    sync = make({"__init__": MIDDLEWARE, "parts": parts}, interface=interface).sync()

    def handle(request: Any) -> str:
        return f"{request.path} {request.body()}"

    @sync.middleware  # type: ignore[untyped-decorator]  # the package is made here
    def louder(request: Any, handler: Any) -> str:
        assert type(request) is sync.Request
        return f"{handler(request)}!"

    assert louder.is_middleware
    assert sync.App(handle, [louder, louder]).get("/x") == "/x body!!"

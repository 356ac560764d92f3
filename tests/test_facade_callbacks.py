"""Bridge mode: functions that give functions, and functions that are looked for where others were put."""

from __future__ import annotations

import asyncio
import colorsys
import math
import os
import textwrap
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from facade_made import Make, generated

MIDDLEWARE = """
    from collections.abc import Awaitable, Callable

    class Request:
        def __init__(self, path: str) -> None:
            self.path = path

        async def body(self) -> str:
            return self.path + "!"

    Handler = Callable[[Request], Awaitable[str]]
    Middleware = Callable[[Handler], Handler]

    class App:
        def __init__(self) -> None:
            self.handler: Handler = self.missing
            self.middlewares: list[Middleware] = []

        async def missing(self, request: Request) -> str:
            return "missing " + await request.body()

        def use(self, middleware: Middleware) -> None:
            self.middlewares.append(middleware)

        async def call(self, request: Request) -> str:
            handler = self.handler
            for middleware in self.middlewares:
                handler = middleware(handler)
            return await handler(request)

    async def deferred(make: Callable[[], Awaitable[Callable[[], Awaitable[str]]]]) -> str:
        inner = await make()
        return await inner()
"""


@pytest.mark.parametrize("interface", ["sync", "dual"])
def test_middleware_gives_handlers_that_are_awaited(make: Make, interface: str) -> None:
    sync = make(MIDDLEWARE, interface=interface).sync()
    app = sync.App()
    threads: list[str] = []

    def loud(handler: Callable[[Any], str]) -> Callable[[Any], str]:
        def call(request: Any) -> str:
            threads.append(threading.current_thread().name)
            return f"{handler(request).upper()}{request.body()}"  # both call back

        return call

    app.use(loud)
    assert app.call(sync.Request("x")) == "MISSING X!x!" and threads == ["unasync-callback"]


def test_an_awaited_function_gives_a_function_that_is_awaited(make: Make) -> None:
    sync = make(MIDDLEWARE).sync()

    def make_one() -> Callable[[], str]:
        return lambda: sync.Request("deep").body()

    async def make_async() -> Callable[[], str]:
        return lambda: "async"

    assert sync.deferred(make_one) == "deep!" and sync.deferred(make_async) == "async"


SIGNALS = """
    import inspect
    from collections.abc import Callable
    from typing import Any

    class Signal:
        def __init__(self) -> None:
            self.listeners: list[Callable[..., Any]] = []

        def connect(self, listener: Callable[..., Any]) -> None:
            self.listeners.append(listener)

        def __contains__(self, listener: Callable[..., Any]) -> bool:
            return listener in self.listeners

        def drop(self, listener: Callable[..., Any]) -> None:
            del self.listeners[self.listeners.index(listener)]

        async def emit(self, value: Any) -> None:
            for listener in self.listeners:
                found = listener(value)
                if inspect.isawaitable(found):
                    await found
"""


def test_a_listener_is_found_where_it_was_put(make: Make) -> None:
    signal = make(SIGNALS).sync().Signal()

    class Watcher:
        def saw(self, value: Any) -> None:
            pass

    watcher, other = Watcher(), Watcher()
    signal.connect(watcher.saw)
    signal.emit(1)
    assert watcher.saw in signal and other.saw not in signal
    signal.drop(watcher.saw)
    assert watcher.saw not in signal


def test_a_decorator_with_and_without_arguments_takes_functions_that_are_awaited(make: Make) -> None:
    sync = make(
        """
        import functools
        from collections.abc import Awaitable, Callable
        from typing import Any

        class App:
            def __init__(self) -> None:
                self.hooks: dict[str, Callable[..., Awaitable[Any]]] = {}

            def hook(self, name: str, function: Callable[..., Awaitable[Any]] | None = None) -> Any:
                if function is None:
                    return functools.partial(self.hook, name)
                self.hooks[name] = function
                return function

            async def echo(self, value: Any) -> Any:
                return value

            async def fire(self, name: str, *args: Any) -> Any:
                return await self.hooks[name](self, *args)
        """
    ).sync()
    app = sync.App()

    @app.hook("start")  # type: ignore[untyped-decorator, unused-ignore]
    def start(given: Any, value: int) -> Any:
        return given.echo(value), given is app

    assert app.fire("start", 7) == (7, True) and start(app, 1) == (1, True)


def test_functions_in_a_typed_dictionary_by_another_name_of_their_type() -> None:
    code = generated(
        """
        from collections.abc import Awaitable, Callable
        from typing import Any, TypedDict

        Event = Callable[[int], Awaitable[None]]

        class Options(TypedDict, total=False):
            on_event: Event
            timeout: float

        async def run(options: Options) -> None:
            await options["on_event"](1)
        """
    )
    assert '_bridge.run(_async, "run", _bridge.as_async(options))' in code


def test_annotations_of_a_function_name_classes_of_the_async_side(make: Make) -> None:
    """As frameworks look there for what a function wants to be given."""
    sync = make(
        """
        import inspect
        import typing
        from collections.abc import Callable
        from typing import Any, Generic, TypeVar

        T = TypeVar("T")

        class Context:
            async def name(self) -> str:
                return "context"

        class Box(Generic[T]):
            async def get(self) -> int:
                return 1

        async def call(function: Callable[..., Any], **given: Any) -> Any:
            hints = typing.get_type_hints(function)
            parameters = inspect.signature(function).parameters
            wanted = {name: Context() for name in parameters if hints.get(name) == Context}
            found = function(**given, **wanted)
            return await found if inspect.isawaitable(found) else found

        def told(function: Callable[..., Any]) -> dict[str, bool]:
            hints = typing.get_type_hints(function, include_extras=True)
            wanted = {"a": list[Context], "b": Context | None, "c": Box[Context], "d": typing.Annotated[Context, 1]}
            return {name: hints[name] == hint for name, hint in wanted.items()}
        """
    ).sync()
    names: dict[str, Any] = {"Context": sync.Context, "Box": sync.Box}
    exec(
        """from __future__ import annotations
from typing import Annotated

def handler(value: int, context: Context) -> Context:
    return value, context.name(), type(context) is Context

def other(a: list[Context], b: Context | None, c: Box[Context], d: Annotated[Context, 1]): ...

def unknown(value: NoSuchName, context=None):
    return value
""",
        names,
    )
    assert sync.call(names["handler"], value=3) == (3, "context", True)
    assert set(sync.told(names["other"]).values()) == {True}
    assert sync.call(lambda value: value, value=4) == 4


SOURCES = """
    from collections.abc import AsyncIterable, AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from typing import Any, Protocol

    class Stream:
        def __init__(self, factory: Callable[[], AsyncIterable[Any]]) -> None:
            self.factory = factory

        async def __aiter__(self) -> AsyncIterator[Any]:
            async for item in self.factory():
                yield item

    class Operator:
        def __init__(self, function: Callable[[Stream, int], AsyncIterator[Any]]) -> None:
            self.function = function

        def __call__(self, source: Stream, number: int) -> Stream:
            return Stream(lambda: self.function(source, number))

        def pipe(self, number: int) -> Callable[[Stream], Stream]:
            return lambda source: self(source, number)

    def operator(function: Callable[[Stream, int], AsyncIterator[Any]]) -> Operator:
        return Operator(function)

    @operator
    async def take(source: Stream, number: int) -> AsyncIterator[Any]:
        async for item in source:
            if number == 0:
                return
            number -= 1
            yield item

    taken = take.pipe
    pipes = {"take": take.pipe}

    async def inside(lock: Callable[[str], AbstractAsyncContextManager[Stream]], name: str) -> Stream:
        async with lock(name) as stream:
            return stream
"""


def test_functions_that_give_items_or_blocks(make: Make) -> None:
    sync = make(SOURCES).sync()
    threads: list[str] = []

    def factory() -> Any:
        for number in range(5):
            threads.append(threading.current_thread().name)
            yield number

    stream = sync.Stream(factory)
    assert list(stream) == [0, 1, 2, 3, 4] and set(threads) == {"unasync-callback"}
    assert list(sync.Stream(lambda: [1, 2])) == [1, 2]

    @sync.operator  # type: ignore[untyped-decorator, unused-ignore]
    def times(source: Any, number: int) -> Any:
        assert type(source) is sync.Stream
        return (number * item for item in source)

    assert list(times(stream, 10)) == [0, 10, 20, 30, 40] and list(times.pipe(2)(stream)) == [0, 2, 4, 6, 8]

    @contextmanager
    def lock(name: str) -> Any:
        threads.append(name)
        yield stream
        threads.append("left")

    assert sync.inside(lock, "here") is stream and threads[-2:] == ["here", "left"]


def test_attributes_of_functions_that_a_decorator_made_something_else(make: Make) -> None:
    sync = make(SOURCES).sync()
    stream = sync.Stream(lambda: range(9))
    assert list(sync.taken(2)(stream)) == [0, 1] == list(sync.pipes["take"](2)(stream))


def test_what_another_process_runs_is_handed_on_as_it_is(make: Make) -> None:
    sync = make(
        """
        import asyncio
        import multiprocessing
        from collections.abc import Callable
        from concurrent.futures import ProcessPoolExecutor

        class Runner:
            def __init__(self, before: Callable[[], None]) -> None:
                self.before = before

            async def run(self, *args: str) -> str:
                process = await asyncio.create_subprocess_exec(*args, stdout=-1, preexec_fn=self.before)
                return (await process.communicate())[0].decode().strip()

        async def run(*args: str, preexec_fn: Callable[[], None] | None = None) -> str:
            process = await asyncio.create_subprocess_exec(*args, stdout=-1, preexec_fn=preexec_fn)
            return (await process.communicate())[0].decode().strip()

        async def in_process(function: Callable[..., float], *args: float) -> float:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                return await asyncio.get_running_loop().run_in_executor(pool, function, *args)
        """
    ).sync()

    def go_home() -> None:
        os.chdir("/")

    runner = sync.Runner(go_home)
    assert runner.run("pwd") == sync.run("pwd", preexec_fn=go_home) == "/" and runner.before is go_home
    assert sync.run("pwd") != "/" and sync.in_process(math.hypot, 3, 4) == 5
    assert sync.in_process(colorsys.rgb_to_hls, 0, 0, 0) == (0.0, 0.0, 0.0)  # of Python code


OPTIONS = """
    from __future__ import annotations
    import functools
    from collections.abc import Awaitable, Callable
    from typing import TypeVar, Union
    import asyncio
    import inspect

    T = TypeVar("T")
    MaybeAwait = Union[T, Awaitable[T]]
    Factory = Callable[["Job"], MaybeAwait[None]]

    class Job:
        def __init__(self) -> None:
            self.said: list[str] = []
            self.loop = asyncio.get_running_loop()

        def say(self, text: str) -> None:
            self.loop.call_soon(self.said.append, text)

        async def ask(self) -> str:
            await asyncio.sleep(0)
            return "answer"

    class Options:
        def __init__(self, **kwargs: object) -> None:
            self.kwargs = {}
            self.kwargs.update(kwargs)
            self.prepare(**self.kwargs)

        def prepare(self, **kwargs: object) -> None:
            pass

        @classmethod
        async def construct(cls, **kwargs: object) -> Options:
            return await asyncio.get_running_loop().run_in_executor(None, functools.partial(cls, **kwargs))

    class ServerOptions(Options):
        def prepare(self, job_factory: Factory | None = None, on_job: Callable[[Job], bool] | None = None) -> None:
            self.job_factory = job_factory
            self.on_job = on_job

    async def run(**kwargs: object) -> Job:
        options = await ServerOptions.construct(**kwargs)
        job = Job()
        if options.on_job is not None and not options.on_job(job):
            return job
        found = options.job_factory(job)
        if inspect.isawaitable(found):
            await found
        await asyncio.sleep(0)
        return job
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_options_that_are_kept_and_handed_on_later(make: Make, interface: str) -> None:
    sync = make(OPTIONS, interface=interface).sync()

    def factory(job: Any) -> None:
        job.say(job.ask())  # it is awaited, as `MaybeAwait` says: so it runs in a thread

    assert list(sync.run(job_factory=factory).said) == ["answer"]


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_a_plain_function_that_is_called_on_the_loop_calls_plain_methods_there(make: Make, interface: str) -> None:
    sync = make(OPTIONS, interface=interface).sync()

    def on_job(job: Any) -> bool:
        job.say("begun")  # async callers of the interface "auto" would await it
        return True

    def factory(job: Any) -> None:
        job.say("done")

    assert list(sync.run(job_factory=factory, on_job=on_job).said) == ["begun", "done"]


def test_what_a_pool_of_processes_runs_is_handed_on_as_it_is(make: Make) -> None:
    sync = make(
        """
        import asyncio
        import functools
        import multiprocessing
        from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

        shared = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))

        class Pool:
            def __init__(self, pool: ProcessPoolExecutor | None = None) -> None:
                self._pool = pool or shared
                self._threads = ThreadPoolExecutor(1)

            async def run(self, function, *args):
                return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

            async def call(self, function, *args, **kwargs):
                return await asyncio.wrap_future(self._pool.submit(functools.partial(function, **kwargs), *args))

            async def each(self, function, values):
                return list(self._pool.map(function, values))

            async def thread(self, function, *args):
                return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

            def close(self) -> None:
                self._threads.shutdown()

        async def run(function, *args):
            return await asyncio.get_running_loop().run_in_executor(shared, function, *args)

        def close() -> None:
            shared.shutdown()
        """
    ).sync()
    pool = sync.Pool()
    assert pool.run(colorsys.rgb_to_hls, 0, 0, 0) == sync.run(colorsys.rgb_to_hls, 0, 0, 0) == (0.0, 0.0, 0.0)
    assert pool.call(colorsys.rgb_to_hls, 0, 0, b=0) == (0.0, 0.0, 0.0)
    assert pool.each(textwrap.dedent, ["  a", " b"]) == ["a", "b"]
    assert pool.thread(lambda given: given is pool, pool) is True
    pool.close()
    sync.close()


GATEWAY = """
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any


class Message:
    def __init__(self, text: str) -> None:
        self.text = text


async def serve(app: Callable[..., Awaitable[None]]) -> list[str]:
    sent: list[Message] = []

    async def receive() -> Message:
        return Message("hello")

    async def send(to: list[Message], message: Message) -> None:
        to.append(message)

    async def numbers():
        yield 1
        yield 2

    await app({"type": "http"}, receive, partial(send, sent), numbers)
    return [f"{type(one).__module__ == __name__} {one.text}" for one in sent]


class Rooms:
    def __init__(self) -> None:
        self.callbacks: list[Any] = []

    async def name(self, prefix: str) -> str:
        return f"{prefix}room"

    def on_message(self, func: Coroutine[Any, Any, None]) -> None:
        self.callbacks.append(func)

    async def receive(self, text: str) -> list[str]:
        return [await each(Message(text), self.name) for each in self.callbacks]


@dataclass
class Hook:
    name: str
    function: Callable[[Message], None] | Callable[[Message], Awaitable[None]]


class Hooks:
    def __init__(self) -> None:
        self.hooks: list[Hook] = []

    def add(self, name: str, func: Coroutine[Any, Any, None]) -> None:
        self.hooks.append(Hook(name, func))

    async def fire(self, text: str) -> None:
        for hook in self.hooks:
            given = hook.function(Message(text))
            if given is not None:
                await given


async def result_of(it: Coroutine[Any, Any, int]) -> int:
    return await it
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_async_callbacks_await_the_functions_that_they_are_given(make: Make, interface: str) -> None:
    """As an ASGI application does with `receive` and `send`; a plain one calls them."""
    made = make(GATEWAY, interface=interface)
    sync = made.sync()

    async def app(scope: Any, receive: Any, send: Any, numbers: Any) -> None:
        message = await receive()
        assert isinstance(message, sync.Message)
        await send(message)
        await asyncio.wait_for(send(sync.Message("own")), 5)
        await send.aio(sync.Message(str([number async for number in numbers()])))

    class Application:
        async def __call__(self, *args: Any) -> None:
            async def inner(message: Any) -> None:
                await args[2](message)

            await app(args[0], args[1], inner_with_aio(inner), args[3])

    def inner_with_aio(function: Any) -> Any:
        function.aio = function
        return function

    async def from_a_thread(scope: Any, receive: Any, send: Any, numbers: Any) -> None:
        await asyncio.to_thread(lambda: send(receive()))

    def plain(scope: Any, receive: Any, send: Any, numbers: Any) -> None:
        send(receive())
        send(sync.Message(str(list(numbers()))))

    assert sync.serve(app) == ["True hello", "True own", "True [1, 2]"]
    assert sync.serve(Application()) == ["True hello", "True own", "True [1, 2]"]
    assert sync.serve(from_a_thread) == ["True hello"]
    assert sync.serve(plain) == ["True hello", "True [1, 2]"]


def test_a_coroutine_function_that_is_annotated_as_a_coroutine(make: Make) -> None:
    """What is done with it tells; methods are awaited by async callbacks, too."""
    made = make(GATEWAY)
    sync = made.sync()
    rooms = sync.Rooms()

    async def asynchronous(message: Any, name: Any) -> str:
        return f"{message.text} in {await name('the ')}"

    def plain(message: Any, name: Any) -> str:
        return f"{message.text} in {name('a ')}"

    rooms.on_message(asynchronous)
    rooms.on_message(plain)
    assert rooms.receive("hello") == ["hello in the room", "hello in a room"]
    assert made.text().count("func: Callable[..., None]") == 2


def test_what_a_dataclass_says_of_a_callback_that_is_kept_in_it(make: Make) -> None:
    made = make(GATEWAY)
    hooks, texts = made.sync().Hooks(), []

    async def asynchronous(message: Any) -> None:
        texts.append(f"async {message.text}")

    hooks.add("a", asynchronous)
    called = threading.Event()

    def plain(message: Any) -> None:
        texts.append(message.text)
        called.set()

    hooks.add("b", plain)
    hooks.fire("hello")
    assert called.wait(10)
    assert sorted(texts) == ["async hello", "hello"]


def test_a_parameter_that_is_awaited_is_a_value(make: Make) -> None:
    made = make(GATEWAY)
    assert made.sync().result_of(5) == 5
    assert "it: int" in made.text()

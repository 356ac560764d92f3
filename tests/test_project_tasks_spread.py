"""A task that one module starts, another one hands on, and a third one awaits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from project import SampleProject

POOL = """\
import asyncio


class Pool:
    def spawn(self, coro):
        return asyncio.ensure_future(coro)
"""
API = """\
from .pool import Pool


class Api:
    def __init__(self):
        self.pool = Pool()
        self.log = []

    async def job(self, name):
        self.log.append(name)
        return name

    def start(self, name):
        return self.pool.spawn(self.job(name))

    def begin(self, name):
        task = self.start(name)
        return task

    async def later(self, name):
        return self.begin(name)
"""
APP = """\
from .api import Api


async def main():
    api = Api()
    first = api.start("first")
    api.log.append("between")
    second = api.begin("second")
    third = await api.later("third")
    print(await second, await first, await third, sorted(api.log))
    third.cancel()
"""


def test_what_is_handed_on_is_a_task(tmp_path: Path) -> None:
    """It was taken for a coroutine, and put off until it was awaited."""
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/aio"\ntarget = "pkg/sync"\n')
    for name, text in (("__init__", ""), ("aio/__init__", ""), ("aio/pool", POOL), ("aio/api", API), ("aio/app", APP)):
        project.write(f"pkg/{name}.py", text)
    assert not any(item.is_error for item in project.build().diagnostics)
    run = [sys.executable, "-c", "from pkg.sync.app import main; main()"]
    done = subprocess.run(run, cwd=project.root, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "second first third ['between', 'first', 'second', 'third']\n"), (
        done.stderr
    )
    assert "partial" not in project.read("pkg/sync/app.py")


UTIL = """\
import asyncio
from contextlib import asynccontextmanager


def spawn(coro, *, name=None):
    return asyncio.create_task(coro, name=name)


async def first_done(*coros):
    tasks = [asyncio.ensure_future(one) for one in coros]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return done.pop().result()


async def chain(coro, *functions):
    value = await coro
    for function in functions:
        value = await function(value)
    return value


@asynccontextmanager
async def group():
    async with asyncio.TaskGroup() as found:
        yield found
"""
USER = """\
import asyncio

from . import start_it
from .util import chain, first_done, group


async def work(x):
    await asyncio.sleep(x)
    return x


async def main():
    task = start_it(work(0.01), name="n")
    async with group() as found:
        other = found.create_task(work(0))
    print(await task, task.get_name(), await other)
    print(await first_done(work(30), work(0)), await chain(work(0), work))
"""


def test_functions_that_are_handed_on_under_other_names(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    version = ".".join(map(str, sys.version_info[:2]))
    table = f'stubs = false\ntarget-version = "{version}"\n[[package]]\nsource = "pkg/aio"\ntarget = "pkg/sync"\n'
    project.write("unasync-plus.toml", table)
    init = "from .util import spawn as start_it\n"
    for name, text in (("__init__", ""), ("aio/__init__", init), ("aio/util", UTIL), ("aio/user", USER)):
        project.write(f"pkg/{name}.py", text)
    found = project.build().diagnostics
    assert {item.code for item in found if item.path.endswith("user.py")} == set()
    run = [sys.executable, "-c", "from pkg.sync.user import main; main()"]
    done = subprocess.run(run, cwd=project.root, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (0, "0.01 n 0\n0 0\n"), done.stderr


UNSURE = """\
import asyncio


class Batched:
    def close(self):
        return asyncio.ensure_future(asyncio.sleep(0))


class Stream:
    async def close(self):
        pass
"""
CLOSING = """\
import asyncio

from .streams import Batched


class Owner:
    def __init__(self):
        self.streams = {"a": Batched()}

    async def stop(self):
        futures = []
        for stream in self.streams.values():
            futures.append(stream.close())
        await asyncio.gather(*futures)

    async def stop_one(self):
        closing = self.streams["a"].close()
        await closing
"""


def test_methods_that_give_a_task_here_and_a_coroutine_there(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/aio"\ntarget = "pkg/sync"\n')
    for name, text in (("__init__", ""), ("aio/__init__", ""), ("aio/streams", UNSURE), ("aio/owner", CLOSING)):
        project.write(f"pkg/{name}.py", text)
    found = {(item.path, item.line, item.code) for item in project.build().diagnostics if item.is_error}
    line = CLOSING.splitlines().index("            futures.append(stream.close())") + 1
    assert found == {("pkg/aio/owner.py", line, "UA352")}
    project.write("pkg/aio/streams.py", UNSURE.replace("async def close", "async def end"))
    assert not any(item.is_error for item in project.build().diagnostics)
    assert "futures.append(stream.close())" in project.read("pkg/sync/owner.py")


MADE_TASKS = """\
import asyncio

from .streams import Batched


class Owner:
    def __init__(self):
        self.streams = {"a": Batched()}

    async def stop(self):
        tasks = [asyncio.create_task(stream.close()) for stream in self.streams.values()]
        await asyncio.wait([asyncio.create_task(self.streams["a"].close()), *tasks])
"""


def test_what_is_made_a_task_is_a_coroutine(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/aio"\ntarget = "pkg/sync"\n')
    for name, text in (("__init__", ""), ("aio/__init__", ""), ("aio/streams", UNSURE), ("aio/owner", MADE_TASKS)):
        project.write(f"pkg/{name}.py", text)
    assert not any(item.is_error for item in project.build().diagnostics if item.path == "pkg/aio/owner.py")
    written = project.read("pkg/sync/owner.py")
    assert "[create_task(stream.close) for stream" in written and 'create_task(self.streams["a"].close)' in written


WRAPPERS = """\
import asyncio

log = []


def tasked(function):
    def wrapper(*args):
        return asyncio.create_task(function(*args))

    return wrapper


def plain(function):
    def wrapper(*args):
        return function(*args)

    return wrapper


def tasked_as(name):
    def decorator(function):
        def wrapper(*args):
            return asyncio.create_task(function(*args))

        return wrapper

    return decorator


def plain_as(name):
    def decorator(function):
        def wrapper(*args):
            return function(*args)

        return wrapper

    return decorator
"""
WRAPPED = """\
from .wrappers import log, plain, plain_as, tasked, tasked_as


@tasked
async def one(x):
    log.append(x)
    return x


@plain
async def two(x):
    log.append(x)
    return x


@plain_as("n")
async def three(x):
    log.append(x)
    return x


@tasked_as("n")
async def four(x):
    log.append(x)
    return x
"""
USES_WRAPPED = """\
import asyncio

from .wrapped import four, one, three, two
from .wrappers import log


async def main():
    first, second = two(1), three(2)
    log.append("made")
    print(await first, await second, await asyncio.gather(one(3), two(4)))
    third, fourth = one(5), four(6)
    await asyncio.sleep(0.1)
    log.append("slept")
    print(await third, await fourth, log)
"""


def test_functions_of_one_name_inside_of_others_are_told_apart(tmp_path: Path) -> None:
    """A function of `plain` was taken for one that gives a task, and ran where it was called."""
    project = SampleProject(tmp_path)
    table = 'stubs = false\nruntime = "import"\n[[package]]\nsource = "pkg/aio"\ntarget = "pkg/sync"\n'
    project.write("unasync-plus.toml", table)
    for name, text in (("wrappers", WRAPPERS), ("wrapped", WRAPPED), ("app", USES_WRAPPED)):
        project.write(f"pkg/aio/{name}.py", text)
    report = project.build()
    assert [(item.code, item.path) for item in report.diagnostics if item.code != "UA345"] == []
    run = [sys.executable, "-c", "from pkg.sync.app import main; main()"]
    done = subprocess.run(run, cwd=project.root, capture_output=True, text=True, timeout=30)
    assert done.stdout == "1 2 [3, 4]\n5 6 ['made', 1, 2, 3, 4, 5, 6, 'slept']\n", done.stderr

"""What one module of a project gives to another one, which calls or awaits it without knowing what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import SampleProject, codes
from test_project_awaitables import outcome

TABLE = 'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n'
GIVES = """\
import asyncio

log = []


async def fetch(x):
    log.append(f"fetch {x}")
    return x * 2


def start(x):
    return asyncio.create_task(fetch(x))


def future(x):
    made = asyncio.get_running_loop().create_future()
    made.set_result(x)
    return made
"""
CALLS = """\
class Runner:
    def __init__(self, function):
        self.function = function
        self.by_name = {"it": function}

    async def run(self, x):
        return await self.function(x), await self.by_name["it"](x)


async def apply(function, x):
    return await function(x)
"""
USES = """\
from .calls import Runner, apply
from .gives import fetch, future, start


async def main():
    found = []
    for function in (fetch, start, future, lambda x: start(x)):
        found.append([*await Runner(function).run(1), await apply(function, 2)])
    return found
"""
BASE = """\
class Base:
    async def get(self, x):
        return x

    async def twice(self, x):
        return await self.get(x) + await self.get(x)
"""
DERIVED = """\
import asyncio

from .base import Base


class OfFutures(Base):
    def get(self, x):
        made = asyncio.get_running_loop().create_future()
        made.set_result(x * 10)
        return made


class OfTasks(Base):
    def get(self, x):
        return asyncio.create_task(self._get(x))

    async def _get(self, x):
        return x * 100


async def main():
    return [await kind().twice(2) for kind in (Base, OfFutures, OfTasks)]
"""
CACHED = """\
import asyncio
from functools import cache, cached_property, lru_cache

log = []


async def load(x):
    log.append(x)
    return x * 2


@cache
def task_of(x):
    return asyncio.ensure_future(load(x))


def plain(x):
    return asyncio.create_task(load(x))


by_lambda = lru_cache(maxsize=2)(lambda x: asyncio.create_task(load(x)))
by_name = lru_cache(plain)


class Client:
    @cached_property
    def ready(self):
        return asyncio.ensure_future(load(0))
"""
OF_CACHES = """\
from .cached import Client, by_lambda, by_name, log, task_of


async def main():
    client = Client()
    found = [await function(1) for function in (task_of, by_lambda, by_name) for _ in range(2)]
    return [*found, await client.ready, await client.ready], log
"""
EITHER = """\
import asyncio

log = []


class OfTasks:
    def start(self, x):
        return asyncio.create_task(self._run(x))

    async def _run(self, x):
        log.append(x)
        return x


class OfCoroutines:
    async def start(self, x):
        log.append(x)
        return x


class Derived(OfTasks):
    pass


class Mixed(OfCoroutines):
    pass


class Other(Mixed):
    def start(self, x):
        return asyncio.ensure_future(self._start(x))

    async def _start(self, x):
        return x
"""
OF_EITHER = """\
import asyncio

from .either import Derived, OfTasks, log


class Own(OfTasks):
    async def both(self):
        return await asyncio.gather(self.start(1), self.start(2))


async def late(one, x):
    task = one.start(x)
    log.append("late")
    return await task


async def main():
    tasks = OfTasks()
    derived = Derived()
    started = tasks.start(1)
    await asyncio.sleep(0)
    log.append("started")
    found = [*await asyncio.gather(tasks.start(2), derived.start(3)), await started, await Own().both()]
    return found, sorted(map(str, log))
"""
KNOWN = """\
from .either import OfCoroutines, log


async def late(one: OfCoroutines, x):
    coro = one.start(x)
    log.append("first")
    return await coro


async def main():
    return await late(OfCoroutines(), 1), log
"""
KEEPS = """\
async def fetch(x):
    return x


class Job:
    def __init__(self, x):
        self.coro = fetch(x)
        self.more = {}

    def add(self, x):
        self.more[x] = fetch(x)

    async def own(self):
        print("first")
        return await self.coro

    async def others(self):
        return [await coro for coro in self.more.values()]
"""


def project(root: Path, **modules: str) -> SampleProject:
    made = SampleProject(root)
    made.write("unasync-plus.toml", TABLE)
    for name, text in ({"__init__": ""} | modules).items():
        made.write(f"pkg/_async/{name}.py", text)
    made.write("pkg/__init__.py")
    return made


def both(project: SampleProject, module: str) -> tuple[object, object]:
    run = "import importlib\nit = importlib.import_module('pkg.{}.{}')\nprint(json.dumps({}))"
    return (
        outcome(project, run.format("_async", module, "asyncio.run(it.main())")),
        outcome(project, run.format("_sync", module, "it.main()")),
    )


def test_a_function_that_is_handed_on_may_give_a_task(tmp_path: Path) -> None:
    made = project(tmp_path, gives=GIVES, calls=CALLS, uses=USES)
    report = made.build()
    assert report.ok
    assert codes(report) == set()
    expected, found = both(made, "uses")
    assert found == expected


def test_what_a_cache_keeps_is_waited_for(tmp_path: Path) -> None:
    made = project(tmp_path, cached=CACHED, of_caches=OF_CACHES)
    report = made.build()
    assert {(item.line, item.code) for item in report.diagnostics} == {(14, "UA345"), (28, "UA345")}
    expected, found = both(made, "of_caches")
    assert found == expected


def test_the_class_tells_whether_a_method_gives_tasks(tmp_path: Path) -> None:
    made = project(tmp_path, either=EITHER.partition("class Mixed")[0], known=KNOWN)
    report = made.build()
    assert codes(report) == set()
    expected, found = both(made, "known")
    assert found == expected == [1, ["first", 1]]


def test_the_class_tells_what_may_be_started(tmp_path: Path) -> None:
    made = project(tmp_path, either=EITHER, of_either=OF_EITHER)
    report = made.build()
    assert report.ok
    assert {(item.line, item.code) for item in report.diagnostics} == {(12, "UA352")}
    expected, found = both(made, "of_either")
    assert found == expected


def test_nothing_tells_where_a_derived_class_differs(tmp_path: Path) -> None:
    late = KNOWN.replace("one: OfCoroutines", "one")
    for text in (late, KNOWN):  # `Other` is one of `OfCoroutines`, too
        report = project(tmp_path, either=EITHER, known=text).build()
        assert {(item.line, item.code) for item in report.diagnostics} == {(5, "UA352")}


def test_nothing_is_asked_where_no_such_function_is_handed_on(tmp_path: Path) -> None:
    made = project(tmp_path, gives=GIVES, calls=CALLS, uses=USES.replace("start, future, lambda x: start(x)", ""))
    assert made.build().ok
    assert "result_of" not in made.read("pkg/_sync/calls.py")


def test_what_is_called_later_is_warned_of(tmp_path: Path) -> None:
    late = "async def later(function, x):\n    coro = function(x)\n    print(x)\n    return await coro\n"
    report = project(tmp_path, gives=GIVES, calls=CALLS + late, uses=USES).build()
    assert report.ok
    assert {(item.line, item.code) for item in report.diagnostics} == {(13, "UA352")}


def test_a_property_that_is_read_is_no_function_that_is_handed_on(tmp_path: Path) -> None:
    late = "async def later(function, x):\n    coro = function(x)\n    print(x)\n    return await coro\n"
    keeps = (
        "import asyncio\n\n\nclass Keeper:\n    def __init__(self, function):\n        self.kept = {0: asyncio.create_task(function(1))}\n"
        "\n    @property\n    def tasks(self):\n        return [task for task in self.kept.values() if not task.done()]\n"
        "\n    async def close(self):\n        tasks = self.tasks\n        await asyncio.gather(*tasks)\n"
    )
    report = project(tmp_path, keeps=keeps, calls=late).build()
    assert report.ok
    assert "UA352" not in codes(report)


def test_what_create_task_takes_is_a_coroutine(tmp_path: Path) -> None:
    started = "def begin(function, x):\n    coro = function(x)\n    return asyncio.create_task(coro)\n"
    report = project(tmp_path, gives=GIVES, calls="import asyncio\n\n\n" + CALLS + started, uses=USES).build()
    assert report.ok
    assert codes(report) == {"UA331"} or codes(report) == set()


def test_a_method_may_be_overridden_by_one_that_gives_a_task(tmp_path: Path) -> None:
    made = project(tmp_path, base=BASE, derived=DERIVED)
    assert made.build().ok
    expected, found = both(made, "derived")
    assert found == expected == [4, 40, 400]


def test_such_a_method_is_not_called_later(tmp_path: Path) -> None:
    started = (
        "import asyncio\n\n\n"
        + BASE
        + "\n    async def all(self):\n        return await asyncio.gather(self.get(1), self.get(2))\n"
    )
    report = project(tmp_path, base=started, derived=DERIVED).build()
    assert {item.line for item in report.diagnostics if item.code == "UA352"} == {12}


def test_a_method_that_nothing_of_that_kind_overrides_is_called_later(tmp_path: Path) -> None:
    started = (
        "import asyncio\n\n\n"
        + BASE
        + "\n    async def all(self):\n        return await asyncio.gather(self.get(1), self.get(2))\n"
    )
    assert project(tmp_path, base=started, derived=DERIVED.replace("(Base)", "")).build().ok


@pytest.mark.parametrize(
    "awaits",
    [
        "await job.coro",
        "await job.more[1]",
        "await job.more.pop(1)",
        "[await one for one in job.more.values()]",
        "await kept",
    ],
)
def test_what_another_module_awaits_is_not_kept_as_a_call(awaits: str, tmp_path: Path) -> None:
    uses = f"from .keeps import Job\n\n\nasync def main(job: Job):\n    kept = job.coro\n    return {awaits}\n"
    assert "UA353" in codes(project(tmp_path, keeps=KEEPS, uses=uses).build())


def test_what_other_modules_start_or_do_not_await_is_kept(tmp_path: Path) -> None:
    uses = """\
import asyncio

from .keeps import Job


async def main():
    job = Job(1)
    job.add(2)
    return await asyncio.gather(job.coro, Job(3).own()), await job.others()
"""
    made = project(tmp_path, keeps=KEEPS.replace('print("first")', "str()"), uses=uses)
    assert made.build().ok
    expected, found = both(made, "uses")
    assert found == expected == [[1, 3], [2]]

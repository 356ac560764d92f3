"""A function of one module that starts the coroutines which another module gives it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from project import SampleProject

from unasync_plus.resolve.starters import starters
from unasync_plus.resolve.syntax_tree import nodes_of

STARTS = """\
import asyncio


def spawn(coro):
    return asyncio.create_task(coro)


class Owner:
    def launch(self, work, name):
        return spawn(work)

    async def both(self, *works):
        return await asyncio.gather(*works)

    async def one(self, work):
        return await work

    def noted(self, work):
        print(work)


async def every(works):
    return await asyncio.gather(*works)


class Job:
    def __init__(self, name, coro=None, *, other=None):
        self.name, self._coro = name, None
        self._coro = coro
        self._other = other

    def start(self):
        self._task = spawn(self._coro)
        return self

    async def wait(self):
        print(self._other)
        return await self._task
"""
GIVES = """\
from .starts import Job, Owner, every, spawn


async def work(x):
    return x


async def main(owner: Owner):
    {}
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n')
    for name, text in (("__init__", ""), ("_async/__init__", ""), ("_async/starts", STARTS)):
        project.write(f"pkg/{name}.py", text)
    return project


def codes(project: SampleProject, statement: str) -> list[str]:
    project.write("pkg/_async/gives.py", GIVES.format(statement))
    return [found.code for found in project.build().diagnostics if found.path.endswith("gives.py")]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("spawn(work(1))", "spawn(partial(work, 1))"),
        ("owner.launch(work(1), 'one')", "owner.launch(partial(work, 1), 'one')"),
        ("owner.launch(name='one', work=work(1))", "owner.launch(name='one', work=partial(work, 1))"),
        ("await owner.both(work(1), work(2))", "owner.both(partial(work, 1), partial(work, 2))"),
        ("await every([work(1), work(2)])", "every([partial(work, 1), partial(work, 2)])"),
        ("Job('one', work(1))", "Job('one', partial(work, 1))"),
        ("Job(coro=work(1), name='one').start()", "Job(coro=partial(work, 1), name='one').start()"),
        ("await every(*[[work(x)] for x in [1]])", "every(*[[partial(work, x)] for x in [1]])"),
    ],
)
def test_passed_as_calls_yet_to_be_made(project: SampleProject, statement: str, expected: str) -> None:
    assert "UA338" not in codes(project, statement)
    assert f"    {expected}\n" in project.read("pkg/_sync/gives.py")


@pytest.mark.parametrize(
    "other",
    [
        "def spawn(command):\n    print(command)\n",
        "class Gate:\n    def spawn(self, name, coro):\n        return asyncio.create_task(coro)\n",
    ],
)
def test_refused_where_functions_of_that_name_differ(project: SampleProject, other: str) -> None:
    project.write("pkg/_async/other.py", f"import asyncio\n\n{other}")
    assert "UA338" in codes(project, "owner.spawn(work(1))")
    assert "UA338" not in codes(project, "spawn(work(1))")  # it is known whose that is


def test_a_method_of_that_name_of_something_unknown_is_given_what_it_was(project: SampleProject) -> None:
    codes(project, "owner.pool.launch(len('a'), 'one'), getattr(owner, 'pool').launch(work(2), 'two')")
    assert (
        "    owner.pool.launch(len('a'), 'one'), getattr(owner, 'pool').launch(partial(work, 2), 'two')\n"
        in project.read("pkg/_sync/gives.py")
    )


def test_refused_where_the_starter_is_behind_the_bridge(project: SampleProject) -> None:
    table = project.read("unasync-plus.toml")
    project.write("unasync-plus.toml", f'{table}\n[[override]]\nfiles = ["pkg/_async/starts.py"]\nmode = "bridge"\n')
    assert "UA338" in codes(project, "spawn(work(1))")


def test_both_sides_do_the_same(project: SampleProject) -> None:
    """The calls that one module keeps back are made by the other one."""
    codes(
        project,
        "return [await spawn(work(1)), await Owner().both(work(2), work(3)), await every([work(4)]), "
        "await Job('one', work(5)).start().wait()]",
    )
    program = "import asyncio\nfrom pkg._async import gives as a\nfrom pkg._sync import gives as s\n"
    program += "assert asyncio.run(a.main(None)) == s.main(None) == [1, [2, 3], [4], 5]\n"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("statement", ["await owner.one(work(1))", "owner.noted(work(1))", "spawn(owner)"])
def test_nothing_is_started(project: SampleProject, statement: str) -> None:
    assert "UA338" not in codes(project, statement)


def test_the_way_out(project: SampleProject) -> None:
    found = codes(project, "spawn(work(1))  # unasync: replace spawn(lambda: work(1))")
    assert "UA338" not in found
    assert "    spawn(lambda: work(1))\n" in project.read("pkg/_sync/gives.py")


def test_the_way_out_by_configuration(project: SampleProject) -> None:
    table = project.read("unasync-plus.toml") + '[package.rewrite]\n"pkg._async.starts.spawn($f)" = "$f"\n'
    project.write("unasync-plus.toml", table)
    assert "UA338" not in codes(project, "return spawn(work(1))")
    assert "    return work(1)\n" in project.read("pkg/_sync/gives.py")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (
            STARTS,
            {
                "spawn": ["0:coro"],
                "launch": ["0:work"],
                "both": ["*0:works"],
                "every": ["0[]:works"],
                "Job": ["1:coro"],
            },
        ),
        ("class C:\n    def __init__(self, x):\n        self.x = x\n\n    def f(self):\n        print(self.x)\n", {}),
        ("class C:\n    def f(self, x):\n        self.x = x\n\n    def g(self):\n        create_task(self.x)\n", {}),
        ("from asyncio import gather as g\n\nasync def f(*xs):\n    await g(*xs)\n", {"f": ["*0:xs"]}),
        (
            "def f(loop, x):\n    loop.run_until_complete(x)\n\ndef k(x):\n    f(None, x)\n",
            {"f": ["1:x"], "k": ["0:x"]},
        ),
        ("def f(x):\n    asyncio.wait_for(x(), 1)\n\ndef g(x):\n    x.wait(x)\n    gather(x)\n", {}),
        (
            "def f(self, x):\n    def inner():\n        return create_task(coro=x)\n    return inner\n",
            {"f": ["0:x"]},
        ),
        ("async def f(a, *, b):\n    await asyncio.gather(a, b)\n", {"f": ["0:a", ":b"]}),
        (
            "async def f(fs):\n    await asyncio.wait(fs)\n\nasync def g(fs):\n    await f(fs=fs)\n",
            {"f": ["0[]:fs"], "g": ["0[]:fs"]},
        ),
        ("def f(x):\n    create_task(x)\n\nclass C:\n    def f(self, y):\n        print(y)\n", {"f": []}),
        ("def f(x):\n    create_task(x)\n\nclass C:\n    def f(self, x): ...\n", {"f": ["0:x"]}),
        (
            "if NEW:\n    async def f(x, t):\n        async with timeout(t):\n            return await x\n"
            "else:\n    async def f(x, t):\n        return await asyncio.wait_for(x, t)\n",
            {"f": ["0:x"]},
        ),
        ("def f(x):\n    with asyncio.Runner() as runner:\n        runner.run(x)\n", {"f": ["0:x"]}),
    ],
)
def test_found_by_form(code: str, found: dict[str, list[str]]) -> None:
    assert starters(nodes_of(ast.parse(code))) == found


JOB = """\
import asyncio


class Job:
    def __init__(self, coro, owner):
        self._coro = coro
        self._owner = owner

    def start(self):
        self._task = asyncio.create_task(self._coro)
        return self

    async def wait(self):
        try:
            return await self._task
        except ValueError as error:
            self._owner.call_exception_handler({"exception": error})
"""
SCHEDULER = """\
from .job import Job


class Scheduler:
    def __init__(self):
        self.told = []

    async def spawn(self, coro):
        return Job(coro, self).start()

    def call_exception_handler(self, context):
        self.told.append(str(context["exception"]))
"""
SPAWNS = """\
import asyncio

from .scheduler import Scheduler

log = []


async def work(x):
    log.append(x)
    if not x:
        raise ValueError("none")
    return x


async def main():
    async def spawn():
        return 0

    scheduler = Scheduler()
    job = await scheduler.spawn(work(1))
    log.append("spawned")
    await asyncio.sleep(0)
    log.append("slept")
    failed = await scheduler.spawn(work(0))
    print(await job.wait(), await failed.wait(), log, scheduler.told, await spawn())
"""


def test_what_gives_it_to_another_file_starts_it_too(tmp_path: Path) -> None:
    made = SampleProject(tmp_path)
    made.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n')
    for name, text in (("__init__", ""), ("job", JOB), ("scheduler", SCHEDULER), ("spawns", SPAWNS)):
        made.write(f"pkg/_async/{name}.py", text)
    made.write("pkg/__init__.py")
    report = made.build()
    assert report.ok
    assert {item.code for item in report.diagnostics} == {"UA331"}
    found = [
        subprocess.run(
            [sys.executable, "-c", run], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
        )
        for run in (
            "import asyncio, pkg._async.spawns as it; asyncio.run(it.main())",
            "import pkg._sync.spawns as it; it.main()",
        )
    ]
    assert found[0].stdout == found[1].stdout == "1 None ['spawned', 1, 'slept', 0] ['none'] 0\n"

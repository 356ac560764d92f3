"""A function of one module that starts the coroutines which another module gives it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from project import SampleProject

from unasync_plus.resolve.starters import starters

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
"""
GIVES = """\
from .starts import Owner, spawn


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
    "statement", ["spawn(work(1))", "owner.launch(work(1), 'one')", "await owner.both(work(1), work(2))"]
)
def test_refused(project: SampleProject, statement: str) -> None:
    assert "UA338" in codes(project, statement)


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
        (STARTS, {"spawn", "launch", "both"}),
        ("from asyncio import gather as g\n\nasync def f(*xs):\n    await g(*xs)\n", {"f"}),
        ("def f(loop, x):\n    loop.run_until_complete(x)\n\ndef k(x):\n    f(None, x)\n", {"f"}),
        ("def f(x):\n    asyncio.wait_for(x(), 1)\n\ndef g(x):\n    x.wait(x)\n    gather(x)\n", set()),
        ("def f(self, x):\n    def inner():\n        return create_task(coro=x)\n    return inner\n", {"f"}),
    ],
)
def test_found_by_form(code: str, found: set[str]) -> None:
    assert starters(ast.parse(code)) == found

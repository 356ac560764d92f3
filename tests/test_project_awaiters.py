"""A function of one module that awaits the coroutines which another module gives it: all pass results in sync code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from project import SampleProject

from unasync_plus.resolve.awaiters import awaiters
from unasync_plus.resolve.syntax_tree import nodes_of, syntax_tree

AWAITS = """\
from inspect import isawaitable


async def work(x):
    print("work")
    return [x]


async def later(coro, text):
    print(text)
    return await coro


async def first(coro, text):
    "Not this."
    return await coro


async def either(coro, *, text=""):
    print(text)
    return await coro if isawaitable(coro) else coro


async def every(coro):
    async for x in await coro:
        yield x


async def here():
    coro = work(1)
    return await later(coro, "here")
"""
GIVES = """\
from .awaits import either, every, first, later, work


async def main():
    print(await first(work(2), "first"))
    print(await either(coro=work(3)))
    print({})
    print(every)
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n')
    for name, text in (("__init__", ""), ("_async/__init__", ""), ("_async/awaits", AWAITS)):
        project.write(f"pkg/{name}.py", text)
    return project


def test_what_is_awaited_later_than_first() -> None:
    tree = syntax_tree(AWAITS.encode())
    assert tree is not None
    assert awaiters(nodes_of(tree)) == {"later": ["0:coro"], "first": ["=0:coro"], "either": [], "every": ["=0:coro"]}


@pytest.mark.parametrize(
    ("defined", "found", "warnings"),
    [
        ("async def run(*coros):\n    for coro in reversed(coros):\n        await coro\n", ["*0:coros"], 2),
        ("async def run(x, *coros):\n    print()\n    return [await coro for coro in coros]\n", ["*1:coros"], 1),
        (
            "def run(coro, f):\n    async def inner():\n        return f(await coro)\n\n    return inner()\n",
            ["0:coro"],
            1,
        ),
        ("async def run(*coros):\n    found = []\n    for coro in coros:\n        found.append(await coro)\n", None, 0),
        ("async def run(*coros):\n    return [await coro for coro in coros]\n", None, 0),
        ("async def run(*names):\n    for coro in coros:\n        await coro\n", None, 0),
    ],
)
def test_what_is_awaited_in_an_order_of_its_own(
    defined: str, found: list[str] | None, warnings: int, project: SampleProject
) -> None:
    tree = syntax_tree(defined.encode())
    assert tree is not None
    assert awaiters(nodes_of(tree)).get("run") == found
    project.write("pkg/_async/others.py", defined)
    gives = (
        "from .awaits import work\nfrom .others import run\n\n\nasync def main():\n    await run(work(1), work(2))\n"
    )
    project.write("pkg/_async/gives.py", gives)
    told = [item.code for item in project.build().diagnostics if item.path.endswith("gives.py")]
    assert told == ["UA330"] * warnings


@pytest.mark.parametrize(
    ("call", "codes"),
    [
        ("await later(work(4), 'later')", {"UA330"}),
        ("await later(text='later', coro=work(4))", {"UA330"}),
        ("await later(text=str(4), coro=first)", set()),
        ("await first(work(4), str(1))", set()),
    ],
)
def test_both_modules_pass_results(call: str, codes: set[str], project: SampleProject) -> None:
    """The one that defines the function knew of its own calls only, and made them calls yet to be made."""
    project.write("pkg/_async/gives.py", GIVES.format(call))
    report = project.build()
    found = {
        name: {item.code for item in report.diagnostics if item.path.endswith(name)}
        for name in ("gives.py", "awaits.py")
    }
    assert found == {"gives.py": codes, "awaits.py": {"UA330" if "later(" in call else "UA331"}}
    if codes or "first(" in call:
        run = [sys.executable, "-c", "from pkg._sync.gives import main; main()"]
        done = subprocess.run(run, cwd=project.root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("work\n[2]\nwork\n\n[3]\n")
        assert "[4]" in done.stdout

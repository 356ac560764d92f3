"""A module of a package starts tasks, and cancels them while they wait in another module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from project import SampleProject

from unasync_plus.resolve.interrupting import interrupting
from unasync_plus.resolve.syntax_tree import nodes_of, syntax_tree

WORKER = """\
import asyncio

queue = asyncio.Queue()
log = []


async def run():
    try:
        while True:
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        log.append("run ended")


async def consume():
    try:
        await queue.get()
    finally:
        log.append("consume ended")


async def spin(stop):
    while not stop:
        await asyncio.sleep(0)
    log.append("spun")
"""
MAIN = """\
import asyncio

from . import worker


async def main():
    stop = []
    spinning = asyncio.create_task(worker.spin(stop))
    for wait in (worker.run, worker.consume):
        task = asyncio.create_task(wait())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
    stop.append(1)
    await spinning
    print(worker.log)
"""
TABLE = 'stubs = false\n{}\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n'


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", TABLE.format(""))
    for name, text in (("__init__", ""), ("_async/__init__", ""), ("_async/worker", WORKER), ("_async/main", MAIN)):
        project.write(f"pkg/{name}.py", text)
    return project


def test_waits_of_another_module_are_ended(project: SampleProject) -> None:
    assert not any(item.is_error for item in project.build().diagnostics)
    run = [sys.executable, "-c", "from pkg._sync.main import main; main()"]
    done = subprocess.run(run, cwd=project.root, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "['run ended', 'consume ended', 'spun']\n"), done.stderr


def test_other_packages_keep_what_the_standard_library_has(project: SampleProject) -> None:
    more = '\n[[package]]\nsource = "tests/_async"\ntarget = "tests/_sync"\n'
    project.write("unasync-plus.toml", TABLE.format("") + more)
    project.write("tests/_async/test_it.py", MAIN.replace("from .", "from pkg._async"))
    project.write("pkg/_async/main.py", "")
    project.build()
    assert "import time" in project.read("pkg/_sync/worker.py")
    assert "_unasync_plus" not in project.read("pkg/_sync/worker.py")


def test_modules_that_have_nothing_to_do_with_it_keep_it_too(project: SampleProject) -> None:
    waits = "import asyncio\n\nasync def wait():\n    await asyncio.sleep(1)\n"
    project.write("pkg/_async/alone.py", waits)
    project.write("pkg/_async/helped.py", f"from . import worker\n{waits}")
    project.write("pkg/_async/handing.py", f"from pkg._async import main\n{waits}")
    project.write("pkg/_async/handed.py", waits)
    project.write("pkg/_async/top.py", "import pkg._async.handing\nfrom .handed import wait\n")
    project.build()
    for name in ("alone", "helped"):
        assert "time.sleep(1)" in project.read(f"pkg/_sync/{name}.py"), name
    for name in ("worker", "handing", "handed"):
        assert "_unasync_plus.threads import" in project.read(f"pkg/_sync/{name}.py"), name


@pytest.mark.parametrize(("runtime", "expected"), [("vendor", {"UA342"}), ("import", set())])
def test_another_copy_of_the_runtime(runtime: str, expected: set[str], project: SampleProject) -> None:
    more = '\n[[package]]\nsource = "tests/_async"\ntarget = "tests/_sync"\n'
    project.write("unasync-plus.toml", TABLE.format(f'runtime = "{runtime}"') + more)
    test = "import asyncio\n\nfrom pkg._async.worker import run\n\n\nasync def test_it():\n"
    project.write("tests/_async/test_it.py", f"{test}    task = asyncio.create_task(run())\n    task.cancel()\n")
    project.write("tests/_async/test_plain.py", f"{test}    await asyncio.sleep(1)\n")
    found = project.build().diagnostics
    assert {item.code for item in found if item.path.startswith("tests")} == expected
    assert {item.path for item in found if item.code == "UA342"} <= {"tests/_async/test_it.py"}


@pytest.mark.parametrize(
    "settings",
    [
        'concurrency = "sequential"',
        'leave = ["asyncio"]',
        "set = {IS_SYNC = true}",
        "rewrite = {'asyncio.create_task($f)' = '$f'}",
    ],
)
def test_what_the_configuration_settles_does_not_count(settings: str, project: SampleProject) -> None:
    project.write("unasync-plus.toml", TABLE.format(settings))
    project.write(
        "pkg/_async/main.py",
        "import asyncio\n\nfrom .worker import run\n\nIS_SYNC = False\n\n\nasync def main():\n"
        "    if IS_SYNC:\n        return\n    asyncio.create_task(run())\n",
    )
    project.build()
    assert "import time" in project.read("pkg/_sync/worker.py") or "asyncio.sleep" in project.read(
        "pkg/_sync/worker.py"
    )


def test_what_interrupts() -> None:
    text = (
        "import asyncio as aio\nfrom anyio import fail_after as limit\nfrom other import create_task\n"
        "async def f(x, pool):\n"
        "    with limit(1): pass\n    create_task(x)\n    pool.wait_for(x)\n"
        "    y = aio.shield(x) if A else x\n"
        "    if B.c:\n        raise x\n    aio.create_task(x)\n"
    )
    tree = syntax_tree(text.encode())
    assert tree is not None
    assert interrupting(nodes_of(tree)) == {"anyio.fail_after", "asyncio.shield A", "asyncio.create_task B c"}


TASKS_IN_THE_BACKGROUND = """\
import asyncio

log = []


class Service:
    def __init__(self{parameter}):
        self.task = None

    async def start(self):
        self.task = {create_task}(self.beat())
        await asyncio.sleep(0)

    async def beat(self):
        try:
            while True:
                await asyncio.sleep(0.01)
        finally:
            log.append("ended")
"""
RUN = """\
import asyncio

from .worker import Service, log


async def main():
    await Service({argument}).start()
    log.append("main")


def run():
    asyncio.run(main())
    return log
"""


@pytest.mark.parametrize(
    ("create_task", "parameter", "argument"),
    [
        ("asyncio.create_task", "", ""),
        ("asyncio.get_running_loop().create_task", "", ""),
        ("self.loop.create_task", ", loop", "asyncio.get_running_loop()"),
    ],
)
def test_tasks_of_another_module_end_with_the_run(
    create_task: str, parameter: str, argument: str, project: SampleProject
) -> None:
    worker = TASKS_IN_THE_BACKGROUND.format(create_task=create_task, parameter=parameter)
    if parameter:
        worker = worker.replace("self.task = None", "self.task = None\n        self.loop = loop")
    project.write("pkg/_async/worker.py", worker)
    project.write("pkg/_async/main.py", RUN.format(argument=argument))
    assert not any(item.is_error for item in project.build().diagnostics)
    for side in ("_async", "_sync"):
        code = f"from pkg.{side}.main import run; print(run())"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=project.root, capture_output=True, text=True, timeout=30
        )
        assert (done.returncode, done.stdout) == (0, "['main', 'ended']\n"), done.stderr


def test_a_run_without_threads_is_a_call(project: SampleProject) -> None:
    project.write("unasync-plus.toml", TABLE.format('concurrency = "sequential"'))
    project.write("pkg/_async/worker.py", "import asyncio\n\n\nasync def start(f):\n    asyncio.create_task(f())\n")
    project.write("pkg/_async/main.py", "import asyncio\n\nfrom .worker import start\n\nasyncio.run(start(print))\n")
    project.build()
    assert project.read("pkg/_sync/main.py").endswith("from .worker import start\n\nstart(print)\n")


def test_what_a_loop_has_to_do_at_its_end_goes(project: SampleProject) -> None:
    text = (
        "import asyncio\n\n\nclass Runner:\n    def __init__(self):\n        self.loop = asyncio.new_event_loop()\n\n"
        "    def close(self):\n        self.loop.run_until_complete(self.loop.shutdown_asyncgens())\n"
        "        self.loop.close()\n\n\nasync def main():\n    asyncio.create_task(asyncio.sleep(1))\n"
    )
    project.write("pkg/_async/main.py", text)
    assert not any(item.is_error for item in project.build().diagnostics)
    assert "    def close(self):\n        pass\n" in project.read("pkg/_sync/main.py")

"""Functions and decorators of other modules that do something else before they give the coroutine that is put off."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import SampleProject, codes

from unasync_plus.resolve.acting import acting
from unasync_plus.resolve.hierarchy import Hierarchy

TABLE = 'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n'
DECORATORS = """\
import asyncio

log = []


def logged(function):
    def wrapper(*args):
        log.append(function.__name__)
        return function(*args)

    return wrapper


def named(name):
    def decorate(function):
        def wrapper(*args):
            log.append(name)
            return function(*args)

        return wrapper

    return decorate


def quiet(function):
    def wrapper(*args):
        return function(*args)

    return wrapper


def started(function):
    def starting(*args):
        log.append("started")
        return asyncio.create_task(function(*args))

    return starting
"""
GIVES = """\
from . import decorators
from .decorators import logged, quiet, started

log = []


async def _load(x):
    return x


@logged
async def decorated(x):
    return x


@quiet
async def quietly(x):
    return x


@started
async def task(x):
    return x


def plain(x):
    log.append(x)
    return _load(x)


def handed(x):
    return _load(x)


def perhaps(x):
    if x > 1:
        return None
    return _load(x)


class Base:
    @decorators.named("get")
    async def get(self, x):
        return x

    def fetch(self, x):
        log.append(x)
        return self._fetch(x)

    async def _fetch(self, x):
        return x


class Client(Base):
    pass


class Called:
    def __call__(self, x):
        log.append(x)
        return _load(x)
"""
USES = """\
from . import gives
from .gives import Base, Called, Client, decorated, handed, perhaps, plain, quietly, task


async def main(client: Client, unknown, called: Called):
    coro = {call}
    print("between")
    return await coro
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", TABLE)
    project.write("pkg/__init__.py")
    project.write("pkg/_async/__init__.py")
    project.write("pkg/_async/decorators.py", DECORATORS)
    project.write("pkg/_async/gives.py", GIVES)
    return project


@pytest.mark.parametrize(
    "call",
    [
        *("decorated(1)", "plain(1)", "perhaps(1)", "gives.plain(1)", "client.get(1)", "client.fetch(1)"),
        *("Base().get(1)", "unknown.fetch(1)", "called(1)"),
    ],
)
def test_what_else_they_do_is_warned_of(project: SampleProject, call: str) -> None:
    project.write("pkg/_async/uses.py", USES.format(call=call))
    report = project.build()
    assert report.ok
    assert codes(report) == {"UA351"}


@pytest.mark.parametrize("call", ["quietly(1)", "handed(1)", "client._fetch(1)", "unknown.other(1)", "task(1)"])
def test_those_that_only_give_a_coroutine_are_not(project: SampleProject, call: str) -> None:
    project.write("pkg/_async/uses.py", USES.format(call=call))
    assert not codes(project.build())


def test_what_is_awaited_where_it_is_called_is_not(project: SampleProject) -> None:
    project.write(
        "pkg/_async/uses.py",
        "from .gives import decorated, plain\n\n\nasync def main():\n    return await plain(1), await decorated(2)\n",
    )
    assert not codes(project.build())


def test_a_decorator_is_looked_up_where_the_decorated_function_is_used_itself(project: SampleProject) -> None:
    project.write(
        "pkg/_async/uses.py",
        "from .decorators import logged, quiet\n\n\n@logged\nasync def one(x):\n    return x\n\n\n"
        "@quiet\nasync def other(x):\n    return x\n\n\n"
        "async def main():\n    first, second = one(1), other(2)\n    print('between')\n    return await first, await second\n",
    )
    report = project.build()
    assert report.ok
    assert [item.line for item in report.diagnostics if item.code == "UA351"] == [15]


def test_what_need_not_give_one_and_is_asked_for_it_is_refused(project: SampleProject) -> None:
    project.write(
        "pkg/_async/uses.py",
        "from .gives import perhaps\n\n\nasync def main(x):\n    coro = perhaps(x)\n    print('made')\n"
        "    if coro is None:\n        return 0\n    return await coro\n",
    )
    report = project.build()
    assert not report.ok
    assert codes(report) == {"UA351"}


def test_a_module_is_converted_anew_when_another_one_begins_to_act(project: SampleProject) -> None:
    project.write("pkg/_async/uses.py", USES.format(call="handed(1)"))
    assert not codes(project.build())
    project.write("pkg/_async/gives.py", GIVES.replace("def handed(x):\n", "def handed(x):\n    log.append(x)\n"))
    assert codes(project.build()) == {"UA351"}


def test_names_that_modules_hand_on_are_known(project: SampleProject) -> None:
    project.write("pkg/_async/__init__.py", "from .gives import plain as plainly\n")
    project.write(
        "pkg/_async/uses.py",
        "from . import plainly\n\n\nasync def main():\n    coro = plainly(1)\n    print('between')\n    return await coro\n",
    )
    assert codes(project.build()) == {"UA351"}


def test_a_plain_method_that_overrides_one_in_another_module_is_warned_of(project: SampleProject) -> None:
    base = (
        "class One:\n    async def load(self, x):\n        return x\n\n    async def other(self, x):\n        return x\n\n"
        "    async def both(self):\n        first, second = self.load(1), self.other(2)\n        print('made')\n"
        "        return await first, await second\n"
    )
    project.write("pkg/_async/base.py", base)
    project.write(
        "pkg/_async/derived.py",
        "from .base import One\n\n\nclass Two(One):\n    def load(self, x):\n        print(x)\n        return super().load(x)\n",
    )
    report = project.build()
    assert report.ok
    assert [(item.code, item.path, item.line) for item in report.diagnostics] == [("UA351", "pkg/_async/base.py", 9)]


def test_what_cannot_be_parsed_says_nothing() -> None:
    text = "async def load():\n    pass\n\n\ndef plain(:\n    log()\n    return load()\n"
    hierarchy = Hierarchy(lambda module: (text, False) if module == "m" else None)
    assert acting(["m"], hierarchy, hierarchy, {}) == {}

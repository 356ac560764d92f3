"""Methods of one name in many classes: what calls do is found out for all of them together, and comes out the same."""

from __future__ import annotations

from string import Template

import libcst as cst
import pytest

from unasync_plus import transpile
from unasync_plus.resolve.binder import Binder
from unasync_plus.rewrite.values import Values

_FEW, _MANY = 3, 30  # below and above what is looked at one by one

_HEAD = "import asyncio\n\n\nasync def work(n):\n    return n\n\n\n"

_CONSTRUCTORS = "constructors beside methods"  # each makes an object of its own for every call
_PIECES = {
    "results that are awaited later": """\
class Client$n:
    async def get(self, key, *rest):
        return key

async def use$n(c, d):
    x = c.get(1)
    await d.get(2, 3)
    return await x
""",
    "calls handed on by position": """\
class Client$n:
    async def get(self, job):
        await asyncio.sleep(0)
        return await job

async def use$n(c):
    return await c.get(work($n))
""",
    "calls handed on by name, and in stars": """\
class Client$n:
    async def get(self, *jobs, last=None):
        if last is not None:
            await last
        return await asyncio.gather(*jobs)

async def use$n(c):
    jobs = [work(1), work(2)]
    return await c.get(*jobs, last=work($n))
""",
    "calls that are returned": """\
class Client$n:
    def get(self, key):
        return work(key)

async def use$n(c):
    return await asyncio.gather(c.get(1), c.get(2))
""",
    "tasks": """\
class Client$n:
    async def get(self, task):
        task.cancel()
        return await task

async def use$n(c):
    return await c.get(asyncio.create_task(work($n)))
""",
    "calls made before": """\
class Client$n:
    async def get(self, job):
        return await job

async def use$n(c, jobs):
    job = work($n)
    jobs.clear()
    return await c.get(job)
""",
    "generators": """\
class Client$n:
    async def get(self, job):
        value = await job
        yield value
        yield work(value)

async def use$n(c):
    async for item in c.get(work($n)):
        await item
""",
    _CONSTRUCTORS: """\
class Job$n:
    def __init__(self, job):
        self.job = job

    async def run(self):
        return await self.job

class Client$n:
    def __init__(self, how):
        self.get = how

async def use$n():
    client = Client$n(Job$n)
    return await client.get(work($n)).run()
""",
}


def _module(piece: str, count: int) -> str:
    return _HEAD + "\n\n".join(Template(piece).substitute(n=number) for number in range(count))


@pytest.mark.parametrize("piece", _PIECES.values(), ids=_PIECES.keys())
def test_many_classes_become_what_few_become(piece: str) -> None:
    source = _module(piece, _FEW)
    few, many = transpile(source), transpile(_module(piece, _MANY))
    end = source.count("\n")
    assert [item for item in many.diagnostics if item.line <= end] == list(few.diagnostics)
    if few.code is None:
        assert many.code is None
    else:
        assert many.code is not None and many.code.startswith(few.code.rstrip("\n"))


@pytest.mark.parametrize("name", [name for name in _PIECES if name != _CONSTRUCTORS])
def test_what_is_noted_grows_with_the_module_and_no_faster(name: str) -> None:
    piece = _PIECES[name]
    assert _noted(_module(piece, 4 * _MANY)) <= 4.2 * _noted(_module(piece, _MANY))


def _noted(source: str) -> int:
    tree = cst.parse_module(source)
    slots = Values(Binder("module", False).bind(tree), tree, lambda name: False)._known().slots
    return sum(len(slot.targets) for slot in slots.all)

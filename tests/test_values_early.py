"""Which calls are said to run too early in sync code."""

from __future__ import annotations

from unasync_plus import Config, transpile

SOURCE = """\
from functools import partial

import anyio.abc


def apply(middleware, call_next, ctx):
    return middleware(ctx, call_next)


class Runner:
    async def handle(self, ctx):
        async def inner(ctx):
            return self.serialize(ctx)

        call = self.compose(inner)
        return dump(await call(ctx))

    def compose(self, inner):
        call = inner
        for middleware in reversed(self.server.middleware):
            call = partial(apply, middleware, call)
        return call


async def run(receive):
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(receive)
    finally:
        receive.close()
"""


def test_what_is_awaited_where_it_is_made_is_not_early() -> None:
    """It may also give what was made elsewhere: ``call`` is a `partial` of a plain function, or of a coroutine function."""
    early = [item.line for item in transpile(SOURCE, Config.from_mapping({})).diagnostics if item.code == "UA330"]
    assert SOURCE.splitlines().index("        return dump(await call(ctx))") + 1 not in early

"""Variables that a module sets more than once: what they come to is the async side's."""

from __future__ import annotations

from facade_made import Make

SOURCE = """
    from __future__ import annotations
    import asyncio
    import sys

    HAS_JSON = False
    try:
        import json
        HAS_JSON = True
    except ImportError:
        pass

    found = None
    for name in ("a", "b"):
        if name == "b":
            found = name

    MODE = "x"
    if found:
        MODE = "y"

    for place in ("nowhere",):
        seldom = place.startswith("s")
        if seldom:
            break
    if seldom:
        rare = 1

    hook = None
    if not hook:
        HOOKED = False

    async def call() -> str:
        return await hook() if hook else "nothing"

    count = 0
    count += 5

    class One:
        async def f(self) -> int:
            return 1

    class Two(One):
        async def f(self) -> int:
            return 2

    Best = One
    if found == "b":
        Best = Two

    if sys.platform == "win32":
        LIMIT = 1
    else:
        LIMIT = 2

    default = None
    if MODE == "y":
        async def extra() -> int:
            return 1
        default = extra
"""


def test_they_are_what_they_are_on_the_async_side(make: Make) -> None:
    made = make(SOURCE)
    sync, aio = made.sync(), made.aio()
    for name in ("HAS_JSON", "found", "MODE", "seldom", "count", "LIMIT"):
        assert getattr(sync, name) == getattr(aio, name), name
    assert sync.Best is sync.Two and sync.Best().f() == 2 and sync.default() == 1 and not hasattr(sync, "rare")
    assert sync.HOOKED is False and sync.call() == "nothing"
    sync.hook = lambda: "hooked"
    assert sync.call() == "hooked"

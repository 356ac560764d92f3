"""Bridge mode, at run time: copies of wrappers, options of classes, and hooks that call twice."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from facade_made import Made, importable, write

from unasync_plus.runtime import Bridge

BOX = """
    from __future__ import annotations
    import asyncio
    from typing import Any

    class Box:
        def __init__(self, value: Any = 1) -> None:
            self.value = value
        async def get(self) -> Any:
            return self.value
        async def rest(self) -> None:
            await asyncio.sleep(20)
        @classmethod
        async def made(cls) -> Box:
            return cls(2)
        @classmethod
        async def rested(cls) -> None:
            await asyncio.sleep(20)
        @staticmethod
        async def static() -> None:
            await asyncio.sleep(20)

    class Guarded(Box):
        def __reduce__(self) -> Any:
            return Guarded, ()
"""


@pytest.fixture(params=["sync", "dual"])
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Made]:
    with importable(write(tmp_path, BOX, interface=request.param)) as one:
        yield one


def of_user(made: Made) -> Any:
    """An instance of a class that a user derives, found by pickle under its name."""

    class Mine(made.sync().Box):  # type: ignore[misc]  # a class found at run time
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.own = [1]

        def get(self) -> Any:
            return "mine", super().get()

    Mine.__qualname__ = "Mine"
    globals()["Mine"] = Mine
    return Mine(5)


COPIES: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]


@pytest.mark.parametrize("copied", COPIES, ids=["copy", "deepcopy", "pickle"])
def test_a_copy_of_a_user_s_object_is_one_of_the_user_s_class_with_all_that_it_held(made: Made, copied: Any) -> None:
    one = of_user(made)
    other = copied(one)
    assert type(other) is type(one) and other is not one and other._async_ is not one._async_
    assert other.own == [1] and other.get() == ("mine", 5)
    other.value = 6
    assert one.value == 5 and (other.own is one.own) == (copied is copy.copy)


def test_what_a_user_s_object_holds_may_hold_it(made: Made) -> None:
    one = of_user(made)
    one.own = [one]
    for copied in COPIES[1:]:
        other = copied(one)
        assert other.own[0] is other is not one


def test_a_user_s_object_that_pickles_in_a_way_of_its_own_is_refused_aloud(made: Made) -> None:
    own: Any = type(made.sync().Guarded)("Own", (made.sync().Guarded,), {"__module__": __name__})
    with pytest.raises(TypeError, match="cannot pickle 'Own' object: Guarded"):
        pickle.dumps(own())


def test_a_class_has_options_for_its_class_methods_static_methods_and_new_objects(made: Made) -> None:
    cls = made.sync().Box
    quick = cls.with_options(timeout=0.05)
    for call in (quick.rested, quick.static, quick(1).rest, of_user(made).with_options(timeout=0.05).rest):
        with pytest.raises(TimeoutError):
            call()
    assert type(quick.made()) is cls and quick.made().get() == 2 and type(quick(3)) is cls
    if made.text().count("_bridge.dual"):

        async def main() -> None:
            with pytest.raises(TimeoutError):
                await quick.rested.aio()
            assert await (await quick.made.aio()).get.aio() == 2

        asyncio.run(main())


def test_a_hook_may_call_twice() -> None:
    calls: list[int] = []

    async def work(value: int) -> int:
        calls.append(value)
        return value

    def twice(call: Callable[[], Any], name: str) -> Any:
        return call() + call()

    async def twice_async(call: Callable[[], Any], name: str) -> Any:
        return await call() + await call()

    bridge = Bridge("calls twice")
    assert bridge.with_options(around=twice).run(work(2)) == 4
    assert bridge.with_options(around=twice_async).run(work(3)) == 6
    assert calls == [2, 2, 3, 3]
    loop_future: Any = type("Ready", (), {"__await__": lambda self: iter(())})
    with pytest.raises(TypeError, match="can not be made again"):
        bridge.with_options(around=twice).run(loop_future())
    bridge.close()

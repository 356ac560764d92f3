"""A sync call from a coroutine that the bridge runs: an error at once that names the function; the coroutine is closed."""

import asyncio

from case import bridge


async def inner():
    return 1


async def outer(call):
    coroutine = inner()
    try:
        call(coroutine)
    except RuntimeError as error:
        assert "inner()" in str(error), error
        assert coroutine.cr_frame is None  # closed
    else:
        raise AssertionError("no error")


async def from_callback():
    done = asyncio.get_running_loop().create_future()

    def callback():
        try:
            bridge.run(inner())
        except RuntimeError as error:
            done.set_result(str(error))

    asyncio.get_running_loop().call_soon(callback)
    assert "inner()" in await done


async def after_suspension():
    await asyncio.sleep(0.01)
    await outer(bridge.run)


bridge.run(outer(bridge.run))
bridge.run(after_suspension())
bridge.run(from_callback())
bridge.run(outer(bridge.with_options(in_loop="block").run))
assert bridge.is_inside() is False


async def inside():
    return bridge.is_inside()


assert bridge.run(inside()) is True
assert bridge.run(bridge.aio(inside())) is True  # the async form works there too
print("ok")

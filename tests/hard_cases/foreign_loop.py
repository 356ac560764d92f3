"""A sync call inside the user's own running loop: an error that names the async form, unless told otherwise."""

import asyncio
import sys
import types
import warnings

from case import bridge


class Client:
    async def fetch(self, is_there=lambda: True):
        await asyncio.sleep(0.01)
        while not is_there():
            await asyncio.sleep(0.01)
        return 7


async def beat(beats):
    while True:
        beats.append(1)
        await asyncio.sleep(0.001)


async def main():
    try:
        bridge.run(Client().fetch())
    except RuntimeError as error:
        assert "Client.fetch()" in str(error) and "await" in str(error).lower(), error
    else:
        raise AssertionError("no error")
    assert bridge.with_options(in_loop="block").run(Client().fetch()) == 7
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert bridge.with_options(in_loop="warn").run(Client().fetch()) == 7
    assert [item.category for item in caught] == [RuntimeWarning]
    assert caught[0].filename == __file__, caught[0]
    beats = []
    beating = asyncio.ensure_future(beat(beats))
    assert await bridge.aio(Client().fetch(lambda: len(beats) > 3)) == 7  # the async form lets this loop run
    beating.cancel()
    # Inside IPython, where a loop runs always, it just works.
    sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: object())
    assert bridge.run(Client().fetch()) == 7


asyncio.run(main())
print("ok")

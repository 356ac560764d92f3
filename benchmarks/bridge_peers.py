"""The other bridges, each with the methods of ours: `run`, `iterate`, `enter`. What one can not do is None.

Each is used as its documentation says, in the form that costs least; nothing is done for it that it does not do itself.
The module needs no other one of this project, and runs where the peers are installed: see `environment`.
"""

from __future__ import annotations

import asyncio
import atexit
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
USED_BY_CASES = ("anyio", "trio", "uvloop", "ipython")


class Environment(NamedTuple):
    """A Python of its own; ``missing`` names the peers that cannot be installed there."""

    python: Path
    missing: tuple[str, ...]


def environment(python: str = sys.executable, peers: Iterable[str] = ()) -> Environment:
    """One that has these peers, and what the hard cases use; made once for each Python."""
    version = subprocess.run([python, "-VV"], capture_output=True, text=True, check=True).stdout.split()[1]
    folder = Path.home() / ".cache" / "unasync-plus" / f"bridges-{version}"
    inside = folder / "bin" / "python"
    tried = folder / "tried"
    if not tried.exists() or not inside.exists():  # it may be a link to what has gone
        print(f"setting up an environment for Python {version}", file=sys.stderr)
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        _install(inside, *USED_BY_CASES)
        tried.touch()
    missing = []
    for name in peers:
        requirement = PEERS[name].requirement
        done = dict(line.split() for line in tried.read_text(encoding="utf-8").splitlines())
        if requirement and requirement not in done:
            done[requirement] = "installed" if _install(inside, requirement) else "missing"
            tried.write_text("".join(f"{key} {value}\n" for key, value in done.items()), encoding="utf-8")
        if requirement and done[requirement] == "missing":
            print(f"{requirement} cannot be installed for Python {version}: {name} is left out", file=sys.stderr)
            missing.append(name)
    return Environment(inside, tuple(missing))


def _install(python: Path, *requirements: str) -> bool:
    return subprocess.run([python, "-m", "pip", "install", "-qqq", *requirements]).returncode == 0


class Missing(AttributeError):
    """A peer has no such feature."""


class Peer:
    """One way to call async code from sync code."""

    title = ""
    requirement = ""  # what has to be installed, and its version
    keeps_loop = True  # from one call to the next, so that a connection can be kept
    steps = True  # generators and context managers can be used, one step a call

    def __init__(self, name: str = "") -> None:
        self.name = name

        self.run: Any = self._run
        self.iterate: Any = self._iterate

    def __getattr__(self, name: str) -> Any:
        raise Missing(f"has no {name}")

    def _run(self, coroutine: Any) -> Any:
        raise NotImplementedError

    def _iterate(self, source: Any) -> Iterator[Any]:
        """An item a call, as its users must do it by hand."""
        try:
            while True:
                try:
                    item = self.run(source.__anext__())
                except StopAsyncIteration:
                    return
                yield item
        finally:
            self.run(source.aclose())

    @contextmanager
    def enter(self, manager: Any) -> Iterator[Any]:
        """Two calls, as its users must do it by hand."""
        value = self.run(manager.__aenter__())
        try:
            yield value
        except BaseException as error:
            if not self.run(manager.__aexit__(type(error), error, error.__traceback__)):
                raise
        else:
            self.run(manager.__aexit__(None, None, None))


class RunUntilComplete(Peer):
    """The reference: nothing runs between two calls, and no second thread can call."""

    title = "run_until_complete, warm loop"

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        loop = asyncio.new_event_loop()
        atexit.register(loop.close)
        self.run = loop.run_until_complete


class Synchronicity(Peer):
    title = "synchronicity 0.12.7"
    requirement = "synchronicity==0.12.7"

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        import synchronicity

        # It decides by what a wrapped function returns: a coroutine is run, a generator becomes one.
        same: Any = synchronicity.Synchronizer().wrap(_same, target_module=__name__)
        self.run = self.iterate = same


class AsyncToSync(Peer):
    title = "asgiref async_to_sync"
    requirement = "asgiref==3.13.0"
    keeps_loop = False

    def _run(self, coroutine: Any) -> Any:
        from asgiref.sync import async_to_sync

        return async_to_sync(_awaited)(coroutine)


class Portal(Peer):
    title = "anyio blocking portal"
    requirement = "anyio==4.16.0"

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        from anyio.from_thread import start_blocking_portal

        self._whole = start_blocking_portal()
        self.portal = self._whole.__enter__()
        # It has a thread that is waited for at the exit, before what `atexit` knows is called.
        threading._register_atexit(self._whole.__exit__, None, None, None)  # type: ignore[attr-defined]

    def _run(self, coroutine: Any) -> Any:
        return self.portal.call(_awaited, coroutine)

    def enter(self, manager: Any) -> Any:
        return self.portal.wrap_async_context_manager(manager)


class Threadsafe(Peer):
    title = "run_coroutine_threadsafe().result()"

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def _run(self, coroutine: Any) -> Any:
        if not asyncio.iscoroutine(coroutine):
            coroutine = _awaited(coroutine)
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()


class AsyncioRun(Peer):
    title = "asyncio.run"
    keeps_loop = False

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run(_awaited(coroutine))


async def _awaited(work: Any) -> Any:
    return await work


def _same(work: Any) -> Any:
    return work


PEERS: dict[str, type[Peer]] = {
    "synchronicity": Synchronicity,
    "asgiref": AsyncToSync,
    "anyio": Portal,
    "threadsafe": Threadsafe,
    "asyncio.run": AsyncioRun,
}


def ours(**options: Any) -> Callable[[str], Any]:
    """Makes bridges of ours. The runtime is imported from its folder: as it is when vendored."""
    sys.path.append(str(ROOT / "unasync_plus"))
    from runtime.bridge import Bridge  # type: ignore[import-not-found]  # by another name than mypy knows

    def make(name: str) -> Any:
        return Bridge(name, **options)

    return make

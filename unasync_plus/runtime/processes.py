"""`asyncio.create_subprocess_exec`, `create_subprocess_shell` and their `Process`, over `subprocess.Popen`.

`wait`, `communicate` and the streams end at deadlines and cancellations; the process itself goes on then, as in asyncio.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .endpoints import Pipe
from .locks import Event
from .sockets import wait_readable
from .streams import LIMIT, StreamReader, StreamWriter
from .threads import gather
from .waiting import checkpoint, ends_at_deadlines

if TYPE_CHECKING:
    from collections.abc import Callable

_FIXED = {"universal_newlines": False, "bufsize": 0, "text": False, "encoding": None, "errors": None}


class Child:
    """A process that was started, with waits that end at deadlines and cancellations."""

    _ends_at_deadlines = True

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self._popen = popen
        self._ended: Event | None = None

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        return self._popen.poll()

    def wait(self) -> int:
        """Wait for the end of the process, which may itself wait until somebody reads its pipes."""
        checkpoint()
        if self._popen.poll() is None:
            self._until_ended()
        return self._popen.wait()

    def send_signal(self, signal: int) -> None:
        if self._popen.poll() is not None:
            raise ProcessLookupError
        self._popen.send_signal(signal)

    def terminate(self) -> None:
        if self._popen.poll() is not None:
            raise ProcessLookupError
        self._popen.terminate()

    def kill(self) -> None:
        if self._popen.poll() is not None:
            raise ProcessLookupError
        self._popen.kill()

    def _until_ended(self) -> None:
        if sys.platform == "linux" and hasattr(os, "pidfd_open"):
            try:
                descriptor = os.pidfd_open(self.pid)
            except OSError:  # it has just ended, or the system does not let us
                pass
            else:
                try:
                    wait_readable(descriptor)
                finally:
                    os.close(descriptor)
                return
        if self._ended is None:
            self._ended = Event()
            threading.Thread(target=self._watch, args=(self._ended,), name="end of a process", daemon=True).start()
        self._ended.wait()

    def _watch(self, ended: Event) -> None:
        self._popen.wait()
        ended.set()

    def __repr__(self) -> str:
        return f"<Process {self.pid}>"


class Process(Child):
    """`asyncio.subprocess.Process`."""

    def __init__(self, popen: subprocess.Popen[bytes], limit: int) -> None:
        super().__init__(popen)
        self.stdin = None if popen.stdin is None else StreamWriter(Pipe(popen.stdin))
        self.stdout = None if popen.stdout is None else StreamReader(limit, Pipe(popen.stdout))
        self.stderr = None if popen.stderr is None else StreamReader(limit, Pipe(popen.stderr))

    def communicate(self, input: bytes | None = None) -> tuple[bytes | None, bytes | None]:
        """Send ``input``, read both outputs to their end, and wait."""
        feed = None if self.stdin is None else lambda: self._feed(input)
        parts = [self.stdout and self.stdout.read, self.stderr and self.stderr.read]
        calls: list[Callable[[], Any]] = [call or _nothing for call in (*parts, feed)]
        out, err, _ = gather(*calls)
        self.wait()
        return out, err

    def _feed(self, input: bytes | None) -> None:
        assert self.stdin is not None
        with suppress(BrokenPipeError, ConnectionResetError):
            if input is not None:
                self.stdin.write(input)
            self.stdin.drain()
        self.stdin.close()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.stdin.wait_closed()


def _nothing() -> None:
    return None


def _options(options: dict[str, Any], shell: bool) -> dict[str, Any]:
    for name, value in {**_FIXED, "shell": shell}.items():
        if options.pop(name, value) != value:
            raise ValueError(f"{name} must be {value}")
    return {**options, "shell": shell, "bufsize": 0}


@ends_at_deadlines
def create_subprocess_exec(program: Any, *args: Any, limit: int = LIMIT, **options: Any) -> Process:
    """`asyncio.create_subprocess_exec`; ``options`` are those of `subprocess.Popen`."""
    return Process(subprocess.Popen([program, *args], **_options(options, shell=False)), limit)


@ends_at_deadlines
def create_subprocess_shell(cmd: str | bytes, limit: int = LIMIT, **options: Any) -> Process:
    """`asyncio.create_subprocess_shell`; ``options`` are those of `subprocess.Popen`."""
    if not isinstance(cmd, (bytes, str)):
        raise ValueError("cmd must be a string")
    return Process(subprocess.Popen(cmd, **_options(options, shell=True)), limit)

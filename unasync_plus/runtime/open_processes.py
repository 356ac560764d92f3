"""`anyio.open_process` and its `Process`, over `subprocess.Popen`."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .byte_streams import ByteReceiveStream, ByteSendStream
from .endpoints import Pipe
from .processes import Child
from .waiting import checkpoint, ends_at_deadlines, shielded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self


class Process(Child):
    """`anyio.abc.Process`."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        super().__init__(popen)
        self.stdin = None if popen.stdin is None else ByteSendStream(Pipe(popen.stdin))
        self.stdout = None if popen.stdout is None else ByteReceiveStream(Pipe(popen.stdout))
        self.stderr = None if popen.stderr is None else ByteReceiveStream(Pipe(popen.stderr))

    def close(self) -> None:
        """Close the pipes and wait for the end of the process; it is killed if the wait is ended."""
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close_pipe()
        try:
            self.wait()
        except BaseException:
            with suppress(ProcessLookupError):
                self.kill()
            with shielded():
                self.wait()
            raise

    def aclose(self) -> None:
        """For code that does not know what it closes."""
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@ends_at_deadlines
def open_process(
    command: Any,
    *,
    stdin: Any = subprocess.PIPE,
    stdout: Any = subprocess.PIPE,
    stderr: Any = subprocess.PIPE,
    user: str | int | None = None,
    group: str | int | None = None,
    extra_groups: Iterable[str | int] | None = None,
    umask: int = -1,
    **options: Any,
) -> Process:
    """Start a command, by the shell if it is a string; ``options`` are those of `subprocess.Popen`."""
    checkpoint()
    given = {"user": user, "group": group, "extra_groups": extra_groups}
    options.update({name: value for name, value in given.items() if value is not None})
    if umask >= 0:
        options["umask"] = umask
    if isinstance(command, os.PathLike):
        command = os.fspath(command)
    shell = isinstance(command, (bytes, str))
    whole = command if shell else list(command)
    streams = {"stdin": stdin, "stdout": stdout, "stderr": stderr}
    return Process(subprocess.Popen(whole, shell=shell, bufsize=0, **streams, **options))

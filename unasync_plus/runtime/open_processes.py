"""`anyio.open_process` and its `Process`, over `subprocess.Popen`, and `anyio.run_process`."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from .byte_streams import ByteReceiveStream, ByteSendStream, Resource
from .endpoints import Pipe
from .processes import Child
from .threads import gather
from .waiting import checkpoint, ends_at_deadlines, shielded

if TYPE_CHECKING:
    from collections.abc import Iterable


class Process(Child, Resource):
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


@ends_at_deadlines
def run_process(
    command: Any,
    *,
    input: bytes | None = None,
    stdin: Any = None,
    stdout: Any = subprocess.PIPE,
    stderr: Any = subprocess.PIPE,
    check: bool = True,
    **options: Any,
) -> subprocess.CompletedProcess[bytes]:
    """`anyio.run_process`: run a command to its end; the rest is as for `open_process`."""
    if stdin is not None and input is not None:
        raise ValueError("only one of stdin and input is allowed")
    source = stdin if input is None else subprocess.PIPE
    with open_process(command, stdin=source, stdout=stdout, stderr=stderr, **options) as process:
        feed = partial(_feed, process.stdin, input)
        out, err, _ = gather(partial(_read, process.stdout), partial(_read, process.stderr), feed)
        code = process.wait()
    if check and code:
        raise subprocess.CalledProcessError(code, command, out, err)
    return subprocess.CompletedProcess(command, code, out, err)


def _read(stream: ByteReceiveStream | None) -> bytes | None:
    return None if stream is None else b"".join(stream)


def _feed(stream: ByteSendStream | None, data: bytes | None) -> None:
    if stream is not None and data is not None:
        stream.send(data)
        stream.close()

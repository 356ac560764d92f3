"""Streams over sockets, with TLS and without, and the pipes of processes."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from runtime_sides import Log, assert_same

from unasync_plus.runtime.processes import create_subprocess_exec, create_subprocess_shell
from unasync_plus.runtime.streams import StreamReader, open_connection, open_unix_connection
from unasync_plus.runtime.threads import CancelledError, create_task, sleep
from unasync_plus.runtime.timeouts import timeout, wait_for

WRAP = Callable[[socket.socket], socket.socket]


def serve(answer: Callable[[socket.socket], None], times: int = 2, wrap: WRAP = lambda sock: sock) -> int:
    """A server of another program, as it were, for so many connections one after the other; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with server:
            for _ in range(times):
                plain, _ = server.accept()
                try:
                    with wrap(plain) as connection:
                        answer(connection)
                except OSError:
                    plain.close()

    threading.Thread(target=run, daemon=True).start()
    port: int = server.getsockname()[1]
    return port


def echo(connection: socket.socket) -> None:
    while data := connection.recv(1000):
        connection.sendall(data)


def deaf(connection: socket.socket) -> None:
    """Read nothing for a while, then all, and tell how much it was."""
    threading.Event().wait(0.2)
    size = 0
    while data := connection.recv(2**16):
        size += len(data)
    connection.sendall(b"%d" % size)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate of its own for localhost."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run([openssl, "req", *options, *subject], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_tls(certificate: Path) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    port = serve(echo, wrap=lambda sock: server_side.wrap_socket(sock, server_side=True))
    context = ssl.create_default_context(cafile=f"{certificate}.crt")
    data = bytes(range(256)) * 1000

    async def original(log: Log) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(data)
        log(await reader.readexactly(len(data)) == data)
        log((writer.can_write_eof(), writer.get_extra_info("sslcontext") is context))
        log(writer.get_extra_info("peercert")["subject"])
        writer.write(b"bye\n")
        log(await reader.readline())
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def converted(log: Log) -> None:
        reader, writer = open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(data)
        log(reader.readexactly(len(data)) == data)
        log((writer.can_write_eof(), writer.get_extra_info("sslcontext") is context))
        log(writer.get_extra_info("peercert")["subject"])
        writer.write(b"bye\n")
        log(reader.readline())
        writer.close()

    assert_same(original, converted, log=[True, (False, True), ((("commonName", "localhost"),),), b"bye\n"])


def test_a_certificate_that_nobody_trusts(certificate: Path) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    port = serve(echo, wrap=lambda sock: server_side.wrap_socket(sock, server_side=True))

    async def original(log: Log) -> None:
        try:
            await asyncio.open_connection("127.0.0.1", port, ssl=True, server_hostname="localhost")
        except ssl.SSLCertVerificationError as error:
            log(error.verify_code)

    def converted(log: Log) -> None:
        try:
            open_connection("127.0.0.1", port, ssl=True, server_hostname="localhost")
        except ssl.SSLCertVerificationError as error:
            log(error.verify_code)

    assert_same(original, converted, log=[18])


def test_writing_never_waits_and_closing_sends_the_rest() -> None:
    port = serve(deaf)
    data = b"x" * 3_000_000

    async def original(log: Log) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(data)
        writer.write_eof()
        log(await reader.read())
        writer.close()
        await writer.wait_closed()
        log(writer.is_closing())

    def converted(log: Log) -> None:
        reader, writer = open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(data)
        writer.write_eof()
        log(reader.read())
        writer.close()
        writer.wait_closed()
        log(writer.is_closing())

    assert_same(original, converted, log=[b"9000000", True])


def test_a_drain_that_takes_too_long() -> None:
    def never(connection: socket.socket) -> None:
        enough.wait(10)
        enough.clear()

    enough = threading.Event()
    port = serve(never)
    data = b"x" * 20_000_000

    async def original(log: Log) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(data)
        try:
            await asyncio.wait_for(writer.drain(), 0.1)
        except asyncio.TimeoutError:
            log("too long")
        enough.set()
        writer.transport.abort()
        await asyncio.sleep(0.01)

    def converted(log: Log) -> None:
        _, writer = open_connection("127.0.0.1", port)
        writer.write(data)
        try:
            wait_for(writer.drain, 0.1)
        except (TimeoutError, asyncio.TimeoutError):
            log("too long")
        enough.set()
        writer.close()

    assert_same(original, converted, log=["too long"])


def test_a_reader_ends_when_its_task_is_cancelled() -> None:
    port = serve(echo)

    async def original(log: Log) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        task = asyncio.create_task(reader.readuntil(b"!"))
        await asyncio.sleep(0.05)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log("cancelled")
        writer.write(b"still here!")
        log(await reader.readuntil(b"!"))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def converted(log: Log) -> None:
        reader, writer = open_connection("127.0.0.1", port)
        task = create_task(reader.readuntil, b"!")
        sleep(0.05)
        task.cancel()
        try:
            task.result()
        except CancelledError:
            log("cancelled")
        writer.write(b"still here!")
        log(reader.readuntil(b"!"))
        writer.close()

    assert_same(original, converted, log=["cancelled", b"still here!"])


def test_the_other_side_goes_away() -> None:
    def leave(connection: socket.socket) -> None:
        connection.recv(3)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    port = serve(leave)

    async def original(log: Log) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"one")
        try:
            log(await reader.read())
        except ConnectionResetError as error:
            log(type(error).__name__)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def converted(log: Log) -> None:
        reader, writer = open_connection("127.0.0.1", port)
        writer.write(b"one")
        try:
            log(reader.read())
        except ConnectionResetError as error:
            log(type(error).__name__)
        writer.close()

    assert_same(original, converted, log=["ConnectionResetError"])


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets in the file system here")
def test_a_socket_in_the_file_system(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()

    def run() -> None:
        with server:
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    echo(connection)

    threading.Thread(target=run, daemon=True).start()

    async def original(log: Log) -> None:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"hello")
        log(await reader.read(100))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def converted(log: Log) -> None:
        reader, writer = open_unix_connection(path)
        writer.write(b"hello")
        log(reader.read(100))
        writer.close()

    assert_same(original, converted, log=[b"hello"])


@pytest.mark.parametrize(
    ("address", "options"),
    [((), {}), (("localhost", 1), {"sock": True}), (("127.0.0.1", 9), {"server_hostname": "a"})],
)
def test_wrong_arguments(address: tuple[Any, ...], options: dict[str, Any]) -> None:
    with socket.socket() as sock:
        given: dict[str, Any] = {name: sock if name == "sock" else value for name, value in options.items()}

        async def original(log: Log) -> None:
            await asyncio.open_connection(*address, **given)

        with pytest.raises(ValueError, match=r".") as expected:
            asyncio.run(original(print))
        with pytest.raises(ValueError, match=r".") as found:
            open_connection(*address, **given)
    assert found.value.args == expected.value.args


def test_separators_and_limits() -> None:
    async def original(log: Log) -> None:
        reader = asyncio.StreamReader(8)
        reader.feed_data(b"ab--cdefghijkl--m--")
        log(await reader.readuntil(b"--"))
        try:
            await reader.readuntil(b"--")
        except asyncio.LimitOverrunError as error:
            log((error.args[0], error.consumed))
        log(await reader.readexactly(12))
        log(await reader.readuntil(b"--"))
        reader.feed_data(b"rest")
        reader.feed_eof()
        try:
            await reader.readuntil(b"--")
        except asyncio.IncompleteReadError as error:
            log((error.partial, error.expected))
        log(reader.at_eof())

    def converted(log: Log) -> None:
        reader = StreamReader(8)
        reader.feed_data(b"ab--cdefghijkl--m--")
        log(reader.readuntil(b"--"))
        try:
            reader.readuntil(b"--")
        except asyncio.LimitOverrunError as error:
            log((error.args[0], error.consumed))
        log(reader.readexactly(12))
        log(reader.readuntil(b"--"))
        reader.feed_data(b"rest")
        reader.feed_eof()
        try:
            reader.readuntil(b"--")
        except asyncio.IncompleteReadError as error:
            log((error.partial, error.expected))
        log(reader.at_eof())

    overrun = ("Separator is found, but chunk is longer than limit", 10)
    assert_same(original, converted, log=[b"ab--", overrun, b"cdefghijkl--", b"m--", (b"rest", None), True])


def test_a_process_that_outlives_a_deadline() -> None:
    code = "import sys, time; print('up', flush=True); time.sleep(60)"

    async def original(log: Log) -> None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        log(await process.stdout.readline())
        try:
            await asyncio.wait_for(process.communicate(), 0.1)
        except asyncio.TimeoutError:
            log(process.returncode)
        process.kill()
        await process.wait()
        log(process.returncode)

    def converted(log: Log) -> None:
        process = create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE)
        assert process.stdout is not None
        log(process.stdout.readline())
        try:
            with timeout(0.1):
                process.communicate()
        except (TimeoutError, asyncio.TimeoutError):
            log(process.returncode)
        process.kill()
        process.wait()
        log(process.returncode)

    assert_same(original, converted, log=[b"up\n", None, -9])


def test_a_shell_and_a_program_that_is_not_there() -> None:
    wrong: Any = {"text": True}

    async def original(log: Log) -> None:
        process = await asyncio.create_subprocess_shell("echo $WORD; exit 4", stdout=-1, env={"WORD": "hi"})
        log(await process.communicate())
        log(process.returncode)
        try:
            await asyncio.create_subprocess_exec("no-such-program")
        except FileNotFoundError as error:
            log(error.filename)
        try:
            await asyncio.create_subprocess_exec("true", **wrong)
        except ValueError as error:
            log(str(error))

    def converted(log: Log) -> None:
        process = create_subprocess_shell("echo $WORD; exit 4", stdout=-1, env={"WORD": "hi"})
        log(process.communicate())
        log(process.returncode)
        try:
            create_subprocess_exec("no-such-program")
        except FileNotFoundError as error:
            log(error.filename)
        try:
            create_subprocess_exec("true", **wrong)
        except ValueError as error:
            log(str(error))

    assert_same(original, converted, log=[(b"hi\n", None), 4, "no-such-program", "text must be False"])

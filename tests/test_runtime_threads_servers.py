"""Servers: asyncio's and ours do the same to their clients."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from runtime_sides import Log, assert_same

from unasync_plus.runtime.runs import run
from unasync_plus.runtime.servers import Server, start_server, start_unix_server
from unasync_plus.runtime.streams import StreamReader, StreamWriter, open_connection
from unasync_plus.runtime.threads import CancelledError, all_tasks, create_task, gather, sleep
from unasync_plus.runtime.timeouts import wait_for


def shout(reader: StreamReader, writer: StreamWriter) -> None:
    for line in reader:
        writer.write(line.upper())
        writer.drain()
    writer.close()


def port_of(server: Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


def ask(port: int, question: bytes, **options: Any) -> bytes:
    reader, writer = open_connection("127.0.0.1", port, **options)
    writer.write(question)
    answer = reader.readline()
    writer.close()
    writer.wait_closed()
    return answer


def no_server_is_left() -> bool:
    return not any(thread.name == "server" for thread in threading.enumerate())


def test_serves_many_at_a_time_until_it_is_cancelled() -> None:
    async def asynchronous(log: Log) -> None:
        async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async for line in reader:
                writer.write(line.upper())
                await writer.drain()
            writer.close()

        async def ask(question: bytes) -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(question)
            answer = await reader.readline()
            writer.close()
            return answer

        server = await asyncio.start_server(shout, "127.0.0.1", 0, start_serving=False)
        port = server.sockets[0].getsockname()[1]
        log((server.is_serving(), len(server.sockets)))
        task = asyncio.create_task(server.serve_forever())
        await asyncio.sleep(0.01)
        log(await asyncio.gather(*(ask(b"%d is a\n" % x) for x in range(5))))
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log(("cancelled", server.is_serving(), len(server.sockets)))
        try:
            await ask(b"late\n")
        except ConnectionError:
            log("nobody is there")
        try:
            await server.serve_forever()
        except RuntimeError as error:
            log("closed" in str(error))

    def sync(log: Log) -> None:
        server = start_server(shout, "127.0.0.1", 0, start_serving=False)
        port = port_of(server)
        log((server.is_serving(), len(server.sockets)))
        task = create_task(server.serve_forever)
        sleep(0.01)
        log(gather(*(partial(ask, port, b"%d is a\n" % x) for x in range(5))))
        task.cancel()
        try:
            task.result()
        except CancelledError:
            log(("cancelled", server.is_serving(), len(server.sockets)))
        try:
            ask(port, b"late\n")
        except ConnectionError:
            log("nobody is there")
        try:
            server.serve_forever()
        except RuntimeError as error:
            log("closed" in str(error))

    answers = [b"%d IS A\n" % x for x in range(5)]
    assert_same(asynchronous, sync, log=[(False, 1), answers, ("cancelled", False, 0), "nobody is there", True])
    assert no_server_is_left()


def test_a_callback_that_fails_loses_its_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    def moody(reader: StreamReader, writer: StreamWriter) -> None:
        if reader.readline() == b"bad\n":
            raise ValueError("bad")
        writer.write(b"good\n")
        writer.close()

    with start_server(moody, "127.0.0.1", 0) as server:
        assert ask(port_of(server), b"bad\n") == b""
        assert ask(port_of(server), b"well\n") == b"good\n"
    assert [record.message for record in caplog.records] == ["Unhandled exception in client_connected_cb"]


def test_waits_of_a_callback_end_in_time_and_with_the_run() -> None:
    ended = []

    def slow(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            wait_for(reader.readline, 0.01)
        except TimeoutError:
            writer.write(b"late\n")
        try:
            reader.read()
        finally:
            ended.append(True)

    def main() -> socket.socket:
        server = start_server(slow, "127.0.0.1", 0)
        client = socket.create_connection(("127.0.0.1", port_of(server)))
        assert client.recv(10) == b"late\n"
        server.close()
        while not any(task._scope._waiters for task in all_tasks()):  # it comes to its second wait
            sleep(0.001)
        return client

    with run(main) as client:
        assert ended == [True]
        assert client.recv(10) == b""
    assert no_server_is_left()


def test_leaving_waits_for_those_that_are_served() -> None:
    served = []

    def handle(reader: StreamReader, writer: StreamWriter) -> None:
        reader.readline()
        sleep(0.05)
        served.append(True)
        writer.close()

    with start_server(handle, "127.0.0.1", 0) as server:
        client = socket.create_connection(("127.0.0.1", port_of(server)))
        client.sendall(b"x\n")
        sleep(0.01)
    client.close()
    assert served == [True]


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets")
def test_a_path(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    for cleanup in (False, True):  # the second one finds what the first one left
        with start_unix_server(shout, path, cleanup_socket=cleanup), socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"a\n")
            assert client.recv(10) == b"A\n"
        assert path.exists() is not cleanup


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets")
def test_a_path_that_another_server_has_by_now(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with start_unix_server(shout, path):
        with start_unix_server(shout, path):
            pass
        path.write_text("of somebody else")
    assert path.exists()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate")
def test_tls(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with start_server(shout, "127.0.0.1", 0, ssl=context) as server:
        with socket.create_connection(("127.0.0.1", port_of(server))) as plain:
            plain.sendall(b"this is no handshake\n")
        assert ask(port_of(server), b"secret\n", ssl=trusting, server_hostname="localhost") == b"SECRET\n"


@pytest.mark.parametrize(
    "arguments", [{}, {"host": "127.0.0.1", "port": 0, "sock": socket.socket()}], ids=["nothing", "too much"]
)
def test_what_to_listen_to_must_be_said_once(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="specified"):
        start_server(shout, **arguments)


def test_an_address_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="attempting to bind"):
        start_server(shout, "127.0.0.1", taken.getsockname()[1])

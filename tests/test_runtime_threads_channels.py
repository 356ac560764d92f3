"""Memory channels of anyio and trio, and sockets."""

from __future__ import annotations

import asyncio
import math
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from runtime_sides import Log, assert_same, until_waiting

from unasync_plus.runtime import sockets
from unasync_plus.runtime.channels import (
    BrokenResourceError,
    ClosedResourceError,
    EndOfStream,
    ReceiveStream,
    SendStream,
    WouldBlock,
    open_memory_channel,
)
from unasync_plus.runtime.nursery import Nursery
from unasync_plus.runtime.threads import CancelledError, create_task, gather
from unasync_plus.runtime.timeouts import move_on_after, timeout
from unasync_plus.runtime.timers import call_soon

HAS_ANYIO = find_spec("anyio") is not None and sys.version_info >= (3, 10)
anyio: Any = import_module("anyio") if HAS_ANYIO else None


def in_anyio(original: Callable[[Log], object], log: Log) -> object:
    return anyio.run(original, log)


@pytest.mark.parametrize("size", [0, 2, math.inf])
def test_producers_and_consumers(size: float) -> None:
    async def original(log: Log) -> None:
        async def produce(sender: Any, first: int) -> None:
            async with sender:
                for item in range(first, first + 5):
                    await sender.send(item)

        async def consume(receiver: Any) -> None:
            async with receiver:
                async for item in receiver:
                    log(item)

        sender, receiver = anyio.create_memory_object_stream(size)
        async with anyio.create_task_group() as group, sender, receiver:
            for x in (0, 10, 20):
                group.start_soon(produce, sender.clone(), x)
            for _ in range(2):
                group.start_soon(consume, receiver.clone())

    def converted(log: Log) -> None:
        def produce(sender: SendStream[int], first: int) -> None:
            with sender:
                for item in range(first, first + 5):
                    sender.send(item)

        def consume(receiver: ReceiveStream[int]) -> None:
            with receiver:
                for item in receiver:
                    log(item)

        sender, receiver = open_memory_channel[int](size)
        with Nursery() as group, sender, receiver:
            for x in (0, 10, 20):
                group.start_soon(produce, sender.clone(), x)
            for _ in range(2):
                group.start_soon(consume, receiver.clone())

    log: list[object] = [first + x for first in (0, 10, 20) for x in range(5)]
    assert_same(original, converted, log=log, any_order=True, runs=HAS_ANYIO, run=in_anyio)


def test_what_cannot_be_done_at_once() -> None:
    async def original(log: Log) -> object:
        sender, receiver = anyio.create_memory_object_stream(1)
        for use in (receiver.receive_nowait, lambda: sender.send_nowait(1), lambda: sender.send_nowait(2)):
            try:
                use()
            except anyio.WouldBlock:
                log("would block")
        with anyio.move_on_after(0.01) as scope:
            await sender.send(3)
        log((scope.cancelled_caught, tuple(sender.statistics())))
        twin = receiver.clone()
        receiver.close()
        receiver.close()
        for use in (receiver.receive_nowait, receiver.clone):
            try:
                use()
            except anyio.ClosedResourceError:
                log("closed")
        log(twin.receive_nowait())
        twin.close()
        try:
            await sender.send(4)
        except anyio.BrokenResourceError:
            log("broken")
        sender.close()
        return None

    def converted(log: Log) -> object:
        sender, receiver = open_memory_channel[int](1)
        for use in (receiver.receive_nowait, lambda: sender.send_nowait(1), lambda: sender.send_nowait(2)):
            try:
                use()
            except WouldBlock:
                log("would block")
        with move_on_after(0.01) as scope:
            sender.send(3)
        log((scope.cancelled_caught, tuple(sender.statistics())))
        twin = receiver.clone()
        receiver.close()
        receiver.close()
        closed: tuple[Callable[[], object], ...] = (receiver.receive_nowait, receiver.clone)
        for refused in closed:
            try:
                refused()
            except ClosedResourceError:
                log("closed")
        log(twin.receive_nowait())
        twin.close()
        try:
            sender.send(4)
        except BrokenResourceError:
            log("broken")
        sender.close()
        return None

    log: list[object] = ["would block", "would block", (True, (1, 1, 1, 1, 0, 0)), "closed", "closed", 1, "broken"]
    assert_same(original, converted, log=log, runs=HAS_ANYIO, run=in_anyio)


def test_who_waits_is_told_when_the_other_end_closes() -> None:
    sender, receiver = open_memory_channel[int]()
    receiving = create_task(receiver.receive)
    until_waiting(receiving)
    assert receiver.statistics().tasks_waiting_receive == 1
    sender.close()
    with pytest.raises(EndOfStream):
        receiving.result()
    sender, receiver = open_memory_channel[int]()
    sending = create_task(sender.send, 1)
    until_waiting(sending)
    receiver.close()
    with pytest.raises(BrokenResourceError):
        sending.result()


def test_no_item_is_lost_to_a_cancelled_receiver() -> None:
    sender, receiver = open_memory_channel[int]()
    for item in range(30):
        receiving = create_task(receiver.receive)
        sending = create_task(sender.send, item)
        receiving.cancel()
        got = gather(receiving, return_exceptions=True)[0]
        assert got == item if not isinstance(got, CancelledError) else receiver.receive() == item
        sending.result()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    with one, other:
        yield one, other


def test_a_deadline_ends_the_wait_for_a_socket(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = pair
    before = threading.active_count()
    with pytest.raises(TimeoutError), timeout(0.01):
        sockets.sock_recv(one, 100)
    assert threading.active_count() == before
    receiving = create_task(sockets.sock_recv, one, 100)
    until_waiting(receiving)
    receiving.cancel()
    with pytest.raises(CancelledError):
        receiving.result()
    other.send(b"late")
    with timeout(60):
        assert sockets.sock_recv(one, 100) == b"late"


def test_more_than_fits_is_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = pair
    data = bytes(range(256)) * 20_000

    def receive() -> bytes:
        parts = bytearray()
        while part := sockets.sock_recv(other, 65536):
            parts += part
        return bytes(parts)

    def send() -> None:
        sockets.sock_sendall(one, data)
        one.shutdown(socket.SHUT_WR)

    assert gather(send, receive)[1] == data


def test_a_server_and_a_client() -> None:
    async def original(log: Log) -> object:
        loop = asyncio.get_running_loop()

        async def serve() -> None:
            connection, _ = await loop.sock_accept(server)
            with connection:
                data = await loop.sock_recv(connection, 100)
                await loop.sock_sendall(connection, data.upper())

        async def talk() -> bytes:
            with socket.socket() as sock:
                sock.setblocking(False)
                await loop.sock_connect(sock, server.getsockname())
                await loop.sock_sendall(sock, b"hello")
                buffer = bytearray(100)
                n = await loop.sock_recv_into(sock, buffer)
                return bytes(buffer[:n])

        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            return (await asyncio.gather(serve(), talk()))[1]

    def converted(log: Log) -> object:
        def serve() -> None:
            connection, _ = sockets.sock_accept(server)
            with connection:
                data = sockets.sock_recv(connection, 100)
                sockets.sock_sendall(connection, data.upper())

        def talk() -> bytes:
            with socket.socket() as sock:
                sock.setblocking(False)
                sockets.sock_connect(sock, server.getsockname())
                sockets.sock_sendall(sock, b"hello")
                buffer = bytearray(100)
                n = sockets.sock_recv_into(sock, buffer)
                return bytes(buffer[:n])

        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            return gather(serve, talk)[1]

    assert_same(original, converted, log=[], result=b"HELLO")


def test_a_connection_that_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    with socket.socket() as sock:
        sock.setblocking(False)
        with pytest.raises(ConnectionRefusedError):
            sockets.sock_connect(sock, address)


def test_a_socket_that_blocks_is_waited_for_all_the_same(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = pair
    one.setblocking(True)
    with pytest.raises(TimeoutError), timeout(0.01):
        sockets.sock_recv(one, 100)
    sockets.sock_sendall(one, b"hello")
    assert sockets.sock_recv(other, 100) == b"hello"
    other.send(b"answer")
    assert sockets.sock_recv(one, 100) == b"answer"
    one.settimeout(0.01)
    with pytest.raises(socket.timeout):
        sockets.sock_recv(one, 100)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        sockets.sock_connect(client, server.getsockname())
        connection, address = sockets.sock_accept(server)
        connection.close()
        assert address == client.getsockname()


def test_calls_soon_keep_their_order() -> None:
    async def original(log: Log) -> object:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        for x in range(5):
            loop.call_soon(log, x)
        loop.call_soon(log, "never").cancel()
        loop.call_soon(future.set_result, "result")
        log("said")
        return await future

    def converted(log: Log) -> object:
        from unasync_plus.runtime.threads import Future

        future: Future[str] = Future()
        for x in range(5):
            call_soon(log, x)
        call_soon(log, "never").cancel()
        call_soon(future.set_result, "result")
        log("said")
        return future.result()

    assert_same(original, converted, log=["said", 0, 1, 2, 3, 4], result="result")
    assert_same(original, converted, log=["said", 0, 1, 2, 3, 4], result="result")

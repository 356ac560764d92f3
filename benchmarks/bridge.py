"""What a call through the bridge costs, beside the other bridges, and as a ratio to `run_until_complete` on a warm loop.

All peers take turns, round after round, in a few milliseconds each, so that whatever else the machine does falls on all
of them alike. A ratio is the median over the rounds of the ratio in one round; microseconds are those of the reference,
at its quickest, times the ratio. The echo is answered by another process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import bridge_peers
from bridge_peers import PEERS, Peer, RunUntilComplete, ours

REFERENCE = RunUntilComplete.title
SOCKET = "blocking socket: the limit"
LINE = b"x" * 63 + b"\n"
TARGETS = {"never suspends": 0.4, "sleep(0)": 1.0, "echo": 1.0, "item": 0.4, "enter, exit": 0.5, "16 threads": 0.8}

ECHO = """
import socket, threading
def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        while data := connection.recv(4096):
            connection.sendall(data)
server = socket.create_server(("127.0.0.1", 0), backlog=200)
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()
"""


async def nothing() -> int:
    return 1


async def sleeps() -> None:
    await asyncio.sleep(0)


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


@contextlib.asynccontextmanager
async def block() -> AsyncIterator[int]:
    yield 1


class Connection:
    async def open(self, port: int) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)

    async def echo(self) -> bytes:
        self.writer.write(LINE)
        return await self.reader.readline()


@dataclass(slots=True)
class Measure:
    """One column: what one peer does `count` times."""

    name: str
    count: int
    jobs: dict[str, Callable[[int], object]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    contexts: dict[str, Context] = field(
        default_factory=dict
    )  # so that no peer bears the variables that another one sets

    def turn(self) -> None:
        for title, job in self.jobs.items():
            begin = time.perf_counter()
            self.contexts.setdefault(title, copy_context()).run(job, self.count)
            self.seconds.setdefault(title, []).append((time.perf_counter() - begin) / self.count)


def repeat(peer: Any, make: Callable[[], Any], count: int) -> None:
    run = peer.run
    for _ in range(count):
        run(make())


def iterate(peer: Any, count: int) -> None:
    for _ in peer.iterate(numbers(count)):
        pass


def enter_and_leave(peer: Any, count: int) -> None:
    for _ in range(count):
        with peer.enter(block()):
            pass


def prepare(peers: dict[str, Any], port: int, threads: list[int]) -> list[Measure]:
    measures = [
        Measure("never suspends", 400),
        Measure("sleep(0)", 300),
        Measure("echo", 40),
        Measure("item", 400),
        Measure("enter, exit", 100),
    ]
    fast, sleep, echo, item, enter = measures
    for title, peer in peers.items():
        fast.jobs[title] = partial(repeat, peer, nothing)
        sleep.jobs[title] = partial(repeat, peer, sleeps)
        if getattr(peer, "keeps_loop", True):
            connection = Connection()
            peer.run(connection.open(port))
            echo.jobs[title] = partial(repeat, peer, connection.echo)
            item.jobs[title] = partial(iterate, peer)
            enter.jobs[title] = partial(enter_and_leave, peer)
    echo.jobs[SOCKET] = blocking_echo(port)
    return measures + [in_threads(peers, port, number) for number in threads]


def blocking_echo(port: int) -> Callable[[int], None]:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def echo(count: int) -> None:
        for _ in range(count):
            connection.sendall(LINE)
            connection.recv(4096)

    return echo


def in_threads(peers: dict[str, Any], port: int, number: int) -> Measure:
    """Echoes over a connection of its own for each thread; one thread for the reference, which can not do more."""
    measure = Measure(f"{number} thread{'s' * (number > 1)}", 40 * number)  # starting threads takes time, too
    for title, peer in peers.items():
        if not getattr(peer, "keeps_loop", True):
            continue
        width = 1 if title == REFERENCE else number
        connections = [Connection() for _ in range(width)]
        for connection in connections:
            peer.run(connection.open(port))

        def job(count: int, peer: Any = peer, connections: list[Connection] = connections) -> None:
            def work(connection: Connection) -> None:
                for _ in range(count // len(connections)):
                    assert peer.run(connection.echo()) == LINE

            threads = [threading.Thread(target=work, args=(connection,)) for connection in connections]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        measure.jobs[title] = job
    return measure


def report(measures: list[Measure], titles: list[str]) -> None:
    print(f"\n× {REFERENCE}\n")
    print(f"{'':38}" + "".join(f"{measure.name:>15}" for measure in measures))
    for title in titles:
        cells = [_cell(measure, title) for measure in measures]
        print(f"{title:38}" + "".join(f"{cell:>15}" for cell in cells))
    print(f"{'to reach':38}" + "".join(f"{TARGETS.get(measure.name, ''):>15}" for measure in measures))


def _cell(measure: Measure, title: str) -> str:
    mine, reference = measure.seconds.get(title), measure.seconds[REFERENCE]
    if not mine:
        return "-"
    ratio = statistics.median(one / other for one, other in zip(mine, reference, strict=True))
    return f"{ratio:.2f} {min(mine) * 1e6:6.1f} µs"


def all_features() -> Any:
    """With everything on that costs something; a ContextVar is set too, which has to go in and come out."""
    ContextVar[int]("benchmark").set(1)
    return ours(timeout=60.0, correlation_id=True)("everything")


def measure_all(rounds: int, threads: list[int], names: list[str]) -> None:
    peers: dict[str, Any] = {REFERENCE: RunUntilComplete()}
    peers["ours"] = ours()("bench")
    peers['ours, drive = "thread"'] = ours(drive="thread")("bench-thread")
    found: dict[str, type[Peer]] = {peer.title: peer for name, peer in PEERS.items() if name in names}
    peers.update({title: make() for title, make in found.items()})
    with subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            measures = prepare(peers, port, threads)
            everything = {REFERENCE: peers[REFERENCE], "ours, bare": peers["ours"], "ours, every feature": None}
            for turn in range(rounds):
                for measure in measures:
                    measure.turn()
                if sys.stderr.isatty():
                    print(f"\r{turn + 1} of {rounds}", end="", file=sys.stderr)
            print(f"Python {sys.version.split()[0]}, {rounds} rounds")
            report(measures, [*peers, SOCKET])
            # Apart, as a variable that is set is carried by all calls.
            everything["ours, every feature"] = all_features()
            measures = prepare(everything, port, [])
            for _ in range(rounds):
                for measure in measures:
                    measure.turn()
            report(measures, list(everything))
        finally:
            server.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 4, 16])
    parser.add_argument("--peer", action="append", default=[], choices=PEERS, help="only these; may be repeated")
    parser.add_argument("--python", default=sys.executable, help="the Python to measure with")
    parser.add_argument("--without", action="append", default=[], help=argparse.SUPPRESS)  # what is not installed there
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)  # this is the Python to measure with
    arguments = parser.parse_args()
    if not arguments.inside:
        python, missing = bridge_peers.environment(arguments.python, arguments.peer or PEERS)
        without = [f"--without={name}" for name in missing]
        return subprocess.call([str(python), __file__, "--inside", *sys.argv[1:], *without])
    with contextlib.suppress(BrokenPipeError):
        peers = [name for name in arguments.peer or PEERS if name not in arguments.without]
        measure_all(arguments.rounds, arguments.threads, peers)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())

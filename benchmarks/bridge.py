"""What a call through the bridge costs, beside the other bridges, and as a ratio to `run_until_complete` on a warm loop.

Each peer has a process of its own, with a reference beside it, so that none bears what another one leaves behind: threads,
variables of the context, garbage. The processes take turns, round after round, and in a turn peer and reference have the same few
milliseconds each, one after the other, so that whatever else the machine does falls on all of them alike. A ratio is
the median over the rounds of the ratio in one round; microseconds are the quickest. The echo is answered by another process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import bridge_peers
from bridge_peers import PEERS, RunUntilComplete, ours

REFERENCE = RunUntilComplete.title
SOCKET = "blocking socket: the limit"
TURN = 0.004  # seconds
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
    """One column: what each peer of a process does, over and over."""

    name: str
    least: int = 1  # so many times at least: they are shared out to as many threads
    jobs: dict[str, Callable[[int], object]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # how often in a turn
    seconds: dict[str, list[float]] = field(default_factory=dict)  # a piece, turn by turn

    def time(self, title: str, count: int) -> float:
        begin = time.perf_counter()
        self.jobs[title](count)
        return time.perf_counter() - begin

    def weigh(self) -> None:
        """Find out how often each does it in a turn."""
        for title in self.jobs:
            count = self.least
            while (spent := self.time(title, count)) < TURN / 2:
                count *= 2
            self.counts[title] = max(self.least, round(count * TURN / spent) // self.least * self.least)

    def turn(self) -> None:
        for title, count in self.counts.items():
            self.seconds.setdefault(title, []).append(self.time(title, count) / count)


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
    measures = [Measure(name) for name in ("never suspends", "sleep(0)", "echo", "item", "enter, exit")]
    fast, sleep, echo, item, enter = measures
    for title, peer in peers.items():
        if title == SOCKET:
            echo.jobs[title] = blocking_echo(port)
            continue
        fast.jobs[title] = partial(repeat, peer, nothing)
        sleep.jobs[title] = partial(repeat, peer, sleeps)
        if getattr(peer, "keeps_loop", True):
            connection = Connection()
            peer.run(connection.open(port))
            echo.jobs[title] = partial(repeat, peer, connection.echo)
            item.jobs[title] = partial(iterate, peer)
            enter.jobs[title] = partial(enter_and_leave, peer)
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
        if title == SOCKET or not getattr(peer, "keeps_loop", True):
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


def bridge(**options: Any) -> Callable[[], Any]:
    return lambda: ours(**options)("bench")


def all_features() -> Any:
    """With everything on that costs something; a ContextVar is set too, which has to go in and come out."""
    ContextVar[int]("benchmark").set(1)  # all calls of this process carry it
    return ours(timeout=60.0, correlation_id=True)("everything")


MINE: dict[str, Callable[[], Any]] = {
    "ours": bridge(),
    'ours, drive = "thread"': bridge(drive="thread"),
    "ours, bare": bridge(),
    "ours, every feature": all_features,
    SOCKET: object,
}


def take_turns(pipe: Pipe, titles: list[str], port: int, threads: list[int]) -> None:
    """What a process does: turns with one measure after the other, as it is told; in the end it tells what it found."""
    made: dict[str, Callable[[], Any]] = {**MINE, **{peer.title: peer for peer in PEERS.values()}}
    measures = prepare({REFERENCE: RunUntilComplete(), **{title: made[title]() for title in titles}}, port, threads)
    for measure in measures:
        measure.weigh()
    pipe.send([measure.name for measure in measures])
    while (number := pipe.recv()) is not None:
        measures[number].turn()
        pipe.send(None)
    pipe.send([measure.seconds for measure in measures])


Found = dict[str, dict[str, list[float]]]  # of a measure: of a peer: seconds, turn by turn


@dataclass(slots=True)
class Process:
    """Peers that are measured beside one reference."""

    pipe: Pipe
    names: list[str]  # of the measures

    @classmethod
    def start(cls, titles: list[str], port: int, threads: list[int]) -> Process:
        spawn = multiprocessing.get_context("spawn")
        pipe, theirs = spawn.Pipe()
        spawn.Process(target=take_turns, args=(theirs, titles, port, threads), daemon=True).start()
        theirs.close()  # so that `recv` fails, instead of waiting, should the process end
        return cls(pipe, pipe.recv())

    def turn(self, number: int) -> None:
        self.pipe.send(number)
        self.pipe.recv()

    def end(self) -> Found:
        self.pipe.send(None)
        return dict(zip(self.names, self.pipe.recv(), strict=True))


def report(found: list[tuple[list[str], Found]]) -> None:
    names = list(found[0][1])
    print(f"\n× {REFERENCE}\n")
    print(f"{'':38}" + "".join(f"{name:>15}" for name in names))
    for titles, measures in found:
        for title in titles:
            print(f"{title:38}" + "".join(f"{_cell(measures[name], title):>15}" for name in names))
    print(f"{'to reach':38}" + "".join(f"{TARGETS.get(name, ''):>15}" for name in names))


def _cell(seconds: dict[str, list[float]], title: str) -> str:
    mine, reference = seconds.get(title), seconds.get(REFERENCE)
    if not mine or not reference:
        return "-"
    ratio = statistics.median(one / other for one, other in zip(mine, reference, strict=True))
    return f"{ratio:.2f} {min(mine) * 1e6:6.1f} µs"


def measure_all(rounds: int, threads: list[int], names: list[str]) -> None:
    alone = ["ours", 'ours, drive = "thread"', *(peer.title for name, peer in PEERS.items() if name in names), SOCKET]
    with subprocess.Popen([sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            groups = [[REFERENCE, title] if title == "ours" else [title] for title in alone]
            features = ["ours, bare", "ours, every feature"]
            processes = [Process.start([title], port, threads) for title in alone]
            processes.append(Process.start(features, port, []))
            for turn in range(rounds):
                for number in range(len(processes[0].names)):
                    for process in processes:
                        if number < len(process.names):
                            process.turn(number)
                if sys.stderr.isatty():
                    print(f"\r{turn + 1} of {rounds}", end="", file=sys.stderr)
            print(f"Python {sys.version.split()[0]}, {rounds} rounds")
            found = [process.end() for process in processes]
            report(list(zip(groups, found[:-1], strict=True)))
            report([([REFERENCE, *features], found[-1])])
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

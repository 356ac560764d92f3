"""The thread runtime in a process of its own: copied next to generated code, interrupted, and at exit."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unasync_plus import Config, transpile
from unasync_plus.runtime import threads

RUNTIME = Path(threads.__file__).parent
MODULES = [
    "barriers",
    "byte_streams",
    "channels",
    "completion",
    "groups",
    "limiters",
    "locks",
    "nursery",
    "open_processes",
    "queues",
    "runs",
    "sequential",
    "sequential_groups",
    "signals",
    "sockets",
    "threads",
    "timeouts",
    "timers",
]

PROGRAM = """
import os, signal, sys, threading, time
from functools import partial
from vendored.completion import as_completed, wait
from vendored.groups import TaskGroup
from vendored.locks import Condition, Event, Lock
from vendored.nursery import Nursery
from vendored.queues import Queue
from vendored.threads import Future, create_task, gather, interruptible, sleep
from vendored.timeouts import timeout, wait_for

begun = []

def clean_up():
    begun.append("clean_up")
    try:
        sleep(3600)
    finally:
        os.write(1, b"cleaned up\\n")

def block():
    begun.append("block")
    threading.Event().wait()
"""

INTERRUPT = """
def interrupt():
    mine = threading.get_ident()
    ready.wait()
    while True:  # until all have been waiting for a while
        time.sleep(0.05)
        if len(begun) < sum({wait!r}.count(function) for function in ("clean_up", "block")):
            continue
        frames = [frame for thread, frame in sys._current_frames().items() if thread != mine]
        if all(os.path.basename(frame.f_code.co_filename) in ("scopes.py", "threading.py") for frame in frames):
            break
    os.kill(os.getpid(), signal.SIGINT)

ready = threading.Event()
threading.Thread(target=interrupt, daemon=True).start()
ready.set()
try:
    {wait}
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def copy(module: str, folder: Path) -> set[str]:
    """Copy a module of the runtime, and those it imports; their names."""
    names, todo = set(), {module}
    folder.mkdir(exist_ok=True)
    while todo:
        name = todo.pop()
        names.add(name)
        text = (RUNTIME / f"{name}.py").read_text(encoding="utf-8")
        shutil.copy(RUNTIME / f"{name}.py", folder)
        imported = re.findall(r"^ *from \.(\w+) import", text, re.M)
        imported += [part for parts in re.findall(r"^from \. import (.+)", text, re.M) for part in parts.split(", ")]
        todo |= {*imported} - names
    (folder / "__init__.py").touch()
    return names


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("generated")
    for module in MODULES:
        copy(module, place / "vendored")
    return place


def run(program: str, place: Path) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program], capture_output=True, text=True, timeout=60, cwd=place
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("module", MODULES)
def test_each_module_can_be_copied_with_what_it_imports(module: str, tmp_path: Path) -> None:
    """It starts no thread, and needs no asyncio, when it is imported."""
    copy(module, tmp_path / "vendored")
    program = f"import sys, threading, vendored.{module}; print('asyncio' in sys.modules, threading.active_count())"
    assert run(program, tmp_path) == ("False 1\n", "")


def test_what_is_copied_for_a_gather_is_little(tmp_path: Path) -> None:
    assert copy("threads", tmp_path) == {"threads", "tasks", "futures", "waiting", "scopes"}
    assert copy("locks", tmp_path) == {"locks", "waiting", "scopes"}


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself Ctrl-C there")
@pytest.mark.parametrize(
    ("wait", "printed"),
    [
        ("sleep(3600)", ""),
        ("Event().wait()", ""),
        ("lock = Lock(); lock.acquire(); lock.acquire()", ""),
        ("Queue().get()", ""),
        ("Future().result()", ""),
        ("create_task(clean_up).result()", "cleaned up\n"),
        ("create_task(block).result()", ""),
        ("gather(clean_up, clean_up)", "cleaned up\ncleaned up\n"),
        ("gather(clean_up, block)", "cleaned up\n"),
        ("wait([create_task(block)])", ""),
        ("[task.result() for task in as_completed([block])]", ""),
        ("with timeout(3600): interruptible(block)", ""),
        ("wait_for(clean_up, 3600)", "cleaned up\n"),
        ("with TaskGroup() as group: group.create_task(clean_up), group.create_task(block)", "cleaned up\n"),
        (
            "with TaskGroup() as group: group.create_task(clean_up), group.create_task(block), sleep(3600)",
            "cleaned up\n",
        ),
        ("with Nursery() as group: group.start_soon(clean_up), group.start_soon(block)", "cleaned up\n"),
    ],
)
def test_ctrl_c_ends_every_wait(wait: str, printed: str, place: Path) -> None:
    """At once, but for what the tasks clean up; what cannot be interrupted is left behind."""
    assert run(PROGRAM + INTERRUPT.format(wait=wait), place) == (printed + "interrupted\n", "")


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("create_task(clean_up); sleep(0.05)", "cleaned up\n"),
        ("create_task(block); sleep(0.05)", ""),
        ("create_task(clean_up)", ""),
        ("queue = Queue(); create_task(queue.get); create_task(queue.join); sleep(0.05)", ""),
    ],
)
def test_at_exit_tasks_that_wait_clean_up_and_nothing_hangs(program: str, printed: str, place: Path) -> None:
    assert run(PROGRAM + program, place) == (printed, "")


def test_a_cleanup_that_takes_too_long_is_cut_off_at_exit(place: Path) -> None:
    program = """
def clean_up_for_ever():
    try:
        clean_up()
    finally:
        sleep(3600)

create_task(clean_up_for_ever)
sleep(0.05)
"""
    assert run(PROGRAM + program, place) == ("cleaned up\n", "")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer that sends a signal")
def test_a_signal_handler_may_set_an_event(place: Path) -> None:
    program = """
event = Event()
signal.signal(signal.SIGALRM, lambda *_: event.set())
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
for _ in range(500):
    event.wait()
    event.clear()
signal.setitimer(signal.ITIMER_REAL, 0)
print("done")
"""
    assert run(PROGRAM + program, place) == ("done\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_has_tasks_of_its_own(place: Path) -> None:
    program = """
import warnings
from vendored.threads import all_tasks
warnings.simplefilter("ignore")  # forking with threads is what this is about

def busy():
    while True:
        sleep(0)

tasks = [create_task(busy) for _ in range(4)] + [create_task(clean_up)]
sleep(0.05)
for _ in range(20):
    child = os.fork()
    if child == 0:
        ok = not all_tasks() and gather(partial(pow, 2, 3), partial(sleep, 0)) == [8, None]
        os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0
print("done", flush=True)
"""
    assert run(PROGRAM + program, place) == ("done\ncleaned up\n", "")


def test_what_is_left_behind_fails_in_silence(place: Path) -> None:
    program = """
def fail_late():
    time.sleep(0.05)
    raise ValueError

try:
    wait_for(fail_late, 0.01)
except TimeoutError:
    time.sleep(0.1)
"""
    assert run(PROGRAM + program, place) == ("", "")


def test_a_lost_exception_is_printed(place: Path) -> None:
    program = """
def fail():
    raise ValueError("lost")

create_task(fail, name="loser")
sleep(0.1)
kept = create_task(fail, name="keeper")
wait([kept])
"""
    printed, errors = run(PROGRAM + program, place)
    assert printed == ""
    assert re.findall("name='(.*)'", errors) == ["loser", "keeper"]
    assert errors.count("ValueError: lost") == 2


def test_printing_tasks_do_not_break_the_exit(place: Path) -> None:
    program = """
def beat():
    while True:
        print("beat")
        sleep(0.0001)

for _ in range(20):
    create_task(beat)
sleep(0.2)
"""
    printed, errors = run(PROGRAM + program, place)
    assert printed.count("beat") > 20
    assert errors == ""


SIGNALS = """
import asyncio
import os
import signal

log = []


async def main():
    loop = asyncio.get_running_loop()
    stop, ready = asyncio.Event(), loop.create_future()
    task = asyncio.create_task(asyncio.sleep(3600))
    loop.add_signal_handler(signal.SIGUSR1, log.append, "first")
    loop.add_signal_handler(signal.SIGUSR2, ready.set_result, "second")
    os.kill(os.getpid(), signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR2)
    log.append(await ready)
    loop.add_signal_handler(signal.SIGUSR1, stop.set)
    loop.add_signal_handler(signal.SIGINT, task.cancel)
    loop.call_later(0.01, os.kill, os.getpid(), signal.SIGUSR1)
    await stop.wait()
    loop.call_later(0.01, os.kill, os.getpid(), signal.SIGINT)
    try:
        await task
    except asyncio.CancelledError:
        log.append("cancelled")
    log.append(loop.remove_signal_handler(signal.SIGINT))
    log.append(loop.remove_signal_handler(signal.SIGINT))
    try:
        loop.add_signal_handler(signal.SIGKILL, log.append)
    except RuntimeError as error:
        log.append(str(error))
    return log


if __name__ == "__main__":
    print(asyncio.run(main()))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="signals of Unix")
def test_handlers_of_signals_on_both_sides() -> None:
    converted = transpile(SIGNALS, Config.from_mapping({"runtime": "import"})).code
    assert converted is not None and "import asyncio" not in converted
    assert run(converted, RUNTIME.parent.parent) == run(SIGNALS, RUNTIME.parent.parent)

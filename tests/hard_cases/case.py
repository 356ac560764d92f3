"""What every hard case starts with: a bridge, driven as the command line says.

A case is a program: `python early_break.py caller`. It holds if it exits with 0 and prints "ok" and nothing to standard
error. The runtime is imported from its folder, by another name than in the package: as it is when vendored.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "unasync_plus"))

from runtime.bridge import Bridge
from runtime.retry import Retry

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in processes that a shell started in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
DRIVE = sys.argv[1] if len(sys.argv) > 1 else "caller"
ASYNCIO_IS_LOADED = "asyncio" in sys.modules

if DRIVE in ("caller", "thread"):
    bridge = Bridge("case", drive=DRIVE)  # type: ignore[arg-type]
else:  # not ours, but one of others: see scripts/prove-bridge
    sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
    from bridge_peers import PEERS

    bridge = PEERS[DRIVE]("case")

__all__ = ["ASYNCIO_IS_LOADED", "DRIVE", "Bridge", "Retry", "bridge", "interrupt_soon", "press", "skip", "until"]


def skip(why: str) -> None:
    print("skipped:", why)
    sys.exit(0)


def until(condition: object, seconds: float = 0.0) -> None:
    """Wait for something that is bound to happen; with other bridges, which have less time, it may not."""
    seconds = seconds or (60.0 if isinstance(bridge, Bridge) else 8.0)
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def press() -> None:
    """Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def interrupt_soon(condition: object) -> threading.Thread:
    """Press Ctrl-C as soon as `condition` holds."""

    def job() -> None:
        until(condition)
        time.sleep(0.02)
        press()

    thread = threading.Thread(target=job)
    thread.start()
    return thread

"""asyncio's barrier for threads, with a wait that ends at deadlines and cancellations."""

from __future__ import annotations

import threading

from .locks import Event
from .waiting import checkpoint


class _Round:
    """Those who wait at a barrier for each other."""

    def __init__(self) -> None:
        self.arrived = 0
        self.over = Event()
        self.broken = False

    def end(self, *, broken: bool) -> None:
        self.broken = broken
        self.over.set()


class Barrier:
    """`asyncio.Barrier`; ``with barrier as position`` waits for the others when it is entered."""

    _ends_at_deadlines = True

    def __init__(self, parties: int) -> None:
        if parties < 1:
            raise ValueError("parties must be >= 1")
        self._mutex = threading.Lock()
        self._round = _Round()
        self._parties = parties
        self._broken = False

    @property
    def parties(self) -> int:
        return self._parties

    @property
    def n_waiting(self) -> int:
        return self._round.arrived

    @property
    def broken(self) -> bool:
        return self._broken

    def wait(self) -> int:
        """Wait until all parties have come; how many came before. A cancelled one leaves the others waiting."""
        checkpoint()
        with self._mutex:
            if self._broken:
                raise threading.BrokenBarrierError("Barrier aborted")
            this = self._round
            position = this.arrived
            this.arrived += 1
            if this.arrived == self._parties:
                self._begin_round(broken=False)
                return position
        try:
            this.over.wait()
        except BaseException:
            with self._mutex:
                this.arrived -= 1
            raise
        if this.broken:
            raise threading.BrokenBarrierError("Abort or reset of barrier")
        return position

    def reset(self) -> None:
        with self._mutex:
            self._broken = False
            self._begin_round(broken=True)

    def abort(self) -> None:
        with self._mutex:
            self._broken = True
            self._begin_round(broken=True)

    def __enter__(self) -> int:
        return self.wait()

    def __exit__(self, *_: object) -> None:
        pass

    def _begin_round(self, *, broken: bool) -> None:
        this, self._round = self._round, _Round()
        this.end(broken=broken)

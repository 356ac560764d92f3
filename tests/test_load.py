"""A short share of `scripts/stress`: two clients from 16 threads, with timeouts, cancellations, lost connections, Ctrl-C."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from load import DRIVES, PACKAGES, run

SECONDS = 1.5


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals that one process can send to itself")
@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("client", PACKAGES)
def test_nothing_is_lost_crossed_or_left(client: str, drive: str, tmp_path: Path) -> None:
    outcome = run(client, drive, SECONDS, seed=7, folder=tmp_path)
    assert outcome.problems == ()
    assert outcome.calls >= 16 * 10
    for injected in ("timeout", "ctrl-c"):
        assert outcome.sum_of(injected) > 0, f"no {injected} was tried: {outcome.counts}"

"""The bridge's hard cases, each in a process of its own with a time limit, for both ways to drive the loop."""

from __future__ import annotations

import sys

import pytest
from hard_cases.__main__ import DRIVES, NAMES, run_case

DO_NOT_HOLD_YET = {
    "anyio_scopes": "with drive = caller the process does not end",
    "ctrl_c_blocking": "now and then the signal comes before the call that it is to interrupt",
    "ctrl_c_storm": "one of many signals may reach the program outside of a call",
    "ctrl_c_follower": "depends on how busy the machine is",
    "ctrl_c_twice": "depends on how busy the machine is",
    "background_beat": "depends on how busy the machine is",
}


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("name", NAMES)
def test_hard_case(name: str, drive: str) -> None:
    if name in DO_NOT_HOLD_YET:
        pytest.xfail(DO_NOT_HOLD_YET[name])
    outcome = run_case(sys.executable, name, drive)
    if outcome.skipped:
        pytest.skip(outcome.text)
    assert outcome.holds, outcome.text

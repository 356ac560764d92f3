"""The bridge's hard cases, each in a process of its own with a time limit, for both ways to drive the loop."""

from __future__ import annotations

import sys

import pytest
from hard_cases.__main__ import DRIVES, NAMES, run_case


@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("name", NAMES)
def test_hard_case(name: str, drive: str) -> None:
    outcome = run_case(sys.executable, name, drive)
    if outcome.skipped:
        pytest.skip(outcome.text)
    assert outcome.holds, outcome.text

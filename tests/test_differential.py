"""Generated async programs do the same as they are, under asyncio.run, and converted, as plain sync code."""

from __future__ import annotations

import sys

import pytest
from differential.check import check
from differential.definitions import Program, programs
from hypothesis import HealthCheck, given, settings

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the programs use asyncio.TaskGroup and timeout")


@given(programs())
@settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_generated_programs(program: Program) -> None:
    check(program)

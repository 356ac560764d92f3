"""Generated async programs do the same as they are, under asyncio.run, and converted, as plain sync code.

Here some hundred, always the same ones; `scripts/differential` writes others, as many as are wanted.
"""

from __future__ import annotations

import sys
from random import Random

import pytest
from differential.check import check, configuration
from differential.definitions import Program, program_of, programs
from hypothesis import HealthCheck, given, settings

pytestmark = [
    pytest.mark.skipif(sys.version_info < (3, 11), reason="the programs use asyncio.TaskGroup and timeout"),
    pytest.mark.filterwarnings("ignore"),  # what the programs leave open when they fail, as they may
]


@given(programs())
@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_generated_programs(program: Program) -> None:
    check(program)


def test_all_kinds_of_statements() -> None:
    random = Random(1)
    refused = sum(bool(check(program_of(random.randint))) for _ in range(100))
    assert refused < 20


def test_generated_programs_without_threads() -> None:
    random, config = Random(2), configuration("sequential")
    refused = sum(bool(check(program_of(random.randint, threads=False), config)) for _ in range(60))
    assert refused < 25

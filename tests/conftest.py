"""What every test may use: the options of our own and the folders of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless",
        action="store_true",
        help="rewrite what the fixtures expect to what the tool does now; a person reads the diff",
    )


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests must not change what the tool does."""
    for name in [*os.environ]:
        if name.startswith(("UNASYNC_PLUS_", "PRE_COMMIT", "GIT_")) and name != "UNASYNC_PLUS_TEST_CACHE":
            monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT

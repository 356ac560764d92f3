"""What every test may use: the options of our own and the folders of the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from facade_made import Made, Make

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


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes packages that are bridged, which can be imported while the test runs."""
    from facade_made import importable, write

    with ExitStack() as made:

        def one(sources: str | Mapping[str, str], **given: Any) -> Made:
            return made.enter_context(importable(write(tmp_path, sources, **given)))

        yield one

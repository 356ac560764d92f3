"""docs/concurrency.md names functions of the runtime; they exist where it says."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "concurrency.md"


@pytest.mark.skipif(not PAGE.exists(), reason="run apart from the repository")
def test_the_page_names_what_there_is() -> None:
    rows = re.findall(r"^\|(.*)\|(.*)\| `(\w+)` \|$", PAGE.read_text(encoding="utf-8"), re.M)
    assert len(rows) > 20
    for asynchronous, sync, module in rows:
        names = set(re.findall(r"(?<![.\w])[A-Za-z_]+", f"{asynchronous} {sync}"))
        assert names & {*vars(import_module(f"unasync_plus.runtime.{module}"))}, (module, sync)
    for module, name in re.findall(
        r"`(threads|locks|queues|barriers|timeouts)\.(\w+)`", PAGE.read_text(encoding="utf-8")
    ):
        assert hasattr(import_module(f"unasync_plus.runtime.{module}"), name)

"""What modules of the standard library have; nothing is said of what else is installed."""

from __future__ import annotations

import pytest

from unasync_plus.rewrite.names.standard import lacks


@pytest.mark.parametrize(("module", "name"), [("json", "load_all"), ("os.path", "joined"), ("time", "sleep_for")])
def test_what_is_not_there(module: str, name: str) -> None:
    assert lacks(module, name)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("json", "loads"),
        ("os", "path"),
        ("xml", "dom"),
        ("json.JSONEncoder", "nothing"),
        ("this", "x"),
        ("libcst", "nothing"),
        ("nowhere", "nothing"),
    ],
)
def test_what_is_there_or_not_known(module: str, name: str) -> None:
    assert not lacks(module, name)

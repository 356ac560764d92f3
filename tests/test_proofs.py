"""The share of `scripts/prove-stubs` that every run of the tests can pay for: two packages, without pyright."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from proof_gates import Checkers
from proof_packages import PACKAGES, Package
from prove_stubs import Verdict, prove, unexplained

pytest.importorskip("mypy")


@pytest.mark.parametrize(("name", "asserted"), [("keyval", 15), ("keyval dual", 15)])
def test_a_package_is_proved(name: str, asserted: int, tmp_path: Path) -> None:
    (package,) = [one for one in PACKAGES if one.name == name]
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    verdict = prove(package, tmp_path.resolve(), Checkers(Path(sys.executable), (), version))
    assert unexplained(verdict, package) == []
    assert verdict.modules == 4 and verdict.asserted >= asserted
    assert verdict.checkers["mypy"].code == []


def test_what_is_told_needs_a_reason_and_a_reason_something_that_is_told() -> None:
    verdict = Verdict("x", 1, stubtest=["x.a is not b", "x.c differs"])
    package = Package("x", "x", (), explained={r"\.a is not": "why", "never": "why"})
    assert unexplained(verdict, package) == ["x stubtest x.c differs", "x: nothing is told that matches never"]

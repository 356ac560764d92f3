"""The asynchronous tests of real packages, converted: pytest collects the same tests on the sync side, and they pass.

Of the packages of the corpus httpcore and hishel ship asynchronous tests; elasticsearch ships none, and redis-om only the
sync ones that it generated. What a configuration excludes is declared asynchronous only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import corpus
import pytest
from conftest import ROOT

from unasync_plus import Config, build


@dataclass(frozen=True, slots=True)
class Suite:
    """A package, its tests on both sides, the generated files to be replaced, and where its modules are."""

    package: str
    asynchronous: str
    synchronous: str
    generated: tuple[str, ...]
    modules: str = "."
    only_asynchronous: tuple[str, ...] = ()  # how the names of such tests begin


HTTPCORE = Suite("httpcore", "tests/_async", "tests/_sync", ("httpcore/_sync", "tests/_sync"))
HISHEL = Suite(
    "hishel",
    "tests/_core/_async",
    "tests/_core/_sync",
    ("src/hishel/_core/_storages/_sync_*.py", "tests/_core/_sync"),
    modules="src",
    only_asynchronous=("test_sqlite_concurrency.py",),
)
PACKAGES = [
    pytest.param(suite, marks=pytest.mark.xdist_group(suite.package), id=suite.package) for suite in (HTTPCORE, HISHEL)
]
_RUNNER = re.compile(r"-?\b(?:asyncio|trio)(?:\+\w+)?\b-?")


@cache
def generated(suite: Suite, folder: Path) -> Path:
    """A copy of the package in ``folder``, its sync side made by us."""
    source = corpus.unpacked(suite.package)
    if not source.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"scripts/corpus {suite.package} has not been run")
        pytest.skip(f"needs scripts/corpus {suite.package}")
    copy = folder / suite.package
    shutil.copytree(source, copy)
    for pattern in suite.generated:
        for path in copy.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copy(ROOT / "fixtures" / "configs" / f"{suite.package}.toml", copy / "unasync-plus.toml")
    assert build(Config.load(copy)).errors == ()
    return copy


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tests-of-packages")


def run_pytest(suite: Suite, package: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:asyncio"]
    done = subprocess.run(
        [*command, "--rootdir", str(package), "-c", os.devnull, *arguments],
        cwd=package,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": f"{package / suite.modules}:{package}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def collected(suite: Suite, package: Path, side: str) -> set[str]:
    """The tests of one side, their file without its folder, their parameters without the one that runs coroutines."""
    lines = run_pytest(suite, package, "--collect-only", side).splitlines()
    names = [line.partition(f"{side}/")[2] for line in lines if "::" in line]
    return {_RUNNER.sub("", name).replace("[]", "") for name in names}


@pytest.mark.parametrize("suite", PACKAGES)
def test_as_many_as_before(suite: Suite, folder: Path) -> None:
    package = generated(suite, folder)
    before = collected(suite, package, suite.asynchronous)
    assert len(before) > 50
    only_asynchronous = {name for name in before if name.startswith(suite.only_asynchronous)}
    assert bool(only_asynchronous) == bool(suite.only_asynchronous)
    assert collected(suite, package, suite.synchronous) == before - only_asynchronous


@pytest.mark.xdist_group("hishel")
def test_converted_storage_tests_pass(folder: Path) -> None:
    package = generated(HISHEL, folder)
    output = run_pytest(HISHEL, package, HISHEL.synchronous, "-k", "not cost_with_100k_entries")
    assert " passed" in output

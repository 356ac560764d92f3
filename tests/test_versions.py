"""The same bytes on every Python, and output that runs on every Python it is for.

`scripts/setup --all-pythons` makes an environment for each other Python that it finds; without any, there is little to
compare, and the tests say so by being skipped.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from fixture_file import read

FIXTURES = sorted((ROOT / "fixtures" / "rules").rglob("*.py"))
OLDEST_FOR_THE_TOOL = (3, 10)

CONVERT = """
import json, sys
from unasync_plus import Config, transpile
answers = []
for source, table, path in json.load(sys.stdin):
    result = transpile(source, Config.from_mapping(table), path=path)
    answers.append([result.code, result.stub, [[d.line, d.column, d.code, d.message] for d in result.diagnostics]])
json.dump(answers, sys.stdout)
"""

COMPILE = """
import json, sys
for name, code in json.load(sys.stdin):
    compile(code, name, "exec", dont_inherit=True)
"""


def other_pythons() -> dict[tuple[int, ...], Path]:
    found = {}
    for python in ROOT.glob(".venv-3.*/bin/python"):
        match = re.fullmatch(r"\.venv-(\d+)\.(\d+)", python.parent.parent.name)
        if match and (python.parent.parent / "made-for").exists():
            found[tuple(map(int, match.groups()))] = python
    return dict(sorted(found.items()))


OTHERS = other_pythons()
FOR_THE_TOOL = [
    pytest.param(python, id=".".join(map(str, version)))
    for version, python in OTHERS.items()
    if version >= OLDEST_FOR_THE_TOOL
]
FOR_OUTPUT = [pytest.param(version, python, id=".".join(map(str, version))) for version, python in OTHERS.items()]


def run(python: Path | str, program: str, data: object, **environment: str) -> str:
    done = subprocess.run(
        [python, "-c", program],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=json.dumps(data),
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def questions() -> list[tuple[str, Any, str]]:
    fixtures = [(read(path), path.name) for path in FIXTURES]
    return [(fixture.source, fixture.mapping, name) for fixture, name in fixtures]


@pytest.fixture(scope="module")
def answers_here() -> list[Any]:
    answers: list[Any] = json.loads(run(sys.executable, CONVERT, questions(), PYTHONHASHSEED="1"))
    return answers


@pytest.mark.xdist_group("versions")
@pytest.mark.parametrize("python", FOR_THE_TOOL)
def test_same_output_on_another_python(python: Path, answers_here: list[Any]) -> None:
    answers = json.loads(run(python, CONVERT, questions(), PYTHONHASHSEED="2"))
    for path, here, there in zip(FIXTURES, answers_here, answers, strict=True):
        assert there == here, path


@pytest.mark.xdist_group("versions")
def test_same_output_for_another_hash_seed(answers_here: list[Any]) -> None:
    assert json.loads(run(sys.executable, CONVERT, questions(), PYTHONHASHSEED="3")) == answers_here


@pytest.mark.parametrize(("version", "python"), FOR_OUTPUT)
def test_output_compiles_where_it_is_meant_to_run(version: tuple[int, ...], python: Path) -> None:
    codes = [("unasync_plus/" + path.name, path.read_text()) for path in ROOT.glob("unasync_plus/runtime/*.py")]
    for path in FIXTURES:
        fixture = read(path)
        code = fixture.code()
        target = tuple(map(int, fixture.mapping.get("target-version", "3.9").split(".")))
        if code is not None and version >= target:
            codes.append((path.relative_to(ROOT).as_posix(), code))
    run(python, COMPILE, codes)


@pytest.mark.parametrize(("version", "python"), FOR_OUTPUT)
def test_keyval_runs_on_another_python(version: tuple[int, ...], python: Path) -> None:
    folder = ROOT / "fixtures" / "packages" / "keyval"
    program = "import runpy; runpy.run_path('fixtures/packages/keyval/examples/program.py', run_name='__main__')"
    path = os.pathsep.join([str(folder / "src"), str(folder / "examples")])
    assert "lock: door is locked" in run(python, program, None, PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1")

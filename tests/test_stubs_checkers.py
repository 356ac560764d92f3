"""The stubs of a package with one of everything, judged by mypy, stubtest and pyright."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from unasync_plus.emit.stubs import make_stub

PACKAGES = ROOT / "fixtures" / "stubs"

BEYOND_STUBTEST = {
    "everything.constants.Mode is not a Union": "a quoted alias is a string at run time",
    "everything.constants._Level is not a Union": "stubtest knows no aliases of Literal",
    "everything.constants.UserId is not a type": "a NewType is no class at run time",
    "everything.data.Plain.f is not present in stub": "mypy hides an InitVar; its default is an attribute at run time",
    "everything.generics.Ts is an unknown mypy node": "stubtest knows no TypeVarTuple",
}
"""What stubtest says of any stub for these lines, a hand-written one too."""

WARNED = {
    "everything/attributes.py": ["Client.handler"],
    "everything/computed.py": [
        f"Row.{name} has no annotation for {parameter} and its result: the stub says Any"
        for name, parameter in (("double", "number"), ("handed_back", "value"))
    ],
}
"""What the package leaves open, and is told so."""


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MYPY", "PYTHON"))}
    environment |= {"NO_COLOR": "1", "PYTHONPATH": str(cwd)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=250, check=False)


def write_stubs(package: str, folder: Path, target_version: tuple[int, int]) -> dict[str, list[str]]:
    """Copy ``package`` into ``folder``, stubs beside it; what the stub maker warned about, by file."""
    shutil.copytree(PACKAGES / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    told: dict[str, list[str]] = {}
    for path in sorted((folder / package).rglob("*.py")):
        rel = path.relative_to(folder).as_posix()
        made = make_stub(path.read_text(encoding="utf-8"), path=rel, target_version=target_version)
        path.with_suffix(".pyi").write_text(made.text, encoding="utf-8")
        if made.diagnostics:
            told[rel] = [one.message.split(" cannot")[0].removeprefix("the type of ") for one in made.diagnostics]
    return told


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("everything")
    assert write_stubs("everything", folder, (3, 9)) == WARNED
    return folder


def mypy(folder: Path, package: str, version: str) -> str:
    pytest.importorskip("mypy")
    command = ("-m", "mypy", "--strict", "--no-incremental", "--no-error-summary", "--config-file=", "-p", package)
    return run(sys.executable, *command, "--python-version", version, cwd=folder).stdout


@pytest.mark.parametrize("version", ["3.10", "3.13"])
def test_mypy_strict_accepts_the_stubs(everything: Path, version: str) -> None:
    assert mypy(everything, "everything", version) == ""


def test_mypy_strict_accepts_stubs_with_the_newest_syntax(tmp_path: Path) -> None:
    write_stubs("modern", tmp_path, (3, 13))
    assert mypy(tmp_path, "modern", "3.13") == ""


def test_stubtest_finds_nothing_but_its_own_limits(everything: Path) -> None:
    pytest.importorskip("mypy")
    found = run(sys.executable, "-m", "mypy.stubtest", "--concise", "everything", cwd=everything)
    assert found.stdout.splitlines() == sorted(BEYOND_STUBTEST), found.stderr


def test_stubtest_would_notice_a_wrong_stub(everything: Path, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    shutil.copytree(everything / "everything", tmp_path / "everything")
    stub = tmp_path / "everything" / "functions.pyi"
    stub.write_text(stub.read_text().replace("retries: int = 3", "tries: int = 3"))
    found = run(sys.executable, "-m", "mypy.stubtest", "--concise", "everything.functions", cwd=tmp_path)
    assert 'everything.functions.fetch is inconsistent, stub does not have parameter "retries"' in found.stdout


@pytest.mark.parametrize("package", ["everything", "modern"])
def test_pyright_accepts_the_stubs_in_strict_mode(package: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("basedpyright") is None:
        pytest.skip("basedpyright is not installed")
    write_stubs(package, tmp_path, (3, 9))
    shutil.copytree(tmp_path, tmp_path / "source", ignore=shutil.ignore_patterns("*.pyi"))
    stubs, source = _pyright(tmp_path, package, ".pyi"), _pyright(tmp_path / "source", package, ".py")
    assert [one for one in stubs if one not in source] == []


def _pyright(folder: Path, package: str, suffix: str) -> list[tuple[str, str, str]]:
    """(module, rule, first line of the message) for each error."""
    version = "3.9" if package == "everything" else "3.13"
    settings = {"typeCheckingMode": "strict", "pythonVersion": version, "reportMissingModuleSource": False}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    files = [str(path) for path in sorted((folder / package).rglob(f"*{suffix}"))]
    found = run(sys.executable, "-m", "basedpyright", "--outputjson", *files, cwd=folder)
    told = json.loads(found.stdout)["generalDiagnostics"]
    return [(Path(one["file"]).stem, one.get("rule", ""), one["message"].splitlines()[0]) for one in told]

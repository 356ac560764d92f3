"""The command line: every command, every option, every exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from project import TABLE, SampleProject, sample_project

import unasync_plus
from unasync_plus import Config, ConfigError, api
from unasync_plus.cli.commands import cli

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
CLIENT = "src/pkg/_sync/client.py"
COMMANDS = ("build", "check", "clean", "convert", "explain", "init", "rules", "watch")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SampleProject:
    monkeypatch.chdir(tmp_path)
    return sample_project(tmp_path)


def run(*arguments: str, code: int = 0, stdin: str | bytes | None = None) -> Result:
    done = CliRunner().invoke(cli, list(arguments), input=stdin, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def process(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "unasync_plus", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


# build and check


def test_build_says_what_it_did(project: SampleProject) -> None:
    done = run("build")
    assert f"wrote {CLIENT}" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1] == "build: 6 written"
    assert run("build").stdout.splitlines() == ["build: 6 unchanged"]
    assert run("check").stdout.splitlines() == ["check: 6 unchanged"]


def test_a_dry_run_writes_nothing(project: SampleProject) -> None:
    before = project.tree()
    done = run("build", "--dry-run", "--diff")
    assert f"would write {CLIENT}" in done.stdout
    assert "+class Client:" in done.stdout
    assert project.tree() == before
    run("build", "--dry-run", "--fail-on-change", code=1)
    run("build")
    run("build", "--dry-run", "--fail-on-change")


def test_fail_on_change(project: SampleProject) -> None:
    assert "wrote" in run("build", "--fail-on-change", code=1).stdout
    run("build", "--fail-on-change")
    (project.root / "src/pkg/_async/client.py").unlink()
    assert f"removed {CLIENT}" in run("build", "--fail-on-change", code=1).stdout
    run("build", "--fail-on-change")


def test_check_shows_how(project: SampleProject) -> None:
    run("build")
    project.write(CLIENT, project.read(CLIENT).replace("return name", "return None"))
    done = run("check", "--diff", code=1)
    assert "-        return None" in done.stdout and "+        return name" in done.stdout


def test_force(project: SampleProject) -> None:
    project.write(CLIENT, "by_hand = 1\n")
    assert f"kept {CLIENT}" in run("build", code=1).stdout
    assert "UA054" in run("build", "--dry-run", code=1).stdout
    assert f"would write {CLIENT}" not in run("build", "--dry-run", code=1).stdout
    run("build", "--force")
    run("check")


def test_paths(project: SampleProject) -> None:
    assert run("build", "src/pkg/_async/deep").stdout.splitlines()[-1] == "build: 2 written"
    assert run("check", "src/pkg/_async/deep").exit_code == 0
    assert "UA050" in run("check", code=1).stdout


def test_paths_are_relative_to_the_working_directory(project: SampleProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root / "src/pkg/_async")
    assert run("build", "client.py").stdout.splitlines() == [f"wrote {CLIENT}", "build: 1 written"]


def test_jobs_and_no_cache(project: SampleProject) -> None:
    run("build", "--jobs", "2", "--no-cache")
    assert not (project.root / ".unasync_plus_cache").exists()
    run("check", "--jobs", "1", "--no-cache")
    run("build", "--jobs", "0", code=2)
    run("build", "--jobs", "many", code=2)


def test_a_refused_file_is_1(project: SampleProject) -> None:
    project.write("src/pkg/_async/client.py", "def f(:\n")
    done = run("build", code=1)
    assert "src/pkg/_async/client.py:" in done.stdout and "UA001 [error]" in done.stdout
    assert "\n    help: " in done.stdout


def test_our_own_bug_is_2(project: SampleProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unasync_plus.rewrite.convert", lambda *_, **__: 1 / 0)
    done = run("build", "--jobs", "1", code=2)
    assert "UA000 [error] internal error: ZeroDivisionError" in done.stdout


def test_our_own_bug_anywhere_is_told_in_one_line(project: SampleProject, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(api, "build", fail)
    done = run("build", code=2)
    assert "UA000 [error] internal error: ZeroDivisionError: a bug" in done.stderr
    assert "Traceback" not in done.output
    assert "Traceback" in run("-v", "build", code=2).stderr


def test_a_disk_that_fails_is_told_in_one_line(project: SampleProject, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(api, "build", fail)
    assert run("build", code=2).stderr.strip() == "error: [Errno 5] Input/output error"


# wrong usage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such-command"], "No such command"),
        (["build", "--no-such-option"], "No such option"),
        (["build", "--output-format", "xml"], "xml"),
        (["--config", "no-such-file", "build"], "no-such-file"),
        (["convert"], "FILE"),
        (["convert", "no-such-file.py"], "no-such-file.py"),
        (["convert", "a.py", "b.py", "-o", "c.py"], "one FILE"),
        (["explain"], "CODE"),
        (["explain", "UA999"], "UA999"),
        (["explain", "nowhere.py:3"], "nowhere.py"),
        (["explain", "nowhere.py:x"], "names no line"),
        (["build", "no-such-path"], "nothing to do"),
        (["check", "pyproject.toml"], "nothing to do"),
    ],
)
def test_wrong_usage_is_2(arguments: list[str], words: str, project: SampleProject) -> None:
    done = run(*arguments, code=2)
    assert words in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("[tool.unasync-plus]\nmoed = 1\n", ["pyproject.toml", "moed", "unknown key", "did you mean `mode`"]),
        ("[tool.unasync-plus]\nmode = 1\n", ["pyproject.toml", "mode", "string"]),
        ("[tool.unasync-plus]\n", ["no package", "[[tool.unasync-plus.package]]"]),
        (TABLE.replace("_async", "_nowhere"), ["src/pkg/_nowhere does not exist", "package[0].source"]),
        (TABLE.replace("stubs", 'exclude = ["**"]\nstubs'), ["no file to convert"]),
        ("[tool.unasync-plus\n", ["pyproject.toml", "TOML"]),
        ("", ["init"]),
    ],
)
def test_wrong_configuration_is_2(table: str, words: list[str], project: SampleProject) -> None:
    project.write("pyproject.toml", table)
    for command in ("build", "check", "clean"):
        done = run(command, code=2)
        for word in words:
            assert word in done.stderr, done.stderr
        assert done.stdout == ""


@pytest.mark.parametrize("output_format", ["json", "sarif", "github"])
def test_wrong_configuration_for_programs(output_format: str, project: SampleProject) -> None:
    project.write("pyproject.toml", "[tool.unasync-plus]\nmoed = 1\n")
    done = run("check", "--output-format", output_format, code=2)
    assert "UA031" in done.stdout and "moed" in done.stdout
    if output_format != "github":
        json.loads(done.stdout)


def test_two_sources_for_one_target_is_2(project: SampleProject) -> None:
    other = '\n[[tool.unasync-plus.package]]\nsource = "other"\ntarget = "src/pkg/_sync"\n'
    project.write("pyproject.toml", TABLE + other)
    project.write("other/client.py", "")
    said = run("build", code=2).stderr
    assert "two sources for src/pkg/_sync/client.py" in said
    assert "src/pkg/_async/client.py" in said and "other/client.py" in said


# shared options


@pytest.mark.parametrize("before", [True, False])
def test_shared_options_stand_before_or_behind_the_command(before: bool, project: SampleProject) -> None:
    run("build")
    for option in (["--output-format", "json"], ["-q"], ["-v"], ["--select", "UA0"], ["--config", "pyproject.toml"]):
        done = run(*option, "check") if before else run("check", *option)
        assert done.stdout.startswith("{") == ("json" in option)


def test_shared_options_in_both_places_add_up(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE.replace("stubs", 'drop = ["nothing"]\nstubs') + "# odd\n")
    run("build")
    assert "UA030" in run("check").stdout
    assert "UA030" not in run("--ignore", "UA030", "check", "--ignore", "UA9").stdout
    assert "UA030" not in run("check", "--ignore", "UA9,UA030").stdout
    assert "UA030" not in run("--select", "UA3,UA4", "check").stdout
    assert "UA030" in run("--select", "UA3", "check", "--select", "UA03").stdout
    assert "'UA33O' is no code" in run("--ignore", "UA330,UA33O", "check", code=2).stderr
    assert run("-q", "check").stdout == ""


def test_a_configuration_elsewhere(project: SampleProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (project.root / "pyproject.toml").rename(project.root / "other.toml")
    run("--config", str(project.root / "other.toml"), "build")
    assert project.read(CLIENT)


def test_environment_variables_are_options(project: SampleProject, monkeypatch: pytest.MonkeyPatch) -> None:
    done = process("check", cwd=project.root, env={"UNASYNC_PLUS_OUTPUT_FORMAT": "json"})
    assert json.loads(done.stdout)["ok"] is False


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help(command: str, option: str) -> None:
    text = run(command, option).stdout
    for shared in ("--config", "--output-format", "--quiet", "--verbose", "--select", "--ignore"):
        assert shared in text


def test_the_list_of_commands() -> None:
    text = run("-h").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in text


def test_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert run("--version").stdout.strip() == f"unasync-plus, version {project['version']}"
    assert unasync_plus.__version__ == project["version"]


def test_shell_completion() -> None:
    done = process(cwd=ROOT, env={"_UNASYNC_PLUS_COMPLETE": "bash_source"})
    assert "_UNASYNC_PLUS_COMPLETE=bash_complete" in done.stdout
    words = {"COMP_WORDS": "unasync-plus ch", "COMP_CWORD": "1", "_UNASYNC_PLUS_COMPLETE": "bash_complete"}
    assert process(cwd=ROOT, env=words).stdout.strip() == "plain,check"


# screens


def test_no_color_where_nobody_looks(project: SampleProject) -> None:
    assert "\x1b" not in process("check", cwd=project.root).stdout
    assert "\x1b" in process("check", cwd=project.root, env={"FORCE_COLOR": "1"}).stdout
    both = process("check", cwd=project.root, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert "\x1b" not in both.stdout


@pytest.mark.skipif(os.name == "nt", reason="no such terminals there")
def test_a_terminal_gets_color_and_progress(project: SampleProject) -> None:
    assert "\x1b[31m" in on_terminal(project, {})
    said = on_terminal(project, {"NO_COLOR": "1"})
    assert "\x1b[31m" not in said and "UA050" in said
    assert "6/6" in said


def on_terminal(project: SampleProject, env: dict[str, str]) -> str:
    import pty

    main, other = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "unasync_plus", "check"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **env},
        stdin=other,
        stdout=other,
        stderr=other,
    )
    os.close(other)
    said = b""
    try:
        while block := os.read(main, 65536):
            said += block
    except OSError:
        pass  # the terminal's other end is closed
    finally:
        os.close(main)
    assert child.wait(60) == 1
    return said.decode()


def test_diagnostics_for_programs(project: SampleProject) -> None:
    found = json.loads(run("check", "--output-format", "json", code=1).stdout)
    assert {item["code"] for item in found["diagnostics"]} == {"UA050"}
    sarif = json.loads(run("check", "--output-format", "sarif", code=1).stdout)
    assert len(sarif["runs"][0]["results"]) == 6
    lines = run("check", "--output-format", "github", code=1).stdout.splitlines()
    assert len(lines) == 6 and all(line.startswith("::error ") for line in lines)


def test_a_stream_that_cannot_show_everything(project: SampleProject) -> None:
    project.write("src/pkg/_async/犬.py", "def f(:\n")
    done = process("build", cwd=project.root, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 1
    assert "\\u72ac.py:1:7: UA001" in done.stdout and "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="no such pipes there")
def test_a_profiler_has_its_say_at_the_end(project: SampleProject) -> None:
    command = [sys.executable, "-m", "cProfile", "-m", "unasync_plus", "check"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True)
    assert "function calls" in done.stdout


def test_a_reader_that_goes_away(project: SampleProject) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "unasync_plus", "rules"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    assert b"Traceback" not in child.stderr.read()
    child.stderr.close()
    child.wait(60)


# convert


SOURCE = "async def f() -> int:\n    return await g()\n\nasync def g() -> int:\n    return 1\n"
SYNC = "def f() -> int:\n    return g()\n\ndef g() -> int:\n    return 1\n"


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_convert_a_file(nowhere: Path) -> None:
    (nowhere / "a.py").write_text(SOURCE)
    done = run("convert", "a.py")
    assert done.stdout == "# Generated by unasync-plus from a.py. Do not edit.\n" + SYNC
    assert done.stderr == ""


def test_convert_standard_input(nowhere: Path) -> None:
    done = run("convert", "-", stdin=SOURCE)
    assert done.stdout == "# Generated by unasync-plus from <stdin>. Do not edit.\n" + SYNC


def test_convert_several_files_and_to_a_file(nowhere: Path) -> None:
    (nowhere / "a.py").write_text(SOURCE)
    (nowhere / "b.py").write_text("x = 1\n")
    done = run("convert", "a.py", "b.py")
    assert SYNC in done.stdout and done.stdout.endswith("x = 1\n")
    assert run("convert", "a.py", "-o", "deep/out.py").stdout == ""
    assert (nowhere / "deep/out.py").read_text().endswith(SYNC)


def test_convert_keeps_bytes(nowhere: Path) -> None:
    (nowhere / "a.py").write_bytes(b"# coding: latin-1\r\nx = '\xe4'\r\n")
    marker = b"# Generated by unasync-plus from a.py. Do not edit."
    assert run("convert", "a.py").stdout_bytes == b"# coding: latin-1\r\n" + marker + b"\r\nx = '\xe4'\r\n"


def test_convert_refuses(nowhere: Path) -> None:
    (nowhere / "a.py").write_text("def f(:\n")
    (nowhere / "b.py").write_text("x = 1\n")
    (nowhere / "out.py").write_text("old\n")
    done = run("convert", "a.py", "b.py", code=1)
    assert "a.py:1:" in done.stderr and "UA001 [error]" in done.stderr
    assert done.stdout.endswith("x = 1\n"), "the other one is converted"
    run("convert", "a.py", "-o", "out.py", code=1)
    assert (nowhere / "out.py").read_text() == "old\n"


def test_convert_without_a_configuration_is_for_the_python_that_the_source_needs(nowhere: Path) -> None:
    matching = "async def f(x):\n    match x:\n        case 1:\n            return await x.get()\n"
    assert "        case 1:\n            return x.get()\n" in run("convert", "-", stdin=matching).stdout
    (nowhere / "unasync-plus.toml").write_text('target-version = "3.9"\n')
    refused = run("convert", "-", stdin=matching, code=1).stderr
    assert "UA004 [error] the output does not compile for Python 3.9" in refused


def test_convert_takes_a_configuration_if_there_is_one(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE + '[tool.unasync-plus.rename]\n"fetch" = "load"\n')
    done = run("convert", "src/pkg/_async/client.py")
    assert "def load(" in done.stdout
    assert done.stdout.startswith("# Generated by unasync-plus from src/pkg/_async/client.py.")
    project.write("pyproject.toml", "[tool.unasync-plus]\nmoed = 1\n")
    run("convert", "src/pkg/_async/client.py", code=2)


def test_convert_to_a_stub(nowhere: Path) -> None:
    (nowhere / "a.py").write_text(SOURCE)
    stub = run("convert", "--stub", "a.py").stdout
    assert "def f() -> int: ..." in stub and "return" not in stub


def test_what_a_stub_can_not_say_is_told_to_who_asks_for_one(nowhere: Path) -> None:
    (nowhere / "a.py").write_text("async def f(x):\n    return x\n")
    assert run("convert", "a.py").stderr == ""
    assert "UA800" in run("convert", "--stub", "a.py").stderr


def test_a_stub_that_is_asked_for_is_printed_whatever_the_configuration_says(project: SampleProject) -> None:
    project.write("src/pkg/_async/deep/inner.py", 'async def inner() -> int:\n    """Deep."""\n    return 1\n')
    path = "src/pkg/_async/deep/inner.py"
    assert "def inner() -> int: ...\n" in run("convert", "--stub", path).stdout
    assert 'def inner() -> int:\n    """Deep."""\n' in run("convert", "--stub", "--stub-docstrings", path).stdout
    run("convert", "--stub-docstrings", path, code=2)
    project.write("pyproject.toml", project.read("pyproject.toml").replace("stubs = false", "stub-docstrings = true"))
    project.build()
    assert '"""Deep."""' in project.read("src/pkg/_sync/deep/inner.pyi")


# explain, rules


def test_rules() -> None:
    lines = run("rules").stdout.splitlines()
    assert any(line.startswith("UA301 ") for line in lines)
    assert any(line.startswith("UA052 ") for line in lines)
    assert any(line.split()[:1] == ["asyncio"] for line in lines)
    found = json.loads(run("rules", "--json").stdout)
    assert {item["kind"] for item in found} == {"rule", "table", "finding"}
    assert all(item["summary"] for item in found)
    assert json.loads(run("--output-format", "json", "rules").stdout) == found


def test_explain_a_code() -> None:
    for code in ("UA301", "ua301"):
        assert run("explain", code).stdout.startswith("UA301 ")
    assert "by hand" in run("explain", "UA052").stdout
    assert json.loads(run("explain", "UA301", "--output-format", "json").stdout)["code"] == "UA301"


def test_every_code_of_ours_has_a_page() -> None:
    import re

    used = set()
    for path in (ROOT / "unasync_plus").rglob("*.py"):
        used.update(re.findall(r'"(UA\d\d\d)"', path.read_text(encoding="utf-8")))
    for code in sorted(used):
        assert api.explain(code)


def test_explain_a_line_of_a_stub(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE.replace("stubs = false\n", ""))
    run("build")
    lines = project.read(f"{CLIENT}i").splitlines()
    sources = project.read("src/pkg/_async/client.py").splitlines()
    for word in ("class Client", "def fetch", "def get"):
        (line,) = [number for number, text in enumerate(lines, 1) if word in text]
        found = json.loads(run("explain", f"{CLIENT}i:{line}", "--output-format", "json").stdout)
        assert found["target"] == f"{CLIENT}i"
        assert word.replace("Client", "AsyncClient") in sources[found["source_line"] - 1]
    assert ":1 was added" in run("explain", f"{CLIENT}i:1").stdout
    for wrong in (f"{CLIENT}i:0", f"{CLIENT}i:999", "src/pkg/_sync/nowhere.pyi:1"):
        run("explain", wrong, code=2)


def test_explain_a_line(project: SampleProject) -> None:
    source = "import asyncio\n\n\nasync def f() -> None:\n    await asyncio.sleep(1)\n"
    project.write("src/pkg/_async/client.py", '"""Doc."""\n\n' + source)
    run("build")
    line = project.read(CLIENT).splitlines().index("    time.sleep(1)") + 1
    done = run("explain", f"{CLIENT}:{line}")
    assert f"{CLIENT}:{line} comes from src/pkg/_async/client.py:7" in done.stdout
    assert "UA301" in done.stdout
    assert ":1 was added: no line of src/pkg/_async/client.py stands for it" in run("explain", f"{CLIENT}:1").stdout
    assert json.loads(run("explain", f"{CLIENT}:{line}", "--output-format", "json").stdout)["source_line"] == 7
    for wrong in (f"{CLIENT}:0", f"{CLIENT}:999", "src/pkg/__init__.py:1"):
        run("explain", wrong, code=2)


# clean, init, watch


def test_clean(project: SampleProject) -> None:
    run("build")
    done = run("clean")
    assert f"removed {CLIENT}" in done.stdout
    assert not (project.root / CLIENT).exists()
    assert not (project.root / ".unasync_plus_cache").exists()
    run("build")
    run("check")


PROJECT_FILE = '# mine\n[project]\nname = "x"   # odd\n\n[tool.ruff]\nline-length=100'


@pytest.mark.parametrize("existing", [None, "", PROJECT_FILE, PROJECT_FILE + "\n", PROJECT_FILE.replace("\n", "\r\n")])
def test_init_adds_a_table_that_builds(existing: str | None, project: SampleProject) -> None:
    file = project.root / "pyproject.toml"
    file.unlink()
    if existing is not None:
        file.write_bytes(existing.encode())
    done = run("init")
    assert "src/pkg/_async -> src/pkg/_sync (2 async files)" in done.stdout
    assert "unasync-plus build" in done.stdout
    text = file.read_bytes().decode()
    assert text.startswith(existing or "")
    assert tomllib.loads(text)["tool"]["unasync-plus"]["package"] == [
        {"source": "src/pkg/_async", "target": "src/pkg/_sync"}
    ]
    assert ("\r\n" in text) == ("\r\n" in (existing or ""))
    assert "\n\n\n\n" not in text
    run("build")
    assert "already" in run("init", code=2).stderr
    assert file.read_bytes().decode() == text


@pytest.mark.parametrize(
    ("files", "pairs"),
    [
        (["pkg/__init__.py", "pkg/aio/__init__.py", "pkg/aio/client.py"], [("pkg/aio", "pkg/sync")]),
        (
            ["pkg/asynchronous/a.py", "tests/_async/test_a.py"],
            [("pkg/asynchronous", "pkg/synchronous"), ("tests/_async", "tests/_sync")],
        ),
        (["pkg/__init__.py", "pkg/client.py", "tests/test_a.py"], [("pkg", "pkg/sync")]),
        (["src/pkg/__init__.py", "src/pkg/deep/__init__.py", "src/pkg/deep/client.py"], [("src/pkg", "src/pkg/sync")]),
        (["pkg/__init__.py", "pkg/a_async.py", "pkg/b_async.py"], [("pkg/*_async.py", "pkg/*.py")]),
        (["pkg/__init__.py", "pkg/async_a.py"], [("pkg/async_*.py", "pkg/*.py")]),
        (["aredis/__init__.py", "async_redis/__init__.py", "async_redis/x.py"], [("async_redis", "sync_redis")]),
        (["one.py"], [("one.py", "one_sync.py")]),
        (["pkg/__init__.py", "pkg/x.py", "pkg/_async/a.py", "tests/test_x.py"], [("pkg/_async", "pkg/_sync")]),
        (
            ["pkg/__init__.py", "pkg/_async.py", "pkg/http/_async.py"],
            [("pkg/_async.py", "pkg/_sync.py"), ("pkg/http/_async.py", "pkg/http/_sync.py")],
        ),
        (["pkg/__init__.py", "pkg/_async_a.py", "pkg/_sync_a.py"], [("pkg/_async_*.py", "pkg/_sync_*.py")]),
        (["pkg/__init__.py", "pkg/a_async.py", "pkg/a_sync.py"], [("pkg/*_async.py", "pkg/*_sync.py")]),
        (["pkg/test_async_a.py", "pkg/test_sync_a.py"], [("pkg/test_async_a.py", "pkg/test_sync_a.py")]),
        (["a/async_db/__init__.py", "a/async_db/x.py", "a/db/__init__.py"], [("a/async_db", "a/db")]),
        (["aredis/__init__.py", "aredis/x.py", "redis/__init__.py"], [("aredis", "redis")]),
        (
            ["tests/asynchronous/test_a.py", "tests/test_a.py", "p/_async/a.py", "p/_sync/a.py"],
            [("p/_async", "p/_sync"), ("tests/asynchronous", "tests")],
        ),
        (
            [f"pkg/{name}" for name in ("__init__.py", "_async/a.py", "_async/api/b.py", "_async/api/c.py")]
            + ["pkg/api/b.py", "pkg/api/c.py"],
            [("pkg/_async", "pkg")],
        ),
        (["pkg/_async/a.py", "examples/async_a.py"], [("pkg/_async", "pkg/_sync")]),
        (["pkg/__init__.py", "pkg/a.py", "docs/a_async.py", "docs_src/async_b.py"], [("pkg", "pkg/sync")]),
        (["examples/async_a.py"], [("examples/async_*.py", "examples/*.py")]),
        (["pkg/_async/a.py", "pkg/_sync/a.py", "pkg/_async_compat/a.py"], [("pkg/_async", "pkg/_sync")]),
        (["pkg/__init__.py", "pkg/a.py", "pkg/b.py", "pkg/c.py", "pkg/async_tools.py"], [("pkg", "pkg/sync")]),
        (["tests/async_/test_a.py", "tests/sync/test_a.py"], [("tests/async_", "tests/sync")]),
        (["pkg/async/a.py", "pkg/_sync/a.py"], [("pkg/async", "pkg/_sync")]),
        (["pkg/aio/a.py", "pkg/synchronous/__init__.py"], [("pkg/aio", "pkg/synchronous")]),
        (
            [f"p/{name}.py" for name in ("__init__", "a_async", "a", "b_async", "b_sync")],
            [("p/a_async.py", "p/a.py"), ("p/b_async.py", "p/b_sync.py")],
        ),
        (["p/_async/a.py", "p/_sync_generated/a.py", "p/_sync_tools/b.py"], [("p/_async", "p/_sync_generated")]),
        (["p/_async/a.py", "samples/async_a.py", "samples/a.py"], [("p/_async", "p/_sync")]),
        (
            [f"p/{name}.py" for name in ("__init__", "aio/a", "aio/b", "aio/x/c", "aio/x/d", "aio/x/e", "a", "b")],
            [("p/aio", "p")],
        ),
        (
            [f"p/{name}.py" for name in ("__init__", "aio/a", "aio/b", "aio/c", "async_a", "a", "b", "c")],
            [("p/aio", "p")],
        ),
    ],
)
def test_init_finds(files: list[str], pairs: list[tuple[str, str]], nowhere: Path) -> None:
    for name in files:
        path = nowhere / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("" if name.endswith("__init__.py") else "async def f(): ...\n")
    assert [(pair.source, pair.target) for pair in api.propose(nowhere)] == pairs


@pytest.mark.parametrize(
    ("old", "new", "camel", "snake"),
    [
        ("class AsyncClient: ...\nasync def get_async(): ...\n", "class Client: ...\ndef get(): ...\n", "", ""),
        ("class AsyncClient: ...\nasync def get_async(): ...\n", "class SyncClient: ...\ndef get(): ...\n", "Sync", ""),
        (
            "class AsyncClient: ...\nasync def async_get(): ...\n",
            "class Client: ...\ndef sync_get(): ...\n",
            "",
            "sync",
        ),
        ("class AsyncClient: ...\nasync def async_get(): ...\n", None, "", ""),
    ],
)
def test_init_names_things_as_the_project_does(
    old: str, new: str | None, camel: str, snake: str, project: SampleProject
) -> None:
    (project.root / "pyproject.toml").unlink()
    project.write("src/pkg/_async/client.py", old)
    if new is not None:
        project.write("src/pkg/_sync/client.py", new)
    said = run("init").stdout
    assert tomllib.loads(project.read("pyproject.toml"))["tool"]["unasync-plus"]["naming"] == {
        "camel": camel,
        "snake": snake,
    }
    assert ("build --force" in said) == (new is not None)
    run("build", "--force")


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("setup.cfg", "[options]\npython_requires = >=3.10\n", "3.10"),
        ("setup.py", 'setup(\n    python_requires=">=3.8, <4",\n)\n', "3.8"),
        ("setup.py", "setup()\n", None),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.11"\n', "3.11"),
        ("pyproject.toml", "[tool.poetry]\ndependencies = 3\n", "3.12"),
        ("pyproject.toml", '[project]\nrequires-python = ">=3.11"\n', None),
    ],
)
def test_init_takes_the_oldest_python_from_where_it_is_said(
    name: str, text: str, version: str | None, project: SampleProject
) -> None:
    (project.root / "pyproject.toml").unlink()
    project.write("setup.cfg", "[options]\npython_requires = >=3.12\n" if name == "pyproject.toml" else "")
    project.write(name, text)
    run("init")
    assert tomllib.loads(project.read("pyproject.toml"))["tool"]["unasync-plus"].get("target-version") == version


def test_init_leaves_what_contains_the_source_its_own_init_file(project: SampleProject) -> None:
    (project.root / "pyproject.toml").unlink()
    (project.root / "src/pkg/_async").rename(project.root / "src/pkg/asyncio")
    project.write("src/pkg/client.py", "def get(): ...\n")
    project.write("src/pkg/deep/inner.py", "def get(): ...\n")
    project.write("src/pkg/__init__.py", "version = 1\n")
    assert "src/pkg/asyncio -> src/pkg " in run("init").stdout
    run("build", "--force")
    assert project.read("src/pkg/__init__.py") == "version = 1\n"


def test_init_finds_what_only_puts_the_async_side_together(nowhere: Path) -> None:
    together = "from ._client_async import Mixin\n\nclass ClientAsync(Mixin): ...\n"
    for name, text in (("client_async", together), ("client", ""), ("async_flag", "is_async = True\n"), ("flag", "")):
        (nowhere / f"{name}.py").write_text(text)
    assert [(pair.source, pair.target) for pair in api.propose(nowhere)] == [("*_async.py", "*.py")]


def test_init_finds_nothing(nowhere: Path) -> None:
    (nowhere / "a.py").write_text("def f(): ...\n")
    (nowhere / "b.py").write_text("async def f(:\n")
    assert "no async code" in run("init", code=2).stderr
    assert not (nowhere / "pyproject.toml").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [("[tool.unasync-plus]\n", "already"), ("a = [", "TOML"), ("tool = {}\n", "end"), ("[[tool]]\n", "end")],
)
def test_init_does_not_spoil_a_file(text: str, words: str, project: SampleProject) -> None:
    project.write("pyproject.toml", text)
    with pytest.raises(ConfigError, match=words):
        api.write_proposal(project.root, api.propose(project.root))
    assert project.read("pyproject.toml") == text


@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
def test_watch(project: SampleProject) -> None:
    pytest.importorskip("watchfiles")
    child = subprocess.Popen(
        [sys.executable, "-m", "unasync_plus", "watch"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    assert "watching" in child.stderr.readline()
    project.write("src/pkg/_async/client.py", "async def f(:\n")
    project.write("src/pkg/_async/deep/inner.py", "async def inner() -> int:\n    return 7\n")
    wait_for(project, "src/pkg/_sync/deep/inner.py", "return 7")
    project.write("src/pkg/_async/client.py", "async def f() -> int:\n    return 8\n")
    wait_for(project, CLIENT, "return 8")
    project.write("src/pkg/_async/data.json", "{}")
    project.write("elsewhere/moved.py", "async def moved() -> int:\n    return 9\n")
    (project.root / "elsewhere").rename(project.root / "src/pkg/_async/moved")
    wait_for(project, "src/pkg/_sync/moved/moved.py", "return 9")
    project.write("pyproject.toml", f"{TABLE}mod = 1\n")
    time.sleep(2)
    project.write("pyproject.toml", TABLE)
    time.sleep(2)
    child.send_signal(signal.SIGINT)
    said, errors = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "UA001" in said and "Traceback" not in errors
    assert "did you mean `mode`?" in errors and said.rstrip().endswith("unchanged")
    assert project.read("src/pkg/_sync/data.json") == "{}"


@pytest.mark.parametrize(
    ("path", "words"),
    [("_async/deep", "package[0].source: src/pkg/_async/deep cannot be listed"), ("_sync", "src/pkg/_sync: ")],
)
def test_folders_that_cannot_be_read(
    path: str, words: str, project: SampleProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("src/pkg/_async/deep/inner.py", "async def inner(): ...\n")
    run("build")
    folder, scandir = str(project.root / "src/pkg" / path), os.scandir

    def refuse(place: str) -> object:
        if str(place) == folder:
            raise PermissionError(13, "Permission denied", folder)
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuse)
    said = run("check", "--no-cache", code=2).stderr
    assert words in said and "Permission denied" in said and "help:" in said


def test_places_that_cannot_be_written(project: SampleProject, monkeypatch: pytest.MonkeyPatch) -> None:
    run("build")
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    assert "UA055 [error] cannot be removed" in run("clean", code=1).stdout

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device", "/x.tmp")

    monkeypatch.setattr("unasync_plus.pipeline.proposal_table.write", refuse)
    (project.root / "pyproject.toml").unlink()
    said = run("init", code=2).stderr
    assert "pyproject.toml: cannot be written: No space left on device" in said and "x.tmp" not in said


def test_watch_looks_at_all_that_counts(project: SampleProject) -> None:
    from unasync_plus.cli.project import _Watched

    hidden = SampleProject(project.root / ".work")
    hidden.write("pyproject.toml", TABLE)
    watched = _Watched(Config.load(hidden.write("src/pkg/_async/a.py").parents[3] / "pyproject.toml"))
    paths = {
        "src/pkg/_async/a.py": True,
        "src/pkg/_async/data.json": True,
        "src/pkg/_async/deep": True,
        "src/pkg": True,
        "other.py": True,
        "pyproject.toml": True,
        "notes.txt": False,
        "src/pkg/_async/.a.py.swp": False,
        "src/pkg/_async/__pycache__/a.pyc": False,
        "src/pkg/_sync/data.json": False,
        ".git/index.py": False,
    }
    assert {path: watched.is_interesting(None, str(hidden.root / path)) for path in paths} == paths


def wait_for(project: SampleProject, path: str, words: str) -> None:
    """Touches the configuration now and then: the watcher may have begun after the change."""
    for _ in range(300):
        if (project.root / path).exists() and words in project.read(path):
            return
        time.sleep(0.1)
        project.write("pyproject.toml", TABLE)
    pytest.fail(f"{path} did not follow its source")

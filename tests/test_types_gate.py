"""What `check --types` runs: mypy on the output, mypy on the stubs, stubtest on both."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import ROOT

from unasync_plus.api import build, check
from unasync_plus.config import Config
from unasync_plus.emit.stubs import make_stub
from unasync_plus.model import Diagnostic, Severity
from unasync_plus.types_gate import Output, check_types, gate, limits, tools

pytest.importorskip("mypy")

SOURCE = """
from typing import Literal

Level = Literal["low", "high"]

async def read(size: int) -> bytes:
    return await get(size)

async def get(size: int) -> bytes:
    return bytes(size)
"""

Project = Callable[..., "tuple[Path, list[Output]]"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A package with one module, its sync side made by dropping two words."""

    def make(source: str = SOURCE, generated: str = "", stub: str = "") -> tuple[Path, list[Output]]:
        code = generated or source.replace("async ", "").replace("await ", "")
        for side, text in (("aio", source), ("sync", code)):
            folder = tmp_path / "src" / "lib" / side
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "__init__.py").touch()
            (folder / "mod.py").write_text(dedent(text))
        (tmp_path / "src" / "lib" / "__init__.py").touch()
        made = stub or make_stub(dedent(code), path="src/lib/sync/mod.pyi", target_version=(3, 9)).text
        (tmp_path / "src" / "lib" / "sync" / "mod.pyi").write_text(made)
        (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = True\n")
        names = [
            Output(f"lib.sync{dot}", f"src/lib/sync/{file}", f"lib.aio{dot}", f"src/lib/aio/{file}")
            for dot, file in (("", "__init__.py"), (".mod", "mod.py"))
        ]
        return tmp_path, names

    return make


def judge(root: Path, outputs: list[Output], shift: int = 100) -> list[Diagnostic]:
    """With a source map that moves every line by ``shift``."""
    return list(check_types(outputs, root, lambda target, line: line + shift if shift else 0))


def errors(found: list[Diagnostic]) -> list[str]:
    return [f"{one.path}:{one.line} {one.code} {one.message}" for one in found if one.is_error]


def test_a_correct_package_passes_and_what_stubtest_cannot_read_is_a_note(project: Project) -> None:
    found = judge(*project())
    assert errors(found) == []
    (note,) = found
    assert (note.code, note.severity, note.line) == ("UA814", Severity.NOTE, 104)
    assert note.message == "stubtest: lib.sync.mod.Level is not a Union: it knows no aliases of Literal"


def test_an_error_in_the_code_is_told_at_the_source_line(project: Project) -> None:
    generated = SOURCE.replace("async ", "").replace("await get(size)", "get(str(size))")
    (found,) = [one for one in judge(*project(generated=generated)) if one.is_error]
    assert (found.path, found.line, found.code) == ("src/lib/aio/mod.py", 107, "UA810")
    assert found.message == ('mypy: Argument 1 to "get" has incompatible type "str"; expected "int" [arg-type]')
    assert found.help.startswith("found at src/lib/sync/mod.py:7:")


def test_without_a_source_line_the_output_is_named(project: Project) -> None:
    generated = SOURCE.replace("async ", "").replace("await get(size)", "get(str(size))")
    (found,) = [one for one in judge(*project(generated=generated), shift=0) if one.is_error]
    assert (found.path, found.line, found.column) == ("src/lib/sync/mod.py", 7, 16)


def test_an_error_that_the_source_has_too_is_not_told_again(project: Project) -> None:
    source = SOURCE + "\nasync def broken() -> int:\n    return 'a'\n"
    assert errors(judge(*project(source), shift=0)) != []
    root, outputs = project(source)
    found = check_types(outputs, root, lambda target, line: line, use_cache=False)
    assert [(one.code, one.severity) for one in found] == [("UA814", Severity.NOTE), ("UA815", Severity.NOTE)]
    assert (found[1].path, found[1].line) == ("src/lib/aio/mod.py", len(source.splitlines()))
    assert found[1].message == "mypy finds 1 error in the sources themselves, the first one here"


def test_an_error_that_the_source_has_in_a_signature_is_not_told_of_the_stub(project: Project) -> None:
    root, outputs = project(SOURCE + "\nasync def late(\n    first: int,\n    value: 'Nowhere',\n) -> None: ...\n")
    found = check_types(outputs, root, lambda target, line: line)
    assert [(one.code, one.line) for one in found] == [("UA814", 4), ("UA815", 14)]


def test_a_comment_that_only_an_await_needs_can_be_written_for_both_sides(project: Project) -> None:
    source = "from typing import Union, Awaitable\n\nasync def read(data: Union[Awaitable[int], int]) -> None:\n"
    line = "    await data  # type: ignore[misc]\n"
    root, outputs = project(source + line)
    (found,) = check_types(outputs, root, lambda target, line: line)
    assert (found.line, found.message) == (4, 'mypy: Unused "type: ignore" comment [unused-ignore]')
    assert "write `# type: ignore[…, unused-ignore]` there" in found.help
    root, outputs = project(source + line.replace("misc", "misc, unused-ignore"))
    assert check_types(outputs, root, lambda target, line: line) == ()


def test_stubtest_reads_on_behind_errors_of_other_modules_and_of_the_source(project: Project) -> None:
    source = "from lib.wrong import number\n\nasync def read(size: 'Nowhere') -> int:\n    return number\n"
    root, outputs = project(source, stub="def read(length: Nowhere) -> int: ...\n")
    (root / "src" / "lib" / "wrong.py").write_text("number: int = ''\n")
    found = check_types(outputs, root, lambda target, line: line)
    assert [(one.code, one.line, one.message.partition(",")[0]) for one in found] == [
        ("UA812", 3, "stubtest: lib.sync.mod.read is inconsistent"),
        ("UA815", 3, "mypy finds 1 error in the sources themselves"),
    ]


def test_an_error_on_a_line_that_a_comment_made_is_told_at_the_comment(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "packages" / "keyval", tmp_path / "keyval")
    config = Config.load(tmp_path / "keyval")
    client = tmp_path / "keyval" / "src" / "keyval" / "aio" / "client.py"
    more = "\n\nasync def size() -> int:\n    return 1  # unasync: replace return '1'\n"
    client.write_text(client.read_text() + more)
    assert build(config).ok
    (found,) = check(config, types=True).errors
    assert (found.path, found.line, found.code) == ("src/keyval/aio/client.py", client.read_text().count("\n"), "UA810")


def test_an_error_in_the_stub_is_told_at_the_definition(project: Project) -> None:
    stub = "Level: str\ndef read(size: int) -> bytes: ...\ndef get(size: Nowhere) -> bytes: ...\n"
    assert errors(judge(*project(stub=stub))) == [
        'src/lib/aio/mod.py:109 UA811 mypy, on the stub: Name "Nowhere" is not defined [name-defined]'
    ]


def test_a_stub_that_says_something_else_than_the_code(project: Project) -> None:
    stub = "Level: object\ndef read(length: int) -> bytes: ...\n"
    assert errors(judge(*project(stub=stub))) == [
        "src/lib/aio/mod.py:106 UA812 stubtest: lib.sync.mod.read is inconsistent, "
        'stub parameter "length" differs from runtime parameter "size"',
        "src/lib/aio/mod.py:109 UA812 stubtest: lib.sync.mod.get is not present in stub",
    ]


def test_code_that_cannot_be_imported(project: Project) -> None:
    generated = SOURCE.replace("async ", "").replace("await ", "") + "\nraise RuntimeError('no')\n"
    found = errors(judge(*project(generated=generated)))
    assert len(found) == 1
    assert "UA812 stubtest: lib.sync.mod failed to import" in found[0]


def _note(ran: list[str], name: str) -> list[object]:
    ran.append(name)
    return []


def test_the_verdict_is_remembered_until_something_changes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root, outputs = project()
    first = judge(root, outputs)
    ran: list[str] = []
    for name in ("mypy", "stubtest"):
        monkeypatch.setattr(gate, name, lambda *args, name=name: _note(ran, name))
    assert judge(root, outputs) == first
    assert ran == []
    (root / "src" / "lib" / "sync" / "mod.py").write_text("x = 1\n")
    judge(root, outputs)
    assert ran == ["mypy", "mypy", "stubtest"]
    ran.clear()
    check_types(outputs, root, use_cache=False)
    assert ran == ["mypy", "mypy", "stubtest"]


def test_another_environment_gives_another_verdict(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root, outputs = project()
    judge(root, outputs)
    ran: list[str] = []
    for name in ("mypy", "stubtest"):
        monkeypatch.setattr(gate, name, lambda *args, name=name: _note(ran, name))
    monkeypatch.setattr(gate, "interpreter", lambda: (sys.executable, "with pydantic"))
    judge(root, outputs)
    assert ran == ["mypy", "mypy", "stubtest"]


def test_the_active_environment_judges_if_it_has_mypy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    active = tmp_path / "bin" / "python"
    active.parent.mkdir()
    try:
        for answer, expected in (("echo 2.0", (str(active), "2.0")), ("exit 1", None)):
            active.write_text(f"#!/bin/sh\n{answer}\n")
            active.chmod(0o755)
            monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
            tools.interpreter.cache_clear()
            found = tools.interpreter()
            assert found == expected if expected else found[0] == sys.executable
    finally:
        tools.interpreter.cache_clear()


def test_what_cannot_be_imported_names_the_python(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root, outputs = project()
    (root / "src" / "lib" / "sync" / "mod.py").write_text("import nowhere_at_all\n")
    found = [one for one in judge(root, outputs) if "failed to import" in one.message]
    assert found
    assert all(sys.executable in one.help for one in found)


def test_without_mypy_it_says_so_and_remembers_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root, outputs = project()

    def gone(*args: object) -> list[object]:
        raise tools.ToolError("mypy gave up: out of memory")

    monkeypatch.setattr(gate, "mypy", gone)
    (found,) = judge(root, outputs)
    assert (found.code, found.message, found.is_error) == ("UA813", "mypy gave up: out of memory", True)
    monkeypatch.undo()
    assert errors(judge(root, outputs)) == []


def test_files_are_grouped_by_the_folder_that_imports_start_from() -> None:
    assert Output("a.b", "src/a/b.py", "a.c", "src/a/c.py").base() == "src"
    assert Output("a.b", "src/a/b/__init__.py", "a.c", "src/a/c.py").base() == "src"
    assert Output("b", "b.py", "c", "c.py").base() == "."


def test_check_types_judges_what_is_built(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "packages" / "keyval", tmp_path / "keyval")
    config = Config.load(tmp_path / "keyval")
    assert build(config).ok
    assert check(config, types=True).diagnostics == ()
    client = tmp_path / "keyval" / "src" / "keyval" / "aio" / "client.py"
    wrong = client.read_text() + "\n\nasync def late(value: 'Nowhere') -> None: ...\n"
    client.write_text(wrong)
    build(config)
    assert [one.code for one in check(config, types=True).diagnostics] == ["UA815"]


def test_the_dual_interface_passes_with_its_runtime(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "packages" / "keyval", tmp_path / "keyval")
    pair = '[[package]]\nsource = "src/keyval/aio"\ntarget = "src/keyval/sync"\n'
    settings = f'mode = "bridge"\ninterface = "dual"\n{pair}'
    (tmp_path / "keyval" / "unasync-plus.toml").write_text(settings)
    config = Config.load(tmp_path / "keyval")
    assert build(config).ok
    assert (tmp_path / "keyval" / "src" / "keyval" / "sync" / "_unasync_plus" / "wrap.py").is_file()
    assert check(config, types=True).diagnostics == ()


def test_what_is_there_at_run_time_only_of_an_alias_and_of_a_typed_dict_is_not_judged() -> None:
    code = "class Row(TypedDict):\n    n: int\nPlace = Annotated[Point, Check()]\nPoints = list[Point]\n"
    assert limits.beyond_stubtest("Place.move", "is not present at runtime", code)
    assert not limits.beyond_stubtest("Row.move", "is not present at runtime", code)
    assert limits.beyond_stubtest("Row.__closed__", "is not present in stub", code)
    assert not limits.beyond_stubtest("Row.n", "is not present in stub", code)


def test_what_is_decided_at_run_time_is_not_judged() -> None:
    code = """
if TYPE_CHECKING:
    Key: TypeAlias = int
class Client:
    port: int = None  # type: ignore[assignment]
    if DEBUG:
        def __check(self): ...
    else:
        try:
            limit = 1
        except ValueError:
            limit = "1"
    def get(self): ...
"""
    gone = "is not present at runtime"
    for name in ("Key", "Client.__check", "Client.limit"):
        assert limits.beyond_stubtest(name, gone, code), name
    for name in ("Client", "Client.get", "Client.port", "Other.limit", "Client.missing"):
        assert not limits.beyond_stubtest(name, gone, code) or name == "Other.limit", name
    assert limits.beyond_stubtest("Client.port", "variable differs from runtime type None", code)
    assert limits.beyond_stubtest("Client", "cannot be subclassed at runtime, but isn't marked with @final", code)


def test_a_class_is_judged_where_it_is_defined() -> None:
    message = "is not present in stub"
    assert limits.beyond_stubtest("Http.close", message, "from .http import Http\n")
    assert not limits.beyond_stubtest("Http.close", message, "class Http:\n    def close(self): ...\n")
    assert not limits.beyond_stubtest("Http.close", message, 'Http = make("close")\n')
    assert not limits.beyond_stubtest("close", message, "from .http import Http\n")


def test_the_runtime_within_the_output_is_not_the_projects_to_mend(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, outputs = project()
    said = [
        tools.Mismatch(f"lib.sync.{name}", "is not present at runtime") for name in ("_unasync_plus.wrap.T", "mod.T")
    ]
    monkeypatch.setattr(gate, "stubtest", lambda *_: said)
    monkeypatch.setattr(gate, "mypy", lambda *_: [])
    found = check_types(outputs, root, use_cache=False)
    assert [(item.path, item.message) for item in found] == [
        ("src/lib/sync/mod.py", "stubtest: lib.sync.mod.T is not present at runtime")
    ]

"""Every way in which an output can cease to be what its source becomes: `check` says so, `build` mends it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from project import TABLE, SampleProject, codes, sample_project

from unasync_plus.cli.commands import cli

CLIENT = "src/pkg/_sync/client.py"


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = sample_project(tmp_path)
    assert project.build().ok
    return project


def edit(path: str, change: Callable[[str], str]) -> Callable[[SampleProject], None]:
    def drift(project: SampleProject) -> None:
        text = project.read(path)
        assert change(text) != text
        project.write(path, change(text))

    return drift


def remove(path: str) -> Callable[[SampleProject], None]:
    return lambda project: (project.root / path).unlink()


def rename_folder(project: SampleProject) -> None:
    (project.root / "src/pkg/_async/deep").rename(project.root / "src/pkg/_async/deeper")


def swap_data(project: SampleProject) -> None:
    project.write("src/pkg/_async/data/names.txt", "three\n")


DRIFTS: dict[str, tuple[Callable[[SampleProject], object], str, str]] = {
    "missing": (remove(CLIENT), CLIENT, "UA050"),
    "folder missing": (
        lambda project: shutil.rmtree(project.root / "src/pkg/_sync/deep"),
        "src/pkg/_sync/deep/inner.py",
        "UA050",
    ),
    "data missing": (remove("src/pkg/_sync/py.typed"), "src/pkg/_sync/py.typed", "UA050"),
    "truncated": (edit(CLIENT, lambda text: text[: len(text) // 2]), CLIENT, "UA052"),
    "last line cut off": (edit(CLIENT, lambda text: "".join(text.splitlines(True)[:-1])), CLIENT, "UA052"),
    "emptied": (edit(CLIENT, lambda text: ""), CLIENT, "UA052"),
    "cut off inside the header": (edit(CLIENT, lambda text: text[:12]), CLIENT, "UA052"),
    "newline at the end lost": (edit(CLIENT, lambda text: text.rstrip("\n")), CLIENT, "UA052"),
    "appended to": (edit(CLIENT, lambda text: text + "# more\n"), CLIENT, "UA052"),
    "blank line appended": (edit(CLIENT, lambda text: text + "\n"), CLIENT, "UA052"),
    "edited": (edit(CLIENT, lambda text: text.replace("return name", "return name.upper()")), CLIENT, "UA052"),
    "line ends changed": (edit(CLIENT, lambda text: text.replace("\n", "\r\n")), CLIENT, "UA052"),
    "header edited": (edit(CLIENT, lambda text: text.replace("Do not edit", "Do edit")), CLIENT, "UA052"),
    "header replaced": (edit(CLIENT, lambda text: "# mine\n" + text.partition("\n")[2]), CLIENT, "UA052"),
    "header lost": (edit(CLIENT, lambda text: text.partition("\n")[2]), CLIENT, "UA052"),
    "header names another source": (edit(CLIENT, lambda text: text.replace("client.py", "x.py", 1)), CLIENT, "UA052"),
    "source changed": (
        edit("src/pkg/_async/client.py", lambda text: text.replace("return name", "return name * 2")),
        CLIENT,
        "UA051",
    ),
    "comment in the source changed": (
        edit("src/pkg/_async/client.py", lambda text: text + "# a comment\n"),
        CLIENT,
        "UA051",
    ),
    "configuration changed": (
        edit("pyproject.toml", lambda text: text + '[tool.unasync-plus.rename]\n"fetch" = "load"\n'),
        CLIENT,
        "UA051",
    ),
    "own header configured": (
        edit("pyproject.toml", lambda text: text.replace("stubs = false", 'stubs = false\nheader = "Ours."')),
        CLIENT,
        "UA051",
    ),
    "source deleted": (remove("src/pkg/_async/client.py"), CLIENT, "UA053"),
    "data deleted": (remove("src/pkg/_async/data/names.txt"), "src/pkg/_sync/data/names.txt", "UA053"),
    "data changed": (swap_data, "src/pkg/_sync/data/names.txt", "UA051"),
    "data edited": (
        edit("src/pkg/_sync/data/names.txt", lambda text: text + "more\n"),
        "src/pkg/_sync/data/names.txt",
        "UA052",
    ),
    "file added": (
        lambda project: project.write("src/pkg/_async/new.py", "async def new() -> None: ...\n"),
        "src/pkg/_sync/new.py",
        "UA050",
    ),
    "data added": (
        lambda project: project.write("src/pkg/_async/new.json", "{}"),
        "src/pkg/_sync/new.json",
        "UA050",
    ),
    "folder renamed: the old one": (rename_folder, "src/pkg/_sync/deep/inner.py", "UA053"),
    "folder renamed: the new one": (rename_folder, "src/pkg/_sync/deeper/inner.py", "UA050"),
    "target changed in the configuration": (
        edit("pyproject.toml", lambda text: text.replace("pkg/_sync", "pkg/sync")),
        "src/pkg/sync/client.py",
        "UA050",
    ),
    "excluded meanwhile": (
        edit("pyproject.toml", lambda text: text.replace("stubs", 'exclude = ["client.py"]\nstubs')),
        CLIENT,
        "UA053",
    ),
    "file renamed by configuration": (
        edit("pyproject.toml", lambda text: text + '[tool.unasync-plus.rename]\n"client" = "klient"\n'),
        CLIENT,
        "UA053",
    ),
}


@pytest.mark.parametrize("with_memory", [True, False], ids=["with memory", "without memory"])
@pytest.mark.parametrize("name", DRIFTS)
def test_drift_is_found_and_mended(name: str, with_memory: bool, project: SampleProject) -> None:
    drift, path, code = DRIFTS[name]
    drift(project)
    if not with_memory:
        shutil.rmtree(project.root / ".unasync_plus_cache")
        if name == "data deleted":
            pytest.skip("that a file without a marker was a copy is known by memory only")
    before = project.tree()

    report = project.check()

    assert project.tree() == before, "check never writes"
    found = {item.path: item for item in report.errors}
    assert path in found
    assert found[path].code == (code if with_memory or code != "UA052" else "UA051")
    assert "unasync-plus build" in found[path].help
    assert project.build().ok
    assert project.check().ok, "build mends what check finds"
    assert (project.root / path).exists() == (code != "UA053")


@pytest.mark.parametrize("name", DRIFTS)
def test_the_command_exits_with_1_and_names_file_and_command(
    name: str, project: SampleProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    drift, path, code = DRIFTS[name]
    drift(project)
    monkeypatch.chdir(project.root)

    done = CliRunner().invoke(cli, ["check"])

    assert done.exit_code == 1
    assert f"{path}:" in done.output
    assert f"{code} [error]" in done.output
    assert "unasync-plus build" in done.output


def test_a_clean_tree_is_clean(project: SampleProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    assert CliRunner().invoke(cli, ["check"]).exit_code == 0
    assert CliRunner().invoke(cli, ["check", "--no-cache"]).exit_code == 0


def test_build_right_after_build_changes_nothing(project: SampleProject) -> None:
    before = {path: (project.root / path).stat().st_mtime_ns for path in project.tree()}
    report = project.build()
    assert report.ok and not report.written
    assert {path: (project.root / path).stat().st_mtime_ns for path in project.tree()} == before


def test_without_any_output_everything_is_missing_and_nothing_is_written(tmp_path: Path) -> None:
    project = sample_project(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    report = project.check()
    assert {item.code for item in report.errors} == {"UA050"}
    assert len(report.errors) == 6
    assert sorted(tmp_path.rglob("*")) == before, "not even a cache"


def test_the_first_differing_line_is_named(project: SampleProject) -> None:
    edit(CLIENT, lambda text: text.replace("return name\n", "return None\n"))(project)
    (found,) = project.check().errors
    assert found.line == project.read(CLIENT).splitlines().index("        return None") + 1


def test_the_file_to_edit_is_named(project: SampleProject) -> None:
    edit(CLIENT, lambda text: text + "x = 1\n")(project)
    (found,) = project.check().errors
    assert "src/pkg/_async/client.py" in found.message + found.help


@pytest.mark.skipif(os.name == "nt", reason="no such file mode there")
def test_the_executable_bit_follows_the_source(project: SampleProject) -> None:
    (project.root / "src/pkg/_async/client.py").chmod(0o755)
    assert codes(project.check()) == {"UA051"}
    assert project.build().ok
    assert os.access(project.root / CLIENT, os.X_OK)
    assert project.check().ok


# files that are not ours


def test_a_hand_written_file_is_kept_unless_forced(tmp_path: Path) -> None:
    project = sample_project(tmp_path)
    project.write(CLIENT, "def by_hand(): ...\n")
    for report in (project.check(), project.build()):
        (found,) = [item for item in report.errors if item.path == CLIENT]
        assert found.code == "UA054" and "--force" in found.help
    assert project.read(CLIENT) == "def by_hand(): ...\n"
    assert project.read("src/pkg/_sync/deep/inner.py"), "the others are written"
    assert project.build(force=True).ok
    assert "class Client" in project.read(CLIENT)
    assert project.check().ok


def test_hand_written_data_is_kept_unless_forced(tmp_path: Path) -> None:
    project = sample_project(tmp_path)
    project.write("src/pkg/_sync/data/names.txt", "mine\n")
    project.write("src/pkg/_sync/data/code.py", "mine = 1\n")
    assert codes(project.build()) == {"UA054"}
    assert project.read("src/pkg/_sync/data/names.txt") == "mine\n"
    assert project.build(force=True).ok
    assert project.read("src/pkg/_sync/data/names.txt") == "one\ntwo\n"


def test_equal_data_is_as_good_as_ours(tmp_path: Path) -> None:
    project = sample_project(tmp_path)
    project.write("src/pkg/_sync/py.typed", "")
    project.write("src/pkg/_sync/data/names.txt", "one\ntwo\n")
    assert project.build().ok


def test_our_data_among_our_code_needs_no_memory(project: SampleProject) -> None:
    project.write("src/pkg/_async/py.typed", "partial\n")
    shutil.rmtree(project.root / ".unasync_plus_cache")
    assert project.build().ok
    assert project.read("src/pkg/_sync/py.typed") == "partial\n"


def test_files_that_nothing_generates_are_left_alone(project: SampleProject) -> None:
    project.write("src/pkg/_sync/extra.py", "by_hand = 1\n")
    project.write("src/pkg/_sync/notes.txt", "by hand\n")
    assert project.check().ok
    assert project.build().ok
    assert project.read("src/pkg/_sync/extra.py") == "by_hand = 1\n"


def test_a_file_that_quotes_the_marker_is_no_orphan(project: SampleProject) -> None:
    quote = '"""Files begin with\n# Generated by unasync-plus from src/pkg/_async/x.py. Do not edit.\n"""\n'
    project.write("src/pkg/_sync/extra.py", quote)
    assert project.check().ok


def test_a_folder_in_the_place_of_a_target(project: SampleProject) -> None:
    (project.root / CLIENT).unlink()
    (project.root / CLIENT).mkdir()
    assert {item.path for item in project.check().errors} == {CLIENT}
    report = project.build()
    assert [item.path for item in report.errors] == [CLIENT]
    assert not project.build(force=True).ok, "a folder is never deleted"


# targets that hold other things


def test_a_target_that_contains_its_source(tmp_path: Path) -> None:
    table = TABLE.replace("src/pkg/_async", "tests/asynchronous").replace("src/pkg/_sync", "tests")
    project = SampleProject(tmp_path)
    project.write("pyproject.toml", table)
    project.write("tests/asynchronous/test_it.py", "async def test_it() -> None: ...\n")
    project.write("tests/test_by_hand.py", "def test_by_hand() -> None: ...\n")
    assert project.build().ok
    assert project.read("tests/test_it.py").endswith("def test_it() -> None: ...\n")
    assert project.check().ok
    (tmp_path / "tests/asynchronous/test_it.py").unlink()
    project.write("tests/asynchronous/test_other.py", "async def test_other() -> None: ...\n")
    assert {item.path: item.code for item in project.check().errors} == {
        "tests/test_it.py": "UA053",
        "tests/test_other.py": "UA050",
    }
    assert project.build().ok
    assert sorted(path for path in project.tree() if path.startswith("tests/")) == [
        "tests/asynchronous/test_other.py",
        "tests/test_by_hand.py",
        "tests/test_other.py",
    ]


def test_generated_files_of_another_configuration_are_no_orphans(tmp_path: Path) -> None:
    project = sample_project(tmp_path)
    inner = sample_project(tmp_path / "src/pkg/_sync/example")
    assert inner.build().ok
    assert project.build().ok
    before = inner.tree()
    assert project.check().ok
    (inner.root / "src/pkg/_async/client.py").unlink()
    assert project.check().ok and project.build().ok
    assert set(before) - set(inner.tree()) == {"src/pkg/_async/client.py"}


def test_an_empty_folder_goes_with_its_last_orphan(project: SampleProject) -> None:
    shutil.rmtree(project.root / "src/pkg/_async/deep")
    project.write("src/pkg/_sync/deep/__pycache__/inner.cpython-312.pyc", b"x")
    assert project.build().ok
    assert not (project.root / "src/pkg/_sync/deep").exists()


def test_stubs_switched_off_are_orphans(tmp_path: Path) -> None:
    project = sample_project(tmp_path, TABLE.replace("stubs = false", "stubs = true"))
    report = project.build()
    if not (tmp_path / "src/pkg/_sync/client.pyi").exists():
        pytest.skip(f"no stubs yet: {report.diagnostics}")
    project.write("pyproject.toml", TABLE)
    found = {item.path: item.code for item in project.check().errors}
    assert found["src/pkg/_sync/client.pyi"] == "UA053"


# a part of the whole


def test_paths_narrow_what_is_built_and_checked(project: SampleProject) -> None:
    for name in ("client.py", "deep/inner.py"):
        edit(f"src/pkg/_async/{name}", lambda text: text + "x = 1\n")(project)
    assert {item.path for item in project.check("src/pkg/_async/client.py").errors} == {CLIENT}
    assert {item.path for item in project.check(CLIENT).errors} == {CLIENT}
    assert {item.path for item in project.check("src/pkg/_sync/deep").errors} == {"src/pkg/_sync/deep/inner.py"}
    assert [change.target for change in project.build("src/pkg/_async/client.py").written] == [CLIENT]
    assert {item.path for item in project.check().errors} == {"src/pkg/_sync/deep/inner.py"}


def test_paths_of_orphans(project: SampleProject) -> None:
    (project.root / "src/pkg/_async/client.py").unlink()
    assert codes(project.check("src/pkg/_async/deep")) == set()
    for path in ("src/pkg/_sync", CLIENT, "src/pkg/_async/client.py"):
        assert {item.path for item in project.check(path).errors} == {CLIENT}
    assert [change.target for change in project.build("src/pkg/_async/client.py").written] == [CLIENT]


STARS = """\
[tool.unasync-plus]
stubs = false

[[tool.unasync-plus.package]]
source = "src/pkg/*_async.py"
target = "src/pkg/*.py"

[[tool.unasync-plus.package]]
source = "tests/*_async"
target = "tests/*_sync"

[[tool.unasync-plus.package]]
source = "one/aio.py"
target = "one/sync.py"
"""


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("src/pkg/pool_async.py", "src/pkg/pool.py"),
        ("tests/unit_async/test_pool.py", "tests/unit_sync/test_pool.py"),
    ],
)
def test_orphans_of_sources_with_a_star(tmp_path: Path, source: str, target: str) -> None:
    project = SampleProject(tmp_path)
    project.write("pyproject.toml", STARS)
    for name in ("src/pkg/client_async.py", "tests/unit_async/test_client.py", "one/aio.py", source):
        project.write(name, "async def f():\n    pass\n")
    project.write("src/pkg/by_hand.py", "x = 1\n")
    assert project.build().ok
    (project.root / source).unlink()
    report = project.check()
    assert codes(report) == {"UA053"}
    assert report.diagnostics[0].path == target
    assert project.build().ok
    assert not (project.root / target).exists()
    assert (project.root / "src/pkg/client.py").exists() and (project.root / "src/pkg/by_hand.py").exists()


def test_what_a_package_that_was_moved_away_has_left_behind(project: SampleProject) -> None:
    old = "src/pkg/_sync/deep/left.py"
    project.write(old, "# Generated by unasync-plus from old/place/left.py. Do not edit.\n")
    assert codes(project.check()) == {"UA053"}
    project.write("old/place/left.py", "async def f(): ...\n")  # another configuration may generate it
    assert codes(project.check()) == set()

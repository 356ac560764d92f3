"""The configuration: every key, every level, every mistake."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unasync_plus.config import Config, ConfigError, Naming, Settings
from unasync_plus.config.globs import Glob
from unasync_plus.config.load import oldest_python

PACKAGE: dict[str, Any] = {"source": "src/pkg/_async", "target": "src/pkg/_sync"}


def settings(**table: Any) -> Settings:
    return Config.from_mapping({key.replace("_", "-"): value for key, value in table.items()}).settings


# values


VALUES: list[tuple[str, object, object]] = [
    ("target-version", "3.12", (3, 12)),
    ("mode", "auto", "auto"),
    ("interface", "dual", "dual"),
    ("concurrency", "sequential", "sequential"),
    ("stubs", False, False),
    ("stub-docstrings", True, True),
    ("runtime", "import", "import"),
    ("format", [], ()),
    ("format", "ruff format -", (("ruff", "format", "-"),)),
    ("format", ["ruff", "format", "-"], (("ruff", "format", "-"),)),
    ("format", [["isort", "-"], ["black", "-"]], (("isort", "-"), ("black", "-"))),
    ("header", "Ours.", "Ours."),
    ("exclude", ["a/**"], ("a/**",)),
    ("drop", ["ensure_async"], ("ensure_async",)),
    ("keep", ["pkg.x"], ("pkg.x",)),
    ("leave", ["inspect"], ("inspect",)),
    ("share", "modules", "modules"),
    ("rename-text", ["comments"], frozenset({"comments"})),
    ("rename-text", [], frozenset()),
    ("drive", "thread", "thread"),
    ("in-loop", "warn", "warn"),
    ("naming", {"camel": "Sync", "snake": False}, Naming(camel="Sync", snake=None)),
    ("naming", {"snake": "sync", "snake-at": "end", "keep": ["a"]}, Naming("", "sync", "end", ("a",))),
    ("rename", {"aread": "read", "a*_pool": "*_pool", "*": "*"}, {"aread": "read", "a*_pool": "*_pool", "*": "*"}),
    ("replace", {"anyio.Path": "pathlib.Path"}, {"anyio.Path": "pathlib.Path"}),
    (
        "rewrite",
        {"ensure($f, $$a)": "$f($$a)", "self.x()": "", "await a.b": "c"},
        {"ensure($f, $$a)": "$f($$a)", "self.x()": "", "await a.b": "c"},
    ),
    ("define", {"IS_ASYNC": False, "is_async($x)": True}, {"IS_ASYNC": False, "is_async($x)": True}),
    ("set", {"_IS_SYNC": True, "a.NAME": "x", "N": 3}, {"_IS_SYNC": True, "a.NAME": "x", "N": 3}),
    ("text", {"asynchronous": "synchronous"}, {"asynchronous": "synchronous"}),
    ("directives", {"ASYNC": "async-branch", "X": "replace a = 1"}, {"ASYNC": "async-branch", "X": "replace a = 1"}),
]


@pytest.mark.parametrize(("key", "given", "wanted"), VALUES)
def test_a_value_is_read(key: str, given: object, wanted: object) -> None:
    read = Config.from_mapping({key: given}).settings
    assert getattr(read, key.replace("-", "_")) == wanted


@pytest.mark.parametrize(("key", "given", "wanted"), VALUES)
def test_an_underscore_is_as_good_as_a_dash(key: str, given: object, wanted: object) -> None:
    read = Config.from_mapping({key.replace("-", "_"): given}).settings
    assert getattr(read, key.replace("-", "_")) == wanted


def test_defaults() -> None:
    assert Config().settings == Config.from_mapping({}).settings == Settings()
    default = Settings()
    assert (default.mode, default.interface, default.concurrency) == ("direct", "sync", "threads")
    assert (default.stubs, default.runtime, default.format, default.share) == (True, "vendor", (), "auto")
    assert (default.drive, default.in_loop) == ("caller", "error")
    assert default.rename_text == {"docstrings", "comments", "strings"}


# mistakes


MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"moed": "direct"}, "moed", "mode"),
    ({"renames": {}}, "renames", "rename"),
    ({"target_versoin": "3.9"}, "target_versoin", "target-version"),
    ({"naming": {"snakes": ""}}, "naming.snakes", "snake"),
    ({"package": [{**PACKAGE, "traget": "x"}]}, "package[0].traget", "target"),
    ({"package": [{**PACKAGE, "override": []}]}, "package[0].override", "did you mean"),
    ({"override": [{"files": ["x"], "source": "y"}]}, "override[0].source", "did you mean"),
    ({"mode": "dirct"}, "mode", "direct"),
    ({"mode": True}, "mode", "string"),
    ({"stubs": "yes"}, "stubs", "true or false"),
    ({"stubs": 1}, "stubs", "true or false"),
    ({"target-version": 3.9}, "target-version", '"3.9"'),
    ({"target-version": "2.7"}, "target-version", "3.7"),
    ({"target-version": "3.6"}, "target-version", "3.7"),
    ({"target-version": "py39"}, "target-version", "3.9"),
    ({"exclude": "a"}, "exclude", "array"),
    ({"exclude": [1]}, "exclude[0]", "string"),
    ({"exclude": ["[z-a]"]}, "exclude[0]", "pattern"),
    ({"drop": [""]}, "drop[0]", "empty"),
    ({"keep": ["a b"]}, "keep[0]", "is no name"),
    ({"leave": ["a-b.c"]}, "leave[0]", "is no name"),
    ({"naming": {"keep": ["async_*"]}}, "naming.keep[0]", "is no name"),
    ({"rename-text": ["strings", "code"]}, "rename-text[1]", "comments"),
    ({"naming": True}, "naming", "table"),
    ({"naming": {"camel": True}}, "naming.camel", "string"),
    ({"naming": {"camel": "Blocking"}}, "naming.camel", "Sync"),
    ({"naming": {"snake": "Sync"}}, "naming.snake", "sync"),
    ({"naming": {"snake-at": "middle"}}, "naming.snake-at", "any"),
    ({"rename": ["a"]}, "rename", "table"),
    ({"rename": {"a": 1}}, "rename.a", "string"),
    ({"rename": {"a": ""}}, "rename.a", "empty"),
    ({"rename": {"a*": "b"}}, 'rename."a*"', "one *"),
    ({"rename": {"a": "b*"}}, "rename.a", "one *"),
    ({"rename": {"*a*": "*b*"}}, 'rename."*a*"', "one *"),
    ({"rename": {"a.b": "c"}}, 'rename."a.b"', "replace"),
    ({"rename": {"a b": "c"}}, 'rename."a b"', "identifier"),
    ({"rename": {"a": "1"}}, "rename.a", "identifier"),
    ({"rename": {"a": "class"}}, "rename.a", "keyword"),
    ({"replace": {"a-b": "c"}}, "replace.a-b", "name"),
    ({"replace": {"a": "b()"}}, "replace.a", "name"),
    ({"rewrite": {"f(": "g"}}, 'rewrite."f("', "expression"),
    ({"rewrite": {"f()": "x = 1"}}, 'rewrite."f()"', "expression"),
    ({"rewrite": {"f($x)": "g($y)"}}, 'rewrite."f($x)"', "$y"),
    ({"define": {"A": [1]}}, "define.A", "boolean"),
    ({"define": {"if": True}}, "define.if", "expression"),
    ({"set": {"a b": 1}}, 'set."a b"', "name"),
    ({"directives": {"ASYNC": "async_branch"}}, "directives.ASYNC", "async-branch"),
    ({"format": [["ruff"], []]}, "format[1]", "empty"),
    ({"format": [""]}, "format", "empty"),
    ({"format": [["ruff"], "x"]}, "format[1]", "array"),
    ({"format": 1}, "format", "array"),
    ({"package": PACKAGE}, "package", "two brackets"),
    ({"package": [{"source": "a"}]}, "package[0].target", "missing"),
    ({"package": [{"target": "a"}]}, "package[0].source", "missing"),
    ({"package": [{"source": "a", "target": "./a"}]}, "package[0].target", "same"),
    ({"package": [{"source": "a/*/b", "target": "c"}]}, "package[0].source", "last part"),
    ({"package": [{"source": "a/**", "target": "c/**"}]}, "package[0].source", "only one"),
    ({"package": [{"source": "a/*.py", "target": "c"}]}, "package[0].target", "both"),
    ({"package": [{"source": "", "target": "c"}]}, "package[0].source", "empty"),
    ({"package": [{"source": "a/m.py", "target": "b"}]}, "package[0].target", "both files"),
    ({"package": [{"source": "a", "target": "b.py"}]}, "package[0].target", "both files"),
    ({"package": [{"source": "a/*_async.py", "target": "b/*"}]}, "package[0].target", "both files"),
    ({"override": [{"mode": "auto"}]}, "override[0].files", "missing"),
    ({"override": ["x"]}, "override[0]", "table"),
    ({"mode": "auto", "target-version": "3.9", "target_version": "3.9"}, "target_version", "twice"),
]


@pytest.mark.parametrize(("table", "key", "words"), MISTAKES, ids=[f"{key}: {words}" for _, key, words in MISTAKES])
def test_a_mistake_names_its_key_and_a_way_out(table: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_mapping(table)
    assert caught.value.key == key
    assert words in caught.value.message + caught.value.help
    assert key in str(caught.value)


def test_a_mistake_in_a_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.unasync-plus]\nmoed = 1\n")
    with pytest.raises(ConfigError) as caught:
        Config.load(tmp_path)
    assert caught.value.file == file
    assert caught.value.key == "tool.unasync-plus.moed"
    assert str(file) in str(caught.value)


# levels


def test_tables_add_and_scalars_replace_from_level_to_level() -> None:
    config = Config.from_mapping(
        {
            "mode": "bridge",
            "concurrency": "sequential",
            "drop": ["a"],
            "rename": {"a": "b", "c": "d"},
            "naming": {"camel": "Sync"},
            "package": [
                {**PACKAGE, "mode": "auto", "drop": ["x"], "rename": {"c": "e", "f": "g"}, "naming": {"keep": ["k"]}}
            ],
            "override": [
                {"files": ["src/pkg/_async/legacy/**"], "mode": "direct", "rename": {"h": "i"}},
                {"files": ["one.py"], "stubs": False},
            ],
        }
    )
    (package,) = config.packages
    plain = config.settings_for(package, "src/pkg/_async/x.py")
    assert (plain.mode, plain.concurrency, plain.drop, plain.stubs) == ("auto", "sequential", ("x",), True)
    assert plain.rename == {"a": "b", "c": "e", "f": "g"}
    assert plain.naming == Naming(camel="Sync", snake="", keep=("k",))
    legacy = config.settings_for(package, "src/pkg/_async/legacy/one.py")
    assert (legacy.mode, legacy.stubs) == ("direct", False)
    assert legacy.rename == {"a": "b", "c": "e", "f": "g", "h": "i"}
    assert config.settings.rename == {"a": "b", "c": "d"}


@pytest.mark.parametrize(
    ("source", "target", "share"),
    [
        ("pkg", "pkg/sync", "definitions"),
        ("pkg/_async", "pkg/_sync", "none"),
        ("tests/a", "tests", "none"),
        (".", "x", "definitions"),
    ],
)
def test_sharing_is_decided_by_where_the_target_lies(source: str, target: str, share: str) -> None:
    config = Config.from_mapping({"package": [{"source": source, "target": target}]})
    assert config.settings_for(config.packages[0], "x.py").share == share


def test_sharing_as_asked_for() -> None:
    config = Config.from_mapping({"share": "none", "package": [{"source": "pkg", "target": "pkg/sync"}]})
    assert config.settings_for(config.packages[0], "x.py").share == "none"


def test_entries_have_their_spelling_and_their_key() -> None:
    config = Config.from_mapping(
        {
            "drop": ["a", "b"],
            "rename": {"x*": "*"},
            "package": [{**PACKAGE, "replace": {"a.b": "c"}}],
            "override": [{"files": ["x"], "text": {"one two": "three"}}],
        }
    )
    found = {(entry.spelling, entry.key, package, override) for entry, package, override in config.entries()}
    assert found == {
        ("drop:a", "drop[0]", None, None),
        ("drop:b", "drop[1]", None, None),
        ("rename:x*", 'rename."x*"', None, None),
        ("replace:a.b", 'package[0].replace."a.b"', 0, None),
        ("text:one two", 'override[0].text."one two"', None, 0),
    }


# files


def test_the_file_is_found_from_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.unasync-plus]\nmode = "auto"\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "pyproject.toml").write_text('[project]\nname = "x"\n')
    monkeypatch.chdir(inner)
    config = Config.load()
    assert config.settings.mode == "auto"
    assert config.root == tmp_path.resolve()


def test_our_own_file_wins(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.unasync-plus]\nmode = "auto"\n')
    (tmp_path / "unasync-plus.toml").write_text('mode = "bridge"\n')
    config = Config.load(tmp_path)
    assert config.settings.mode == "bridge"
    assert config.file == (tmp_path / "unasync-plus.toml").resolve()
    assert Config.load(tmp_path / "pyproject.toml").settings.mode == "auto"


def test_any_file_may_be_named(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[tool.unasync-plus]\nmode = "auto"\n')
    assert Config.load(other).settings.mode == "auto"
    other.write_text('mode = "bridge"\n')
    assert Config.load(str(other)).settings.mode == "bridge"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("unasync-plus.toml", b"mode = ", "TOML"),
        ("unasync-plus.toml", b"\xff", "UTF-8"),
        ("pyproject.toml", b"[tool.other]\n", "init"),
        ("pyproject.toml", b"[tool]\nunasync-plus = 1\n", "table"),
        ("pyproject.toml", None, "init"),
        ("missing.toml", None, "cannot be read"),
    ],
)
def test_files_that_cannot_be_used(name: str, data: bytes | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if data is not None:
        file.write_bytes(data)
    path = tmp_path if name == "pyproject.toml" and data is None else file
    if path == tmp_path and any((parent / "pyproject.toml").exists() for parent in tmp_path.parents):
        pytest.skip("there is a pyproject.toml above the temporary folder")
    with pytest.raises(ConfigError) as caught:
        Config.load(path)
    assert words in str(caught.value) + caught.value.help


@pytest.mark.parametrize(
    ("specifier", "version"),
    [
        (">=3.9", (3, 9)),
        (" >= 3.11.2 ", (3, 11)),
        (">=3.10,<4", (3, 10)),
        ("~=3.9", (3, 9)),
        ("==3.12.*", (3, 12)),
        (">3.8", (3, 8)),
        (">=3.8,!=3.8.*", (3, 9)),
        (">=3.5", (3, 7)),
        (">=2.7", (3, 7)),
        ("nonsense", (3, 9)),
        ("<3", (3, 9)),
    ],
)
def test_the_oldest_python_of_a_specifier(specifier: str, version: tuple[int, int]) -> None:
    assert oldest_python(specifier) == version


def test_the_target_version_comes_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.11"\n[tool.unasync-plus]\n')
    assert Config.load(tmp_path).settings.target_version == (3, 11)
    (tmp_path / "unasync-plus.toml").write_text("")
    assert Config.load(tmp_path).settings.target_version == (3, 11)
    (tmp_path / "unasync-plus.toml").write_text('target-version = "3.12"')
    assert Config.load(tmp_path).settings.target_version == (3, 12)
    (tmp_path / "pyproject.toml").unlink()
    (tmp_path / "unasync-plus.toml").write_text("")
    assert Config.load(tmp_path).settings.target_version == (3, 9)


def test_paths_are_normalised(tmp_path: Path) -> None:
    table = {"package": [{"source": "./a//b/", "target": str(tmp_path / "c")}]}
    (package,) = Config.from_mapping(table, root=tmp_path).packages
    assert (package.source, package.target) == ("a/b", "c")


# digest


def test_equal_settings_have_equal_digests_and_others_do_not() -> None:
    one, same = settings(rename={"a": "b"}), settings(rename={"a": "b"})
    assert one == same and one.digest == same.digest and hash(one) == hash(same)
    seen, known = {one.digest}, [one]
    for key, value, _ in VALUES:
        other = Config.from_mapping({key: value}).settings
        assert (other.digest in seen) == (other in known)
        seen.add(other.digest)
        known.append(other)
    assert pickle.loads(pickle.dumps(one)) == one


def test_the_digest_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "from unasync_plus.config import Config;"
        "table = {'rename-text': ['strings', 'comments', 'docstrings'], 'keep': ['a', 'b']};"
        "print(Config.from_mapping(table).settings.digest)"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent.parent)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(digests) == 1


# patterns


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("x.py", "x.py", True),
        ("x.py", "a/b/x.py", True),
        ("x.py", "a/yx.py", False),
        ("x.py", "x.pyi", False),
        ("a/x.py", "a/x.py", True),
        ("a/x.py", "b/a/x.py", False),
        ("/x.py", "x.py", True),
        ("/x.py", "a/x.py", False),
        ("a/*.py", "a/x.py", True),
        ("a/*.py", "a/b/x.py", False),
        ("a/**", "a/b/x.py", True),
        ("a/**", "a", False),
        ("a/**/x.py", "a/x.py", True),
        ("a/**/x.py", "a/b/c/x.py", True),
        ("**/x.py", "x.py", True),
        ("**/b/*", "a/b/x.py", True),
        ("a/b", "a/b/c/x.py", True),
        ("a/b/", "a/b/c/x.py", True),
        ("b", "a/b/c/x.py", True),
        ("./a/x.py", "a/x.py", True),
        ("test_?.py", "test_a.py", True),
        ("test_?.py", "test_ab.py", False),
        ("test_[ab].py", "test_b.py", True),
        ("test_[!ab].py", "test_b.py", False),
        ("a.b", "aXb", False),
        ("a[", "a[", True),
    ],
)
def test_patterns_of_paths(pattern: str, path: str, fits: bool) -> None:
    assert Glob(pattern).matches(path) is fits

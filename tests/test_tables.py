"""How tables are read, and names looked up in them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unasync_plus import tables
from unasync_plus.tables import Table, TableError, installed, lookup, methods_for
from unasync_plus.tables.reading import read_table

HEAD = 'library = "lib"\ndocs = "https://lib.example/"\n'


def table(text: str) -> Table:
    return read_table(HEAD + text, "lib.toml")


def to(name: str) -> str:
    row = lookup(name)
    assert row is not None
    return row.to


# looking names up


def test_a_name_has_the_counterpart_that_its_row_says() -> None:
    assert to("asyncio.Lock") == "threading.Lock"
    assert to("contextlib.AsyncExitStack") == "contextlib.ExitStack"


def test_the_longest_prefix_with_a_row_speaks_and_keeps_what_follows() -> None:
    assert to("redis.asyncio") == "redis"
    assert to("redis.asyncio.Redis.get") == "redis.Redis.get"
    assert (
        to("redis.asyncio.sentinel.SentinelManagedConnection.host") == "redis.sentinel.SentinelManagedConnection.host"
    )
    assert to("asyncio.Queue.put_nowait") == "queue.Queue.put_nowait"


def test_what_follows_a_row_has_its_methods_renamed() -> None:
    assert to("httpx.AsyncClient.aclose") == "httpx.Client.close"
    assert to("contextlib.AsyncExitStack.enter_async_context") == "contextlib.ExitStack.enter_context"


def test_a_longer_row_beats_the_row_of_its_module() -> None:
    assert to("elasticsearch.dsl.async_connections.connections") == "elasticsearch.dsl.connections.connections"
    row = lookup("aiofiles.os.wrap")
    assert to("aiofiles.os.remove") == "os.remove"
    assert row is not None and row.refuse and row.help


def test_a_module_that_shows_the_names_of_another_has_its_rows() -> None:
    assert lookup("asyncio.locks.Lock") == lookup("asyncio.Lock")
    assert to("asyncio.queues.Queue.get") == "queue.Queue.get"
    row = lookup("asyncio.exceptions.CancelledError")
    assert row is not None and row.name == "asyncio.CancelledError"


def test_an_attribute_that_the_counterpart_lacks_is_refused() -> None:
    row = lookup("asyncio.Semaphore.locked")
    assert row is not None
    assert (row.refuse, row.to) == ("threading.Semaphore has no locked", "")
    assert row.help
    assert row.source == "https://docs.python.org/3.13/library/asyncio-sync.html#asyncio.Semaphore"


def test_names_without_a_row_have_none() -> None:
    for name in (
        "os.path.join",
        "asyncio",
        "redis",
        "redis.Redis",
        "httpx.Client",
        "nowhere.at.all",
        "",
        "builtins.len",
    ):
        assert lookup(name) is None


def test_only_a_whole_name_is_a_prefix() -> None:
    assert lookup("redis.asyncio2.Redis") is None
    assert lookup("asyncio.Lockable") is None


def test_verdicts() -> None:
    gather, guard, error = (
        lookup("asyncio.gather"),
        lookup("inspect.isawaitable"),
        lookup("asyncio.IncompleteReadError"),
    )
    assert gather is not None and (gather.rule, gather.to, gather.keep) == ("concurrency", "", False)
    assert guard is not None and (guard.rule, guard.keep) == ("typing", True)
    assert error is not None and (error.rule, error.keep) == ("", True)


def test_methods_are_those_of_the_language_and_of_the_libraries_imported() -> None:
    assert methods_for([])["aclose"] == "close"
    assert "aiter_bytes" not in methods_for(["asyncio", "os", "nowhere"])
    assert methods_for({"httpx", "contextlib"})["aiter_bytes"] == "iter_bytes"
    assert methods_for({"httpx", "contextlib"})["push_async_exit"] == "push"


def test_a_run_reads_the_tables_of_what_it_meets_and_no_heavy_module() -> None:
    program = (
        "import sys\n"
        "from unasync_plus import tables\n"
        "tables.lookup('asyncio.Lock'), tables.lookup('os.path'), tables.lookup('numpy.array')\n"
        "print(tables.load.cache_info().currsize, 'libcst' in sys.modules, 'importlib.metadata' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["2", "False", "False"]  # asyncio, and builtins for the methods


# reading tables


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[names", "lib.toml: Expected"),
        ("colour = 1", "the file: unknown key 'colour'"),
        ("version = 1", "the file: version must be str"),
        ("names = 1", "names must be a table"),
        ('[names]\n"lib.a" = 1', "lib.a must be a table"),
        ('[names]\n"lib.a" = { source = "x" }', "lib.a: needs one of to, keep, rule, refuse"),
        ('[names]\n"lib.a" = { to = "a", keep = true, source = "x" }', "lib.a: needs one of"),
        ('[names]\n"lib.a" = { rule = "typing", refuse = "a", source = "x" }', "lib.a: needs one of"),
        ('[names]\n"lib.a" = { to = "a" }', "lib.a: needs a source"),
        ('[names]\n"lib.a" = { to = "a", source = "x", too = "b" }', "lib.a: unknown key 'too'"),
        ('[names]\n"lib.a" = { to = "a", source = "x", missing = "b" }', r"lib.a: missing must be tuple\[str"),
        ('[methods]\n"a" = { to = "b", source = "x" }', "a: needs to and of"),
        ('[methods]\n"a" = { to = "b", of = "lib.A" }', "a: needs a source"),
        ("[asynchronous]\na = 1", "asynchronous: a must be str"),
        ("[aliases]\na = 1", "aliases: a must be str"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(text: str, complaint: str) -> None:
    with pytest.raises(TableError, match=complaint) as caught:
        table(text)
    assert caught.value.file == "lib.toml"


def test_a_table_names_its_library() -> None:
    with pytest.raises(TableError, match="'library' is missing"):
        read_table("", "lib.toml")


def test_sources_are_relative_to_the_documentation_and_help_has_a_default() -> None:
    found = table(
        'help = "ask"\n[names]\n"lib.a" = { refuse = "no", source = "page#a" }\n[asynchronous]\n"lib.b" = "#b"'
    )
    row = found.names["lib.a"]
    assert (row.name, row.refuse, row.help, row.source) == ("lib.a", "no", "ask", "https://lib.example/page#a")
    assert found.asynchronous == {"lib.b": "https://lib.example/#b"}


# tables that other distributions bring


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of installed distributions; what was looked up before is forgotten, and afterwards again."""
    caches = (installed.installed_tables, tables._files, tables.load, tables.lookup, tables._methods)
    monkeypatch.syspath_prepend(str(tmp_path))
    for cache in caches:
        cache.cache_clear()
    yield tmp_path
    for cache in caches:
        cache.cache_clear()


def distribution(site: Path, entry_points: str, files: dict[str, str]) -> None:
    files = {"brought-1.0.dist-info/entry_points.txt": entry_points, **files}
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


ONE_ROW = '[names]\n"lib.aio" = { to = "lib.sync", source = "#aio" }\n[asynchronous]\n"lib.later" = "#later"\n'


@pytest.mark.parametrize(
    ("value", "file"),
    [
        ("lib:unasync.toml", "lib/unasync.toml"),
        ("lib.data:unasync.toml", "lib/data/unasync.toml"),
        ("lib.data", "lib/data/lib.toml"),
        ("lib.rows", "lib/rows.toml"),
    ],
)
def test_an_entry_point_says_where_a_table_is(site: Path, value: str, file: str) -> None:
    entry_points = f"[console_scripts]\nlib = lib:main\n\n[unasync_plus.tables]\n# ours\nlib = {value} [extra]\n"
    distribution(site, entry_points, {"lib/__init__.py": "raise SystemExit('imported')", file: HEAD + ONE_ROW})
    assert to("lib.aio.Client") == "lib.sync.Client"
    assert tables.is_asynchronous("lib.later") and not tables.is_asynchronous("lib.aio")
    assert "lib" in {found.library for found in tables.all_tables()}
    assert "lib" not in sys.modules


def test_a_library_knows_itself_better_than_we_do_but_python_does_not_change(site: Path) -> None:
    entry_points = "[unasync_plus.tables]\nhttpx = lib:httpx.toml\nasyncio = lib:asyncio.toml\n"
    row = '[names]\n"{0}.AsyncClient" = {{ to = "{0}.Other", source = "https://lib.example" }}\n'
    files = {f"lib/{name}.toml": f'library = "{name}"\n' + row.format(name) for name in ("httpx", "asyncio")}
    distribution(site, entry_points, {"lib/__init__.py": "", **files})
    assert to("httpx.AsyncClient") == "httpx.Other"
    assert to("asyncio.Lock") == "threading.Lock"


def test_the_fingerprint_follows_installed_tables(site: Path) -> None:
    assert tables.fingerprint() == ""
    distribution(site, "[unasync_plus.tables]\nlib = lib:t.toml\n", {"lib/__init__.py": "", "lib/t.toml": HEAD})
    installed.installed_tables.cache_clear()
    before = tables.fingerprint()
    (site / "lib/t.toml").write_text(HEAD + ONE_ROW, encoding="utf-8")
    assert before and tables.fingerprint() not in ("", before)


def test_entry_points_are_looked_for_once(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scans = []
    scan = installed._entry_point_files

    def counted() -> Iterator[tuple[str, str]]:
        scans.append(1)
        return scan()

    monkeypatch.setattr(installed, "_entry_point_files", counted)
    for name in ("asyncio.Lock", "lib.aio", "other.x", "asyncio.gather"):
        lookup(name)
    tables.fingerprint()
    assert scans == [1]


@pytest.mark.parametrize("value", ["lib:nothing.toml", "lib.nothing", "nowhere:t.toml", "nowhere"])
def test_an_entry_point_that_names_nothing_is_said(site: Path, value: str) -> None:
    distribution(site, f"[unasync_plus.tables]\nlib = {value}\n", {"lib/__init__.py": ""})
    with pytest.raises(TableError, match=re.escape(f"the entry point lib = {value} of unasync_plus.tables")) as caught:
        lookup("lib.aio")
    assert caught.value.file.endswith("entry_points.txt")


def test_a_table_must_be_of_the_library_that_it_is_brought_for(site: Path) -> None:
    distribution(site, "[unasync_plus.tables]\nother = lib:t.toml\n", {"lib/__init__.py": "", "lib/t.toml": HEAD})
    with pytest.raises(TableError, match="is the table of other, but says library = 'lib'"):
        lookup("other.x")

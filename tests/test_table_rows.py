"""Every row of every table: well-formed, final, and true of what it is about, on every Python that is found."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import pytest
import tables_page
from prove_tables import Result, environment, interpreters, prove, python_for_libraries, third_party

from unasync_plus.tables import Method, Row, Table, all_tables, load, lookup
from unasync_plus.tables.reading import read_table

ALL = all_tables()
PYTHONS = interpreters()
OF_PYTHON = [found for found in ALL if not found.distribution]
FAMILIES = {"concurrency", "libraries", "testing", "typing"}
QUICK = """
    aiofiles aioitertools aiosqlite anyio anysqlite asgiref async_timeout httpcore httpx mock nest_asyncio psycopg psycopg_pool
    pytest pytest_asyncio pytest_trio redis sniffio tenacity trio typing_extensions valkey websockets
""".split()
"""Libraries that install in a few seconds together; `scripts/prove-tables` proves the others too."""


@pytest.mark.parametrize("found", ALL, ids=lambda found: found.library)
def test_a_table_is_in_order(found: Table) -> None:
    assert Path(found.file).stem == found.library
    assert found.docs.startswith("https://")
    assert bool(found.distribution) == bool(found.version)
    assert bool(found.distribution) == (found.library not in sys.stdlib_module_names)
    for section in (found.names, found.methods, found.aliases):
        assert list(section) == sorted(section)
    assert all(name.partition(".")[0] == found.library for name in [*found.names, *found.aliases, *found.asynchronous])
    rows: list[Row | Method] = [*found.names.values(), *found.methods.values()]
    for row in rows:
        assert row.source.startswith("https://"), row.name
        assert " " not in row.source, row.name


@pytest.mark.parametrize("found", ALL, ids=lambda found: found.library)
def test_the_rows_of_a_table_can_be_followed(found: Table) -> None:
    for row in found.names.values():
        assert not row.rule or row.rule in FAMILIES, row.name
        assert bool(row.refuse) == bool(row.help), row.name
        looked_up = lookup(row.name)
        assert looked_up is not None and astuple(looked_up) == astuple(row), "an alias stands in its way"
        if row.to:
            again = lookup(row.to)
            assert again is None or again.keep, f"{row.name} → {row.to} is not the end"


def test_no_two_tables_give_a_method_different_names() -> None:
    given: dict[str, str] = {}
    for found in ALL:
        for name, method in found.methods.items():
            assert given.setdefault(name, method.to) == method.to
    assert not given.keys() & set(given.values()), "a second run would rename again"


@pytest.fixture(scope="module", params=list(PYTHONS))
def python_says(request: pytest.FixtureRequest) -> dict[str, Result]:
    return prove(PYTHONS[request.param], OF_PYTHON)


@pytest.mark.xdist_group("tables")
@pytest.mark.parametrize("library", [found.library for found in OF_PYTHON])
def test_rows_about_python_are_true(python_says: dict[str, Result], library: str) -> None:
    assert python_says[library].findings == ()
    assert python_says[library].proved > 0


@pytest.mark.xdist_group("tables")
@pytest.mark.parametrize("version", PYTHONS)
def test_every_public_name_of_asyncio_has_a_row(version: str) -> None:
    program = "import asyncio; print(*asyncio.__all__)"
    run = subprocess.run([PYTHONS[version], "-c", program], capture_output=True, text=True, check=True)
    asyncio = load("asyncio")
    assert asyncio is not None
    assert set(run.stdout.split()) - {name.partition(".")[2] for name in asyncio.names} == set()


@pytest.fixture(scope="module")
def libraries_say() -> dict[str, Result]:
    python = python_for_libraries()
    if python is None:
        pytest.skip("the pinned libraries need Python 3.11 or later")
    found = third_party(QUICK)
    return prove(environment(python, found), found)


@pytest.mark.xdist_group("tables")
@pytest.mark.parametrize("library", QUICK)
def test_rows_about_libraries_are_true(libraries_say: dict[str, Result], library: str) -> None:
    assert libraries_say[library].findings == ()
    assert libraries_say[library].proved > 0


def test_the_page_about_tables_is_fresh(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--bless"):
        tables_page.PAGE.write_text(tables_page.page(), encoding="utf-8")
    assert tables_page.PAGE.read_text(encoding="utf-8") == tables_page.page(), "run python tests/tables_page.py"


UNTRUE = {
    '"asyncio.Nothing" = { keep = true': "asyncio.Nothing: asyncio.Nothing does not exist",
    '"asyncio.Lock" = { to = "threading.Nothing"': "asyncio.Lock: threading.Nothing does not exist",
    '"asyncio.Event" = { to = "threading.Semaphore"': "asyncio.Event: threading.Semaphore has no clear",
    '"asyncio.sleep" = { to = "asyncio.to_thread"': "asyncio.sleep: asyncio.to_thread is a coroutine function",
    '"asyncio.isfuture" = { to = "threading.settrace"': "asyncio.isfuture: threading.settrace does not take obj",
    '"asyncio.open_connection" = { to = "sys.path"': "asyncio.open_connection: sys.path cannot be called",
    '"asyncio.Task" = { to = "threading.Thread", note = "n"': "asyncio.Task: threading.Thread has no get_coro",
    '"asyncio.all_tasks" = { keep = true, since = "3.99"': "asyncio.all_tasks: is there before Python 3.99",
    '"asyncio.Queue" = { keep = true': "asyncio.Queue: get stays asynchronous",
}


@pytest.mark.parametrize("row", UNTRUE)
def test_the_proof_finds_what_is_untrue(row: str) -> None:
    untrue = read_table(f'library = "asyncio"\n[names]\n{row}, source = "https://lib.example" }}', "asyncio.toml")
    assert UNTRUE[row] in prove(sys.executable, [untrue])["asyncio"].findings


def test_the_proof_finds_what_is_untrue_of_methods_aliases_and_modules() -> None:
    text = (
        'library = "asyncio"\nmodules = ["asyncio.queues"]\n'
        '[methods]\n"nothing" = { to = "get", of = "asyncio.Queue", source = "https://lib.example" }\n'
        '"get" = { to = "nothing", of = "asyncio.Queue", source = "https://lib.example" }\n'
        '[asynchronous]\n"asyncio.isfuture" = "https://lib.example"\n'
        '[aliases]\n"asyncio.locks.Lock" = "asyncio.Event"\n'
    )
    findings = prove(sys.executable, [read_table(text, "asyncio.toml")])["asyncio"].findings
    assert set(findings) == {
        "nothing: asyncio.Queue has no nothing",
        "get: asyncio.Queue has no nothing",
        "asyncio.isfuture: is no coroutine function",
        "asyncio.locks.Lock: is not asyncio.Event",
        "asyncio.queues: LifoQueue has no row",
        "asyncio.queues: PriorityQueue has no row",
        "asyncio.queues: Queue has no row",
    }

"""What cannot be imported, because what it imports is refused and was never written, is told of."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import TABLE, SampleProject, empty_project

from unasync_plus import Report

REFUSED = "class Client:\n    pass\n\n\nclass AsyncClient:\n    async def get(self) -> int:\n        return 1\n"
MENDED = "class AsyncClient:\n    async def get(self) -> int:\n        return 1\n"


@pytest.fixture(params=["direct", "bridge"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> SampleProject:
    made = empty_project(tmp_path)
    made.write("pyproject.toml", TABLE.replace("stubs =", f'mode = "{request.param}"\nstubs ='))
    made.write("src/pkg/_async/client.py", REFUSED)
    return made


def told(report: Report) -> list[tuple[str, int, str]]:
    return [(item.path, item.line, item.message) for item in report.diagnostics if item.code == "UA914"]


def test_a_package_whose_init_imports_it(project: SampleProject) -> None:
    project.write("src/pkg/_async/__init__.py", "from .extra import more as more\n")
    project.write(
        "src/pkg/_async/extra.py", "from .client import AsyncClient\n\nasync def more(c: AsyncClient) -> int: ...\n"
    )
    message = (
        "pkg._sync cannot be imported: src/pkg/_sync/client.py is not there, and src/pkg/_sync/extra.py imports it"
    )
    assert told(project.check()) == [("src/pkg/_async/client.py", 5, message)]
    assert told(project.build()) == told(project.build()) == [("src/pkg/_async/client.py", 5, message)]
    project.write("src/pkg/_async/client.py", MENDED)
    assert project.build().ok
    project.write("src/pkg/_async/client.py", REFUSED)
    assert told(project.build()) == []  # what was there is there still


def test_modules_that_import_it(project: SampleProject) -> None:
    for name in "abcde":
        project.write(f"src/pkg/_async/{name}.py", "from . import client as client\n")
    project.write("src/pkg/_async/later.py", "async def f() -> None:\n    from . import client as client\n")
    project.write(
        "src/pkg/_async/guarded.py", "try:\n    from .client import Client as C\nexcept ImportError:\n    C = None\n"
    )
    assert [message for _, _, message in told(project.build())] == [
        "what imports pkg._sync.client cannot be imported: src/pkg/_sync/client.py is not there, and src/pkg/_sync/a.py, "
        "src/pkg/_sync/b.py, src/pkg/_sync/c.py and 2 more import it"
    ]


def test_nobody_imports_it(project: SampleProject) -> None:
    project.write("src/pkg/_async/other.py", "async def f() -> int:\n    return 1\n")
    assert told(project.build()) == []


def test_a_package_that_is_refused(project: SampleProject) -> None:
    project.write("src/pkg/_async/client.py", MENDED)
    project.write("src/pkg/_async/__init__.py", REFUSED)
    project.write("src/pkg/_async/user.py", "from pkg._async.client import AsyncClient as AsyncClient\n")
    assert told(project.build()) == []
    project.write("src/pkg/_async/user.py", "from pkg._async import Client as Client\n")
    assert [message for _, _, message in told(project.build())] == [
        "what imports pkg._sync cannot be imported: src/pkg/_sync/__init__.py is not there, and src/pkg/_sync/user.py "
        "imports it"
    ]

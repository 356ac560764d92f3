"""Tracebacks through generated code that show the async source, in programs of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import ROOT
from project import SampleProject, sample_project

from unasync_plus import explain, transpile

CLIENT = """\
import asyncio


class AsyncClient:
    # unasync: skip
    async def only_here(self) -> None:
        await asyncio.sleep(1)

    async def fetch(self, name: str) -> str:
        try:
            return await self.get(name)
        except KeyError as error:
            raise ValueError(f"no {name}") from error

    async def get(self, name: str) -> str:
        return {}[await self.key(name)]

    async def key(self, name: str) -> str:
        return name
"""

SHOWN = """\
Traceback (most recent call last):
  File "{root}/src/pkg/_async/client.py", line 11, in fetch, generated as {root}/src/pkg/_sync/client.py:7
    return await self.get(name)
  File "{root}/src/pkg/_async/client.py", line 16, in get, generated as {root}/src/pkg/_sync/client.py:12
    return {{}}[await self.key(name)]
KeyError: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "<string>", line 3, in <module>
  File "{root}/src/pkg/_async/client.py", line 13, in fetch, generated as {root}/src/pkg/_sync/client.py:9
    raise ValueError(f"no {{name}}") from error
ValueError: no x
"""

CALL = """
from pkg._sync.client import Client
Client().fetch("x")
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = sample_project(tmp_path)
    project.write("src/pkg/_async/client.py", CLIENT)
    assert project.build().ok
    return project


def stderr_of(project: SampleProject, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{project.root / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, cwd=project.root, capture_output=True, text=True, timeout=120)
    return done.stderr


def without_marks(text: str) -> str:
    """Python 3.11 and 3.13 underline differently."""
    return "".join(line for line in text.splitlines(keepends=True) if line.strip(" \n~^"))


def test_as_it_is_without_the_call(project: SampleProject) -> None:
    assert "_async" not in stderr_of(project, "-c", CALL)


def test_one_call_shows_the_source(project: SampleProject) -> None:
    shown = stderr_of(project, "-c", "import unasync_plus; unasync_plus.show_source_lines()" + CALL)
    expected = SHOWN.format(root=project.root).replace("\n\n", "\n")
    assert without_marks(shown) == expected


def test_a_program_is_run_through_the_module(project: SampleProject) -> None:
    project.write("program.py", "import sys" + CALL + "assert sys.argv[1] == 'a'")
    shown = stderr_of(project, "-m", "unasync_plus.tracebacks", "program.py", "a")
    assert f'{project.root}/src/pkg/_async/client.py", line 13, in fetch' in shown
    project.write("src/pkg/main.py", CALL)
    shown = stderr_of(project, "-m", "unasync_plus.tracebacks", "-m", "pkg.main")
    assert f'{project.root}/src/pkg/_async/client.py", line 13, in fetch' in shown
    assert stderr_of(project, "-m", "unasync_plus.tracebacks").startswith("usage: ")


def test_in_threads_too(project: SampleProject) -> None:
    program = """
        import threading, unasync_plus
        from pkg._sync.client import Client
        unasync_plus.show_source_lines()
        threading.Thread(target=Client().fetch, args=["x"], name="worker").start()
    """
    shown = stderr_of(project, "-c", dedent(program))
    assert shown.startswith("Exception in thread worker:\n")
    assert f'{project.root}/src/pkg/_async/client.py", line 16, in get' in shown


def test_formatted_code_finds_its_source(project: SampleProject) -> None:
    project.write("format.py", "import sys\nsys.stdout.write(sys.stdin.read().replace('    def', '\\n\\n    def'))")
    command = f'format = [["{sys.executable}", "format.py"]]\n'
    table = project.read("pyproject.toml")
    project.write("pyproject.toml", table.replace("stubs = false\n", f"stubs = false\n{command}"))
    assert project.build().ok
    assert "\n\n\n    def" in project.read("src/pkg/_sync/client.py")
    shown = stderr_of(project, "-c", "import unasync_plus; unasync_plus.show_source_lines()" + CALL)
    assert 'src/pkg/_async/client.py", line 13, in fetch' in shown
    assert 'src/pkg/_async/client.py", line 16, in get' in shown


def test_without_the_project_a_frame_is_shown_as_it_is(project: SampleProject) -> None:
    (project.root / "pyproject.toml").unlink()
    shown = stderr_of(project, "-c", "import unasync_plus; unasync_plus.show_source_lines()" + CALL)
    assert f'File "{project.root}/src/pkg/_sync/client.py", line 9, in fetch' in shown
    assert "ValueError: no x" in shown


def test_lines_stay_aligned_where_nothing_was_removed() -> None:
    source = CLIENT.replace("    # unasync: skip\n", "")
    result = transpile(source, path="client.py")
    assert result.code is not None and result.source_map is not None
    offset = result.code.count("\n") - source.count("\n")
    lines = result.source_map.lines[offset : len(source.splitlines()) + offset]
    assert [line for line in lines if line] == [n for n, line in enumerate(lines, 1) if line]
    assert result.source_map.source_line(1) == 0


def test_lines_of_a_bridged_module_lead_to_the_definitions(tmp_path: Path) -> None:
    project = sample_project(tmp_path)
    project.write("pyproject.toml", project.read("pyproject.toml").replace("stubs = false", 'mode = "bridge"'))
    project.write("src/pkg/_async/client.py", CLIENT)
    assert project.build().ok
    written = project.read("src/pkg/_sync/client.py").splitlines()
    for sought, line in (("def key", 18), ('"key"', 18), ("class Client", 4), ("def fetch", 9), ("_bridge = ", 0)):
        (number,) = [number for number, text in enumerate(written, 1) if sought in text]
        found = explain(f"{tmp_path}/src/pkg/_sync/client.py:{number}", project.config())
        assert (sought, getattr(found, "source_line", None)) == (sought, line)

"""Bridge mode and `mode = "auto"`: what imports that fail, and those in their place, make of a module's names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from project import SampleProject

NESTED = """
    try:
        import one as fast
        from one import NAME
        HAS = "first"
    except ImportError:
        try:
            from two import NAME
            HAS = "second"
        except ImportError:
            NAME = "none"
            HAS = ""
        finally:
            TRIED = True
        MORE = HAS or "no"

    if HAS:
        class Reader:
            async def read(self) -> str:
                return HAS + NAME
    else:
        class Reader:
            async def read(self) -> str:
                return "not " + NAME

    # unasync: bridge
    async def name(has: str = HAS, name: str = NAME) -> str:
        return has + name

    # unasync: bridge
    async def own() -> int:
        return 1
"""
TABLE = """
[tool.unasync-plus]
target-version = "3.10"
mode = "{mode}"
[[tool.unasync-plus.package]]
source = "lib/aio.py"
target = "lib/sync.py"
"""
PROGRAM = """
import asyncio
from lib import aio, sync
found = {name: value for name, value in vars(aio).items() if name.isupper()}
assert found == {name: getattr(sync, name, "?") for name in found}, vars(sync)
assert (asyncio.run(aio.name()), asyncio.run(aio.Reader().read())) == (sync.name(), sync.Reader().read())
print(found["HAS"])
"""


@pytest.mark.parametrize("mode", ["bridge", "auto"])
@pytest.mark.parametrize("bridge", [False, True])
@pytest.mark.parametrize("there", ["", "one", "two", "one two"])
def test_what_imports_decide_is_the_same_on_both_sides(tmp_path: Path, mode: str, bridge: bool, there: str) -> None:
    project = SampleProject(tmp_path)
    project.write("lib/__init__.py")
    project.write("lib/aio.py", dedent(NESTED if bridge else NESTED.replace("# unasync: bridge", "", 1)))
    for name in there.split():
        project.write(f"{name}.py", f'NAME = "{name}"\n')
    project.write("pyproject.toml", TABLE.format(mode=mode))
    assert project.build().ok
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False, text=True)
    assert (ran.stdout, ran.stderr) == ({"": "", "two": "second"}.get(there, "first") + "\n", "")

"""Names that would become one: refused once, where they stand; no bridge helps, unless they are in a function's body."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import SampleProject

TABLE = """
[tool.unasync-plus]
target-version = "3.10"
mode = "{mode}"
stubs = false
[[tool.unasync-plus.package]]
source = "lib"
target = "lib/sync"
"""
SOURCES = {
    "clients.py": "class Client: ...\n\n\nclass AsyncClient:\n    async def get(self): ...\n",
    "taking.py": "class Shop:\n    def __init__(self, client=None,\n                 async_client=None): ...\n",
    "both.py": "from .clients import Client\nfrom .other import AsyncClient\n\n\n"
    "async def get(one: Client, two: AsyncClient):\n    return await two.get()\n",
    "other.py": "class AsyncClient:\n    async def get(self): ...\n",
    "inside.py": "async def get():\n    from .clients import Client\n    from .other import AsyncClient\n\n"
    "    return Client, await AsyncClient().get()\n",
}


@pytest.mark.parametrize("mode", ["direct", "auto", "bridge"])
def test_each_is_refused_once_where_the_name_stands(tmp_path: Path, mode: str) -> None:
    project = SampleProject(tmp_path)
    project.write("pyproject.toml", TABLE.format(mode=mode))
    project.write("lib/__init__.py")
    for name, text in SOURCES.items():
        project.write(f"lib/{name}", text)
    found = project.build().diagnostics
    places = sorted((one.path[4:], one.line) for one in found if one.code == "UA040")
    inside = [("inside.py", 3)] if mode == "direct" else []
    assert places == [("both.py", 2), ("clients.py", 4), *inside, ("taking.py", 3)], found
    assert all("naming.keep" in one.help for one in found if one.code == "UA040")
    bridged = [one.message.partition(" is bridged")[0] for one in found if one.code == "UA701"]
    assert bridged == (["inside.get"] if mode == "auto" else [])

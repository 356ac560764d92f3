"""One source converted by itself where it is bridged: what `build` would write, or why not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from unasync_plus import Config, build, transpile

SOURCE = dedent(
    """
    import asyncio

    import aiohttp


    async def pause() -> None:
        await asyncio.sleep(1)


    async def read(host: str) -> bytes:
        async with aiohttp.ClientSession() as session, session.get(host) as response:
            return await response.read()
    """
)


def test_a_text_without_a_name_is_refused_where_its_sync_side_would_import_it() -> None:
    result = transpile(SOURCE, Config.from_mapping({"mode": "bridge"}))
    assert result.code is None
    assert [item.code for item in result.diagnostics] == ["UA702"]


def test_a_text_without_a_name_of_which_nothing_is_bridged() -> None:
    result = transpile(SOURCE.partition("\n\n\nasync def read")[0], Config.from_mapping({"mode": "auto"}))
    assert result.code is not None
    assert "time.sleep(1)" in result.code
    assert "_bridge" not in result.code


def test_a_path_is_a_name() -> None:
    result = transpile(SOURCE, Config.from_mapping({"mode": "bridge"}), path="reading.py")
    assert result.code is not None
    assert "import reading as _async" in result.code
    assert result.diagnostics == ()


@pytest.mark.parametrize(("mode", "found"), [("bridge", ["UA703"]), ("direct", [])])
def test_a_library_on_trios_own_loop_can_not_be_bridged(mode: str, found: list[str]) -> None:
    source = "import trio\n\n\nasync def wait() -> None:\n    await trio.sleep(1)\n    await trio.sleep(2)\n"
    result = transpile(source, Config.from_mapping({"mode": mode}), path="waiting.py")
    assert [(item.code, item.line, item.column) for item in result.diagnostics] == [(code, 5, 11) for code in found]


def test_what_is_bridged_is_decided_for_each_definition() -> None:
    result = transpile(SOURCE, Config.from_mapping({"mode": "auto"}), path="reading.py")
    assert result.code is not None
    assert "time.sleep(1)" in result.code
    assert '_bridge.run(_async, "read", host)' in result.code
    assert [item.code for item in result.diagnostics] == ["UA701"]


@pytest.mark.parametrize("mode", ["bridge", "auto"])
def test_a_file_of_a_package_becomes_what_build_writes(mode: str, tmp_path: Path) -> None:
    files = {
        "__init__": "from .client import Client\nfrom .wire import Wire\n",
        "wire": SOURCE + "\n\nclass Wire:\n    async def get(self) -> bytes:\n        return await read('x')\n",
        "client": "from .wire import Wire\n\n\nclass Client:\n    def __init__(self) -> None:\n"
        "        self.wire = Wire()\n\n    async def get(self) -> bytes:\n        return await self.wire.get()\n",
        "plain": "async def double(n: int) -> int:\n    return n * 2\n",
    }
    for name, text in files.items():
        path = tmp_path / "pkg" / "aio" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    table = f'mode = "{mode}"\n[[package]]\nsource = "pkg/aio"\ntarget = "pkg/sync"\n'
    (tmp_path / "unasync-plus.toml").write_text(table)
    config = Config.load(tmp_path)
    assert build(config).ok
    for name, text in files.items():
        source = tmp_path / "pkg" / "aio" / f"{name}.py"
        result = transpile(text, config, path=str(source))
        written = tmp_path / "pkg" / "sync" / f"{name}.py"
        assert (result.code, result.stub) == (written.read_text(), written.with_suffix(".pyi").read_text())

"""The bridge's runtime is clean under mypy --strict, also as a part of a user's project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parent.parent / "unasync_plus" / "runtime"

USER = """
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .vendored.bridge import Bridge
from .vendored.retry import Retry

bridge = Bridge("user", timeout=5.0, retry=Retry(attempts=3, backoff=2.0, on=(ConnectionError, TimeoutError)))


async def answer() -> int:
    return 42


async def numbers() -> AsyncIterator[str]:
    yield "a"


@asynccontextmanager
async def block() -> AsyncIterator[bytes]:
    yield b""


async def main() -> None:
    reveal_type(await bridge.aio(answer()))
    async for text in bridge.stream(numbers()):
        reveal_type(text)


reveal_type(bridge.run(answer()))
for item in bridge.with_options(timeout=1).iterate(numbers()):
    reveal_type(item)
with bridge.enter(block()) as inside:
    reveal_type(inside)
asyncio.run(main())
"""


@pytest.mark.parametrize("version", ["3.10", "3.13"])
def test_vendored_into_a_strict_project(version: str, tmp_path: Path) -> None:
    package = tmp_path / "user"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "main.py").write_text(USER)
    vendored = package / "vendored"
    vendored.mkdir()
    (vendored / "__init__.py").touch()
    for path in [*RUNTIME.glob("_*.py"), RUNTIME / "bridge.py", RUNTIME / "retry.py"]:
        if path.name != "__init__.py":
            shutil.copy(path, vendored)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", version, "--no-incremental", "user"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    errors = [line for line in lines if " error: " in line]
    assert not errors, "\n".join(errors)
    revealed = [line.split("type is ")[1] for line in lines if "Revealed type" in line]
    wanted = ["int", "str", "int", "str", "bytes"]
    assert [text.strip('"').rpartition(".")[2] for text in revealed] == wanted, done.stdout + done.stderr


def test_stubtest_finds_nothing_in_the_runtime() -> None:
    """Who runs it on a package with a vendored runtime, which has no stubs, need not allow anything."""
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", "unasync_plus.runtime"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr

"""A small project on disk for the tests of everything around the conversion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unasync_plus import Config, Report, build, check

TABLE = """\
[tool.unasync-plus]
stubs = false

[[tool.unasync-plus.package]]
source = "src/pkg/_async"
target = "src/pkg/_sync"
"""

CLIENT = """\
class AsyncClient:
    async def fetch(self, name: str) -> str:
        return await self.get(name)

    async def get(self, name: str) -> str:
        return name
"""


@dataclass(frozen=True, slots=True)
class SampleProject:
    """A folder with a configuration; paths are relative to it."""

    root: Path

    def write(self, path: str, text: str | bytes = "") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def config(self) -> Config:
        return Config.load(self.root)

    def build(self, *paths: str, force: bool = False, jobs: int | None = 1, use_cache: bool = True) -> Report:
        named = [self.root / path for path in paths]
        return build(self.config(), named, force=force, jobs=jobs, use_cache=use_cache)

    def check(self, *paths: str, use_cache: bool = True) -> Report:
        return check(self.config(), [self.root / path for path in paths], use_cache=use_cache)

    def tree(self) -> dict[str, bytes]:
        """Every file but those of the cache."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            relative = path.relative_to(self.root).as_posix()
            if path.is_file() and not relative.startswith(".unasync_plus_cache/"):
                found[relative] = path.read_bytes()
        return found


def empty_project(root: Path) -> SampleProject:
    """A package whose async side has no modules yet."""
    project = SampleProject(root)
    project.write("pyproject.toml", TABLE)
    project.write("src/pkg/__init__.py")
    project.write("src/pkg/_async/__init__.py")
    return project


def sync(project: SampleProject, name: str) -> str:
    """What was written for that module, without the line that says so."""
    return project.read(f"src/pkg/_sync/{name}.py").partition("\n")[2]


def sample_project(root: Path, table: str = TABLE) -> SampleProject:
    """A package with a client, a folder below it, and data."""
    project = SampleProject(root)
    project.write("pyproject.toml", table)
    project.write("src/pkg/__init__.py")
    project.write("src/pkg/_async/__init__.py", "from pkg._async.client import AsyncClient as AsyncClient\n")
    project.write("src/pkg/_async/client.py", CLIENT)
    project.write("src/pkg/_async/deep/__init__.py", '"""Deep."""\n')
    project.write("src/pkg/_async/deep/inner.py", "async def inner() -> int:\n    return 1\n")
    project.write("src/pkg/_async/py.typed", "")
    project.write("src/pkg/_async/data/names.txt", "one\ntwo\n")
    return project


def codes(report: Report) -> set[str]:
    return {item.code for item in report.diagnostics}

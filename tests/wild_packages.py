"""The packages that scripts/wild converts: downloaded once, unpacked outside the repository, never built or run."""

from __future__ import annotations

import io
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import corpus

LIST = Path(__file__).with_name("wild_packages.txt")
_LINE = re.compile(r"(?P<name>[\w.-]+)==(?P<version>\S+) --hash=sha256:(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    sha256: str

    @property
    def folder(self) -> Path:
        return corpus.cache_folder() / "wild" / f"{self.name}-{self.version}"


def packages() -> list[Package]:
    """All that the list names."""
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    found = [_LINE.fullmatch(line) for line in lines]
    return [Package(**match.groupdict()) for match in found if match is not None]


def fetch(package: Package) -> Path:
    """The folder of the unpacked package; only its Python files are kept."""
    folder = package.folder
    if folder.is_dir():
        return folder
    url = next(url for url in corpus.links(package.name) if url.endswith(f"#sha256={package.sha256}"))
    data = corpus.read(url, package.sha256)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        whole = Path(scratch) / "whole"
        for path, content in _members(data):
            target = whole / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        tops = list(whole.iterdir())
        is_sdist = len(tops) == 1 and not (tops[0] / "__init__.py").exists()
        (tops[0] if is_sdist else whole).rename(folder)
    return folder


def _members(data: bytes) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Path and content of every Python file in a wheel or a source distribution."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as wheel:
            for name in wheel.namelist():
                if _is_wanted(name):
                    yield PurePosixPath(name), wheel.read(name)
        return
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() and _is_wanted(member.name) else None
            if content is not None:
                yield PurePosixPath(member.name), content.read()


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix == ".py" and not path.is_absolute() and ".." not in path.parts

"""The generated modules to be judged, and the folders that imports of them start from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from unasync_plus.records import record


@record
class Output:
    """One generated module: its dotted name and file, those of its source; paths relative to the project's root."""

    module: str
    target: str
    source_module: str
    source: str

    @property
    def stub(self) -> str:
        return f"{self.target}i"

    def base(self) -> str:
        """The folder, relative to the root, in which the first part of the dotted name lies."""
        path = PurePosixPath(self.target)
        depth = self.module.count(".") + (1 if path.stem != "__init__" else 2)
        parts = path.parts[: len(path.parts) - depth]
        return PurePosixPath(*parts).as_posix() if parts else "."


@record
class Tree:
    """All outputs that are imported from one folder."""

    root: Path
    base: str
    outputs: tuple[Output, ...]

    @property
    def folder(self) -> Path:
        return self.root / self.base

    def tops(self) -> list[str]:
        """The outputs that no other output's package contains: stubtest finds the rest below them by itself."""
        names = {output.module for output in self.outputs}
        return sorted(name for name in names if not any(name.startswith(f"{other}.") for other in names))

    def packages(self) -> list[str]:
        """The files and folders right below ``folder`` that hold the outputs and their sources."""
        found = set()
        for output in self.outputs:
            for path in (output.target, output.source):
                inside = PurePosixPath(path).parts[len(PurePosixPath(self.base).parts) :]
                if PurePosixPath(path).is_relative_to(self.base) and inside:
                    found.add(inside[0])
        return sorted(found)

    def files(self) -> list[Path]:
        """All Python files and stubs of those packages, in order."""
        found: list[Path] = []
        for name in self.packages():
            path = self.folder / name
            inside = path.rglob("*") if path.is_dir() else [path]
            found += [one for one in inside if one.suffix in (".py", ".pyi") or one.name == "py.typed"]
        return sorted(one for one in found if one.is_file() and "__pycache__" not in one.parts)


def trees(outputs: Sequence[Output], root: Path) -> list[Tree]:
    """``outputs`` by the folder from which they are imported."""
    bases: dict[str, list[Output]] = {}
    for output in outputs:
        bases.setdefault(output.base(), []).append(output)
    return [Tree(root, base, tuple(found)) for base, found in sorted(bases.items())]

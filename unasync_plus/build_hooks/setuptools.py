"""For setuptools, in pyproject.toml, beside ``requires = ["setuptools", "unasync-plus"]``:

[tool.setuptools.cmdclass]
build_py = "unasync_plus.build_hooks.setuptools.BuildPy"
"""

from __future__ import annotations

from pathlib import Path

from setuptools.command.build_py import build_py

from unasync_plus.build_hooks import generate


class BuildPy(build_py):
    """Generates first; then copies what setuptools found in the tree, and what was generated since it looked."""

    generated: list[Path]

    def finalize_options(self) -> None:
        self.generated = generate(Path.cwd())
        super().finalize_options()
        found = set(self.packages or ())
        folders = {path.parent for path in self.generated if path.name == "__init__.py"}
        self.packages = [*(self.packages or ()), *sorted(set(map(dotted_name, folders)) - found)]

    def find_data_files(self, package: str, src_dir: str) -> list[str]:
        folder = Path(src_dir).resolve()
        data = [str(path) for path in self.generated if path.parent == folder and path.suffix != ".py"]
        return sorted({*super().find_data_files(package, src_dir), *data})


def dotted_name(folder: Path) -> str:
    """Of the package in ``folder``: its parents are packages as long as they have an ``__init__.py``."""
    parts = []
    while (folder / "__init__.py").exists():
        parts.append(folder.name)
        folder = folder.parent
    return ".".join(reversed(parts))

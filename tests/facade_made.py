"""For tests of bridge mode: an async package from text, its facade, and both imported."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

from unasync_plus import facade
from unasync_plus.config import Settings
from unasync_plus.discover import Unit
from unasync_plus.model import Diagnostic
from unasync_plus.pipeline.vendor import runtime_files

_numbers = itertools.count(1)


def unit(path: Path, source: str, target: str, settings: Settings, root: Path, runtime: str = "") -> Unit:
    """The unit of one file; ``source`` and ``target`` are dotted."""
    rel = path.relative_to(root).as_posix()
    is_package = path.name == "__init__.py"
    parts = target.split(".")
    written = root.joinpath(*parts, "__init__.py") if is_package else root.joinpath(*parts).with_suffix(".py")
    return Unit(
        source=path,
        target=written,
        source_rel=rel,
        target_rel=written.relative_to(root).as_posix(),
        module=source,
        target_module=target,
        is_package=is_package,
        is_python=True,
        settings=settings,
        package=0,
        runtime_module=runtime or f"{target.partition('.')[0]}.sync._unasync_plus",
    )


def settings_for(**given: Any) -> Settings:
    return Settings(**{"mode": "bridge", "runtime": "import", "target_version": (3, 10), **given})


def generated(source: str, **given: Any) -> str:
    """The facade of a module alone: ``lib.aio`` becomes ``lib.sync``."""
    result = result_of(source, **given)
    assert result.code is not None, result.diagnostics
    return result.code


def result_of(source: str, **given: Any) -> facade.FacadeResult:
    settings = settings_for(**given)
    one = unit(Path("/x/lib/aio.py"), "lib.aio", "lib.sync", settings, Path("/x"))
    return facade.generate(dedent(source), unit=one, settings=settings)


@dataclass(frozen=True, slots=True)
class Made:
    """A package, with its async and its sync modules by their names below ``aio`` and ``sync``."""

    name: str
    root: Path
    diagnostics: tuple[Diagnostic, ...]

    def sync(self, module: str = "") -> Any:
        return self._imported("sync", module)

    def aio(self, module: str = "") -> Any:
        return self._imported("aio", module)

    def _imported(self, side: str, module: str) -> ModuleType:
        return importlib.import_module(".".join(filter(None, (self.name, side, module))))

    def text(self, module: str = "__init__") -> str:
        return (self.root / self.name / "sync" / f"{module.replace('.', '/')}.py").read_text()


Make = Callable[..., Made]
"""What the fixture `make` gives: sources, and settings by keyword → the facade of a package of those sources."""


def write(root: Path, sources: str | Mapping[str, str], name: str = "", **given: Any) -> Made:
    """Write an async package below ``root`` and generate its facade beside it."""
    name = name or f"made{next(_numbers)}"
    files = {"__init__": sources} if isinstance(sources, str) else sources
    settings = settings_for(**given)
    units = []
    for module, text in {"__init__": "", **files}.items():
        path = root / name / "aio" / f"{module.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
        dotted = "" if module == "__init__" else "." + module.removesuffix(".__init__")
        units.append(unit(path, f"{name}.aio{dotted}", f"{name}.sync{dotted}", settings, root))
    (root / name / "__init__.py").write_text("")
    index = facade.index(units)
    diagnostics: list[Diagnostic] = []
    runtime: set[str] = set()
    for one in units:
        result = facade.generate(one.source.read_text(), unit=one, settings=settings, index=index)
        diagnostics += result.diagnostics
        runtime |= result.runtime
        assert result.code is not None, result.diagnostics
        one.target.parent.mkdir(parents=True, exist_ok=True)
        one.target.write_text(result.code)
    if settings.runtime == "vendor":
        folder = root / name / "sync" / "_unasync_plus"
        folder.mkdir(exist_ok=True)
        for file, text in runtime_files(frozenset(runtime)).items():
            (folder / file).write_text(text)
    return Made(name, root, tuple(diagnostics))


@contextmanager
def importable(made: Made) -> Iterator[Made]:
    """``made`` on ``sys.path``; afterwards its bridge is closed and its modules are forgotten."""
    from unasync_plus.runtime import Bridge

    sys.path.insert(0, str(made.root))
    importlib.invalidate_caches()
    try:
        yield made
    finally:
        sys.path.remove(str(made.root))
        Bridge(made.name).close()
        for module in [name for name in sys.modules if name == made.name or name.startswith(made.name + ".")]:
            del sys.modules[module]

"""What the proofs of the stubs are about: packages, how their sync side is made, and what remains to be said of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import corpus
from conftest import ROOT

from unasync_plus import Config, Diagnostic, build
from unasync_plus.discover import Unit
from unasync_plus.model import SourceMap
from unasync_plus.pipeline.workspace import Workspace, open_workspace


@dataclass(frozen=True, slots=True)
class Package:
    """A package to be generated; ``origin`` is a folder of ours, or a name of the corpus.

    ``replaced`` are the committed files that ours stand in for, as globs.
    """

    name: str
    origin: str
    pairs: tuple[str, ...]
    """The targets to prove, relative to the root."""
    replaced: tuple[str, ...] = ()
    imports: str = "."
    """The folder that imports start from."""
    settings: str = ""
    """The configuration, as TOML; "" for its own, or the one in fixtures/configs."""
    mypy: str = ""
    """mypy's settings for stubtest, which reads no stub where mypy finds an error, of the source or of a library."""
    explained: Mapping[str, str] = field(default_factory=dict)
    """What is told of it and no fault of ours: a pattern that is found in what is told → the reason."""

    def folder(self) -> Path:
        return ROOT / self.origin if "/" in self.origin else corpus.fetch(self.origin)


@dataclass(frozen=True, slots=True)
class Made:
    """The package, generated in a folder of its own."""

    package: Package
    root: Path
    workspace: Workspace
    units: tuple[Unit, ...]
    diagnostics: tuple[Diagnostic, ...]
    source_maps: dict[str, SourceMap] = field(default_factory=dict)
    """By target, as they are needed."""

    @property
    def imports(self) -> Path:
        return self.root / self.package.imports


_BY_HAND = "written by hand on the sync side, beside what is generated"
_ELASTICSEARCH = {"UA821 module project_routing": _BY_HAND, "client/utils.py:": _BY_HAND}
_REDIS_OM = {
    "stubtest .*types.RadiusUnit is not a Union": "it knows no aliases of Literal",
    "stubtest .*types.Coordinates[ .]": "it takes the alias for the class that is annotated",
    "stubtest .*RedisOmConfig.__(closed|extra_items|mutable_keys|readonly_keys)__": "mypy knows the TypedDict of typing only",
    r"\[unused-ignore\]": "an `await` needed the comment, which may have had other reasons",
}

_CAPNWEB = """
mode = "bridge"
[[package]]
source = "src/capnweb"
target = "src/capnweb_sync"
"""


def _settings_of(source: str, *keys: str) -> str:
    """``src/SOURCE/aio`` to ``src/SOURCE/sync``, with ``keys``."""
    pair = f'[[package]]\nsource = "src/{source}/aio"\ntarget = "src/{source}/sync"\n'
    return "\n".join([*keys, pair])


_DUAL = ('mode = "bridge"', 'interface = "dual"')


def _variant(name: str, folder: str, word: str, *keys: str) -> Package:
    """One of the packages of this repository, made with other settings."""
    return Package(
        f"{name} {word}",
        f"{folder}/{name}",
        (f"src/{name}/sync",),
        imports="src",
        settings=_settings_of(name, *keys),
    )


PACKAGES = (
    Package("keyval", "fixtures/packages/keyval", ("src/keyval/sync",), imports="src"),
    Package("workers", "examples/workers", ("src/workers/sync",), imports="src"),
    Package("factory", "examples/factory", ("src/factory/sync", "src/factory/bridged"), imports="src"),
    *(
        _variant(name, folder, word, *keys)
        for name, folder in (("keyval", "fixtures/packages"), ("factory", "examples"))
        for word, keys in (("auto", ('mode = "auto"',)), ("bridge", _DUAL[:1]), ("dual", _DUAL))
    ),
    *(
        _variant(name, "fixtures/packages", word, *keys)
        for name in ("webstore", "wiredb")
        for word, keys in (("bridge", _DUAL[:1]), ("dual", _DUAL))
    ),
    Package("httpcore", "httpcore", ("httpcore/_sync",), ("httpcore/_sync", "tests/_sync")),
    Package(
        "elasticsearch",
        "elasticsearch",
        ("elasticsearch/_sync/client", "elasticsearch/dsl/_sync", "elasticsearch/helpers/vectorstore/_sync"),
        (
            "elasticsearch/_sync/client/[!u_p]*.py",
            "elasticsearch/_sync/client/_[!_]*.py",
            "elasticsearch/dsl/_sync",
            "elasticsearch/helpers/vectorstore/_sync",
        ),
        explained=_ELASTICSEARCH,
    ),
    Package(
        "redis-om",
        "redis-om",
        ("redis_om",),
        ("redis_om",),
        mypy="[mypy]\nignore_errors = true\n",  # it derives from a final class, and redisvl has no types
        explained=_REDIS_OM,
    ),
    Package("capnweb 0.4.2", "py-capnweb-0.4.2", ("src/capnweb_sync",), imports="src", settings=_CAPNWEB),
    Package("capnweb 0.5.0", "py-capnweb-0.5.0", ("src/capnweb_sync",), imports="src", settings=_CAPNWEB),
    Package(
        "capnweb dual",
        "py-capnweb-0.5.0",
        ("src/capnweb_sync",),
        imports="src",
        settings=_CAPNWEB.replace("[[package]]", 'interface = "dual"\n[[package]]'),
    ),
)


def make(package: Package, folder: Path) -> Made:
    """Generate ``package`` in the folder ``folder``, which there is not yet."""
    shutil.copytree(package.folder(), folder, ignore=shutil.ignore_patterns("__pycache__", ".unasync_plus_cache"))
    for pattern in package.replaced:
        for path in folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    settings = package.settings or _settings(package)
    if settings:
        text = settings.replace("stubs = false\n", "")
        (folder / "unasync-plus.toml").write_text(text, encoding="utf-8")
    config = Config.load(folder)
    report = build(config, force=True)
    workspace = open_workspace(config, (), use_cache=True)
    units = [
        unit
        for unit in workspace.units
        if unit.is_python
        and unit.target.is_file()
        and unit.target_rel.startswith(tuple(f"{one}/" for one in package.pairs))
    ]
    return Made(package, folder, workspace, tuple(units), report.diagnostics)


def _settings(package: Package) -> str:
    path = ROOT / "fixtures" / "configs" / f"{package.origin}.toml"
    return path.read_text(encoding="utf-8") if "/" not in package.origin and path.exists() else ""

"""The commands around a project: the first one that a newcomer runs, and the one that keeps running."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import click

from unasync_plus.config import Config, ConfigError
from unasync_plus.report import rendered

from .options import Shared, shared_of, shared_options
from .terminal import say, say_error


@click.command()
@shared_options
@click.pass_context
def init(context: click.Context) -> None:
    """Find the async packages below the working directory and write a commented table into pyproject.toml."""
    from unasync_plus import api

    shared = shared_of(context)
    root = shared.config.parent if shared.config and shared.config.is_file() else shared.config or Path.cwd()
    pairs = api.propose(root)
    if not pairs:
        raise ConfigError(f"there is no async code below {root}", help="run it in the folder of your project")
    file = api.write_proposal(root, pairs)
    say(f"wrote [tool.unasync-plus] into {os.path.relpath(file)}")
    for pair in pairs:
        say(f"    {pair.source} -> {pair.target} ({pair.files} async {'file' if pair.files == 1 else 'files'})")
    force = " --force" if any(pair.is_there for pair in pairs) else ""
    replaced = " in the place of what you have" if force else ""
    steps = {
        f"build{force} --dry-run --diff": f"to see what would be written{replaced}",
        f"build{force}": "to write it",
        "check": "in CI",
    }
    width = max(map(len, steps))
    say("\nNext: look at the table, then")
    for step, why in steps.items():
        say(f"    unasync-plus {step:{width}}    {why}")


@click.command()
@shared_options
@click.pass_context
def watch(context: click.Context) -> None:
    """Build, and again whenever a source or the configuration changes. Ctrl-C ends it."""
    from watchfiles import watch as watch_files

    gc.enable()  # which no short command needs
    shared = shared_of(context)
    config = shared.load()
    watched = _Watched(config)
    _build(shared, watched)
    say(f"watching {config.root}, Ctrl-C ends it", error=True)
    for _ in watch_files(config.root, watch_filter=watched.is_interesting, raise_interrupt=True):
        _build(shared, watched)


class _Watched:
    """What is looked at, as the configuration says that was the last to be read; and whether the last round failed."""

    def __init__(self, config: Config) -> None:
        self.failed = False
        self.read(config)

    def read(self, config: Config) -> None:
        """Takes note of the sources, in which every file counts: what is not Python is copied, and folders come and go."""
        self._root = config.root
        paths = (config.root / package.source for package in config.packages)
        self._sources = [path.parent if "*" in path.name else path for path in paths]
        self._targets = [config.root / package.target for package in config.packages]

    def is_interesting(self, _: object, path: str) -> bool:
        """Whether a change of ``path`` may change an output."""
        place = Path(path)
        inside = place.relative_to(self._root) if self._root in place.parents else place
        if place.name.endswith(_NO_SOURCES) or any(_is_hidden(name) for name in inside.parts[:-1]):
            return False
        if place.name.endswith((".py", ".pyi", ".toml", ".typed")):
            return True
        if _is_hidden(place.name) or any(target in place.parents for target in self._targets):
            return False
        return any(source in (place, *place.parents) or place in source.parents for source in self._sources)


_NO_SOURCES = (".pyc", ".pyo", "~", ".swp", ".tmp")


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__"


def _build(shared: Shared, watched: _Watched) -> None:
    """One round; a mistake in a source or in the configuration is told, and the next round may be better."""
    from unasync_plus import api

    try:
        config = shared.load()
        watched.read(config)
        report = shared.filter().apply(api.build(config, jobs=None))
    except (ConfigError, OSError) as error:
        say_error(error, error.help if isinstance(error, ConfigError) else "")
        watched.failed = True
        return
    if report.written or report.diagnostics or watched.failed:
        say(rendered(report, shared.output_format, shared.style()))
    watched.failed = False

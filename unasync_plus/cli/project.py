"""The commands around a project: the first one that a newcomer runs, and the one that keeps running."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import click

from unasync_plus.config import ConfigError
from unasync_plus.report import rendered

from .options import Shared, shared_of, shared_options
from .terminal import say


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
    _build(shared)
    say(f"watching {config.root}, Ctrl-C ends it", error=True)
    for _ in watch_files(config.root, watch_filter=_is_interesting, raise_interrupt=True):
        _build(shared)


def _is_interesting(_: object, path: str) -> bool:
    folders = Path(path).parts[:-1]
    return path.endswith((".py", ".pyi", ".toml", ".typed")) and not any(
        name.startswith(".") or name == "__pycache__" for name in folders
    )


def _build(shared: Shared) -> None:
    """One round; a mistake in a source or in the configuration is told, and the next round may be better."""
    from unasync_plus import api

    try:
        report = shared.filter().apply(api.build(shared.load(), jobs=None))
    except ConfigError as error:
        say(f"error: {error}", error=True)
        return
    if report.written or report.diagnostics:
        say(rendered(report, shared.output_format, shared.style()))

"""The command that compares the two sides of a library."""

from __future__ import annotations

from pathlib import Path

import click

from unasync_plus.config import Config, ConfigError
from unasync_plus.report import diagnostic_lines, rendered

from .options import Shared, shared_of, shared_options
from .program import exit_code
from .terminal import say


@click.command()
@click.argument("asynchronous", metavar="ASYNC")
@click.argument("synchronous", metavar="SYNC")
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="A name of the async side and what became of it.")
@click.option(
    "--allow",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="TOML with the differences that are meant: [[allow]] tables of name, kind and reason.",
)
@click.option("--private", is_flag=True, help="Compare names with a leading underscore too.")
@shared_options
@click.pass_context
def parity(
    context: click.Context,
    asynchronous: str,
    synchronous: str,
    rename: tuple[str, ...],
    allow: Path | None,
    private: bool,
) -> None:
    """Compare what ASYNC and SYNC offer, name by name.

    Both are folders, files or dotted module names, generated or written by hand; nothing is imported.
    Exit code 1 if something is missing, extra or says something else.
    """
    from unasync_plus.parity import AllowList, BadList, NotFound, Options
    from unasync_plus.parity import parity as compare

    shared = shared_of(context)
    try:
        allowed = AllowList.read(allow) if allow is not None else AllowList()
        options = Options(_renames(rename), allowed, private, _config(shared))
        report = compare(asynchronous, synchronous, Path.cwd(), options)
    except (BadList, NotFound) as error:
        raise click.UsageError(str(error)) from None
    report = shared.filter().apply(report)
    if shared.output_format == "text":
        say("\n".join(diagnostic_lines(report.diagnostics, shared.style())))
        if not shared.quiet:
            say(f"parity: {len(report.errors) or 'no'} difference{'s' if len(report.errors) != 1 else ''}")
    else:
        say(rendered(report, shared.output_format, shared.style()))
    context.exit(exit_code(report))


def _renames(given: tuple[str, ...]) -> dict[str, str]:
    renames = {}
    for item in given:
        old, equals, new = item.partition("=")
        if not equals or not old.isidentifier() or not new.isidentifier():
            raise click.UsageError(f"--rename {item}: has to be OLD=NEW, both names")
        renames[old] = new
    return renames


def _config(shared: Shared) -> Config | None:
    """The project's configuration, if there is one."""
    try:
        return shared.load()
    except ConfigError as error:
        if error.file is None and shared.config is None:
            return None
        raise

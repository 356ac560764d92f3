"""The commands that convert: build, check, convert, clean. Those around them are in modules of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from unasync_plus.model import VERSION, Report
from unasync_plus.report import rendered

from .about import explain, rules
from .conversion import convert
from .options import Shared, shared_of, shared_options
from .parity import parity
from .program import Program, exit_code
from .project import init, watch
from .terminal import ProgressBar, say

_PATHS = click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
_JOBS = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Convert in so many processes. Default: as many as pay."
)
_DIFF = click.option("--diff", is_flag=True, help="Show the differences.")
_NO_CACHE = click.option("--no-cache", is_flag=True, help="Convert everything anew.")


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="unasync-plus")
@shared_options
def cli() -> None:
    """Generates the synchronous side of an async Python package, or refuses with a line and a way out."""


@cli.command()
@_PATHS
@click.option("--dry-run", is_flag=True, help="Write nothing, say what would be written.")
@_DIFF
@click.option("--fail-on-change", is_flag=True, help="Exit with 1 if anything was written, for hooks.")
@click.option("--force", is_flag=True, help="Also replace files that were not generated.")
@_JOBS
@_NO_CACHE
@shared_options
@click.pass_context
def build(
    context: click.Context,
    paths: tuple[Path, ...],
    dry_run: bool,
    diff: bool,
    fail_on_change: bool,
    force: bool,
    jobs: int | None,
    no_cache: bool,
) -> None:
    """Write every sync output that is missing or stale.

    PATHs are sources, targets or folders of them; only what belongs to them is built. Default: everything.
    """
    from unasync_plus import api

    shared = shared_of(context)
    report = with_progress(
        shared,
        lambda progress: api.build(
            shared.load(),
            paths,
            dry_run=dry_run,
            force=force,
            jobs=jobs,
            use_cache=not no_cache,
            progress=progress,
        ),
    )
    show(report, shared, diff=diff)
    has_changed = report.drifted if dry_run else report.written
    context.exit(exit_code(report) or int(fail_on_change and bool(has_changed)))


@cli.command()
@_PATHS
@_DIFF
@click.option("--types", is_flag=True, help="Also run mypy on the output and stubtest on the stubs.")
@_JOBS
@_NO_CACHE
@shared_options
@click.pass_context
def check(
    context: click.Context, paths: tuple[Path, ...], diff: bool, types: bool, jobs: int | None, no_cache: bool
) -> None:
    """Compare the outputs with what would be written; write nothing.

    Exits with 1 if an output is missing, stale, edited by hand or without a source, or if a file is refused.
    """
    from unasync_plus import api

    shared = shared_of(context)
    report = with_progress(
        shared,
        lambda progress: api.check(
            shared.load(), paths, types=types, jobs=jobs, use_cache=not no_cache, progress=progress
        ),
    )
    show(report, shared, diff=diff)
    context.exit(exit_code(report))


@cli.command()
@shared_options
@click.pass_context
def clean(context: click.Context) -> None:
    """Remove the generated files, which are those that carry our header, and the cache."""
    from unasync_plus import api

    shared = shared_of(context)
    report = api.clean(shared.load())
    show(report, shared)
    context.exit(exit_code(report))


for _command in (convert, init, watch, explain, rules, parity):
    cli.add_command(_command)


def with_progress(shared: Shared, run: Callable[[ProgressBar], Report]) -> Report:
    bar = ProgressBar(shared.shows_progress)
    try:
        return run(bar)
    finally:
        bar.close()


def show(report: Report, shared: Shared, *, diff: bool = False) -> None:
    say(rendered(shared.filter().apply(report), shared.output_format, shared.style(diff=diff)))

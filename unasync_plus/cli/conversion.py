"""The command that converts single files, with or without a project around them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from unasync_plus.config import Config, ConfigError
from unasync_plus.model import Report, Result
from unasync_plus.report import diagnostic_lines, rendered

from .options import Shared, shared_of, shared_options
from .program import exit_code
from .terminal import say


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True), metavar="FILE...")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT", help="Write there instead.")
@click.option("--stub", is_flag=True, help="Print the stub instead of the code.")
@click.option("--stub-docstrings", is_flag=True, help="Keep the docstrings in the stub.")
@shared_options
@click.pass_context
def convert(
    context: click.Context, files: tuple[str, ...], output: Path | None, stub: bool, stub_docstrings: bool
) -> None:
    """Convert FILEs to standard output; - is standard input.

    No configuration is needed; if there is one, its settings hold.
    """
    if output is not None and len(files) > 1:
        raise click.UsageError("-o takes the output of one FILE, several were given")
    shared = shared_of(context)
    if stub_docstrings and not stub:
        raise click.UsageError("--stub-docstrings goes with --stub")
    # What a stub can not say is of interest to who asks for one.
    config = _config(shared).forced({"stubs": stub, **({"stub_docstrings": True} if stub_docstrings else {})})
    results = [_convert_one(file, config, output, stub=stub) for file in files]
    diagnostics = shared.filter().kept(item for result in results for item in result.diagnostics)
    report = Report("convert", config.root, (), tuple(diagnostics))
    if shared.output_format == "text":
        shown = [item for item in diagnostics if item.is_error or not shared.quiet]
        say("\n".join(diagnostic_lines(shown, shared.style())), error=True)
    else:
        say(rendered(report, shared.output_format, shared.style()), error=True)
    context.exit(exit_code(report))


def _config(shared: Shared) -> Config:
    try:
        return shared.load()
    except ConfigError as error:
        if error.file is None and shared.config is None:  # there is none, which is fine here
            return Config()
        raise


def _convert_one(file: str, config: Config, output: Path | None, *, stub: bool) -> Result:
    from unasync_plus import api
    from unasync_plus.store import write

    source = _read(file)
    result = api.transpile(source, config, path="<stdin>" if file == "-" else file)
    text = result.stub if stub else result.code
    if text is not None:
        data = text.encode() if stub else api.encoded(text, source)
        if output is not None:
            write(output, data, None if file == "-" else Path(file))
        else:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
    return result


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror or error}") from None

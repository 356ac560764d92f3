"""What goes wrong in a command → a message and an exit code, never a traceback for what a user can cause."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from unasync_plus.config import ConfigError
from unasync_plus.model import Diagnostic, Report, Severity
from unasync_plus.report import diagnostic_lines, rendered

from .options import shared_of
from .terminal import say, say_error

WRONG = 1
BROKEN = 2
INTERRUPTED = 130


class Program(click.Group):
    """The group of all commands."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            _say_configuration_error(ctx, error)
            ctx.exit(BROKEN)
        except KeyboardInterrupt:
            say("interrupted", error=True)
            ctx.exit(INTERRUPTED)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except OSError as error:
            if isinstance(error.filename, str):
                help = "see who may read and write there, and whether there is room"
                say_error(f"{os.path.relpath(error.filename)}: {error.strerror}", help)
            else:
                say_error(error)
            ctx.exit(BROKEN)
        except Exception as error:
            _say_internal_error(ctx, error)
            ctx.exit(BROKEN)


def _say_configuration_error(context: click.Context, error: ConfigError) -> None:
    shared = shared_of(context)
    if shared.output_format == "text":
        say_error(error, error.help)
        return
    message = f"{error.key}: {error.message}" if error.key else error.message
    path = str(error.file or "configuration")
    found = Diagnostic(path, 1, 1, "UA031", Severity.ERROR, message, error.help)
    root = error.file.parent if error.file else Path.cwd()
    report = Report(str(context.invoked_subcommand), root, (), (found,))
    say(rendered(report, shared.output_format, shared.style()))


def _say_internal_error(context: click.Context, error: Exception) -> None:
    from unasync_plus.pipeline.render import internal_error

    say("\n".join(diagnostic_lines([internal_error("unasync-plus", error)], shared_of(context).style())), error=True)
    if shared_of(context).verbose:
        import traceback

        say("".join(traceback.format_exception(error)), error=True)


def exit_code(report: Report) -> int:
    """Of a command that made ``report``."""
    if any(item.code == "UA000" for item in report.diagnostics):
        return BROKEN
    return 0 if report.ok else WRONG

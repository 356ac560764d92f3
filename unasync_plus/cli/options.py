"""The options that every command has, before or after its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from unasync_plus.config import Config
from unasync_plus.report import FORMATS, Filter, Style

from .terminal import wants_color

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Shared:
    """The values of the shared options, as far as they were given yet."""

    config: Path | None = None
    output_format: str = "text"
    quiet: bool = False
    verbose: bool = False
    select: list[str] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)

    def load(self) -> Config:
        return Config.load(self.config)

    def filter(self) -> Filter:
        return Filter(tuple(self.select), tuple(self.ignore))

    def style(self, *, diff: bool = False) -> Style:
        return Style(1 if self.verbose else -1 if self.quiet else 0, wants_color(), diff)

    @property
    def shows_progress(self) -> bool:
        return not self.quiet and self.output_format == "text"


def shared_of(context: click.Context) -> Shared:
    """The one `Shared` of this run."""
    shared: Shared = context.find_root().ensure_object(Shared)
    return shared


_CODE = re.compile(r"UA\d{0,3}", re.IGNORECASE)


def _store(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep what is given, so that the default of the one place does not undo what is said in the other."""
    shared, name = shared_of(context), str(parameter.name)
    if isinstance(getattr(shared, name), list):
        codes = [code.strip() for item in value for code in item.split(",") if code.strip()]
        for code in codes:
            if not _CODE.fullmatch(code):
                raise click.BadParameter(f"{code!r} is no code, nor the beginning of one, as UA330 and UA3 are")
        getattr(shared, name).extend(codes)
    elif value:
        setattr(shared, name, value)


def shared_options(command: F) -> F:
    """Add the shared options to a command."""
    for option in reversed(
        (
            click.option(
                "--config",
                type=click.Path(exists=True, path_type=Path),
                metavar="FILE",
                help="The configuration, or a folder from which to look for it upwards.",
                callback=_store,
                expose_value=False,
            ),
            click.option(
                "--output-format",
                type=click.Choice(FORMATS),
                help="How to report. Default: text.",
                callback=_store,
                expose_value=False,
            ),
            click.option("-q", "--quiet", is_flag=True, help="Errors only.", callback=_store, expose_value=False),
            click.option("-v", "--verbose", is_flag=True, help="Say more.", callback=_store, expose_value=False),
            _codes("--select", "Show these warnings and notes only"),
            _codes("--ignore", "Do not show these warnings and notes"),
        )
    ):
        command = option(command)
    return command


def _codes(name: str, help: str) -> Callable[[F], F]:
    return click.option(
        name,
        multiple=True,
        metavar="CODES",
        help=f"{help}: codes, or their beginnings, with commas between.",
        callback=_store,
        expose_value=False,
    )

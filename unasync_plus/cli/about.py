"""The commands that tell what the tool knows and why it did something."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from .options import shared_of, shared_options
from .terminal import say


@click.command()
@click.argument("subject", metavar="CODE|FILE:LINE")
@shared_options
@click.pass_context
def explain(context: click.Context, subject: str) -> None:
    """Print the page of a code, or the source of a generated line and the rules that made it."""
    from unasync_plus import api
    from unasync_plus.pipeline.explaining import Page, UnexplainedError

    shared = shared_of(context)
    _, colon, line = subject.rpartition(":")
    if colon and not line.isdigit():
        raise click.UsageError(f"{subject} names no line: write FILE:LINE with a number, counted from 1")
    try:
        found = api.explain(subject, shared.load() if colon else None)
    except UnexplainedError as error:
        raise click.UsageError(str(error.args[0])) from None
    if shared.output_format == "json":
        say(json.dumps(asdict(found), indent=2))
    elif isinstance(found, Page):
        say(f"{found.code} {found.name}".rstrip() + f"\n\n{found.text}")
    else:
        source = f"comes from {found.source}:{found.source_line}"
        if not found.source_line:
            source = f"was added: no line of {found.source} stands for it"
        say(f"{found.target}:{found.line} {source}")
        for code in found.rules:
            page = api.explain(code)
            name = page.name if isinstance(page, Page) else ""
            say(f"    {code} {name}".rstrip())


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@shared_options
@click.pass_context
def rules(context: click.Context, as_json: bool) -> None:
    """List every rule and table: code, name, one line."""
    from unasync_plus import api

    found = api.list_rules()
    if as_json or shared_of(context).output_format == "json":
        say(json.dumps([asdict(item) for item in found], indent=2))
        return
    width = max((len(item.name) for item in found), default=0)
    for item in found:
        say(f"{item.code:5} {item.name:{width}} {item.summary}".rstrip())

"""Writes docs/tables.md from the tables: ``python tests/tables_page.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from unasync_plus.tables import Method, Row, Table, all_tables

PAGE = Path(__file__).parent.parent / "docs" / "tables.md"

INTRODUCTION = """\
# Tables

What the names of well-known libraries mean in sync code. Each library has a file, `unasync_plus/tables/NAME.toml`
(its import name); each name a row; each row the page that says so. This page is made of those files by
`python tests/tables_page.py`.

## A row

```toml
library = "httpx"                         # the import name
distribution = "httpx"                    # on PyPI; absent for what is part of Python
version = "0.28.1"                        # what the rows were proved against
docs = "https://www.python-httpx.org/"    # sources are relative to it

[names]
"httpx.AsyncClient" = { to = "httpx.Client", source = "api/#asyncclient" }

[methods]
"aiter_bytes" = { to = "iter_bytes", of = "httpx.Response", source = "async/#streaming-responses" }
```

`[names]` has qualified names. The longest one that a name begins with speaks for it, so the row
`"redis.asyncio" = { to = "redis" }` makes `redis.Redis` of `redis.asyncio.Redis`. A row says one of these:

| key | meaning |
|---|---|
| `to = "httpx.Client"` | the counterpart |
| `keep = true` | harmless in sync code, stays |
| `rule = "concurrency"` | rules of that family deal with it; else `to` or `keep` beside it hold, or it is refused |
| `refuse = "why"` | no counterpart; `help`, or that of the whole table, is the way out |

and besides its `source`, where needed:

| key | meaning |
|---|---|
| `missing = ["locked"]` | attributes that the counterpart lacks: using one is refused |
| `missing_parameters = ["loop"]` | parameters that the counterpart, or a method of it, does not take by name |
| `instance = "_thread.LockType"` | the class of what `to` makes, if `to` is a function or an abstract class |
| `since = "3.11"`, `removed = "3.14"`, `platform = "win32"` | where the name itself is not on every Python |
| `handed = "…"` | what stands for a name with rules in a module that only exports it |
| `note = "…"` | what else differs |

`[methods]` has attributes that are renamed on any object, in every module that imports the library: only names so
distinctive that nothing else has them. `of` is the class that has the name, `on` the one that has the new name, if
that is another than the counterpart of `of`. `[asynchronous]` lists coroutine functions that do not look it, each
with its source, and `[aliases]` modules that show the names of another one. `modules` lists those of which every
public asynchronous name must have a row.

`scripts/prove-tables` installs each library in its version and proves every row: both names exist, the counterpart
is no coroutine function, it has the public attributes of the asynchronous side, and takes the same calls. Rows
about Python itself are proved on every Python that is found. To move a library to a new version, change `version`
and run it.

A library that has no synchronous side, and of which much is plain data, has no table: what is awaited of it is refused as that
of any foreign one (`UA904`). py-key-value is such a library; its stores have sync libraries below them, which `replace` can name.

## A library's own table

A distribution brings tables through the entry point group `unasync_plus.tables`. The entry point's name is the
import name, its value a folder (`mylib.data`, which then has a `mylib.toml`), or a file in a package
(`mylib:unasync.toml`):

```toml
[project.entry-points."unasync_plus.tables"]
mylib = "mylib:unasync.toml"
```

Such a table replaces ours. What Python itself means cannot be changed.
"""


def page() -> str:
    """The text of the page, for the tables that come with us."""
    ours = [table for table in all_tables() if Path(table.file).parent.name == "tables"]
    rows = sum(len(table.names) + len(table.methods) for table in ours)
    parts = [INTRODUCTION, f"## The tables\n\n{len(ours)} libraries, {rows} rows.\n"]
    parts += ["\n".join(_section(table)) for table in ours]
    return "\n".join(parts)


def _section(table: Table) -> Iterator[str]:
    yield f"### {table.library}\n"
    version = f"{table.distribution} {table.version}" if table.distribution else "Part of Python"
    yield f"{version} · <{table.docs.rstrip('#')}>\n"
    yield "| name | in sync code | |"
    yield "|---|---|---|"
    for row in table.names.values():
        yield f"| [`{row.name}`]({row.source}) | {_verdict(row)} | {_remarks(row)} |"
    for method in table.methods.values():
        yield f"| [`.{method.name}`]({method.source}) | `.{method.to}` | {_remarks(method)} |"
    for alias, other in table.aliases.items():
        yield f"| `{alias}` | as `{other}` | |"
    yield ""


def _verdict(row: Row) -> str:
    said = [f"rule: {row.rule}"] if row.rule else []
    said += [f"`{row.to}`"] if row.to else []
    said += ["stays"] if row.keep else []
    said += [f"refused: {row.refuse}"] if row.refuse else []
    return ", else ".join(said)


def _remarks(row: Row | Method) -> str:
    remarks = [f"Python {row.since}+"] if row.since else []
    if isinstance(row, Row):
        remarks += [f"until {row.removed}"] if row.removed else []
        remarks += [row.platform] if row.platform else []
        remarks += ["without " + ", ".join(f"`{name}`" for name in row.missing)] if row.missing else []
        if row.missing_parameters:
            remarks.append("not by keyword: " + ", ".join(f"`{name}`" for name in row.missing_parameters))
    return "; ".join([*remarks, row.note] if row.note else remarks)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

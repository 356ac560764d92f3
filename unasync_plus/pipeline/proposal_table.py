"""The table that `init` writes into a project's pyproject.toml."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from unasync_plus.config import ConfigError
from unasync_plus.config.load import oldest_python
from unasync_plus.store import read, write

from .proposal import Pair, is_inside
from .proposal_names import Names, names_of
from .proposal_naming import Naming, are_twins, naming_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TABLE = """\
# What unasync-plus generates: the sync side of an async package. Edit the source, then run `unasync-plus build`.
[tool.unasync-plus]
{target}
{drop}# stubs = false                 # no .pyi beside the generated files
# stub-docstrings = true        # keep the docstrings in them
# format = ["ruff", "format", "--stdin-filename", "{path}", "-"]

[tool.unasync-plus.naming]      # the word "async" in the project's own names
camel = {camel}# AsyncClient becomes Client; "Sync": SyncClient; false: stays
snake = {snake}# async_open becomes open; "sync": sync_open; false: stays
{keep}
{rename}"""
_NO_TARGET = '# target-version = "3.9"        # the oldest Python the output must run on; default: from requires-python'
_PYTHON = re.compile(r"""\bpython_requires\s*=\s*["']?([^"'\n]+)""")
_FIRST_PYTHON = re.compile(r"[\^~>=\s]*(3\.\d+)")
_NO_RENAMES = """\
# [tool.unasync-plus.rename]    # further names, exact or with one * on each side
# "aclose" = "close"
"""
_RENAMES = """\
[tool.unasync-plus.rename]      # further names; these are what your sync code has now
"""
_REPLACE = """
[tool.unasync-plus.replace]     # other modules, and names in them: these are what your sync code has now
"""
_REWRITE = """
[tool.unasync-plus.rewrite]     # calls that are others in your sync code, or none
"""
_SET = """
[tool.unasync-plus.set]         # constants that have another value in your sync code
"""
_FORCE = "  # only `build --force` replaces what is there now"
_DIRECTIVES = """
[tool.unasync-plus.directives]  # your comments, and what they say in ours
"""


def write_proposal(root: Path, pairs: Sequence[Pair]) -> Path:
    """Append a table with ``pairs`` to the project's pyproject.toml; what it holds already stays byte for byte."""
    file = root / "pyproject.toml"
    existing = read(file) or b""
    try:
        document = tomllib.loads(existing.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"is no valid TOML: {error}", file=file) from None
    if "unasync-plus" in document.get("tool", {}):
        raise ConfigError("has a table [tool.unasync-plus] already", file=file, help="edit it, or remove it first")
    if (root / "unasync-plus.toml").exists():
        raise ConfigError("is there already, and wins", file=root / "unasync-plus.toml", help="edit it")
    naming = _naming(root, pairs)
    target = _target_version(root, document)
    text = _addition(root, existing, pairs, naming, Names(), target)
    new = existing + _addition(root, existing, pairs, naming, names_of(root, text.decode()), target)
    if not _only_adds(document, new):
        help = "write [tool.unasync-plus] by hand, or use an unasync-plus.toml"
        raise ConfigError("cannot take another table at its end", file=file, help=help)
    try:
        write(file, new)
    except OSError as error:
        help = "see who may write there, and whether there is room"
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=file, help=help) from None
    return file


def _naming(root: Path, pairs: Sequence[Pair]) -> Naming:
    def files(patterns: Iterable[str]) -> list[Path]:
        found = [path for pattern in patterns for path in sorted(root.glob(pattern))]
        return [file for path in found for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]

    sources = files(pair.source for pair in pairs)
    return naming_of(sources, set(files(pair.target for pair in pairs)).difference(sources))


def _target_version(root: Path, document: Mapping[str, object]) -> str:
    """The line that says which Python the output is for: as setup.cfg or setup.py say, where pyproject.toml does not."""
    project = document.get("project")
    if isinstance(project, dict) and "requires-python" in project:
        return _NO_TARGET
    poetry = document
    for key in ("tool", "poetry", "dependencies"):
        inner = poetry.get(key)
        poetry = inner if isinstance(inner, dict) else {}
    found = _FIRST_PYTHON.match(str(poetry.get("python", "")))
    if found is not None:
        return _target(f">={found[1]}", "tool.poetry.dependencies")
    for name in ("setup.cfg", "setup.py"):
        found = _PYTHON.search((read(root / name) or b"").decode("utf-8", "replace"))
        if found is not None:
            return _target(found[1], name)
    return _NO_TARGET


def _target(specifier: str, where: str) -> str:
    version = ".".join(map(str, oldest_python(specifier)))
    return f'target-version = "{version}"'.ljust(32) + f"# the oldest Python the output must run on, as {where} says"


def _addition(root: Path, existing: bytes, pairs: Sequence[Pair], naming: Naming, names: Names, target: str) -> bytes:
    packages = "".join(
        _package_table(pair, root, names.exclude.get(pair.source, ()), names.drop.get(pair.source, ()))
        for pair in pairs
    )
    gap = "" if not existing else "\n" if existing.endswith(b"\n") else "\n\n"
    camel, snake = (f'"{value}"'.ljust(24) for value in (naming.camel, naming.snake))
    rename = _RENAMES + _entries(names.rename) if names.rename else _NO_RENAMES
    rename += _REPLACE + _entries(names.replace) if names.replace else ""
    rename += _REWRITE + _entries(names.rewrite) if names.rewrite else ""
    rename += _SET + _entries(names.set) if names.set else ""
    rename += _DIRECTIVES + _entries(names.directives) if names.directives else ""
    text = (
        gap
        + _TABLE.replace("{target}", target)
        .replace("{drop}", _marks(names.marks))
        .replace("{camel}", camel)
        .replace("{snake}", snake)
        .replace("{keep}", _kept(names.keep))
        .replace("{rename}", rename)
        + packages
    )
    return text.replace("\n", "\r\n").encode() if b"\r\n" in existing else text.encode()


def _entries(table: Mapping[str, str | bool]) -> str:
    return "".join(f"{json.dumps(name)} = {json.dumps(value)}\n" for name, value in table.items())


def _package_table(pair: Pair, root: Path, exclude: Sequence[tuple[str, str]], drop: Sequence[str]) -> str:
    table = f'\n[[tool.unasync-plus.package]]\nsource = "{pair.source}"\ntarget = "{pair.target}"{_FORCE if pair.is_there else ""}\n'
    ours, theirs = (root / folder / "__init__.py" for folder in (pair.source, pair.target))
    left_out = list(exclude)
    if is_inside(pair.source, pair.target) and not are_twins(ours, theirs):
        left_out.append((f"{pair.source}/__init__.py", "the target has its own"))
    return f"{table}{_list('exclude', left_out)}{_beside(drop)}"


def _marks(marks: Sequence[str]) -> str:
    return f"drop = {json.dumps(marks)}".ljust(32) + "# what they mark is not in your sync code\n" if marks else ""


def _kept(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"keep = {json.dumps(names)}".ljust(30) + "  # stays, for what it would be called stays too\n"
    lines = "".join(f"    {json.dumps(name)},\n" for name in names)
    return (
        f"keep = [                        # these stay, for what they would be called stays too\n{lines}]\n"
        if names
        else ""
    )


def _beside(drop: Sequence[str]) -> str:
    if len(drop) < 2:
        return _list("drop", [(name, "the async side, beside it, takes its name") for name in drop])
    names = "".join(f"    {json.dumps(name)},\n" for name in drop)
    return f"drop = [                        # the async sides, beside them, take their names\n{names}]\n"


def _list(key: str, entries: Sequence[tuple[str, str]]) -> str:
    """A list, each entry with the reason for it."""
    if len(entries) < 2:
        return "".join(f"{key} = [{json.dumps(entry)}]  # {why}\n" for entry, why in entries)
    lines = "".join(f"    {json.dumps(entry)},  # {why}\n" for entry, why in entries)
    return f"{key} = [\n{lines}]\n"


def _only_adds(document: dict[str, object], new: bytes) -> bool:
    try:
        changed = tomllib.loads(new.decode())
    except tomllib.TOMLDecodeError:
        return False
    tool = changed.get("tool", {})
    if not isinstance(tool, dict):
        return False
    tool.pop("unasync-plus", None)
    if not tool:
        changed.pop("tool", None)
    return changed == {key: value for key, value in document.items() if key != "tool" or value}

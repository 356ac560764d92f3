"""TOML values → checked Python values. A reader raises ``ConfigError`` at the place that it is given."""

from __future__ import annotations

import keyword
import re
import shlex
from collections.abc import Callable, Mapping
from typing import TypeVar

from .errors import Place, nearest
from .globs import Glob

T = TypeVar("T")
Reader = Callable[[object, Place], T]
Scalar = bool | int | float | str

_TOML_TYPES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "a table",
}
OLDEST_TARGET = (3, 7)
_METAVARIABLE = re.compile(r"\$\$?([A-Za-z_]\w*)")


def _type_error(wanted: str, value: object, place: Place) -> Exception:
    return place.error(f"must be {wanted}, not {_TOML_TYPES.get(type(value), type(value).__name__)}")


def text(value: object, place: Place) -> str:
    if not isinstance(value, str):
        raise _type_error("a string", value, place)
    return value


def nonempty(value: object, place: Place) -> str:
    if not text(value, place):
        raise place.error("must not be empty")
    return text(value, place)


def boolean(value: object, place: Place) -> bool:
    if not isinstance(value, bool):
        raise _type_error("true or false", value, place)
    return value


def scalar(value: object, place: Place) -> Scalar:
    if not isinstance(value, (bool, int, float, str)):
        raise _type_error("a boolean, number or string", value, place)
    return value


def one_of(*choices: str) -> Reader[str]:
    def read(value: object, place: Place) -> str:
        if text(value, place) not in choices:
            listed = ", ".join(f'"{choice}"' for choice in choices)
            raise place.error(f'"{value}" is not one of {listed}', f'did you mean "{nearest(str(value), choices)}"?')
        return text(value, place)

    return read


def array(read: Reader[T]) -> Reader[tuple[T, ...]]:
    def read_array(value: object, place: Place) -> tuple[T, ...]:
        if not isinstance(value, list | tuple):
            raise _type_error("an array", value, place)
        return tuple(read(item, place.item(index)) for index, item in enumerate(value))

    return read_array


def choices(*allowed: str) -> Reader[frozenset[str]]:
    read_items = array(one_of(*allowed))
    return lambda value, place: frozenset(read_items(value, place))


def table(read_key: Reader[str], read: Reader[T]) -> Reader[dict[str, T]]:
    def read_table(value: object, place: Place) -> dict[str, T]:
        entries = mapping(value, place)
        return {read_key(key, place.child(key)): read(item, place.child(key)) for key, item in entries.items()}

    return read_table


def mapping(value: object, place: Place) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _type_error("a table", value, place)
    return value


def version(value: object, place: Place) -> tuple[int, int]:
    if isinstance(value, float):
        raise place.error("must be a string", f'write it in quotes: "{value}"')
    match = re.fullmatch(r"3\.(\d{1,3})", text(value, place))
    if not match or (3, int(match[1])) < OLDEST_TARGET:
        raise place.error(
            f'"{value}" is no Python version that can be generated for', 'write "3.7" or newer, as in "3.9"'
        )
    return 3, int(match[1])


def commands(value: object, place: Place) -> tuple[tuple[str, ...], ...]:
    """One command (a string, or an array of strings) or several (an array of arrays)."""
    if isinstance(value, str):
        return (tuple(shlex.split(value)),) if value.strip() else ()
    items = array(lambda item, _: item)(value, place)
    if not items:
        return ()
    is_one = all(isinstance(item, str) for item in items)
    found = (array(text)(value, place),) if is_one else array(array(text))(value, place)
    for index, command in enumerate(found):
        if not command or not command[0].strip():
            raise (place if is_one else place.item(index)).error("a command must not be empty")
    return found


def glob(value: object, place: Place) -> str:
    try:
        Glob(nonempty(value, place))
    except re.error as error:
        raise place.error(f'"{value}" is no path pattern: {error}') from None
    return text(value, place)


def name(value: object, place: Place) -> str:
    """An identifier or a dotted name."""
    found = nonempty(value, place)
    if not all(part.isidentifier() for part in found.split(".")):
        raise place.error(f'"{value}" is no name', 'write an identifier or a dotted name, as in "asyncio.sleep"')
    return found


def renames(value: object, place: Place) -> dict[str, str]:
    """Identifier → identifier, with one ``*`` on both sides or on none."""
    found = table(nonempty, nonempty)(value, place)
    for old, new in found.items():
        at = place.child(old)
        if old.count("*") != new.count("*") or old.count("*") > 1:
            raise at.error("a pattern has exactly one * on each side", 'as in "a*_pool" = "*_pool"')
        if "." in old or "." in new:
            raise at.error("a rename is for one identifier", "dotted names belong into the table `replace`")
        for side in (old, new):
            if not side.replace("*", "_").isidentifier():
                raise at.error(f'"{side}" is no identifier')
        if keyword.iskeyword(new):
            raise at.error(f'"{new}" is a keyword of Python, nothing can be called that')
    return found


def rewrites(value: object, place: Place) -> dict[str, str]:
    """Expression pattern → expression template; an empty template stands for nothing at all."""
    found = table(pattern, text)(value, place)
    for old, new in found.items():
        if new:
            pattern(new, place.child(old))
        unknown = sorted(set(_METAVARIABLE.findall(new)) - set(_METAVARIABLE.findall(old)))
        if unknown:
            raise place.child(old).error(f"${unknown[0]} stands on the right side only")
    return found


def pattern(value: object, place: Place) -> str:
    """A Python expression in which ``$x`` and ``$$x`` may stand for others."""
    import ast

    source = nonempty(value, place)
    try:
        ast.parse(_METAVARIABLE.sub(r"__any_\1", source).strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise place.error(f'"{source}" is no Python expression: {getattr(error, "msg", error)}') from None
    return source


DIRECTIVES = (
    "skip", "keep", "off", "on", "replace", "async-branch", "sync-branch",
    "sequential", "threads", "direct", "bridge", "ignore",
)  # fmt: skip


def directive(value: object, place: Place) -> str:
    word = re.split(r"[\s\[]", nonempty(value, place), maxsplit=1)[0]
    if word not in DIRECTIVES:
        raise place.error(f'"{value}" is no directive', f'did you mean "{nearest(word, DIRECTIVES)}"?')
    return text(value, place)

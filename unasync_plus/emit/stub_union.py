"""Unions as text: split into members, joined again, narrowed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def split(text: str, separator: str) -> list[str]:
    """``text`` at each ``separator`` that stands outside of brackets and strings."""
    if separator not in text:
        return [text.strip()]
    parts: list[str] = []
    depth = start = 0
    quote = ""
    for position, character in enumerate(text):
        if quote:
            if character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == separator and not depth:
            parts.append(text[start:position].strip())
            start = position + 1
    return [*parts, text[start:].strip()]


@lru_cache(maxsize=4096)
def members(text: str) -> tuple[str, ...]:
    """The members of a union, however it is written; a type that is none is its only member."""
    if "|" not in text and "[" not in text:
        return (text,)
    found: list[str] = []
    for part in split(text, "|"):
        head, bracket, rest = part.partition("[")
        last = head.rpartition(".")[2]
        if bracket and last in ("Optional", "Union") and rest.endswith("]"):
            for inner in split(rest[:-1], ","):
                found.extend(members(inner))
            if last == "Optional":
                found.append("None")
        elif part:
            found.append(part)
    return tuple(found)


def join(types: Iterable[str]) -> str:
    """One type for all of ``types``: ``None`` last, ``Any`` swallows the rest."""
    unique = list(dict.fromkeys(member for text in types for member in members(text)))
    if "Any" in unique:
        return "Any"
    if "None" in unique:
        unique.remove("None")
        unique.append("None")
    return " | ".join(unique)


def without_none(text: str) -> str:
    """``text`` with ``None`` taken out of it; unchanged, as it is written, where it cannot be ``None``."""
    parts = members(text)
    if "None" not in parts or len(parts) == 1:
        return text
    return " | ".join(part for part in parts if part != "None")


def allows_none(text: str) -> bool:
    return bool({"None", "Any", "object"} & {part.rpartition(".")[2] for part in members(text)})

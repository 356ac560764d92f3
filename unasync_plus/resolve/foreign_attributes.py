"""Attributes of the project's classes that hold objects of foreign ones: what other modules get by them is awaited in vain.

From the text alone: annotations of attributes, `self.x = Foreign(…)`, and `self.x = x` of a parameter with an annotation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from unasync_plus.resolve.hierarchy import Hierarchy

_DECLARED = r"\n{indent}(?P<name>\w+)[ \t]*:[ \t]*(?P<type>[^=\n#]+)"
_SAID = re.compile(r"self\.(?P<name>\w+)[ \t]*:[ \t]*(?P<type>[^=\n#]+)")
_INDENT = re.compile(r"^[ \t]+(?=\S)", re.MULTILINE)
_MADE = re.compile(r"self\.(?P<name>\w+)[ \t]*=[ \t]*(?:await[ \t]+)?(?P<type>[A-Za-z_][\w.]*)\(")
_GIVEN = re.compile(r"self\.(?P<name>\w+)[ \t]*=[ \t]*(?P<parameter>[A-Za-z_]\w*)[ \t]*$", re.MULTILINE)
_PARAMETER = re.compile(r"[(,]\s*(?P<name>\w+)\s*:\s*(?P<type>[^=,()\n#]+(?:\[[^\]\n]*\])?)")
_HEAD = re.compile(r"def[ \t]+\w+[ \t]*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
"""A function, up to the end of its parameters."""
_WRAPPED = re.compile(r"(?:\w+\.)*(?:Optional|Union|Final|ClassVar)\[(?P<inner>.*)\]", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][\w.]*")


def foreign_attributes(
    modules: Iterable[str], hierarchy: Hierarchy, is_foreign: Callable[[str], bool]
) -> dict[str, frozenset[str]]:
    """Attribute (qualified, also by the names under which modules have its class) → the foreign classes it may be of."""
    modules = list(modules)
    foreign = cache(lambda module: {n: path for n, path in hierarchy.imports(module).items() if is_foreign(path)})
    own = cache(lambda qualified: _own(qualified, hierarchy, foreign(qualified.rpartition(".")[0])))
    by_class: dict[str, dict[str, frozenset[str]]] = {}
    for module in modules:
        for name, header in hierarchy.classes(module).items():
            if header.is_top:
                found = _with_bases(f"{module}.{name}", hierarchy, own)
                if found:
                    by_class[f"{module}.{name}"] = found
    for module in modules if by_class else ():
        for name, path in hierarchy.imports(module).items():
            home = hierarchy.home(path)
            if home in by_class:
                by_class.setdefault(f"{module}.{name}", by_class[home])
    return {f"{owner}.{name}": kinds for owner, found in by_class.items() for name, kinds in found.items()}


def _with_bases(
    qualified: str, hierarchy: Hierarchy, own: Callable[[str], Mapping[str, frozenset[str]]]
) -> dict[str, frozenset[str]]:
    """The attributes of a class and of those it derives from, nearest first."""
    found: dict[str, frozenset[str]] = {}
    for one in hierarchy.line(qualified):
        for name, kinds in own(one).items():
            found.setdefault(name, kinds)
    return found


def _own(qualified: str, hierarchy: Hierarchy, foreign: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """``foreign`` are the names in the module that imports bind to what comes from libraries."""
    block = hierarchy.block(qualified) if foreign else ""
    if not any(name in block for name in foreign):
        return {}
    found: dict[str, set[str]] = {}
    for name, text in _types(block):
        for part in _parts(text):
            root, dot, rest = part.partition(".")
            if root in foreign:
                found.setdefault(name, set()).add(f"{foreign[root]}{dot}{rest}")
    return {name: frozenset(kinds) for name, kinds in found.items()}


def _types(block: str) -> Iterator[tuple[str, str]]:
    """Attributes, and what is said of their types."""
    indent = _INDENT.search(block)
    declared = re.compile(_DECLARED.format(indent=indent[0] if indent else ""))
    for said in (*declared.finditer(block), *_SAID.finditer(block), *_MADE.finditer(block)):
        yield said["name"], said["type"]
    given = list(_GIVEN.finditer(block))
    heads = list(_HEAD.finditer(block)) if given else []
    for one in given:
        head = next((head[0] for head in reversed(heads) if head.end() <= one.start()), "")
        for said in _PARAMETER.finditer(head):
            if said["name"] == one["parameter"]:
                yield one["name"], said["type"]


def _parts(text: str) -> Iterator[str]:
    """The names of the classes in an annotation that the value itself may be of, not what it holds."""
    text = text.strip().strip("\"'")
    wrapped = _WRAPPED.fullmatch(text)
    parts = _split(wrapped["inner"], ",") if wrapped else _split(text, "|")
    if wrapped or len(parts) > 1:
        for part in parts:
            yield from _parts(part)
    elif (found := _NAME.match(text)) is not None:
        yield found[0]


def _split(text: str, separator: str) -> list[str]:
    """``text`` between those separators that stand in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == separator and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts

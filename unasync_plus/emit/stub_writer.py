"""What the parts of the stub maker share while they write one stub."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit.stub_exports import Exports
from unasync_plus.emit.stub_names import Names

WIDTH = 88
INDENT = "    "
_IGNORE = re.compile(r"#\s*(type|pyright):\s*ignore(?:\[([^\]]*)\])?")
_ABOUT_VALUES = frozenset(
    "arg-type return-value index operator call-arg call-overload union-attr no-untyped-call no-any-return return "
    "empty-body no-untyped-def var-annotated func-returns-value dict-item list-item str-bytes-safe unreachable".split()
)
"""mypy's codes for what happens inside a body or a value: nothing of it is left in a stub."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the stub could not say: ``where`` is a dotted name of the module, ``word`` a name to look for below it."""

    code: str
    where: str
    message: str
    word: str = ""
    help: str = ""


@dataclass(slots=True)
class Writer:
    """The stub under way: its names, its options, and what has to be told about it."""

    names: Names
    exports: Exports
    target_version: tuple[int, int]
    docstrings: bool = False
    abstract: frozenset[str] = frozenset()
    """Classes that inherit abstract methods of other modules."""
    findings: list[Finding] = field(default_factory=list)

    def tell(self, code: str, where: str, message: str, word: str = "", help: str = "") -> None:
        self.findings.append(Finding(code, where, message, word, help))

    def self_type(self) -> str:
        module = "typing" if self.target_version >= (3, 11) else "typing_extensions"
        for local, meaning in self.names.imports.items():
            if meaning in ("typing.Self", "typing_extensions.Self"):
                return local
        return self.names.spell(f"{module}.Self")


def kept_comment(comments: list[cst.Comment | None], bare: str = "", *, all_codes: bool = False) -> str:
    """The ``# type: ignore`` comments that are about a declaration, for the end of a line; "" if there is none.

    ``bare`` are the codes that one without codes stands for: mypy would call it unused where its reason went.
    """
    kept: dict[str, list[str]] = {}
    for comment in comments:
        for kind, codes in _IGNORE.findall(comment.value if comment else ""):
            codes = codes or (bare if kind == "type" else "")
            given = re.split(r"\s*,\s*", codes.strip()) if codes else [""]
            left = [code for code in given if all_codes or code not in _ABOUT_VALUES]
            if left:
                kept.setdefault(kind, []).extend(left)
    texts = []
    for kind, found in kept.items():
        listed = dict.fromkeys(found)
        if kind == "type":
            listed.pop("unused-ignore", None)
            listed["unused-ignore"] = None
        texts.append(f"# {kind}: ignore" if "" in listed else f"# {kind}: ignore[{', '.join(listed)}]")
    return "".join(f"  {text}" for text in texts)


def docstring(body: cst.BaseSuite | cst.Module, indent: str) -> list[str]:
    """The docstring of a body as it is written, in lines; [] if it has none."""
    first: cst.CSTNode | None = body.body[0] if body.body else None
    if isinstance(first, cst.SimpleStatementLine):
        first = first.body[0]
    if isinstance(first, cst.Expr) and isinstance(first.value, cst.SimpleString | cst.ConcatenatedString):
        if isinstance(first.value, cst.SimpleString) and "b" not in first.value.prefix.lower():
            return (indent + first.value.value.replace("\r\n", "\n")).split("\n")
    return []

"""Import statements as data: what they import, what they bind, and how to make one."""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.tree import dotted, name_or_attribute

Key = tuple[str, str, str]
"""Module, name ("" for ``import module``), alias ("" for none)."""

IMPORTS = (cst.Import, cst.ImportFrom)


def another_name(name: str) -> str:
    """What to import ``name`` as where that is taken: ``_name``, then ``_name_``. Python spells ``__name`` otherwise in a class."""
    return f"{name}_" if name.startswith("_") else f"_{name}"


def bound_name(key: Key) -> str:
    """The name that an import binds."""
    module, name, asname = key
    return asname or name or module.partition(".")[0]


def local_name(alias: cst.ImportAlias, statement: Any) -> str:
    if alias.asname is not None:
        return dotted(alias.asname.name) or ""
    name = dotted(alias.name) or ""
    return name if isinstance(statement, cst.ImportFrom) else name.partition(".")[0]


def single_import(statement: Any) -> Any:
    """The import that is the whole of ``statement``, if it is one."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        part = statement.body[0]
        if part.__class__ in IMPORTS:
            return part
    return None


def module_of(node: cst.ImportFrom) -> str:
    return "." * len(node.relative) + (dotted(node.module) or "")


def new_alias(name: str, asname: str) -> cst.ImportAlias:
    as_name = cst.AsName(cst.Name(asname)) if asname else None
    return cst.ImportAlias(name_or_attribute(name), as_name)


def new_import(module: str, name: str, asname: str) -> cst.BaseSmallStatement:
    if not name:
        return cst.Import([new_alias(module, asname)])
    dots = len(module) - len(module.lstrip("."))
    rest = module[dots:]
    path = name_or_attribute(rest) if rest else None
    return cst.ImportFrom(path, [new_alias(name, asname)], relative=[cst.Dot()] * dots)

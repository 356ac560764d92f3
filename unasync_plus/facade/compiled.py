"""What Cython keeps to itself of a module: names that its ``.pxd`` declares with ``cdef`` are no attributes of it."""

from __future__ import annotations

import re
from pathlib import Path

_DECLARATION = re.compile(r"^cdef\s+(?!class\b|enum\b|extern\b|struct\b|union\b|packed\b|cppclass\b)([^(:=#\n]+)", re.M)


def hidden_names(source: Path) -> frozenset[str]:
    """The names of ``source``, a ``.py`` file, that compiled code alone sees."""
    declared = source.with_suffix(".pxd")
    if not declared.is_file():
        return frozenset()
    found = _DECLARATION.findall(declared.read_text(encoding="utf-8", errors="replace"))
    return frozenset(part.split()[-1].lstrip("*") for line in found for part in line.split(",") if part.strip())

"""How a module is spelled in an import of the generated module."""

from __future__ import annotations

from unasync_plus.discover import Unit


def relative_spelling(unit: Unit, target: str, level: int) -> tuple[str, str]:
    """The dots and the rest that import ``target`` from the generated module; no dots across top-level packages.

    As many dots as the source had (``level``), if they still lead to a package around the target.
    """
    here = unit.target_module.split(".")
    if not unit.is_package:
        here = here[:-1]
    there = target.split(".")
    common = 0
    while common < len(here) and common < len(there) and here[common] == there[common]:
        common += 1
    if common == 0:
        return "", target
    anchor = len(here) - level + 1
    if not 0 < anchor <= common:
        anchor = common
    return "." * (len(here) - anchor + 1), ".".join(there[anchor:])

"""Names that only `rename` can give their sync counterparts, which stand beside them in modules that are not converted."""

from __future__ import annotations

import sys
from pathlib import Path

from unasync_plus.config import Config, ConfigError
from unasync_plus.store import read

from .workspace import open_workspace

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def renames_of(root: Path, text: str) -> dict[str, str]:
    """The entries of `rename` for the project at ``root`` with the configuration ``text``; none where names are not clear."""
    try:
        config = Config.from_mapping(tomllib.loads(text)["tool"]["unasync-plus"], root)
        workspace = open_workspace(config, (), use_cache=False)
    except ConfigError:
        return {}
    texts = [read(unit.source) or b"" for unit in workspace.units if unit.is_python]
    meant: dict[str, set[str]] = {}
    for qualified, counterpart in workspace.project.counterparts.items():
        name = qualified.removesuffix(".*").rpartition(".")[2]
        if any(name.encode() in text for text in texts):
            meant.setdefault(name, set()).add(counterpart)
    return {name: min(counterparts) for name, counterparts in sorted(meant.items()) if len(counterparts) == 1}

"""For hatchling, in pyproject.toml, beside ``requires = ["hatchling", "unasync-plus"]``:

    [tool.hatch.build.hooks.unasync-plus]

Files that git ignores are left out of a wheel unless a hook names them as artifacts, and so this one does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.plugin import hookimpl

from unasync_plus.build_hooks import generate


class UnasyncPlusBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "unasync-plus"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        for path in generate(root):
            build_data["artifacts"].append(f"/{path.relative_to(root).as_posix()}")


@hookimpl
def hatch_register_build_hook() -> type[BuildHookInterface[Any]]:
    return UnasyncPlusBuildHook

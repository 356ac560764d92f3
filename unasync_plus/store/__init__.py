"""Files on disk: what is ours, how it is replaced, what is remembered from run to run."""

from __future__ import annotations

from .cache import CACHE_FOLDER, Cache, Pack
from .files import clear_strays, digest, is_executable, read, remove, write
from .marker import generated_from, is_ours, marker_line

__all__ = [
    "CACHE_FOLDER",
    "Cache",
    "Pack",
    "clear_strays",
    "digest",
    "generated_from",
    "is_executable",
    "is_ours",
    "marker_line",
    "read",
    "remove",
    "write",
]

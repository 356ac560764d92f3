"""Configuration → units of work: which source file becomes which target file, under which settings."""

from __future__ import annotations

from .trees import RUNTIME_FOLDER, MapName, is_foreign_folder
from .units import Discovery, Unit, discover, survey

__all__ = ["RUNTIME_FOLDER", "Discovery", "MapName", "Unit", "discover", "is_foreign_folder", "survey"]

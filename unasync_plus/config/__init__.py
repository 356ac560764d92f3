"""The configuration file → frozen values. The keys are in ``settings``, nowhere else."""

from __future__ import annotations

from .configuration import Config, Entry, Override, PackageConfig
from .errors import ConfigError, Place
from .settings import Naming, Settings

__all__ = ["Config", "ConfigError", "Entry", "Naming", "Override", "PackageConfig", "Place", "Settings"]

"""What modules of the standard library have. Of other foreign modules only tables tell: what is installed on one machine
would make messages differ from machine to machine."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from importlib.util import find_spec

_LOUD = frozenset({"this", "antigravity", "idlelib", "__main__", "test"})
"""Modules that do something when they are imported."""


@cache
def lacks(module: str, name: str) -> bool:
    """Whether ``module`` is one of the standard library, and has no ``name``."""
    root = module.partition(".")[0]
    if root in _LOUD or root not in sys.stdlib_module_names:
        return False
    try:
        found = importlib.import_module(module)
        return not hasattr(found, name) and find_spec(f"{module}.{name}") is None
    except ModuleNotFoundError as error:  # not on this platform, or a class; or the module is there, and is no package
        return error.name == f"{module}.{name}" and module in sys.modules
    except ImportError:
        return False

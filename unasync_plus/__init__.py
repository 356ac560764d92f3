"""unasync-plus: an async Python package in, its sync package out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model import VERSION

if TYPE_CHECKING:
    from .api import build, check, clean, explain, transpile
    from .config import Config, ConfigError
    from .model import Diagnostic, Report, Result, Severity, SourceMap
    from .tracebacks import show_source_lines

__version__ = VERSION

__all__ = [
    "Config",
    "ConfigError",
    "Diagnostic",
    "Report",
    "Result",
    "Severity",
    "SourceMap",
    "build",
    "check",
    "clean",
    "explain",
    "show_source_lines",
    "transpile",
]

_HOMES = {"Config": "config", "ConfigError": "config", "Diagnostic": "model", "Report": "model", "Result": "model"}
_HOMES |= {"Severity": "model", "SourceMap": "model", "show_source_lines": "tracebacks"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: a short command should not pay for all of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'api')}"), name)
    globals()[name] = value
    return value

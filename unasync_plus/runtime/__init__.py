"""What generated code imports, or has copied beside it: the standard library only.

`Bridge` and its companions are loaded when they are asked for: importing this package imports no asyncio.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .bridge import Bridge as Bridge
    from .retry import Retry as Retry

__all__ = ["Bridge", "Retry"]

_HOMES = {"Bridge": "bridge", "Retry": "retry"}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return value

"""What messages call the code that a bridge was given."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_HERE = os.path.dirname(__file__)


def is_ours(frame: FrameType) -> bool:
    """Does this frame run code of the runtime?"""
    return os.path.dirname(frame.f_code.co_filename) == _HERE


class PropertyName(str):
    """As ``Client.name``, for what is read and not called; ``twin``: what async callers read."""

    twin: str

    @classmethod
    def of(cls, owner: str, name: str, is_dual: bool) -> PropertyName:
        """The name of a property of ``owner``, a class."""
        made = cls(f"{owner}.{name}")
        made.twin = f"{owner}.aio.{name}" if is_dual else str(made)
        return made


def name_of(source: object) -> str:
    """As ``Client.fetch()``."""
    if not hasattr(source, "__qualname__"):
        source = getattr(source, "gen", source)  # a function's that `contextlib.asynccontextmanager` decorates
    name = getattr(source, "__qualname__", None) or type(source).__qualname__
    return str(name) if isinstance(name, PropertyName) else f"{str(name).rpartition('<locals>.')[2]}()"


DUAL: set[str] = set()
"""The names of bridges whose functions have an ``aio`` for async callers."""


def twin_of(source: object, bridge: str) -> str:
    """What to await instead of calling it: its ``aio``, or itself, with its module, where that tells something."""
    own, name = getattr(source, "__qualname__", None), name_of(source)
    if isinstance(own, PropertyName):
        return own.twin
    if bridge in DUAL and not name.endswith("__()"):
        return f"{name[:-2]}.aio()"
    frame = getattr(source, "cr_frame", None) or getattr(source, "ag_frame", None)
    module = "__main__" if frame is None or is_ours(frame) else frame.f_globals.get("__name__", "__main__")
    return name if module == "__main__" else f"{module}.{name}"

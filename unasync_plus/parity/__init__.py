"""Do the two sides of a library offer the same? Static, for generated and for hand-written pairs.

Names are paired by convention (``AsyncClient`` and ``Client``, ``aread`` and ``read``), by what is told, and by the
project's configuration; types are translated by the table `sync_types.TYPES`.
"""

from __future__ import annotations

from .allowed import AllowList, BadList
from .run import Options, parity
from .trees import NotFound

__all__ = ["AllowList", "BadList", "NotFound", "Options", "parity"]

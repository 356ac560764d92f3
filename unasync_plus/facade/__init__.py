"""Bridge mode: from an async module to a sync one that calls it through the runtime."""

from __future__ import annotations

from .generate import FacadeResult, generate, index
from .index import Fate, Index
from .plan import Plan, is_reason, plan

__all__ = ["FacadeResult", "Fate", "Index", "Plan", "generate", "index", "is_reason", "plan"]

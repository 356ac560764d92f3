"""How often the client asks again by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RetryPolicy:
    """``attempts`` counts all; before attempt n + 1 there is a pause of ``backoff * 2 ** (n - 1)`` seconds."""

    attempts: int = 3
    backoff: float = 0.1
    methods: frozenset[str] = frozenset({"GET", "PUT", "DELETE"})
    """Those that may be repeated when nobody knows whether the server has acted."""

    def pause(self, attempt: int) -> float:
        """After this attempt, in seconds; attempts count from 1."""
        return float(self.backoff * 2 ** (attempt - 1))

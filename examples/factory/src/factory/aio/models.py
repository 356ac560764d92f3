"""What the server speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Product:
    """A part with its revision."""

    number: str
    name: str = ""
    revision: str = "A"


@dataclass
class Report:
    """What came out of testing one unit."""

    product: str
    serial: str
    passed: bool = True
    steps: list[str] = field(default_factory=list)

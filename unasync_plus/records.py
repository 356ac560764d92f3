"""Dataclasses whose objects never change, for what every command makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import field

    from typing_extensions import dataclass_transform

    @dataclass_transform(frozen_default=True, field_specifiers=(field,))
    def record(cls: type[T]) -> type[T]:
        """A dataclass with slots. That its objects do not change, mypy sees to, and nothing at run time.

        A frozen dataclass has methods for that, whose making doubles what the class costs at each start, and it takes twice
        as long to make an object. It is right for what users get, and for keys, which records can not be.
        """
else:
    record = dataclass(slots=True)

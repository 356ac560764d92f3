"""Dataclasses whose objects never change, for what every command makes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import field

    from typing_extensions import dataclass_transform

    @dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(field,))
    def record(cls: type[T]) -> type[T]:
        """A dataclass with slots, whose objects are equal to none but themselves.

        That they do not change, mypy sees to, and nothing at run time. A frozen dataclass has methods for that, and others
        have some to compare and to show an object, whose making costs twice what the class itself does at each start. A
        frozen one is right for what users get, and for keys that are equal by what they hold.
        """
else:

    def record(cls):
        cls.__repr__ = _shown
        return dataclass(slots=True, eq=False, repr=False)(cls)


def _shown(one: Any) -> str:
    shown = ", ".join(f"{item.name}={getattr(one, item.name)!r}" for item in fields(one))
    return f"{type(one).__qualname__}({shown})"

"""What containers that look through to one of the other side have in common, see `wrap_live`."""

from __future__ import annotations

import copy
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from reprlib import recursive_repr
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any

Convert = Callable[[Any], Any]


class Looking:
    """What all kinds have in common."""

    __slots__ = ()
    _plain_: Any
    """The kind of container."""
    _there_: Any
    """The other side's container."""
    _out_: Convert
    """What this side sees of something in it."""
    _in_: Convert
    """The other way."""
    _of_: Any
    """The package whose objects are in it, and whether the sync side looks at it."""

    def _seen_(self) -> Any:
        """A plain container of what there is now."""
        return self._plain_(map(self._out_, list(self._there_)))

    def __copy__(self) -> Any:
        return self._seen_()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return copy.deepcopy(self._seen_(), memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return copy.copy, (self._seen_(),)

    def __repr__(self) -> str:
        return _shown(self)


_shown: Callable[[Looking], str] = recursive_repr("...")(lambda one: repr(one._seen_()))


class Live(Looking):
    """The containers; sets are like this."""

    __slots__ = ()
    _kept_: Any
    """What was read of it last from one end to the other: it need not be made again as long as this is used."""

    def _hold_(self) -> None:
        """Have elements, for those who do not ask; what makes one set of others asks none of them."""
        seen = self._seen_()
        self._plain_.clear(self)
        self._plain_.update(self, seen)

    def copy(self) -> Any:
        """A plain container of what there is now."""
        return self._seen_()

    def __len__(self) -> int:
        return len(self._there_)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._seen_())


class LiveSequence(Live):
    """What is added behind while it is read is read, too, as of any list."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        done, kept = 0, []
        while done < len(self._there_):
            there = list(self._there_)
            for item in there[done:]:
                kept.append(self._out_(item))
                yield kept[-1]
            done = len(there)
        self._kept_ = kept

    def __radd__(self, other: Any) -> Any:
        return other + self._seen_()


class LiveMapping(Live):
    """Its views look through, too."""

    __slots__ = ()

    def _pairs_(self) -> list[tuple[Any, Any]]:
        return [(self._out_(key), self._out_(value)) for key, value in list(self._there_.items())]

    def _seen_(self) -> Any:
        return self._plain_(self._pairs_())

    def _hold_(self) -> None:
        pairs = list(self._there_.items())
        self._plain_.clear(self)
        for key, value in pairs:
            self._plain_.__setitem__(self, key, value)

    def __iter__(self) -> Iterator[Any]:
        return map(self._out_, list(self._there_))

    def keys(self) -> Any:
        return KeysView(self)

    def values(self) -> Any:
        return _Values(self)  # type: ignore[arg-type]  # the same

    def items(self) -> Any:
        return _Items(self)  # type: ignore[arg-type]  # the same


class _Values(ValuesView[Any]):
    def __iter__(self) -> Iterator[Any]:
        live: Any = self._mapping  # type: ignore[attr-defined]  # every view has it
        kept = []
        for value in list(live._there_.values()):
            kept.append(live._out_(value))
            yield kept[-1]
        live._kept_ = kept


class _Items(ItemsView[Any, Any]):
    def __iter__(self) -> Iterator[Any]:
        live: Any = self._mapping  # type: ignore[attr-defined]  # every view has it
        kept = []
        for key, value in list(live._there_.items()):
            kept.append((live._out_(key), live._out_(value)))
            yield kept[-1]
        live._kept_ = kept


class LiveNamespace(Looking, SimpleNamespace):
    """Its attributes are those of a namespace of the other side; it holds none itself."""

    __slots__ = ("__weakref__", "_in_", "_of_", "_out_", "_there_")
    _plain_ = SimpleNamespace

    if not TYPE_CHECKING:  # what `vars` gives: nothing can be put in past the attributes

        @property
        def __dict__(self) -> Any:
            there = list(vars(self._there_).items())
            return MappingProxyType({name: _by_name(self._out_, value, name) for name, value in there})

    def _seen_(self) -> Any:
        return SimpleNamespace(**self.__dict__)

    def _hold_(self) -> None:
        """Whoever reads it asks it."""

    def __getattr__(self, name: str) -> Any:
        return _by_name(self._out_, getattr(self._there_, name), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._there_, name, _by_name(self._in_, value, name))

    def __delattr__(self, name: str) -> None:
        delattr(self._there_, name)

    def __eq__(self, other: object) -> bool:
        return bool(self._seen_() == (other._seen_() if isinstance(other, LiveNamespace) else other))

    __hash__ = None  # as of any that can be changed

    def __dir__(self) -> list[str]:
        return dir(self._there_)

    def __replace__(self, **changes: Any) -> Any:
        return SimpleNamespace(**{**self.__dict__, **changes})


def _by_name(convert: Any, value: Any, name: str) -> Any:
    """What ``convert`` makes of an attribute: what speaks of attributes is told its name."""
    return convert(value, name) if getattr(type(convert), "_takes_names_", False) else convert(value)

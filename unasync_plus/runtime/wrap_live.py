"""Lists, dictionaries, sets and deques that look through to one of the other side.

Where something in a container is another object on this side, a container of the same kind stands for it: what is read is
translated, and what is put in is put in there. It is one as long as anybody uses it. Nothing is translated before it is read,
so one of many objects costs no more than one of few. What it holds itself is for code that reads such containers past their
methods, as some C code does: what there was when it was handed out, or changed here, and for sets what is seen of that.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

from .wrap_looking import Convert, Live, LiveMapping, LiveNamespace, LiveSequence, Looking


def _reads(name: str) -> Any:
    """What leaves all as it is, and gives something of its own: a plain container does it."""

    def method(self: Any, *args: Any) -> Any:
        given = [one._seen_() if isinstance(one, Looking) else one for one in args]
        return getattr(self._seen_(), name)(*given)

    return method


def _asks(name: str) -> Any:
    """What finds something: it is asked there."""

    def method(self: Any, *args: Any) -> Any:
        return self._out_(getattr(self._there_, name)(*map(self._in_, args)))

    return method


def _does(name: str) -> Any:
    """What changes something: it is done there."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if name in _TAKING_MANY or (name == "__setitem__" and isinstance(args[0], slice)):
            args = (*args[:-1], *map(_many, args[-1:]))
        named = {key: self._in_(value) for key, value in kwargs.items()}
        result = getattr(self._there_, name)(*map(self._in_, args), **named)
        self._hold_()
        return self if result is self._there_ else self._out_(result)

    return method


_TAKING_MANY = frozenset(
    "__iadd__ extend extendleft update difference_update intersection_update symmetric_difference_update".split()
)


def _many(values: Any) -> Any:
    """What is put in one by one, in a container whose elements are translated."""
    if isinstance(values, (list, tuple, dict, set, frozenset, deque)):
        return values
    return dict(values) if hasattr(values, "keys") else list(values)


def _adds(plain: Any, name: str) -> Any:
    """The same for what adds one thing, and can be done here too."""

    def method(self: Any, *args: Any) -> None:
        given = [self._in_(one) for one in args]
        getattr(self._there_, name)(*given)
        getattr(plain, name)(self, *(args if plain is set else given))

    return method


def _kind(name: str, plain: Any, base: Any, reads: str, asks: str, does: str, adds: str, **more: Any) -> Any:
    made = {each: _reads(each) for each in f"{reads} __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __reversed__".split()}
    made.update({each: _asks(each) for each in f"{asks} __contains__".split()})
    made.update({each: _does(each) for each in f"{does} clear".split()})
    made.update({each: _adds(plain, each) for each in adds.split()})
    methods = {each: method for each, method in made.items() if hasattr(plain, each)}
    for each, method in methods.items():
        method.__name__ = each
    slots = ("__weakref__",) if plain in (list, dict, defaultdict) else ()
    own = {
        "__slots__": (*slots, "_in_", "_kept_", "_of_", "_out_", "_there_"),
        "__hash__": None,
        "__module__": __name__,
    }
    return type(name, (base, plain), {**methods, **own, "_plain_": plain, **more})


_SEQUENCES = "__add__ __mul__ __rmul__"
_SEQUENCES_ASKED = "__getitem__ count index"
_SEQUENCES_CHANGED = "__delitem__ __iadd__ __imul__ __setitem__ extend insert pop remove reverse"
_SETS = (
    "__and__ __or__ __sub__ __xor__ __rand__ __ror__ __rsub__ __rxor__ isdisjoint issubset issuperset union intersection "
    "difference symmetric_difference"
)
_SETS_CHANGED = (
    "__iand__ __ior__ __isub__ __ixor__ update intersection_update difference_update symmetric_difference_update "
    "discard remove pop"
)
_DICTS = "__or__ __ror__"
_DICTS_CHANGED = "__delitem__ __ior__ pop popitem setdefault update"


def _hold_nothing(self: Any) -> None:
    """It would keep alive what is held weakly there."""


def _hold_list(self: Any) -> None:
    list.__setitem__(self, slice(None), self._there_)


def _hold_deque(self: Any) -> None:
    there = list(self._there_)
    deque.clear(self)
    deque.extend(self, there)


def _hold_dict(self: Any) -> None:
    there = self._there_.copy()
    dict.clear(self)
    dict.update(self, there)


def _see_deque(self: Any) -> Any:
    return deque(map(self._out_, list(self._there_)), self._there_.maxlen)


def _see_defaultdict(self: Any) -> Any:
    return defaultdict(self.default_factory, self._pairs_())


def _factory(self: Any) -> Any:
    return self._out_(self._there_.default_factory)


def _sort(self: Any, *, key: Any = None, reverse: bool = False) -> None:
    by = self._out_ if key is None else lambda one: key(self._out_(one))
    self._there_.sort(key=by, reverse=reverse)
    self._hold_()


LIVE: dict[type, Any] = {
    SimpleNamespace: LiveNamespace,
    list: _kind(
        "LiveList",
        list,
        LiveSequence,
        _SEQUENCES,
        _SEQUENCES_ASKED,
        _SEQUENCES_CHANGED,
        "append",
        _hold_=_hold_list,
        sort=_sort,
    ),
    deque: _kind(
        "LiveDeque",
        deque,
        LiveSequence,
        _SEQUENCES,
        _SEQUENCES_ASKED,
        f"{_SEQUENCES_CHANGED} appendleft extendleft popleft rotate",
        "append",
        _hold_=_hold_deque,
        _seen_=_see_deque,
        maxlen=property(lambda self: self._there_.maxlen),
    ),
    set: _kind("LiveSet", set, Live, _SETS, "", _SETS_CHANGED, "add"),
    dict: _kind(
        "LiveDict",
        dict,
        LiveMapping,
        _DICTS,
        "__getitem__ get",
        _DICTS_CHANGED,
        "__setitem__",
        _hold_=_hold_dict,
    ),
    OrderedDict: _kind(
        "LiveOrderedDict",
        OrderedDict,
        LiveMapping,
        _DICTS,
        "__getitem__ get",
        f"{_DICTS_CHANGED} __setitem__ move_to_end",
        "",
    ),
    defaultdict: _kind(
        "LiveDefaultDict",
        defaultdict,
        LiveMapping,
        _DICTS,
        "get",
        f"{_DICTS_CHANGED} __getitem__ __missing__",
        "__setitem__",
        _hold_=_hold_dict,
        _seen_=_see_defaultdict,
        default_factory=property(_factory),
    ),
    WeakSet: _kind("LiveWeakSet", set, Live, _SETS, "", f"{_SETS_CHANGED} add", "", _hold_=_hold_nothing),
    **{
        weak: _kind(
            f"Live{weak.__name__}",
            dict,
            LiveMapping,
            _DICTS,
            "__getitem__ get",
            f"{_DICTS_CHANGED} __setitem__",
            "",
            _hold_=_hold_nothing,
        )
        for weak in (WeakKeyDictionary, WeakValueDictionary)
    },
}
"""Kind of container → what stands for one."""


def live(there: Any, outwards: Convert, inwards: Convert, of: Any) -> Any:
    """What stands for ``there`` on this side."""
    cls = LIVE[type(there)]
    made = cls.__new__(cls)
    for name, value in (("_there_", there), ("_out_", outwards), ("_in_", inwards), ("_of_", of)):
        object.__setattr__(made, name, value)
    return made

"""Plain functions that give tasks, where nothing but the whole project tells that they do: passed as values, or as methods that
override coroutine functions.

`Runner(start)` has another module call `start`, and await what that gives; `def get(self): return create_task(...)` of a derived
class is what `await self.get()` of its base calls.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from unasync_plus.resolve.facts import is_imported
from unasync_plus.resolve.hierarchy import Hierarchy
from unasync_plus.resolve.words import places

_MAKER = (
    rb"(?:create_task|ensure_future|run_coroutine_threadsafe|create_future|run_in_executor|wrap_future|shield|gather)"
)
_LAMBDA = rb"lambda\b[^:\n]*:\s*(?!await\b)(?:\w+\.|\w+\(\)\.)*" + _MAKER + rb"\("
_CALLED = rb"\s*[(=:]|[\"']"
_GIVEN = rb"[ \t]*(?:[,)\]}#\n]|(?:if|else|for|or)\b)"
"""What may stand behind an argument, or a value that is assigned."""
_LAMBDA_BEFORE = rb"\blambda\b[^:\n]*:[ \t]*(?:\w+\.)*\Z"
_DECORATED = (
    rb"(?m)^[ \t]*@[ \t]*(?!(?:\w+\.)*(?:%s)\b)[^\n]+\n(?:[ \t]*[@#][^\n]*\n)*[ \t]*def[ \t]+%%s\b"
    % b"|".join(
        b"abstractmethod cached_property classmethod override overload property setter staticmethod wraps".split()
    )
)
"""A function that something else than a decorator of Python itself takes."""
_PROPERTY = re.compile(rb"(?m)^[ \t]*@(?:\w+\.)*(?:\w*property|setter)\n(?:[ \t]*[@#][^\n]*\n)*\Z")
_DEFINED = rb"(?:\basync[ \t]+)?\b(?:def|class)[ \t]+\Z"


def are_passed(names: Iterable[str], texts: Collection[bytes]) -> bool:
    """Whether some source passes a plain function on that gives tasks, one of ``names`` or a lambda."""
    if any(b"lambda" in data and re.search(_LAMBDA, data) for data in texts):
        return True
    functions = [name for name in map(str.encode, names) if any(_defines(data, name) for data in texts)]
    return any(_passes(data, name) or re.search(_DECORATED % name, data) for data in texts for name in functions)


def _defines(data: bytes, name: bytes) -> bool:
    """Whether the file has a plain function of that name; a property is no value that could be called."""
    if not any(data[max(start - 40, 0) : start].rstrip(b" \t").endswith(b"def") for start, _ in places(data, name)):
        return False
    found = re.finditer(rb"(?m)^[ \t]*def[ \t]+" + name + rb"\b(?![^\n]*->[^\n]*\bNone\b)", data)
    return not all(_PROPERTY.search(data[max(one.start() - 200, 0) : one.start()]) for one in found)


def _passes(data: bytes, name: bytes) -> bool:
    for start, end in places(data, name):
        before = data[max(start - 60, 0) : start]
        if re.match(_CALLED, data[end : end + 40]):
            if re.search(_LAMBDA_BEFORE, before) is not None:
                return True
        elif (
            not re.search(_DEFINED, before)
            and not before.endswith((b"@", b"'", b'"', b"`", b"return "))
            and not is_imported(data, start)
        ):
            line = data[data.rfind(b"\n", 0, start) + 1 : start]
            if b"#" not in line and re.match(_GIVEN, data[end : end + 40]):
                return True
    return False


def kinds_of_methods(
    names: Collection[str], modules: Iterable[str], sources: Hierarchy, homes: Mapping[str, str]
) -> dict[str, str]:
    """``module.Class.method`` → what methods of these ``names`` are in a class and all that derive from it: ``coroutine`` or
    ``plain``; nothing where they differ. Also under the names by which modules hand classes on."""
    if not names:
        return {}
    either = b"|".join(sorted(re.escape(name.encode()) for name in names)).decode()
    defined = re.compile(rf"\n[ \t]+(async[ \t]+)?def[ \t]+({either})\b")
    classes = [f"{module}.{name}" for module in modules for name in sources.classes(module)]
    own = cache(lambda one: {name: bool(is_async) for is_async, name in defined.findall(sources.block(one))})
    found: dict[str, set[bool]] = {}
    for one in classes:
        line = list(sources.line(one))
        members: dict[str, bool] = {}
        for base in line:
            members = {**own(base), **members}
        for name, is_async in members.items():
            for base in line:
                found.setdefault(f"{base}.{name}", set()).add(is_async)
    kinds = {name: "coroutine" if True in ones else "plain" for name, ones in found.items() if len(ones) == 1}
    for alias, home in homes.items():
        kinds.update({f"{alias}.{name}": kinds[key] for name in names if (key := f"{home}.{name}") in kinds})
    return kinds


def overridden(names: Collection[str], modules: Iterable[str], sources: Hierarchy) -> frozenset[str]:
    """``module.method`` for each coroutine method that a plain one, which gives tasks or futures, overrides in another class."""
    found: set[str] = set()
    if not names:
        return frozenset()
    either = b"|".join(sorted(re.escape(name.encode()) for name in names)).decode()
    plain = re.compile(rf"\n[ \t]+def[ \t]+({either})\b")
    coroutine = re.compile(rf"\basync[ \t]+def[ \t]+({either})\b")
    for module in modules:
        text = sources.text(module)
        if text is None or plain.search(text[0]) is None:
            continue
        for name in sources.classes(module):
            own = set(plain.findall(sources.block(f"{module}.{name}")))
            for base in list(sources.line(f"{module}.{name}"))[1:] if own else ():
                for method in own.intersection(coroutine.findall(sources.block(base))):
                    found.add(f"{base.rpartition('.')[0]}.{method}")
    return frozenset(found)

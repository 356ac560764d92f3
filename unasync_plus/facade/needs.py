"""Which plain functions may need the loop: by what they call, as far as their source can say.

A function needs no loop if all that it does is known to need none: it reads and sets attributes, computes, calls
harmless parts of the language, and calls functions of the project of which the same holds. Methods are told apart by
name alone, for a call says no more. To be wrong on the safe side costs a microsecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.resolve.closures import closure
from unasync_plus.tree import all_parameters, own_nodes

from .facts import FunctionFacts

if TYPE_CHECKING:
    from .index import Index

_HARMLESS_MODULES = frozenset(
    "abc base64 binascii bisect collections copy dataclasses datetime decimal enum fractions functools hashlib heapq "
    "html inspect io ipaddress itertools json logging math numbers operator os.path pathlib platform posixpath pprint "
    "random re secrets shlex statistics string struct sys textwrap time traceback types typing typing_extensions "
    "urllib.parse uuid warnings weakref zlib".split()
)
_ASYNC_LIBRARIES = frozenset(("aiohttp", "anyio", "asyncio", "asyncpg", "curio", "trio", "websockets"))
_BLOCKING = frozenset(("time.sleep",))
_BUILTINS = frozenset(
    "abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate filter float format frozenset "
    "hash hex id int isinstance issubclass iter len list map max memoryview min object oct ord pow print range repr "
    "reversed round set slice sorted str sum super tuple type zip".split()
)
_METHODS = frozenset(
    name
    for kind in (str, bytes, bytearray, list, tuple, dict, set, frozenset, int, float)
    for name in dir(kind)
    if not name.startswith("_")
) | frozenset("debug info warning error exception critical log appendleft popleft extendleft isoformat".split())

_OF_THE_LOOP = frozenset(
    "abort add_reader add_signal_handler add_writer call_at call_later call_soon cancel cancel_scope close create_future "
    "create_task is_closing notify notify_all pause_reading put_nowait release remove_reader remove_writer reschedule "
    "resume_reading send_signal sendto set set_exception set_result start_soon stop terminate write write_eof writelines".split()
)
"""Methods of transports, tasks, futures, queues and locks that are not safe from another thread."""


@dataclass(slots=True)
class _Calls:
    """The functions of the project that a function calls; ``maybe`` those of which a dict or list has a namesake."""

    surely: list[FunctionFacts]
    maybe: list[FunctionFacts]


class Needs:
    """Answers for all functions of an index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._functions = [one for module in index.modules.values() for one in module.all_functions()]
        self._methods: dict[str, list[FunctionFacts]] = {}
        for function in self._functions:
            if function.owner is not None:
                self._methods.setdefault(function.name, []).append(function)
        self._callers: dict[int, list[int]] = {}
        self._maybe_callers: dict[int, list[int]] = {}
        self._certain: list[int] = []
        self._found = closure(self._look(), self._callers, self._maybe_callers)
        self._found_certainly = closure(self._certain, self._callers)

    def of(self, function: FunctionFacts) -> bool:
        """Whether calling ``function`` may need the loop."""
        return id(function) in self._found

    def certainly(self, function: FunctionFacts) -> bool:
        """Whether it surely does, so that an object that has it cannot be used as it is."""
        return id(function) in self._found_certainly

    def method(self, name: str) -> bool:
        """Whether any method of that name in the project does."""
        return any(self.of(function) for function in self._methods.get(name, ()))

    def _look(self) -> list[int]:
        """The functions that need the loop themselves, by identity; on the way, who calls whom."""
        found = []
        for function in self._functions:
            calls = _Calls([], [])
            if self._needs_itself(function, calls):
                found.append(id(function))
            for callee in calls.surely:
                self._callers.setdefault(id(callee), []).append(id(function))
            for callee in calls.maybe:
                self._maybe_callers.setdefault(id(callee), []).append(id(function))
        return found

    def _needs_itself(self, function: FunctionFacts, calls: _Calls) -> bool:
        """Whether something in the body needs the loop for certain; what it calls of the project goes to ``calls``."""
        if function.is_async:
            self._certain.append(id(function))
            return True
        if any(name.rpartition(".")[2] not in _KNOWN_DECORATORS for name in function.decorators):
            return True
        found = False
        params = {param.name.value for param in all_parameters(function.node.params)}
        for node in own_nodes(function.node.body):
            if isinstance(node, cst.Call):
                is_param = isinstance(node.func, cst.Name) and node.func.value in params
                found = (not is_param and self._call_needs(function, node, calls)) or found
            elif isinstance(node, cst.With) or (isinstance(node, cst.CompFor) and node.asynchronous is not None):
                found = True
            elif isinstance(node, cst.Attribute):
                named = self._methods.get(node.attr.value, ())
                calls.maybe += [one for one in named if one.has("property", "cached_property")]
        return found

    def _call_needs(self, function: FunctionFacts, call: cst.Call, calls: _Calls) -> bool:
        callee = call.func
        qualified = self._index.canonical(function.module.resolve(callee, function.owner))
        if qualified is not None:
            if qualified.partition(".")[0] in _ASYNC_LIBRARIES:
                self._certain.append(id(function))
                return True
            known = self._named_needs(qualified, calls)
            if known is not None:
                return known
        if not isinstance(callee, cst.Attribute):
            return True
        name = callee.attr.value
        if name == "__init__" or _is_super(callee.value):
            return self._super_needs(function, name, calls)
        if name in _OF_THE_LOOP and not _is_self(callee.value):
            return True  # whoever has a namesake in the project
        if name in self._methods:
            (calls.maybe if name in _METHODS else calls.surely).extend(self._methods[name])
            return False
        return name not in _METHODS

    def _named_needs(self, qualified: str, calls: _Calls) -> bool | None:
        """None if the name says nothing."""
        one = self._index.class_named(qualified)
        if one is not None:
            for each in self._index.lineage(one):
                for name in ("__init__", "__new__", "__post_init__"):
                    calls.surely += each.functions.get(name, ())
            return False
        functions = self._index.functions_named(qualified)
        if functions:
            calls.surely += functions
            return False
        module, _, name = qualified.rpartition(".")
        owner = self._index.class_named(module)
        if owner is not None:
            found = [each.functions[name] for each in self._index.lineage(owner) if name in each.functions]
            calls.surely += found[0] if found else ()
            return not found
        if module == "builtins":
            return name not in _BUILTINS and not name[:1].isupper()
        if any(qualified == one or qualified.startswith(one + ".") for one in _HARMLESS_MODULES):
            return qualified in _BLOCKING
        return None

    def _super_needs(self, function: FunctionFacts, name: str, calls: _Calls) -> bool:
        if function.owner is None:
            return True
        ancestors = list(self._index.ancestors(function.owner))
        found = [one for each in ancestors for one in each.functions.get(name, ())]
        calls.surely += found
        bases = [base for each in (function.owner, *ancestors) for base in each.bases]
        return not found and any(self._index.class_named(base) is None and not _is_inert(base) for base in bases)


_KNOWN_DECORATORS = frozenset(
    "property setter getter deleter staticmethod classmethod abstractmethod overload override final".split()
)


def _is_self(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Name) and node.value in ("self", "cls")


def _is_super(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "super"


def _is_inert(base: str) -> bool:
    module = base.rpartition(".")[0]
    return module in ("abc", "typing", "typing_extensions", "collections.abc", "enum") or base == "builtins.object"

"""Methods that a class has in both colours, of which the output keeps the sync one.

Unless that does nothing but raise, because ``async with`` is wanted, or calls the async one, as it would call itself then: in
these cases it is the async one that is converted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite.make import body_of, is_pass
from unasync_plus.tree import dotted, walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine


class Twins:
    """``close`` beside ``aclose``, ``__enter__`` beside ``__aenter__``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.doubles: set[int] = set()
        self.members = frozenset(
            name
            for scope in engine.names.scopes.values()
            if scope.kind == "class"
            for name in scope.bindings
            if name in engine.targets.methods
        )
        """Names that class bodies bind and that are called otherwise in sync code: ``__anext__ = next_item``."""

    def find_doubles(self, node: cst.ClassDef) -> None:
        """Of ``close`` and ``aclose``, ``__enter__`` and ``__aenter__`` in one class, only one is kept."""
        functions = {
            statement.name.value: statement
            for statement in getattr(node.body, "body", ())
            if isinstance(statement, cst.FunctionDef) and not self._is_skipped(statement)
        }
        from unasync_plus.rewrite.definitions import is_dropped

        refusing = {name for name, function in functions.items() if _only_raises(function)} - {"__exit__"}
        refusing |= {"__exit__"} if "__enter__" in refusing else set()
        for name, function in functions.items():
            twin = self._engine.targets.methods.get(name)
            if twin in functions and name not in _MERGED and not self._engine.namer.speaks_of(name):
                if twin in refusing and name not in refusing:
                    self.doubles.add(id(functions[twin]))
                elif _uses(functions[twin], name) and not _uses(function, twin):
                    self.doubles.add(id(functions[twin]))
                    self._tell_of_more(functions[twin], name)
                elif not is_dropped(self._engine, twin, functions[twin].decorators):
                    self.doubles.add(id(function))
                    if name == "__aiter__" and _plainly(function) != _plainly(functions[twin]):
                        self._tell_of(function)

        if "__aiter__" in functions and "__iter__" not in functions:
            base = next(self._iterating(node, (node,)), "")
            if base:
                self._engine.warn(
                    functions["__aiter__"],
                    "UA105",
                    f"the class iterates already, as {base} does, which it derives from: in sync code this is in the place of that",
                    "leave this out with `# unasync: skip` above it, if sync code needs the other one, or derive from something else",
                )

    def _iterating(self, node: cst.ClassDef, seen: tuple[cst.ClassDef, ...]) -> Iterator[str]:
        """What the class ``node`` derives from that iterates otherwise, as far as the module says."""
        for base in node.bases:
            head = base.value.value if isinstance(base.value, cst.Subscript) else base.value
            if _ITERATING.fullmatch(self._engine.resolve(head) or ""):
                yield dotted(head) or ""
            for binding in self._engine.bindings(head):
                inner = binding.node
                if isinstance(inner, cst.ClassDef) and inner not in seen:
                    own = {one.name.value: one for one in body_of(inner.body) if isinstance(one, cst.FunctionDef)}
                    if "__iter__" in own:
                        yield inner.name.value
                    elif "__aiter__" not in own:
                        yield from self._iterating(inner, (*seen, inner))

    def _tell_of(self, function: cst.FunctionDef) -> None:
        """Iterating asynchronously does something else: most likely it asks for the items first."""
        self._engine.warn(
            function,
            "UA105",
            "the class has `__iter__` already, which iterates otherwise: in sync code it is used in the place of this",
            "leave `__iter__` out with `# unasync: skip` above it, if this is the one that sync code needs",
        )

    def _tell_of_more(self, function: cst.FunctionDef, name: str) -> None:
        """The sync one does something else besides: that is not done in sync code."""
        body = [statement for statement in body_of(function.body) if not is_pass(statement)]
        if len(body) - (function.get_docstring() is not None) > 1:
            self._engine.warn(
                function,
                "UA106",
                f"this calls `{name}`, which stands in its place in sync code, and does something else as well, which is left out",
                f"have `{name}` do it, or put the sync side in place with `# unasync: replace`",
            )

    def has_twin(self, name: str, scope: Scope) -> bool:
        """Whether the class ``scope`` has a sync counterpart of ``name`` already."""
        if name not in self.members or name in _MERGED or self._engine.namer.speaks_of(name):
            return False
        twins = scope.bindings.get(self._engine.targets.methods[name], ())
        return any(not self._is_skipped(binding.node) for binding in twins)

    def _is_skipped(self, node: cst.CSTNode) -> bool:
        """Whether a comment leaves it out: then the other one is wanted."""
        directives = self._engine.directives
        return directives is not None and directives.asked_for(node, "skip") != ""


def _plainly(function: cst.FunctionDef) -> str:
    """What it does, as text without the words that tell it from a sync twin."""
    return _ASYNC.sub("", cst.Module([]).code_for_node(function.body))


def _uses(function: cst.FunctionDef, name: str) -> bool:
    """Whether it has to do with ``self.name``."""
    return any(
        isinstance(part, cst.Attribute)
        and part.attr.value == name
        and isinstance(part.value, cst.Name)
        and part.value.value == "self"
        for part in walk(function.body)
    )


def _only_raises(function: cst.FunctionDef) -> bool:
    """Whether all that ``function`` does, whatever its docstring says, is to raise an exception."""
    body = [statement for statement in body_of(function.body) if not is_pass(statement)]
    if len(body) > 2:  # most are not worth reading a docstring
        return False
    if function.get_docstring() is not None:
        body = body[1:]
    last = body[0].body[0] if len(body) == 1 and isinstance(body[0], cst.SimpleStatementLine) else None
    return isinstance(last, cst.Raise)


_ITERATING = re.compile(
    r"builtins\.(?:bytearray|bytes|dict|frozenset|list|set|str|tuple)"
    r"|collections\.(?:ChainMap|Counter|OrderedDict|UserDict|UserList|UserString|defaultdict|deque)"
    r"|(?:collections\.abc|typing)\.(?:Collection|Iterable|Iterator|(?:Mutable)?(?:Mapping|Sequence|Set)|(?:Items|Keys|Values)View)"
    r"|typing\.(?:AbstractSet|Dict|FrozenSet|List|NamedTuple|Set|Tuple|DefaultDict|Deque)"
)
"""Classes that can be iterated over."""
_ASYNC = re.compile(r"\b(?:async|await) ")
_MERGED = frozenset({"asyncSetUp", "asyncTearDown"})
"""Methods that run besides their sync twins, not in their place: a rule makes one of the two."""

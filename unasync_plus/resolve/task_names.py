"""Names through which a file hands tasks and futures to others: functions that return some, attributes that hold some.

Another module that awaits what comes of such a name may have a task in sync code too. Found without libcst, by statements and
by what functions are called; what is known of values inside of one module is found more exactly when that is converted.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence

from unasync_plus.resolve.syntax_tree import nodes_of, own_nodes_of, syntax_tree
from unasync_plus.resolve.words import places

_WORDS = tuple(
    b"create_task ensure_future run_coroutine_threadsafe create_future run_in_executor wrap_future Future Task".split()
)
_OFTEN_AWAITED = (b"shield", b"gather")
_MAKERS = frozenset(
    f"asyncio.{name}"
    for name in "create_task ensure_future run_coroutine_threadsafe wrap_future shield gather Future Task".split()
)
_METHODS = frozenset({"create_task", "create_future", "run_in_executor"})
_CACHES = frozenset({"functools.cache", "functools.lru_cache"})
_TAKE = frozenset("copy get pop popleft setdefault values".split())
_CLASSES = frozenset({"asyncio.Task", "asyncio.Future", "asyncio.tasks.Task", "asyncio.futures.Future"})

_PLACED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign, ast.AnnAssign)


def may_hand_tasks_on(data: bytes) -> bool:
    """Whether the file makes or mentions tasks at all."""
    if b"asyncio" not in data and b"create_task" not in data:
        return False
    if any(True for word in _WORDS for _ in places(data, word)):
        return True
    around = (data[max(start - 14, 0) : start] for word in _OFTEN_AWAITED for start, _ in places(data, word))
    return not all(before.endswith((b"await asyncio.", b"await ")) for before in around)


def task_names(
    nodes: Sequence[ast.AST], known: Collection[str] = (), awaited: Collection[str] = ()
) -> tuple[set[str], set[str]]:
    """The names of functions, methods, properties and attributes among all ``nodes`` of a file that give a task, or hold some.

    Those of coroutine functions, which give one when they are awaited, come second. ``known`` and ``awaited`` are
    such names of other files.
    """
    found = _Tasks(nodes)
    found.names.update(known)
    found.awaited.update(awaited)
    while True:
        before = len(found.names), len(found.awaited), len(found.inner)
        found.look()
        if (len(found.names), len(found.awaited), len(found.inner)) == before:
            return found.names, found.awaited


def spread_tasks(names: set[str], awaited: set[str], texts: Iterable[bytes]) -> None:
    """Add to ``names`` and ``awaited`` what the files of ``texts`` hand on of what others give: ``return pool.spawn(f())``."""
    files = list(texts)
    new = names | awaited
    while new:
        handed, decorators = (
            sorted(name.encode() for name in new if (name[0] == "@") is is_one) for is_one in (False, True)
        )
        handing = re.compile(
            rb"(?:\breturn\b|=)[^\n=]*\b(?:"
            + b"|".join(handed or [b"$."])
            + rb")\s*\(|@[ \t]*(?:\w+\.)*(?:"
            + b"|".join(name[1:] for name in decorators or [b"$."])
            + rb")\b"
        )
        before = names | awaited
        for data in files:
            tree = syntax_tree(data) if handing.search(data) is not None else None
            if tree is not None:
                more, more_awaited = task_names(nodes_of(tree), names, awaited)
                names |= more
                awaited |= more_awaited
        new = (names | awaited) - before


def unsure_tasks(names: Collection[str], texts: Iterable[bytes]) -> frozenset[str]:
    """Those of ``names`` that some file has a coroutine function of as well."""
    if not names:
        return frozenset()
    defined = re.compile(rb"\basync[ \t]+def[ \t]+(" + b"|".join(sorted(map(str.encode, names))) + rb")\b")
    return frozenset(name.decode() for data in texts for name in defined.findall(data))


class _Tasks:
    def __init__(self, nodes: Sequence[ast.AST]) -> None:
        self.names: set[str] = set()
        self.awaited: set[str] = set()
        self.inner: set[tuple[ast.AST, str]] = set()
        """Functions inside of others that give tasks, with ``@`` if they are decorators: their names say nothing elsewhere."""
        self._around: dict[ast.AST, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        """The functions right around functions and assignments."""
        self._inner_names: dict[str, list[ast.AST]] = {}
        """The functions inside of others, by their names."""
        self._at: ast.FunctionDef | ast.AsyncFunctionDef | None = None
        self._imported: dict[str, str] = {}
        self._statements: list[ast.AST] = []
        self._inside: dict[ast.AST, list[ast.AST]] = {}
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._inside[node] = own_nodes_of(node)
                self._statements.append(node)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                self._statements.append(node)
            elif isinstance(node, ast.Import):
                self._imported.update({a.asname or a.name.partition(".")[0]: a.name for a in node.names})
            elif isinstance(node, ast.ImportFrom) and not node.level:
                self._imported.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})

        begins = sorted(function.lineno for function in self._inside)  # type: ignore[attr-defined]  # a function
        for function, own in self._inside.items():
            assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
            after = bisect_right(begins, function.lineno)
            if after < len(begins) and begins[after] <= (function.end_lineno or 0):
                self._place(function, own)

    def _place(self, function: ast.FunctionDef | ast.AsyncFunctionDef, own: list[ast.AST]) -> None:
        """Note what is in a ``function`` that has others in it."""
        for part in own:
            if part.__class__ in _PLACED:
                self._around[part] = function
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self._inner_names.setdefault(part.name, []).append(part)

    def look(self) -> None:
        """Add what can be told from what is known so far."""
        for node in self._statements:
            self._at = self._around.get(node)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._decorated(node)
                self._at = node
                self._function(node)
            elif isinstance(node, ast.Assign):
                is_function = self._makes_function(node.value)
                is_inner = isinstance(node.value, ast.Name) and self._found(node.value) is True
                for target in node.targets:
                    self._attribute(target, is_inner or self._gives(node.value, set()))
                    if is_function and isinstance(target, (ast.Name, ast.Attribute)):
                        self.names.add(_name(target))
            elif isinstance(node, ast.AnnAssign):
                is_task = self._is_class(node.annotation) or (node.value is not None and self._gives(node.value, set()))
                self._attribute(node.target, is_task)

    def _makes_function(self, node: ast.expr) -> bool:
        """Whether ``node`` is a function that gives tasks: a lambda, or a cache around such a function."""
        if isinstance(node, ast.Lambda):
            return self._gives(node.body, set())
        if not isinstance(node, ast.Call) or not node.args:
            return False
        func = node.func.func if isinstance(node.func, ast.Call) else node.func
        if self._qualified(func) not in _CACHES:
            return False
        return self._makes_function(node.args[0]) or self._named(node.args[0], self.names)

    def _found(self, func: ast.expr, mark: str = "") -> bool | None:
        """Whether the function inside of one around that ``func`` names gives tasks; None if it names no such function."""
        inner = self._inner_names.get(func.id) if isinstance(func, ast.Name) else None
        around = self._at if inner else None
        while around is not None:
            found = [part for part in inner or () if self._around[part] is around]
            if found:
                return any((part, mark) in self.inner for part in found)
            around = self._around.get(around)
        return None

    def _named(self, func: ast.expr, names: set[str], mark: str = "") -> bool:
        found = self._found(func, mark)
        return mark + _name(func) in names if found is None else found

    def _add(self, node: ast.FunctionDef | ast.AsyncFunctionDef, names: set[str], mark: str = "") -> None:
        if node in self._around:
            self.inner.add((node, mark))
        else:
            names.add(mark + node.name)

    def _attribute(self, target: ast.expr, is_task: bool) -> None:
        target = target.value if isinstance(target, ast.Subscript) else target
        if is_task and isinstance(target, ast.Attribute):
            self.names.add(target.attr)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        names = self.awaited if isinstance(node, ast.AsyncFunctionDef) else self.names
        if node.returns is not None and self._is_class(node.returns):
            self._add(node, names)
            return
        own = self._inside[node]
        local: set[str] = set()
        for part in own:
            if isinstance(part, ast.Assign) and self._gives(part.value, local):
                for target in part.targets:
                    self._attribute(target, True)
                places = [one.value if isinstance(one, ast.Subscript) else one for one in part.targets]
                local.update(place.id for place in places if isinstance(place, ast.Name))
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.args:
                kept = part.func.value
                if part.func.attr in ("append", "add") and self._gives(part.args[0], local):
                    if isinstance(kept, ast.Name):
                        local.add(kept.id)
                    self._attribute(kept, True)
        if any(isinstance(part, ast.Return) and part.value and self._gives(part.value, local) for part in own):
            self._add(node, names)

    def _decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function whose decorator puts one in its place that gives tasks, and such a decorator: it returns a function of its own.

        Names of decorators are noted with ``@`` before them.
        """
        decorators = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
        if any(self._named(one, self.names, "@") for one in decorators):
            self._add(node, self.names)
        returned = {
            one.value.id
            for one in self._inside[node]
            if isinstance(one, ast.Return) and isinstance(one.value, ast.Name)
        }
        for inner in self._inside[node]:
            if isinstance(inner, ast.FunctionDef) and inner.name in returned:
                if (inner, "") in self.inner or (inner, "@") in self.inner:
                    self._add(node, self.names, "@")

    def _gives(self, node: ast.expr, local: set[str]) -> bool:
        """Whether ``node`` is a task or holds some, as far as its form shows."""
        if isinstance(node, ast.Name):
            return node.id in local
        if isinstance(node, ast.Attribute):
            return node.attr in self.names
        if isinstance(node, (ast.Subscript, ast.Starred)):
            return self._gives(node.value, local)
        if isinstance(node, ast.IfExp):
            return self._gives(node.body, local) or self._gives(node.orelse, local)
        if isinstance(node, ast.BoolOp):
            return any(self._gives(value, local) for value in node.values)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return any(self._gives(value, local) for value in node.elts)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            return self._gives(node.elt, local)
        if isinstance(node, ast.Await):  # of a function that returns a task
            return isinstance(node.value, ast.Call) and self._named(node.value.func, self.awaited)
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in _METHODS or (node.func.attr in _TAKE and self._gives(node.func.value, local)):
                return True
        return self._qualified(node.func) in _MAKERS or self._named(node.func, self.names)

    def _qualified(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self._imported.get(node.id, "")
        return f"{self._qualified(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""

    def _is_class(self, annotation: ast.expr) -> bool:
        """Whether the type is a task or a future, or has one in it."""
        for node in nodes_of(annotation):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = re.findall(r"[A-Za-z_][\w.]*", node.value)
                if any(self._spelled(word) in _CLASSES for word in words):
                    return True
            elif isinstance(node, (ast.Name, ast.Attribute)) and self._qualified(node) in _CLASSES:
                return True
        return False

    def _spelled(self, path: str) -> str:
        head, dot, rest = path.partition(".")
        return self._imported.get(head, "") + dot + rest


def _name(func: ast.expr) -> str:
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""

"""Names through which a file hands tasks and futures to others: functions that return some, attributes that hold some.

Another module that awaits what comes of such a name may have a task in sync code too. Found without libcst, by statements and
by what functions are called; what is known of values inside of one module is found more exactly when that is converted.
"""

from __future__ import annotations

import ast
import re
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
        before = len(found.names), len(found.awaited)
        found.look()
        if (len(found.names), len(found.awaited)) == before:
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

    def look(self) -> None:
        """Add what can be told from what is known so far."""
        for node in self._statements:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._function(node)
                self._decorated(node)
            elif isinstance(node, ast.Assign):
                is_function = self._makes_function(node.value)
                for target in node.targets:
                    self._attribute(target, self._gives(node.value, set()))
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
        return self._makes_function(node.args[0]) or _name(node.args[0]) in self.names

    def _attribute(self, target: ast.expr, is_task: bool) -> None:
        target = target.value if isinstance(target, ast.Subscript) else target
        if is_task and isinstance(target, ast.Attribute):
            self.names.add(target.attr)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        names = self.awaited if isinstance(node, ast.AsyncFunctionDef) else self.names
        if node.returns is not None and self._is_class(node.returns):
            names.add(node.name)
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
            names.add(node.name)

    def _decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function whose decorator puts one in its place that gives tasks, and such a decorator: it returns a function of its own.

        Names of decorators are noted with ``@`` before them.
        """
        decorators = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
        if any(f"@{_name(one)}" in self.names for one in decorators):
            self.names.add(node.name)
        returned = {
            one.value.id
            for one in self._inside[node]
            if isinstance(one, ast.Return) and isinstance(one.value, ast.Name)
        }
        for inner in self._inside[node]:
            if isinstance(inner, ast.FunctionDef) and inner.name in returned:
                if inner.name in self.names or f"@{inner.name}" in self.names:
                    self.names.add(f"@{node.name}")

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
            return isinstance(node.value, ast.Call) and _name(node.value.func) in self.awaited
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in _METHODS or (node.func.attr in _TAKE and self._gives(node.func.value, local)):
                return True
        return self._qualified(node.func) in _MAKERS or _name(node.func) in self.names

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

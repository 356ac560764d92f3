"""What one file contributes to the knowledge of the whole project, found without libcst.

Only statements are looked at: names are bound by statements, but for the odd walrus and lambda.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TypedDict

from unasync_plus.resolve.awaiters import awaiters, may_await_parameters
from unasync_plus.resolve.interrupting import interrupting, may_interrupt
from unasync_plus.resolve.starters import may_start, starters
from unasync_plus.resolve.syntax_tree import nodes_of, syntax_tree
from unasync_plus.resolve.task_names import may_hand_tasks_on, task_names
from unasync_plus.resolve.words import places

_CHANNELS = tuple(
    b"create_memory_object_stream MemoryObjectSendStream MemoryObjectReceiveStream open_memory_channel MemorySendChannel "
    b"MemoryReceiveChannel open_process CapacityLimiter acquire_nowait".split()
)
_BINDING = re.compile(rb"\b(?:def|class|as|for|global|lambda)\s+\Z")
_DEFINING = re.compile(rb"\b(?:def|class)[ \t]+\Z")
_LIST = re.compile(rb"(?:[\w,(*]|\A)\s*\Z")
_LISTED = re.compile(rb"\s*[,)]")
_ASSIGNED = re.compile(rb"\s*(?::|=[^=]|\+=)")
_IMPORTING = re.compile(rb"import[ \t]*(?:\([^()]*|[^\n(;]*)")
"""From an import's word on, before one of its names."""
_OTHER_TEXT = re.compile(rb"[#'\"]")
"""What may make the quotes behind it, in its line, something else than the beginning of a string."""


def may_define(data: bytes, words: Iterable[str]) -> bool:
    """Whether a statement of the file could bind one of ``words``: cheap, and true too often rather than too seldom."""
    return any(_may_bind(data, start, end) for word in words for start, end in places(data, word.encode()))


def _may_bind(data: bytes, start: int, end: int) -> bool:
    before = data[max(start - 100, 0) : start]
    if _BINDING.search(before):
        return True
    is_behind = _ASSIGNED.match(data, end) is not None and not before.endswith(b"except ")
    is_among = _LISTED.match(data, end) is not None and _LIST.search(before) is not None
    return (is_behind or is_among) and not is_imported(data, start)


def is_imported(data: bytes, place: int) -> bool:
    """Whether what is at ``place`` is a name that is imported; what it is called instead is looked for otherwise."""
    start = data.rfind(b"import", 0, place + 1)
    return start >= 0 and _IMPORTING.fullmatch(data, start, place + 1) is not None


def mentions_channels(data: bytes) -> bool:
    """Whether the file makes or mentions memory channels, or what else has their exceptions, of anyio or trio."""
    return any(True for word in _CHANNELS for _ in places(data, word))


def surely_defined(data: bytes, words: Iterable[str]) -> set[str]:
    """Those of ``words`` for which the file has a ``def`` or ``class`` line that is surely code, and no text in a string.

    That costs a small part of parsing the file, and proves nearly all names of a package.
    """
    hits = [(word, place) for word in words for place in _definitions(data, word.encode())]
    texts = _triple_quoted(data) if hits else None
    return {word for word, place in hits if texts is not None and not _is_inside(place, texts)}


def has_definition(data: bytes, word: str) -> bool:
    """Whether the file seems to have a ``def`` or ``class`` line for ``word``."""
    return any(True for _ in _definitions(data, word.encode()))


def _definitions(data: bytes, word: bytes) -> Iterator[int]:
    """Where ``def`` or ``class`` stands before ``word``, and a statement could begin."""
    for start, _ in places(data, word):
        found = _DEFINING.search(data[max(start - 100, 0) : start])
        if found is not None and _begins_statement(data, start - len(found[0])):
            yield start - len(found[0])


def _begins_statement(data: bytes, place: int) -> bool:
    """Whether a statement could begin at the ``def`` or ``class`` at ``place``: if so, only a string is another choice."""
    start = data.rfind(b"\n", 0, place) + 1
    is_continued = data[max(start - 3, 0) : start].rstrip(b"\r\n").endswith(b"\\")
    return not is_continued and data[start:place].split() in ([], [b"async"])


def _triple_quoted(data: bytes) -> list[tuple[int, int]] | None:
    """Where the strings in triple quotes are; None where a look at the quotes cannot tell."""
    found: list[tuple[int, int]] = []
    end = 0
    while True:
        start = data.find(b'"""', end)
        between = data[end : start if start >= 0 else len(data)]
        if b"'''" in between:
            return None
        if start < 0:
            return found
        if _OTHER_TEXT.search(between, between.rfind(b"\n") + 1):
            return None
        end = data.find(b'"""', start + 3)
        if end < 0 or data[end - 1 : end] == b"\\":
            return None
        end += 3
        found.append((start, end))


def _is_inside(place: int, spans: list[tuple[int, int]]) -> bool:
    index = bisect_right(spans, (place, 0)) - 1
    return index >= 0 and place < spans[index][1]


class FileFacts(TypedDict):
    """``defined``: names holding "async" that the file binds; ``awaitables``: its classes with an ``__await__``; ``tasks``
    and ``awaited_tasks``: see `task_names`; ``starters``: see there, each with its parameters behind it;
    ``awaiters``: likewise, see `awaiters`; ``interrupting``: what it calls that starts tasks or sets deadlines."""

    defined: list[str]
    awaitables: list[str]
    tasks: list[str]
    awaited_tasks: list[str]
    starters: list[str]
    awaiters: list[str]
    interrupting: list[str]


def defined_names(data: bytes) -> list[str]:
    """The names holding "async" that one Python file binds; none if it cannot be read."""
    found = _Facts()
    tree = syntax_tree(data)
    found.block(tree.body if tree is not None else ())
    return found.result()["defined"]


def file_facts(data: bytes) -> FileFacts:
    """The facts of one Python file; empty ones if it cannot be read (its own conversion says why)."""
    found = _Facts()
    tree = syntax_tree(data)
    if tree is None:
        return found.result()
    found.block(tree.body)
    hands_tasks_on, starts, awaits = may_hand_tasks_on(data), may_start(data), may_await_parameters(data)
    interrupts = may_interrupt(data)
    nodes = nodes_of(tree) if hands_tasks_on or starts or awaits or interrupts else []
    if hands_tasks_on:
        found.tasks, found.awaited_tasks = task_names(nodes)
    if starts:
        found.starters = {" ".join([name, *parameters]) for name, parameters in starters(nodes).items()}
    if awaits:
        found.awaiters = {" ".join([name, *late]) for name, late in awaiters(nodes).items()}
    if interrupts:
        found.interrupting = interrupting(nodes)
    return found.result()


class _Facts:
    def __init__(self) -> None:
        self.defined: set[str] = set()
        self.awaitables: set[str] = set()
        self.of_futures: set[str] = set()
        """Classes that derive from one called ``Future``, which is that of asyncio if the file ``has_asyncio``'s."""
        self.has_asyncio = False
        self.tasks: set[str] = set()
        self.awaited_tasks: set[str] = set()
        self.starters: set[str] = set()
        self.awaiters: set[str] = set()
        self.interrupting: set[str] = set()

    def result(self) -> FileFacts:
        return {
            "defined": sorted(self.defined),
            "awaitables": sorted(self.awaitables | self.of_futures if self.has_asyncio else self.awaitables),
            "tasks": sorted(self.tasks),
            "awaited_tasks": sorted(self.awaited_tasks),
            "starters": sorted(self.starters),
            "awaiters": sorted(self.awaiters),
            "interrupting": sorted(self.interrupting),
        }

    def name(self, name: str) -> None:
        if "sync" in name.lower() and "async" in name.lower():
            self.defined.add(name)

    def block(self, statements: Iterable[ast.stmt]) -> None:
        todo = list(statements)
        while todo:
            statement = todo.pop()
            self.statement(statement)
            for inner in _blocks(statement):
                todo.extend(inner)

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.name(node.name)
            for arg in _arguments(node.args):
                self.name(arg.arg)
        elif isinstance(node, ast.ClassDef):
            self.name(node.name)
            if any(isinstance(part, ast.FunctionDef) and part.name == "__await__" for part in node.body):
                self.awaitables.add(node.name)
            elif any(_is_future(base) for base in node.bases):
                self.of_futures.add(node.name)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self.target(target)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor)):
            self.target(node.target)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    self.target(item.optional_vars)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.has_asyncio = self.has_asyncio or _is_of_asyncio(node)
            for alias in node.names:
                if alias.asname:
                    self.name(alias.asname)
        elif type(node).__name__ == "TypeAlias":
            self.target(node.name)  # type: ignore[attr-defined]  # ast.TypeAlias exists from Python 3.12 on

    def target(self, node: ast.expr) -> None:
        if isinstance(node, ast.Name):
            self.name(node.id)
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                self.name(node.attr)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for element in node.elts:
                self.target(element)
        elif isinstance(node, ast.Starred):
            self.target(node.value)


def _is_future(base: ast.expr) -> bool:
    base = base.value if isinstance(base, ast.Subscript) else base
    if isinstance(base, ast.Attribute):
        return base.attr == "Future" and isinstance(base.value, ast.Name) and base.value.id in ("asyncio", "futures")
    return isinstance(base, ast.Name) and base.id == "Future"


def _is_of_asyncio(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether it imports asyncio, or its class of futures."""
    names = {alias.name for alias in node.names}
    if isinstance(node, ast.Import):
        return "asyncio" in names
    return node.module in ("asyncio", "asyncio.futures") and not names.isdisjoint({"Future", "futures"})


def _arguments(args: ast.arguments) -> Iterator[ast.arg]:
    yield from args.posonlyargs
    yield from args.args
    if args.vararg:
        yield args.vararg
    yield from args.kwonlyargs
    if args.kwarg:
        yield args.kwarg


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list):
            yield block
    for handler in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield handler.body

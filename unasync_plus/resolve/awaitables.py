"""What leads to objects that can be awaited: the classes with `__await__`, or derived from that of futures, and the functions,
methods and attributes that give such objects, or give objects which do.

A call of any of them is no coroutine, and what comes of it is awaited by its own rules. Found with `ast` in the source
modules, and only if one of them has such a class. What is given is said in a little language: ``pkg.C`` is an object
of that class, ``[]pkg.C`` holds such objects, ``()pkg.C`` gives one when it is awaited, ``=pkg.C`` is an attribute, and
``=`` one of which nothing is known, ``awaitable`` and ``task`` are things that can be awaited, ``?`` is not known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from unasync_plus.resolve.hierarchy import Hierarchy
from unasync_plus.resolve.syntax_tree import children_of, own_statements_of

AWAITABLE = "awaitable"
UNKNOWN = "?"
FUTURES = frozenset({"asyncio.Future", "asyncio.futures.Future"})
_OF_FUTURES = re.compile(r"\bclass[ \t]+\w+\([^)#]*\bFuture\b")
_TASKS = frozenset({"Future", "Task"})
_ROUNDS = 4
"""How many methods of a class may hand on what another one gives."""
_AWAITED = frozenset({"Awaitable", "Coroutine", "CoroutineType"}) | _TASKS
_HOLDERS = frozenset(
    "AsyncGenerator AsyncIterable AsyncIterator Collection Dict Generator Iterable Iterator List Mapping Sequence Set "
    "Tuple dict frozenset list set tuple".split()
)
_SEEN_THROUGH = frozenset({"Annotated", "ClassVar", "Final", "Optional", "Union"})
_PROPERTIES = frozenset({"property", "cached_property"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Leads:
    """Collects modules with `add`; `found` is what leads to awaitable objects, by qualified name."""

    def __init__(self, sources: Hierarchy) -> None:
        self._sources = sources
        self._classes: dict[str, dict[str, frozenset[str]]] = {}
        """Each class with its own members."""
        self._functions: dict[str, frozenset[str]] = {}
        self._imports: dict[str, str] = {}

    def add(self, module: str, is_package: bool) -> None:
        """Look at one source module; what cannot be parsed is left out."""
        tree = self._sources.tree(module)
        if tree is None:
            return
        reader = _Reader(module, is_package)
        reader.bind(tree.body)
        self._imports.update({f"{module}.{name}": path for name, path in reader.imports.items()})
        for node in _statements(tree.body):
            if isinstance(node, ast.ClassDef):
                self._class(node, f"{module}.{node.name}", reader)
            elif isinstance(node, _FUNCTIONS):
                self._functions[f"{module}.{node.name}"] = reader.given(node, "")

    def _class(self, node: ast.ClassDef, qualified: str, reader: _Reader) -> None:
        members = self._classes[qualified] = dict[str, frozenset[str]]()
        if any(reader.path(base) in FUTURES for base in node.bases):
            members["__await__"] = frozenset({UNKNOWN})
        statements = list(_statements(node.body))
        for part in statements:
            if isinstance(part, _FUNCTIONS):
                for name, specs in reader.set_on_self(part).items():
                    members[name] = _either(members.get(name, specs), specs)
            elif isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                members[part.target.id] = _attribute(reader.type(part.annotation, qualified))
        reader.members = members
        functions = [part for part in statements if isinstance(part, _FUNCTIONS)]
        for _ in range(_ROUNDS):
            found = {part.name: reader.given(part, qualified) for part in functions}
            if found.items() <= members.items():
                break
            members.update(found)
        reader.members = {}

    def found(self) -> dict[str, frozenset[str]]:
        """The classes that matter with all their members, what gives their objects, and their names elsewhere."""
        members = {name: self._members(name) for name in self._classes}
        canonical = {name: frozenset(map(self._canonical, specs)) for name, specs in self._functions.items()}
        relevant = {name for name, own in members.items() if "__await__" in own}
        awaitable = frozenset(relevant)
        before = -1
        while before != len(relevant):
            before = len(relevant)
            relevant |= {
                name for name, own in members.items() if any(_leads(specs, relevant) for specs in own.values())
            }
        found = {name: frozenset({name, AWAITABLE} if name in awaitable else {name}) for name in relevant}
        for name in relevant:
            found.update({f"{name}.{member}": _told(specs, awaitable) for member, specs in members[name].items()})
        found.update({name: _told(specs, awaitable) for name, specs in canonical.items() if _leads(specs, relevant)})
        for name in self._imports:
            there = self._canonical(name)
            if there in relevant or there in canonical:
                found.update({name: found[there]} if there in found else {})
        return found

    def _members(self, name: str) -> dict[str, frozenset[str]]:
        """Those of the class and of its bases, nearest first."""
        found: dict[str, frozenset[str]] = {}
        for one in self._sources.line(name):
            for member, specs in self._classes.get(one, {}).items():
                found.setdefault(member, frozenset(map(self._canonical, specs)))
        return found

    def _canonical(self, spec: str) -> str:
        """``spec`` with the place where its class is defined, seen through imports."""
        mark, path = _split(spec)
        for _ in range(16):
            if path in self._classes or path not in self._imports:
                break
            path = self._imports[path]
        return mark + path


class _Reader:
    """Reads the types of one module."""

    def __init__(self, module: str, is_package: bool) -> None:
        self._module, self._is_package = module, is_package
        self.imports: dict[str, str] = {}
        self.members: dict[str, frozenset[str]] = {}
        """What is known of those of the class at hand."""
        self._own: set[str] = set()

    def bind(self, body: Iterable[ast.stmt]) -> None:
        for node in _statements(body):
            if isinstance(node, ast.ImportFrom):
                source = self._absolute(node)
                self.imports.update({alias.asname or alias.name: f"{source}.{alias.name}" for alias in node.names})
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        self.imports[alias.asname] = alias.name
            elif isinstance(node, (ast.ClassDef, *_FUNCTIONS)):
                self._own.add(node.name)

    def _absolute(self, node: ast.ImportFrom) -> str:
        parts = self._module.split(".")
        kept = parts[: len(parts) - node.level + (1 if self._is_package else 0)] if node.level else []
        return ".".join([*kept, *([node.module] if node.module else [])])

    def path(self, node: ast.expr) -> str:
        """The qualified name behind a name or a chain of attributes; "" for what is neither."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        head = f"{self._module}.{node.id}" if node.id in self._own else self.imports.get(node.id, node.id)
        return ".".join([head, *parts])

    def given(self, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str) -> frozenset[str]:
        """What a call of the function gives, or what the property is."""
        specs = self.type(node.returns, owner) if node.returns is not None else self._returned(node, owner)
        names = {self.path(decorator).rpartition(".")[2] for decorator in node.decorator_list}
        if isinstance(node, ast.AsyncFunctionDef) and not _yields(node):
            specs = frozenset(f"(){spec}" for spec in specs - {UNKNOWN}) or frozenset({"()"})
        if names & _PROPERTIES:
            return _attribute(specs)
        return specs if names <= {"abstractmethod", "classmethod", "override", "staticmethod"} else frozenset({UNKNOWN})

    def _returned(self, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str) -> frozenset[str]:
        statements = list(own_statements_of(node))
        values = [part.value for part in statements if isinstance(part, ast.Return) and part.value is not None]
        local: dict[str, list[ast.expr]] = {}
        for part in statements if any(isinstance(value, ast.Name) for value in values) else ():
            if isinstance(part, ast.Assign):
                for target in part.targets:
                    local.setdefault(target.id if isinstance(target, ast.Name) else "", []).append(part.value)
        values = [
            one for value in values for one in local.get(value.id if isinstance(value, ast.Name) else " ", [value])
        ]
        return frozenset(spec for value in values for spec in self._made(value, owner))

    def _made(self, node: ast.expr, owner: str) -> Iterator[str]:
        if isinstance(node, ast.Call) and self.path(node.func).rpartition(".")[2][:1].isupper():
            yield self.path(node.func)
        elif isinstance(node, ast.Call) and owner and _is_class_of_self(node.func):
            yield owner
        elif isinstance(node, ast.BoolOp):
            yield from (spec for value in node.values for spec in self._made(value, owner))
        elif isinstance(node, ast.IfExp):
            yield from (*self._made(node.body, owner), *self._made(node.orelse, owner))
        elif isinstance(node, ast.Subscript) or (isinstance(node, ast.Call) and _takes_out(node.func)):
            holder = node.value if isinstance(node, ast.Subscript) else node.func.value  # type: ignore[attr-defined]  # an Attribute
            held = self.members.get(_member_of_self(holder), frozenset({UNKNOWN}))
            yield from (spec[3:] if spec.startswith("=[]") else UNKNOWN for spec in held)
        elif owner and (member := _member_of_self(node)) in self.members:
            yield from (spec.removeprefix("=") or UNKNOWN for spec in self.members[member])
        elif isinstance(node, ast.Name) and node.id == "self":
            yield owner
        elif not isinstance(node, (ast.Constant, ast.Compare, ast.JoinedStr)):
            yield UNKNOWN

    def set_on_self(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, frozenset[str]]:
        """The attributes that a method sets."""
        found: dict[str, frozenset[str]] = {}
        for part in own_statements_of(node):
            target = part.targets[0] if isinstance(part, ast.Assign) else getattr(part, "target", None)
            holds = isinstance(target, ast.Subscript)
            target = target.value if isinstance(target, ast.Subscript) else target
            name = _member_of_self(target) if isinstance(target, ast.Attribute) else ""
            if name and isinstance(part, ast.AnnAssign):
                found.setdefault(name, _attribute(self.type(part.annotation, "")))
            elif name and isinstance(part, ast.Assign):
                made = frozenset(self._made(part.value, ""))
                specs = _attribute(frozenset(f"[]{spec}" for spec in made - {UNKNOWN}) if holds else made)
                found[name] = _either(found.get(name, specs), specs)
        return found

    def type(self, node: ast.expr, owner: str) -> frozenset[str]:
        """What an annotation says."""
        return frozenset(self._type(node, owner))

    def _type(self, node: ast.expr, owner: str) -> Iterator[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                yield from self._type(ast.parse(node.value, mode="eval").body, owner)
            except SyntaxError:
                yield UNKNOWN
        elif isinstance(node, ast.BinOp):
            yield from self._type(node.left, owner)
            yield from self._type(node.right, owner)
        elif isinstance(node, ast.Subscript):
            name = self.path(node.value).rpartition(".")[2]
            members = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            mark = "" if name in _SEEN_THROUGH else "[]" if name in _HOLDERS else "()" if name in _AWAITED else None
            if mark is None:
                yield from self._type(node.value, owner)
            else:
                used = members[-1:] if name in _AWAITED else members[:1] if name == "Annotated" else members
                yield from (mark + spec for member in used for spec in self._type(member, owner) if spec != UNKNOWN)
                if mark == "()":
                    yield "task" if name in _TASKS else mark
        elif isinstance(node, (ast.Name, ast.Attribute)):
            name = self.path(node).rpartition(".")[2]
            if name in ("Any", "object"):
                yield UNKNOWN
            elif name == "Self" and owner:
                yield owner
            elif name in _AWAITED:
                yield "task" if name in _TASKS else "()"
            else:
                yield self.path(node)


def _is_class_of_self(node: ast.expr) -> bool:
    """Whether it is ``self.__class__``, ``type(self)`` or ``cls``."""
    if isinstance(node, ast.Attribute):
        return node.attr == "__class__"
    return (isinstance(node, ast.Name) and node.id == "cls") or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"
    )


def _either(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """The first of what is said of an attribute, but for what is in it, which counts wherever it is put there."""
    inside = frozenset(spec for spec in one | other if spec.startswith("=[]"))
    return (one | inside) - {"="} or one if inside else one


def _takes_out(function: ast.expr) -> bool:
    """Whether it is a method of dictionaries, or lists, that gives what is in them."""
    return isinstance(function, ast.Attribute) and function.attr in ("get", "pop", "popleft", "setdefault")


def _member_of_self(node: ast.expr) -> str:
    """The name of an attribute, or of a method that is called; empty for anything else."""
    node = node.func if isinstance(node, ast.Call) else node
    is_own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    return node.attr if is_own else ""  # type: ignore[attr-defined]  # an Attribute


def _attribute(specs: frozenset[str]) -> frozenset[str]:
    return frozenset(f"={spec}" for spec in specs if spec not in (UNKNOWN, "")) or frozenset({"="})


def _split(spec: str) -> tuple[str, str]:
    path = spec.lstrip("=()[]")
    return spec[: len(spec) - len(path)], path


def _leads(specs: Iterable[str], relevant: Iterable[str]) -> bool:
    return any(_split(spec)[1] in relevant for spec in specs)


def _told(specs: frozenset[str], awaitable: frozenset[str]) -> frozenset[str]:
    """``specs`` with those of them that can be awaited said to be so."""
    marks = {_split(spec)[0] for spec in specs if _split(spec)[1] in awaitable}
    return specs | {mark + AWAITABLE for mark in marks}


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Those of a body and of the conditions in it."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try)):
            yield from _statements(node.body)
            yield from _statements(node.orelse)
            yield from _statements([part for handler in getattr(node, "handlers", ()) for part in handler.body])


def _yields(function: ast.AsyncFunctionDef) -> bool:
    """Whether the function itself, and no inner one, has a ``yield``."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Yield):
            return True
        if not isinstance(node, (ast.ClassDef, ast.Lambda, *_FUNCTIONS)):
            todo += children_of(node)
    return False


def has_classes_of_futures(text: str) -> bool:
    """Whether a class seems to derive from that of futures."""
    return "Future" in text and _OF_FUTURES.search(text) is not None


def leads_to_awaitables(modules: Iterable[str], sources: Hierarchy) -> dict[str, frozenset[str]]:
    """What leads to awaitable objects, of all source ``modules``."""
    found = {module: source for module in sorted(modules) if (source := sources.text(module)) is not None}
    if not any("__await__" in text or has_classes_of_futures(text) for text, _ in found.values()):
        return {}
    leads = Leads(sources)
    for module, (_, is_package) in found.items():
        leads.add(module, is_package)
    return leads.found()

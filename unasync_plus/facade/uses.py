"""What a body does with a callable that it is given: await its results, ignore them, or use them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, walk

if TYPE_CHECKING:
    from .facts import ModuleFacts

AWAITED = "as_async"
EVENT = "as_event"
MAKER = "as_maker"
AWAITED_MAKER = "as_async_maker"
GENERATOR = "as_generator"
MANAGER = "as_manager"
ELSEWHERE = "as_is"

Test = Callable[[cst.CSTNode], bool]
Named = Callable[[cst.CSTNode, str], bool]


class Bodies:
    """The nodes of bodies that may say what is called, found once for all the names that are asked for."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[cst.CSTNode, ...]] = {}
        self._pools: dict[str, frozenset[str]] = {}

    def pools(self, facts: ModuleFacts) -> frozenset[str]:
        """See `pools_in`."""
        if facts.module not in self._pools:
            self._pools[facts.module] = pools_in(facts)
        return self._pools[facts.module]

    def nodes(self, body: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
        """Those of ``body``, which must live as long as this does."""
        found = self._found.get(id(body))
        if found is None:
            found = self._found[id(body)] = tuple(node for node in walk(body) if node.__class__ in _SAYING)
        return found


_SAYING = frozenset((cst.For, cst.CompFor, cst.Assign, cst.Call, cst.Await, cst.Expr, cst.Comparison, cst.Subscript))


class Uses:
    """What happens to the results of calls of one name."""

    def __init__(self, bodies: Bodies, *modules: ModuleFacts) -> None:
        self._bodies = bodies
        self._pools = frozenset[str]().union(*map(bodies.pools, modules))
        self.found: set[str] = set()
        self.kept: set[str] = set()
        """Attributes of ``self`` in which it is kept."""
        self.places: list[cst.BaseExpression] = []
        """What else it is assigned to, or put into, as far as that has a name."""
        self._variables: set[str] = set()

    def verdict(self) -> str:
        if "elsewhere" in self.found:
            return ELSEWHERE
        if "awaited" in self.found:
            return AWAITED
        return EVENT if self.found == {"ignored"} else ""

    def look(self, body: cst.CSTNode, name: str, attribute: bool = False, is_it: Named | None = None) -> None:
        """Look for calls of ``name`` (of ``self.name``, of what ``is_it`` is true of) in ``body``."""
        is_it = is_it or (_is_attribute if attribute else _is_name)
        aliases = {name} if not attribute else set()
        for node in self._bodies.nodes(body):
            if (type(node) is cst.For or type(node) is cst.CompFor) and _mentions(node.iter, name, is_it):
                aliases.update(part.value for part in walk(node.target) if type(part) is cst.Name)
            elif type(node) is cst.Assign and _mentions_callable(node.value, name, is_it):
                self._kept(node, aliases)
            elif not attribute:
                self._stored_by(node, name)
        self._calls(
            body, lambda node: is_it(node, name) or _is_one_of(node, aliases) or _in_container(node, name, is_it)
        )

    def _kept(self, node: cst.Assign, aliases: set[str]) -> None:
        for target in node.targets:
            found = _attribute_name(target.target)
            if found:
                self.kept.add(found)
                continue
            if isinstance(target.target, cst.Name):
                aliases.add(target.target.value)
            self.places += _named_place(target.target)

    def _stored_by(self, node: cst.CSTNode, name: str) -> None:
        """``self.x.append(name)``, ``name in self.x``, ``self.x[name]`` and the like."""
        places: list[cst.CSTNode] = []
        if type(node) is cst.Call and isinstance(node.func, cst.Attribute):
            places = [node.func.value] if any(_mentions(arg.value, name, _is_name) for arg in node.args) else []
        elif type(node) is cst.Comparison and _is_name(node.left, name):
            places = [one.comparator for one in node.comparisons if isinstance(one.operator, (cst.In, cst.NotIn))]
        elif type(node) is cst.Subscript and any(_is_key(element, name) for element in node.slice):
            places = [node.value]
        self.kept.update(filter(None, map(_attribute_name, places)))
        if type(node) is not cst.Subscript:
            self.places += [name for place in places if not _attribute_name(place) for name in _named_place(place)]

    def _calls(self, body: cst.CSTNode, is_it: Test) -> None:
        seen: set[int] = set()
        nodes = self._bodies.nodes(body)
        for node in nodes:
            if type(node) is cst.Await:
                self._note(node.expression, "awaited", is_it, seen)
            elif type(node) is cst.Expr:
                self._note(node.value, "ignored", is_it, seen)
            elif type(node) is cst.Assign and _is_call_of(node.value, is_it):
                self._variables.update(_target_names(node))
            elif type(node) is cst.Call and any(
                is_it(_unbound(arg.value)) and _runs_elsewhere(node, arg, self._pools) for arg in node.args
            ):
                self.found.add("elsewhere")
            elif type(node) is cst.Call and _last_name(node.func) in _ASKS:
                given = [_item(arg.value) for arg in node.args]
                asked = [value for value in given if is_it(value) or _is_call_of(value, is_it)]
                self.found.update("awaited" for _ in asked)
                seen.update(map(id, asked))
            elif _is_call_of(node, is_it) and id(node) not in seen:
                self.found.add("called")
        if self._variables and any(_awaits_variable(node, self._variables) for node in nodes):
            self.found.add("awaited")

    def _note(self, node: cst.CSTNode, what: str, is_it: Test, seen: set[int]) -> None:
        if _is_call_of(node, is_it):
            self.found.add(what)
            seen.add(id(node))


def _runs_elsewhere(call: cst.Call, arg: cst.Arg, pools: frozenset[str]) -> bool:
    """Whether another process runs the function that is given to what starts it."""
    keyword = arg.keyword.value if arg.keyword is not None else ""
    name = call.func.attr.value if isinstance(call.func, cst.Attribute) else _last_name(call.func)
    is_given = not keyword and (_is_of_pool(call, name, pools) or (dotted(call.func) or "").endswith(_BY_ANYIO))
    return is_given or keyword == "preexec_fn" or name in _OF_PROCESSES.get(keyword, ())


def _is_of_pool(call: cst.Call, name: str, pools: frozenset[str]) -> bool:
    """Whether it is ``loop.run_in_executor(pool, …)``, ``pool.submit(…)`` or ``pool.map(…)`` of a pool of processes."""
    if name == "run_in_executor":
        pool: cst.BaseExpression | None = call.args[0].value if call.args else None
    else:
        pool = call.func.value if isinstance(call.func, cst.Attribute) and name in ("submit", "map") else None
    if isinstance(pool, cst.Call):
        return _last_name(pool.func) == _POOL
    return pool is not None and _last_name(pool) in pools


def pools_in(facts: ModuleFacts) -> frozenset[str]:
    """The variables, parameters and attributes of a module that hold pools of processes."""
    if _POOL not in facts.text:
        return frozenset()
    found: set[str] = set()
    targets: list[cst.BaseExpression]
    said: list[cst.CSTNode]
    for node in walk(facts.tree):
        if isinstance(node, cst.Assign):
            targets, said = [target.target for target in node.targets], [node.value]
        elif isinstance(node, cst.AnnAssign):
            targets, said = [node.target], [node.annotation, *([node.value] if node.value is not None else [])]
        elif isinstance(node, cst.Param):
            targets, said = [node.name], [node.annotation] if node.annotation is not None else []
        elif isinstance(node, cst.WithItem) and node.asname is not None:
            targets, said = [node.asname.name], [node.item]
        else:
            continue
        if any(_is_pool(part, found) for each in said for part in walk(each)):
            found.update(filter(None, map(_last_name, targets)))
    return frozenset(found)


def _is_pool(node: cst.CSTNode, known: set[str]) -> bool:
    """Whether it names the class, or what is known to hold one."""
    if isinstance(node, cst.SimpleString):
        return _POOL in node.value
    return isinstance(node, (cst.Name, cst.Attribute)) and _last_name(node) in {_POOL, *known}


_POOL, _BY_ANYIO = "ProcessPoolExecutor", "to_process.run_sync"
_OF_PROCESSES = {"initializer": ("ProcessPoolExecutor", "Pool"), "target": ("Process",)}
_ASKS = frozenset(
    "iscoroutinefunction isawaitable iscoroutine ensure_future create_task gather wait_for shield start_soon".split()
)


def _unbound(node: cst.BaseExpression) -> cst.BaseExpression:
    """``function`` of ``functools.partial(function, x)``; other expressions as they are."""
    is_partial = isinstance(node, cst.Call) and _last_name(node.func) == "partial" and node.args
    return node.args[0].value if is_partial and isinstance(node, cst.Call) else node


def _item(node: cst.BaseExpression) -> cst.BaseExpression:
    """What a comprehension is of, as in ``gather(*[f(x) for f in functions])``; other expressions as they are."""
    return node.elt if type(node) is cst.ListComp or type(node) is cst.GeneratorExp else node


def _awaits_variable(node: cst.CSTNode, names: set[str]) -> bool:
    if type(node) is cst.Await:
        return isinstance(node.expression, cst.Name) and node.expression.value in names
    if type(node) is cst.Call and _last_name(node.func) in _ASKS:
        return any(isinstance(arg.value, cst.Name) and arg.value.value in names for arg in node.args)
    return False


def _last_name(node: cst.CSTNode) -> str:
    return (dotted(node) or "").rpartition(".")[2]


# Node classes are abstract ones: to ask for the type is ten times faster than isinstance.


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return type(node) is cst.Name and node.value == name


def _is_attribute(node: cst.CSTNode, name: str) -> bool:
    return type(node) is cst.Attribute and node.attr.value == name


def is_value_of(node: cst.CSTNode, name: str, attribute: bool) -> bool:
    """Whether ``node`` is the variable ``name``, or the attribute ``self.name``."""
    if attribute:
        return type(node) is cst.Attribute and _attribute_name(node) == name
    return _is_name(node, name)


def _is_key(element: cst.SubscriptElement, name: str) -> bool:
    return isinstance(element.slice, cst.Index) and _is_name(element.slice.value, name)


def _is_one_of(node: cst.CSTNode, names: set[str]) -> bool:
    return type(node) is cst.Name and node.value in names


def _in_container(node: cst.CSTNode, name: str, is_it: Named) -> bool:
    """``self.handlers[key]`` for ``self.handlers``."""
    return type(node) is cst.Subscript and is_it(node.value, name)


def _is_call_of(node: cst.CSTNode, is_it: Test) -> bool:
    return type(node) is cst.Call and is_it(node.func)


def _target_names(node: cst.Assign) -> list[str]:
    return [target.target.value for target in node.targets if isinstance(target.target, cst.Name)]


def _mentions(node: cst.CSTNode, name: str, is_it: Named) -> bool:
    return any(is_it(part, name) for part in walk(node))


def _mentions_callable(node: cst.CSTNode, name: str, is_it: Named) -> bool:
    """Whether the value is the callable, or taken out of a container of them; not the result of a call of or with it."""
    if isinstance(node, cst.Await):
        node = node.expression
    if isinstance(node, cst.Call):
        if is_it(node.func, name):
            return False
        is_taken = isinstance(node.func, cst.Attribute) and node.func.attr.value in _TAKEN_BY
        return is_taken and _mentions(node.func, name, is_it)
    if not _mentions(node, name, is_it):
        return False
    asked = [part.value for part in walk(node) if type(part) is cst.Attribute and part.attr.value not in _TAKEN_BY]
    return any(is_it(part, name) and not any(part is one for one in asked) for part in walk(node))


_TAKEN_BY = frozenset("__call__ copy get items pop popitem popleft setdefault values".split())


def _named_place(node: cst.CSTNode) -> list[cst.BaseExpression]:
    """``HOOKS`` of ``HOOKS[key]`` and ``HOOKS.setdefault(key, [])``, ``hooks.on_error``; nothing if that has no name."""
    if isinstance(node, cst.Subscript):
        return _named_place(node.value)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return _named_place(node.func.value)
    return [node] if isinstance(node, (cst.Name, cst.Attribute)) and dotted(node) is not None else []


def _attribute_name(node: cst.CSTNode) -> str:
    """``x`` for ``self.x``, ``self.x[key]`` and ``self.x.setdefault(key, [])``."""
    if isinstance(node, cst.Subscript):
        return _attribute_name(node.value)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return _attribute_name(node.func.value)
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value in ("self", "cls"):
        return node.attr.value
    return ""

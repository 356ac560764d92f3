"""Two things that would come to share a name: refused before anything is renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.resolve.scopes import Binding, Scope
from unasync_plus.rewrite.names.targets import BUILTINS
from unasync_plus.tree import children, has_name, walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine


def check(engine: Engine) -> None:
    """Refuse renames that would merge two names of one scope, or hide a builtin or an import that is still used.

    Variables inside of functions, which nobody else sees, keep their name instead where only the convention renames them.
    """
    if not engine.renames:
        return
    for scope in engine.names.scopes.values():
        for name, bindings in scope.bindings.items():
            new = _new_name(engine, name, bindings)
            why = _objection(engine, scope, name, new, bindings[0]) if new != name else ""
            if why and _is_inside_only(engine, name):
                del engine.renames[name]
            elif why:
                _refuse(engine, bindings[0], name, new, why, new in scope.bindings)


def _new_name(engine: Engine, name: str, bindings: list[Binding]) -> str:
    for binding in bindings:
        if binding.kind == "import":
            return engine.locals.name(binding)
    return engine.renames.get(name, name)


def _objection(engine: Engine, scope: Scope, name: str, new: str, binding: Binding) -> str:
    """Why ``name`` cannot be called ``new`` in ``scope``; empty if it can."""
    twin = scope.bindings.get(new)
    if twin is not None and _new_name(engine, new, twin) == new:
        if not _mean_the_same(engine, binding, twin[0]) and not _left_out(engine, scope, binding, name, twin[0], new):
            return "which this scope already uses for something else"
        return ""
    others = [
        other for other in scope.bindings if other != name and _new_name(engine, other, scope.bindings[other]) == new
    ]
    for other in others:
        rival = scope.bindings[other][0]
        if not _mean_the_same(engine, binding, rival) and not _left_out(engine, scope, binding, name, rival, other):
            return f"as would {other!r}"
    if scope.kind == "class" or (binding.kind == "import" and not _hides_builtin(engine, binding, new)):
        return ""
    if (
        new in BUILTINS
        and new in engine.names.used
        and scope.lookup(new) is None
        and _reads_builtin(engine, scope, new)
    ):
        return "which hides the builtin that is still used here"
    if scope.kind != "module" and scope.lookup(new) is not None and _reads(scope, new):
        return "which hides a name of the scope around that is still used here"
    return ""


def _hides_builtin(engine: Engine, binding: Binding, new: str) -> bool:
    """Whether the import brings something of the project that is called like a builtin, and is not that."""
    written = binding.handed_by or binding.qualified
    module, _, name = written.rpartition(".")
    if new not in BUILTINS or not engine.is_owned(written) or engine.targets.is_builtin(module, name, new):
        return False
    if (engine.targets.handed(written) or "").startswith("builtins."):
        return False
    foreign = engine.project.passed_on.get(written, "")  # `anext = builtins.anext`
    return engine.targets.target(foreign) != f"builtins.{new}"


def _is_inside_only(engine: Engine, name: str) -> bool:
    """Whether ``name`` is a variable of functions and nothing else in this module, renamed by the convention alone."""
    if name not in engine.renames or engine.namer.explicit(name):
        return False
    for scope in engine.names.scopes.values():
        if name in scope.attributes or name in scope.outer:
            return False
        for binding in scope.bindings.get(name, ()):
            if scope.kind not in ("function", "comprehension") or binding.kind in ("param", "import"):
                return False
    return not any(_mentions(node, name) for node in walk(engine.names.module.node))


def _mentions(node: cst.CSTNode, name: str) -> bool:
    """Whether ``node`` is an attribute or a keyword of that name: of something else, then."""
    if isinstance(node, cst.Attribute):
        return node.attr.value == name
    return isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value == name


def _reads(scope: Scope, name: str) -> bool:
    return has_name(scope.node, name)


def _reads_builtin(engine: Engine, scope: Scope, name: str) -> bool:
    """Whether a name in ``scope``, or in a scope inside it, is the builtin ``name``; not a variable or attribute called so."""
    todo: list[tuple[cst.CSTNode, Scope]] = [(scope.node, scope)]
    while todo:
        node, here = todo.pop()
        here = engine.names.scopes.get(id(node), here)
        if isinstance(node, cst.Name) and node.value == name and here.lookup(name) is None:
            return True
        named = {id(getattr(node, field)) for field in _NAMES.get(type(node), ()) if getattr(node, field) is not None}
        todo += [(child, here) for child in children(node) if id(child) not in named]
    return False


_NAMES: dict[type[Any], tuple[str, ...]] = {
    cst.Attribute: ("attr",),
    cst.Arg: ("keyword",),
    cst.FunctionDef: ("name",),
    cst.ClassDef: ("name",),
    cst.Param: ("name",),
    cst.ImportAlias: ("name", "asname"),
}
"""Where names stand that are not looked up."""


def _mean_the_same(engine: Engine, one: Binding, other: Binding) -> bool:
    """Two imports that become one and the same import."""
    if one.kind != "import" or other.kind != "import":
        return False
    return _sync_meaning(engine, one) == _sync_meaning(engine, other)


def _sync_meaning(engine: Engine, binding: Binding) -> str:
    qualified = binding.qualified
    target = engine.targets.target(qualified)
    if target is not None:
        return target
    module, _, name = qualified.rpartition(".")
    if not binding.from_import or not module:
        return engine.targets.module(qualified) or qualified
    new = engine.renames.get(name, name)
    handed_on = engine.names.passed_on.get(f"{module}.{new}")  # which that module has from elsewhere
    return handed_on or f"{engine.targets.home(module, new)}.{new}"


def _left_out(engine: Engine, scope: Scope, one: Binding, name: str, other: Binding, new: str) -> bool:
    """Whether one of the two in ``scope`` is no part of the output anyway."""
    from unasync_plus.rewrite.definitions import is_dropped

    if any(is_dropped(engine, spelled, scope=scope) for spelled in (name, new)):
        return True
    imports = [binding for binding in (one, other) if binding.kind == "import"]
    written = [path for binding in imports for path in (binding.handed_by, binding.qualified) if path]
    if engine.settings.drop and engine.matches("drop", engine.settings.drop, *written):
        return True
    if isinstance(one.value, cst.Name) and one.value.value == new:  # `aclose = close` goes
        return True
    directives = engine.directives
    if directives is not None and any(id(binding.node) in directives.left_out for binding in (one, other)):
        return True
    return bool(engine.settings.define) and any(_is_in_dead_branch(engine, binding.node) for binding in (one, other))


def _is_in_dead_branch(engine: Engine, node: cst.CSTNode) -> bool:
    """Whether `define` leaves the branch of the module out that ``node`` stands in."""
    from unasync_plus.rewrite.truth import Truth

    truth, todo = Truth(engine), [*engine.names.module.node.children]
    while todo:
        statement = todo.pop()
        if isinstance(statement, cst.If):
            value = truth.value(statement.test)
            dead = statement.orelse if value else statement.body
            if value is not None and dead is not None and any(inner is node for inner in walk(dead)):
                return True
        if isinstance(statement, (cst.If, cst.Else, cst.IndentedBlock)):
            todo += statement.children
    return False


def _refuse(engine: Engine, binding: Binding, name: str, new: str, why: str, are_two: bool) -> None:
    other = f' or {new!r} ("{new}" = …)' if are_two else ""
    engine.refuse(
        binding.node,
        "UA040",
        f"{name!r} would be called {new!r}, {why}",
        f'give {name!r} ("{name}" = …){other} another name in `rename`, list {name!r} in `naming.keep`, '
        "or leave one out with `drop`",
    )

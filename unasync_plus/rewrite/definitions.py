"""Functions, classes, parameters, assignments: their scopes and names, and the entries that drop, keep or set them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.config.decorators import decorator_forms
from unasync_plus.rewrite.make import REMOVE, without_removed
from unasync_plus.tree import dotted, is_same, replaced

if TYPE_CHECKING:
    from unasync_plus.resolve.scopes import Scope
    from unasync_plus.rewrite.engine import Engine


def names_of(engine: Engine, name: str, scope: Scope | None = None) -> tuple[str, ...]:
    """How the configuration may call a definition in ``scope``, or here: plain, by class, fully qualified."""
    path = [name]
    scope = scope or engine.scope
    while scope.parent is not None:
        if isinstance(scope.node, (cst.ClassDef, cst.FunctionDef)):
            path.insert(0, scope.node.name.value)
        scope = scope.parent
    inside = ".".join(path)
    return (name, inside, f"{engine.unit.module}.{inside}")


def defined_name(statement: Any) -> str | None:
    """The name of the class, type or variable that a whole statement defines."""
    if isinstance(statement, cst.ClassDef):
        return statement.name.value
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    target: Any = None
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target = small.targets[0].target
    elif isinstance(small, cst.AnnAssign):
        target = small.target
    elif isinstance(small, cst.TypeAlias):
        target = small.name
    return target.value if isinstance(target, cst.Name) else None


def is_dropped(engine: Engine, name: str, decorators: Any = (), scope: Scope | None = None) -> bool:
    """Whether `drop` names this definition in ``scope``, or here, or something that decorates it."""
    drop = engine.settings.drop
    if not drop:
        return False
    if engine.matches("drop", drop, *names_of(engine, name, scope)):
        return True
    for decorator in decorators:
        node = decorator.decorator
        node = node.func if isinstance(node, cst.Call) else node
        spelled = dotted(node) or ""
        meant = engine.resolve(node) or spelled
        if engine.matches("drop", drop, *sorted(decorator_forms((spelled, meant)))):
            return True
    return False


def is_kept(engine: Engine, name: str) -> bool:
    """Whether `keep` names this definition."""
    keep = engine.settings.keep
    return bool(keep) and engine.matches("keep", keep, *names_of(engine, name))


def settled(engine: Engine, node: cst.FunctionDef | cst.ClassDef) -> Any:
    """What `drop` and `keep` make of a definition, whatever the rules would; None if they do not name it."""
    if is_dropped(engine, node.name.value, node.decorators):
        return REMOVE
    return engine.text.kept(node) if is_kept(engine, node.name.value) else None


def function(engine: Engine, node: cst.FunctionDef) -> Any:
    """A function definition; decorators, defaults and annotations belong to the scope around it."""
    name = node.name.value
    if id(node) in engine.twins.doubles:
        return REMOVE
    outer = engine.scope
    inner = engine.names.scopes[id(node)]
    changes: dict[str, Any] = {
        "decorators": engine.sequence(node.decorators),
        "params": engine.visit(node.params),
        "returns": engine.visit(node.returns) if node.returns is not None else None,
    }
    engine.scope = inner
    if node.type_parameters is not None:
        changes["type_parameters"] = engine.visit(node.type_parameters)
    changes["body"] = engine.visit(node.body)
    engine.scope = outer
    new = engine.targets.attribute_name(name) if outer.kind == "class" else engine.renames.get(name, name)
    if new != name:
        changes["name"] = replaced(node.name, value=new)
    return _changed(node, changes)


def class_(engine: Engine, node: cst.ClassDef) -> Any:
    """A class definition; of an async method and its sync twin in one body, the sync one stays."""
    name = node.name.value
    outer = engine.scope
    changes: dict[str, Any] = {
        "decorators": engine.sequence(node.decorators),
        "bases": _distinct(engine.sequence(node.bases)),
        "keywords": engine.sequence(node.keywords),
    }
    engine.scope = engine.names.scopes[id(node)]
    engine.twins.find_doubles(node)
    if node.type_parameters is not None:
        changes["type_parameters"] = engine.visit(node.type_parameters)
    changes["body"] = engine.visit(node.body)
    engine.scope = outer
    new = engine.renames.get(name, name)
    if new != name:
        changes["name"] = replaced(node.name, value=new)
    if not changes["bases"] and not changes["keywords"] and (node.bases or node.keywords):
        changes["lpar"] = changes["rpar"] = cst.MaybeSentinel.DEFAULT
    return _changed(node, changes)


def _distinct(bases: Any) -> Any:
    """The bases of a class without doubles, which ``Stream`` and ``AsyncStream`` may have become."""
    names = [dotted(arg.value) for arg in bases]
    left = [arg for index, arg in enumerate(bases) if names[index] is None or names[index] not in names[:index]]
    return bases if len(left) == len(bases) else without_removed(bases, left)


def _changed(node: Any, changes: dict[str, Any]) -> Any:
    changes = {key: new for key, new in changes.items() if getattr(node, key) is not new}
    return replaced(node, **changes) if changes else node


def parameter(engine: Engine, node: cst.Param) -> Any:
    """A parameter, under its new name."""
    new = engine.generic_without_name(node)
    name = engine.renames.get(node.name.value)
    return replaced(new, name=replaced(node.name, value=name)) if name is not None else new


def assign(engine: Engine, node: cst.Assign) -> Any:
    """An assignment: dropped, given its other value, or visited; what became ``close = close`` goes."""
    names = [target.target.value for target in node.targets if isinstance(target.target, cst.Name)]
    if engine.scope.kind in ("module", "class") and len(names) == len(node.targets):
        if all(is_dropped(engine, name) for name in names):
            return REMOVE
        if any(is_kept(engine, name) for name in names):
            return engine.text.kept(node)
        if names and all(engine.twins.has_twin(name, engine.scope) for name in names):
            return REMOVE
    if engine.scope.kind == "module" and names:
        if names == ["__all__"]:
            return exported(engine, node)
        for name in names:
            if engine.matches("set", engine.settings.set, name):
                return replaced(node, value=_literal(engine.settings.set[name], node.value))
    new = engine.generic(node)
    if isinstance(new, cst.Assign) and len(new.targets) == 1 and new is not node:
        target, value = new.targets[0].target, new.value
        same = isinstance(target, cst.Name) and isinstance(value, cst.Name) and target.value == value.value
        same = same and not engine.uses.is_builtin(node.value)
        if same and dotted(node.targets[0].target) != dotted(node.value):
            return REMOVE
    return new


def _literal(value: Any, old: cst.BaseExpression | None) -> cst.BaseExpression:
    """``value`` as source code, in the quotes of ``old``."""
    text = repr(value)
    if isinstance(value, str) and '"' not in text and not (isinstance(old, cst.SimpleString) and "'" in old.quote):
        text = f'"{text[1:-1]}"'
    return cst.parse_expression(text)


def annotated_assign(engine: Engine, node: cst.AnnAssign) -> Any:
    """An annotated assignment, likewise."""
    if isinstance(node.target, cst.Name) and engine.scope.kind in ("module", "class"):
        name = node.target.value
        if is_dropped(engine, name):
            return REMOVE
        if is_kept(engine, name):
            return engine.text.kept(node)
        if engine.scope.kind == "module" and engine.matches("set", engine.settings.set, name):
            return replaced(engine.generic(node), value=_literal(engine.settings.set[name], node.value))
        if name == "__all__" and node.value is not None:
            return exported(engine, node)
    return engine.generic(node)


def exported(engine: Engine, node: Any) -> Any:
    """An assignment to ``__all__``: names follow their definitions, those of dropped ones go, doubles are merged."""
    if not isinstance(node.value, (cst.List, cst.Tuple)):
        return engine.generic(node)
    old, new, seen = node.value.elements, [], set()
    for element in old:
        value = element.value
        if not isinstance(value, cst.SimpleString) or not isinstance(value.evaluated_value, str):
            new.append(engine.visit(element))
            continue
        name = value.evaluated_value
        qualified = f"{engine.unit.module}.{name}"
        if engine.matches("drop", engine.settings.drop, name, qualified) or qualified in engine.project.left_out:
            continue
        sync = engine.targets.exported_name(name)
        if sync in seen:
            continue
        seen.add(sync)
        engine.imports.hand_on(name)
        if sync == name:
            new.append(element)
        else:
            new.append(replaced(element, value=replaced(value, value=value.value.replace(name, sync))))
    if is_same(new, old):
        return node
    return replaced(node, value=replaced(node.value, elements=without_removed(old, new)))

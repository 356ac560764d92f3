"""What a module's conversion tells about sharing: which of its definitions come out as they went in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import libcst as cst

from unasync_plus.discover import Unit
from unasync_plus.model import Diagnostic
from unasync_plus.parse import SourceText, parse
from unasync_plus.resolve.binder import Binder
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.project import Project
from unasync_plus.resolve.scopes import Names
from unasync_plus.resolve.sharing import Definition, ShareFacts
from unasync_plus.rewrite.convert import engine_for, handed_on
from unasync_plus.tree import dotted, walk

_HERE = frozenset({"__name__", "__file__", "__package__", "__spec__", "__loader__", "__path__"})
_TYPE_MAKERS = frozenset(
    "TypeVar ParamSpec TypeVarTuple NewType NamedTuple TypedDict namedtuple object frozenset".split()
)


def share_facts(source: SourceText, unit: Unit, project: Project) -> ShareFacts:
    """The facts of one module; a module that cannot be converted is none to share."""
    nothing: ShareFacts = {"changed": True, "definitions": {}, "imports": {}, "modules": []}
    tree = parse(source)
    if isinstance(tree, Diagnostic):
        return nothing
    # Text may differ, and imports follow what they import: neither makes a definition another one.
    settings = replace(unit.settings, rename_text=frozenset(), text={}, share="none")
    still = replace(project, shared=frozenset(project.modules), shared_names=frozenset())
    unit = replace(unit, settings=settings, target_module=unit.module)
    namer = Namer(settings, project.defined)
    names = Binder(unit.module, unit.is_package, handed_on(project, settings, namer)).bind(tree)
    engine = engine_for(source, names, unit, still, namer)
    new = engine.convert(tree)
    facts: ShareFacts = {**nothing, "imports": _imports(names), "modules": _modules(names)}
    if engine.findings:
        return facts
    left = {id(statement) for statement in new.body}
    facts["changed"] = len(new.body) != len(tree.body) or any(
        id(statement) not in left and _defined(statement) is None for statement in tree.body
    )
    rebound = {name for scope in names.scopes.values() for name, kind in scope.outer.items() if kind == "global"}
    for statement in tree.body:
        found = _defined(statement)
        if found is not None:
            name, kind = found
            uses = sorted(_reads(statement) & names.module.bindings.keys() - {name})
            moved = id(statement) not in left or len(names.module.bindings[name]) > 1 or name in rebound
            own = moved or bool(_HERE & _reads(statement))
            facts["definitions"][name] = Definition(kind=kind, own=own, uses=uses)
    return facts


def _imports(names: Names) -> dict[str, str]:
    return {
        name: binding.handed_by or binding.qualified
        for name, bindings in names.module.bindings.items()
        for binding in bindings
        if binding.kind == "import"
    }


def _modules(names: Names) -> list[str]:
    """Everything imported below the top level too: lazily, or for type checkers."""
    found = {binding.handed_by or binding.qualified for bindings in names.imports.values() for binding in bindings}
    for bindings in names.imports.values():
        for binding in bindings:
            if isinstance(binding.node, cst.ImportAlias) and not binding.from_import:
                found.add(dotted(binding.node.name) or "")
    return sorted(found - {""})


def _defined(statement: Any) -> tuple[str, str] | None:
    """The name and kind of what a top-level statement defines."""
    if isinstance(statement, cst.ClassDef):
        return statement.name.value, "class"
    if isinstance(statement, cst.FunctionDef):
        return statement.name.value, "function"
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if isinstance(small, cst.TypeAlias):
        return small.name.value, "constant"
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target: Any = small.targets[0].target
    elif isinstance(small, cst.AnnAssign) and small.value is not None:
        target = small.target
    else:
        return None
    if not isinstance(target, cst.Name) or target.value.startswith("__"):
        return None
    return target.value, "constant" if _is_constant(target.value, small.value) else "variable"


def _is_constant(name: str, value: Any) -> bool:
    if isinstance(value, cst.Call):
        maker = (dotted(value.func) or "").rpartition(".")[2]
        return maker in _TYPE_MAKERS or (name.isupper() and maker[:1].isupper())
    if isinstance(value, (cst.Subscript, cst.Attribute, cst.BinaryOperation)) and name[:1].isupper():
        return True
    return name.lstrip("_").isupper()


def _reads(statement: cst.CSTNode) -> set[str]:
    return {node.value for node in walk(statement) if isinstance(node, cst.Name)}

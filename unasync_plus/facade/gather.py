"""Reads the facts of a module from its tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from unasync_plus.resolve.scopes import absolute_module
from unasync_plus.tree import children, dotted, own_nodes, walk

from .facts import Attribute, ClassFacts, FunctionFacts, ModuleFacts, unsubscripted


def statements(body: Sequence[cst.BaseStatement] | cst.BaseSuite) -> Iterator[cst.CSTNode]:
    """The statements of a block, and those inside its ``if``, ``try`` and ``with`` blocks: all that define names here."""
    block: Iterable[cst.CSTNode] = body.body if isinstance(body, cst.BaseSuite) else body
    for node in block:
        if isinstance(node, cst.SimpleStatementLine):
            yield from node.body
        elif isinstance(node, (cst.FunctionDef, cst.ClassDef)) or not isinstance(node, cst.BaseCompoundStatement):
            yield node
        else:
            for suite in suites(node):
                yield from statements(suite)


def suites(node: cst.CSTNode) -> Iterator[cst.BaseSuite]:
    """The blocks of a compound statement, without those of its conditions' functions."""
    for child in children(node):
        if isinstance(child, cst.BaseSuite):
            yield child
        elif isinstance(child, (cst.If, cst.Else, cst.ExceptHandler, cst.ExceptStarHandler, cst.Finally)):
            yield from suites(child)


def gather(tree: cst.Module, module: str, is_package: bool, text: str = "", path: str = "") -> ModuleFacts:
    """The facts of one module, ``tree`` being what ``text`` parses to."""
    facts = ModuleFacts(module, is_package, tree, text, path)
    nodes = list(statements(tree.body))
    for node in nodes:  # names first: a base or a decorator may be defined further down, in another branch
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            _add_import(facts, node)
        elif isinstance(node, cst.ClassDef):
            facts.classes[node.name.value] = ClassFacts(node.name.value, f"{module}.{node.name.value}", facts, node)
        elif isinstance(node, cst.FunctionDef):
            facts.functions.setdefault(node.name.value, [])
        else:
            _add_values(facts, node)
    for node in nodes:
        if isinstance(node, cst.ClassDef) and facts.classes[node.name.value].node is node:
            _fill_class(facts.classes[node.name.value])
        elif isinstance(node, cst.FunctionDef):
            facts.functions[node.name.value].append(_function(facts, None, node))
    _add_rebound(facts)
    return facts


def _add_rebound(facts: ModuleFacts) -> None:
    """``global x`` in functions; ``module.x = ...``, which sets a variable of another module; and uses of ``Class.x``."""
    for node in walk(facts.tree):
        if type(node) is cst.Global:
            facts.rebound.update(item.name.value for item in node.names)
        elif type(node) is cst.AssignTarget and type(node.target) is cst.Attribute:
            name = facts.resolve(node.target)
            if name is not None and not name.startswith(f"{facts.module}."):
                facts.sets.add(name)
        elif type(node) is cst.Attribute and type(node.value) is cst.Name and node.value.value[:1].isupper():
            facts.of_classes.add((node.value.value, node.attr.value))


def _add_import(facts: ModuleFacts, node: cst.Import | cst.ImportFrom) -> None:
    if isinstance(node, cst.Import):
        for alias in node.names:
            path = dotted(alias.name) or ""
            local = dotted(alias.asname.name) if alias.asname else path.partition(".")[0]
            facts.imports[local or ""] = path if alias.asname else path.partition(".")[0]
            facts.plain_imports.add(local or "")
        return
    module = imported_module(facts, node)
    if isinstance(node.names, cst.ImportStar):
        facts.stars.append(module)
        return
    for alias in node.names:
        name = dotted(alias.name) or ""
        local = dotted(alias.asname.name) if alias.asname else name
        facts.imports[local or ""] = f"{module}.{name}"


def imported_module(facts: ModuleFacts, node: cst.ImportFrom) -> str:
    """The absolute name of the module that ``node`` imports from."""
    return absolute_module(facts.module, facts.is_package, len(node.relative), dotted(node.module) or "")


def _add_values(facts: ModuleFacts, node: cst.CSTNode) -> None:
    if isinstance(node, cst.Assign):
        for target in node.targets:
            for name in _names(target.target):
                facts.values[name] = node.value
                if name == "__all__":
                    facts.exports = _strings(node.value)
    elif isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
        facts.values[node.target.value] = node.value
    elif isinstance(node, cst.TypeAlias):
        facts.values[node.name.value] = node.value


def _names(node: cst.BaseExpression) -> Iterator[str]:
    if isinstance(node, cst.Name):
        yield node.value
    elif isinstance(node, (cst.Tuple, cst.List)):
        for element in node.elements:
            yield from _names(element.value)


def _strings(node: cst.BaseExpression) -> list[str] | None:
    if not isinstance(node, (cst.List, cst.Tuple)):
        return None
    values = [element.value for element in node.elements if type(element) is cst.Element]
    found = [str(value.evaluated_value) for value in values if isinstance(value, cst.SimpleString)]
    return found if len(found) == len(node.elements) else None


def _function(facts: ModuleFacts, owner: ClassFacts | None, node: cst.FunctionDef) -> FunctionFacts:
    prefix = facts.module if owner is None else owner.qualified
    return FunctionFacts(
        node.name.value, f"{prefix}.{node.name.value}", facts, owner, node, _decorators(facts, owner, node)
    )


def _decorators(facts: ModuleFacts, owner: ClassFacts | None, node: cst.FunctionDef | cst.ClassDef) -> tuple[str, ...]:
    found = []
    for decorator in node.decorators:
        target = decorator.decorator
        target = target.func if isinstance(target, cst.Call) else target
        found.append(facts.resolve(target, owner) or dotted(target) or "?")
    return tuple(found)


def _fill_class(one: ClassFacts) -> None:
    facts, node = one.module, one.node
    one.decorators = _decorators(facts, None, node)
    one.bases = tuple(
        facts.resolve(unsubscripted(base.value)) or dotted(unsubscripted(base.value)) or "?" for base in node.bases
    )
    nodes = list(statements(node.body))
    for inner in nodes:
        if isinstance(inner, cst.ClassDef):
            nested = ClassFacts(inner.name.value, f"{one.qualified}.{inner.name.value}", facts, inner)
            one.classes[inner.name.value] = nested
            _fill_class(nested)
    for inner in nodes:
        if isinstance(inner, cst.FunctionDef):
            function = _function(facts, one, inner)
            one.functions.setdefault(function.name, []).append(function)
            _add_attributes(one, function)
        elif isinstance(inner, cst.AnnAssign) and isinstance(inner.target, cst.Name):
            one.fields[inner.target.value] = inner
        elif isinstance(inner, cst.Assign):
            for target in inner.targets:
                one.values.update(dict.fromkeys(_names(target.target), inner.value))


def _add_attributes(one: ClassFacts, function: FunctionFacts) -> None:
    """``self.x = ...`` and ``self.x: T = ...`` in a method."""
    params = (*function.node.params.posonly_params, *function.node.params.params)
    if not params or function.has("staticmethod", "classmethod"):
        return
    self_name = params[0].name.value
    for node in own_nodes(function.node.body):
        if isinstance(node, cst.AnnAssign):
            name = _attribute_of(node.target, self_name)
            if name and (name not in one.attributes or one.attributes[name].annotation is None):
                one.attributes[name] = Attribute(node.annotation.annotation, node.value, function)
        elif isinstance(node, cst.Assign):
            for target in node.targets:
                name = _attribute_of(target.target, self_name)
                if name:
                    one.attributes.setdefault(name, Attribute(None, node.value, function))


def _attribute_of(node: cst.BaseExpression, self_name: str) -> str:
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == self_name:
        return node.attr.value
    return ""

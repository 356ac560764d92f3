"""Finds all scopes and bindings of a module, in one walk over the tree before anything is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import libcst as cst

from unasync_plus.resolve.questions import ALWAYS_FALSE, QUESTIONS
from unasync_plus.resolve.scopes import Binding, Names, Scope, absolute_module, known_as
from unasync_plus.tree import FIELDS, NO_NODES, all_parameters, dotted

NOTHING: Mapping[str, str] = MappingProxyType({})


class Binder:
    """Builds `Names` in one pass. ``passed_on`` maps names that the project only hands on to what they stand for;
    ``asking`` is `Project.asking`."""

    def __init__(
        self,
        module: str,
        is_package: bool,
        passed_on: Mapping[str, str] = NOTHING,
        asking: Mapping[str, str] = NOTHING,
    ) -> None:
        self._module, self._is_package, self._passed_on = module, is_package, passed_on
        self._asking = asking
        self._scope = Scope("module", cst.Pass())
        self._scopes: dict[int, Scope] = {}
        self._imports: dict[str, list[Binding]] = {}
        self._used: set[str] = set()
        self._bound: set[str] = set()
        self._members: dict[str, set[str]] = {}
        self._users: dict[str, set[Scope]] = defaultdict(set)
        self._awaits_values = False
        self._coroutine_functions: set[str] = set()
        self._kept: set[str] = set()
        """Names of what is called where its result is kept, and not awaited."""
        self._given: list[tuple[cst.BaseExpression, cst.Call]] = []
        """What is called with the result of a call, and that call."""
        self._may_ask: list[tuple[str, Scope]] = []
        """Names to which what may be a question (see `questions`) is assigned, and where."""

    def bind(self, tree: cst.Module) -> Names:
        """Walk ``tree`` and return what its names mean."""
        self._scope = top = Scope("module", tree)
        self._scopes[id(tree)] = top
        for statement in tree.body:
            self._visit(statement)
        names = Names(
            top,
            self._scopes,
            self._imports,
            self._used,
            self._bound,
            self._members,
            self._users,
            self._coroutine_functions,
            self._awaits_values or self._hands_coroutines_on(),
            self._module,
            self._passed_on,
            asking=self._asking,
        )
        for name, scope in self._may_ask:
            self._alias(name, scope, names)
        return names

    def _alias(self, name: str, scope: Scope, names: Names) -> None:
        """Have ``name`` stand for what is assigned to it, if that is a question wherever it is bound."""
        _, bindings = scope.lookup(name) or (scope, [])
        meant = {one: one.qualified or names.resolve(one.value, one.scope or scope) for one in bindings}
        if all(qualified in ALWAYS_FALSE for qualified in meant.values()):
            names.aliases.add(name)
            for binding, qualified in meant.items():
                binding.qualified = qualified or ""

    def _visit(self, node: cst.CSTNode) -> None:
        handler = _HANDLERS.get(node.__class__)
        if handler is not None:
            handler(self, node)
            return
        self._children(node)

    def _children(self, node: cst.CSTNode) -> None:
        for name in FIELDS[node.__class__]:
            value = getattr(node, name)
            if value.__class__ is tuple or value.__class__ is list:
                for item in value:
                    self._visit(item)
            elif value.__class__ not in NO_NODES:
                self._visit(value)

    def _add(self, name: str, binding: Binding) -> None:
        scope = binding.scope = self._scope
        if binding.kind == "assign" and scope.kind == "comprehension":  # a walrus binds outside
            scope = scope.function() or scope.module()
        outer = scope.outer.get(name)
        if outer == "global":
            scope = scope.module()
        elif outer == "nonlocal" and scope.parent is not None:
            found = scope.parent.lookup(name)
            scope = found[0] if found else scope
        scope.bindings.setdefault(name, []).append(binding)
        self._bound.add(name)

    def _target(self, node: cst.CSTNode, binding: Binding) -> None:
        if type(node) is cst.Name:
            self._add(node.value, binding)
        elif type(node) is cst.Attribute:
            self._attribute(node, binding)
        elif isinstance(node, (cst.Tuple, cst.List)):
            for element in node.elements:
                self._target(element.value, Binding("unpack", node, binding.value))
        elif isinstance(node, cst.StarredElement):
            self._target(node.value, Binding("unpack", node, binding.value))

    def _attribute(self, node: cst.Attribute, binding: Binding) -> None:
        if not isinstance(node.value, cst.Name):
            return
        function = self._scope.enclosing("function")
        while function is not None:
            owner = function.parent
            if owner is not None and owner.kind == "class":
                params = function.node.params if isinstance(function.node, cst.FunctionDef) else None
                first = next(iter((*params.posonly_params, *params.params)), None) if params else None
                if first is not None and first.name.value == node.value.value:
                    binding.scope = self._scope
                    owner.attributes.setdefault(node.attr.value, []).append(binding)
                return
            function = owner.enclosing("function") if owner else None

    def _within(self, kind: str, node: cst.CSTNode) -> Scope:
        scope = Scope(kind, node, self._scope)
        self._scopes[id(node)] = scope
        self._scope = scope
        return scope

    def _name(self, node: cst.Name) -> None:
        self._used.add(node.value)
        self._users[node.value].add(self._scope)

    def _attribute_load(self, node: cst.Attribute) -> None:
        names = [node.attr.value]
        self._users[names[0]].add(self._scope)
        root: Any = node.value
        while root.__class__ is cst.Attribute:
            names.append(root.attr.value)
            root = root.value
        self._members.setdefault(root.value if root.__class__ is cst.Name else "", set()).update(names)
        self._visit(root)

    def _function(self, node: cst.FunctionDef) -> None:
        self._add(node.name.value, Binding("def", node))
        for decorator in node.decorators:
            self._visit(decorator)
        outer = self._scope
        self._within("function", node)
        if node.type_parameters:
            self._visit(node.type_parameters)
        self._scope, inner = outer, self._scope
        self._parameters(node.params, inner)
        if node.returns:
            self._visit(node.returns)
        self._scope = inner
        self._visit(node.body)
        if node.asynchronous is not None and not inner.yields:
            self._coroutine_functions.add(node.name.value)
        self._scope = outer

    def _parameters(self, params: cst.Parameters, inner: Scope) -> None:
        """Defaults and annotations belong to the scope around, names to the one inside."""
        for param in all_parameters(params):
            if param.default is not None:
                self._visit(param.default)
            annotation = param.annotation.annotation if param.annotation else None
            if annotation is not None:
                self._visit(annotation)
            binding = Binding("param", param, None, annotation, scope=self._scope)
            inner.bindings.setdefault(param.name.value, []).append(binding)
            self._bound.add(param.name.value)

    def _lambda(self, node: cst.Lambda) -> None:
        outer = self._scope
        inner = Scope("lambda", node, outer)
        self._scopes[id(node)] = inner
        self._parameters(node.params, inner)
        self._scope = inner
        self._keep(node.body)
        self._visit(node.body)
        self._scope = outer

    def _class(self, node: cst.ClassDef) -> None:
        self._add(node.name.value, Binding("class", node))
        for decorator in node.decorators:
            self._visit(decorator)
        for arg in (*node.bases, *node.keywords):
            self._visit(arg)
        outer = self._scope
        self._within("class", node)
        if node.type_parameters:
            self._visit(node.type_parameters)
        self._visit(node.body)
        self._scope = outer

    def _comprehension(self, node: cst.CSTNode) -> None:
        outer = self._scope
        self._within("comprehension", node)
        self._children(node)
        self._scope = outer

    def _comp_for(self, node: cst.CompFor) -> None:
        self._target(node.target, Binding("for", node, node.iter))
        self._children(node)

    def _assign(self, node: cst.Assign) -> None:
        value: Any = node.value
        last = value.attr if value.__class__ is cst.Attribute else value
        for target in node.targets:
            self._target(target.target, Binding("assign", node, value))
            if last.__class__ is cst.Name and last.value in QUESTIONS and target.target.__class__ is cst.Name:
                self._may_ask.append((target.target.value, self._scope))
        self._keep(value)
        self._children(node)

    def _keep(self, value: Any) -> None:
        if value.__class__ is cst.Call and (name := _own_name(value.func)):
            self._kept.add(name)

    def _hands_coroutines_on(self) -> bool:
        """Whether what a coroutine function of the module gives is kept, or given to a function of the module."""
        if not self._coroutine_functions:
            return False
        own = (call for func, call in self._given if _own_name(func) in self._bound or _puts_in(func))
        self._kept.update(_own_name(call.func) for call in own)
        return not self._kept.isdisjoint(self._coroutine_functions)

    def _ann_assign(self, node: cst.AnnAssign) -> None:
        self._target(node.target, Binding("assign", node, node.value, node.annotation.annotation))
        self._keep(node.value)
        self._children(node)

    def _aug_assign(self, node: cst.AugAssign) -> None:
        self._target(node.target, Binding("assign", node))
        self._children(node)

    def _named(self, node: cst.NamedExpr) -> None:
        self._target(node.target, Binding("assign", node, node.value))
        self._keep(node.value)
        self._children(node)

    def _for(self, node: cst.For) -> None:
        self._target(node.target, Binding("for", node, node.iter))
        self._children(node)

    def _with_item(self, node: cst.WithItem) -> None:
        self._visit(node.item)
        if node.asname is not None:
            self._target(node.asname.name, Binding("with", node, node.item))
            self._visit(node.asname.name)

    def _except(self, node: Any) -> None:
        if node.type is not None:
            self._visit(node.type)
        if node.name is not None:
            self._target(node.name.name, Binding("except", node, node.type))
        self._visit(node.body)

    def _match_as(self, node: Any) -> None:
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, cst.Name):
            self._add(name.value, Binding("match", node))
        self._children(node)

    def _type_alias(self, node: cst.TypeAlias) -> None:
        self._add(node.name.value, Binding("type", node, node.value))
        self._children(node)

    def _type_parameter(self, node: Any) -> None:
        self._add(node.name.value, Binding("type", node))
        self._children(node)

    def _outer(self, node: cst.Global | cst.Nonlocal) -> None:
        kind = "global" if isinstance(node, cst.Global) else "nonlocal"
        for item in node.names:
            self._scope.outer[item.name.value] = kind

    def _await(self, node: cst.Await) -> None:
        self._awaits_values = self._awaits_values or node.expression.__class__ is not cst.Call
        self._visit(node.expression)

    def _yield(self, node: cst.Yield) -> None:
        function = self._scope.function()
        if function is not None:
            function.yields = True
        self._children(node)

    def _arg(self, node: cst.Arg) -> None:
        self._visit(node.value)

    def _call(self, node: cst.Call) -> None:
        self._visit(node.func)
        for arg in node.args:
            value = arg.value
            if value.__class__ is cst.Call:
                self._given.append((node.func, value))
            self._visit(value)

    def _element(self, node: cst.Element) -> None:
        self._keep(node.value)
        self._visit(node.value)

    def _entry(self, node: cst.DictElement) -> None:
        self._visit(node.key)
        self._keep(node.value)
        self._visit(node.value)

    def _import(self, node: cst.Import) -> None:
        for alias in node.names:
            path = dotted(alias.name) or ""
            if alias.asname is not None:
                local, qualified = dotted(alias.asname.name) or "", path
            else:
                local = qualified = path.partition(".")[0]
            self._imported(local, Binding("import", alias, None, None, qualified))

    def _import_from(self, node: cst.ImportFrom) -> None:
        module = self.imported_module(node)
        if isinstance(node.names, cst.ImportStar):
            return
        for alias in node.names:
            name = dotted(alias.name) or ""
            local = (dotted(alias.asname.name) or "") if alias.asname is not None else name
            written = f"{module}.{name}"
            qualified = self._passed_on.get(written, written)
            handed_by = written if qualified != written else ""
            qualified = known_as(qualified)
            self._imported(local, Binding("import", alias, None, None, qualified, True, handed_by))

    def imported_module(self, node: cst.ImportFrom) -> str:
        """The absolute name of the module that ``node`` imports from."""
        return absolute_module(self._module, self._is_package, len(node.relative), dotted(node.module) or "")

    def _imported(self, local: str, binding: Binding) -> None:
        self._add(local, binding)
        self._imports.setdefault(local, []).append(binding)


def _own_name(func: Any) -> str:
    """The name of a function, or of a method of ``self``; empty for anything else."""
    if func.__class__ is cst.Name:
        return str(func.value)
    if func.__class__ is cst.Attribute and func.value.__class__ is cst.Name and func.value.value == "self":
        return str(func.attr.value)
    return ""


_PUTTING = frozenset("append add appendleft insert setdefault extend update".split())


def _puts_in(func: Any) -> bool:
    """Whether it is a method of containers that puts something in."""
    return func.__class__ is cst.Attribute and func.attr.value in _PUTTING


def _ignore(_binder: Binder, _node: Any) -> None:
    return None


_HANDLERS: dict[type[Any], Callable[[Binder, Any], None]] = {
    cst.Name: Binder._name,
    cst.Attribute: Binder._attribute_load,
    cst.FunctionDef: Binder._function,
    cst.Lambda: Binder._lambda,
    cst.ClassDef: Binder._class,
    cst.ListComp: Binder._comprehension,
    cst.SetComp: Binder._comprehension,
    cst.DictComp: Binder._comprehension,
    cst.GeneratorExp: Binder._comprehension,
    cst.CompFor: Binder._comp_for,
    cst.Assign: Binder._assign,
    cst.AnnAssign: Binder._ann_assign,
    cst.AugAssign: Binder._aug_assign,
    cst.NamedExpr: Binder._named,
    cst.For: Binder._for,
    cst.WithItem: Binder._with_item,
    cst.ExceptHandler: Binder._except,
    cst.ExceptStarHandler: Binder._except,
    cst.MatchAs: Binder._match_as,
    cst.MatchStar: Binder._match_as,
    cst.MatchMapping: Binder._match_as,
    cst.TypeAlias: Binder._type_alias,
    cst.TypeVar: Binder._type_parameter,
    cst.TypeVarTuple: Binder._type_parameter,
    cst.ParamSpec: Binder._type_parameter,
    cst.Global: Binder._outer,
    cst.Nonlocal: Binder._outer,
    cst.Arg: Binder._arg,
    cst.Call: Binder._call,
    cst.Element: Binder._element,
    cst.DictElement: Binder._entry,
    cst.Await: Binder._await,
    cst.Yield: Binder._yield,
    cst.Import: Binder._import,
    cst.ImportFrom: Binder._import_from,
    cst.SimpleString: _ignore,
    cst.Integer: _ignore,
    cst.Pass: _ignore,
}

"""One walk over a module that notes where values go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from unasync_plus.resolve.scopes import Names, Scope
from unasync_plus.rewrite.values.annotations import annotated
from unasync_plus.rewrite.values.calls import Argument, Calls, Site
from unasync_plus.rewrite.values.functions import Class, Constructor, Function, calls_in, class_of, function_of
from unasync_plus.rewrite.values.order import awaits_first, follower
from unasync_plus.rewrite.values.slots import Slot, Slots
from unasync_plus.tree import FIELDS, children


class Flow:
    """The slots of a module's variables and attributes, filled by `module`."""

    def __init__(self, names: Names, slots: Slots, calls: Calls) -> None:
        self._names, self.slots, self.calls = names, slots, calls
        self._scope = names.module
        self._function: Function | None = None
        self._variables: dict[tuple[int, str], Slot] = {}
        self.functions: list[Function] = []
        self._classes: dict[int, Class] = {}
        self._class: Class | None = None
        self.expressions: dict[int, Slot] = {}
        """The slots of calls, awaited operands and receivers, by the ``id`` of their node."""
        self.annotated: dict[int, Slot] = {}
        """The slots of parameters and annotated variables, by the ``id`` of their Param or AnnAssign."""
        self.awaited_calls: list[tuple[cst.Call, Slot]] = []
        self.rebound: list[tuple[Slot, Slot]] = []
        """What is given to a variable that is not awaited next, and the variable's slot."""
        self._after: list[Any] = []
        self._awaited: cst.CSTNode | None = None

    def module(self, tree: cst.Module) -> None:
        """Note all that ``tree`` does."""
        self._block(tree.body)

    # places

    def variable(self, name: str, scope: Scope) -> Slot | None:
        """The slot of a variable as seen from ``scope``; None for what is imported or built in."""
        found = scope.lookup(name)
        if found is None or any(binding.kind == "import" for binding in found[1]):
            return None
        key = (id(found[0]), name)
        if key not in self._variables:
            self._variables[key] = self.slots.new()
        return self._variables[key]

    # statements

    def _block(self, statements: Sequence[Any], after: Any = None) -> None:
        for index, statement in enumerate(statements):
            following = statements[index + 1] if index + 1 < len(statements) else after
            self._after.append(following)
            self._visit(statement)
            self._after.pop()

    def _visit(self, node: cst.CSTNode) -> Slot | None:
        handler = _HANDLERS.get(node.__class__)
        if handler is not None:
            return handler(self, node)  # type: ignore[no-any-return]  # handlers are filed by class
        for child in children(node):
            self._visit(child)
        return None

    def _suite(self, node: cst.BaseSuite) -> None:
        self._block(node.body, self._after[-1] if self._after else None)

    def _compound(self, node: Any) -> None:
        """A statement whose blocks are not simply followed by what follows it."""
        self._apart(node, FIELDS[node.__class__])

    def _apart(self, node: Any, fields: Sequence[str]) -> None:
        self._after.append(None)
        for name in fields:
            value = getattr(node, name)
            for part in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(part, cst.CSTNode):
                    self._visit(part)
        self._after.pop()

    def _bind(self, target: cst.BaseExpression, slot: Slot | None, value: cst.CSTNode | None) -> None:
        """Note that ``target`` is given what ``slot`` holds; ``value`` is the expression, if it is all there is to it."""
        if isinstance(target, cst.Name):
            place = self.variable(target.value, self._scope)
            if place is not None and slot is not None:
                self.slots.flow(slot, place)
                if not (isinstance(value, cst.Call) and awaits_first(self._after[-1], target.value)):
                    self.rebound.append((slot, place))
        elif isinstance(target, cst.Attribute):
            self._visit(target.value)
            place = self.calls.field(target.attr.value)
            self.slots.flow(slot, place)
            place.late = True
        elif isinstance(target, cst.Subscript):
            owner = self._visit(target.value)
            key = self._visit(target.slice[0]) if len(target.slice) == 1 else None
            if owner is not None:
                self.slots.flow(slot, self.slots.element(owner))
                self.slots.flow(key, self.slots.element(owner), inside=False)
        elif isinstance(target, (cst.Tuple, cst.List)):
            self._unpack(target, slot, value)
        elif isinstance(target, cst.StarredElement):
            self._bind(target.value, slot, None)

    def _unpack(self, target: cst.Tuple | cst.List, slot: Slot | None, value: cst.CSTNode | None) -> None:
        paired = _is_parallel(target, value)
        values = value.elements if paired else ()  # type: ignore[union-attr]  # a tuple or list
        for index, element in enumerate(target.elements):
            if paired:
                part = self.expressions.get(id(values[index].value))
                self._bind(element.value, part, None)
            elif slot is not None:
                inner = self.slots.element(slot)
                self._bind(element if isinstance(element, cst.StarredElement) else element.value, inner, None)

    def _assign(self, node: cst.Assign) -> None:
        if len(node.targets) == 1 and _is_parallel(node.targets[0].target, node.value):
            for element in node.value.elements:  # type: ignore[attr-defined]  # a tuple or list
                self._visit(element.value)
            slot = None
        else:
            slot = self._visit(node.value)
        for target in node.targets:
            self._bind(target.target, slot, node.value)

    def _ann_assign(self, node: cst.AnnAssign) -> None:
        slot = self._visit(node.value) if node.value is not None else None
        known = annotated(node.annotation.annotation, self._names, self._scope, self.slots)
        self._bind(node.target, slot or self.slots.new(), node.value)
        place = self._place(node.target)
        if place is not None:
            self.annotated[id(node)] = place
            self.slots.flow(known, place)

    def _place(self, target: cst.BaseExpression) -> Slot | None:
        if isinstance(target, cst.Name):
            return self.variable(target.value, self._scope)
        return self.calls.field(target.attr.value) if isinstance(target, cst.Attribute) else None

    def _aug_assign(self, node: cst.AugAssign) -> None:
        place, slot = self._visit(node.target), self._visit(node.value)
        if place is not None and slot is not None:
            self.slots.merge(self.slots.element(slot), self.slots.element(place))

    def _for(self, node: Any) -> None:
        iterated = self._visit(node.iter)
        self._bind(node.target, self.slots.element(iterated) if iterated is not None else None, None)
        if isinstance(node, cst.For):
            self._apart(node, ("body", "orelse"))
            return
        for condition in node.ifs:
            self._visit(condition.test)
        if node.inner_for_in is not None:
            self._for(node.inner_for_in)

    def _with_item(self, node: cst.WithItem) -> None:
        slot = self._visit(node.item)
        if node.asname is None or slot is None:
            return
        entered = self.slots.new()
        self.slots.flow(slot, entered)
        self.slots.flow(self.slots.element(slot), entered)
        self._bind(node.asname.name, entered, None)

    def _return(self, node: cst.Return) -> None:
        if node.value is None:
            return
        slot = self._visit(node.value)
        function = self._function
        if slot is None or function is None:
            return
        if isinstance(node.value, cst.Call) and not function.is_async:
            self.calls.returned.append((function, slot))
        else:
            self.slots.flow(slot, function.returns)

    # definitions

    def _def(self, node: cst.FunctionDef) -> None:
        for decorator in node.decorators:
            self._visit(decorator.decorator)
        function = function_of(node, self._names, self._scope, self.slots)
        self._parameters(function, node.params)
        function.returns.escapes = not function.is_nested and not node.name.value.startswith("_")
        place = self.variable(node.name.value, self._scope)
        for slot in (place, self.calls.field(node.name.value) if function.is_method else None):
            if slot is not None and function.is_property:
                self.slots.flow(function.returns, slot)
                if function.is_async:
                    self.slots.add(slot, "coroutine")
            elif slot is not None:
                self.slots.add(slot, function)
        if self._class is not None and function.is_method:
            self._class.methods[node.name.value] = function
        if function.is_method and self._class is not None and function.positional and not function.is_static:
            itself = function.parameters[function.positional[0]]
            itself.items.discard("param")
            self.slots.add(itself, self._class)
        if node.returns is not None:
            result = annotated(node.returns.annotation, self._names, self._scope, self.slots)
            self.slots.flow(result, function.returns)
        self._inside(function, node.body)

    def _inside(self, function: Function, body: cst.CSTNode) -> Slot | None:
        outer, before, after, around = self._scope, self._function, self._after, self._class
        self._scope, self._function, self._after, self._class = function.scope, function, [None], None
        slot = self._visit(body)
        self._scope, self._function, self._after, self._class = outer, before, after, around
        return slot

    def _parameters(self, function: Function, params: cst.Parameters) -> None:
        self.functions.append(function)
        first = follower(function.node.body)
        for name, slot in function.parameters.items():
            self._variables[id(function.scope), name] = slot
            if not function.is_nested:
                self.slots.add(slot, "param")
            if isinstance(function.node, cst.Lambda) or not awaits_first(first, name):
                slot.late = True
        for name, binding in function.scope.bindings.items():
            for given in binding:
                if given.kind != "param" or name not in function.parameters:
                    continue
                slot = self.annotated[id(given.node)] = function.parameters[name]
                if given.annotation is not None:
                    known = annotated(given.annotation, self._names, self._scope, self.slots)
                    starred = name in (function.star, function.double_star)
                    self.slots.flow(known, self.slots.element(slot) if starred else slot)
                default = getattr(given.node, "default", None)
                if default is not None:
                    self.slots.flow(self._visit(default), slot)

    def _lambda(self, node: cst.Lambda) -> Slot:
        function = function_of(node, self._names, self._scope, self.slots)
        function.is_nested = True
        self._parameters(function, node.params)
        slot = self._inside(function, node.body)
        if slot is not None and isinstance(node.body, cst.Call):
            self.calls.returned.append((function, slot))
        else:
            self.slots.flow(slot, function.returns)
        return self.slots.new(function)

    def _class_def(self, node: cst.ClassDef) -> None:
        for part in (*node.decorators, *node.bases, *node.keywords):
            self._visit(part)
        made = self._classes[id(node)] = class_of(node, self._names, self._scope, self._classes)
        place = self.variable(node.name.value, self._scope)
        if place is not None:
            self.slots.add(place, Constructor(made))
        outer, around = self._scope, self._class
        self._scope, self._class = self._names.scopes[id(node)], made
        self._visit(node.body)
        self._scope, self._class = outer, around

    # expressions

    def _name(self, node: cst.Name) -> Slot | None:
        return self._noted(node, self.variable(node.value, self._scope))

    def _attribute(self, node: cst.Attribute) -> Slot | None:
        if self._names.resolve(node, self._scope) is not None:
            return None
        owner = self._visit(node.value)
        slot = self.calls.field(node.attr.value)
        if owner is not None:
            self.calls.accesses.append((owner, node.attr.value, slot))
        return self._noted(node, slot)

    def _noted(self, node: cst.CSTNode, slot: Slot | None) -> Slot | None:
        if slot is not None:
            self.expressions[id(node)] = slot
        return slot

    def _subscript(self, node: cst.Subscript) -> Slot | None:
        owner = self._visit(node.value)
        for part in node.slice:
            self._visit(part)
        if owner is None:
            return None
        is_slice = isinstance(node.slice[0].slice, cst.Slice)
        return self._noted(node, owner if is_slice else self.slots.element(owner))

    def _call(self, node: cst.Call) -> Slot:
        awaited, self._awaited = self._awaited is node, None
        qualified = self._names.resolve(node.func, self._scope)
        callee = self._visit(node.func)
        is_method = isinstance(node.func, cst.Attribute) and qualified is None
        receiver = self.expressions.get(id(node.func.value)) if is_method else None  # type: ignore[attr-defined]  # an Attribute
        arguments: list[Argument] = []
        for arg in node.args:
            slot = self._visit(arg.value)
            if calls_in(arg.value):
                for earlier in arguments:
                    earlier.later_effects = True
            keyword = arg.keyword.value if arg.keyword is not None else ""
            arguments.append(Argument(slot or self.slots.new(), arg.star, keyword))
        if receiver is not None and node.func.attr.value == "__await__":  # type: ignore[attr-defined]  # likewise
            receiver.awaited = receiver.awaited or not isinstance(node.func.value, cst.Call)  # type: ignore[attr-defined]  # likewise
        method = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
        out = self.slots.new()
        site = Site(node, self._scope, qualified, callee, receiver, method, arguments, out, awaited)
        self.calls.sites.append(site)
        self.expressions[id(node)] = out
        return out

    def _await(self, node: cst.Await) -> Slot | None:
        self._awaited = node.expression
        slot = self._visit(node.expression)
        self._awaited = None
        if slot is None:
            return None
        self.expressions[id(node.expression)] = slot
        if isinstance(node.expression, cst.Call):
            self.awaited_calls.append((node.expression, slot))
        else:
            slot.awaited = True
            slot.late = slot.late or not isinstance(node.expression, cst.Name)
        return self.slots.result(slot)

    def _either(self, node: Any) -> Slot:
        slot = self.slots.new()
        fields = ("body", "orelse") if isinstance(node, cst.IfExp) else ("left", "right")
        if isinstance(node, cst.IfExp):
            self._visit(node.test)
        for name in fields:
            self.slots.flow(self._visit(getattr(node, name)), slot)
        self.expressions[id(node)] = slot
        return slot

    def _named(self, node: cst.NamedExpr) -> Slot | None:
        slot = self._visit(node.value)
        self._bind(node.target, slot, None)
        return self._noted(node, self._place(node.target) or slot)

    def _display(self, node: Any) -> Slot:
        slot = self.slots.new("container")
        for element in node.elements:
            value = self._visit(element.value)
            if isinstance(element, (cst.StarredElement, cst.StarredDictElement)):
                value = self.slots.element(value) if value is not None else None
            elif isinstance(element, cst.DictElement):
                self.slots.flow(self._visit(element.key), self.slots.element(slot), inside=False)
            self.slots.flow(value, self.slots.element(slot))
        self.expressions[id(node)] = slot
        return slot

    def _comprehension(self, node: Any) -> Slot:
        outer, self._scope = self._scope, self._names.scopes.get(id(node), self._scope)
        self._after.append(None)
        self._for(node.for_in)
        slot = self.slots.new("container")
        for name in FIELDS[node.__class__]:
            if name != "for_in":
                self.slots.flow(self._visit(getattr(node, name)), self.slots.element(slot), inside=name != "key")
        self._after.pop()
        self._scope = outer
        self.expressions[id(node)] = slot
        return slot

    def _yield(self, node: cst.Yield) -> Slot | None:
        if node.value is None or self._function is None:
            return None
        value: Any = node.value
        slot = self._visit(value.item if isinstance(value, cst.From) else value)
        if isinstance(value, cst.From):
            slot = self.slots.element(slot) if slot is not None else None
        self.slots.flow(slot, self._function.yields)
        return None


def _is_parallel(target: cst.CSTNode, value: cst.CSTNode | None) -> bool:
    """Whether ``target = value`` is ``a, b = x, y``."""
    if not isinstance(target, (cst.Tuple, cst.List)) or not isinstance(value, (cst.Tuple, cst.List)):
        return False
    elements = (*value.elements, *target.elements)
    return len(value.elements) == len(target.elements) and not any(
        isinstance(element, cst.StarredElement) for element in elements
    )


_HANDLERS: dict[type[Any], Callable[[Flow, Any], Any]] = {
    cst.IndentedBlock: Flow._suite,
    cst.SimpleStatementSuite: Flow._suite,
    cst.Assign: Flow._assign,
    cst.AnnAssign: Flow._ann_assign,
    cst.AugAssign: Flow._aug_assign,
    cst.For: Flow._for,
    cst.While: Flow._compound,
    cst.Try: Flow._compound,
    cst.TryStar: Flow._compound,
    cst.With: Flow._compound,
    cst.Match: Flow._compound,
    cst.WithItem: Flow._with_item,
    cst.Return: Flow._return,
    cst.FunctionDef: Flow._def,
    cst.Lambda: Flow._lambda,
    cst.ClassDef: Flow._class_def,
    cst.Name: Flow._name,
    cst.Attribute: Flow._attribute,
    cst.Subscript: Flow._subscript,
    cst.Call: Flow._call,
    cst.Await: Flow._await,
    cst.IfExp: Flow._either,
    cst.BooleanOperation: Flow._either,
    cst.NamedExpr: Flow._named,
    cst.List: Flow._display,
    cst.Tuple: Flow._display,
    cst.Set: Flow._display,
    cst.Dict: Flow._display,
    cst.ListComp: Flow._comprehension,
    cst.SetComp: Flow._comprehension,
    cst.DictComp: Flow._comprehension,
    cst.GeneratorExp: Flow._comprehension,
    cst.Yield: Flow._yield,
    cst.Arg: lambda flow, node: flow._visit(node.value),
    cst.Annotation: lambda flow, node: None,
    cst.Import: lambda flow, node: None,
    cst.ImportFrom: lambda flow, node: None,
}

"""One walk over a module that notes where values go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from unasync_plus.resolve.scopes import Names, Scope
from unasync_plus.rewrite.values import flow_bindings as bindings
from unasync_plus.rewrite.values import flow_definitions as definitions
from unasync_plus.rewrite.values import flow_expressions as expressions
from unasync_plus.rewrite.values import flow_guards as guards
from unasync_plus.rewrite.values import flow_patterns as patterns
from unasync_plus.rewrite.values.annotations import annotated, is_awaitable, is_never_awaited
from unasync_plus.rewrite.values.asked_late import Followed
from unasync_plus.rewrite.values.calls import Calls
from unasync_plus.rewrite.values.functions import Class, Function
from unasync_plus.rewrite.values.properties import has_operators
from unasync_plus.rewrite.values.slots import Slot, Slots
from unasync_plus.tree import FIELDS, children


class Flow:
    """The slots of a module's variables and attributes, filled by `module`."""

    def __init__(self, names: Names, slots: Slots, calls: Calls, ruled_out: frozenset[int]) -> None:
        self.names, self.slots, self.calls, self._ruled_out = names, slots, calls, ruled_out
        self.scope = names.module
        self.function: Function | None = None
        self.variables: dict[tuple[int, str], Slot] = {}
        self.functions: list[Function] = []
        self.classes: dict[int, Class] = {}
        self.class_: Class | None = None
        self.expressions: dict[int, Slot] = {}
        """The slots of calls, awaited operands and receivers, by the ``id`` of their node."""
        self.annotated: dict[int, Slot] = {}
        """The slots of parameters, annotated variables and casts, by the ``id`` of their Param, AnnAssign or Call."""
        self.casts: dict[int, cst.BaseExpression] = {}
        """The ``id`` of each ``cast(type, value)`` → the value."""
        self.awaited_calls: list[tuple[cst.Call, Slot]] = []
        self.awaited_values: list[tuple[cst.BaseExpression, Slot]] = []
        """What is awaited and is no call."""
        self.may_be_awaitable: set[Slot] = set()
        """Attributes whose annotation allows what is awaitable."""
        self.held: list[tuple[Slot, Slot]] = []
        """What is given to a variable that is not awaited next, and the variable's slot."""
        self.rebound: list[tuple[Slot, Slot]] = []
        """The same, and where that is no call, but was there before."""
        self.kept: list[tuple[Slot, Slot]] = []
        """Those of `rebound` where it is not handed on next to what may await it, either."""
        self.followed: list[Followed] = []
        """What variables and parameters are given that is not awaited next, see `values.asked_late`."""
        self.unmet: set[Slot] = set()
        """Variables that are asked about, and awaited only when something else has happened."""
        self.operations: list[tuple[Slot, str, Slot]] = []
        """Operands of operators, the special methods for these, and what comes back, see `values.properties`."""
        self.awaitable: set[Slot] = set()
        """What is annotated as awaitable."""
        self.replaced: set[Slot] = set()
        """Variables that hold the result behind `x = await x`."""
        self.used: set[Slot] = set()
        """What is compared, added or formatted, as no coroutine can be."""
        self.tested: set[Slot] = set()
        """What is asked whether it is ``None``, or true, with a branch for what is not."""
        self.settled: dict[tuple[int, str], Slot] = {}
        """Those of variables that hold no coroutine in the branch at hand, see `values.flow_guards`."""
        self.said: list[tuple[Slot, cst.CSTNode]] = []
        """What annotations say of classes of this module, which may stand further down."""
        self.after: list[Any] = []
        self.loops: list[tuple[str, Slot]] = []
        """The variables of the loops around, and what each loop goes through."""
        self.awaited: cst.CSTNode | None = None

    def module(self, tree: cst.Module) -> None:
        """Note all that ``tree`` does."""
        self.block(tree.body)
        for slot, node in self.said:
            made = self.classes.get(id(node))
            if made is not None and (made.awaitable or made.qualified in self.slots.given or has_operators(made)):
                self.slots.add(slot, made)

    # places

    def variable(self, name: str, scope: Scope) -> Slot | None:
        """The slot of a variable as seen from ``scope``; None for what is imported or built in."""
        found = scope.lookup(name)
        if found is None or any(binding.kind == "import" for binding in found[1]):
            return None
        key = (id(found[0]), name)
        if key not in self.variables:
            self.variables[key] = self.slots.new()
        return self.variables[key]

    def read(self, name: str) -> Slot | None:
        """The slot of a variable that is read here."""
        if self.settled:
            found = self.scope.lookup(name)
            if found is not None and (id(found[0]), name) in self.settled:
                return self.settled[id(found[0]), name]
        return self.variable(name, self.scope)

    def annotation(self, node: cst.BaseExpression) -> Slot | None:
        """What an annotation says about a value, as far as it matters."""
        return annotated(node, self.names, self.scope, self.slots, self._class_here)

    def is_awaitable(self, node: cst.BaseExpression) -> bool:
        """Whether an annotation allows nothing but what is awaitable."""
        return is_awaitable(node, self.names, self.scope)

    def is_never_awaited(self, node: cst.BaseExpression) -> bool:
        """Whether an annotation rules out whatever is awaitable."""
        return is_never_awaited(node, self.names, self.scope)

    def _class_here(self, node: cst.BaseExpression) -> Slot | None:
        found = self.scope.lookup(node.value) if isinstance(node, cst.Name) else None
        classes = [binding.node for binding in found[1] if binding.kind == "class"] if found is not None else []
        slot = self.slots.new() if classes else None
        self.said += [(slot, one) for one in classes if slot is not None]
        return slot

    # statements

    def block(self, statements: Sequence[Any], after: Any = None) -> None:
        for index, statement in enumerate(statements):
            following = statements[index + 1] if index + 1 < len(statements) else after
            self.after.append(following)
            self.visit(statement)
            self.after.pop()

    def visit(self, node: cst.CSTNode) -> Slot | None:
        if self._ruled_out and id(node) in self._ruled_out:
            return None
        handler = _HANDLERS.get(node.__class__)
        if handler is not None:
            return handler(self, node)  # type: ignore[no-any-return]  # handlers are filed by class
        for child in children(node):
            self.visit(child)
        return None

    def suite(self, node: cst.BaseSuite) -> None:
        self.block(node.body, self.after[-1] if self.after else None)

    def compound(self, node: Any) -> None:
        """A statement whose blocks are not simply followed by what follows it."""
        self.apart(node, FIELDS[node.__class__])

    def apart(self, node: Any, fields: Sequence[str]) -> None:
        self.after.append(None)
        for name in fields:
            value = getattr(node, name)
            for part in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(part, cst.CSTNode):
                    self.visit(part)
        self.after.pop()

    def of_a_loop(self, name: str) -> Slot | None:
        """What the innermost loop around goes through whose variable is ``name``."""
        return next((element for known, element in reversed(self.loops) if known == name), None)

    def without_casts(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """``node``, or what is cast there."""
        while id(node) in self.casts:
            node = self.casts[id(node)]
        return node

    def noted(self, node: cst.CSTNode, slot: Slot | None) -> Slot | None:
        if slot is not None:
            self.expressions[id(node)] = slot
        return slot


_HANDLERS: dict[type[Any], Callable[[Flow, Any], Any]] = {
    cst.IndentedBlock: Flow.suite,
    cst.SimpleStatementSuite: Flow.suite,
    cst.Assign: bindings.assign,
    cst.AnnAssign: bindings.annotated_assign,
    cst.AugAssign: bindings.augmented_assign,
    cst.For: bindings.for_,
    cst.While: Flow.compound,
    cst.Try: Flow.compound,
    cst.TryStar: Flow.compound,
    cst.With: Flow.compound,
    cst.Match: patterns.match,
    cst.WithItem: bindings.with_item,
    cst.Return: definitions.return_,
    cst.FunctionDef: definitions.function,
    cst.Lambda: definitions.lambda_,
    cst.ClassDef: definitions.class_,
    cst.Name: expressions.name,
    cst.Attribute: expressions.attribute,
    cst.Subscript: expressions.subscript,
    cst.Call: expressions.call,
    cst.Await: expressions.await_,
    cst.If: guards.if_,
    cst.Assert: guards.assert_,
    cst.IfExp: guards.either,
    cst.BooleanOperation: guards.either,
    cst.BinaryOperation: expressions.operation,
    cst.Comparison: expressions.comparison,
    cst.FormattedStringExpression: expressions.formatted,
    cst.NamedExpr: bindings.walrus,
    cst.List: expressions.display,
    cst.Tuple: expressions.display,
    cst.Set: expressions.display,
    cst.Dict: expressions.dictionary,
    cst.ListComp: expressions.comprehension,
    cst.SetComp: expressions.comprehension,
    cst.DictComp: expressions.comprehension,
    cst.GeneratorExp: expressions.comprehension,
    cst.Yield: definitions.yield_,
    cst.Arg: lambda flow, node: flow.visit(node.value),
    cst.Annotation: lambda flow, node: None,
    cst.Import: lambda flow, node: None,
    cst.ImportFrom: lambda flow, node: None,
}

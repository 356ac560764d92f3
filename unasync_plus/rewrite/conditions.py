"""Conditions whose value is known when the sync code is generated: the branch that cannot be taken is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.blocks import statements
from unasync_plus.rewrite.make import REMOVE, body_of, in_place_of, is_pass, with_parentheses_of
from unasync_plus.rewrite.patterns import Pattern
from unasync_plus.tree import dotted, replaced

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

ALWAYS_FALSE = frozenset(
    f"{module}.{name}"
    for module, names in {
        "inspect": "isawaitable iscoroutine iscoroutinefunction isasyncgen isasyncgenfunction",
        "asyncio": "iscoroutine iscoroutinefunction isfuture",
        "asyncio.coroutines": "iscoroutine iscoroutinefunction",
        "asgiref.sync": "iscoroutinefunction",
    }.items()
    for name in names.split()
)
"""Functions that ask whether something is asynchronous: in sync code nothing is."""

_AWAITABLE_TYPES = frozenset(
    f"{module}.{name}"
    for module in ("typing", "collections.abc", "typing_extensions")
    for name in ("Awaitable", "Coroutine", "AsyncGenerator")
) | {"types.CoroutineType", "types.AsyncGeneratorType"}


class Conditions:
    """Evaluates tests as far as the configuration's `define` and what is known of async guards allow."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._names = {key: value for key, value in engine.settings.define.items() if "(" not in key}
        self._patterns = [(key, Pattern(key), value) for key, value in engine.settings.define.items() if "(" in key]
        roots = engine.names.imports
        self._idle = not engine.settings.define and not any(
            name in roots for name in ("inspect", "asyncio", *(n.rpartition(".")[2] for n in ALWAYS_FALSE))
        )
        self._idle = self._idle and not any(
            binding.qualified.partition(".")[0] in ("inspect", "asyncio", "asgiref", "typing", "collections", "types")
            for bindings in roots.values()
            for binding in bindings
        )

    def value(self, test: cst.BaseExpression) -> bool | None:
        """The truth value that ``test`` has in sync code; None if it is known at run time only."""
        if self._idle:
            return None
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            value = self.value(test.expression)
            return None if value is None else not value
        if isinstance(test, cst.BooleanOperation):
            left, right = self.value(test.left), self.value(test.right)
            short = isinstance(test.operator, cst.Or)
            if left is short or (right is short and is_pure(test.left)):
                return short
            return right if left is (not short) else None
        return self.atom(test)

    def atom(self, test: cst.BaseExpression) -> bool | None:
        """The value of a test that is no boolean operation."""
        engine = self._engine
        if isinstance(test, (cst.Name, cst.Attribute)):
            spelled, qualified = dotted(test), engine.resolve(test)
            for name in (qualified, spelled, (spelled or "").rpartition(".")[2]):
                if name is not None and name in self._names:
                    engine.fired.add(f"define:{name}")
                    return bool(self._names[name])
            return None
        if not isinstance(test, cst.Call):
            return None
        for key, pattern, value in self._patterns:
            if pattern.match(test, engine) is not None:
                engine.fired.add(f"define:{key}")
                return bool(value)
        qualified = engine.resolve(test.func)
        if qualified is None or not all(is_pure(arg.value) for arg in test.args):
            return None
        if qualified in ALWAYS_FALSE and not engine.is_left(qualified):
            return None if self._stays_awaitable(test.args) else False
        if qualified == "builtins.isinstance" and len(test.args) == 2:
            classes = test.args[1].value
            members = [part.value for part in classes.elements] if isinstance(classes, cst.Tuple) else [classes]
            kinds = {engine.resolve(member) or "" for member in members}
            if kinds and kinds <= _AWAITABLE_TYPES and not any(map(engine.is_left, kinds)):
                return None if self._stays_awaitable(test.args) else False
        return None

    def _stays_awaitable(self, args: Sequence[cst.Arg]) -> bool:
        """Whether what is asked about may be a task, or an object whose class had ``__await__``."""
        engine = self._engine
        return engine.deals_in_awaitables and bool(args) and engine.values.may_be_awaitable(args[0].value) != ""

    def _bound_guard(self, test: cst.BaseExpression) -> tuple[Any, bool] | None:
        """For ``isawaitable(x := f())``: the statement ``x = f()``, and the value of the test."""
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            found = self._bound_guard(test.expression)
            return None if found is None else (found[0], not found[1])
        if not isinstance(test, cst.Call) or len(test.args) != 1 or not isinstance(test.args[0].value, cst.NamedExpr):
            return None
        qualified = self._engine.resolve(test.func)
        if qualified not in ALWAYS_FALSE or self._engine.is_left(qualified) or self._stays_awaitable(test.args):
            return None
        bound = test.args[0].value
        statement = cst.Assign([cst.AssignTarget(bound.target)], bound.value)  # type: ignore[arg-type]  # a walrus has a name as target
        return cst.SimpleStatementLine([statement]), False

    def simplified(self, test: cst.BaseExpression) -> cst.BaseExpression:
        """``test`` without the operands of ``and`` and ``or`` whose value is known and does not matter."""
        if self._idle or not isinstance(test, cst.BooleanOperation):
            return test
        neutral = isinstance(test.operator, cst.And)
        left, right = self.simplified(test.left), self.simplified(test.right)
        if self.value(test.left) is neutral:
            return with_parentheses_of(right, test)
        if self.value(test.right) is neutral:
            return with_parentheses_of(left, test)
        if left is test.left and right is test.right:
            return test
        return replaced(test, left=left, right=right)

    # what the engine does with them

    def branch(self, node: cst.If) -> Any:
        """An ``if`` statement: whole, or the statements of the branch that is left."""
        directives = self._engine.directives
        directive = directives.of_branch(node) if directives is not None else None
        if directives is not None and directive is not None:  # an `elif`: its comment is found here only
            return directives.branch(node, directive)
        value = self.value(node.test)
        bound = self._bound_guard(node.test) if value is None and not self._idle and not self._is_elif(node) else None
        if bound is not None:
            return self._bound_branch(node, *bound)
        if value is None:
            test = self.simplified(node.test)
            return self._engine.generic(node if test is node.test else replaced(node, test=test))
        return self.taken(node, value)

    def _is_elif(self, node: cst.If) -> bool:
        parents = self._engine.parents
        return len(parents) > 1 and getattr(parents[-2], "orelse", None) is node

    def _bound_branch(self, node: cst.If, statement: Any, value: bool) -> Any:
        """The binding that the test of ``node`` made, then what is left of the statement."""
        first = self._engine.visit(replaced(statement, leading_lines=node.leading_lines))
        rest = self.taken(replaced(node, leading_lines=()), value)
        return cst.FlattenSentinel(
            [first, *(rest if isinstance(rest, cst.FlattenSentinel) else [] if rest is REMOVE else [rest])]
        )

    def taken(self, node: cst.If, value: bool) -> Any:
        """The statements of the body of ``node`` if ``value``, else those of its ``else``."""
        engine = self._engine
        is_elif = self._is_elif(node)
        block = node.body if value else node.orelse
        if is_elif:
            if value:
                return cst.Else(engine.visit(node.body), leading_lines=node.leading_lines)
            return REMOVE if block is None else engine.visit(block)
        if block is None:
            return REMOVE
        if isinstance(block, cst.If):
            return engine.visit(replaced(block, leading_lines=node.leading_lines))
        return self._inlined(block.body if isinstance(block, cst.Else) else block, node)

    def _inlined(self, suite: cst.BaseSuite, node: cst.If | cst.While) -> Any:
        """The statements of ``suite``, one of the blocks of ``node``, in its place."""
        body = list(statements(self._engine, body_of(suite)))
        if all(is_pass(statement) for statement in body):
            return REMOVE
        if body and hasattr(body[0], "leading_lines"):
            own = [line for line in body[0].leading_lines if line.comment is not None]
            body[0] = replaced(body[0], leading_lines=(*node.leading_lines, *own))
        return cst.FlattenSentinel(body)

    def expression(self, node: cst.IfExp) -> Any:
        """A conditional expression: whole, or the operand that is left."""
        value = self.value(node.test)
        if value is None:
            return self._engine.generic(node)
        chosen = self._engine.visit(node.body if value else node.orelse)
        if chosen is REMOVE:
            return REMOVE
        if node.lpar:
            self._engine.unglue()
        return in_place_of(node, chosen, self._engine.parent)

    def loop(self, node: cst.While) -> Any:
        """A ``while`` loop: whole, or the statements of its ``else`` if it never runs."""
        value = self.value(node.test)
        if value is None:
            test = self.simplified(node.test)
            return self._engine.generic(node if test is node.test else replaced(node, test=test))
        if value:
            space = node.whitespace_after_while if node.whitespace_after_while.value else cst.SimpleWhitespace(" ")
            return self._engine.generic(replaced(node, test=cst.Name("True"), whitespace_after_while=space))
        return REMOVE if node.orelse is None else self._inlined(node.orelse.body, node)


def is_pure(node: cst.BaseExpression) -> bool:
    """Whether evaluating ``node`` can have no effect worth keeping."""
    if isinstance(node, cst.Attribute):
        return is_pure(node.value)
    if isinstance(node, cst.Subscript):
        return is_pure(node.value)
    if isinstance(node, cst.Tuple):
        return all(is_pure(element.value) for element in node.elements)
    return isinstance(node, (cst.Name, cst.SimpleString, cst.Integer))

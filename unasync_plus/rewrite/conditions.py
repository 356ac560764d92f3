"""Conditions whose value is known when the sync code is generated: the branch that cannot be taken is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.blocks import statements
from unasync_plus.rewrite.failing import fails
from unasync_plus.rewrite.make import REMOVE, body_of, in_place_of, is_pass, with_parentheses_of
from unasync_plus.rewrite.truth import Truth, is_pure
from unasync_plus.tree import is_same, leaves, replaced, walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

_WANTS_ASYNC = "this check fails on what is not asynchronous, and in sync code nothing is: {} left out"

_NO_GUARD = {"whitespace_before_if": cst.SimpleWhitespace(""), "whitespace_after_if": cst.SimpleWhitespace("")}


class Conditions:
    """What the engine does with statements and expressions that depend on a condition."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._truth = Truth(engine)

    def branch(self, node: cst.If) -> Any:
        """An ``if`` statement: whole, or the statements of the branch that is left."""
        directives = self._engine.directives
        directive = directives.of_branch(node) if directives is not None else None
        if directives is not None and directive is not None:  # an `elif`: its comment is found here only
            return directives.branch(node, directive)
        if self._truth.knows_nothing:
            return self._engine.generic(node)
        passing = self._passing(node)
        value = self._truth.value(node.test, passing)
        bound = self._truth.bound_guard(node.test) if value is None and not self._is_elif(node) else None
        if passing is not None and (value is not None or bound is not None):
            self._tell(node, "it is")
        if bound is not None:
            return self._bound_branch(node, *(bound if passing is None else (bound[0], passing)))
        if value is not None:
            if not value and node.orelse is None and not leaves(node.body):
                self._tell_uncalled(node.test, node.body)
            return self.taken(node, value)
        return self._engine.generic(self._with_test(node, passing))

    def _passing(self, node: cst.If) -> bool | None:
        """If ``node`` fails where something is not asynchronous: the value of its test with which it does not."""
        for block, passing in ((node.body, False), (node.orelse, True)):
            suite = block.body if type(block) is cst.Else else block
            if isinstance(suite, cst.BaseSuite) and fails(suite) and self._truth.demands(node.test, passing):
                return passing
        return None

    def _tell(self, node: cst.If | cst.Assert, what: str) -> None:
        self._engine.note(node.test, "UA317", _WANTS_ASYNC.format(what))

    def _tell_uncalled(self, test: cst.BaseExpression, *parts: cst.CSTNode) -> None:
        """Warn of ``parts`` that go, with a call of what ``test`` asks about: those were coroutine functions, and are functions."""
        asked = self._truth.asked_functions(test)
        if not asked:
            return
        called = [node.func for part in parts for node in walk(part) if isinstance(node, cst.Call)]
        lost = any(func.deep_equals(function) for func in called for function in asked)
        around = next((node for node in reversed(self._engine.parents) if isinstance(node, cst.FunctionDef)), None)
        if lost and not (around is not None and self._truth.tells_apart(around)):
            self._engine.warn(
                test,
                "UA344",
                "only what is a coroutine function is called here, and in sync code nothing is: these calls are left out",
                "call the others here too, or put the sync side in place with `# unasync: replace` or `define`",
            )

    def _with_test(self, node: Any, passing: bool | None = None) -> Any:
        """``node`` with its test simplified."""
        test = self._truth.simplified(node.test, passing)
        if passing is not None and self._truth.demands(test, passing):
            self._engine.refuse(
                node.test,
                "UA317",
                "this check fails on what is not asynchronous, and evaluates something to ask",
                "evaluate it in a statement of its own, or leave the check out with `# unasync: skip`",
            )
        elif passing is not None:
            self._tell(node, "that part of it is")
        return node if test is node.test else replaced(node, test=test)

    def check(self, node: cst.Assert) -> Any:
        """An assertion: whole, or without what it says of things that are asynchronous."""
        demanding = self._truth.demands(node.test, True)
        if not demanding and self._truth.value(node.test) is False:
            return self._engine.generic(replaced(node, test=cst.Name("False")))
        if not self._truth.value(node.test, True):
            return self._engine.generic(self._with_test(node, True if demanding else None))
        if demanding:
            self._tell(node, "it is")
        return REMOVE

    def operation(self, node: cst.BooleanOperation) -> Any:
        """``and`` and ``or``: whole, or the operand that they are equal to."""
        operand = self._truth.operand(node)
        if operand is None:
            return self._engine.generic(self._truth.with_constant(node))
        new = self._engine.visit(operand)
        return new if new is REMOVE else with_parentheses_of(new, node)

    def answer(self, node: cst.UnaryOperation | cst.Comparison) -> Any:
        """``not`` and comparisons: whole, or the value that is known."""
        value = self._truth.guarded(node)
        if value is None:
            return self._engine.generic(node)
        return with_parentheses_of(cst.Name(str(value)), node)

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
        value = self._truth.value(node.test)
        if value is None:
            return self._engine.generic(node)
        chosen = self._engine.visit(node.body if value else node.orelse)
        if chosen is REMOVE:
            return REMOVE
        if node.lpar:
            self._engine.unglue()
        return in_place_of(node, chosen, self._engine.parent)

    def filter(self, node: cst.CompIf) -> Any:
        """The condition of a comprehension: whole, or nothing where it always holds."""
        value = self._truth.value(node.test)
        around = self._engine.parents[-3] if value is False else None
        if around is not None:
            self._tell_uncalled(
                node.test, *(getattr(around, name) for name in ("elt", "key", "value") if hasattr(around, name))
            )
        if value is False:
            return self._engine.generic(replaced(node, test=cst.Name("False")))
        return REMOVE if value else self._engine.generic(self._with_test(node))

    def match(self, node: cst.Match) -> Any:
        """A ``match`` statement without the cases whose guards never hold, and without guards that always do."""
        if self._truth.knows_nothing:
            return self._engine.generic(node)
        cases = []
        for case in node.cases:
            value = self._truth.value(case.guard) if case.guard is not None else None
            if value is not False:
                cases.append(replaced(case, guard=None, **_NO_GUARD) if value else case)
        if not cases:
            return (
                REMOVE
                if is_pure(node.subject)
                else cst.SimpleStatementLine([cst.Expr(self._engine.visit(node.subject))])
            )
        return self._engine.generic(node if is_same(cases, node.cases) else replaced(node, cases=cases))

    def loop(self, node: cst.While) -> Any:
        """A ``while`` loop: whole, or the statements of its ``else`` if it never runs."""
        value = self._truth.value(node.test)
        if value is None:
            return self._engine.generic(self._with_test(node))
        if value:
            space = node.whitespace_after_while if node.whitespace_after_while.value else cst.SimpleWhitespace(" ")
            return self._engine.generic(replaced(node, test=cst.Name("True"), whitespace_after_while=space))
        return REMOVE if node.orelse is None else self._inlined(node.orelse.body, node)

"""What is known of a condition when the sync code is generated: by `define`, or as nothing is asynchronous there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.resolve.questions import ALWAYS_FALSE, QUESTIONS, is_about, is_of_functions
from unasync_plus.rewrite.make import with_parentheses_of
from unasync_plus.rewrite.patterns import Pattern
from unasync_plus.rewrite.values.asking import asks_for_await
from unasync_plus.tables import lookup
from unasync_plus.tree import dotted, replaced, walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.context import Context
    from unasync_plus.rewrite.engine import Engine

_AWAITABLE_TYPES = frozenset(
    f"{module}.{name}"
    for module in ("typing", "collections.abc", "typing_extensions")
    for name in ("Awaitable", "Coroutine")
) | {"types.CoroutineType"}
_NAMES_OF_TYPES = {name.rpartition(".")[2] for name in _AWAITABLE_TYPES}
_WITH_COUNTERPARTS = ("asyncio", "anyio", "trio")
_ASKED_FOR = (*_WITH_COUNTERPARTS, "__await__")
_EQUALS = (cst.Is, cst.Equal)
_DIFFERS = (cst.IsNot, cst.NotEqual)
_PLAIN_QUESTIONS = frozenset({"builtins.callable", "builtins.isinstance", "builtins.issubclass"})


def has_counterpart(test: cst.Call, ctx: Context) -> bool | None:
    """True for ``hasattr(asyncio, "TaskGroup")``, as the sync code has it on every version of Python; False for what it
    has on none."""
    if len(test.args) != 2 or ctx.resolve(test.func) != "builtins.hasattr":
        return None
    module, name = ctx.resolve(test.args[0].value) or "", test.args[1].value
    if module not in _WITH_COUNTERPARTS or not isinstance(name, cst.SimpleString) or ctx.is_left(module):
        return None
    row = lookup(f"{module}.{name.evaluated_value}")  # type: ignore[str-bytes-safe]  # a name in bytes has no row
    return not row.refuse if row is not None and not row.keep else None


def _may_ask(engine: Engine) -> bool:
    """Whether the words of the module, and the names it has from others of the project, have what any guard needs."""
    imported = (binding.qualified for bindings in engine.names.imports.values() for binding in bindings)
    handed_on = (name.rpartition(".")[2] for name in (*imported, *engine.names.passed_on.values()))
    heard = {*engine.words, *handed_on}
    if any(name.rpartition(".")[2] in heard for name in engine.project.asking):
        return True
    if "isinstance" in heard and not heard.isdisjoint(_NAMES_OF_TYPES):
        return True
    return not heard.isdisjoint(QUESTIONS) or ("hasattr" in heard and not heard.isdisjoint(_ASKED_FOR))


class Truth:
    """The truth values of one module's conditions.

    A *guard* asks whether something is asynchronous; its answer is no. A condition may be a check, though, that fails
    where the answer is no: the async code goes on only because it is yes. ``passing`` says so: it is the value with
    which the check is passed, and each guard is answered such that it does not fail.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._names = {key: value for key, value in engine.settings.define.items() if "(" not in key}
        self._patterns = [(key, Pattern(key), value) for key, value in engine.settings.define.items() if "(" in key]
        self.knows_nothing = not engine.settings.define and not _may_ask(engine)

    def value(self, test: cst.BaseExpression, passing: bool | None = None) -> bool | None:
        """The truth value that ``test`` has in sync code; None if it is known at run time only."""
        if self.knows_nothing:
            return None
        if type(test) is cst.UnaryOperation and isinstance(test.operator, cst.Not):
            value = self.value(test.expression, _negated(passing))
            return None if value is None else not value
        compared = self._compared(test)
        if compared is not None:
            inner, same = compared
            value = self.value(inner, passing if same else _negated(passing))
            return value if same or value is None else not value
        if type(test) is cst.BooleanOperation:
            left, right = self.value(test.left, passing), self.value(test.right, passing)
            short = isinstance(test.operator, cst.Or)
            if left is short or (right is short and self._has_no_effect(test.left)):
                return short
            return right if left is (not short) else None
        defined = self._defined(test)
        if defined is not None or not self._is_guard(test) or not self._has_no_effect(test):
            return defined
        return bool(passing)

    def _defined(self, test: cst.BaseExpression) -> bool | None:
        """What the configuration says."""
        engine = self._engine
        if type(test) is cst.Name or type(test) is cst.Attribute:
            spelled, qualified = dotted(test), engine.resolve(test)
            for name in (qualified, spelled, (spelled or "").rpartition(".")[2]):
                if name is not None and name in self._names:
                    engine.fired.add(f"define:{name}")
                    return bool(self._names[name])
        elif type(test) is cst.Call:
            for key, pattern, value in self._patterns:
                if pattern.match(test, engine) is not None:
                    engine.fired.add(f"define:{key}")
                    return bool(value)
            return has_counterpart(test, engine)
        return None

    def _compared(self, test: cst.BaseExpression) -> tuple[cst.BaseExpression, bool] | None:
        """For ``f(x) is True``, if that is a guard or a known condition: ``f(x)``, and whether that has the same value."""
        if type(test) is not cst.Comparison or len(test.comparisons) != 1:
            return None
        operator, other = test.comparisons[0].operator, test.comparisons[0].comparator
        if type(other) is not cst.Name or not isinstance(operator, _EQUALS + _DIFFERS):
            return None
        if other.value not in ("True", "False") or (self._defined(test.left) is None and not self._is_guard(test.left)):
            return None
        return test.left, isinstance(operator, _EQUALS) is (other.value == "True")

    def _is_guard(self, test: cst.BaseExpression) -> bool:
        engine = self._engine
        if type(test) is not cst.Call:
            return False
        qualified = engine.names.question(test.func, engine.scope)
        if qualified in ALWAYS_FALSE:
            return not engine.is_left(qualified) and not self._stays_awaitable(test.args, qualified)
        if qualified == "builtins.hasattr" and asks_for_await(test):
            return not self._stays_awaitable(test.args)
        if qualified == "builtins.isinstance" and len(test.args) == 2:
            classes = test.args[1].value
            members = [part.value for part in classes.elements] if isinstance(classes, cst.Tuple) else [classes]
            kinds = {engine.resolve(member) or "" for member in members}
            if kinds and kinds <= _AWAITABLE_TYPES and not any(map(engine.is_left, kinds)):
                is_of_coroutines = not any(kind.endswith(".Awaitable") for kind in kinds)
                return not self._stays_awaitable(test.args, "inspect.iscoroutine" if is_of_coroutines else "")
        return False

    def _stays_awaitable(self, args: Sequence[cst.Arg], qualified: str = "") -> bool:
        """Whether what is asked about may be a task, an object whose class had ``__await__``, or a call yet to be made."""
        engine = self._engine
        how = engine.values.may_be_awaitable(args[0].value) if engine.deals_in_awaitables and args else ""
        return how != "" and is_about(qualified, how)

    def _has_no_effect(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.Call):
            asks = self._is_guard(node) or self._engine.resolve(node.func) in _PLAIN_QUESTIONS
            return asks and all(is_pure(arg.value) for arg in node.args)
        if isinstance(node, cst.UnaryOperation):
            return isinstance(node.operator, cst.Not) and self._has_no_effect(node.expression)
        if isinstance(node, cst.BooleanOperation):
            return self._has_no_effect(node.left) and self._has_no_effect(node.right)
        if isinstance(node, cst.Comparison):  # of identity: another one may call what an object defines
            plain = all(isinstance(part.operator, (cst.Is, cst.IsNot)) for part in node.comparisons)
            return plain and all(map(is_pure, (node.left, *(part.comparator for part in node.comparisons))))
        return is_pure(node)

    def demands(self, test: cst.BaseExpression, passing: bool) -> bool:
        """Whether ``test``, a check that is passed with the value ``passing``, wants something asynchronous."""
        if self.knows_nothing:
            return False
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            return self.demands(test.expression, not passing)
        compared = self._compared(test)
        if compared is not None:
            return self.demands(compared[0], passing is compared[1])
        if isinstance(test, cst.BooleanOperation):
            return self.demands(test.left, passing) or self.demands(test.right, passing)
        return passing and self._defined(test) is None and self._is_guard(test)

    def simplified(self, test: cst.BaseExpression, passing: bool | None = None) -> cst.BaseExpression:
        """``test`` without the operands of ``and`` and ``or`` whose value is known and does not matter."""
        if self.knows_nothing or type(test) is not cst.BooleanOperation:
            return test
        neutral = isinstance(test.operator, cst.And)
        left, right = self.simplified(test.left, passing), self.simplified(test.right, passing)
        if self.value(test.left, passing) is neutral:
            return with_parentheses_of(right, test)
        if self.value(test.right, passing) is neutral:
            return with_parentheses_of(left, test)
        if left is test.left and right is test.right:
            return test
        return replaced(test, left=left, right=right)

    def operand(self, node: cst.BooleanOperation) -> cst.BaseExpression | None:
        """The operand that ``node`` is equal to, whose value may be used for more than its truth; None if unknown."""
        if self.knows_nothing:
            return None
        neutral = isinstance(node.operator, cst.And)
        left = self.guarded(node.left)
        if left is not None:
            return node.right if left is neutral else self._constant(node.left, left)
        right = self.guarded(node.right)
        if right is None or not self._is_bool(node.left):
            return None
        if right is neutral:
            return node.left
        return self._constant(node.right, right) if self._has_no_effect(node.left) else None

    def with_constant(self, node: cst.BooleanOperation) -> cst.BooleanOperation:
        """``x and False`` for ``x and f()`` where that is defined so, and ``x`` may be anything."""
        value = None if self.knows_nothing else self._defined(node.right)
        return node if value is None else replaced(node, right=cst.Name(str(value)))

    def _constant(self, test: cst.BaseExpression, value: bool) -> cst.BaseExpression:
        """``test``, or its ``value`` where the configuration knows it; rules answer guards."""
        return test if self._is_guard(test) else cst.Name(str(value))

    def guarded(self, test: cst.BaseExpression) -> bool | None:
        """The value of a guard, of what the configuration defines, or of what is made of these alone: a bool, never another
        object that is as true."""
        if self.knows_nothing:
            return None
        if type(test) is cst.UnaryOperation and isinstance(test.operator, cst.Not):
            value = self.guarded(test.expression)
            return None if value is None else not value
        compared = self._compared(test)
        if compared is not None:
            value = self.guarded(compared[0])
            return value if compared[1] or value is None else not value
        if type(test) is cst.BooleanOperation:
            left = self.guarded(test.left)
            return left if left is isinstance(test.operator, cst.Or) or left is None else self.guarded(test.right)
        defined = self._defined(test)
        if defined is not None:
            return defined
        return False if self._is_guard(test) and self._has_no_effect(test) else None

    def asked_functions(self, test: cst.BaseExpression) -> list[cst.BaseExpression]:
        """What has to be a coroutine function for ``test`` to hold."""
        if self.knows_nothing:
            return []
        if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
            return [*self.asked_functions(test.left), *self.asked_functions(test.right)]
        if not isinstance(test, cst.Call) or len(test.args) != 1 or not self._is_guard(test):
            return []
        question = self._engine.names.question(test.func, self._engine.scope)
        return [test.args[0].value] if is_of_functions(question) else []

    def tells_apart(self, function: cst.FunctionDef) -> bool:
        """Whether something in ``function`` is for what is no coroutine function."""
        for node in walk(function.body):
            if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
                if self.asked_functions(node.expression):
                    return True
            elif isinstance(node, (cst.If, cst.IfExp)) and node.orelse is not None and self.asked_functions(node.test):
                return True
        return False

    def bound_guard(self, test: cst.BaseExpression) -> tuple[Any, bool] | None:
        """For ``isawaitable(x := f())``: the statement ``x = f()``, and the value of the test."""
        if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
            found = self.bound_guard(test.expression)
            return None if found is None else (found[0], not found[1])
        if not isinstance(test, cst.Call) or len(test.args) != 1 or not self._is_guard(test):
            return None
        bound = test.args[0].value
        if not isinstance(bound, cst.NamedExpr):
            return None
        statement = cst.Assign([cst.AssignTarget(bound.target)], bound.value)  # type: ignore[arg-type]  # a walrus has a name as target
        return cst.SimpleStatementLine([statement]), False

    def _is_bool(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.UnaryOperation):
            return isinstance(node.operator, cst.Not)
        if isinstance(node, cst.BooleanOperation):
            return self._is_bool(node.left) and self._is_bool(node.right)
        if isinstance(node, cst.Comparison):
            return all(isinstance(part.operator, (cst.Is, cst.IsNot, cst.In, cst.NotIn)) for part in node.comparisons)
        if not isinstance(node, cst.Call):
            return False
        qualified = self._engine.resolve(node.func) or ""
        return qualified in _PLAIN_QUESTIONS or qualified.startswith("inspect.is")


def _negated(passing: bool | None) -> bool | None:
    return None if passing is None else not passing


def is_pure(node: Any) -> bool:
    """Whether evaluating ``node`` can have no effect worth keeping."""
    if isinstance(node, (cst.Attribute, cst.Subscript)):
        return is_pure(node.value)
    if isinstance(node, cst.Tuple):
        return all(is_pure(element.value) for element in node.elements)
    return isinstance(node, (cst.Name, cst.SimpleString, cst.Integer))

"""The configuration's expression patterns: ``mylib.ensure_async($f, $$a)`` → ``$f($$a)``."""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.rewrite.make import REMOVE, atom, in_place_of, parenthesized, with_parentheses_of
from unasync_plus.rewrite.rule import PASS
from unasync_plus.tables import load
from unasync_plus.tree import FIELDS, dotted, replaced, walk

if TYPE_CHECKING:
    from unasync_plus.resolve.scopes import Scope
    from unasync_plus.rewrite.context import Context
    from unasync_plus.rewrite.engine import Engine

_ONE, _MANY = "__ua_one_", "__ua_many_"
Captures = dict[str, Any]


def parse_template(text: str) -> cst.BaseExpression:
    """The expression of a pattern, its ``$x`` and ``$$x`` as names; raises ``cst.ParserSyntaxError``."""
    text = re.sub(r"\$\$([A-Za-z_]\w*)", rf"{_MANY}\1", text)
    text = re.sub(r"\$([A-Za-z_]\w*)", rf"{_ONE}\1", text)
    return cst.parse_expression(text)


class Pattern:
    """One pattern to match expressions against."""

    def __init__(self, text: str) -> None:
        self.tree = parse_template(text)

    def match(self, node: cst.CSTNode, context: Context) -> Captures | None:
        """What the variables stand for if ``node`` has the pattern's shape, else None."""
        captures: Captures = {}
        return captures if _match(self.tree, node, context, captures) else None


def _match(pattern: Any, node: Any, context: Context, captures: Captures) -> bool:
    if isinstance(pattern, cst.Name) and pattern.value.startswith(_ONE):
        return _capture(captures, pattern.value, node)
    path = dotted(pattern)
    if path is not None and not path.startswith((_ONE, _MANY)):
        return _same_name(path, node, context)
    if pattern.__class__ is not node.__class__:
        return False
    if isinstance(pattern, cst.Call):
        if not _match(pattern.func, node.func, context, captures):
            return False
        return _match_arguments(pattern.args, node.args, context, captures)
    if not FIELDS[pattern.__class__]:
        return bool(getattr(pattern, "value", None) == getattr(node, "value", None))
    for name in FIELDS[pattern.__class__]:
        mine, other = getattr(pattern, name), getattr(node, name)
        if isinstance(mine, (tuple, list)):
            pairs = zip(mine, other, strict=False)
            if len(mine) != len(other) or not all(_match(a, b, context, captures) for a, b in pairs):
                return False
        elif isinstance(mine, cst.CSTNode):
            if not isinstance(other, cst.CSTNode) or not _match(mine, other, context, captures):
                return False
        elif mine != other and not isinstance(mine, cst.MaybeSentinel):
            return False
    return True


def _same_name(path: str, node: Any, context: Context) -> bool:
    """Whether ``node`` is what ``path`` names: a plain name is whatever has it, in any module, but for a builtin's, and so is what
    a path begins with where the code spells it like that, but for libraries."""
    spelled = dotted(node)
    if spelled is None:
        return False
    qualified = context.resolve(node)
    if qualified is not None and not qualified.startswith("builtins."):
        if "." in path:
            return qualified == path or (spelled == path and qualified.endswith(f".{path}") and not _is_library(path))
        return qualified.rpartition(".")[2] == path and not hasattr(builtins, path)
    return spelled == path


def _is_library(path: str) -> bool:
    root = path.partition(".")[0]
    return root in STDLIB or load(root) is not None


def _capture(captures: Captures, name: str, node: Any) -> bool:
    known = captures.setdefault(name, node)
    return known is node or bool(node.deep_equals(known))


def _match_arguments(
    patterns: Sequence[cst.Arg], args: Sequence[cst.Arg], context: Context, captures: Captures
) -> bool:
    positional = [arg for arg in args if arg.keyword is None]
    keywords = {arg.keyword.value: arg for arg in args if arg.keyword is not None}
    for index, pattern in enumerate(patterns):
        value = pattern.value
        if isinstance(value, cst.Name) and value.value.startswith(_MANY):
            rest = [
                arg
                for arg in args
                if any(arg is other for other in positional)
                or (arg.keyword is not None and arg.keyword.value in keywords)
            ]
            captures[value.value] = rest
            return index == len(patterns) - 1
        if pattern.keyword is not None:
            arg = keywords.pop(pattern.keyword.value, None)
        else:
            arg = positional.pop(0) if positional else None
        if arg is None or arg.star != pattern.star or not _match(value, arg.value, context, captures):
            return False
    return not positional and not keywords


def _head(node: Any) -> cst.CSTNode | None:
    """The name that ``node`` begins with if it stands there alone: ``f`` of ``f(x)[y]``, nothing of ``m.f(x)``."""
    while isinstance(node, (cst.Call, cst.Subscript, cst.Await)):
        if isinstance(node, cst.Call):
            node = node.func
        else:
            node = node.value if isinstance(node, cst.Subscript) else node.expression
    return node if isinstance(node, cst.Name) else None


def _spaced_like(old: Any, new: Any) -> Any:
    """The call ``new`` with the line breaks that ``old`` has behind its first parenthesis and before its last."""
    if not isinstance(new, cst.Call) or not isinstance(old, cst.Call) or not new.args or not old.args:
        return new
    last, end = new.args[-1], old.args[-1]
    if last.comma is end.comma:
        last = replaced(last, whitespace_after_arg=end.whitespace_after_arg)
    return replaced(new, whitespace_before_args=old.whitespace_before_args, args=[*new.args[:-1], last])


def _decorates(parents: Sequence[cst.CSTNode]) -> bool:
    """Whether the node at hand is a decorator, or what is called in one."""
    around = parents[-3] if isinstance(parents[-2], cst.Call) and parents[-2].func is parents[-1] else parents[-2]
    return isinstance(around, cst.Decorator)


def _hands_on(template: cst.CSTNode) -> bool:
    """Whether a single variable stands in the place of an argument: what it stands for goes to what is called there."""
    return any(
        isinstance(node, cst.Arg) and isinstance(node.value, cst.Name) and node.value.value.startswith(_ONE)
        for node in walk(template)
    )


class Patterns:
    """All patterns of one module's `rewrite` table."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._entries = [(key, Pattern(key), new) for key, new in engine.settings.rewrite.items()]
        self.types = {entry[1].tree.__class__ for entry in self._entries}
        if self.types:
            self.types.add(cst.Await)

    def apply(self, node: Any) -> Any:
        """The expression that stands for ``node``; `PASS` where no pattern fits."""
        engine = self._engine
        inner = node.expression if isinstance(node, cst.Await) else node
        for key, pattern, new in self._entries:
            whole = node if isinstance(pattern.tree, cst.Await) else inner
            captures = pattern.match(whole, engine)
            if captures is None:
                continue
            engine.fired.add(f"rewrite:{key}")
            engine.touched.append(("UA640", node))
            if not new.strip():
                if engine.is_statement or _decorates(engine.parents):
                    return REMOVE
                engine.refuse(
                    node,
                    "UA024",
                    f"the pattern {key!r} takes an expression away whose value is used here",
                    "give the pattern something to put in its place",
                )
                return node
            result = _spaced_like(whole, self._fill(parse_template(new), captures, _head(whole)))
            if inner is node:
                return with_parentheses_of(result, node)
            if node.lpar:
                engine.unglue()
            return in_place_of(node, with_parentheses_of(result, inner), engine.parent)
        return PASS

    def unwraps(self, call: cst.Call, scope: Scope) -> bool:
        """Whether a pattern makes something else of ``call``, and hands on nothing that it was given as an argument."""
        found = self._found(call, scope)
        if found is None:
            return False
        return not found.strip() or not _hands_on(parse_template(found))

    def speak_of(self, call: cst.Call, scope: Scope) -> bool:
        """Whether a pattern makes something else of ``call``."""
        return self._found(call, scope) is not None

    def _found(self, call: cst.Call, scope: Scope) -> str | None:
        outer, self._engine.scope = self._engine.scope, scope
        found = next((new for _, pattern, new in self._entries if pattern.match(call, self._engine) is not None), None)
        self._engine.scope = outer
        return found

    def _fill(self, template: Any, captures: Captures, like: cst.CSTNode | None) -> Any:
        """``template`` with converted captures in it; dotted names that nothing binds are imported in ``like``'s style."""
        engine = self._engine
        path = dotted(template)
        if path is not None and path.startswith(_ONE) and isinstance(template, cst.Name):
            return engine.visit(captures[template.value])
        if path is not None and not path.startswith(_ONE):
            head = path.partition(".")[0]
            if "." in path and head not in engine.names.bound:
                module, _, name = path.rpartition(".")
                return engine.reference(f"{module}.{name}", like)
            return template
        if isinstance(template, cst.Call):
            func = self._fill(template.func, captures, like)
            return replaced(template, func=atom(func), args=self._arguments(template.args, captures, like))
        changes = {}
        for name in FIELDS[template.__class__]:
            value = getattr(template, name)
            if isinstance(value, (tuple, list)):
                changes[name] = [self._fill(item, captures, like) for item in value]
            elif isinstance(value, cst.CSTNode):
                filled = self._fill(value, captures, like)
                changes[name] = atom(filled) if template.__class__ is cst.Attribute and name == "value" else filled
        return replaced(template, **changes) if changes else template

    def _arguments(self, args: Sequence[cst.Arg], captures: Captures, like: cst.CSTNode | None) -> list[cst.Arg]:
        new: list[cst.Arg] = []
        for arg in args:
            value = arg.value
            if isinstance(value, cst.Name) and value.value.startswith(_MANY):
                new.extend(self._engine.visit_all(captures[value.value]))
            else:
                new.append(replaced(arg, value=self._fill(value, captures, like)))
        if len(new) > 1:  # a generator expression may go without parentheses only where it is alone
            new = [
                replaced(arg, value=parenthesized(arg.value)) if isinstance(arg.value, cst.GeneratorExp) else arg
                for arg in new
            ]
        return [
            replaced(arg, comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
            if isinstance(arg.comma, cst.MaybeSentinel) and index < len(new) - 1
            else arg
            for index, arg in enumerate(new)
        ]

"""Small makers of libcst nodes, and the arithmetic of parentheses and commas."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, TypeVar

import libcst as cst

from unasync_plus.tree import name_or_attribute, replaced

E = TypeVar("E", bound=cst.BaseExpression)

REMOVE = cst.RemovalSentinel.REMOVE
_ATOMS = (
    cst.Name,
    cst.Attribute,
    cst.Call,
    cst.Subscript,
    cst.Integer,
    cst.Float,
    cst.Imaginary,
    cst.SimpleString,
    cst.FormattedString,
    cst.List,
    cst.Set,
    cst.Dict,
    cst.ListComp,
    cst.SetComp,
    cst.DictComp,
    cst.Ellipsis,
)


def call(function: str | cst.BaseExpression, *args: cst.BaseExpression, **keywords: cst.BaseExpression) -> cst.Call:
    """A call of ``function``; ``keywords`` follow ``args``."""
    func = name_or_attribute(function) if isinstance(function, str) else function
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    items = [cst.Arg(arg) for arg in args]
    items += [cst.Arg(value, keyword=cst.Name(key), equal=equal) for key, value in keywords.items()]
    return cst.Call(func, items)


def with_parentheses_of(new: E, old: cst.BaseExpression) -> E:
    """``new`` in the place of ``old``: it takes over the parentheses that stood around ``old``."""
    if not old.lpar:
        return new
    return replaced(new, lpar=(*old.lpar, *new.lpar), rpar=(*new.rpar, *old.rpar))


def is_atom(node: cst.CSTNode) -> bool:
    """Whether ``node`` can stand before a dot, a bracket or a call without parentheses."""
    return isinstance(node, _ATOMS) or bool(getattr(node, "lpar", ()))


def parenthesized(node: E) -> E:
    """``node`` in parentheses, unless it has some already."""
    if getattr(node, "lpar", ()):
        return node
    return replaced(node, lpar=(cst.LeftParen(),), rpar=(cst.RightParen(),))


def on_its_own(node: E) -> E:
    """A type such that it may stand outside of the brackets in which it was written: `A |` at a line's end needs some."""
    is_union = isinstance(node, (cst.BinaryOperation, cst.ConcatenatedString))
    return parenthesized(node) if is_union and "\n" in cst.Module([]).code_for_node(node) else node


def atom(node: E) -> E:
    """``node`` such that a trailer may follow it."""
    return node if is_atom(node) else parenthesized(node)


def plain_parentheses(node: cst.BaseExpression) -> bool:
    """Whether the parentheses around ``node`` hold neither a comment nor a line break."""
    spaces = [paren.whitespace_after for paren in node.lpar] + [paren.whitespace_before for paren in node.rpar]
    return not any(isinstance(space, cst.ParenthesizedWhitespace) for space in spaces)


_LOOSE = (
    cst.Expr,
    cst.Assign,
    cst.AnnAssign,
    cst.AugAssign,
    cst.Return,
    cst.Arg,
    cst.Element,
    cst.DictElement,
    cst.Index,
    cst.If,
    cst.While,
    cst.For,
    cst.Raise,
    cst.Assert,
    cst.FormattedStringExpression,
)
_TIGHT = (cst.Yield, cst.NamedExpr, cst.Tuple, cst.GeneratorExp, cst.Lambda)


def in_place_of(old: cst.BaseExpression, new: cst.BaseExpression, parent: cst.CSTNode | None) -> cst.BaseExpression:
    """``new`` where ``old`` stands below ``parent``, in as few of the parentheses of both as the place allows."""
    if not old.lpar and not new.lpar and new.__class__ in _ATOMS and type(parent) is not cst.FormattedStringExpression:
        return new
    whole = replaced(new, lpar=(*old.lpar, *new.lpar), rpar=(*new.rpar, *old.rpar))
    bare = replaced(new, lpar=(), rpar=())
    can_go = is_atom(bare) or (isinstance(parent, _LOOSE) and not isinstance(bare, _TIGHT))
    can_go = can_go and not (whole.lpar and _needs_brackets(bare))
    if whole.lpar and can_go and plain_parentheses(whole):
        whole = bare
    elif len(whole.lpar) > 1 and plain_parentheses(whole):
        whole = replaced(whole, lpar=whole.lpar[-1:], rpar=whole.rpar[:1])
    elif not whole.lpar and not can_go:
        whole = parenthesized(whole)
    if isinstance(parent, cst.FormattedStringExpression) and cst.Module([]).code_for_node(whole).startswith("{"):
        whole = parenthesized(whole)
    return whole


def _needs_brackets(node: cst.BaseExpression) -> bool:
    """Whether ``node`` goes over several lines outside of all brackets of its own."""
    code = cst.Module([]).code_for_node(node)
    if "\n" not in code and "\r" not in code:
        return False
    try:
        ast.parse(code, mode="eval")
    except (SyntaxError, ValueError):
        return True
    return False


def without_removed(old: Sequence[Any], new: list[Any]) -> list[Any]:
    """``new`` after some of the comma separated ``old`` were removed: the last one ends as the last of ``old`` did."""
    if new and old and len(new) < len(old) and hasattr(old[-1], "comma") and new[-1].comma is not old[-1].comma:
        new[-1] = replaced(new[-1], comma=old[-1].comma)
    return new


def is_pass(statement: Any) -> bool:
    """Whether ``statement`` is a lone ``pass``."""
    return statement.__class__ is cst.SimpleStatementLine and all(part.__class__ is cst.Pass for part in statement.body)


def body_of(block: cst.BaseSuite) -> list[Any]:
    """The statements of a block, those of a one-line suite as statement lines."""
    if isinstance(block, cst.IndentedBlock):
        return list(block.body)
    assert isinstance(block, cst.SimpleStatementSuite)
    return [cst.SimpleStatementLine(block.body, trailing_whitespace=block.trailing_whitespace)]


def statement(small: cst.BaseSmallStatement) -> cst.SimpleStatementLine:
    """A line that holds one simple statement."""
    return cst.SimpleStatementLine([small])

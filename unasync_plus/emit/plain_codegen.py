"""libcst's code generation without its hooks, for who wants text, and the positions of a few nodes at most.

Half the nodes of a tree are white space, an eighth are names. libcst writes each by five calls, four of which are there
for the hooks of its position providers, and opens a generator for each operator and each expression that could have
parentheses. Inside `unhooked`, what goes to a state of the class `Plain` is written past them, in two fifths of the
time, and so is what goes to a `Placing` one, which asks of each node whether it is one of few; any other state, such as another
thread's, is served as always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import libcst as cst
from libcst._nodes.expression import _BaseParenthesizedNode
from libcst._nodes.internal import CodegenState
from libcst._nodes.op import _BaseOneTokenOp


class Nothing:
    """A context manager that does nothing, as cheaply as that can be done."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


NOTHING = Nothing()


class Plain(CodegenState):
    """Writes tokens, and records nothing but which of them are comments."""

    def __init__(self, tree: cst.Module) -> None:
        super().__init__(tree.default_indent, tree.default_newline)
        self.comments: list[int] = []

    def before_codegen(self, node: cst.CSTNode) -> None:
        if node.__class__ is cst.Comment:
            self.comments.append(len(self.tokens))

    def record_syntactic_position(self, node: Any, **_: Any) -> Any:
        return NOTHING


class Placing(Plain):
    """Notes how many tokens were written before each of some nodes."""

    def __init__(self, tree: cst.Module, nodes: Iterable[cst.CSTNode]) -> None:
        super().__init__(tree)
        self.wanted: dict[int, int] = {id(node): -1 for node in nodes}

    def before_codegen(self, node: cst.CSTNode) -> None:
        if id(node) in self.wanted:
            self.wanted[id(node)] = len(self.tokens)

    def record_syntactic_position(self, node: Any, **_: Any) -> Any:
        if id(node) in self.wanted:
            self.wanted[id(node)] = len(self.tokens)
        return NOTHING


@contextmanager
def unhooked() -> Iterator[None]:
    """While inside, trees are written to `Plain` states without hooks."""
    for cls, method in _QUICK:
        cls._codegen = method
    _PARENTHESIZED._parenthesize = _parentheses
    try:
        yield
    finally:
        for cls, _ in _QUICK:
            cls._codegen = _codegen  # what each of them has from the first
        _PARENTHESIZED._parenthesize = _parenthesize


_codegen = cst.CSTNode._codegen
_PARENTHESIZED: Any = _BaseParenthesizedNode
_parenthesize: Callable[..., AbstractContextManager[None]] = _PARENTHESIZED._parenthesize


def _node(node: Any, state: CodegenState, **options: Any) -> None:
    if state.__class__ is Placing:
        if id(node) in state.wanted:
            state.before_codegen(node)
        node._codegen_impl(state, **options)
    elif state.__class__ is not Plain:
        _codegen(node, state, **options)
    elif options:
        node._codegen_impl(state, **options)
    else:
        node._codegen_impl(state)  # half as much to pass on


def _white_space(node: Any, state: CodegenState) -> None:
    if state.__class__ is Plain or state.__class__ is Placing:
        state.tokens.append(node.value)
    else:
        _codegen(node, state)


def _trailing_white_space(node: Any, state: CodegenState) -> None:
    if state.__class__ is Plain or state.__class__ is Placing:
        state.tokens.append(node.whitespace.value)
        if node.comment is not None:
            node.comment._codegen(state)
        node.newline._codegen(state)
    else:
        _codegen(node, state)


def _newline(node: Any, state: CodegenState) -> None:
    if state.__class__ is Plain or state.__class__ is Placing:
        state.tokens.append(state.default_newline if node.value is None else node.value)
    else:
        _codegen(node, state)


def _comment(node: Any, state: CodegenState) -> None:
    if state.__class__ is Placing:
        _node(node, state)
    elif state.__class__ is Plain:
        state.comments.append(len(state.tokens))
        state.tokens.append(node.value)
    else:
        _codegen(node, state)


def _name(node: Any, state: CodegenState) -> None:
    if state.__class__ is Plain and not node.lpar:
        state.tokens.append(node.value)
    else:
        _node(node, state)


def _operator(node: Any, state: CodegenState) -> None:
    if state.__class__ is Plain or state.__class__ is Placing:
        node.whitespace_before._codegen(state)
        state.tokens.append(node._get_token())
        node.whitespace_after._codegen(state)
    else:
        _codegen(node, state)


_KINDS: tuple[tuple[Any, Callable[..., None]], ...] = (
    (cst.CSTNode, _node),
    (cst.SimpleWhitespace, _white_space),
    (cst.TrailingWhitespace, _trailing_white_space),
    (cst.Newline, _newline),
    (cst.Comment, _comment),
    (cst.Name, _name),
    (_BaseOneTokenOp, _operator),
)
_QUICK = [(cls, method) for cls, method in _KINDS if cls._codegen is _codegen]


def _parentheses(node: Any, state: CodegenState) -> AbstractContextManager[None]:
    if state.__class__ is not Plain and state.__class__ is not Placing:
        return _parenthesize(node, state)
    if not node.lpar:
        return NOTHING
    for parenthesis in node.lpar:
        parenthesis._codegen(state)
    state.record_syntactic_position(node)
    return _RightParentheses(node, state)


class _RightParentheses:
    """Writes those of ``node`` at the end."""

    def __init__(self, node: Any, state: Plain) -> None:
        self._node, self._state = node, state

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        for parenthesis in self._node.rpar:
            parenthesis._codegen(self._state)

"""The plain treatment of nodes, by their kind: scopes, renames, children."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite import blocks, definitions

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine


def scoped(engine: Engine, node: Any) -> Any:
    """A lambda or comprehension: its children in its own scope."""
    outer = engine.scope
    engine.scope = engine.names.scopes.get(id(node), outer)
    new = engine.generic(node)
    engine.scope = outer
    return new


Treatment = Callable[["Engine", Any], Any]
TREATMENTS: dict[type[Any], Treatment] = {
    cst.Name: lambda engine, node: engine.uses.name(node),
    cst.Attribute: lambda engine, node: engine.uses.attribute(node),
    cst.Call: lambda engine, node: engine.arguments.call(node),
    cst.Arg: lambda engine, node: engine.arguments.argument(node),
    cst.Import: lambda engine, node: engine.imports.plain(node),
    cst.ImportFrom: lambda engine, node: engine.imports.from_(node),
    cst.SimpleString: lambda engine, node: engine.text.string(node),
    cst.ConcatenatedString: lambda engine, node: engine.text.concatenated(node),
    cst.FormattedStringText: lambda engine, node: engine.text.formatted(node),
    cst.Annotation: lambda engine, node: engine.text.annotation(node),
    cst.Subscript: lambda engine, node: engine.text.subscript(node),
    cst.FunctionDef: definitions.function,
    cst.ClassDef: definitions.class_,
    cst.Assign: definitions.assign,
    cst.AnnAssign: definitions.annotated_assign,
    cst.Param: definitions.parameter,
    cst.With: blocks.with_,
    cst.If: lambda engine, node: engine.conditions.branch(node),
    cst.IfExp: lambda engine, node: engine.conditions.expression(node),
    cst.While: lambda engine, node: engine.conditions.loop(node),
    cst.Match: lambda engine, node: engine.conditions.match(node),
    cst.CompIf: lambda engine, node: engine.conditions.filter(node),
    cst.Assert: lambda engine, node: engine.conditions.check(node),
    cst.BooleanOperation: lambda engine, node: engine.conditions.operation(node),
    cst.UnaryOperation: lambda engine, node: engine.conditions.answer(node),
    cst.Comparison: lambda engine, node: engine.conditions.answer(node),
    cst.Lambda: scoped,
    cst.ListComp: scoped,
    cst.SetComp: scoped,
    cst.DictComp: scoped,
    cst.GeneratorExp: scoped,
    cst.IndentedBlock: blocks.block,
    cst.SimpleStatementLine: blocks.statement_line,
    cst.SimpleStatementSuite: blocks.statement_line,
}
"""Node class → what is done where no rule wants the node; nodes of other classes have their children visited."""

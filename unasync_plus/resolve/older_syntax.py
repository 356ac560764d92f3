"""A file's statements in the syntax of Python 3.10: what came later says nothing that the index asks for."""

from __future__ import annotations

import libcst as cst


def in_older_syntax(data: bytes) -> bytes:
    """``data`` without type parameters, type statements, groups of exceptions, starred types, and texts in f-strings."""
    return cst.parse_module(data).visit(_Older()).bytes


class _Older(cst.CSTTransformer):
    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        return updated_node.with_changes(type_parameters=None)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        return updated_node.with_changes(type_parameters=None)

    def leave_TypeAlias(self, original_node: cst.TypeAlias, updated_node: cst.TypeAlias) -> cst.Assign:
        return cst.Assign([cst.AssignTarget(updated_node.name)], updated_node.value, updated_node.semicolon)

    def leave_TryStar(self, original_node: cst.TryStar, updated_node: cst.TryStar) -> cst.Try:
        handlers = [cst.ExceptHandler(one.body, one.type, one.name) for one in updated_node.handlers]
        return cst.Try(updated_node.body, handlers, updated_node.orelse, updated_node.finalbody)

    def leave_Index(self, original_node: cst.Index, updated_node: cst.Index) -> cst.Index:
        return updated_node.with_changes(star=None)

    def leave_Annotation(self, original_node: cst.Annotation, updated_node: cst.Annotation) -> cst.Annotation:
        starred = updated_node.annotation
        return (
            updated_node.with_changes(annotation=starred.value)
            if isinstance(starred, cst.StarredElement)
            else updated_node
        )

    def leave_FormattedString(
        self, original_node: cst.FormattedString, updated_node: cst.FormattedString
    ) -> cst.SimpleString:
        return cst.SimpleString('""', updated_node.lpar, updated_node.rpar)

    def leave_TemplatedString(
        self, original_node: cst.TemplatedString, updated_node: cst.TemplatedString
    ) -> cst.SimpleString:
        return cst.SimpleString('""', updated_node.lpar, updated_node.rpar)

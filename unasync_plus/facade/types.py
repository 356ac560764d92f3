"""Annotations before conversion: what the rules for direct code would get wrong in a facade.

Async iterators, awaitables and the like are left to those rules. Objects of asyncio are not turned into their threaded
counterparts here, for the async side has real ones: tasks and futures are futures, of the rest nothing is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import children, replaced

from .facts import ClassFacts
from .known import CONVERTED, FUTURES, short
from .mentions import parsed_string

if TYPE_CHECKING:
    from .writer import Writer


class Types:
    """Rewrites annotations of one module."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def annotation(self, node: cst.Annotation | None, owner: ClassFacts | None) -> cst.Annotation | None:
        """An annotation, its place and spacing kept."""
        if node is None:
            return None
        new = self.expression(node.annotation, owner)
        return node if new is node.annotation else replaced(node, annotation=new)

    def parameters(self, params: cst.Parameters, owner: ClassFacts | None) -> cst.Parameters:
        """The parameters of a function with rewritten annotations."""
        changes: dict[str, object] = {}
        for name in ("posonly_params", "params", "kwonly_params"):
            old = getattr(params, name)
            new = [self._param(param, owner) for param in old]
            if any(one is not other for one, other in zip(new, old, strict=True)):
                changes[name] = new
        for name in ("star_arg", "star_kwarg"):
            param = getattr(params, name)
            if isinstance(param, cst.Param) and self._param(param, owner) is not param:
                changes[name] = self._param(param, owner)
        return replaced(params, **changes) if changes else params

    def _param(self, param: cst.Param, owner: ClassFacts | None) -> cst.Param:
        new = self.annotation(param.annotation, owner)
        return param if new is param.annotation else replaced(param, annotation=new)

    def expression(self, node: cst.BaseExpression, owner: ClassFacts | None) -> cst.BaseExpression:
        """A type expression."""
        if not self._has_foreign(node, owner):
            return node
        if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
            inner = parsed_string(node)
            return node if inner is None else self.expression(inner, owner)
        if isinstance(node, (cst.Name, cst.Attribute)):
            return self._named(node, owner)
        if isinstance(node, cst.Subscript) and short(self._writer.facts.resolve(node.value, owner)) != "Literal":
            head = self._writer.facts.resolve(node.value, owner)
            if head is not None and head.startswith("asyncio.") and head not in FUTURES:
                return self._writer.any_type()
            elements = [self._element(element, owner) for element in node.slice]
            value = self._writer.runtime("Future") if head in FUTURES else self.expression(node.value, owner)
            return replaced(node, value=value, slice=elements)
        if isinstance(node, cst.BinaryOperation):
            left, right = self.expression(node.left, owner), self.expression(node.right, owner)
            return replaced(node, left=left, right=right)
        if isinstance(node, (cst.List, cst.Tuple)):
            members = [replaced(one, value=self.expression(one.value, owner)) for one in node.elements]
            return replaced(node, elements=members)
        return node

    def _element(self, element: cst.SubscriptElement, owner: ClassFacts | None) -> cst.SubscriptElement:
        index = element.slice
        if not isinstance(index, cst.Index):
            return element
        return replaced(element, slice=replaced(index, value=self.expression(index.value, owner)))

    def _named(self, node: cst.Name | cst.Attribute, owner: ClassFacts | None) -> cst.BaseExpression:
        qualified = self._writer.facts.resolve(node, owner) or ""
        if qualified in FUTURES:
            future = self._writer.runtime("Future")
            return cst.Subscript(future, [cst.SubscriptElement(cst.Index(self._writer.any_type()))])
        if qualified.startswith("asyncio.") and not qualified.endswith(("Error", "AbstractEventLoop")):
            return self._writer.any_type()
        return self._writer.kept(node) if self._is_foreign(qualified) else node

    def _is_foreign(self, qualified: str) -> bool:
        """Whether the name is of a library, and conversion of the direct code around it must not touch it."""
        head = qualified.partition(".")[0]
        is_own = head in self._writer.index.top_level
        return bool(head) and self._writer.bridged is not None and not is_own and head not in CONVERTED

    def _has_foreign(self, node: cst.BaseExpression, owner: ClassFacts | None) -> bool:
        stack: list[cst.CSTNode] = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, (cst.Name, cst.Attribute)):
                qualified = self._writer.facts.resolve(part, owner) or ""
                if qualified.startswith("asyncio.") or self._is_foreign(qualified):
                    return True
            elif isinstance(part, cst.SimpleString):
                inner = parsed_string(part)
                stack += [inner] if inner is not None else []
            else:
                stack.extend(children(part))
        return False

"""From an async module to the module that stands for it, still with the source's names, types and imports."""

from __future__ import annotations

from functools import partial

import libcst as cst

from unasync_plus.tree import dotted, replaced, walk

from .calls import Owner
from .classes import body_block, wrapper_class
from .facts import ClassFacts, FunctionFacts
from .functions import crossing, decorators, definition, docstring, kind, overload_items
from .gather import statements
from .index import Fate
from .layout import (
    Statement,
    assigned_names,
    certain_names,
    defined_names,
    each_alone,
    imported_names,
    is_bare_declaration,
    laid_out,
    only_imports,
    pruned,
)
from .members import method_of_tuple
from .module_state import loose
from .retyped import for_checkers, is_retyped
from .texts import with_values_kept
from .variables import Variables
from .writer import Writer, names_in_defaults


class ModuleWriter:
    """Writes the statements of a module, each in the place of the source's."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.is_dynamic = False
        """Whether the module asks the async one for names."""
        self.variables = Variables(writer)
        self._read: set[str] | None = None
        self._certain: set[str] = set()
        """The names that have a value behind the statements that were written."""

    def tree(self) -> cst.Module:
        """The facade."""
        todo = list(self.writer.facts.tree.body)
        body: list[Statement] = [*docstring(cst.IndentedBlock(todo[:1]))]
        for node in todo[len(body) :]:
            new = self._statement(node)
            if self.writer.bridged is None or new[:1] != [node]:  # else it is direct code
                new = [with_values_kept(one, self.writer.marks) for one in new]
            body += new
            self._certain |= certain_names([node])
        if self.writer.bridged is None:
            body = pruned(body, self.writer)
        body = laid_out(body, todo)
        self.is_dynamic = self.is_dynamic or any(map(is_bare_declaration, body)) or self._fills_itself()
        return replaced(self.writer.facts.tree, body=body)

    def _fills_itself(self) -> bool:
        """Whether the module may have names that do not stand in it, as those that protobuf's compiler writes."""
        return self.writer.bridged is None and "globals()" in self.writer.facts.text

    def _statement(self, node: cst.CSTNode) -> list[Statement]:
        if self.writer.bridged is not None and self._stays_direct(node):
            return [node]  # type: ignore[list-item]  # a statement of a module
        if isinstance(node, cst.FunctionDef):
            return list(self._function(node))
        if isinstance(node, cst.ClassDef):
            return list(self._class(self.writer.facts.classes[node.name.value])) if self._is_main(node) else []
        if isinstance(node, cst.SimpleStatementLine):
            return list(self._line(node))
        if isinstance(node, cst.If):
            return list(self._if(node))
        return list(self._compound(node))

    def _stays_direct(self, node: cst.CSTNode) -> bool:
        """With ``bridged``: whether the statement is left to direct conversion."""
        assert self.writer.bridged is not None
        if isinstance(node, cst.FunctionDef):
            return node.name.value not in self.writer.bridged
        if isinstance(node, cst.ClassDef):
            one = self.writer.facts.classes[node.name.value]
            is_shared = self.writer.index.fate(one) is Fate.SHARED and not self.writer.index.is_metaclass(one)
            return node.name.value not in self.writer.bridged and not is_shared
        inside = list(statements([node])) if isinstance(node, cst.BaseStatement) else []
        if any(
            isinstance(each, (cst.FunctionDef, cst.ClassDef)) and each.name.value in self.writer.bridged
            for each in inside
        ):
            return False
        names = {
            name for each in inside if isinstance(each, (cst.Assign, cst.AnnAssign)) for name in assigned_names(each)
        }
        return names.isdisjoint(self._names_in_defaults() | self.writer.bridged) and not self._is_done(node)

    def _is_done(self, node: cst.CSTNode) -> bool:
        """Whether the statement is about variables of the async side, and has been carried out there."""
        plan, resolve, canonical = self.writer.plan, self.writer.facts.resolve, self.writer.index.canonical
        assert plan is not None
        for part in (part for one in loose(node) for part in walk(one)) if plan.shared else ():
            if isinstance(part, (cst.Name, cst.Attribute)) and canonical(resolve(part)) in plan.shared:
                return True
            if isinstance(part, cst.Call) and canonical(resolve(part.func)) in plan.done:
                return True
        return False

    def _names_in_defaults(self) -> set[str]:
        """What the signatures of bridged functions read: it must be the async side's own objects."""
        if self._read is None:
            self._read = names_in_defaults(one for one in self.writer.facts.all_functions() if self._is_bridged(one))
        return self._read

    def _is_bridged(self, function: FunctionFacts) -> bool:
        path = function.qualified[len(self.writer.facts.module) + 1 :]
        return self.writer.bridged is None or path.partition(".")[0] in self.writer.bridged

    def _is_main(self, node: cst.ClassDef) -> bool:
        return self.writer.facts.classes[node.name.value].node is node

    def _if(self, node: cst.If) -> list[Statement]:
        if _is_main_guard(node.test):
            return []
        if self._has_alternatives(node) or not (self.writer.is_static(node.test) or self._is_variable(node.test)):
            return self._compound(node)
        body = [each for inner in node.body.body for each in self._statement(inner)]
        orelse = node.orelse
        other: list[Statement] = []
        if isinstance(orelse, cst.If):
            other = self._if(orelse)
        elif orelse is not None:
            other = [each for inner in orelse.body.body for each in self._statement(inner)]
        if not body and not other:
            return []
        new_else: cst.Else | cst.If | None = None
        if len(other) == 1 and isinstance(other[0], cst.If) and isinstance(orelse, cst.If):
            new_else = other[0]
        elif other:
            lines = orelse.leading_lines if isinstance(orelse, cst.Else) else ()
            new_else = cst.Else(body_block(node.body, list(other)), leading_lines=lines)
        return [replaced(node, body=body_block(node.body, list(body) or [_pass()]), orelse=new_else)]

    def _has_alternatives(self, node: cst.If) -> bool:
        """Whether its branches define classes of one name: one class stands for whichever is there."""
        names = [inner.name.value for inner in statements([node]) if isinstance(inner, cst.ClassDef)]
        return len(names) > len(set(names))

    def _is_variable(self, test: cst.BaseExpression) -> bool:
        """``if HAS_UVLOOP``: the sync module has it too, and the async one perhaps not what stands below."""
        if isinstance(test, cst.UnaryOperation):
            test = test.expression
        facts = self.writer.facts
        without = facts.rebound | self.variables.asked
        return isinstance(test, cst.Name) and test.value in facts.values and test.value not in without

    def _compound(self, node: cst.CSTNode) -> list[Statement]:
        """``try`` and the like: imports stay in it, of the rest what it has come to is taken from the async module."""
        found: list[Statement] = []
        inside = list(statements([node])) if isinstance(node, cst.BaseStatement) else []
        imports = any(isinstance(inner, (cst.Import, cst.ImportFrom)) for inner in inside)
        names = imported_names(inside)  # what stands in for an import that failed is not needed for types
        certain = self._certain | certain_names([node])
        for inner in inside:
            if isinstance(inner, cst.FunctionDef) and inner.name.value not in names:
                found += self._function(inner)
                names.add(inner.name.value)
            elif isinstance(inner, cst.ClassDef) and inner.name.value not in names and self._is_main(inner):
                found += self._class(self.writer.facts.classes[inner.name.value])
                names.add(inner.name.value)
            elif isinstance(inner, (cst.Assign, cst.AnnAssign, cst.AugAssign)):
                for name in assigned_names(inner):
                    if name not in names:
                        names.add(name)
                        line = self.variables.changed(name, inside) if name in certain else self.variables.dynamic(name)
                        found.append(cst.SimpleStatementLine([line]))
        stand_in = partial(self._stand_in, imported_names(inside))
        return [*([only_imports(node, stand_in)] if imports else []), *found]

    def _stand_in(self, imported: set[str], node: cst.CSTNode) -> list[Statement]:
        """What the async module has in the place of an import that failed, if others take it from here, or defaults read it."""
        names = imported.intersection(defined_names(node), self.writer.handed_on | self._names_in_defaults())
        return [replaced(self._taken(name), trailing_whitespace=_MAY_BE_A_TYPE) for name in sorted(names)]

    def _taken(self, name: str) -> cst.SimpleStatementLine:
        """``name = _async.name``."""
        value = self.writer.marks.name(f"{self.writer.async_module}.{name}")
        return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], value)])

    def _line(self, node: cst.SimpleStatementLine) -> list[Statement]:
        found: list[Statement] = []
        for part in (one for each in node.body for one in each_alone(each, self.writer.facts.rebound)):
            new = self._small(part)
            if new is not None:
                found.append(replaced(node, body=[replaced(new, semicolon=cst.MaybeSentinel.DEFAULT)]))
        return [found[0], *(replaced(each, leading_lines=()) for each in found[1:])] if found else []

    def _small(self, node: cst.BaseSmallStatement) -> cst.BaseSmallStatement | None:
        if isinstance(node, (cst.Import, cst.ImportFrom, cst.TypeAlias)):
            return node
        if isinstance(node, cst.Assign):
            return self.variables.assigned(node)
        if isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
            return self.variables.declared(node, node.target.value)
        if isinstance(node, cst.AugAssign) and isinstance(node.target, cst.Name):
            return node if node.target.value == "__all__" else self.variables.changed(node.target.value)
        return None

    # definitions

    def _class(self, one: ClassFacts) -> list[Statement]:
        if self.writer.is_dropped(one):
            return []
        fate = self.writer.index.fate(one)
        if fate is Fate.WRAPPED:
            return [wrapper_class(one, self.writer)]
        if fate is Fate.COPIED:
            return [self._copied(one)]
        if self.writer.bridged is None and is_retyped(one, self.writer.index):
            return [for_checkers(one, self._taken(one.name), self.writer)]
        return [replaced(self._taken(one.name), leading_lines=_comments(one.node))]

    def _copied(self, one: ClassFacts) -> cst.ClassDef:
        """A class of types; named tuples are made of one another on the way across, and what is async in them is called."""
        if not self.writer.index.derives(one, "NamedTuple"):
            return one.node
        functions = {id(each.node): each for group in one.functions.values() for each in group if each.is_async}
        members = [
            method_of_tuple(functions[id(node)], self.writer) if id(node) in functions else node
            for node in one.node.body.body
        ]
        decorator = cst.parse_expression(
            f"{self.writer.bridge}.copied({self.writer.marks.mark(self.writer.async_text(one.qualified))})"
        )
        decorators = [cst.Decorator(decorator), *one.node.decorators]
        return replaced(one.node, decorators=decorators, body=replaced(one.node.body, body=members))

    def _function(self, node: cst.FunctionDef) -> list[Statement]:
        group = self.writer.facts.functions[node.name.value]
        function = next(each for each in group if each.node is node)
        if self.writer.is_dropped(function):
            return []
        if function.name == "__getattr__":
            self.is_dynamic = True
            return []
        if function.name == "__dir__":
            return []
        if self.writer.bridged is None and not self.writer.index.crosses(function):
            if function is not group[-1]:
                return []
            if function.name in self.writer.facts.hidden:
                return [cst.SimpleStatementLine([self.variables.dynamic(function.name)])]
            return [replaced(self._taken(function.name), leading_lines=_comments(group[0].node))]
        if function.has("overload"):
            return list(overload_items(group, self.writer)) if function is group[0] else []
        result = "hold" if self.writer.index.settled.later(function) else kind(function)
        more = self.writer.interface_decorators(result, "_function")
        if len(group) > 1:
            more = self.writer.overload_decorators(more)
        statement = crossing(function, self.writer, Owner(self.writer.marks.mark(self.writer.async_module)))
        return [definition(function, self.writer, [statement], decorators(function, *more))]


_MAY_BE_A_TYPE = cst.TrailingWhitespace(
    cst.SimpleWhitespace("  "), cst.Comment("# type: ignore[misc,assignment,attr-defined,unused-ignore]")
)


def _comments(node: cst.FunctionDef | cst.ClassDef) -> list[cst.EmptyLine]:
    """The comments above a definition, for the line that takes its place."""
    return [line for line in node.leading_lines if line.comment is not None]


def _pass() -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Pass()])


def _is_main_guard(test: cst.BaseExpression) -> bool:
    return isinstance(test, cst.Comparison) and dotted(test.left) == "__name__"

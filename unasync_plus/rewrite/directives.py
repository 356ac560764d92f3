"""Comments in the source that speak to us: ``# unasync: skip``, and a project's own words for the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.model import Severity
from unasync_plus.records import record
from unasync_plus.rewrite.context import Finding
from unasync_plus.rewrite.make import REMOVE
from unasync_plus.tree import replaced, walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

_OURS = re.compile(r"#\s*unasync:\s*(.*)$")
_NO_HEADER = (
    cst.EmptyLine,
    cst.Decorator,
    cst.BaseSuite,
    cst.Else,
    cst.Finally,
    cst.ExceptHandler,
    cst.ExceptStarHandler,
)
"""Parts of a statement that do not stand on its first line."""
WORDS = tuple("skip keep off on replace async-branch sync-branch sequential threads direct bridge ignore".split())


@record
class Directive:
    """One comment: its word, what follows it, and the key of `directives` that it came by."""

    word: str
    argument: str
    comment: cst.Comment
    by: str = ""


@record
class Treatment:
    """What a directive does with one statement."""

    apply: Callable[[Any], Any]


@record
class Ignored:
    """A comment that silences the ``codes`` (none: all) on its line and where its statement begins."""

    statement: cst.CSTNode
    comment: cst.Comment
    codes: frozenset[str]

    @property
    def idle(self) -> Finding:
        """What is said when there was nothing to silence."""
        return _idle(self.comment, "ignore", "nothing is reported on this line that could be silenced")


def _idle(comment: cst.Comment, word: str, why: str) -> Finding:
    return Finding(comment, "UA021", Severity.WARNING, f"`{word}` does nothing here: {why}", "move or delete it")


class Directives:
    """Reads the comments on statements and says what they do there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._own = engine.settings.directives
        self._seen: set[int] = set()
        self._branches: set[int] = set()
        self._visited: set[int] = set()
        self.spent: set[int] = set()
        """The ``id`` of comments at the very top of the file that go with what they are about."""
        self.ignored: list[Ignored] = []

    def _parse(self, comment: cst.Comment | None) -> Directive | None:
        if comment is None:
            return None
        text = comment.value.lstrip("#").strip()
        if text in self._own:
            self._engine.fired.add(f"directives:{text}")
            return self._directive(self._own[text], comment, text)
        match = _OURS.search(comment.value)
        return self._directive(match.group(1).strip(), comment) if match else None

    def _directive(self, text: str, comment: cst.Comment, by: str = "") -> Directive | None:
        word, _, argument = text.partition(" ")
        if text.startswith("ignore"):
            word, argument = "ignore", text[len("ignore") :].strip(" []")
        first = id(comment) not in self._seen
        self._seen.add(id(comment))
        if word in WORDS:
            return Directive(word, argument.strip(), comment, by)
        if first:
            import difflib  # here, as few files have such comments

            near = difflib.get_close_matches(word, WORDS, 1)
            self._engine.warn(
                comment,
                "UA020",
                f"{word!r} is no directive",
                f"write `# unasync: {near[0]}`" if near else f"known are: {', '.join(WORDS)}",
            )
        return None

    def of_statement(self, node: Any) -> list[Directive]:
        """The directives on the statement's first and last line, that of its header, and on the lines right above it."""
        return [found for comment in self._comments(node) if (found := self._parse(comment)) is not None]

    def asked_for(self, node: Any, *words: str) -> str:
        """The first of ``words`` that a comment on a statement says, without taking the comment up; or empty."""
        for comment in filter(None, self._comments(node)):
            match = _OURS.search(comment.value)
            said = match.group(1) if match else self._own.get(comment.value.lstrip("#").strip(), "")
            if said.partition(" ")[0] in words:
                return said.partition(" ")[0]
        return ""

    def _comments(self, node: Any) -> list[cst.Comment | None]:
        comments = [line.comment for line in self._header(node)]
        comments += [line.comment for line in getattr(node, "leading_lines", ())]
        comments += [line.comment for line in getattr(node, "lines_after_decorators", ())]
        comments.append(_first_line_comment(node))
        if isinstance(node, cst.SimpleStatementLine):
            comments.append(node.trailing_whitespace.comment)
        else:
            comments.append(_header_comment(node))
        return comments

    def _header(self, node: Any) -> Sequence[cst.EmptyLine]:
        """The lines above ``node`` if it is the first statement of all: they are the module's, not its own."""
        tree = self._engine.names.module.node
        assert isinstance(tree, cst.Module)
        return tree.header if tree.body and tree.body[0] is node else ()

    def of_branch(self, node: cst.If) -> Directive | None:
        """The directive that says which branch an ``if`` is."""
        comments = [_header_comment(node)]
        if isinstance(node.body, cst.IndentedBlock) and node.body.body:
            first = node.body.body[0]
            lines = getattr(first, "leading_lines", ())
            comments += [line.comment for line in lines if line.comment is not None][:1]
        for comment in comments:
            is_new = id(comment) not in self._seen
            found = self._parse(comment)
            if is_new and found is not None and found.word not in ("async-branch", "sync-branch"):
                self._seen.discard(id(comment))  # on an `elif` nobody else takes it up
            if found is not None and found.word in ("async-branch", "sync-branch"):
                self._branches.add(id(found.comment))
                return found
        return None

    def of_block(self, body: Sequence[Any]) -> list[Treatment | None]:
        """For each statement of a block the treatment that comments ask for, or None."""
        off = False
        treatments: list[Treatment | None] = []
        for node in body:
            directives = self.of_statement(node)
            for directive in directives:
                if directive.word == "on" and not off:
                    self._useless(directive, "no `off` stands above it in this block")
                if directive.word in ("off", "on"):
                    off = directive.word == "off"
            if off:
                treatments.append(Treatment(self._keep))
                continue
            treatment = self._treatment(node, [d for d in directives if d.word not in ("off", "on")])
            treatments.append(treatment)
            if treatment is None:
                self._visited.add(id(node))
        return treatments

    @cached_property
    def left_out(self) -> frozenset[int]:
        """The ``id`` of each node in a statement that is left out."""
        found = set[int]()
        for node in walk(self._engine.names.module.node):
            if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)) and id(node) not in found:
                if any(directive.word == "skip" for directive in self.of_statement(node)):
                    found.update(map(id, walk(node)))
        return frozenset(found)

    def report_idle(self, tree: cst.Module) -> None:
        """Warn of every directive in converted code that no statement took up: inside an expression, behind a block."""
        stack: list[tuple[cst.CSTNode, bool]] = [(tree, True)]
        while stack:
            node, live = stack.pop()
            if isinstance(node, cst.Comment):
                if live and id(node) not in self._seen and (found := self._parse(node)) is not None:
                    self._useless(found, "no statement begins or ends on its line")
                continue
            if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                live = id(node) in self._visited
            elif isinstance(node, cst.IndentedBlock):
                live = any(id(statement) in self._visited for statement in node.body)
            stack.extend((child, live) for child in node.children)

    def _treatment(self, node: Any, directives: list[Directive]) -> Treatment | None:
        if isinstance(node, cst.If):
            branch = self.of_branch(node)
            if branch is not None:
                return Treatment(lambda old: self.branch(old, branch))
        for directive in directives:
            word = directive.word
            if word in ("skip", "replace"):
                self.spent.add(id(directive.comment))
            if word == "skip":
                return Treatment(lambda _: REMOVE)
            if word == "keep":
                return Treatment(self._keep)
            if word == "replace":
                if isinstance(node, cst.SimpleStatementLine):
                    return Treatment(lambda old, by=directive: self._replace(old, by))  # type: ignore[misc]  # mypy: no default in lambdas
                self._useless(directive, "it can replace a simple statement only")
            elif word in ("sequential", "threads"):
                return Treatment(lambda old, by=directive: self._concurrency(old, by))  # type: ignore[misc]  # likewise
            elif word == "ignore":
                codes = frozenset(code.strip() for code in directive.argument.split(",") if code.strip())
                self.ignored.append(Ignored(node, directive.comment, codes))
            elif word in ("async-branch", "sync-branch") and id(directive.comment) not in self._branches:
                self._useless(directive, "it belongs on an `if`, or first in its body")
            elif word in ("direct", "bridge") and not isinstance(node, (cst.FunctionDef, cst.ClassDef)):
                self._useless(directive, "it belongs on a definition")
        return None

    def _useless(self, directive: Directive, why: str) -> None:
        self._engine.findings.append(_idle(directive.comment, directive.word, why))

    # what they do

    def _keep(self, node: Any) -> Any:
        new = self._engine.text.kept(node)
        if new is not node:
            for made, old in zip(walk(new), walk(node), strict=True):  # only comments differ
                self._engine.note_origin([made], old)
        return new

    def _replace(self, node: cst.SimpleStatementLine, directive: Directive) -> Any:
        try:
            parsed, what = cst.parse_module(directive.argument + "\n").body, "no code to put here"
        except cst.ParserSyntaxError as error:
            parsed, what = (), f"the code to put here does not parse: {error.message}"
        if not parsed:
            way_out = "write a statement behind `replace`, or leave this one out with `# unasync: skip`"
            self._engine.refuse(directive.comment, "UA022", what, way_out)
            return node
        lines = [line for line in node.leading_lines if line.comment is not directive.comment]
        self._engine.note_origin(walk(parsed[0]), node.body[0])
        return replaced(parsed[0], leading_lines=lines)

    def branch(self, node: cst.If, directive: Directive) -> Any:
        """``async-branch``: the other branch stays; ``sync-branch``: this one does."""
        engine = self._engine
        if directive.word == "sync-branch":
            value = True
        else:
            value = isinstance(node.test, cst.Name) and node.test.value == "False"
        before, engine.is_in_sync_branch = engine.is_in_sync_branch, True
        if engine.parents[-1] is not node:
            engine.parents.append(node)
            new = engine.conditions.taken(node, value)
            engine.parents.pop()
        else:
            new = engine.conditions.taken(node, value)
        engine.is_in_sync_branch = before
        return self._without_comment(new, directive)

    def _without_comment(self, new: Any, directive: Directive) -> Any:
        if isinstance(new, cst.Else) and _header_comment(new) is directive.comment:
            header = replaced(new.body.header, comment=None, whitespace=cst.SimpleWhitespace(""))  # type: ignore[attr-defined]  # only blocks have a header with a comment
            return replaced(new, body=replaced(new.body, header=header))
        if not isinstance(new, cst.FlattenSentinel):
            return new
        nodes = list(new)
        for index, statement in enumerate(nodes):
            lines = getattr(statement, "leading_lines", ())
            if any(line.comment is directive.comment for line in lines):
                left = [line for line in lines if line.comment is not directive.comment]
                nodes[index] = replaced(statement, leading_lines=left)
        return cst.FlattenSentinel(nodes)

    def _concurrency(self, node: Any, directive: Directive) -> Any:
        engine = self._engine
        before, asked = engine.concurrency_here, engine.concurrency_asked
        engine.concurrency_here, engine.concurrency_asked = directive.word, False
        new = engine.visit(node)
        if not engine.concurrency_asked:
            self._useless(directive, "nothing in the statement runs at the same time as something else")
        engine.concurrency_here, engine.concurrency_asked = before, asked
        return new


def _first_line_comment(node: Any) -> cst.Comment | None:
    """The comment behind the first bracket of a statement, if its first line ends there."""
    todo = [part for part in reversed(node.children) if not isinstance(part, _NO_HEADER)]
    while todo:
        part = todo.pop()
        if isinstance(part, cst.ParenthesizedWhitespace):
            return part.first_line.comment
        todo.extend(reversed(part.children))
    return None


def _header_comment(node: Any) -> cst.Comment | None:
    body = getattr(node, "body", None)
    if isinstance(body, cst.IndentedBlock):
        return body.header.comment
    if isinstance(body, cst.SimpleStatementSuite):
        return body.trailing_whitespace.comment
    return None

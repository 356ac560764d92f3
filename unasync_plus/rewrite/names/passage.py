"""Which foreign names may pass into the output, and the refusal of those that may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.import_nodes import IMPORTS
from unasync_plus.model import Severity
from unasync_plus.resolve.counterparts import is_asynchronous_constant, renaming
from unasync_plus.rewrite.foreign import is_never_raised, is_undefined, sounds_asynchronous
from unasync_plus.rewrite.names.standard import lacks
from unasync_plus.rewrite.staying import refuse_staying
from unasync_plus.tables import lookup
from unasync_plus.tree import children, dotted

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

ASYNC_LIBRARIES = frozenset(
    "asyncio anyio trio sniffio curio uvloop nest_asyncio aioitertools async_timeout exceptiongroup_async".split()
)
"""Import roots of which no name may pass unless a rule, a row or `leave` speaks for it."""


class Passage:
    """Lets names of other libraries through, or refuses them, each place once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._refused: set[int] = set()
        self._told: set[str] = set()
        self._told_left_out: set[str | int] = set()
        self._missing: list[tuple[cst.ImportAlias, str, str]] = []
        self._unheard_of: dict[str, cst.CSTNode] = {}
        """Foreign names that sound asynchronous and of which nobody knows more, and exceptions of what has no sync side, each
        with the first place it stands."""

    def check(self, node: cst.CSTNode, qualified: str) -> bool:
        """Refuse ``qualified`` if it is asynchronous and nothing says what it means in sync code."""
        engine = self._engine
        self.tell_left_out(node, qualified)
        target = engine.targets.target(qualified)
        if target is not None or engine.is_owned(qualified) or engine.is_left(qualified):
            if target is not None and qualified not in engine.settings.replace and sounds_asynchronous(target, engine):
                self._unheard_of.setdefault(target, node)
            if target is None and engine.is_owned(qualified) and not engine.is_left(qualified):
                self._tell_of_counterpart(node, qualified)
            is_imported = isinstance(node, cst.Name) and target is None and engine.is_owned(qualified)
            if is_imported and is_undefined(qualified, engine):
                self._unheard_of.setdefault(qualified, node)
            if target is None and engine.project.coroutines and type(node) is not cst.ImportAlias:
                return not refuse_staying(node, qualified, engine)
            return True
        row = lookup(qualified)
        if row is not None and (row.keep or row.to):
            return True
        if row is not None and row.refuse:
            self.refuse(node, "UA903", f"{qualified} has no synchronous counterpart: {row.refuse}", row.help)
            return False
        if row is not None and row.rule:
            self.refuse(node, "UA902", f"this use of {qualified} has no synchronous meaning yet")
            return False
        if qualified.partition(".")[0] in ASYNC_LIBRARIES and "." in qualified:
            self.refuse(node, "UA901", f"{qualified} is asynchronous and no rule says what it means in sync code")
            return False
        second = self._second(node)
        if second:
            self.refuse(
                node, "UA902", f"this may be {second}, which has no synchronous meaning where it is the second of two"
            )
            return False
        if row is None and (sounds_asynchronous(qualified, engine) or is_never_raised(qualified)):
            self._unheard_of.setdefault(qualified, node)
        return True

    def _second(self, node: cst.CSTNode) -> str:
        """What else a name may be, if another import gives it a meaning that only rules know; "" for none."""
        found = self._engine.scope.lookup(node.value) if type(node) is cst.Name else None
        others = found[1][1:] if found is not None else ()
        meanings = (self._engine.names.meaning(one.qualified) for one in others if one.kind == "import")
        return next((one for one in meanings if has_only_rules(one) and not self._engine.is_configured(one)), "")

    def _tell_of_counterpart(self, node: cst.CSTNode, qualified: str) -> None:
        """Warn, once for each, of a name in capitals, or of a module, that stays though another stands beside it for sync
        code."""
        engine, counterpart = self._engine, self._engine.project.counterparts.get(qualified)
        if counterpart is None:
            return
        home, old, new = renaming(qualified, counterpart)
        module, _, name = qualified.rpartition(".")
        if old == name and home == module:
            stays = is_asynchronous_constant(name) and not engine.namer.explicit(name)
        else:
            sync_name = engine.renames.get(name, name)
            is_missing = f"{module}.{sync_name}" in engine.project.missing
            stays = engine.targets.home(module, sync_name) == module and not is_missing
        if stays and f"{home}.{old}" not in self._told:
            self._told.add(f"{home}.{old}")
            text = f"{home}.{old} sounds asynchronous, and stays as it is, though {home} has {new}"
            help = f'say "{old}" = "{new}" in `rename`, or list it in `leave` if it is fine as it is'
            engine.warn(node, "UA907", text, help)

    def tell_unheard_of(self) -> None:
        """Warn of foreign names that sound asynchronous and stay as they are, where no refusal speaks of them, and of
        exceptions of libraries that have no sync side, where none speaks of those."""
        told = [finding.message for finding in self._engine.findings if finding.severity is Severity.ERROR]
        for qualified, node in self._unheard_of.items():
            is_error = is_never_raised(qualified)
            about = f"{qualified.partition('.')[0]}." if is_error else qualified
            if not any(message.startswith(about) for message in told):
                text = f"{qualified} sounds asynchronous, and stays as it is: nothing says what it is in sync code"
                if is_error:
                    text = f"{qualified} stays as it is, and nothing that sync code can use raises it"
                help = "name its counterpart in `replace`, or list it in `leave` if it is fine as it is"
                self._engine.warn(node, "UA907", text, help)

    def note_missing(self, alias: cst.ImportAlias, qualified: str, new: str) -> None:
        """The module outside of the sources which has ``qualified`` has no ``new``; or another one, from which the output
        would import it, if that is a qualified name."""
        self._missing.append((alias, qualified, new))

    def tell_missing_attribute(self, node: cst.CSTNode, qualified: str, new: str) -> None:
        """Warn, once for each name, of what is read off a module that does not have it under its ``new`` name."""
        engine, (module, _, name) = self._engine, qualified.rpartition(".")
        if not engine.project.missing or name in self._told:
            return
        home = engine.targets.module(module) or module
        if f"{home}.{new}" in engine.project.missing and (home != module or new != name):
            self._told.add(name)
            self._warn_of_missing(node, qualified, new if home == module else f"{home}.{new}")

    def _warn_of_missing(self, node: cst.CSTNode, qualified: str, new: str) -> None:
        module, _, name = qualified.rpartition(".")
        home, _, new = new.rpartition(".")
        text = f"{name} becomes {new}, which {home or module} does not have"
        if new == name:
            text = f"{name} would be taken from {home}, which does not have it"
        way_out, counterpart = f"say in `replace` where {new} is", self._engine.project.counterparts.get(qualified)
        if counterpart is not None and not home:
            home, old, there = renaming(qualified, counterpart)
            way_out = f'{home} has {there}: if that is meant, say "{old}" = "{there}" in `rename`'
        help = f"{way_out}, or list {name} in `naming.keep` if it is fine as it is"
        self._engine.warn(node, "UA908", text, help)

    def tell_lacking(self, node: cst.CSTNode, qualified: str, module: str, new: str) -> None:
        """Warn, once for each name, that `rename` gives what is foreign a name which ``module`` does not have."""
        name = qualified.rpartition(".")[2]
        if new != name and qualified not in self._told and lacks(module, new):
            self._told.add(qualified)
            text = f"{name} becomes {new}, which {module} does not have"
            self._engine.warn(node, "UA908", text, f"name its counterpart in `replace`: {qualified}")

    def tell_absent(self, node: cst.CSTNode, module: str, new: str) -> None:
        """Warn of a module that becomes one which is not there."""
        if new != module and new in self._engine.project.missing:
            text = f"{module} becomes {new}, and the project has no such module"
            self._engine.warn(node, "UA908", text, f"say in `replace` what {module} is in sync code")

    def tell_missing(self, output: cst.Module) -> None:
        """Warn of imports of what is not there, unless what the source reads it for is gone from ``output``."""
        used = self._engine.names.used
        left = _names_outside_imports(output) if self._missing else ()
        for node, qualified, new in self._missing:
            name = qualified.rpartition(".")[2]
            local = (dotted(node.asname.name) if node.asname else None) or name
            self._told.add(name)
            if local in used and self._engine.renames.get(local, local) not in left:
                continue
            self._warn_of_missing(node, qualified, new)

    def tell_left_out(self, node: cst.CSTNode, qualified: str) -> None:
        """Warn, once for each name, that code uses what the output does not have."""
        if qualified in self._engine.project.left_out and not {qualified, id(node)} & self._told_left_out:
            self._told_left_out |= {qualified, id(node)}
            text = f"{qualified} is left out of the sync output, and is used here"
            help = "leave this out too with `# unasync: skip`, or do not leave that out"
            self._engine.warn(node, "UA910", text, help)

    def tell_twinless(self, tree: cst.Module) -> None:
        """Warn of names that the convention changes to what nothing in the project defines."""
        engine = self._engine
        outside = engine.project.twinless | engine.project.doubtful
        names = {name for name in engine.renames.keys() & outside if not engine.namer.explicit(name)}
        names -= self._told | engine.names.imports.keys()
        for node in _outside_imports(tree) if names else ():  # modules and what is imported are told of elsewhere
            if isinstance(node, cst.Name) and node.value in names:
                names.discard(node.value)
                new = engine.renames[node.value]
                if node.value in engine.project.twinless:
                    text = f"{node.value} is defined outside of the async source, and nothing there defines {new}"
                    help = (
                        f"{self._beside(node.value, new)}, or list {node.value} in `naming.keep` if it is fine as it is"
                    )
                else:
                    text = f"{node.value} becomes {new}, which stands beside it outside of the async source"
                    help = f"list {node.value} in `naming.keep` if that is another thing, or in `rename` if it is not"
                engine.warn(node, "UA908", text, help)

    def _beside(self, name: str, new: str) -> str:
        """The way out for a ``name`` that has no ``new`` one where it is defined."""
        known = self._engine.project.counterparts.items()
        found = next((renaming(*item) for item in known if item[0].endswith(f".{name}")), None)
        if found is None:
            return f"define {new} beside it"
        home, old, there = found
        return f'{home} has {there}: if that is meant, say "{old}" = "{there}" in `rename`'

    def refuse(self, node: cst.CSTNode, code: str, message: str, help: str = "") -> None:
        if id(node) not in self._refused:
            self._refused.add(id(node))
            self._engine.refuse(node, code, message, help or _WAY_OUT)


def has_only_rules(qualified: str) -> bool:
    """Whether nothing of that name can stay: rules put something else in its place, or refuse it."""
    row = lookup(qualified)
    return row is not None and bool(row.rule) and not row.keep


def _names_outside_imports(tree: cst.Module) -> set[str]:
    return {node.value for node in _outside_imports(tree) if type(node) is cst.Name}


def _outside_imports(tree: cst.Module) -> Iterator[cst.CSTNode]:
    """All nodes but those of imports, in the order of the source."""
    todo: list[cst.CSTNode] = [tree]
    while todo:
        node = todo.pop()
        yield node
        if node.__class__ not in IMPORTS:
            todo.extend(reversed(list(children(node))))


_WAY_OUT = (
    "name a counterpart in `replace` or `rewrite`, leave the statement out with `# unasync: skip`, "
    "or list the name in `leave`"
)

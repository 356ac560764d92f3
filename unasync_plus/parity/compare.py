"""Two surfaces, name by name: what is missing, what is extra, what says something else."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field

import libcst as cst

from unasync_plus.config.decorators import decorator_forms
from unasync_plus.emit.stub_text import one_line
from unasync_plus.emit.sync_types import SPECIAL
from unasync_plus.records import record
from unasync_plus.tables import load

from .options import UNKNOWN
from .surface import Member, Parameter, Signature
from .translation import Translation, canonical
from .values import Values

BRIDGE = "_bridge"
"""What a bridged module calls its way to the async one."""
_PASSED_ON = (".__del__", ".__delattr__", ".__setattr__")
"""What a bridged class does not say again: its base class sees to it."""
_OF_ANY = re.compile(r"\b((?!tuple|Tuple)\w+)\[Any(?:, Any)*\]")
_NOT_TRANSLATED = ("__await__",)
"""Counterparts that need no common signature: `result(timeout=None)` stands for `await`."""


@record
class Difference:
    """``kind`` as in `allowed.KINDS`; ``on_sync`` tells on which side ``line`` and ``column`` are."""

    kind: str
    name: str
    message: str
    line: int
    column: int
    on_sync: bool


@record
class Comparison:
    """One module of each side; ``dropped`` are names that the project leaves out of the sync side."""

    translation: Translation
    dropped: Collection[str] = ()
    literal: Mapping[str, str] = field(default_factory=dict)
    """Texts that the project replaces."""
    changed: Collection[str] = ()
    """Constants that have another value on the sync side, as the project wants it."""
    own_classes: Collection[str] = ()
    """The classes that the async side defines."""
    classes: Collection[str] = ()
    """Those of the sync side: a wrapper has no other bases."""
    is_bridged: bool = False
    """Whether the sync module at hand calls the async one through the bridge."""

    def differences(
        self,
        ours: Mapping[str, Member],
        theirs: Mapping[str, Member],
        left_out: Collection[str] = (),
        module: str = "",
    ) -> Iterator[Difference]:
        """What ``theirs``, the sync side, does not have in common with ``ours``, the async side, called ``module``.

        The sync side has no need of ``left_out``, names at the top of the async module.
        """
        pairs = self._paired(ours, theirs)
        for name, member in ours.items():
            if member.skipped or name.partition(".")[0] in left_out or self._is_dropped(name, ours, module):
                continue
            counterpart = pairs.get(name)
            if counterpart is None:
                around = pairs.get(name.rpartition(".")[0])
                left_out_by_bridge = name.endswith(_PASSED_ON) and around is not None and around.is_facade
                if member.public and not self._reported_with_owner(name, ours, pairs) and not left_out_by_bridge:
                    yield _difference("missing", member, f"{_label(member)} has no sync counterpart", on_sync=False)
            elif "import" not in (counterpart.kind, member.kind) and (member.public or counterpart.public):
                yield from self._compare(member, counterpart)
                around = theirs.get(counterpart.name.rpartition(".")[0])
                if around is not None and not around.is_facade:
                    yield from self._inside_of_class(member, counterpart)
        origins = {member.name: ours[name] for name, member in pairs.items()}
        for name, member in theirs.items():
            owner = name.rpartition(".")[0]
            inside = owner in theirs and (owner not in origins or origins[owner].kind == "import")
            serves_both = not member.is_async and _stands_beside(name, theirs)  # the dual interface
            if name in origins or not member.public or member.kind == "import" or serves_both:
                continue
            if (name == "__getattr__" and self.is_bridged) or (member.is_facade and name.endswith(".__init__")):
                continue  # they hand on what there is
            if not (owner and inside):
                yield _difference("extra", member, f"{_label(member)} is on the sync side only", on_sync=True)

    def _is_dropped(self, name: str, members: Mapping[str, Member], module: str) -> bool:
        """Whether `drop` names it, what it is inside of, or a decorator of one of them."""
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            inside = ".".join(parts[:end])
            forms = decorator_forms(members[inside].decorators) if inside in members else set()
            if not {inside, parts[end - 1], f"{module}.{inside}", *forms}.isdisjoint(self.dropped):
                return True
        return False

    def _paired(self, ours: Mapping[str, Member], theirs: Mapping[str, Member]) -> dict[str, Member]:
        """The sync member of each async one. Of two that become the same, the coroutine is the one that counts."""
        owners: dict[str, str] = {"": ""}
        pairs: dict[str, Member] = {}
        taken: dict[str, Member] = {}
        for name, member in ours.items():
            owner, _, last = name.rpartition(".")
            if owner not in owners:
                continue
            prefix = f"{owners[owner]}." if owners[owner] else ""
            existing = {
                full.rpartition(".")[2] for full in theirs if full.startswith(prefix) and "." not in full[len(prefix) :]
            }
            found = self.translation.among(last, existing) if name else ""
            if found is None:
                continue
            full = prefix + found if name else ""
            owners[name] = full
            rival = taken.get(full)
            if rival is not None and not member.is_async and rival.is_async:
                pairs[name] = Member(full, "import")  # there, and compared with the other one
                continue
            if rival is not None and member.is_async:
                pairs[rival.name] = Member(full, "import")
            taken[full] = member
            pairs[name] = theirs[full]
        return pairs

    def _reported_with_owner(self, name: str, ours: Mapping[str, Member], pairs: Mapping[str, Member]) -> bool:
        owner = name.rpartition(".")[0]
        if owner and owner in pairs and pairs[owner].kind != "class":
            return True  # an alias or an import stands for the whole class
        return bool(owner) and owner in ours and (owner not in pairs or ours[owner].skipped)

    def _compare(self, ours: Member, theirs: Member) -> Iterator[Difference]:
        if ours.has_docstring != theirs.has_docstring and ours.kind in ("module", "class", "function", "property"):
            side = "sync" if ours.has_docstring else "async"
            yield _difference("docstring", theirs, f"{_label(theirs)} has no docstring on the {side} side")
        if theirs.is_async:
            yield _difference("kind", theirs, f"{_label(theirs)} is still a coroutine function")
        if ours.kind != theirs.kind:
            if {ours.kind, theirs.kind} != {"function", "value"}:
                yield _difference("kind", theirs, f"{theirs.name} is a {theirs.kind}, {ours.name} a {ours.kind}")
            return
        if ours.kind == "value":
            yield from self._value(ours, theirs)
        if ours.kind == "class":
            yield from self._bases(ours, theirs)
            yield from self._options(ours, theirs)
        elif ours.annotation is not None or (theirs.annotation is not None and ours.kind != "value"):
            yield from self._types("", ours.annotation, theirs.annotation, theirs)
        elif ours.signatures and ours.name.rpartition(".")[2] not in _NOT_TRANSLATED:
            yield from self._signatures(ours, theirs)

    def _inside_of_class(self, ours: Member, theirs: Member) -> Iterator[Difference]:
        """What a class says of its members, and a wrapper does not say again."""
        if theirs.is_abstract != ours.is_abstract:
            told = "abstract" if theirs.is_abstract else "not abstract"
            yield _difference("kind", theirs, f"{_label(theirs)} is {told} on the sync side only")
        given, wanted = theirs.default, ours.default
        comparable = None in (given, wanted) or "" not in (given, wanted)
        if theirs.kind == ours.kind == "value" and comparable and not self._same_text(wanted, given):
            shown = ["none" if one is None else one or "another" for one in (given, wanted)]
            yield _difference("default", theirs, f"the default of {theirs.name} is {shown[0]}, not {shown[1]}")

    def _bases(self, ours: Member, theirs: Member) -> Iterator[Difference]:
        expected = self._both(ours.bases)
        actual = [canonical(base, str, from_async=False) for base in theirs.bases]
        if theirs.is_facade:
            own = self.classes
            expected = [[one for one in names if one in actual or one.partition("[")[0] in own] for names in expected]
        if actual not in expected:
            message = f"the bases of {theirs.name} are ({', '.join(actual)}), not ({', '.join(expected[0])})"
            yield _difference("type", theirs, message)

    def _options(self, ours: Member, theirs: Member) -> Iterator[Difference]:
        both = (theirs.options, ours.options)
        if both[0] == both[1] or any(UNKNOWN in (one or ()) for one in both):
            return
        shown = ["no dataclass" if one is None else f"@dataclass({', '.join(sorted(one))})" for one in both]
        if not theirs.is_facade or None not in both:
            yield _difference("options", theirs, f"{theirs.name} is {shown[0]}, {ours.name} {shown[1]}")

    def _value(self, ours: Member, theirs: Member) -> Iterator[Difference]:
        """What a constant, a member of an enum or of a class is; of several conditions, one has to be the same."""
        other = theirs.alias or next((one for one in theirs.values if isinstance(one, cst.Name | cst.Attribute)), None)
        if ours.alias is not None and other is not None:
            yield from self._types("", ours.alias, other, theirs)
            return
        told = ours.default is not None and theirs.default is not None and "" not in (ours.default, theirs.default)
        if told or not (ours.values and theirs.values) or self._is_changed(ours):
            return  # `_inside_of_class` compares what fields begin with
        values = Values(self.translation.word, self.translation.text, self.literal)
        if all(values.differ(one, another) for one in ours.values for another in theirs.values):
            shown = [_excerpt(one.values[0]) for one in (theirs, ours)]
            yield _difference("value", theirs, f"{theirs.name} is {shown[0]}, not {shown[1]}")

    def _is_changed(self, member: Member) -> bool:
        return "." not in member.name and member.name in self.changed

    def _both(self, nodes: Collection[object]) -> list[list[str]]:
        """Types as the sync side should say them: names translated, or, where they are foreign, left."""
        translated = [canonical(node, self.translation.word, from_async=True) for node in nodes]  # type: ignore[arg-type]
        left = [canonical(node, self.translation.own_word, from_async=True) for node in nodes]  # type: ignore[arg-type]
        return [translated, left]

    def _signatures(self, ours: Member, theirs: Member) -> Iterator[Difference]:
        if len(ours.signatures) != len(theirs.signatures):
            message = f"{theirs.name} has {len(theirs.signatures)} overloads, {ours.name} {len(ours.signatures)}"
            yield _difference("signature", theirs, message)
            return
        for one, other in zip(ours.signatures, theirs.signatures, strict=True):
            yield from self._signature(one, other, theirs)

    def _signature(self, ours: Signature, theirs: Signature, member: Member) -> Iterator[Difference]:
        same = len(ours.parameters) == len(theirs.parameters) and all(
            self._same_parameter(one, other) for one, other in zip(ours.parameters, theirs.parameters, strict=True)
        )
        if not same:
            shown = self.translation.text(ours.text.removeprefix("@overload "))
            actual = theirs.text.removeprefix("@overload ")
            yield _difference("signature", member, f"{member.name} takes {actual}, not {shown}")
            return
        for one, other in zip(ours.parameters, theirs.parameters, strict=True):
            if one.default != other.default and not self._same_text(one.default, other.default):
                message = f"the default of {other.name} in {member.name} is {other.default}, not {one.default}"
                yield _difference("default", member, message)
            yield from self._types(f"{other.name} in ", one.annotation, other.annotation, member)
        yield from self._types("the result of ", ours.returns, theirs.returns, member)

    def _same_parameter(self, ours: Parameter, theirs: Parameter) -> bool:
        if ours.kind != theirs.kind or (ours.default is None) != (theirs.default is None):
            return False
        return ours.kind in ("/", "*args", "**kwargs") or theirs.name in set(self.translation.candidates(ours.name))

    def _same_text(self, ours: str | None, theirs: str | None) -> bool:
        if ours is None or theirs is None:
            return ours is theirs
        wanted = theirs.replace("'", '"')
        return wanted in (ours.replace("'", '"'), self.translation.text(ours).replace("'", '"'))

    def _without_loop(self, text: str) -> str:
        """A type as the bridge says it: objects of asyncio are passed on as they are, and sync code knows nothing of them."""
        return _objects_of_loops().sub(lambda found: found[0] if found[1] in self.own_classes else "Any", text)

    def _types(self, what: str, ours: object, theirs: object, member: Member) -> Iterator[Difference]:
        actual = canonical(theirs, str, from_async=False)  # type: ignore[arg-type]
        expected = [texts[0] for texts in self._both([ours])]
        if self.is_bridged:
            expected += [self._without_loop(text) for text in expected]
        is_told_by_bridge = ours is None and member.is_facade
        if not is_told_by_bridge and _bare(actual) not in map(_bare, expected):
            label = f"{what}{member.name}"
            yield _difference(
                "type", member, f"{label} is of type {actual or 'unknown'}, not {expected[0] or 'unknown'}"
            )


@functools.cache
def _objects_of_loops() -> re.Pattern[str]:
    """The classes of asyncio whose objects a loop owns, each with what it holds; futures have a type of their own."""
    table = load("asyncio")
    classes = {row.rpartition(".")[2] for row in (table.names if table is not None else ())}
    kept = ("Error", "AbstractEventLoop", "Future", "Task")
    names = "|".join(
        sorted(name for name in classes if not name[:2].isupper() and name[:1].isupper() and not name.endswith(kept))
    )
    return re.compile(rf"\b(?:asyncio\.)?\b({names})\b(?:\[(?:[^\[\]]|\[[^\[\]]*\])*\])?")


def _bare(text: str) -> str:
    """A generic type of nothing but ``Any`` is the bare one."""
    return _OF_ANY.sub(r"\1", text)


def _difference(kind: str, member: Member, message: str, *, on_sync: bool = True) -> Difference:
    return Difference(kind, member.name, message, member.line, member.column, on_sync)


def _excerpt(node: cst.BaseExpression, longest: int = 60) -> str:
    text = one_line(node)
    return text if len(text) <= longest else f"{text[:longest]}…"


def _stands_beside(name: str, theirs: Mapping[str, Member]) -> bool:
    """Whether a special name has its sync form in the same class: ``__enter__`` for ``__aenter__``."""
    owner, _, last = name.rpartition(".")
    return last in SPECIAL and f"{owner}.{SPECIAL[last]}" in theirs


def _label(member: Member) -> str:
    return f"{member.kind} {member.name}" if member.name else "the module"

"""What a table says: one row a name, one row a method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from unasync_plus.records import record

WAY_OUT = 'use mode = "bridge" for the definition, or put its sync side in place with `# unasync: replace`'
"""The help of a refusal whose row and table name none."""


@record
class Row:
    """What one qualified name means in sync code: a verdict, and where it is written.

    The verdict is ``to`` (the counterpart), ``keep`` (harmless as it is), ``rule`` (the family of rules that deals with
    it) or ``refuse`` (why there is none; ``help`` is the way out). ``rule`` may stand beside ``to`` or ``keep``, which
    then speak for what the rules leave alone.
    """

    name: str
    """The qualified name that the row is about; what was looked up may be longer."""
    source: str
    to: str = ""
    keep: bool = False
    rule: str = ""
    refuse: str = ""
    help: str = ""
    handed: str = ""
    """What stands for a name with rules in a module that only hands it on, in its ``__all__``."""
    note: str = ""
    instance: str = ""
    """The class of the objects that ``to`` makes, where that is not ``to`` itself (a function, an abstract class)."""
    missing: tuple[str, ...] = ()
    """Public attributes that ``to`` lacks, however hard one looks; looked up, they are refused."""
    missing_parameters: tuple[str, ...] = ()
    """Parameters that ``to`` does not take, or not by that keyword."""
    since: str = ""
    """The first Python version that has ``name``; empty: 3.9 has it."""
    removed: str = ""
    """The first Python version that no longer has ``name``."""
    platform: str = ""
    """The only ``sys.platform`` that has ``name``."""

    def below(self, rest: list[str], renames: Mapping[str, str]) -> Row:
        """This row for a longer name: ``rest`` are the parts behind :attr:`name`."""
        if not rest or not self.to:
            return self
        if rest[0] in self.missing:
            return Row(
                name=f"{self.name}.{rest[0]}",
                source=self.source,
                refuse=f"{self.to} has no {rest[0]}",
                help=self.help or WAY_OUT,
            )
        return replace(self, to=".".join([self.to, *(renames.get(part, part) for part in rest)]))


@record
class Method:
    """An attribute so distinctive that it is renamed on any object.

    ``of`` is the class or module that has it; ``on`` has the new one, where that is neither the counterpart of ``of``
    nor ``of`` itself.
    """

    name: str
    to: str
    of: str
    source: str
    on: str = ""
    note: str = ""
    since: str = ""


@record
class Table:
    """All that is known of one library."""

    library: str
    """The import root."""
    file: str
    docs: str = ""
    distribution: str = ""
    """Its name on PyPI; empty: part of Python."""
    version: str = ""
    """What the rows were proved against."""
    help: str = ""
    """The way out that its refusals name if their rows do not."""
    modules: tuple[str, ...] = ()
    """Modules of which every public asynchronous name has a row."""
    requires: tuple[str, ...] = ()
    """Further distributions that the proof needs."""
    names: Mapping[str, Row] = field(default_factory=dict)
    methods: Mapping[str, Method] = field(default_factory=dict)
    asynchronous: Mapping[str, str] = field(default_factory=dict)
    """Coroutine functions that do not look it, each with its source."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Modules that show the names of another one: ``asyncio.locks`` those of ``asyncio``."""

    @property
    def is_asynchronous_only(self) -> bool:
        """Whether no name that has a row has a sync meaning."""
        return bool(self.names) and all(row.refuse for row in self.names.values())

    def canonical(self, qualified: str) -> str:
        """``qualified`` by the name that its row has."""
        prefix, rest = qualified, ""
        while "." in prefix and prefix not in self.names:
            if prefix in self.aliases:
                return self.aliases[prefix] + rest
            prefix, _, last = prefix.rpartition(".")
            rest = f".{last}{rest}"
        return qualified

    def find(self, qualified: str, renames: Mapping[str, str]) -> Row | None:
        """The row of the longest prefix of ``qualified``, its ``to`` made as long; ``renames`` are the methods'."""
        parts = self.canonical(qualified).split(".")
        for end in range(len(parts), 0, -1):
            row = self.names.get(".".join(parts[:end]))
            if row is not None:
                return row.below(parts[end:], renames)
        return None

"""All rules, found by looking into the folder: a rule is a module below `unasync_plus.rules` with a ``rule`` in it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import libcst as cst

from unasync_plus.records import record
from unasync_plus.rewrite.rule import Example, Handler, Rule


@record
class RuleInfo:
    """What `rules` and `explain` show of one rule."""

    code: str
    name: str
    summary: str
    page: str
    examples: tuple[Example, ...]
    reports: dict[str, str]


Handlers = list[tuple[Rule, Handler]]


@record
class Dispatch:
    """Handlers by node type: for any node of the type, for those of an attribute, for those that resolve to a name.

    The handlers of an attribute are all that are asked for it, those for any node among them.
    """

    plain: dict[type[cst.CSTNode], Handlers]
    by_attribute: dict[type[cst.CSTNode], dict[str, Handlers]]
    named: dict[type[cst.CSTNode], dict[str, Handlers]]
    names: frozenset[str]
    builtins: frozenset[str]
    """The builtins that handlers are for."""
    methods: frozenset[str]
    """The last parts of names of methods: what is behind the class in ``asyncio.TaskGroup.create_task``."""


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    package = importlib.import_module("unasync_plus.rules")
    found = []
    for info in pkgutil.walk_packages(package.__path__, "unasync_plus.rules."):
        rule = getattr(importlib.import_module(info.name), "rule", None)
        if isinstance(rule, Rule) and rule.module == info.name:
            found.append(rule)
    return tuple(sorted(found, key=lambda rule: (rule.code, rule.module)))


@cache
def dispatch() -> Dispatch:
    """The handlers of all rules, filed for the engine."""
    plain: dict[type[cst.CSTNode], Handlers] = {}
    by_attribute: dict[type[cst.CSTNode], dict[str, Handlers]] = {}
    named: dict[type[cst.CSTNode], dict[str, Handlers]] = {}
    names = set()
    filed = [(wanted, (rule, handler)) for rule in all_rules() for wanted, handler in rule.handlers]
    for wanted, _ in filed:
        for attribute in wanted.attributes:
            by_attribute.setdefault(wanted.type, {})[attribute] = []
    for wanted, entry in filed:
        if wanted.name is not None:
            named.setdefault(wanted.type, {}).setdefault(wanted.name, []).append(entry)
            names.add(wanted.name)
            continue
        if not wanted.attributes:
            plain.setdefault(wanted.type, []).append(entry)
        of_type = by_attribute.get(wanted.type, {})
        for attribute in wanted.attributes or of_type:
            of_type[attribute].append(entry)
    methods = {
        method for path, _, method in (name.rpartition(".") for name in names) if path.rpartition(".")[2][:1].isupper()
    }
    builtins = {name.partition(".")[2] for name in names if name.startswith("builtins.")}
    return Dispatch(plain, by_attribute, named, frozenset(names), frozenset(builtins), frozenset(methods))


def rules() -> list[RuleInfo]:
    """One line a rule, for people and for the documentation."""
    return [
        RuleInfo(rule.code, rule.name, rule.summary, rule.page, tuple(rule.examples), dict(rule.reports))
        for rule in all_rules()
    ]

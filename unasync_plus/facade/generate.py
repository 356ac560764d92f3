"""One async module in, the sync module that stands for it out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.emit import imports
from unasync_plus.emit.stub_location import Locator
from unasync_plus.model import Diagnostic, Severity
from unasync_plus.parse import SourceText, decode, module_of, parse
from unasync_plus.records import record
from unasync_plus.resolve.binder import Binder
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.project import Project
from unasync_plus.rewrite.convert import convert
from unasync_plus.tree import all_parameters, replaced, walk

from .calls import WIDTH
from .compiled import hidden_names
from .exceptions import half_shared
from .facts import ModuleFacts
from .finish import at_names, merged_overloads, moved, relative
from .foreign_loops import foreign_loops
from .gather import gather
from .imported import async_import, guarded_imports, is_hidden, kept_guarded, offered
from .index import Index
from .known import CONVERTED
from .module import ModuleWriter
from .plan import Plan
from .task_state import kept_by_task
from .writer import Writer

if TYPE_CHECKING:
    from unasync_plus.config import Settings
    from unasync_plus.discover import Unit


@record
class FacadeResult:
    """What became of one module. ``code`` is None when it is refused; ``runtime`` names the runtime modules it imports."""

    code: str | None
    diagnostics: tuple[Diagnostic, ...] = ()
    runtime: frozenset[str] = frozenset()
    fired: frozenset[str] = frozenset()
    tree: cst.Module | None = None
    """What ``code`` parses to."""


def index(units: Iterable[Unit], sources: dict[str, str] | None = None) -> Index:
    """What the modules of ``units`` are to each other; ``sources`` has texts by module, where files are not read.

    A file that cannot be parsed is left out; its own conversion says why.
    """
    modules: dict[str, ModuleFacts] = {}
    targets: dict[str, str] = {}
    for unit in units:
        if not unit.is_python:
            continue
        targets[unit.module] = unit.target_module
        text = (sources or {}).get(unit.module)
        source = decode(text if text is not None else unit.source.read_bytes(), unit.source_rel)
        tree = parse(source) if isinstance(source, SourceText) else None
        if isinstance(source, SourceText) and isinstance(tree, cst.Module):
            modules[unit.module] = gather(tree, unit.module, unit.is_package, source.text, unit.source_rel)
            modules[unit.module].hidden = hidden_names(unit.source)
    return Index(modules, targets)


def generate(
    source: str,
    *,
    unit: Unit,
    settings: Settings,
    project: Project | None = None,
    index: Index | None = None,
    plan: Plan | None = None,
) -> FacadeResult:
    """The facade of one module. ``index`` is that of its package; without it, the module is looked at alone.

    With ``plan``, only what that names is bridged; the rest is converted directly.
    """
    text = SourceText(unit.source_rel, source)
    facts = None if index is None else index.modules.get(unit.module)
    if facts is None or facts.text != source:
        tree = parse(text)
        if isinstance(tree, Diagnostic):
            return FacadeResult(None, (tree,))
        facts = gather(tree, unit.module, unit.is_package, source, unit.source_rel)
        index = _with(index, facts, unit)
    assert index is not None
    project = _project(project, index)
    namer = Namer(settings, project.defined)
    writer = Writer(index, facts, source, settings.interface, namer.new, plan, settings.target_version, settings.drop)
    module = ModuleWriter(writer)
    facade = _facade_source(module, unit, project)
    if plan is None:
        direct = _settings(settings, facts, project)
    else:
        direct = replace(settings, share="none", leave=(*settings.leave, *sorted(module.variables.types)))
    converted = convert(replace(text, text=facade.code), replace(unit, settings=direct), project)
    problems = at_names((moved(found, facade, facts.tree) for found in converted.diagnostics), source)
    problems += foreign_loops(facts, writer.bridged) + half_shared(index, facts, writer.bridged)
    problems += kept_by_task(facts, writer.bridged)
    problems += _untold(writer) if settings.stubs else ()
    if converted.code is None:
        return FacadeResult(None, problems, fired=converted.fired)
    code, is_bridged = _finished(converted.code, module, unit, settings)
    runtime = converted.runtime | (frozenset(("wrap",)) if is_bridged else frozenset())
    parsed = _parsed(code, unit)
    if isinstance(parsed, Diagnostic):
        return FacadeResult(code, (*problems, parsed), runtime, converted.fired)
    return FacadeResult(code, problems, runtime, converted.fired, parsed)


def _untold(writer: Writer) -> tuple[Diagnostic, ...]:
    """The warnings of a stub about attributes that are ``Any`` in the facade already."""
    if not writer.untold:
        return ()
    locator = Locator(writer.facts.text)
    return tuple(
        Diagnostic(
            writer.facts.path,
            *locator.place(where, where.rpartition(".")[2]),
            "UA801",
            Severity.WARNING,
            f"the type of {where} cannot be told: the sync side says Any",
            "annotate it in the source",
        )
        for where in dict.fromkeys(writer.untold)
    )


def _with(index: Index | None, facts: ModuleFacts, unit: Unit) -> Index:
    """``index`` with this module, or one of this module alone."""
    modules = {} if index is None else dict(index.modules)
    targets = {} if index is None else dict(index.targets)
    return Index({**modules, facts.module: facts}, {**targets, facts.module: unit.target_module})


def _project(project: Project | None, index: Index) -> Project:
    """The project as the facade's conversion sees it: every module of the source has its target, none is shared."""
    if project is None:
        defined = {name for module in index.modules.values() for name in _defined(module) if "async" in name.lower()}
        top_level = {module.partition(".")[0] for module in index.modules}
        project = Project(frozenset(defined), top_level=frozenset(top_level))
    modules = {**project.modules, **index.targets}
    return replace(project, modules=modules, shared=project.shared - index.targets.keys(), shared_names=frozenset())


def _defined(module: ModuleFacts) -> Iterable[str]:
    yield from module.functions
    yield from module.classes
    yield from module.values
    for function in module.all_functions():
        yield function.name
        yield from (param.name.value for param in all_parameters(function.node.params))


def _settings(settings: Settings, facts: ModuleFacts, project: Project) -> Settings:
    """Those of the unit, with foreign names left alone."""
    own = {name.partition(".")[0] for name in project.top_level}  # others may be in the same namespace
    foreign = [name for name in facts.imports.values() if not project.owns(name)]
    heads = {name if name.partition(".")[0] in own else name.partition(".")[0] for name in foreign} - CONVERTED
    return replace(settings, mode="direct", leave=tuple(sorted({*settings.leave, *heads})), share="none")


def _facade_source(module: ModuleWriter, unit: Unit, project: Project) -> cst.Module:
    """The facade in the source's names, ready to be converted."""
    writer = module.writer
    names = Binder(unit.module, unit.is_package).bind(writer.facts.tree)
    tree = module.tree()
    body = list(tree.body)
    place = _behind_imports(body, writer.marks.is_mark)
    setup = cst.SimpleStatementLine([cst.Expr(writer.marks.name(_SETUP))], leading_lines=[cst.EmptyLine(indent=False)])
    if place < len(body):
        body[place] = _two_blank_lines(body[place])
    tree = replaced(tree, body=[*body[:place], setup, *body[place:]])
    taken = project.taken.get(unit.module, frozenset()) | project.taken.get(unit.target_module, frozenset())
    taken |= writer.handed_on | offered(writer, project) | kept_guarded(writer)
    read = names.used if unit.is_package else names.used | names.imports.keys()
    used = read - taken  # what others take from here stays
    return imports.finish(tree, writer.imports, used, names.imports)


def _behind_imports(body: Sequence[Any], is_ours: Callable[[str], bool]) -> int:
    """Where the first statement stands that is neither docstring nor import; ``is_ours`` names what has to be set up."""
    place = 0
    for number, node in enumerate(body):
        if isinstance(node, cst.SimpleStatementLine):
            is_import = isinstance(node.body[0], (cst.Import, cst.ImportFrom))
            if not is_import and not (number == 0 and isinstance(node.body[0], cst.Expr)):
                break
        elif any(
            isinstance(part, (cst.FunctionDef, cst.ClassDef)) or (isinstance(part, cst.Name) and is_ours(part.value))
            for part in walk(node)
        ):
            break
        place = number + 1
    return place


def _two_blank_lines(node: Any) -> Any:
    lines = getattr(node, "leading_lines", ())
    blank = [line for line in lines if line.comment is None]
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)) and len(blank) < 2:
        return replaced(node, leading_lines=[cst.EmptyLine(indent=False)] * (2 - len(blank)) + list(lines))
    return node if blank else replaced(node, leading_lines=[cst.EmptyLine(indent=False), *lines])


def _finished(code: str, module: ModuleWriter, unit: Unit, settings: Settings) -> tuple[str, bool]:
    """With marks resolved, the imports of the runtime, and overloads merged; and whether anything is bridged."""
    writer = module.writer
    code = writer.marks.resolved(code)
    if module.is_dynamic:
        code = code.rstrip("\n") + _DYNAMIC.format(writer=writer)
        writer.imports.add(("typing", "Any", ""))
    # a wrapper whose bases are no wrappers finds its package by the facade of its module
    here = re.compile(r"^[ \t]*([^\W\d]\w*)(?=[ \t]*[:=,])", re.MULTILINE)
    left = set(here.findall(code))  # of those that nobody needs, some are gone
    settable = {name: how for name, how in writer.settable.items() if writer.new_name(name) in left}
    is_bridged = (
        bool(settable) or "Wrapper" in writer.runtime_names or re.search(rf"\b{writer.bridge}\b", code) is not None
    )
    is_imported = unit.is_imported_by_name and not is_hidden(unit, writer.index)
    lines = [] if is_imported else [f'{writer.async_module} = import_module("{unit.module}")']
    lines += [_setup(writer, unit, settings, settable)] if is_bridged else []
    if lines:
        code = code.replace(_SETUP, "\n".join(lines), 1)
    else:
        code = re.sub(rf"\n?{_SETUP}\n?", "", code, count=1)  # the blank line above it too
    home = unit.runtime_module if settings.runtime == "vendor" else "unasync_plus.runtime"
    runtime = {(relative(f"{home}.wrap", unit), name, alias) for name, alias in writer.runtime_names.items()}
    needed = {(module, name, "" if alias == name else alias) for module, name, alias in runtime}
    needed |= {("collections.abc", name, "") for name in writer.async_types}
    tree = module_of(code)
    kept = writer.kept_imports
    needed |= writer.imports | (kept - guarded_imports(tree, unit) if kept else kept)
    needed.add(async_import(writer, unit) if is_imported else ("importlib", "import_module", ""))
    place = _behind_imports(tree.body, {writer.bridge, writer.async_module}.__contains__)
    tree = imports.finish(tree, needed, (), (), exported=(("__future__", "annotations", ""),), place=place)
    return merged_overloads(tree).code.lstrip("\n"), is_bridged


_SETUP = "<setup>"


def _setup(writer: Writer, unit: Unit, settings: Settings, settable: dict[str, str]) -> str:
    writer.runtime("Facade")
    arguments = [f'"{unit.target_module.partition(".")[0]}"', "__name__", writer.async_module]
    if settable:
        new_names = {writer.new_name(name): name for name in settable}
        arguments.append(f"variables={_table({new: settable[name] for new, name in new_names.items()})}")
        renamed = {new: name for new, name in new_names.items() if new != name}
        arguments += [f"renamed={_table(renamed)}"] if renamed else []
    arguments += [] if settings.interface == "sync" else [f'interface="{settings.interface}"']
    arguments += [] if settings.drive == "caller" else [f'drive="{settings.drive}"']
    arguments += [] if settings.in_loop == "error" else [f'in_loop="{settings.in_loop}"']
    line = f"{writer.bridge} = {writer.runtime_names['Facade']}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    lines = "".join(f"    {_broken(argument)},\n" for argument in arguments)
    return f"{writer.bridge} = {writer.runtime_names['Facade']}(\n{lines})"


def _table(texts: dict[str, str]) -> str:
    """A dictionary as it is written."""
    return "{" + ", ".join(f'"{key}": "{text}"' for key, text in sorted(texts.items())) + "}"


def _broken(argument: str) -> str:
    """An argument on a line of its own; a dictionary over several lines, if it is long."""
    if len(argument) <= WIDTH or not argument.endswith("}"):
        return argument
    head, _, pairs = argument[:-1].partition("{")
    return "".join((f"{head}{{\n", *(f"        {pair},\n" for pair in pairs.split(", ")), "    }"))


_DYNAMIC = """


def __getattr__(name: str) -> Any:
    return {writer.bridge}.attribute(name)
"""


def _parsed(code: str, unit: Unit) -> cst.Module | Diagnostic:
    try:
        return module_of(code)
    except cst.ParserSyntaxError as error:
        message = f"the facade does not parse: {error.message} (line {error.raw_line})"
        return Diagnostic(unit.source_rel, 1, 1, "UA004", Severity.ERROR, message)

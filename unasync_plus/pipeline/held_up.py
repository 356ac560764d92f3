"""What cannot be imported because something that it imports was refused, and never written before."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Iterator

from unasync_plus.model import Change, Diagnostic, Severity, Status
from unasync_plus.resolve.taken import absolute
from unasync_plus.store import read

from .selection import Selection
from .workspace import Workspace

_SHOWN = 3


def held_up(selection: Selection, changes: Iterable[Change], workspace: Workspace) -> list[Diagnostic]:
    """A warning for each refused module without an output that others import as soon as they are imported."""
    targets = {unit.target_module: unit.target_rel for unit in workspace.units if unit.is_python}
    missing = {
        unit.target_module: min(item for item in rendered.diagnostics if item.is_error)
        for unit, rendered in selection.units
        if rendered.is_refused and unit.is_python and not (workspace.root / unit.target_rel).exists()
    }
    if not missing:
        return []
    new = {change.target: change.after for change in changes if change.after is not None}
    gone = {change.target for change in changes if change.status is Status.ORPHANED}
    importers: dict[str, set[str]] = {}
    for module, target_rel in targets.items():
        if module in missing or target_rel in gone:
            continue
        for name in _imported(new.get(target_rel) or read(workspace.root / target_rel), module, target_rel):
            for imported in _modules_of(name, targets):
                # a folder without __init__.py can be imported from: only its own names are missed
                if (
                    imported not in missing
                    or imported == name
                    or (imported == name.rpartition(".")[0] and name not in targets)
                ):
                    importers.setdefault(imported, set()).add(module)
    return [_warning(module, refusal, importers, targets) for module, refusal in missing.items() if module in importers]


def _warning(missing: str, refusal: Diagnostic, importers: dict[str, set[str]], targets: dict[str, str]) -> Diagnostic:
    found, todo = {missing}, [missing]
    while todo:
        module = todo.pop()
        below = {name for name in targets if name.startswith(module + ".")} if module != missing else set()
        new = (importers.get(module, set()) | below) - found
        found |= new
        todo += new
    stuck = sorted(found - {missing})
    packages = [name for name in stuck if posixpath.basename(targets[name]) == "__init__.py"]
    outer = [name for name in packages if not any(name.startswith(other + ".") for other in packages)]
    direct = sorted(targets[name] for name in importers[missing])
    shown = [*direct[:_SHOWN], *([f"{len(direct) - _SHOWN} more"] if len(direct) > _SHOWN else [])]
    what = _listed(outer[:_SHOWN]) or f"what imports {missing}"
    message = f"{what} cannot be imported: {targets[missing]} is not there, and {_listed(shown)} "
    message += "imports it" if len(direct) == 1 else "import it"
    help = "mend what is refused here, or leave this module out with `exclude`, and what uses it"
    return Diagnostic(refusal.path, refusal.line, refusal.column, "UA914", Severity.WARNING, message, help)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _modules_of(name: str, targets: dict[str, str]) -> Iterator[str]:
    """The modules that importing ``name``, a module or a name in one, imports."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        found = ".".join(parts[:count])
        if found in targets:
            yield found


def _imported(code: bytes | None, module: str, target_rel: str) -> Iterator[str]:
    """What the module with ``code`` imports when it is imported itself, not only later, and whatever becomes of it."""
    try:
        tree = ast.parse(code or b"")
    except (SyntaxError, ValueError):
        return
    is_package = posixpath.basename(target_rel) == "__init__.py"
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = absolute("." * node.level + (node.module or ""), module, is_package)
            yield from (f"{start}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
        elif isinstance(node, (ast.Module, ast.ClassDef, ast.If, ast.With)) or (
            isinstance(node, ast.Try) and not node.handlers
        ):
            todo += ast.iter_child_nodes(node)

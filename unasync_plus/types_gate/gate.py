"""The run of the tools over all trees, and the verdict."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from unasync_plus import __version__
from unasync_plus.discover import RUNTIME_FOLDER
from unasync_plus.emit.stub_location import Locator, defined_at
from unasync_plus.model import Diagnostic, Severity
from unasync_plus.store import CACHE_FOLDER, Pack

from .limits import beyond_stubtest
from .outputs import Output, Tree, trees
from .tools import Finding, Mismatch, ToolError, configuration, interpreter, mypy, stubtest

CODE_ERROR = "UA810"
STUB_ERROR = "UA811"
MISMATCH = "UA812"
NO_TOOL = "UA813"
NOT_JUDGED = "UA814"
OF_THE_SOURCE = "UA815"
_UNUSED = "only the async side needs it: write `# type: ignore[…, unused-ignore]` there, which holds for both"

Origin = Callable[[str, int], int]
"""(target, line) → the source line that it comes from, 0 if there is none."""


def check_types(
    outputs: Sequence[Output], root: Path, origin: Origin = lambda target, line: 0, *, use_cache: bool = True
) -> tuple[Diagnostic, ...]:
    """What mypy and stubtest find in ``outputs``, at the lines of their sources.

    The verdict is remembered by the content of all packages involved, the settings of mypy and its version.
    """
    config = configuration(root)
    try:
        stamp = f"{__version__} {interpreter()[1]}"
    except ToolError as error:
        return (_no_tool(str(error)),)
    pack = Pack(root / CACHE_FOLDER / "types.json" if use_cache else None, stamp, kept=8)
    found: list[Diagnostic] = []
    for tree in trees(outputs, root):
        key = _key(tree, config)
        known = pack.get(key)
        if known is None:
            judged = _Judge(tree, config, origin).verdict()
            known = [{**asdict(one), "severity": one.severity.value} for one in judged]
            if not any(one.code == NO_TOOL for one in judged):
                pack.put(key, known)
        found += [Diagnostic(**{**one, "severity": Severity(one["severity"])}) for one in known]
    pack.save()
    return tuple(sorted(set(found)))


def _no_tool(message: str) -> Diagnostic:
    help = "install it into the environment in which the library can be imported: pip install mypy"
    return Diagnostic("pyproject.toml", 1, 1, NO_TOOL, Severity.ERROR, message, help)


def _key(tree: Tree, config: Path | None) -> str:
    digest = hashlib.sha256(repr((tree.base, tree.outputs)).encode())
    sources = {tree.root / output.source for output in tree.outputs}
    for path in sorted({*([config] if config else []), *tree.files(), *sources}):
        digest.update(f"\0{path.relative_to(tree.root).as_posix()}\0".encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


class _Known:
    """The errors that the sources have themselves."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._lines = {(one.path, one.line, one.code) for one in findings}
        self._messages = {(one.path, one.code, one.message) for one in findings}

    def at(self, source: str, line: int, one: Finding) -> bool:
        return (source, line, one.code) in self._lines

    def within(self, source: str, line: int, one: Finding) -> bool:
        """The same where only the first line of the definition is known, and a signature may have several."""
        return self.at(source, line, one) or (source, one.code, one.message) in self._messages


@dataclass(slots=True)
class _Judge:
    tree: Tree
    config: Path | None
    origin: Origin

    def verdict(self) -> list[Diagnostic]:
        try:
            with tempfile.TemporaryDirectory(prefix="unasync-plus-types-") as folder:
                place = Path(folder).resolve()
                read = self._read_code(place)
            known = _Known(read)
            return [*self._of_code(read, known), *self._of_stubs(known), *self._of_both()]
        except ToolError as error:
            return [_no_tool(str(error))]

    def _modules(self) -> list[str]:
        return sorted({output.module for output in self.tree.outputs})

    def _read_code(self, place: Path) -> list[Finding]:
        """mypy on the outputs and their sources, in a copy without the stubs of the outputs."""
        hidden = {self.tree.root / output.stub for output in self.tree.outputs}
        for path in self.tree.files():
            if path not in hidden:
                copy = place / path.relative_to(self.tree.folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
        sources = {output.source_module for output in self.tree.outputs}
        return mypy(sorted({*self._modules(), *sources}), place, self.config)

    def _of_code(self, findings: Sequence[Finding], known: _Known) -> Iterator[Diagnostic]:
        by_path = {self._inside(output.target): output for output in self.tree.outputs}
        repeated: list[tuple[str, int]] = []
        for one in findings:
            output = by_path.get(one.path)
            if output is not None:
                line = self.origin(output.target, one.line)
                if not known.at(self._inside(output.source), line, one):
                    yield self._told(output, CODE_ERROR, "mypy", one, line)
                else:
                    repeated.append((output.source, line))
        if repeated:
            text = f"mypy finds {len(repeated)} {'error' if len(repeated) == 1 else 'errors'} in the sources themselves"
            help = "run mypy on the sources; they are not told again for the output"
            yield Diagnostic(*min(repeated), 1, OF_THE_SOURCE, Severity.NOTE, f"{text}, the first one here", help)

    def _inside(self, path: str) -> str:
        return path if self.tree.base == "." else path.removeprefix(f"{self.tree.base}/")

    def _of_stubs(self, known: _Known) -> Iterator[Diagnostic]:
        """What mypy finds in the stubs only."""
        by_path = {self._inside(output.stub): output for output in self.tree.outputs}
        with_stub = [output.module for output in self.tree.outputs if (self.tree.root / output.stub).is_file()]
        if not with_stub:
            return
        for one in mypy(sorted(with_stub), self.tree.folder, self.config):
            output = by_path.get(one.path)
            line = self._line_of_stub(output, one.line) if output is not None else 0
            if output is not None and not known.within(self._inside(output.source), line, one):
                yield self._told(output, STUB_ERROR, "mypy, on the stub", one, line)

    def _line_of_stub(self, output: Output, line: int) -> int:
        """The source line of what a line of the stub defines."""
        where = defined_at((self.tree.root / output.stub).read_text(encoding="utf-8"), line)
        code = (self.tree.root / output.target).read_text(encoding="utf-8")
        return self.origin(output.target, Locator(code).place(where)[0]) if where else 0

    def _of_both(self) -> Iterator[Diagnostic]:
        stubbed = [output for output in self.tree.outputs if (self.tree.root / output.stub).is_file()]
        if not stubbed:
            return
        tree = Tree(self.tree.root, self.tree.base, tuple(stubbed))
        for one in stubtest(tree.tops(), self.tree.folder, self.config):
            output = _owner(one.name, stubbed)
            is_of_runtime = f".{RUNTIME_FOLDER}." in f"{one.name}."  # not theirs to mend, and judged by our own tests
            if output is not None and not is_of_runtime:
                yield self._mismatch(output, one)

    def _mismatch(self, output: Output, one: Mismatch) -> Diagnostic:
        name = one.name[len(output.module) + 1 :]
        code = (self.tree.root / output.target).read_text(encoding="utf-8")
        here, column = Locator(code).place(name)
        line = self.origin(output.target, here)
        reason = beyond_stubtest(name, one.message, code)
        message = f"stubtest: {one.name} {one.message}"
        if reason:
            return _at(output, line, here, column, NOT_JUDGED, Severity.NOTE, f"{message}: {reason}")
        told = _at(output, line, here, column, MISMATCH, Severity.ERROR, message)
        if one.message.startswith("failed to import"):
            python = interpreter()[0]
            return replace(
                told, help=f"it ran in {python}: install what the package needs there, or mypy where that is"
            )
        return told

    def _told(self, output: Output, code: str, tool: str, one: Finding, line: int) -> Diagnostic:
        kind = f" [{one.code}]" if one.code else ""
        message = f"{tool}: {one.message}{kind}"
        place = output.stub if code == STUB_ERROR else output.target
        told = _at(output, line, one.line, one.column, code, Severity.ERROR, message, place)
        return replace(told, help=f"{_UNUSED}; {told.help}") if one.code == "unused-ignore" and line else told


def _at(
    output: Output, line: int, here: int, column: int, code: str, severity: Severity, message: str, place: str = ""
) -> Diagnostic:
    """At the source line, if there is one; columns of a generated line are not those of its source."""
    target = place or output.target
    if line:
        return Diagnostic(output.source, line, 1, code, severity, message, f"found at {target}:{here}:{column}")
    return Diagnostic(target, here, column, code, severity, message)


def _owner(name: str, outputs: Iterable[Output]) -> Output | None:
    """The output whose module is the longest beginning of a dotted name."""
    fitting = [output for output in outputs if f"{name}.".startswith(f"{output.module}.")]
    return max(fitting, key=lambda output: len(output.module), default=None)

"""Proves the stubs of real packages: mypy --strict and pyright on the async source, on the generated code and on the
stubs, stubtest without an allow list, a file of ``assert_type`` for each public callable, and parity.

``scripts/prove-stubs [PACKAGE…]`` prints the table and each error that is new, and fails if there is one without a
reason in `proof_packages`, or a reason without an error.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import libcst as cst
from proof_environment import environment
from proof_gates import Checkers, Finding
from proof_packages import PACKAGES, Made, Package, make

from unasync_plus.discover import RUNTIME_FOLDER, Unit
from unasync_plus.emit.assert_types import make_proof
from unasync_plus.emit.stub_names import Names
from unasync_plus.emit.sync_types import SPECIAL
from unasync_plus.model import SourceMap
from unasync_plus.parity import Options, parity
from unasync_plus.pipeline.render import elsewhere
from unasync_plus.pipeline.single import convert_unit
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.project import Project
from unasync_plus.tables import lookup

REQUIREMENTS = """
mypy==2.4.1 pyright==1.1.414 certifi h11>=0.16 h2>=3,<5 socksio>=1,<2 trio>=0.22,<1.0 anyio>=4,<5
elastic-transport>=9.4.1,<10 python-dateutil typing-extensions sniffio aiohttp>=3,<4 requests<3 types-requests
types-python-dateutil redis>=6.3,!=8.0.0,<9 pydantic>=2,<3 click types-redis python-ulid<=3.1.0 hiredis more-itertools
setuptools pydantic-extra-types redisvl>=0.27 httpx websockets cryptography aioquic numpy
""".split()


OLDEST = """
mypy==1.19.1 certifi h11>=0.16 h2>=3,<5 socksio>=1,<2 trio>=0.22,<1.0 anyio>=4,<5 typing-extensions
""".split()
"""What the packages whose output has to run on Python 3.9 import, and the last mypy that knows it."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one checker says: of the async source, of the generated code (without the stubs), of the stubs."""

    source: list[Finding]
    code: list[Finding]
    stub: list[Finding]
    new: list[str]
    """Of the code and the stubs, what it does not say of the source."""


@dataclass(slots=True)
class Verdict:
    package: str
    modules: int
    checkers: dict[str, Side] = field(default_factory=dict)
    stubtest: list[str] = field(default_factory=list)
    asserted: int = 0
    skipped: list[str] = field(default_factory=list)
    refuted: dict[str, list[str]] = field(default_factory=dict)
    parity: list[str] = field(default_factory=list)


def prove(package: Package, folder: Path, checkers: Checkers, oldest: Checkers | None = None) -> Verdict:
    """All gates for ``package``, which is generated below the empty ``folder``; ``oldest`` judges output for Python 3.9."""
    made = make(package, folder / "made")
    plain = _without_stubs(made, folder / "plain")
    verdict = Verdict(package.name, len(made.units))
    verdict.checkers["mypy"] = _by_mypy(made, plain, checkers)
    verdict.checkers["pyright"] = _by_pyright(made, plain, checkers)
    compared = checkers.stubtest(_tops(made.units), made.imports, package.mypy)
    if oldest is not None and all(unit.settings.target_version < (3, 10) for unit in made.units):
        verdict.checkers[f"mypy {oldest.version}"] = _by_mypy(made, plain, oldest)
        more = oldest.stubtest(_tops(made.units), made.imports, package.mypy)
        compared += [
            line for line in more if f".{RUNTIME_FOLDER}." not in line
        ]  # judged by our own tests, with today's
    for line in dict.fromkeys(compared):
        if not _is_by_hand(line, made):  # of a module without a stub, which is not generated
            verdict.stubtest.append(line)
    _assert_types(made, folder / "proofs", checkers, verdict)
    for pair in made.workspace.config.packages:
        if pair.target in package.pairs:
            report = parity(pair.source, pair.target, made.root, Options(config=made.workspace.config))
            verdict.parity += [f"{one.path}:{one.line} {one.code} {one.message}" for one in report.errors]
    return verdict


def _without_stubs(made: Made, folder: Path) -> Path:
    """A copy in which checkers read the generated code: they would look at nothing else than its stub. Its imports."""
    shutil.copytree(made.root, folder)
    for unit in made.units:
        (folder / f"{unit.target_rel}i").unlink(missing_ok=True)
    return folder / made.package.imports


def _by_mypy(made: Made, plain: Path, checkers: Checkers) -> Side:
    names = sorted({name for unit in made.units for name in (unit.module, unit.target_module)})
    first = checkers.mypy(names, plain)
    stubs = checkers.mypy(sorted(unit.target_module for unit in made.units), made.imports)
    return _compared(made, first, stubs)


def _by_pyright(made: Made, plain: Path, checkers: Checkers) -> Side:
    paths = sorted({rel for unit in made.units for rel in (unit.source_rel, unit.target_rel)})
    root = made.root.parent / plain.relative_to(made.root.parent).parts[0]
    first = checkers.read_by_pyright([root / rel for rel in paths], plain)
    stubs = [made.root / f"{unit.target_rel}i" for unit in made.units]
    return _compared(made, first, checkers.read_by_pyright(stubs, made.imports))


def _compared(made: Made, read: Iterable[Finding], stubs: Iterable[Finding]) -> Side:
    inside = {
        kind: {_below(made, path(unit)): unit for unit in made.units}
        for kind, path in (
            ("source", lambda unit: unit.source_rel),
            ("code", lambda unit: unit.target_rel),
            ("stub", lambda unit: f"{unit.target_rel}i"),
        )
    }
    read = list(read)
    source = [one for one in read if one.path in inside["source"]]
    code = [one for one in read if one.path in inside["code"]]
    stub = [one for one in stubs if one.path in inside["stub"]]
    known = {(one.path, one.line, one.rule) for one in source}
    direct = [one for one in code if inside["code"][one.path].settings.mode == "direct"]
    new = []
    for one in direct:
        unit = inside["code"][one.path]
        line = _source_map(made, unit).source_line(one.line)
        if (_below(made, unit.source_rel), line, one.rule) not in known:
            new.append(f"code {one}")
    # what a bridged module or a stub says stands on other lines: as many of a kind in a module are those of the source
    for kind, found in (("code", [one for one in code if one not in direct]), ("stub", stub)):
        classes = Counter((one.path, one.rule) for one in source)
        for one in found:
            key = (_below(made, inside[kind][one.path].source_rel), one.rule)
            if one.rule == "type-arg" and classes[key] > 0:
                continue  # a bare generic class is bare wherever it is said again
            classes[key] -= 1
            if classes[key] < 0:
                new.append(f"{kind} {one}")
    return Side(source, code, stub, new)


def _below(made: Made, path: str) -> str:
    base = made.package.imports
    return path if base == "." else path.removeprefix(f"{base}/")


def _source_map(made: Made, unit: Unit) -> SourceMap:
    known = made.source_maps.get(unit.target_rel)
    if known is None:
        result = convert_unit(unit.source.read_bytes(), unit, made.workspace.project)
        known = made.source_maps[unit.target_rel] = result.source_map or SourceMap()
    return known


def _tops(units: Sequence[Unit]) -> list[str]:
    names = {unit.target_module for unit in units}
    return sorted(name for name in names if not any(name.startswith(f"{other}.") for other in names))


def _is_by_hand(line: str, made: Made) -> bool:
    """Whether the innermost module that ``line`` is about lies in a target, and is neither generated nor the runtime."""
    path = made.imports
    for part in line.partition(" ")[0].split("."):
        if not ((path / part).is_dir() or (path / f"{part}.py").is_file()):
            break
        path = path / part
    file = path / "__init__.py" if path.is_dir() else path.with_name(f"{path.name}.py")
    ours = {made.root / unit.target_rel for unit in made.units}
    return file.is_file() and file not in ours and file.parent.name != RUNTIME_FOLDER


def _assert_types(made: Made, folder: Path, checkers: Checkers, verdict: Verdict) -> None:
    folder.mkdir()
    for number, unit in enumerate(made.units):
        source = unit.source.read_text(encoding="utf-8")
        code = unit.target.read_text(encoding="utf-8")
        rename = _sync_names(source, unit, made.workspace.project)
        proof = make_proof(
            source,
            code,
            module=unit.target_module,
            is_package=unit.is_package,
            rename=rename,
            elsewhere=elsewhere(unit, made.workspace.project),
        )
        verdict.asserted += proof.asserted
        verdict.skipped += [f"{unit.target_module}.{name}: {reason}" for name, reason in proof.skipped]
        if proof.asserted:
            (made.imports / f"proof_{number}.py").write_text(proof.text, encoding="utf-8")
    proofs = sorted(made.imports.glob("proof_*.py"))
    if proofs:
        found = {
            "mypy": checkers.mypy([path.stem for path in proofs], made.imports),
            "pyright": checkers.read_by_pyright(proofs, made.imports),
        }
        verdict.refuted = {name: list(_refuted(some, verdict.checkers[name])) for name, some in found.items()}
    for path in proofs:
        path.rename(folder / path.name)


def _refuted(found: Iterable[Finding], side: Side) -> Iterator[str]:
    """What is said of the proofs; what it says of types and imports is said of the source that they were taken from."""
    known = {(one.rule, one.message) for one in side.source}
    for one in found:
        is_of_source = one.rule == "type-arg" or "does not explicitly export" in one.message
        if one.path.startswith("proof_") and not is_of_source and (one.rule, one.message) not in known:
            yield str(one)


def _sync_names(source: str, unit: Unit, project: Project) -> Callable[[str], str]:
    """What a name of ``source`` is called in its output; of foreign ones, what the configuration or a table says."""
    imports = Names.of(cst.parse_module(source)).imports
    new = Namer(unit.settings, project.defined).new

    def rename(name: str) -> str:
        row = lookup(imports[name]) if name in imports else None
        foreign = unit.settings.replace.get(imports.get(name, "")) or (row.to if row is not None else "")
        return SPECIAL.get(name) or foreign.rpartition(".")[2] or new(name)

    return rename


def _checkers() -> tuple[Checkers, Checkers | None]:
    """Those of today, and those for Python 3.9 if the machine has one."""
    from prove_tables import interpreters

    known = interpreters()
    newest = next((known[version] for version in ("3.12", "3.13", "3.11") if version in known), sys.executable)
    python = environment("proofs", newest, REQUIREMENTS)
    pyright = (str(python.with_name("pyright")),)
    oldest = Checkers(environment("proofs", known["3.9"], OLDEST), pyright, "3.9") if "3.9" in known else None
    return Checkers(python, pyright, "3.12"), oldest


def main(names: Sequence[str]) -> int:
    unknown = set(names) - {package.name for package in PACKAGES}
    if unknown:
        print(f"no package {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    checkers, oldest = _checkers()
    verdicts, ok = [], True
    for package in PACKAGES:
        if names and package.name not in names:
            continue
        with tempfile.TemporaryDirectory(prefix="unasync-plus-proof-") as folder:
            print(f"proving {package.name}", file=sys.stderr, flush=True)
            verdict = prove(package, Path(folder).resolve(), checkers, oldest)
        verdicts.append(verdict)
        told = list(_explained(verdict, package))
        ok = ok and not unexplained(verdict, package)
        print("\n".join(f"{line} ({reason or 'NEW'})" for line, reason in told), file=sys.stderr, flush=True)
        for reason, count in Counter(line.rpartition(": ")[2] for line in verdict.skipped).most_common():
            print(f"{package.name} no assert for {count}: {reason}", file=sys.stderr, flush=True)
    print("\n".join(table(verdicts)))
    return 0 if ok else 1


def unexplained(verdict: Verdict, package: Package) -> list[str]:
    return [line for line, reason in _explained(verdict, package) if not reason]


def _explained(verdict: Verdict, package: Package) -> Iterator[tuple[str, str]]:
    """All that is told, each with its reason; "" where there is none. A reason for nothing is told, too."""
    unused = dict(package.explained)
    for line in _told(verdict):
        pattern = next((one for one in package.explained if re.search(one, line)), "")
        unused.pop(pattern, None)
        yield line, package.explained.get(pattern, "")
    yield from ((f"{package.name}: nothing is told that matches {pattern}", "") for pattern in unused)


def _told(verdict: Verdict) -> Iterator[str]:
    for name, side in verdict.checkers.items():
        yield from (f"{verdict.package} {name} {one}" for one in side.new)
    yield from (f"{verdict.package} stubtest {one}" for one in verdict.stubtest)
    for name, found in verdict.refuted.items():
        yield from (f"{verdict.package} {name} assert {one}" for one in found)
    yield from (f"{verdict.package} parity {one}" for one in verdict.parity)


HEAD = (
    "package", "modules", "mypy source", "code", "stub", "new", "pyright source", "code", "stub", "new", "3.9 new",
    "stubtest", "asserts", "skipped", "refuted", "parity",
)  # fmt: skip


def table(verdicts: Sequence[Verdict]) -> list[str]:
    rows = [HEAD, *(tuple(map(str, _row(verdict))) for verdict in verdicts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(verdict: Verdict) -> Iterator[object]:
    yield from (verdict.package, verdict.modules)
    for name in ("mypy", "pyright"):
        side = verdict.checkers[name]
        yield from (len(side.source), len(side.code), len(side.stub), len(side.new))
    oldest = verdict.checkers.get("mypy 3.9")
    yield "-" if oldest is None else len(oldest.new)
    yield from (len(verdict.stubtest), verdict.asserted, len(verdict.skipped))
    yield from (sum(map(len, verdict.refuted.values())), len(verdict.parity))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

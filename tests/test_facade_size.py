"""Bridge mode on real packages: what is generated has at most twice the code lines of its source, and compiles."""

from __future__ import annotations

import ast
import io
import os
import shutil
import tokenize
from pathlib import Path

import corpus
import pytest

from unasync_plus import Config, build

PACKAGES = {
    "py-capnweb-0.4.2": "src/capnweb",
    "py-capnweb-0.5.0": "src/capnweb",
    "httpcore": "httpcore/_async",
    "hishel": "src/hishel/_core",
}
TABLE = """
target-version = "3.11"
mode = "bridge"
interface = "{interface}"
stubs = false
[naming]
camel = false
snake = false
[[package]]
source = "package"
target = "bridged"
"""
_NO_CODE = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})


def code_lines(text: str) -> int:
    """Lines with code on them, as they stand: no blank ones, no comments, no docstrings."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE and token.string:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if ast.get_docstring(node) is not None and first is not None:
                lines -= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return len(lines)


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
@pytest.mark.parametrize("label", PACKAGES)
def test_the_facade_of_a_real_package_is_small(label: str, interface: str, tmp_path: Path) -> None:
    source = corpus.unpacked(label)
    if not source.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"scripts/corpus {label} has not been run")
        pytest.skip(f"needs scripts/corpus {label}")
    shutil.copytree(source / PACKAGES[label], tmp_path / "package")
    (tmp_path / "unasync-plus.toml").write_text(TABLE.format(interface=interface))
    report = build(Config.load(tmp_path / "unasync-plus.toml"))
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    lines = {"package": 0, "bridged": 0}
    for path in sorted((tmp_path / "package").rglob("*.py")):
        rel = path.relative_to(tmp_path / "package")
        written = (tmp_path / "bridged" / rel).read_text()
        compile(written, str(rel), "exec", dont_inherit=True)
        assert "\n\n\n\n" not in written or "\n\n\n\n" in path.read_text(), rel
        lines["package"] += code_lines(path.read_text())
        lines["bridged"] += code_lines(written)
    assert lines["package"] > 1000
    assert 0 < lines["bridged"] <= 2.0 * lines["package"], lines
    print(f"{label} {interface}: {lines} {lines['bridged'] / lines['package']:.2f}")  # shown with -s

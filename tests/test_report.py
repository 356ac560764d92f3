"""Results as text and for programs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from unasync_plus.model import Change, Diagnostic, Report, Severity, Status
from unasync_plus.report import FORMATS, Filter, Style, rendered
from unasync_plus.report.differences import differences

ERROR = Diagnostic("src/a,b.py", 3, 7, "UA301", Severity.ERROR, "50% of this: wrong", "do it\nbetter")
WARNING = Diagnostic("src/ä c.py", 1, 1, "UA030", Severity.WARNING, "odd")
NOTE = Diagnostic("src/a.py", 9, 2, "UA302", Severity.NOTE, "so it is", "see")

CHANGES = (
    Change("a/new.py", "b/new.py", Status.MISSING, True, None, b"x = 1\n"),
    Change("a/old.py", "b/old.py", Status.STALE, True, b"x = 1\n", b"x = 2\n"),
    Change("a/gone.py", "b/gone.py", Status.ORPHANED, True, b"x = 1\n", None),
    Change("a/mine.py", "b/mine.py", Status.FOREIGN, False, b"x = 1\n", b"y = 1\n"),
    Change("a/same.py", "b/same.py", Status.UNCHANGED),
    Change("a/bad.py", "b/bad.py", Status.REFUSED),
)


def report(command: str = "build", *diagnostics: Diagnostic, changes: tuple[Change, ...] = ()) -> Report:
    return Report(command, Path("/root"), changes, diagnostics)


def test_text() -> None:
    text = rendered(report("build", ERROR, WARNING, NOTE, changes=CHANGES), "text", Style())
    assert text.splitlines() == [
        "wrote b/new.py",
        "wrote b/old.py",
        "removed b/gone.py",
        "kept b/mine.py",
        "refused b/bad.py",
        "src/a,b.py:3:7: UA301 [error] 50% of this: wrong",
        "    help: do it",
        "    better",
        "src/ä c.py:1:1: UA030 [warning] odd",
        "src/a.py:9:2: UA302 [note] so it is",
        "    help: see",
        "build: 1 kept, 1 refused, 1 removed, 1 unchanged, 2 written",
    ]


def test_text_of_a_dry_run() -> None:
    planned = tuple(Change(c.source, c.target, c.status, False, c.before, c.after) for c in CHANGES)
    lines = rendered(report(changes=planned), "text", Style()).splitlines()
    assert lines[:3] == ["would write b/new.py", "would write b/old.py", "would remove b/gone.py"]


def test_text_of_a_check() -> None:
    text = rendered(report("check", ERROR, changes=CHANGES), "text", Style())
    assert text.splitlines()[-1] == "check: 1 unchanged, 1 missing, 1 stale, 1 orphaned, 1 foreign, 1 refused"
    assert "wrote" not in text


def test_quiet_text_has_errors_only() -> None:
    text = rendered(report("build", ERROR, WARNING, NOTE, changes=CHANGES), "text", Style(-1))
    assert text.splitlines()[0].startswith("src/a,b.py:3:7: UA301")
    assert "odd" not in text and "wrote" not in text and "build:" not in text
    assert rendered(report("build", WARNING, changes=CHANGES[:3]), "text", Style(-1)) == ""


def test_text_has_all_errors_and_not_too_many_warnings_of_one_code() -> None:
    many = [Diagnostic("a.py", line, 1, "UA800", Severity.WARNING, f"odd {line}") for line in range(1, 24)]
    errors = [Diagnostic("a.py", line, 1, "UA301", Severity.ERROR, f"wrong {line}") for line in range(1, 24)]
    everything = report("build", *many, *errors, WARNING)
    lines = rendered(everything, "text", Style()).splitlines()
    assert [line for line in lines if "wrong" in line] == [f"a.py:{n}:1: UA301 [error] wrong {n}" for n in range(1, 24)]
    assert sum("odd" in line for line in lines) == 20 + 1
    assert lines[-2:] == ["UA800: 3 more: `-v` shows all, `--ignore UA800` none", "build: nothing to do"]
    assert "odd 23" in rendered(everything, "text", Style(1)) and " more:" not in rendered(everything, "text", Style(1))


def test_verbose_text_has_unchanged_files() -> None:
    assert "unchanged b/same.py" in rendered(report(changes=CHANGES), "text", Style(1))
    assert "unchanged b/same.py" not in rendered(report(changes=CHANGES), "text", Style(0))


def test_color() -> None:
    plain = rendered(report("build", ERROR), "text", Style())
    painted = rendered(report("build", ERROR), "text", Style(color=True))
    assert "\x1b[" in painted and "\x1b[" not in plain
    assert "\x1b[31m[error]\x1b[0m" in painted


def test_nothing_to_do() -> None:
    assert rendered(report("build"), "text", Style()) == "build: nothing to do"


# differences


def test_differences_can_be_applied(tmp_path: Path) -> None:
    changes = (
        *CHANGES[:3],
        Change("a/e.py", "b/e.py", Status.EDITED, False, b"one\ntwo", b"one\nthree\n"),
        Change("a/f.py", "b/f.py", Status.EDITED, False, b"one\r\ntwo\r\n", b"one\r\nthree\r\n"),
        Change("a/g.py", "b/g.py", Status.STALE, False, b"a\x0cb\n", b"a\x0cc"),
    )
    for change in changes:
        if change.before is not None:
            path = tmp_path / change.target
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(change.before)
    patch = "\n".join(differences(changes)) + "\n"
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    done = subprocess.run(command, input=patch.encode(), cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode() + patch
    for change in changes:
        path = tmp_path / change.target
        assert (path.read_bytes() if path.exists() else None) == change.after


def test_differences_of_data() -> None:
    change = Change("a/x", "b/x", Status.STALE, False, b"\0one", b"\0two")
    assert list(differences([change])) == ["Binary files a/b/x and b/b/x differ"]
    assert list(differences([Change("a", "b", Status.UNCHANGED), Change("a", "b", Status.REFUSED)])) == []


def test_text_with_differences() -> None:
    text = rendered(report(changes=CHANGES[1:2]), "text", Style(diff=True))
    assert text.splitlines()[:2] == ["--- a/b/old.py", "+++ b/b/old.py"]
    assert "-x = 1" in text and "+x = 2" in text


# for programs


def test_json() -> None:
    found = json.loads(rendered(report("build", ERROR, WARNING, changes=CHANGES), "json", Style()))
    assert found["command"] == "build" and found["ok"] is False
    assert found["files"][0] == {"source": "a/new.py", "target": "b/new.py", "status": "missing", "written": True}
    assert found["diagnostics"][0] == {
        "path": "src/a,b.py",
        "line": 3,
        "column": 7,
        "code": "UA301",
        "severity": "error",
        "message": "50% of this: wrong",
        "help": "do it\nbetter",
    }
    assert "diff" not in found
    assert "+x = 2" in json.loads(rendered(report(changes=CHANGES), "json", Style(diff=True)))["diff"]


def test_github() -> None:
    assert rendered(report("check", ERROR, WARNING, NOTE), "github", Style()).splitlines() == [
        "::error title=UA301,file=src/a%2Cb.py,line=3,col=7::50%25 of this: wrong%0Ahelp: do it%0Abetter",
        "::warning title=UA030,file=src/ä c.py,line=1,col=1::odd",
        "::notice title=UA302,file=src/a.py,line=9,col=2::so it is%0Ahelp: see",
    ]
    assert rendered(report("check"), "github", Style()) == ""


def test_sarif() -> None:
    found = json.loads(rendered(report("check", ERROR, WARNING, NOTE, ERROR), "sarif", Style()))
    assert_sarif(found)
    (run,) = found["runs"]
    assert [item["level"] for item in run["results"]] == ["error", "warning", "note", "error"]
    location = run["results"][1]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "src/%C3%A4%20c.py"
    assert location["region"] == {"startLine": 1, "startColumn": 1}
    assert_sarif(json.loads(rendered(report("check"), "sarif", Style())))


def assert_sarif(found: dict[str, Any]) -> None:
    """What the schema of SARIF 2.1.0 requires of the parts that we write."""
    assert found["version"] == "2.1.0" and found["$schema"].endswith("sarif-2.1.0.json")
    assert set(found) == {"$schema", "version", "runs"}
    for run in found["runs"]:
        assert set(run) == {"tool", "columnKind", "results"}
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        driver = run["tool"]["driver"]
        assert driver["name"]
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(ids) == len(set(ids))
        for item in run["results"]:
            assert ids[item["ruleIndex"]] == item["ruleId"]
            assert item["level"] in {"none", "note", "warning", "error"}
            assert item["message"]["text"]
            for location in item["locations"]:
                assert all(value >= 1 for value in location["physicalLocation"]["region"].values())


@pytest.mark.parametrize("output_format", FORMATS)
def test_every_format_takes_everything(output_format: str) -> None:
    full = report("build", ERROR, WARNING, NOTE, changes=CHANGES)
    assert rendered(full, output_format, Style(1, True, True))


# which


@pytest.mark.parametrize(
    ("select", "ignore", "kept"),
    [
        ((), (), {"UA301", "UA030", "UA302"}),
        (("UA3",), (), {"UA301", "UA302"}),
        (("ua302",), (), {"UA301", "UA302"}),
        ((), ("UA302", "UA030"), {"UA301"}),
        ((), ("UA",), {"UA301"}),
        (("UA",), ("UA0",), {"UA301", "UA302"}),
        (("UA030",), ("UA0",), {"UA301", "UA030"}),
        (("UA0",), ("UA0",), {"UA301"}),
        (("UA9",), (), {"UA301"}),
    ],
)
def test_select_and_ignore_never_hide_errors(select: tuple[str, ...], ignore: tuple[str, ...], kept: set[str]) -> None:
    full = report("check", ERROR, WARNING, NOTE)
    assert {item.code for item in Filter(select, ignore).apply(full).diagnostics} == kept

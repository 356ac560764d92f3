"""Files and what is remembered: replaced as a whole, recognised as ours, never trusted when broken."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unasync_plus.pipeline import stamp
from unasync_plus.store import (
    CACHE_FOLDER,
    Cache,
    Pack,
    clear_strays,
    digest,
    generated_from,
    is_executable,
    is_ours,
    marker_line,
    read,
    remove,
    write,
)

MARK = marker_line("a/x.py").encode()
WANTED = MARK + b"\nx = 1\ny = 2\n"
posix_only = pytest.mark.skipif(os.name == "nt", reason="no such thing there")


# the marker


@pytest.mark.parametrize(
    "data",
    [
        MARK,
        MARK + b"\n",
        MARK + b"\r\nx = 1\r\n",
        b"\xef\xbb\xbf" + MARK + b"\nx = 1\n",
        b"#!/usr/bin/env python\n" + MARK + b"\n",
        b"# -*- coding: latin-1 -*-\n" + MARK + b"\n",
        b"#!/usr/bin/env python\n# vim: set fileencoding=latin-1 :\n" + MARK + b"\n",
        b"# a comment\n# coding: latin-1\n" + MARK + b"\n",
        b"\n# coding: latin-1\n" + MARK + b"\n",
    ],
)
def test_the_marker_is_found_where_it_may_stand(data: bytes) -> None:
    assert generated_from(data) == "a/x.py"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x = 1\n",
        b"\n" + MARK,
        b"x = 1\n" + MARK,
        b"# a comment\n" + MARK,
        b"x = 1\n# coding: x\n" + MARK,
        b"'''\n" + MARK + b"\n'''\n",
        b"x = '" + MARK + b"'\n",
        MARK[:-1] + b"\n",
        MARK + b" Really.\n",
        b"#!/bin/sh\n# coding: x\n# coding: y\n" + MARK,
        b"# coding: x\n# a comment\n" + MARK,
    ],
)
def test_the_marker_is_not_found_elsewhere(data: bytes) -> None:
    assert generated_from(data) is None


@pytest.mark.parametrize("rel", ["a b/x.py", "ä/x.py", "a. Do not edit./x.py", "a/%x.py"])
def test_the_marker_gives_back_any_path(rel: str) -> None:
    assert generated_from(marker_line(rel).encode()) == rel


@pytest.mark.parametrize(
    "existing",
    [
        WANTED,
        MARK + b"\nsomething = 'else'\n",
        b"",
        b"\n\n",
        WANTED[:5],
        WANTED[:-3],
        b"x = 1\ny = 2\n",
        b"# other\nx = 1\ny = 2\n",
        WANTED.replace(b"Do not", b"Do"),
        b"\xef\xbb\xbf" + WANTED,
        WANTED.replace(b"\n", b"\r\n"),
    ],
)
def test_ours(existing: bytes) -> None:
    assert is_ours(existing, WANTED)


@pytest.mark.parametrize(
    "existing",
    [
        b"x = 1\n",
        b"x = 1\ny = 3\n",
        b"# one\n# two\nx = 1\ny = 2\n",
        b"z = 0\nx = 1\ny = 2\n",
        b"def by_hand(): ...\n",
        b"'''" + WANTED + b"'''\n",
        b"\xff\xfe\x00",
    ],
)
def test_not_ours(existing: bytes) -> None:
    assert not is_ours(existing, WANTED)


def test_a_note_in_the_place_of_nothing_but_a_marker_is_not_ours() -> None:
    assert not is_ours(b"# a note\n", MARK + b"\n")


# writing


def test_writing_makes_folders_and_leaves_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "a/b/c.py", b"x")
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["c.py"]
    assert read(tmp_path / "a/b/c.py") == b"x"


@posix_only
def test_the_mode_is_that_of_the_source(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("")
    source.chmod(0o755)
    write(target, b"", source)
    assert stat.S_IMODE(target.stat().st_mode) == 0o755
    assert is_executable(target)
    source.chmod(0o444)
    write(target, b"", source)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644, "its owner can write it the next time"
    target.chmod(0o600)
    write(target, b"new", tmp_path / "missing")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write(target, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert target.read_bytes() == b"old"


def test_reading_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert read(tmp_path / "missing") is None
    assert read(tmp_path / "file" / "below") is None
    with pytest.raises(OSError):
        read(tmp_path)


def test_removing_takes_empty_folders_along(tmp_path: Path) -> None:
    write(tmp_path / "a/b/c.py", b"")
    write(tmp_path / "a/b/__pycache__/c.pyc", b"")
    write(tmp_path / "a/d.py", b"")
    remove(tmp_path / "a/b/c.py", tmp_path)
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["d.py"]
    remove(tmp_path / "a/d.py", tmp_path)
    assert list(tmp_path.iterdir()) == []
    remove(tmp_path / "a/d.py", tmp_path)
    assert tmp_path.exists()


def test_removing_keeps_bytecode_of_others(tmp_path: Path) -> None:
    write(tmp_path / "a/c.py", b"")
    write(tmp_path / "a/__pycache__/c.pyc", b"")
    write(tmp_path / "a/notes.txt", b"")
    remove(tmp_path / "a/c.py", tmp_path)
    assert (tmp_path / "a/__pycache__/c.pyc").exists()


# killed runs

_KILLED = """
import os, sys
from pathlib import Path
import unasync_plus.store.files as files
files.os.replace = lambda *_: os.kill(os.getpid(), 9)
files.write(Path(sys.argv[1]), b"new")
"""


@posix_only
def test_a_killed_write_leaves_the_old_file_and_its_stray_is_cleared(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"old")
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", _KILLED, str(target)], cwd=root, timeout=60)
    assert done.returncode == -9
    assert target.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2
    clear_strays([tmp_path])
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@posix_only
def test_the_temporary_files_of_running_processes_stay(tmp_path: Path) -> None:
    mine = tmp_path / f".{os.getpid()}-abcd.unasync-plus.tmp"
    mine.write_bytes(b"")
    other = tmp_path / ".1-note.tmp"
    other.write_bytes(b"")
    clear_strays([tmp_path, tmp_path / "missing"])
    assert mine.exists() and other.exists()
    long_ago = time.time() - 10_000
    os.utime(mine, (long_ago, long_ago))
    clear_strays([tmp_path])
    assert not mine.exists() and other.exists()


# the cache


def test_a_pack_remembers(tmp_path: Path) -> None:
    file = tmp_path / "c" / "pack.json"
    pack = Pack(file, "1")
    assert pack.get("a") is None
    pack.put("a", [1, "ä"])
    pack.save()
    assert Pack(file, "1").get("a") == [1, "ä"]
    assert Pack(file, "2").get("a") is None, "it depends on its stamp"
    assert (tmp_path / "c" / ".gitignore").read_text().splitlines()[-1] == "*"


def test_a_pack_is_not_written_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pack.json"
    Pack(file, "1").save()
    assert not file.exists()
    pack = Pack(file, "1")
    pack.put("a", 1)
    pack.save()
    before = file.stat().st_mtime_ns, file.stat().st_ino
    again = Pack(file, "1")
    again.put("a", again.get("a"))
    again.save()
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_what_is_dropped_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "pack.json"
    pack = Pack(file, "1")
    pack.put("a", 1)
    pack.put("b", 2)
    pack.save()
    again = Pack(file, "1")
    again.drop("a")
    again.save()
    assert sorted(Pack(file, "1").keys()) == ["b"]


def test_two_runs_at_once_keep_what_both_found(tmp_path: Path) -> None:
    file = tmp_path / "pack.json"
    one, other = Pack(file, "1"), Pack(file, "1")
    one.put("a", 1)
    other.put("b", 2)
    one.save()
    other.save()
    assert sorted(Pack(file, "1").keys()) == ["a", "b"]


def test_a_pack_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "pack.json"
    for number in range(10):
        pack = Pack(file, "1", kept=3)
        pack.put(str(number), number)
        pack.save()
    assert sorted(Pack(file, "1").keys()) == ["6", "7", "8", "9"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data + b" ",
        lambda data: b"\x00" * len(data),
        lambda data: b"{}",
        lambda data: data.replace(b"alpha", b"omega"),
        lambda data: b"unasync-plus 1 " + digest(b"[1]").encode() + b"\n[1]",
        lambda data: b"unasync-plus 1 " + digest(b"[" * 9999).encode() + b"\n" + b"[" * 9999,
    ],
)
def test_a_broken_pack_counts_as_empty(spoil: object, tmp_path: Path) -> None:
    file = tmp_path / "pack.json"
    pack = Pack(file, "1")
    pack.put("alpha", 1)
    pack.save()
    file.write_bytes(spoil(file.read_bytes()))  # type: ignore[operator]  # a lambda of the list above
    broken = Pack(file, "1")
    assert broken.get("alpha") is None
    broken.put("beta", 2)
    broken.save()
    assert Pack(file, "1").get("beta") == 2


def test_a_folder_in_the_place_of_a_pack_is_no_error(tmp_path: Path) -> None:
    (tmp_path / CACHE_FOLDER / "units.json").mkdir(parents=True)
    cache = Cache(tmp_path, lambda _: "1")
    cache.units.put("a", 1)
    cache.facts.put("b", 2)
    cache.save()
    assert Cache(tmp_path, lambda _: "1").facts.get("b") == 2


def test_a_file_in_the_place_of_the_cache_is_no_error(tmp_path: Path) -> None:
    (tmp_path / CACHE_FOLDER).write_text("")
    cache = Cache(tmp_path, lambda _: "1")
    cache.units.put("a", 1)
    cache.save()
    assert Cache(tmp_path, lambda _: "1").units.get("a") is None


def test_no_cache_is_neither_read_nor_written(tmp_path: Path) -> None:
    cache = Cache(tmp_path, lambda _: "1")
    cache.units.put("a", 1)
    cache.save()
    off = Cache(tmp_path, lambda _: "1", enabled=False)
    assert off.units.get("a") is None
    off.units.put("b", 1)
    off.save()
    assert sorted(Cache(tmp_path, lambda _: "1").units.keys()) == ["a"]


def test_saving_only_where_there_is_a_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path, lambda _: "1")
    cache.units.put("a", 1)
    cache.save(if_present=True)
    assert not (tmp_path / CACHE_FOLDER).exists()
    cache.save()
    later = Cache(tmp_path, lambda _: "1")
    later.units.put("b", 1)
    later.save(if_present=True)
    assert json.loads((tmp_path / CACHE_FOLDER / "units.json").read_bytes().partition(b"\n")[2]) == {"a": 1, "b": 1}


def test_clearing(tmp_path: Path) -> None:
    assert Cache.clear(tmp_path)
    cache = Cache(tmp_path, lambda _: "1")
    cache.units.put("a", 1)
    cache.save()
    assert Cache.clear(tmp_path)
    assert not (tmp_path / CACHE_FOLDER).exists()


def test_the_tool_is_read_again_only_where_a_file_looks_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To set the size and the time of a file back is not enough to hide what was done to it."""
    package, module = tmp_path / "package", tmp_path / "package" / "inner" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text("x = 1\n")
    times = module.stat()
    read: list[str] = []

    def reading(path: Path | str) -> bytes | None:
        read.append(Path(path).name)
        return Path(path).read_bytes()

    monkeypatch.setattr(stamp, "_PACKAGE", package)
    monkeypatch.setattr(stamp, "read", reading)
    known = Pack(tmp_path / "tool.json", "1")
    first = stamp.tool_stamp(known)
    assert stamp.tool_stamp(known) == first and read == ["module.py"]
    time.sleep(0.05)  # file systems tell no times apart that are closer
    module.write_text("x = 2\n")
    os.utime(module, ns=(times.st_atime_ns, times.st_mtime_ns))
    second = stamp.tool_stamp(known)
    assert second != first and read == ["module.py"] * 2
    module.write_text("x = 1\n")
    assert stamp.tool_stamp(known) == first, "the same code is the same tool, whenever it was written"

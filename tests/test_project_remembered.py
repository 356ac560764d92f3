"""What was found out about a file holds while its content does: it is not parsed again because another one has changed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from project import empty_project

from unasync_plus import Config
from unasync_plus.discover import survey
from unasync_plus.model import VERSION
from unasync_plus.pipeline.indexing import index_project
from unasync_plus.resolve.project import Project
from unasync_plus.store import Cache

SETTINGS = "class Settings:\n    def __init__(self):\n        self.async_client = 1\n        self.client = 2\n"
SOURCE = "from .._settings import Settings\n\n\nasync def use():\n    return Settings().async_client\n"


def _index(root: Path) -> Project:
    config = Config.load(root)
    cache = Cache(root, lambda _: VERSION)
    project = index_project(config, survey(config, lambda name, settings: name).units, cache)
    cache.save()
    return project


def test_a_module_beside_the_sources_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = empty_project(tmp_path)
    sample.write("src/pkg/_settings.py", SETTINGS)
    sample.write("src/pkg/_async/client.py", SOURCE)
    parsed: list[bytes] = []
    parse = ast.parse

    def noted(source: bytes, *args: object, **options: object) -> ast.AST:
        parsed.append(source)
        return parse(source, *args, **options)  # type: ignore[call-overload, no-any-return]  # handed on as it is

    monkeypatch.setattr(ast, "parse", noted)
    first = _index(tmp_path)
    assert first.doubtful == {"async_client"}
    assert SETTINGS.encode() in parsed

    parsed.clear()
    sample.write("src/pkg/_async/client.py", SOURCE + "\n\nasync def more():\n    pass\n")
    assert _index(tmp_path).doubtful == first.doubtful
    assert SETTINGS.encode() not in parsed

    sample.write("src/pkg/_settings.py", SETTINGS.replace("self.client", "self.other"))
    assert not _index(tmp_path).doubtful

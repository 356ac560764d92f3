"""What a class of a module that is not converted calls things of libraries."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import SampleProject, empty_project, sync

NAMES_OF_A_CLASS = """\
import asyncio
import time
from collections.abc import AsyncIterator, Sized

import tasklib as lib
from tasklib import retry_async


class Cross:
    sleep = asyncio.sleep
    Iterator: type = AsyncIterator
    Stop = StopAsyncIteration
    retry = retry_async
    Retry = lib.AsyncRetry
    size = Sized
    Event = asyncio.Event
    if lib.fast:
        Event = lib.AsyncEvent

    class Sync:
        sleep = time.sleep
"""
USER_OF_A_CLASS = """\
from ..cross import Cross


async def run(items: Cross.Iterator[int]):
    await Cross.sleep(1)
    try:
        return Cross.size
    except Cross.Stop:
        return None
"""
SYNC_USER_OF_A_CLASS = """\
import collections.abc
import time

from ..cross import Cross


def run(items: collections.abc.Iterator[int]):
    time.sleep(1)
    try:
        return Cross.size
    except StopIteration:
        return None
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    return empty_project(tmp_path)


def test_names_of_a_class_mean_what_they_stand_for(project: SampleProject) -> None:
    project.write("src/pkg/cross/names.py", NAMES_OF_A_CLASS)
    project.write("src/pkg/cross/__init__.py", "from .names import Cross\n")
    project.write("src/pkg/_async/client.py", USER_OF_A_CLASS)
    report = project.build()
    assert report.ok and not report.diagnostics, report.diagnostics
    assert sync(project, "client") == SYNC_USER_OF_A_CLASS


def test_names_of_a_class_that_only_sound_asynchronous(project: SampleProject) -> None:
    project.write("src/pkg/cross.py", NAMES_OF_A_CLASS)
    project.write("src/pkg/_async/client.py", "from ..cross import Cross\n\nretry = Cross.Retry(Cross.retry)\n")
    stay = [item.message.split()[0] for item in project.build().diagnostics if item.code == "UA907"]
    assert stay == ["tasklib.AsyncRetry", "tasklib.retry_async"]

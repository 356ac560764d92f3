"""Objects of foreign classes that a module gets by attributes of classes which other modules define are not awaited unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import SampleProject, empty_project

from unasync_plus.resolve.foreign_attributes import _parts

BASE = """\
import other.lib
from foreign import Session, make_pool
from typing import Dict, Optional


class Client:
    name: str
    session: Optional[Session]
    held: Dict[str, Session]

    def __init__(self, pool, channel: "other.lib.Channel | None" = None) -> None:
        self.session = None
        self.pool = make_pool(pool)
        self.channel = channel
"""
USER = """\
from . import Client
from .base import Client as Base


class Special(Base):
    async def own(self):
        return await {own}


class User:
    def __init__(self, client: Client) -> None:
        self.client = client

    async def use(self, special: Special):
        session = self.client.session
        await {use}
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = empty_project(tmp_path)
    project.write("src/pkg/_async/__init__.py", "from .base import Client\n")
    project.write("src/pkg/_async/base.py", BASE)
    return project


@pytest.mark.parametrize(
    ("own", "use", "expected"),
    [
        ("self.session.get(1)", "self.own()", [(7, "foreign.Session")]),
        ("self.name", "self.client.session.get(1)", [(16, "foreign.Session")]),
        ("self.name", "session.get(1)", [(16, "foreign.Session")]),
        ("self.pool.acquire()", "special.channel.send(1)", [(7, "foreign.make_pool"), (16, "other.lib.Channel")]),
        ("self.read(self.session)", "self.client.own(special.name)", []),
        ("self.held.get('x')", "self.client.name.get()", []),
    ],
)
def test_what_is_awaited(own: str, use: str, expected: list[tuple[int, str]], project: SampleProject) -> None:
    project.write("src/pkg/_async/user.py", USER.format(own=own, use=use))
    found = [(item.line, item.message.partition(" ")[0]) for item in project.build().diagnostics if item.is_error]
    assert found == expected


def test_leave_lets_it_pass(project: SampleProject) -> None:
    project.write("src/pkg/_async/user.py", USER.format(own="self.session.get(1)", use="special.pool.acquire()"))
    config = project.read("pyproject.toml")
    project.write("pyproject.toml", config + 'leave = ["foreign"]\n')
    assert not [item for item in project.build().diagnostics if item.is_error]


def test_what_leads_back_to_itself(project: SampleProject) -> None:
    text = (
        "from . import Client\n\n\nasync def walk(node: Client, other: Client):\n    node = other.following\n"
        "    other = node.following\n    await other.use()\n    return await node.session.get(1)\n"
    )
    project.write("src/pkg/_async/user.py", text)
    assert [(item.code, item.line) for item in project.build().diagnostics if item.is_error] == [("UA904", 8)]


def test_a_parameter_says_nothing_of_those_of_other_methods(project: SampleProject) -> None:
    project.write(
        "src/pkg/_async/base.py",
        "from foreign import Session\nfrom typing import Dict, Union\n\n\nclass Client:\n"
        "    held: Union[Dict[str, Session], None]\n\n    def __init__(self, session: 'Own') -> None:\n"
        "        self.session = session\n\n    def close(self, session: Session) -> None: ...\n",
    )
    project.write("src/pkg/_async/user.py", USER.format(own="self.session.get(1)", use="self.client.held.get(2)"))
    assert not project.build().errors


@pytest.mark.parametrize(
    ("annotation", "classes"),
    [
        ("'Session | None'", ["Session", "None"]),
        ("Optional[Union[a.Session, Dict[str, Other]]]", ["a.Session", "Dict"]),
        ("typing.Union[Dict[str, Session], None]", ["Dict", "None"]),
        ("Dict[str, Session] | Other", ["Dict", "Other"]),
    ],
)
def test_classes_of_an_annotation(annotation: str, classes: list[str]) -> None:
    assert list(_parts(annotation)) == classes

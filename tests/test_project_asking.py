"""Functions that only ask whether something is asynchronous, used in other modules than their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import SampleProject

from unasync_plus.resolve.asking import asking_functions

ASKS = """\
import inspect


def is_async(thing):
    return inspect.iscoroutinefunction(inspect.unwrap(thing))
"""
USES = """\
from {} import {}


def wanted(function):
    assert {}(function)
    return function
"""
PASSED = "def wanted(function):\n    return function\n"


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n')
    for path in ("pkg/__init__.py", "pkg/_async/__init__.py"):
        project.write(path)
    return project


@pytest.mark.parametrize("home", ["pkg._async.asks", "pkg.asks"])
@pytest.mark.parametrize(("name", "local"), [("is_async", "is_async"), ("is_async as really", "really")])
def test_a_check_that_asks_another_module_is_passed(project: SampleProject, home: str, name: str, local: str) -> None:
    project.write(f"{home.replace('.', '/')}.py", ASKS)
    project.write("pkg/_async/uses.py", USES.format(home, name, local))
    assert "UA317" in {found.code for found in project.build().diagnostics}
    assert project.read("pkg/_sync/uses.py").endswith(PASSED)


def test_also_under_a_name_that_a_third_one_hands_on(project: SampleProject) -> None:
    project.write("pkg/_async/asks.py", ASKS)
    project.write("pkg/_async/__init__.py", "from .asks import is_async\n")
    project.write("pkg/_async/uses.py", USES.format("pkg._async", "is_async", "is_async"))
    project.build()
    assert project.read("pkg/_sync/uses.py").endswith(PASSED)


def test_what_depends_on_it_is_converted_anew_when_it_does_more(project: SampleProject) -> None:
    project.write("pkg/_async/asks.py", ASKS)
    project.write("pkg/_async/uses.py", USES.format("pkg._async.asks", "is_async", "is_async"))
    project.build()
    project.write("pkg/_async/asks.py", ASKS.replace("    return", "    print(thing)\n    return"))
    project.build()
    assert "assert is_" in project.read("pkg/_sync/uses.py")


@pytest.mark.parametrize(
    ("function", "question"),
    [
        ("def f(x): return inspect.isawaitable(x)", "inspect.isawaitable"),
        ("def f(x): return bool(iscoroutinefunction(x))", "asyncio.iscoroutinefunction"),
        ("def f(x): return callable(x) and iscoroutinefunction(x)", "asyncio.iscoroutinefunction"),
        ("def f(x): return iscoroutinefunction(x) or inspect.isawaitable(x)", "asyncio.iscoroutinefunction"),
        (
            "def f(x):\n    if inspect.isclass(x):\n        return False\n    return inspect.isawaitable(x)",
            "inspect.isawaitable",
        ),
        ("def f(x): return callable(x) or iscoroutinefunction(x)", ""),
        ("def f(x): return not iscoroutinefunction(x)", ""),
        ("def f(x): return iscoroutinefunction(find(x))", ""),
        ("def f(x):\n    if inspect.isawaitable(x):\n        return x", ""),
        ("def f(x): inspect.isawaitable(x)", ""),
        ("def f(x): return False", ""),
        ("@cached\ndef f(x): return inspect.isawaitable(x)", ""),
        ("async def f(x): return inspect.isawaitable(x)", ""),
        ("def f(x):\n    for y in x:\n        return inspect.isawaitable(y)", ""),
    ],
)
def test_which_functions_only_ask(function: str, question: str) -> None:
    data = f"import inspect\nfrom asyncio import iscoroutinefunction\n\n\n{function}\n".encode()
    assert asking_functions(data) == ({"f": question} if question else {})

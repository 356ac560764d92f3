"""What files say of themselves without being parsed: never more than parsing them would tell, and nearly as much."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from unasync_plus.config import Config
from unasync_plus.pipeline.workspace import open_workspace
from unasync_plus.resolve.facts import file_facts, may_define, surely_defined
from unasync_plus.resolve.older_syntax import in_older_syntax
from unasync_plus.resolve.starters import may_start
from unasync_plus.resolve.syntax_tree import children_of
from unasync_plus.resolve.words import file_words

ROOT = Path(__file__).parent.parent

IN_STRINGS = [
    '"""\nclass AsyncX:\n    pass\n"""\n',
    "'''\nclass AsyncX:\n    pass\n'''\n",
    "text = '\\\nclass AsyncX: '\n",
    'text = "a\\\n    def async_x(): "\n',
    '# """\nx = 1 # """\ntext = """\nclass AsyncX: ...\n"""\n',
    'a = \'"""\'\ntext = """\nclass AsyncX: ...\n"""\n',
    'a = """b\\"""\nclass AsyncX: ...\n"""\n',
    'a = f"""{1}\nasync def async_x(): ...\n"""\n',
    'a = """""" + """\nclass AsyncX: ...\n"""\n',
    "# class AsyncX:\n",
    "from m import (\n    AsyncX,\n)\n",
]


@pytest.mark.parametrize("text", IN_STRINGS)
def test_text_that_looks_like_a_definition_is_none(text: str) -> None:
    data = text.encode()
    compile(data, "x.py", "exec")
    assert file_facts(data)["defined"] == []
    assert surely_defined(data, ["AsyncX", "async_x"]) == set()


@pytest.mark.parametrize(
    "text",
    [
        "class AsyncX: ...\n",
        "class  AsyncX(Base): ...\n",
        "async  def\tAsyncX(): ...\n",
        "if a:\r\n    class AsyncX:\r\n        pass\r\n",
        '"""Don\'t."""\n\nclass AsyncX:\n    """It\'s "x"."""\n',
        '"""a"""\ndef f():\n    """\n    b\n    """\n    def AsyncX(): ...\n',
    ],
)
def test_definitions_are_found_without_a_parser(text: str) -> None:
    assert file_facts(text.encode())["defined"] == ["AsyncX"]
    assert surely_defined(text.encode(), ["AsyncX", "async_y"]) == {"AsyncX"}


@pytest.mark.parametrize(
    "text",
    [
        "def f(\n    async_x,\n    b,\n): ...\n",
        "def f(a, async_x): ...\n",
        "a, async_x = 1, 2\n",
        "(\n    a,\n    async_x,\n) = f()\n",
        "async_x: int\n",
        "for async_x in y: ...\n",
        "import a as async_x\n",
        "with a as async_x: ...\n",
        "self.async_x = 1\n",
    ],
)
def test_every_other_way_to_bind_a_name_is_looked_at(text: str) -> None:
    assert file_facts(text.encode())["defined"] == ["async_x"]
    assert may_define(text.encode(), ["async_x"])


@pytest.mark.parametrize(
    "text",
    [
        "from m import async_x, b\n",
        "from m import (\n    a,\n    async_x,\n)\n",
        "from m import a; from n import b, async_x, c\n",
        "try:\n    pass\nexcept async_x:\n    pass\n",
    ],
)
def test_what_is_imported_or_caught_need_not_be_looked_at(text: str) -> None:
    assert not may_define(text.encode(), ["async_x"])
    assert file_facts(text.encode())["defined"] == []
    assert may_define(f"{text}def f(b, async_x): ...\n".encode(), ["async_x"])


@pytest.mark.parametrize(
    "text",
    [
        "def f(coro): return asyncio.create_task(coro)\n",
        "def f(*coros): return asyncio.gather(*coros)\n",
        "def f(coro): return asyncio.wait_for(  # seconds\n    coro,\n    1,\n)\n",
        "def f(coro): return asyncio.wait_for(timeout=1, fut=coro)\n",
        "from asyncio import gather as g\ndef f(coro): return g(coro)\n",
        "class A:\n    def f(self, coro): return g(coro)\ndef g(coro): asyncio.run( coro )\n",
    ],
)
def test_what_starts_a_parameter_is_looked_at(text: str) -> None:
    text = f"import asyncio\n{text}"
    assert may_start(text.encode())
    assert file_facts(text.encode())["starters"]


def test_what_starts_its_own_calls_need_not_be_looked_at() -> None:
    text = b"import asyncio\nasync def f(a): await asyncio.gather(g(a), g(1)); asyncio.create_task(self.run())\n"
    assert not may_start(text)
    assert file_facts(text)["starters"] == []


def test_what_is_sure_is_so_in_every_file_of_ours() -> None:
    proved = known = 0
    for path in sorted((ROOT / "unasync_plus").rglob("*.py")) + sorted((ROOT / "fixtures").rglob("*.py")):
        data = path.read_bytes()
        words = file_words(data)
        if not words:
            continue
        defined = set(file_facts(data)["defined"])
        sure = surely_defined(data, words)
        assert sure <= defined, path
        proved, known = proved + len(sure), known + len(defined)
    assert proved > known / 3 > 10


def test_the_index_has_names_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text(
        dedent('''
            """
            class AsyncText: ...
            """
            from other import AsyncForeign

            class AsyncClient: ...

            def call(
                async_callback,
                x,
            ):
                return AsyncText, AsyncForeign, async_callback, AsyncClient
        ''')
    )
    config = Config.from_mapping({"package": [{"source": "src", "target": "out"}]}, tmp_path)
    project = open_workspace(config, (), use_cache=False).project
    assert project.defined == {"AsyncClient", "async_callback"}


NEWEST = """\
import asyncio

type AsyncPair[T] = tuple[T, T]


class AsyncBox[T: int](Base[*Ts]):
    def __await__(self): ...

    def start[**P](self, coro, *args: *Ts) -> None:
        self.task = asyncio.create_task(coro)
        print(f"{x["a"]} {f'{"b"}'}")

    def own(self):
        try:
            return self.task
        except* ValueError as async_errors:
            raise


async def later[T](coro: T):
    print(1)
    return await coro


async def async_x[*Ts]():
    return asyncio.create_task(f())
"""


def test_syntax_that_is_newer_than_the_python_that_runs_us() -> None:
    assert file_facts(NEWEST.encode()) == {
        "defined": ["AsyncBox", "AsyncPair", "async_x"],
        "awaitables": ["AsyncBox"],
        "tasks": ["own", "task"],
        "awaited_tasks": ["async_x"],
        "starters": ["start 0:coro"],
        "awaiters": ["later 0:coro"],
        "interrupting": ["asyncio.create_task"],
    }
    assert file_facts(b"def (:")["defined"] == []
    older = in_older_syntax(NEWEST.encode())
    assert b"class AsyncBox(Base[Ts]):" in older
    assert b"\nAsyncPair = tuple[T, T]\n" in older
    assert b"except ValueError as async_errors:" in older
    assert b"*args: Ts)" in older


EVERY_SORT = """
@wrap
def f(a, /, b: int = 1, *c, d, e=2, **g) -> None:
    global q
    x = {**g, "k": -b + 1}
    match x:
        case {"a": 1, **rest} | Point(1, y=[2, *others]) as whole if a < 2 <= b: pass
        case None | -1: pass
    try:
        print(f"{x!r:>{b}}", lambda y: y[1:2], *c)
    except (A, B) as error:
        raise C from error
    return [i for i in x if i and not a]
"""


def test_the_children_of_a_node_are_those_of_ast_but_for_operators_and_contexts() -> None:
    left_out = (ast.boolop, ast.cmpop, ast.operator, ast.unaryop, ast.expr_context)
    for node in ast.walk(ast.parse(EVERY_SORT)):
        expected = [child for child in ast.iter_child_nodes(node) if not isinstance(child, left_out)]
        assert children_of(node) == expected, ast.dump(node)

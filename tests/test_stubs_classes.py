"""Classes in stubs: attributes, properties, data classes, enums."""

from __future__ import annotations

import importlib
from textwrap import dedent
from typing import Any

import pytest
from stub_of import body, imports, stub, warnings

from unasync_plus.emit import stub_known as known

ATTRIBUTES = {
    "self.x = 1": "int",
    "self.x: Optional[int] = None": "Optional[int]",
    "self.x = text": "str",
    "self.x = maybe": "Optional[int]",
    "self.x = maybe or 3": "int",
    "self.x = 3 if maybe is None else maybe": "int",
    "self.x = maybe if maybe is not None else 3": "int",
    "if maybe is None:\n            maybe = 3\n        self.x = maybe": "int",
    "if maybe is None:\n            raise ValueError\n        self.x = maybe": "int",
    "if not maybe:\n            maybe = default()\n        self.x = maybe": "int",
    "assert maybe is not None\n        self.x = maybe": "int",
    "if isinstance(either, str):\n            either = Other(either)\n        self.x = either": "Other",
    "if isinstance(either, KINDS + (int,)):\n            self.x = either": "Union[str, Other]",
    "self.x = args": "tuple[bytes, ...]",
    "self.x = kwargs": "dict[str, float]",
    "self.x = Other('a')": "Other",
    "self.x = Other.make()": "Other",
    "self.x = self._method()": "bytes",
    "self.x = self.prop": "float",
    "self.x = helper(1)": "list[int]",
    "self.x = threading.Lock()": "threading.Lock",
    "self.x = logging.getLogger('a')": "logging.Logger",
    "self.x = list(items)": "list[str]",
    "self.x = dict(table)": "dict[str, int]",
    "self.x = sorted(items)": "list[str]",
    "self.x = text.encode()": "bytes",
    "self.x = f'{text}'": "str",
    "self.x = ', '.join(items)": "str",
    "self.x = len(items) > 2": "bool",
    "self.x = not items": "bool",
    "local = {'a': 1}\n        self.x = local": "dict[str, int]",
    "self.x, self.y = text, 1": "str",
    "self.x = CONSTANT": "int",
    "self.x = Other": "type[Other]",
    "self.x = State.NEW": "State",
    "self.x = None\n        self.x = 3": "int | None",
    "self.x: Final = text": "Final[str]",
    "self.x = []\n        self.x = [text]": "list[str]",
}

CLASS = """
import logging
import threading
from typing import Any, Final, Iterable, Mapping, Optional, Union
from typing_extensions import Self
import enum
CONSTANT = 3
class State(enum.IntEnum):
    NEW = 1
class Other:
    def __init__(self, a: str) -> None: ...
    @classmethod
    def make(cls) -> "Other": ...
def helper(a: int) -> list[int]: ...
class A:
    def __init__(
        self, text: str, maybe: Optional[int] = None, either: Union[str, Other] = "",
        items: Iterable[str] = (), table: Mapping[str, int] = {}, *args: bytes, **kwargs: float,
    ) -> None:
        %s
    def _method(self) -> bytes: ...
    @property
    def prop(self) -> float: ...
"""


@pytest.mark.parametrize("code", ATTRIBUTES, ids=range(len(ATTRIBUTES)))
def test_attributes_assigned_in_init(code: str) -> None:
    code = CLASS % code
    assert f"    x: {ATTRIBUTES[code.split('-> None:')[2].split('    def _method')[0].strip()]}\n" in stub(code)
    assert [one for one in warnings(code) if "A.x" in one] == []


UNKNOWN = {
    "self.x = unknown()": "Any",
    "self.x = text.method()": "Any",
    "self.x = []": "list[Any]",
    "self.x = {}": "dict[Any, Any]",
    "self.x = lambda: 1": "Any",
    "with text as self.x:\n            pass": "Any",
}


@pytest.mark.parametrize("code", UNKNOWN, ids=range(len(UNKNOWN)))
def test_what_cannot_be_told_is_any_with_a_warning_at_its_line(code: str) -> None:
    text = CLASS % code
    assert f"    x: {UNKNOWN[code]}\n" in stub(text)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "self.x" in one)
    (found,) = [one for one in warnings(text) if "A.x" in one]
    assert found.startswith(f"{line}:")
    assert found.endswith(f"UA801 the type of A.x cannot be told: the stub says {UNKNOWN[code]}")


def test_the_first_assignment_decides_and_other_methods_count() -> None:
    code = """
        class A:
            def __init__(self) -> None:
                self.a = 1
                self.b = None
            def open(self) -> None:
                self.a = "x"
                self.b = 2.0
                self.c = b""
    """
    assert "    a: int\n    b: float | None\n    c: bytes\n" in stub(code)


def test_an_attribute_of_a_base_is_not_declared_again() -> None:
    code = """
        class Base:
            timeout: float = 1.0
            def __init__(self) -> None:
                self.name = "a"
        class Child(Base):
            timeout = 2
            def __init__(self) -> None:
                self.name = "b"
                self.timeout = 3
    """
    expected = "class Child(Base):\n    timeout = 2\n    def __init__(self) -> None: ...\n"
    assert stub(code).endswith(expected)


def test_members_named_like_types_and_modules_do_not_hide_them() -> None:
    code = """
        import ssl
        class A:
            def __init__(self, context: ssl.SSLContext) -> None:
                self.ssl = context
                self.items: list[int] = []
            def list(self) -> None: ...
    """
    assert imports(code) == ["import builtins", "import ssl as _ssl"]
    assert "    ssl: _ssl.SSLContext\n    items: builtins.list[int]\n" in stub(code)
    assert "def __init__(self, context: _ssl.SSLContext) -> None: ..." in stub(code)


def test_properties() -> None:
    code = """
        class A:
            @property
            def a(self) -> int: return 1
            @a.setter
            def a(self, value: str) -> None: ...
            @a.deleter
            def a(self) -> None: ...
            def _get(self) -> int: return 1
            def _set(self, value: str) -> None: ...
            b = property(_get, _set)
    """
    assert "    @a.setter\n    def a(self, value: str) -> None: ...\n    @a.deleter\n" in stub(code)
    assert stub(code).endswith(
        "    @property\n    def b(self) -> int: ...\n    @b.setter\n    def b(self, value: str) -> None: ...\n"
    )


def test_dataclasses_keep_their_options_and_defaults() -> None:
    code = """
        from dataclasses import dataclass, field, KW_ONLY
        @dataclass(frozen=True)
        class A:
            a: int
            _: KW_ONLY
            b: str = "b"
            c: list[int] = field(default_factory=list, init=False)
            d: object = object()
            e: bytes = compute()
            constant = 3
            def __post_init__(self) -> None:
                self.total = self.a
    """
    assert body(code) == dedent("""\
        @dataclass(frozen=True)
        class A:
            a: int
            _: KW_ONLY
            b: str = "b"
            c: list[int] = field(default_factory=list, init=False)
            d: object = object()
            e: bytes = compute()
            constant: ClassVar[int]
            total: int = field(init=False)
            def __post_init__(self) -> None: ...
        """)


def test_an_ordered_dataclass_spells_its_comparisons_out() -> None:
    text = stub("from dataclasses import dataclass\n@dataclass(order=True, frozen=True)\nclass A:\n    a: int\n")
    assert "@dataclass(frozen=True)\nclass A:\n    a: int\n    def __lt__(self, other: Self) -> bool: ...\n" in text
    assert text.count("other: Self") == 4


def test_enum_members_keep_their_values() -> None:
    code = """
        import enum
        class A(enum.Enum):
            RED = "red"
            BLUE = (1, "b")
            AUTO = enum.auto()
            OTHER = "".join(["a"])
            ALIAS = RED
            _ignore_ = ["x"]
            def method(self) -> str: return ""
        class B(enum.Enum):
            pass
    """
    assert body(code) == dedent("""\
        class A(enum.Enum):
            RED = "red"
            BLUE = (1, "b")
            AUTO = ...
            OTHER = "".join(["a"])
            ALIAS = RED
            _ignore_ = ["x"]
            def method(self) -> str: ...

        class B(enum.Enum): ...  # type: ignore[misc, unused-ignore]
        """)


def test_named_tuples_and_typed_dicts() -> None:
    code = """
        from typing import NamedTuple, TypedDict
        class P(NamedTuple):
            x: int
            y: int = 0
        class T(TypedDict, total=False):
            a: int
        L = TypedDict("L", {"in": int})
        N = NamedTuple("N", [("a", int)])
    """
    assert body(code) == dedent("""\
        class P(NamedTuple):
            x: int
            y: int = 0

        class T(TypedDict, total=False):
            a: int

        L = TypedDict("L", {"in": int})
        N = NamedTuple("N", [("a", int)])
        """)


def test_a_class_that_a_base_from_elsewhere_may_transform_shows_its_values() -> None:
    code = """
        from pydantic import BaseModel, ConfigDict, Field
        class A(BaseModel):
            model_config = ConfigDict(extra="forbid")
            a: int = 3
            b: str = Field(alias="c")
    """
    assert body(code) == dedent("""\
        class A(BaseModel):
            model_config = ConfigDict(extra="forbid")
            a: int = 3
            b: str = Field(alias="c")
        """)


def test_slots_that_nothing_assigns_exist_all_the_same() -> None:
    code = """
        class A:
            __slots__ = ("a", "b")
            def __init__(self) -> None:
                self.a = 1
    """
    assert '    __slots__ = ("a", "b")\n    a: int\n    b: Any\n' in stub(code)
    assert warnings(code) == ["3:5 UA801 the type of A.b cannot be told: the stub says Any"]


def test_what_an_abstract_method_gives_is_not_told_by_its_body() -> None:
    """A subclass that gives something else would be told that it is wrong; where the source says nothing, it is not."""
    code = """
        from abc import ABC, abstractmethod
        class A(ABC):
            @abstractmethod
            def set(self): return self
            def plain(self): return self
    """
    assert "def set(self) -> Any: ..." in stub(code)
    assert "def plain(self) -> Self: ..." in stub(code)
    assert warnings(code) == ["5:5 UA800 A.set has no annotation for its result: the stub says Any"]


def test_special_methods_without_annotations() -> None:
    code = """
        class A:
            def __init__(self): ...
            def __repr__(self): return "a"
            def __eq__(self, other): return True
            def __enter__(self): return self
            def __exit__(self, *args: object): pass
            def __getattr__(self, name): return 1
            @classmethod
            def make(self) -> int: return 1
    """
    text = stub(code)
    for line in (
        "def __init__(self) -> None: ...",
        "def __repr__(self) -> str: ...",
        "def __eq__(self, other: object) -> bool: ...",
        "def __getattr__(self, name: str) -> Any: ...",
        "def __enter__(self) -> Self: ...",
        "def make(cls) -> int: ...",
    ):
        assert f"    {line}\n" in text
    assert "from typing_extensions import Self" in text
    assert "from typing import Any, Self" in stub(code, target_version=(3, 11))


def test_a_metaclass_that_replaces_attributes() -> None:
    code = """
        class M(type):
            def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, object]) -> "M":
                made = super().__new__(cls, name, bases, space)
                made.Meta = object()
                return made
        class A(metaclass=M):
            class Meta:
                x = 1
    """
    assert body(code).endswith("class A(metaclass=M):\n    Meta: ClassVar[Any]\n")


def test_a_class_that_leaves_abstract_methods_open_says_so() -> None:
    code = """
        import abc
        from contextlib import AbstractContextManager
        from typing import ContextManager, Iterator
        class Base(abc.ABC):
            @abc.abstractmethod
            def a(self) -> int: ...
            @abc.abstractmethod
            def b(self) -> int: ...
        class Middle(Base):
            def a(self) -> int: return 1
        class Leaf(Middle):
            def b(self) -> int: return 1
        class Open(Iterator[int]):
            pass
        class Done(Iterator[int]):
            def __next__(self) -> int: return 1
        class Entered(ContextManager[int]):
            pass
        class Left(AbstractContextManager):
            def __exit__(self, *error: object) -> None: pass
    """
    heads = [line for line in stub(code).splitlines() if line.startswith("class")]
    assert heads == [
        "class Base(abc.ABC):",
        "class Middle(Base, metaclass=abc.ABCMeta):",
        "class Leaf(Middle):",
        "class Open(Iterator[int], metaclass=abc.ABCMeta): ...",
        "class Done(Iterator[int]):",
        "class Entered(ContextManager[int], metaclass=abc.ABCMeta): ...",
        "class Left(AbstractContextManager):",
    ]


def test_a_declared_attribute_that_the_metaclass_sets_keeps_its_type() -> None:
    code = """
        class M(type):
            def __init__(cls, *args: object) -> None:
                cls.index = 3
        class A(metaclass=M):
            index: int
    """
    assert stub(code).endswith("class A(metaclass=M):\n    index: int\n")


def test_an_import_inside_of_a_method_that_an_attribute_needs() -> None:
    code = """
        class A:
            def __init__(self) -> None:
                from queue import Queue
                import ssl
                self.queue: Queue[int] = Queue()
                self.context: ssl.SSLContext = ssl.SSLContext()
            def later(self) -> None:
                from json import dumps
                print(dumps)
    """
    assert imports(code) == ["import ssl", "from queue import Queue"]
    assert "    queue: Queue[int]\n" in stub(code)


def test_a_placeholder_is_no_type() -> None:
    code = """
        from elsewhere import Base
        class A(Base):
            def __init__(self) -> None:
                self.scope = None  # type: ignore[assignment]
            def open(self) -> None:
                self.scope = [1]
    """
    assert "    scope: list[int]\n" in stub(code)


def test_overloads_take_what_only_their_implementation_says() -> None:
    code = """
        import abc
        from typing import final, overload
        class A(abc.ABC):
            @overload
            def f(self, a: int) -> int: ...
            @overload
            def f(self, a: str) -> str: ...
            @abc.abstractmethod
            def f(self, a: object) -> object: ...
            @overload
            def g(self, a: int) -> int: ...
            @overload
            def g(self, a: str) -> str: ...
            @final
            def g(self, a: object) -> object: ...
    """
    assert body(code) == dedent("""\
        class A(abc.ABC):
            @overload
            @abc.abstractmethod
            def f(self, a: int) -> int: ...
            @overload
            @abc.abstractmethod
            def f(self, a: str) -> str: ...
            @overload
            @final
            def g(self, a: int) -> int: ...
            @overload
            def g(self, a: str) -> str: ...
        """)


def test_none_alone_is_a_placeholder() -> None:
    code = """
        class A:
            kind = None
            other = None
            def __init__(self) -> None:
                self.handler = None
                self.other = 1
    """
    assert "    kind: Any\n    other: int | None\n    handler: Any\n" in stub(code)
    assert len(warnings(code)) == 2


def test_type_variables_of_a_method_are_no_types_of_attributes() -> None:
    code = """
        from typing import Generic, Optional, TypeVar
        T = TypeVar("T")
        class A:
            def __init__(self, x: T) -> None:
                self.x: Optional[T] = x
                self.y: "list[T]" = [x]
        class B(Generic[T]):
            def __init__(self, x: T) -> None:
                self.x: Optional[T] = x
    """
    assert "class A:\n    x: Any\n    y: Any\n" in stub(code)
    assert "class B(Generic[T]):\n    x: Optional[T]\n" in stub(code)
    assert len(warnings(code)) == 2


def test_a_method_that_only_returns_none_leaves_it_to_those_that_override_it() -> None:
    code = """
        class A:
            def hook(self):
                return None
            def close(self):
                self.closed = True
                return None
        def nothing():
            return None
    """
    made = stub(code)
    assert "def hook(self) -> Any: ..." in made
    assert "def close(self) -> None: ..." in made
    assert "def nothing() -> None: ..." in made


def test_what_the_source_excuses_is_excused_where_it_is_said_again() -> None:
    code = """
        from typing import Optional, Union
        from foreign import Client, Cursor, Options
        class Base:
            def __init__(self, target: Union[int, str], client: Client) -> None:  # type: ignore[type-arg]
                self.target = target
                self.client = client
                self.queue: list = []  # type: ignore[type-arg]
                self.cursor = self._make()
                self.options = Options()
            def _make(self) -> Optional[Cursor]: ...  # type: ignore[type-arg]
        class Child(Base):
            target: int
            client: Client
        class Grand(Child):
            target: int
    """
    lines = [line.strip() for line in body(code).splitlines() if ":" in line and "def " not in line]
    excuse, override = (
        "  # type: ignore[type-arg, unused-ignore]",
        "  # pyright: ignore[reportIncompatibleVariableOverride]",
    )
    assert lines == [
        "class Base:",
        "target: Union[int, str]",
        f"client: Client{excuse}",
        f"queue: list{excuse}",
        f"cursor: Optional[Cursor]{excuse}",
        "options: Options",
        "class Child(Base):",
        f"target: int{override}",
        f"client: Client{excuse}",
        "class Grand(Child):",
        "target: int",
    ]


def test_classes_of_libraries_that_are_final_or_make_data_classes() -> None:
    code = """
        from typing import Any, ClassVar
        from pydantic._internal._model_construction import ModelMetaclass
        from pydantic.fields import FieldInfo as Info
        class Meta(ModelMetaclass):
            _meta: int
            size: int = 3
            kind: ClassVar[str] = "x"
        class Model(metaclass=Meta):
            name: str
        class Own(Info):
            name: str
    """
    assert body(code) == dedent("""\
        class Meta(ModelMetaclass):
            _meta = ...  # type: int
            size = 3  # type: int
            kind: ClassVar[str] = "x"

        class Model(metaclass=Meta):
            name: str

        @final
        class Own(Info):
            name: str
        """)


def test_what_is_known_of_the_classes_of_libraries_is_so() -> None:
    pytest.importorskip("pydantic")
    for name in known.FINAL_CLASSES:
        assert _found(name).__final__ is True
    for name in known.TRANSFORMING_METACLASSES:
        assert issubclass(_found(name), type) and hasattr(_found(name), "__dataclass_transform__")


def _found(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def test_validators_of_pydantic_are_class_methods_by_their_first_parameter() -> None:
    code = """
        from pydantic import BaseModel, field_validator, model_validator
        class User(BaseModel):
            name: str
            @field_validator("name")
            def shorten(cls, value: str) -> str: ...
            @field_validator("name")
            @classmethod
            def strip(cls, value: str) -> str: ...
            @model_validator(mode="after")
            def check(self) -> "User": ...
    """
    assert body(code) == (
        "class User(BaseModel):\n    name: str\n"
        '    @field_validator("name")\n    @classmethod\n    def shorten(cls, value: str) -> str: ...\n'
        '    @field_validator("name")\n    @classmethod\n    def strip(cls, value: str) -> str: ...\n'
        '    @model_validator(mode="after")\n    def check(self) -> User: ...\n'
    )


def test_methods_for_type_checkers_alone_are_marked() -> None:
    """Where no base can have them at run time; stubtest would miss them there."""
    code = """
        from typing import TYPE_CHECKING
        class Mixin:
            if TYPE_CHECKING:
                @property
                def name(self) -> str: ...
                def both(self) -> int: ...
                def only(self, a: int) -> int: ...
            else:
                both = None
        class Derived(Other):
            if TYPE_CHECKING:
                def perhaps(self) -> int: ...
    """
    assert body(code) == (
        "class Mixin:\n    @property\n    @type_check_only\n    def name(self) -> str: ...\n"
        "    def both(self) -> int: ...\n    @type_check_only\n    def only(self, a: int) -> int: ...\n\n"
        "class Derived(Other):\n    def perhaps(self) -> int: ...\n"
    )


def test_what_a_class_decorates_is_an_object_of_it() -> None:
    code = """
        class Command:
            def __init__(self, function: object) -> None: ...
        class Generic(Base):
            def __init__(self, function: object) -> None: ...
        @Command
        def run(x: int) -> int: ...
        @Generic
        def other(x: int) -> int: ...
        class Group:
            @Command
            def inside(self) -> int: ...
    """
    text = body(code)
    assert "run: Command\n" in text
    assert "    inside: Command\n" in text
    assert "@Generic\ndef other(x: int) -> int: ...\n" in text


def test_a_class_variable_stays_one_in_a_subclass() -> None:
    code = """
        from typing import ClassVar
        class Base:
            pattern: ClassVar[str] = ""
            name: str = ""
        class Derived(Base):
            pattern = ("a" "b")
            name = ("a" "b")
    """
    assert body(code).endswith("class Derived(Base):\n    pattern: ClassVar[str]\n    name: str\n")

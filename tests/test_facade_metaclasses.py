"""Bridge mode: classes with a metaclass, and what is done to classes themselves."""

from __future__ import annotations

from typing import Any

import pytest
from facade_made import Make, generated, result_of

MODELS = """
    from __future__ import annotations

    import asyncio
    from collections.abc import Iterator
    from typing import Any

    class ModelMeta(type):
        def __init__(cls, name: str, bases: tuple, namespace: dict, table: str = "") -> None:
            super().__init__(name, bases, namespace)
            cls.rows: list[Any] = []
            cls.table = table or name.lower()

        def __new__(mcs, name: str, bases: tuple, namespace: dict, table: str = "") -> "ModelMeta":
            return super().__new__(mcs, name, bases, namespace)

        def __call__(cls, *args: Any) -> Any:
            made = super().__call__(*args)
            cls.rows.append(made)
            return made

        def __len__(cls) -> int:
            return len(cls.rows)

        def __iter__(cls) -> Iterator[Any]:
            return iter(cls.rows)

        def __contains__(cls, item: Any) -> bool:
            return item in cls.rows

        def __getitem__(cls, number: int) -> Any:
            return cls.rows[number]

        def __or__(cls, other: Any) -> "Choice":
            return Choice(cls, other)

        def __ror__(cls, other: Any) -> "Choice":
            return Choice(other, cls)

        def __repr__(cls) -> str:
            return f"<model {cls.table}>"

        async def count(cls) -> int:
            await asyncio.sleep(0)
            return len(cls.rows)

    class Choice:
        def __init__(self, *options: Any) -> None:
            self.options = options

        async def first(self) -> Any:
            return next(one[0] for one in self.options if one)

    class Model(metaclass=ModelMeta):
        async def save(self) -> str:
            return type(self).table

    class User(Model, table="people"):
        def __init__(self, name: str) -> None:
            self.name = name

    def models() -> list[ModelMeta]:
        return [Model, User]
"""


def test_operators_of_a_metaclass_work_on_the_wrapper_class(make: Make) -> None:
    sync = make(MODELS).sync()
    user = sync.User("ann")
    assert len(sync.User) == 1 and list(sync.User) == [user] and sync.User[0] is user and user in sync.User
    assert len(sync.Model) == 0 and sync.User.count() == 1 and repr(sync.User) == "<model people>"
    assert (sync.User | None).options == (sync.User, None) and (None | sync.User).first() is user
    assert sync.models() == [sync.Model, sync.User]


def test_a_users_class_is_made_by_the_metaclass_too(make: Make) -> None:
    made = make(MODELS)
    names: dict[str, Any] = {"User": made.sync().User}
    exec(
        """class Admin(User, table="admins"):
    def __init__(self, name):
        super().__init__(name)
        self.own = self.save()  # a call across the bridge, as the object is made
""",
        names,
    )
    admin = names["Admin"]("eve")
    assert (admin.name, admin.own, len(names["Admin"]), names["Admin"][0]) == ("eve", "admins", 1, admin)


def test_a_metaclass_that_makes_one_object_only(make: Make) -> None:
    sync = make(
        """
        class Singleton(type):
            made: dict = {}

            def __call__(cls, *args: object) -> object:
                if cls not in Singleton.made:
                    Singleton.made[cls] = super().__call__(*args)
                return Singleton.made[cls]

        class Settings(metaclass=Singleton):
            def __init__(self, path: str = "") -> None:
                self.path = path

            async def load(self) -> str:
                return self.path

        settings = Settings("first")
        """
    ).sync()
    assert sync.Settings("second") is sync.settings and sync.settings.load() == "first"
    own: Any = type("Own", (sync.Settings,), {})
    assert own("third") is own("fourth") is not sync.settings and own().load() == "third"


def test_a_metaclass_decides_what_is_an_instance(make: Make) -> None:
    sync = make(
        """
        class Quacking(type):
            def __instancecheck__(cls, instance: object) -> bool:
                return hasattr(instance, "quack") or type.__instancecheck__(cls, instance)

        class Duck(metaclass=Quacking):
            async def walk(self) -> None: ...
        """
    ).sync()

    class Goose:
        quack = 1

    assert isinstance(Goose(), sync.Duck) and isinstance(sync.Duck(), sync.Duck) and not isinstance(1, sync.Duck)


def test_async_items_of_a_class_are_items(make: Make) -> None:
    sync = make(
        """
        from collections.abc import AsyncIterator

        class Counting(type):
            async def __aiter__(cls) -> AsyncIterator["Number"]:
                yield cls()

        class Number(metaclass=Counting):
            async def get(self) -> int:
                return 1
        """
    ).sync()
    assert [number.get() for number in sync.Number] == [1]


def test_a_class_is_subscribed_as_its_own_code_says(make: Make) -> None:
    sync = make(
        """
        from types import GenericAlias
        from typing import Any, Generic, TypeVar

        T = TypeVar("T")

        class Sized:
            size = 0
            def __class_getitem__(cls, size: int) -> Any:
                return type(f"{cls.__name__}{size}", (cls,), {"size": size})
            async def get(self) -> int:
                return self.size

        class Queue:
            __class_getitem__ = classmethod(GenericAlias)
            async def get(self) -> int:
                return 1

        class Typed(Generic[T]):
            async def get(self) -> int:
                return 2
        """
    ).sync()
    assert issubclass(sync.Sized[3], sync.Sized) and sync.Sized[3]().get() == 3
    assert sync.Queue[int]().get() == 1 and sync.Typed[int]().get() == 2
    with pytest.raises(AttributeError):
        sync.Typed[int].__name  # noqa: B018


def test_attributes_of_a_class_can_be_deleted(make: Make) -> None:
    made = make("class Client:\n    limit = 1\n    async def get(self) -> int:\n        return 1\n")
    del made.sync().Client.limit
    assert not hasattr(made.aio().Client, "limit")


def test_async_functions_of_a_metaclass_need_no_warning() -> None:
    assert "ModelMeta = _async.ModelMeta" in generated(MODELS)
    assert "UA704" not in {found.code for found in result_of(MODELS).diagnostics}

"""Classes that leave inherited abstract methods to their own subclasses.

In a stub, mypy takes such a class for a mistake unless ``metaclass=ABCMeta`` says that it is meant.
"""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from unasync_plus.emit.stub_names import Names, from_typing
from unasync_plus.emit.stub_text import annotation, dotted
from unasync_plus.emit.stub_views import ClassView

_READ = ("__getitem__", "__len__")
_OF_LIBRARY: Mapping[str, tuple[str, ...]] = {
    "AbstractContextManager": ("__exit__",),
    "Awaitable": ("__await__",),
    "Callable": (),
    "Collection": ("__contains__", "__iter__", "__len__"),
    "Container": ("__contains__",),
    "ContextManager": ("__exit__",),
    "Generator": ("send", "throw"),
    "Hashable": ("__hash__",),
    "ItemsView": (),
    "Iterable": ("__iter__",),
    "Iterator": ("__next__",),
    "Mapping": (*_READ, "__iter__"),
    "MutableMapping": (*_READ, "__iter__", "__setitem__", "__delitem__"),
    "MutableSequence": (*_READ, "__setitem__", "__delitem__", "insert"),
    "MutableSet": ("__contains__", "__iter__", "__len__", "add", "discard"),
    "Reversible": ("__reversed__", "__iter__"),
    "Sequence": _READ,
    "Set": ("__contains__", "__iter__", "__len__"),
    "AbstractSet": ("__contains__", "__iter__", "__len__"),
    "Sized": ("__len__",),
}
"""Abstract classes of ``collections.abc`` and ``contextlib`` → the methods that they leave open."""


def only_inherits_abstract(view: ClassView, elsewhere: bool = False) -> bool:
    """Whether the class has abstract methods, none of them its own, and does not say that it is abstract.

    ``elsewhere``: some are known to be those of a class in another module.
    """
    said = any(one.keyword is not None and one.keyword.value == "metaclass" for one in view.node.keywords)
    own = {name for name, node in view.members.items() if _is_abstract(node, view.names)}
    return not said and not own and not _is_protocol(view) and (elsewhere or bool(_open(view)))


def _is_protocol(view: ClassView) -> bool:
    heads = [annotation(base.value).partition("[")[0] for base in view.node.bases]
    return any(from_typing(view.names.qualified(head)) == "Protocol" for head in heads)


def _open(view: ClassView) -> set[str]:
    """The names of the abstract methods that nothing up to here implements."""
    inherited = {name for base in view.bases for name in _open(base)}
    implemented = {name for base in view.bases for name in _concrete(base)}
    for base in view.node.bases:
        head = base.value.value if isinstance(base.value, cst.Subscript) else base.value
        qualified = view.names.qualified(dotted(head)) or ""
        plain = from_typing(qualified) or qualified.removeprefix("collections.abc.").removeprefix("contextlib.")
        if plain != qualified:
            inherited.update(_OF_LIBRARY.get(plain, ()))
    own = {name for name, node in view.members.items() if _is_abstract(node, view.names)}
    if _is_protocol(view):
        own |= {name for name, node in view.members.items() if isinstance(node, cst.AnnAssign) and node.value is None}
    return (inherited - implemented - set(view.members)) | own


def _concrete(view: ClassView) -> set[str]:
    own = {name for name, node in view.members.items() if not _is_abstract(node, view.names)}
    return own.union(*(_concrete(base) for base in view.bases))


def _is_abstract(node: cst.CSTNode, names: Names) -> bool:
    if not isinstance(node, cst.FunctionDef):
        return False
    return any((names.qualified(dotted(item.decorator)) or "").startswith("abc.abstract") for item in node.decorators)

"""What a function says of its types, in the classes of the async side: libraries look there for what to call it with."""

from __future__ import annotations

import functools
import inspect
import operator
import types
import typing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .wrap_translation import Translation


def retype(translation: Translation, callback: Any, function: Any) -> None:
    """Let ``callback``, which async code gets in the place of ``function``, be annotated with classes of the async side."""
    if not getattr(function, "__annotations__", None):
        return
    try:
        hints = typing.get_type_hints(function, include_extras=True)
        found = {name: _to_async(translation, hint) for name, hint in hints.items()}
        changed = {name: hint for name, hint in found.items() if hint is not hints[name]}
        signature = inspect.signature(function) if changed else None
    except Exception:  # names that only type checkers know, and whatever else annotations may be
        return
    if signature is not None:
        parameters = [
            one.replace(annotation=changed.get(one.name, one.annotation)) for one in signature.parameters.values()
        ]
        returned = changed.get("return", signature.return_annotation)
        callback.__annotations__ = {**function.__annotations__, **changed}
        callback.__signature__ = signature.replace(parameters=parameters, return_annotation=returned)


def _to_async(translation: Translation, hint: Any) -> Any:
    """``hint`` itself if nothing in it is of the sync side."""
    given, origin = typing.get_args(hint), typing.get_origin(hint)
    if not given:
        return translation.to_async(hint) if isinstance(hint, type) else hint
    if origin is typing.Literal:
        return hint
    if origin is typing.Annotated:
        inner = _to_async(translation, given[0])
        return hint if inner is given[0] else typing.Annotated[(inner, *given[1:])]
    args = tuple(_to_async(translation, one) for one in given)
    home = translation.to_async(origin) if isinstance(origin, type) else origin
    if home is origin and all(one is other for one, other in zip(args, given)):  # noqa: B905
        return hint
    if isinstance(hint, getattr(types, "UnionType", ())):
        return functools.reduce(operator.or_, args)
    if home is not origin:
        return home[args] if hasattr(home, "__class_getitem__") else home
    return hint.copy_with(args) if hasattr(hint, "copy_with") else origin[args]

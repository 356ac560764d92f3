"""One id for a logical call: in every log record written inside, and in the exception that comes out."""

from __future__ import annotations

import itertools
import os
import sys
from contextlib import contextmanager, suppress

from ._context import correlation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any, Union

    _Correlation = Union[bool, str, Callable[[], str]]

_numbers = itertools.count(1)
_process = f"{os.urandom(6).hex()}-"
_installed = False
FACTORIES = 8  # of log records, each calling the one before: more are not looked through


def next_id() -> str:
    """Unique to this process and call. (A UUID would cost as much as the call.)"""
    return f"{_process}{next(_numbers)}"


def new_id(wanted: _Correlation) -> str:
    """One of ours, or the user's own."""
    if isinstance(wanted, str):
        return wanted
    return wanted() if callable(wanted) else next_id()


def identify(wanted: _Correlation) -> str | None:
    """An id for what begins now, unless it is part of another call, which has one."""
    if correlation.get() is None:
        return next_id() if wanted is True else new_id(wanted)
    return None


def stamp(error: BaseException, identity: str | None) -> None:
    """Give it a ``correlation_id``, unless it has one already, or can have none."""
    if identity is not None and getattr(error, "correlation_id", None) is None:
        with suppress(AttributeError, TypeError):
            error.correlation_id = identity  # type: ignore[attr-defined]


@contextmanager
def identified(wanted: _Correlation) -> Iterator[None]:
    """One id for all that happens in this block, unless there is one already."""
    if not wanted or correlation.get() is not None:
        yield
        return
    token = correlation.set(new_id(wanted))
    try:
        yield
    except BaseException as error:
        stamp(error, correlation.get())
        raise
    finally:
        correlation.reset(token)


def install() -> None:
    """Give every log record a ``correlation_id``: None outside calls.

    Done when the first bridge that wants ids is made, and not undone: a formatter that names the attribute would fail
    on the records that come after.
    """
    global _installed
    if _installed:
        return
    _installed = True
    import logging

    make = logging.getLogRecordFactory()

    def make_with_id(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        identity = correlation.get()
        if (identity is not None or not hasattr(record, "correlation_id")) and not _is_given_by_caller():
            record.correlation_id = identity
        return record

    logging.setLogRecordFactory(make_with_id)


def _is_given_by_caller() -> bool:
    """Does whoever logs say ``extra={"correlation_id": …}``?

    That is the record's id then, and `logging` would raise KeyError if the record had one already. What it was given
    is in no argument of a record factory, only in the method that calls it.
    """
    frame: FrameType | None = sys._getframe(2)
    for _ in range(FACTORIES):
        if frame is None:
            break
        if frame.f_code.co_name == "makeRecord":
            return "correlation_id" in (frame.f_locals.get("extra") or ())
        frame = frame.f_back
    return False


def _after_fork_in_child() -> None:
    global _process
    _process = f"{os.urandom(6).hex()}-"


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

"""One id for what belongs together: every request carries it, and so do log records and errors."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_id: ContextVar[str | None] = ContextVar("factory_id", default=None)


def current_id() -> str:
    """The id of the block that this runs in, or a new one."""
    return _id.get() or uuid.uuid4().hex


@contextmanager
def correlated(identity: str | None = None) -> Iterator[str]:
    """Give all requests in this block one id, in threads and tasks that they start too."""
    identity = identity or current_id()
    token = _id.set(identity)
    try:
        yield identity
    finally:
        _id.reset(token)

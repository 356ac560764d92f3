"""What must not be lost: a session that nobody can leave any more is left all the same."""

from __future__ import annotations

from weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._session import Session


class Guard:
    """Has its session left as soon as it is thrown away itself: when Ctrl-C came between two lines, or nobody cared to.

    Python raises Ctrl-C in finalizers too, and then forgets it. So the loop also looks for sessions whose guards are gone,
    and is told by C code, in which nothing can be raised, that there may be some: see `SharedLoop.leave_abandoned`.
    """

    __slots__ = ("__weakref__", "_session")

    _session: Session | None

    def watch(self, session: Session) -> None:
        """Guard `session`, which has not begun. Nothing may refer to the guard that lives as long as the session."""
        self._session = session
        session.guard = ref(self, session.shared.dropped.append)

    def __del__(self) -> None:
        session = getattr(self, "_session", None)  # none yet: Ctrl-C came before
        if session is not None:
            session.abandon()

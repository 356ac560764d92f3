"""Calls of which nobody knows whether they give a task or a coroutine, and that something starts later.

A method of that name gives a task in one module of the project, and is a coroutine function in another. In sync code the call is
made where it stands, as a task begins there; what would start a coroutine gets its result then, and has nothing to start.
"""

from __future__ import annotations

from collections.abc import Iterable

from unasync_plus.rewrite.values.sites import Site
from unasync_plus.rewrite.values.slots import comes_to


def started_later(sites: Iterable[Site]) -> list[Site]:
    """Those of ``sites`` whose result comes to something that starts it."""
    return [site for site in sites if comes_to(site.out, lambda slot: slot.started)]

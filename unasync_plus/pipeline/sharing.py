"""What the sync side takes from the async source instead of copying it, as the key `share` says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from unasync_plus.discover import Unit
from unasync_plus.model import Diagnostic
from unasync_plus.store import Cache, digest, read

if TYPE_CHECKING:
    from unasync_plus.resolve.project import Project
    from unasync_plus.resolve.sharing import ShareFacts


def with_shared(project: Project, units: Sequence[Unit], cache: Cache) -> Project:
    """``project``, with what its modules share; as it was if none of them is to share anything."""
    units = [unit for unit in units if unit.settings.mode == "direct"]
    kinds = {
        unit.module: unit.settings.share if unit.is_imported_by_name else "none"
        for unit in units
        if unit.is_python and unit.module
    }
    if not kinds.keys() or set(kinds.values()) <= {"none", "auto"}:
        return project
    from unasync_plus.resolve.sharing import shared

    facts = {unit.module: _facts(unit, project, cache) for unit in units if unit.module in kinds}
    return shared(project, facts, kinds)


def _facts(unit: Unit, project: Project, cache: Cache) -> ShareFacts:
    try:
        data = read(unit.source)
    except OSError:
        data = None
    if data is None:
        return {"changed": True, "definitions": {}, "imports": {}, "modules": []}
    spelled = f"share\0{digest(data)}\0{unit.module}\0{unit.settings.digest}\0{project.digest}"
    key = hashlib.sha256(spelled.encode()).hexdigest()
    facts: ShareFacts | None = cache.facts.get(key)
    if facts is None:
        facts = _found(unit, data, project)
        cache.facts.put(key, facts)
    return facts


def _found(unit: Unit, data: bytes, project: Project) -> ShareFacts:
    from unasync_plus.parse import decode
    from unasync_plus.rewrite.share_facts import share_facts

    source = decode(data, unit.source_rel)
    if isinstance(source, Diagnostic):
        return {"changed": True, "definitions": {}, "imports": {}, "modules": []}
    return share_facts(source, unit, project)

"""`check --types`: do mypy and stubtest accept what was generated?

mypy reads the output as code (with the stubs out of its sight: it would look at nothing else) and once more as stubs;
`mypy.stubtest` imports the output and compares it with the stubs. What they say is told at the source's line. An error
that mypy finds in the async source too is the source's own, and not told again.
"""

from __future__ import annotations

from .gate import check_types
from .outputs import Output

__all__ = ["Output", "check_types"]

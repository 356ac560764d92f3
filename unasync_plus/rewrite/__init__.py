"""How rules are applied: `convert` takes one source file to one sync file."""

from unasync_plus.rewrite.compiled import oldest_python
from unasync_plus.rewrite.convert import Conversion, convert

__all__ = ["Conversion", "convert", "oldest_python"]

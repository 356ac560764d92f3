"""Where Python keeps contexts and futures in another way than we know, everything holds all the same."""

from pathlib import Path

from case import DRIVE, skip
from runtime import _context

if DRIVE not in ("caller", "thread"):
    skip("about our own runtime")
_context.contents = _context._always_another

from runtime import _stepping  # noqa: E402  # imported by the first call, and after the line above

_stepping.SAYS_WHAT = False
_stepping.rounds_of = lambda loop: None

for name in ("contextvars_both_ways", "one_task", "send_throw", "early_break"):
    path = Path(__file__).with_name(f"{name}.py")
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), {"__name__": name, "__file__": str(path)})

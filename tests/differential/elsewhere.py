"""Runs converted programs on another Python, which need not have anything installed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from program import SECONDS, Outcome

ROOT = Path(__file__).parents[2]
_SERVER = """\
import json, sys, types
sys.path[:0] = sys.argv[1:]
package = sys.modules["unasync_plus"] = types.ModuleType("unasync_plus")  # the tool itself needs a newer Python
package.__path__ = [sys.argv[2] + "/unasync_plus"]
from program import run_sync
print(json.dumps(sys.version_info[:2]), flush=True)
for line in sys.stdin:
    try:
        outcome = run_sync(json.loads(line))
        print(json.dumps([repr(outcome.result), outcome.error, outcome.log, outcome.trace]), flush=True)
    except AssertionError as error:
        print(json.dumps(str(error)), flush=True)
"""


def _as_here(text: str) -> str:
    """What Python itself says, in the words of the newer ones."""
    new = r"cannot access local variable \1\2\1 where it is not associated with a value"
    return re.sub(r"local variable (\\*')(\w+)\\*' referenced before assignment", new, text)


class Elsewhere:
    """A process of the Python at ``python`` that runs one program after the other."""

    def __init__(self, python: str) -> None:
        paths = [str(ROOT / "tests"), str(ROOT)]
        self._process = subprocess.Popen(
            [python, "-c", _SERVER, *paths], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self.version: tuple[int, int] = tuple(self._answer())  # type: ignore[arg-type]  # two numbers

    def run(self, code: str) -> Outcome:
        """The outcome there; its result is compared by its text."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert isinstance(answer, list), answer
        result, error, log, trace = answer
        return Outcome(_Text(result), _as_here(error), tuple(map(_as_here, log)), trace)

    def _answer(self) -> object:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the other Python ended"
        return json.loads(line)  # type: ignore[no-any-return]  # whatever it is

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(SECONDS)
        self._process.stdout.close()


class _Text(str):
    """The text of a value, equal to every value that has it."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return str(self) == repr(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

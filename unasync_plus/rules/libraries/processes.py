"""Run a command to its end with `subprocess.run` instead of `anyio.run_process`.

Both return a `CompletedProcess`. What `anyio` does by default is said aloud: output is captured, a failure raises
`CalledProcessError`, and a command that is one string goes to the shell. Where that cannot be written, as the command is
made by a call or the function is handed on, the runtime has one of the same name.

Source: https://anyio.readthedocs.io/en/stable/subprocesses.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import SPACED_COMMA
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.truth import is_pure
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA507",
    examples=[
        Example(
            before='import anyio\n\n\nasync def f():\n    return (await anyio.run_process(["ls", "-l"])).stdout\n',
            after=(
                "import subprocess\n\n\ndef f():\n"
                '    return subprocess.run(["ls", "-l"], capture_output=True, check=True).stdout\n'
            ),
        )
    ],
)

_STRINGS = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)
_TRUE = cst.Name("True")


@rule.on(cst.Call, named="anyio.run_process")
def run_process(node: cst.Call, ctx: Context) -> Any:
    """The same command."""
    if not isinstance(ctx.parent, cst.Await) or not node.args or any(arg.star for arg in node.args):
        return PASS
    command = node.args[0].value
    given = {arg.keyword.value for arg in node.args if arg.keyword is not None}
    options: dict[str, cst.BaseExpression] = {}
    if isinstance(command, _STRINGS):
        options["shell"] = _TRUE
    elif not isinstance(command, (cst.List, cst.Tuple)):
        if not is_pure(command):
            return PASS
        either = cst.Tuple([cst.Element(cst.Name("str")), cst.Element(cst.Name("bytes"))])
        options["shell"] = call("isinstance", ctx.visit(command), either)
    streams = {"stdout", "stderr"} - given
    if len(streams) == 2:
        options["capture_output"] = _TRUE
    for name in sorted(streams) if len(streams) == 1 else ():
        options[name] = ctx.reference("subprocess.PIPE", node.func)
    if "check" not in given:
        options["check"] = _TRUE
    args = ctx.visit_all(node.args)
    args[0] = replaced(args[0], keyword=None, equal=cst.MaybeSentinel.DEFAULT)
    if options:
        args[-1] = replaced(args[-1], comma=SPACED_COMMA)
    return replaced(node, func=ctx.reference("subprocess.run", node.func), args=[*args, *call("f", **options).args])


@rule.on(cst.Name, cst.Attribute, named="anyio.run_process")
def function(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's."""
    return with_parentheses_of(ctx.runtime("open_processes.run_process"), node)

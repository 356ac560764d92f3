"""Run a command to its end with `subprocess.run` instead of `anyio.run_process` and `trio.run_process`.

Both return a `CompletedProcess`. What `anyio` does by default is said aloud: output is captured, a failure raises
`CalledProcessError`, and a command that is one string goes to the shell. Where that cannot be written, as the command is
made by a call or the function is handed on, the runtime has one of the same name. trio's captures what it is told to, and
gives the command an empty input.

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
    return replaced(node, func=ctx.reference("subprocess.run", node.func), args=_with_options(args, options))


def _with_options(args: list[cst.Arg], options: dict[str, cst.BaseExpression]) -> list[cst.Arg]:
    """``args`` and further ones, ending as they did."""
    more = list(call("f", **options).args)
    if more:
        last = args[-1]
        args = [*args[:-1], replaced(last, comma=SPACED_COMMA, whitespace_after_arg=cst.SimpleWhitespace(""))]
        more[-1] = replaced(more[-1], comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return [*args, *more]


@rule.on(cst.Call, named="trio.run_process")
def run_process_of_trio(node: cst.Call, ctx: Context) -> Any:
    """The same command, with what its options say written out."""
    if not isinstance(ctx.parent, cst.Await) or not node.args or any(arg.star for arg in node.args):
        return PASS
    given = {arg.keyword.value: arg.value for arg in node.args if arg.keyword is not None}
    options: dict[str, cst.BaseExpression] = {}
    for name in ("stdout", "stderr"):
        captured = given.get(f"capture_{name}", cst.Name("False"))
        if not isinstance(captured, cst.Name) or captured.value not in ("True", "False"):
            return PASS
        if captured.value == "True":
            options[name] = ctx.reference("subprocess.PIPE", node.func)
    source = given.get("stdin", cst.SimpleString('b""'))
    if not isinstance(source, cst.SimpleString) or given.keys() & {"deliver_cancel", "task_status"}:
        return PASS
    options["input"] = source
    if "check" not in given:
        options["check"] = _TRUE
    written = ("capture_stdout", "capture_stderr", "stdin")
    kept = [arg for arg in node.args if arg.keyword is None or arg.keyword.value not in written]
    if kept[-1] is not node.args[-1]:
        kept[-1] = replaced(
            kept[-1], comma=node.args[-1].comma, whitespace_after_arg=node.args[-1].whitespace_after_arg
        )
    return replaced(
        node, func=ctx.reference("subprocess.run", node.func), args=_with_options(ctx.visit_all(kept), options)
    )


@rule.on(cst.Name, cst.Attribute, named="anyio.run_process")
def function(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's."""
    return with_parentheses_of(ctx.runtime("open_processes.run_process"), node)

"""Know an event loop by the methods that nothing else has: `client.loop.run_in_executor(None, f)`.

Where a loop comes from another module, nothing tells that it is one but what is done with it. `run_in_executor`, `call_soon`,
`call_soon_threadsafe`, `create_future`, `run_until_complete` and `call_exception_handler` of a variable or attribute of which
nothing is known, or of its `get_loop()`, are the loop's, and become what they become elsewhere, unless the project itself defines
a function of that name. `call_later`, `call_at`, `create_task`, `time`, `run_forever`, `stop` and `set_exception_handler` are, if
what has them is called `loop`. Methods that have no sync counterpart, `add_reader` and the like, are refused, and so are those
of what another call gives.

The `_loop` of another object is a loop where the project keeps loops in attributes of that name, and nothing else. It goes where
it only travels (`self._loop = client._loop`), and where it is handed on, the runtime's `Loop` takes its place. Whether there is
one (`client._loop is None`) has no sync meaning, and neither has a `_loop` of which nothing is known: both are refused.

Source: https://docs.python.org/3/library/asyncio-eventloop.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.standing_loops import has_no_place, is_handed_on
from unasync_plus.rewrite.values.effects import SOCKET_METHODS
from unasync_plus.rewrite.values.loop_methods import KEPT, LOOP, LOOP_BY_NAME, LOOP_NAMES, LOOP_ONLY, is_called_a_loop
from unasync_plus.rewrite.values.loops import ASKED
from unasync_plus.tree import dotted

rule = Rule(
    __name__,
    code="UA322",
    examples=[
        Example(
            before="async def f(client, g):\n    return await client.loop.run_in_executor(None, g, 1)\n",
            after="def f(client, g):\n    return g(1)\n",
        ),
        Example(before="async def f(loop, fd):\n    loop.add_reader(fd, print)\n", refused=True),
    ],
)

_WITHOUT_COUNTERPART = frozenset(
    "add_reader remove_reader add_writer remove_writer create_datagram_endpoint subprocess_exec subprocess_shell "
    "connect_read_pipe connect_write_pipe connect_accepted_socket".split()
)


_OF_WHAT_IS_CALLED_SO = frozenset(
    "close is_running is_closed get_debug create_server create_connection start_tls sendfile "
    "create_unix_server create_unix_connection set_default_executor set_task_factory get_task_factory shutdown_asyncgens "
    "shutdown_default_executor".split()
)
_ASKS = ("assertIsNone", "assertIsNotNone", "assertTrue", "assertFalse")
_HELP = "put its sync side in place with `# unasync: replace`, or leave it out"


@rule.on(cst.Call, attributes=LOOP_ONLY | LOOP_BY_NAME | _OF_WHAT_IS_CALLED_SO | SOCKET_METHODS | _WITHOUT_COUNTERPART)
def unknown(node: cst.Call, ctx: Context) -> Any:
    """A call of such a method."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if ctx.is_left(LOOP):
        return PASS
    name = func.attr.value
    if name in LOOP_ONLY | LOOP_BY_NAME:
        if _is_kept_from_us(func, ctx):
            text = f"{name} is a method of event loops, and what has it here would have to be there all the same"
            ctx.refuse(node, "UA322", text, _HELP)
        return PASS
    is_called_so = name in _OF_WHAT_IS_CALLED_SO | SOCKET_METHODS and is_called_a_loop(func.value)
    if not (is_called_so or name in _WITHOUT_COUNTERPART) or ctx.resolve(func) is not None:
        return PASS
    if name in ASKED and ctx.bindings(func.value):
        return PASS  # what stands for a loop can be asked, too
    if name not in ctx.project.defined and ctx.values.is_unknown(func):
        ctx.refuse(node, "UA322", f"{name} is a method of event loops, and has no sync counterpart", _HELP)
    return PASS


def _is_kept_from_us(func: cst.Attribute, ctx: Context) -> bool:
    """Whether it is a method of a loop that a call gives, or that another module of the project has in a variable."""
    if isinstance(func.value, cst.Call):
        return ctx.values.may_be_of_a_loop(func) and not ctx.values.is_of_a_loop(func)
    qualified = ctx.resolve(func)
    return qualified is not None and ctx.is_owned(qualified) and qualified.split(".")[-2] in LOOP_NAMES


@rule.on(cst.Attribute, attributes=sorted(KEPT))
def of_another_object(node: cst.Attribute, ctx: Context) -> Any:
    """``x._loop``, which ``x`` has no more, if nothing else there needs it; nor is it needed, where it is a loop for sure."""
    if ctx.is_left(LOOP) or ctx.resolve(node) is not None:
        return PASS
    if isinstance(ctx.parent, (cst.AssignTarget, cst.AnnAssign, cst.Attribute, cst.Del)) or ctx.bindings(node):
        return PASS
    if not ctx.values.is_unknown(node):
        return PASS
    is_one = node.attr.value in ctx.project.kept_loops and dotted(node) is not None
    if is_one and is_handed_on(ctx) and _has_a_place(ctx):
        return with_parentheses_of(call(ctx.runtime("loops.get_running_loop")), node)
    text = f"nothing tells whether there is still a {node.attr.value} in sync code, where event loops are not kept"
    ctx.refuse(node, "UA322", text, _HELP)
    return PASS


def _has_a_place(ctx: Context) -> bool:
    """Whether a loop is wanted here, and not only whether there is one."""
    parent = ctx.parent
    if isinstance(parent, (cst.Comparison, cst.ComparisonTarget)):
        whole = parent if isinstance(parent, cst.Comparison) else ctx.parents[-3]
        assert isinstance(whole, cst.Comparison)
        operands = [whole.left, *(target.comparator for target in whole.comparisons)]
        return not any(isinstance(operand, cst.Name) and operand.value == "None" for operand in operands)
    called = ctx.parents[-3] if isinstance(parent, cst.Arg) else parent
    if isinstance(called, cst.Call):
        asks = isinstance(called.func, cst.Attribute) and called.func.attr.value in _ASKS
        return not asks and not has_no_place(ctx)
    return isinstance(parent, (cst.Assign, cst.Return, cst.Element, cst.DictElement))

"""A function of the code, as a stub shows it: its signature, and the decorators that matter to its type."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

import libcst as cst

from unasync_plus.emit import stub_known as known
from unasync_plus.emit import stub_union as union
from unasync_plus.emit.stub_decorators import decorators, is_cache
from unasync_plus.emit.stub_infer import infer
from unasync_plus.emit.stub_inferred import Inferred, Scope, joined
from unasync_plus.emit.stub_names import BUILTIN_TYPES, Names, from_typing, is_standard
from unasync_plus.emit.stub_statements import blocks
from unasync_plus.emit.stub_text import annotation, default, dotted, one_line
from unasync_plus.emit.stub_writer import INDENT, WIDTH, Writer, docstring, kept_comment
from unasync_plus.records import record
from unasync_plus.tree import all_parameters, walk


@record
class Place:
    """Where a function stands: ``where`` names its class ("" for a module), ``hidden`` what that class hides."""

    where: str = ""
    depth: int = 0
    hidden: Container[str] = frozenset()

    def inside(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name


def function(node: cst.FunctionDef, place: Place, writer: Writer) -> list[str]:
    """The lines of ``node`` in the stub; [] if it has no place there."""
    cached = len(node.decorators) == 1 and is_cache(node.decorators[0], writer.names)
    above = decorators(node, place.inside(node.name.value), writer) if not cached else []
    if above is None:
        return []
    indent = INDENT * place.depth
    untold: list[str] = []
    parameters = _parameters(node, place, writer, untold)
    result = _result(node, place, writer, untold)
    if untold:
        writer.tell(
            "UA800",
            place.inside(node.name.value),
            f"{place.inside(node.name.value)} has no annotation for {_listed(untold)}: the stub says Any",
            help="annotate the source",
        )
    if cached:
        module = writer.names.use(writer.names.spell_module("functools"), place.hidden)
        private = "  # pyright: ignore[reportPrivateUsage]"
        return [f"{indent}{node.name.value}: {module}._lru_cache_wrapper[{result}]{private}"]
    type_parameters = ""
    if node.type_parameters is not None:
        type_parameters = writer.names.use(one_line(node.type_parameters), place.hidden)
    start = f"{'async ' if _stays_async(node) else ''}def {node.name.value}{type_parameters}("
    body = docstring(node.body, indent + INDENT) if writer.docstrings else []
    end = ":" if body else ": ..."
    lines = [f"{indent}{line}" for line in above]
    return [*lines, *_signature(indent, start, parameters, f" -> {result}{end}", node), *body]


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _comments(node: cst.FunctionDef) -> list[cst.Comment | None]:
    opening = node.whitespace_before_params
    first = opening.first_line.comment if isinstance(opening, cst.ParenthesizedWhitespace) else None
    return [first, trailing_comment(node.body)]


def comments_of_parameters(node: cst.FunctionDef) -> dict[str, cst.Comment]:
    """Name of a parameter → the comment behind it."""
    found = {}
    for one in all_parameters(node.params):
        behind = one.comma.whitespace_after if isinstance(one.comma, cst.Comma) else one.whitespace_after_param
        if isinstance(behind, cst.ParenthesizedWhitespace) and behind.first_line.comment is not None:
            found[one.name.value] = behind.first_line.comment
    return found


def trailing_comment(body: cst.BaseSuite) -> cst.Comment | None:
    """The comment behind the colon of a compound statement, or behind the body on the same line."""
    if isinstance(body, cst.IndentedBlock):
        return body.header.comment
    return body.trailing_whitespace.comment if isinstance(body, cst.SimpleStatementSuite) else None


def _signature(indent: str, start: str, parameters: list[str], end: str, node: cst.FunctionDef) -> list[str]:
    """The head in lines; what checkers are told of a parameter stays on its line."""
    line = f"{indent}{start}{', '.join(parameters)}){end}"
    comments, inside = _comments(node), comments_of_parameters(node)
    if len(line) <= WIDTH or not parameters:
        return [line + kept_comment([*comments, *inside.values()], "override, misc")]
    inner = indent + INDENT
    first, last = f"{indent}{start}{kept_comment(comments, 'override, misc')}", f"{indent}){end}"
    one = f"{inner}{', '.join(parameters)}"
    if len(one) <= WIDTH:
        return [first, one + kept_comment(list(inside.values())), last]
    lines = []
    for parameter in parameters:
        name = parameter.lstrip("*").partition(":")[0]
        lines.append(f"{inner}{parameter},{kept_comment([inside.get(name)])}")
    return [first, *lines, last]


def _stays_async(node: cst.FunctionDef) -> bool:
    """An async generator is a plain function in a stub: calling it gives the iterator, not a coroutine."""
    return node.asynchronous is not None and not any(map(_yields, simple_statements(node)))


def _yields(statement: cst.CSTNode) -> bool:
    return any(type(one) is cst.Yield for one in walk(statement))


def _is_method(node: cst.FunctionDef, place: Place) -> bool:
    return bool(place.where) and not any(dotted(item.decorator) == "staticmethod" for item in node.decorators)


def _parameters(node: cst.FunctionDef, place: Place, writer: Writer, untold: list[str]) -> list[str]:
    given = node.params
    texts: list[str] = []

    def add(parameter: cst.Param, stars: str = "", bound: bool = False) -> None:
        special = known.PARAMETERS.get(node.name.value, "") if len(texts) == (1 if place.where else 0) else ""
        if bound and any(dotted(item.decorator) == "classmethod" for item in node.decorators):
            special = "cls"
        texts.append(_parameter(parameter, stars, bound, place, writer, untold, special))

    bound = _is_method(node, place)
    for parameter in given.posonly_params:
        add(parameter, bound=bound and not texts)
    if given.posonly_params:
        texts.append("/")
    for parameter in given.params:
        add(parameter, bound=bound and not texts)
    if isinstance(given.star_arg, cst.Param):
        add(given.star_arg, "*", bound=bound and not texts)
    elif isinstance(given.star_arg, cst.ParamStar):
        texts.append("*")
    for parameter in given.kwonly_params:
        add(parameter)
    if given.star_kwarg is not None:
        add(given.star_kwarg, "**")
    return texts


def _parameter(
    node: cst.Param, stars: str, bound: bool, place: Place, writer: Writer, untold: list[str], special: str
) -> str:
    name = f"{stars}{node.name.value}"
    if node.annotation is not None:
        text = parameter_type(node, writer.names)
    elif bound and not stars:
        return name if special != "cls" or name in ("_cls", "mcs", "metacls") else "cls"
    elif special and not stars:
        text = special
    else:
        text = "Any"
        untold.append(name)
    text = writer.names.use(text, place.hidden)
    return f"{name}: {text}" if node.default is None else f"{name}: {text} = {default(node.default)}"


def parameter_type(node: cst.Param, names: Names) -> str:
    """The declared type of a parameter; ``x: int = None`` is taken for what it means."""
    assert node.annotation is not None
    text = annotation(node.annotation.annotation)
    if isinstance(node.default, cst.Name) and node.default.value == "None" and not union.allows_none(text):
        plain = [member.partition("[")[0] for member in union.members(text)]
        if all(name in names.classes or name in BUILTIN_TYPES or _cannot_be_none(name, names) for name in plain):
            return f"{text} | None"
    return text


def _cannot_be_none(name: str, names: Names) -> bool:
    """Whether an imported name is a class or a form of the standard library; an alias of another's may include None."""
    qualified = names.qualified(name) or ""
    typing = from_typing(qualified)
    if typing is not None:
        return typing not in ("Annotated", "Literal", "Any")
    standard = is_standard(qualified) and not qualified.startswith("builtins.")
    return standard and qualified.rpartition(".")[2][:1].isupper()


def _result(node: cst.FunctionDef, place: Place, writer: Writer, untold: list[str]) -> str:
    if node.returns is not None:
        return writer.names.use(annotation(node.returns.annotation), place.hidden)
    found = _untold_result(node, place, writer)
    if found is None or found.vague:
        untold.append("its result")
    return writer.names.use(found.text if found else "Any", place.hidden)


def _untold_result(node: cst.FunctionDef, place: Place, writer: Writer) -> Inferred | None:
    """What a function without a return annotation gives back, where its body leaves no doubt."""
    name, method = node.name.value, bool(place.where)
    if method and name in known.RETURNS:
        return Inferred(known.RETURNS[name])
    if method and name in ("__eq__", "__ne__"):
        return Inferred("bool")
    parts = list(simple_statements(node))
    if "yield" in writer.exports.code and any(map(_yields, parts)):
        kind = "AsyncGenerator[Any, Any]" if node.asynchronous else "Generator[Any, Any, Any]"
        head, bracket, rest = kind.partition("[")
        return Inferred(writer.names.spell(f"collections.abc.{head}") + bracket + rest, vague=True)
    if method and _is_abstract(node, writer.names):
        return None  # the body is nobody's contract
    returned = [part.value for part in parts if isinstance(part, cst.Return)]
    if all(value is None or _is_none(value) for value in returned):
        own = [part for part in parts if not (method and isinstance(part, cst.Return))]
        return None if _is_trivial(own) else Inferred("None")
    own_object = _is_method(node, place) and node.name.value != "__new__"
    if own_object and all(isinstance(value, cst.Name) and value.value == _first(node) for value in returned):
        is_class = any(dotted(item.decorator) == "classmethod" for item in node.decorators)
        return Inferred(f"type[{writer.self_type()}]" if is_class else writer.self_type())
    if method and name == "__exit__":
        return Inferred("bool | None")
    if method:
        return None  # what an override gives back may differ, and nobody checked
    types = [infer(value, parameter_scope(node, writer.names)) for value in returned if value is not None]
    return joined(types) if len(types) == len(returned) else None


def _is_abstract(node: cst.FunctionDef, names: Names) -> bool:
    return any((names.qualified(dotted(one.decorator)) or "").startswith("abc.abstract") for one in node.decorators)


def parameter_scope(node: cst.FunctionDef, names: Names) -> Scope:
    """The function's parameters and their types, as its body sees them."""
    given = node.params
    scope = Scope(names)
    for parameter in (*given.posonly_params, *given.params, *given.kwonly_params):
        known_type = Inferred(parameter_type(parameter, names)) if parameter.annotation else None
        scope.locals[parameter.name.value] = known_type
    if isinstance(given.star_arg, cst.Param):
        scope.locals[given.star_arg.name.value] = _gathered(given.star_arg, "tuple[{}, ...]")
    if given.star_kwarg is not None:
        scope.locals[given.star_kwarg.name.value] = _gathered(given.star_kwarg, "dict[str, {}]")
    return scope


def _gathered(node: cst.Param, form: str) -> Inferred | None:
    if node.annotation is None:
        return None
    text = annotation(node.annotation.annotation)
    if text.endswith((".args", ".kwargs")):
        return Inferred(text)
    if text.startswith("*") or text.partition("[")[0].endswith("Unpack"):
        return Inferred(text.partition("[")[2][:-1] if form.startswith("dict") else f"tuple[{text}]")
    return Inferred(form.format(text))


def _first(node: cst.FunctionDef) -> str:
    parameters = (*node.params.posonly_params, *node.params.params)
    return parameters[0].name.value if parameters else ""


def _is_none(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


def _is_trivial(parts: Sequence[cst.CSTNode]) -> bool:
    """Whether a body does nothing of its own: what it will give back is left to others."""
    return all(isinstance(part, cst.Pass | cst.Raise) or _is_constant(part) for part in parts)


def _is_constant(part: cst.CSTNode) -> bool:
    return isinstance(part, cst.Expr) and isinstance(part.value, cst.Ellipsis | cst.BaseString)


def simple_statements(node: cst.FunctionDef) -> Iterator[cst.CSTNode]:
    """The simple statements of a body and the heads of its compound ones; not those of functions inside."""
    stack = list(reversed(node.body.body))
    while stack:
        statement = stack.pop()
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body
        elif isinstance(statement, cst.BaseSmallStatement):
            yield statement
        elif not isinstance(statement, cst.FunctionDef | cst.ClassDef):
            for head in ("test", "iter", "subject"):
                if hasattr(statement, head):
                    yield getattr(statement, head)
            if isinstance(statement, cst.With):
                yield from statement.items
            for block in reversed(list(blocks(statement))):
                stack.extend(reversed(block))

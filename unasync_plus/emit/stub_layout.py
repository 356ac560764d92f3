"""The lines of a block, in order, with blank lines where a person would put them."""

from __future__ import annotations

from unasync_plus.emit.stub_blocks import Block
from unasync_plus.emit.stub_decorators import settle_overload
from unasync_plus.emit.stub_entries import Entry
from unasync_plus.emit.stub_excused import EXCUSE, is_excused
from unasync_plus.emit.stub_imports import Imports, add_inferred, add_statement
from unasync_plus.emit.stub_inferred import Inferred
from unasync_plus.emit.stub_values import Value
from unasync_plus.emit.stub_writer import INDENT


def settle(block: Block) -> None:
    """Give every entry but the imports its lines: which imports are needed is known only after that."""
    for entry in block.entries:
        if entry.value is not None and not entry.lines:
            entry.lines = [_value_line(entry.value, block)]
        elif entry.kind == "overload":
            alone = sum(other.kind == "overload" and other.names == entry.names for other in block.entries) == 1
            entry.lines = settle_overload(entry.lines, alone, block.writer.names)
            entry.kind = "function" if alone else "overload"
        elif entry.block is not None:
            settle(entry.block)


def lines_of(block: Block, *, inferred: bool = False) -> list[str]:
    """The entries as text, imports first, with blank lines where a formatter puts them."""
    imports = Imports()
    before = [line for entry in block.entries if entry.kind == "platform" for line in entry.lines]
    for entry in block.entries:
        if entry.statement is not None:
            add_statement(imports, entry, block.writer)
    if inferred:
        add_inferred(imports, block.writer)
    if before:
        imports.modules.pop("sys", None)
    depth = block.place.depth
    lines = before + imports.lines(INDENT * depth, block.writer.exports.packages)
    previous = "import" if lines else ""
    if inferred:
        aliases = [f"{alias} = {name}" for alias, name in sorted(block.writer.names.aliases.items())]
        lines += ["", *aliases] if lines and aliases else aliases
    for entry in block.entries:
        text = _entry_lines(entry) if entry.kind != "platform" else []
        if text:
            kind = (
                "long class" if entry.kind == "class" and len(text) > 1 else entry.kind.replace("overload", "function")
            )
            joined = entry.kind == "branch" and not text[0].lstrip().startswith("if ")
            apart = kind == "long class" or previous == "long class" or (kind != previous and not depth)
            if lines and lines[-1] and apart and not joined:
                lines.append("")
            lines += text
            previous = kind
    return lines


def _entry_lines(entry: Entry) -> list[str]:
    if entry.block is not None:
        return entry.lines + (lines_of(entry.block) or [INDENT * entry.block.place.depth + "pass"])
    return entry.lines


def _value_line(value: Value, block: Block) -> str:
    """The line of a constant or an attribute; says so where its type is not known."""
    names, place = block.writer.names, block.place
    text = names.use(value.text, strings=value.strings)
    type_text = value.annotation
    if not type_text and not text:
        found = value.found or Inferred("Any")
        type_text = f"{names.spell('typing.ClassVar')}[{found.text}]" if value.class_variable else found.text
    if value.unknown or (value.found is not None and value.found.vague):
        where = place.inside(value.name)
        block.writer.tell(
            "UA801",
            where,
            f"the type of {where} cannot be told: the stub says {type_text or 'Any'}",
            word=value.name,
            help="annotate it in the source",
        )
    parts = value.name
    by_comment = block.shape is not None and block.shape.no_fields and type_text
    if by_comment and not type_text.partition("[")[0].endswith("ClassVar"):
        parts, type_text = f"{parts} = {text or '...'}  # type: {names.use(type_text, place.hidden)}", ""
        text = ""
    if type_text:
        parts += f": {names.use(type_text, place.hidden)}"
    if text:
        parts += f" = {text}"
    comment = value.comment or (EXCUSE if is_excused(type_text, names) else "")
    return f"{INDENT * place.depth}{parts}{comment}{_override(value, block)}"


def _override(value: Value, block: Block) -> str:
    """What pyright is told of an attribute that the class declares anew: of a base that only assigns it, nothing is said
    in the code, but its stub has to give it a type."""
    bases = block.view.bases if block.view is not None else []
    inferred = next((found for base in bases if (found := base.inferred(value.name)) is not None), None)
    told = value.annotation and inferred is not None and inferred.text != value.annotation
    return "  # pyright: ignore[reportIncompatibleVariableOverride]" if told else ""

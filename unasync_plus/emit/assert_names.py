"""How a file outside of a module can say what the module's own annotations say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit.stub_names import BUILTIN_TYPES, Elsewhere, Names, from_typing
from unasync_plus.emit.stub_text import annotation, dotted
from unasync_plus.emit.stub_union import members

_WORDS = re.compile(r"""(?P<string>"[^"\n]*"|'[^'\n]*')|(?<![\w.])(?P<name>[^\W\d]\w*)""")
_VARIABLE = re.compile(r"_?[A-Z]{1,2}(?:_co|_contra)?|_?[A-Z]\w*T(?:_co|_contra)?|T_\w+")
_SELF = re.compile(r"(?<![\w.])\w+\.Self\b")
_CONSTANTS = ("None", "True", "False")


@dataclass(slots=True)
class Resolver:
    """The names of the module ``module``; ``needed`` are the imports that other text needs for those it used."""

    names: Names
    module: str
    is_package: bool
    needed: set[str] = field(default_factory=set)
    local: set[str] = field(default_factory=set)
    """Type parameters that the text may use because what is around it declares them."""
    failed: bool = False
    """Whether the last text had a name that nobody outside of the module can say."""

    @classmethod
    def of(cls, tree: cst.Module, elsewhere: Elsewhere | None, module: str, is_package: bool) -> Resolver:
        return cls(Names.of(tree, elsewhere), module, is_package)

    def bound_of(self, name: str) -> str:
        """What the type variable ``name`` is bound to, the first of several; "" if this module does not say."""
        made = self.names.variables.get(name)
        given = made.args if isinstance(made, cst.Call) else ()
        bounds = [annotation(one.value) for one in given if one.keyword is not None and one.keyword.value == "bound"]
        return members(bounds[0])[0] if bounds else ""

    def derives(self, name: str, other: str) -> bool:
        """Whether the class ``name`` is ``other`` or derives from it, as far as this module tells."""
        node = self.names.classes.get(name)
        bases = [annotation(base.value).partition("[")[0] for base in node.bases] if node is not None else []
        return name == other or any(self.derives(base, other) for base in bases if base != name)

    def use(
        self, text: str, special: Mapping[str, str] | None = None, standard: Mapping[str, str] | None = None
    ) -> str:
        """``text`` with the names in ``special`` replaced; ``standard`` tells where well-known names come from."""
        self.failed = False

        def note(found: re.Match[str]) -> str:
            name = found["name"]
            if not name or name in _CONSTANTS or name == "_sync" or name in self.local:
                return found[0]
            if special and name in special:
                return special[name]
            self._need(name, standard or {})
            return name

        return _WORDS.sub(note, _SELF.sub("Self", text))

    def _need(self, name: str, standard: Mapping[str, str]) -> None:
        if name in self.names.imports:
            self.needed.add(self._import(name, self.names.imports[name]))
        elif self.names.defines(name):
            self.needed.add(f"from {self.module} import {name}")
        elif name in standard:
            self.needed.add(f"from {standard[name]} import {name}")
        elif name not in BUILTIN_TYPES:
            self.failed = True

    def _import(self, name: str, qualified: str) -> str:
        if name == qualified or "." not in qualified.lstrip("."):
            if not qualified.startswith("."):
                paths = sorted(path for path in self.names.modules if path.partition(".")[0] == name)
                return "\n".join(f"import {path}" for path in paths) or f"import {qualified} as {name}"
        source, last = qualified[: -len(qualified.rpartition(".")[2])], qualified.rpartition(".")[2]
        return f"from {self._absolute(source)} import {last} as {name}"

    def _absolute(self, source: str) -> str:
        """``..a.`` → ``pkg.a``."""
        level = len(source) - len(source.lstrip("."))
        rest = source.strip(".")
        if not level:
            return rest
        parts = self.module.split(".")
        keep = len(parts) - level + (1 if self.is_package else 0)
        return ".".join([*parts[:keep], *([rest] if rest else [])])

    def type_parameters(self, node: cst.ClassDef) -> list[str]:
        """The type parameters of a class, in order."""
        if node.type_parameters is not None:
            given = [one.param for one in node.type_parameters.params]
            return [f"{'*' if isinstance(one, cst.TypeVarTuple) else ''}{one.name.value}" for one in given]
        found: list[str] = []
        texts = [annotation(base.value) for base in node.bases]
        listed = [text for text in texts if text.partition("[")[0].rpartition(".")[2] in ("Generic", "Protocol")]
        for text in [one for one in listed if "[" in one] or texts:
            words = dict.fromkeys(re.findall(r"\w+", text))
            found += [word for word in words if self.is_type_parameter(word) and word not in found]
        return [f"Unpack[{name}]" if self._is_tuple(name) else name for name in found]

    def _is_tuple(self, name: str) -> bool:
        made = self.names.variables.get(name)
        kind = self.names.qualified(dotted(made.func)) if isinstance(made, cst.Call) else None
        return from_typing(kind) == "TypeVarTuple"

    def is_type_parameter(self, name: str) -> bool:
        """Also an imported one, to judge by its name."""
        return (
            name in self.names.type_parameters
            or name in self.local
            or (name in self.names.imports and bool(_VARIABLE.fullmatch(name)))
        )

"""What the tests of the stub maker share: code in, stub and findings out."""

from __future__ import annotations

from textwrap import dedent

from unasync_plus.emit.stubs import make_stub


def stub(code: str, path: str = "pkg/mod.py", **options: object) -> str:
    """The stub of ``code``; its warnings must be asked for with ``warnings``."""
    version = options.pop("target_version", (3, 9))
    return make_stub(dedent(code), path=path, target_version=version, **options).text  # type: ignore[arg-type]


def warnings(code: str, path: str = "pkg/mod.py") -> list[str]:
    """``line:column code message`` for each finding."""
    result = make_stub(dedent(code), path=path, target_version=(3, 9))
    return [f"{one.line}:{one.column} {one.code} {one.message}" for one in result.diagnostics]


def body(code: str, path: str = "pkg/mod.py", **options: object) -> str:
    """The stub without its imports."""
    lines = stub(code, path, **options).splitlines()
    kept = [line for line in lines if not line.startswith(("import ", "from "))]
    return "\n".join(kept).strip() + "\n"


def imports(code: str, path: str = "pkg/mod.py", **options: object) -> list[str]:
    return [line for line in stub(code, path, **options).splitlines() if line.startswith(("import ", "from "))]

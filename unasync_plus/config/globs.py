"""Path patterns, with the meaning that ``.gitignore`` gave them."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=512)
class Glob:
    """One pattern over posix paths relative to the configuration's folder.

    ``*`` and ``?`` stay within a folder, ``**`` crosses folders. A pattern without a slash matches at any depth, and a
    pattern that matches a folder matches everything below it.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._regex = re.compile(_translate(pattern))

    def matches(self, path: str) -> bool:
        return self._regex.match(path) is not None


def _translate(pattern: str) -> str:
    body = pattern.replace("\\", "/").removeprefix("./").rstrip("/")
    anchored = "/" in body
    parts = body.lstrip("/").split("/")
    regex = "" if anchored else "(?:.*/)?"
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            regex += ".+" if last else "(?:.*/)?"
        else:
            regex += _translate_part(part) + ("" if last else "/")
    return regex + r"(?:/.*)?\Z"


def _translate_part(part: str) -> str:
    regex, index = "", 0
    while index < len(part):
        char = part[index]
        end = part.find("]", index + 2) if char == "[" else -1
        if char == "*":
            regex += "[^/]*"
        elif char == "?":
            regex += "[^/]"
        elif end > 0:
            body = part[index + 1 : end].replace("\\", "\\\\")
            regex += "[" + ("^" + body[1:] if body[0] in "!^" else body) + "]"
            index = end
        else:
            regex += re.escape(char)
        index += 1
    return regex

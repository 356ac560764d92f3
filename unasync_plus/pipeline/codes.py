"""The codes that no rule has: what can be wrong with files, entries and the output as a whole."""

from __future__ import annotations

CODES = {
    "UA000": "an internal error: a bug of unasync-plus. The file is not written, all others are.",
    "UA001": "the source has a syntax error.",
    "UA002": "the source cannot be decoded: its bytes do not fit its encoding.",
    "UA003": "the source is nested too deeply to be parsed.",
    "UA004": "the output would not compile for the target version.",
    "UA005": "the output has a character that the encoding of its source does not have.",
    "UA006": "the source cannot be read.",
    "UA030": "an entry of the configuration never matched anything: it is misspelled, or no longer needed.",
    "UA031": "the configuration cannot be used.",
    "UA035": "the command that `format` names is not installed.",
    "UA036": "the command that `format` names failed. The file is not written: what was there stays.",
    "UA050": "an output is missing.",
    "UA051": "an output is not what its source becomes today: the source or the configuration has changed.",
    "UA052": "an output was changed by hand. The place for changes is its source.",
    "UA053": "an output has lost its source; `build` removes it.",
    "UA054": "a file that was not generated is in an output's place; only `build --force` replaces it.",
    "UA055": "an output cannot be written or removed.",
}

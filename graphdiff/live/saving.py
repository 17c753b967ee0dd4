"""The command line that writes a file, by the suffix of its name."""

from __future__ import annotations

import os
from collections.abc import Sequence

from graphdiff.live.command_lines import Fields, words_of

TABLES = {".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".md": "markdown"}
"""The formats of `eval` by suffix."""
PICTURES = ".svg", ".png", ".pdf", ".html", ".txt", ".dot", ".mmd"


def saving_words(path: str, fields: Fields, steps: Sequence[str]) -> tuple[list[str], bool]:
    """The command line, and whether it writes the file itself; else its output is what belongs in the file.

    Other suffixes than those of pictures and tables are left to `compile`, which knows those of its languages and
    reports unknown ones.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix in TABLES:
        return words_of("eval", fields, ["--format", TABLES[suffix]]), False
    if suffix in PICTURES:
        more = [] if suffix == ".html" else steps
        return words_of("draw", fields, [f"--out={path}", *more]), True
    return words_of("compile", fields, [f"--out={path}"]), True

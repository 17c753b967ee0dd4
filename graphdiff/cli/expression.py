"""The expression that a command reads, and the text of files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

from graphdiff.cli.option_hints import hint_of_unknown, own_option
from graphdiff.cli.options import conflict
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.reading.languages import language_of_file
from graphdiff.source import Source

OTHER_FILES = {
    **dict.fromkeys([".json", ".npy"], "to read values from it: --at @{}"),
    **dict.fromkeys(
        [".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".xlsx"], "for a table: graphdiff map EXPR --data {}"
    ),
    ".ipynb": "save the code of the cell as a .py file",
}
"""What to do with files that do not hold a formula, by the ends of their names."""
LARGEST_FILE = 1 << 26
"""The most bytes of a text file that is read into memory: a program, or a point as JSON."""


def read_expression(words: Sequence[str], file: str | None) -> Source:
    """Read the expression of a command line: a word, "-" for standard input, or the file of -f.

    Raises GraphdiffError: "usage" if there is none or more than one, "file" if it cannot be read.
    """
    if file is not None:
        if words:
            raise conflict("-f", f"the expression '{shorten(words[0])}'")
        if (hint := _hint_of_other_file(file)) is not None:
            label = shorten(file)
            raise GraphdiffError("usage", f"'{label}' is not a file of a formula", hint=hint.format(label))
        return Source(read_text(file), "stdin" if file == "-" else file, language=language_of_file(file))
    if not words:
        raise GraphdiffError(
            "usage",
            "no expression given",
            hint="put it in quotes, or read it from a file with -f FILE, or from standard input with -",
        )
    if len(words) > 1:
        raise _extra_word_error(words)
    if is_file_name(words[0]):
        name = shorten(words[0])
        hint = (_hint_of_other_file(name) or "to read a file: -f {}").format(name)
        raise GraphdiffError("usage", f"'{name}' is a file name, not an expression", hint=hint)
    if words[0] == "-":
        return Source(read_text("-"), "stdin")
    return Source(words[0])


def is_file_name(word: str) -> bool:
    """Whether a word is the name of a file of a kind that graphdiff reads."""
    is_known = language_of_file(word) is not None or _hint_of_other_file(word) is not None
    return is_known and re.fullmatch(r"[\w./-]+\.\w+", word) is not None


def _hint_of_other_file(name: str) -> str | None:
    """What to do with a file that does not hold a formula, by the end of its name."""
    return OTHER_FILES.get(os.path.splitext(name)[1].lower())


def _extra_word_error(words: Sequence[str]) -> GraphdiffError:
    """The error of more than one expression, which may be an unknown option."""
    for word in words:
        if word == "-o":
            return GraphdiffError("usage", f"unknown option '{word}'", hint="to write a file, use > FILE")
        if re.fullmatch(r"(--?|[–—])[A-Za-z][A-Za-z-]*[0-9]*(=.*)?", word):
            return GraphdiffError("usage", f"unknown option '{shorten(word)}'", hint=hint_of_unknown(word))
    other = words[1]
    hint = "put the whole expression in quotes"
    if re.match(r"\w+=[^=]", other):
        hint = "separate values by commas, without spaces: --at x=1,y=2"
    elif re.fullmatch(r"[\w./-]+\.[a-z]\w*", other):
        hint = "files are given with options: -f, --data, -o; --help lists them"
    elif (option := own_option(other)) is not None:
        hint = f"options start with two hyphens: {option}"
    elif other.isidentifier():
        hint = f"{hint}; inputs are given with --wrt x,y"
    pair = f"'{shorten(words[0])}' and '{shorten(other)}'"
    return GraphdiffError("usage", f"more than one expression given: {pair}", hint=hint)


def read_text(path: str) -> str:
    """Read the text of a file, or of standard input for "-"; without a byte order mark, with \\n line endings.

    Raises GraphdiffError: "file" if it cannot be read or is not UTF-8, "limit" if it exceeds LARGEST_FILE.
    """
    data = _read_bytes(path)
    if len(data) > LARGEST_FILE:
        raise GraphdiffError(
            "limit",
            f"{file_label(path)} has more than {LARGEST_FILE:,} bytes",
            hint="save a large array as .npy: --at W=@weights.npy; for a table of points, use graphdiff map",
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GraphdiffError(
            "file",
            f"{file_label(path)} is not UTF-8: byte 0x{data[error.start]:02x} in line {line}",
            hint="save it as UTF-8",
        ) from None


def _read_bytes(path: str) -> bytes:
    try:
        if path == "-":
            if sys.stdin is None:
                raise ValueError("it is closed")
            return sys.stdin.buffer.read(LARGEST_FILE + 1)
        with open(path, "rb") as file:
            return file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise GraphdiffError("file", f"cannot read {file_label(path)}: {reason}") from None


def file_label(path: str) -> str:
    """The name of a file in messages."""
    return "standard input" if path == "-" else f"'{shorten(path)}'"

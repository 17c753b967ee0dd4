"""The expression that a command reads, and the text of files."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.source import Source

LARGEST_FILE = 1 << 26
"""How many bytes a file of text may have that is read as a whole: a program, or a point as JSON."""


def read_expression(words: Sequence[str], file: str | None) -> Source:
    """The one expression of a command line: a word, "-" for standard input, or the file of -f.

    Raises GraphdiffError: "usage" where there is none or more than one, "file" where it cannot be read.
    """
    if file is not None:
        if words:
            raise GraphdiffError(
                "usage", f"both -f and the expression '{shortened(words[0])}' are given", hint="leave one out"
            )
        return Source(read_text(file), "stdin" if file == "-" else file)
    if not words:
        raise GraphdiffError(
            "usage",
            "there is no expression",
            hint="give it in quotes, in a file with -f FILE, or - for stdin",
        )
    if len(words) > 1:
        hint = f"'{shortened(words[1])}' is one too many; put the whole expression in quotes"
        if re.match(r"\w+=[^=]", words[1]):
            hint = f"'{shortened(words[1])}' is one too many; several values are one word: --at x=1,y=2"
        if re.fullmatch(r"-[a-z]{2,}", words[1]) or re.fullmatch(r"-[a-z]{2,}", words[0]):
            hint = "an option has two dashes: --at; put the whole expression in quotes"
        if any(word.startswith("--") for word in words):
            hint = f"'{shortened(next(word for word in words if word.startswith('--')))}' is not an option"
        if "-o" in words:
            hint = "-o is not an option of this command; > FILE writes to a file"
        raise GraphdiffError("usage", "there is more than one expression", hint=hint)
    if re.fullmatch(r"[\w./-]+\.gd", words[0]):
        raise GraphdiffError("usage", f"'{shortened(words[0])}' is a file's name", hint=f"-f {shortened(words[0])}")
    if words[0] == "-":
        return Source(read_text("-"), "stdin")
    return Source(words[0])


def read_text(path: str) -> str:
    """A file's text, or with "-" that of standard input; without a byte order mark, its lines ended by newlines.

    Raises GraphdiffError: "file" where it cannot be read or is not UTF-8, "limit" beyond LARGEST_FILE.
    """
    data = _read_bytes(path)
    if len(data) > LARGEST_FILE:
        raise GraphdiffError(
            "limit",
            f"{called(path)} has more than {LARGEST_FILE:,} bytes",
            hint="an array may be larger as .npy: --at W=@weights.npy; a table of points is for graphdiff map",
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GraphdiffError(
            "file",
            f"{called(path)} is not UTF-8: byte 0x{data[error.start]:02x} in line {line}",
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
        raise GraphdiffError("file", f"cannot read {called(path)}: {reason}") from None


def called(path: str) -> str:
    """What messages call a file."""
    return "standard input" if path == "-" else f"'{shortened(path)}'"

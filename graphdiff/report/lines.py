"""Lines of text in a terminal: where they are broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphdiff.display import text_width

INDENT = "    "
_BREAK = re.compile(r" (?=[=·×⊙+@←])|(?<=[,:]) ")
"""Where a line may break."""


def wrap_line(line: str, width: int | None) -> Iterator[str]:
    """Break a line before operators into pieces of at most width columns, where it can be; None leaves it whole."""
    if width is None or text_width(line) <= width:
        yield line
        return
    margin = line[: len(line) - len(line.lstrip())]
    piece = ""
    for part in _BREAK.split(line[len(margin) :]):
        longer = f"{piece} {part}" if piece else margin + part
        if piece and text_width(longer) > width:
            yield piece
            longer = margin + INDENT + part
        piece = longer
    yield piece


def wrap_list(line: str, width: int) -> Iterator[str]:
    """Break a list such as `x = 1, y = 2` after commas into pieces of at most width columns, where it can be."""
    piece = ""
    for item in re.split(r"(?<=,) (?![^\[]*\])", line):
        longer = f"{piece} {item}" if piece else item
        if piece and text_width(longer) > width:
            yield piece
            longer = item
        piece = longer
    yield piece

"""Lines of text in a terminal: their width, and where they break."""

from __future__ import annotations

import re
from collections.abc import Iterator

INDENT = "    "
_BREAK = re.compile(r" (?=[=·×⊙+@←])|(?<=[,:]) ")
"""Where a line may break."""


def text_width(text: str) -> int:
    """The width in columns: wide East Asian characters count as two, combining characters as none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


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

"""Lines of text in a terminal: where they are broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphdiff.display import text_width

INDENT = "    "
_BREAK = re.compile(r" (?=[=·×⊙+@←])|(?<=[,:]) ")
"""Where a line may be broken."""


def wrapped(line: str, width: int | None) -> Iterator[str]:
    """A line in pieces of that width, broken before operators; with no width as it is."""
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

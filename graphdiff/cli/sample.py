"""The ranges of --sample x=-5..5,y=1..9."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.cli.constant import read_constant
from graphdiff.cli.pieces import bare, equal_sign, pieces
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.passes.values import shape_of
from graphdiff.source import normalize_text
from graphdiff.worksheet.variants import Range

SYNTAX = "ranges are written as --sample x=-5..5,y=1..9"


def read_ranges(texts: Sequence[str]) -> dict[str, Range]:
    """Read the ranges of all --sample options by name.

    Raises GraphdiffError if one is invalid, or is given twice.
    """
    ranges: dict[str, Range] = {}
    for text in texts:
        for start, end in pieces(text):
            name, values = _read_range(text[start:end])
            if name in ranges:
                raise GraphdiffError("name", f"duplicate range of '{shorten(name)}'", hint=SYNTAX)
            ranges[name] = values
    return ranges


def _read_range(piece: str) -> tuple[str, Range]:
    place = equal_sign(piece)
    low, dots, high = piece[len(piece) if place is None else place + 1 :].partition("..")
    name = bare(piece[:place])
    if not (name and dots and low.strip() and high.strip()):
        raise GraphdiffError("syntax", f"'{shorten(piece.strip())}' is not a range", hint=SYNTAX)
    ends = [read_constant(text.strip(), "--sample") for text in (low, high)]
    if any(shape_of(end) for end in ends) or ends[0] > ends[1]:
        message = f"'{shorten(piece.strip())}' is not a range from a number to a larger one"
        raise GraphdiffError("value", message, hint=SYNTAX)
    return normalize_text(name), Range(*ends)

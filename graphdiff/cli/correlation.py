"""The values of --correlation: x,y=0.5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.cli.constant import read_constant
from graphdiff.cli.pieces import bare, equal_sign, pieces
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.source import normalize_text

EXAMPLE = "write two inputs and a number from -1 to 1: --correlation x,y=0.5; entries of arrays are x[0]"


def read_correlations(texts: Sequence[str], names: Mapping[str, str]) -> dict[tuple[str, str], float]:
    """Correlation coefficients by pairs of inputs or entries of arrays; names has the inputs that others stand
    for.

    Raises GraphdiffError: "usage" if one is not two names and a value, as read_constant does, or "value" if a pair is
    given twice.
    """
    correlations: dict[tuple[str, str], float] = {}
    for text in map(normalize_text, texts):
        place = equal_sign(text)
        pair = [bare(text[:place][start:end]) for start, end in pieces(text[:place])]
        value = "" if place is None else text[place + 1 :].strip()
        if "=" in value:
            hint = "repeat the option: --correlation x,y=0.5 --correlation x,z=0.2"
            raise GraphdiffError("usage", f"--correlation takes one pair, not '{shorten(text)}'", hint=hint)
        if len(pair) != 2 or not all(pair) or not value:
            raise GraphdiffError(
                "usage", f"--correlation requires NAME,NAME=NUMBER, not '{shorten(text)}'", hint=EXAMPLE
            )
        coefficient = read_constant(value, "--correlation")
        if not isinstance(coefficient, float):
            raise GraphdiffError(
                "value", f"the correlation of {shorten(', '.join(pair))} is not a number", hint=EXAMPLE
            )
        first, second = (names.get(name, name) for name in pair)
        if (first, second) in correlations:
            hint = "it is the same in either order"
            raise GraphdiffError(
                "value", f"the correlation of {shorten(f'{first} and {second}')} is given twice", hint=hint
            )
        correlations[first, second] = coefficient
    return correlations

"""The correlation matrix of uncertain inputs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.passes.uncertainty import UncertainEntry
from graphdiff.source import normalize_text

ROUNDED = 1e-9
"""A negative eigenvalue that is smaller comes from rounding."""


def correlation_matrix(entries: Sequence[UncertainEntry], correlation: Mapping[tuple[str, str], Any]) -> Any:
    """The correlation matrix of these entries, from coefficients by pairs of names; None where there are none.

    Raises GraphdiffError: "name" if a name has no uncertainty, or is one of several entries; "value" if a coefficient
    is not a number from -1 to 1, a pair is given twice, or the matrix is not positive semidefinite.
    """
    if not correlation:
        return None
    matrix = numpy.eye(len(entries))
    seen: set[frozenset[int]] = set()
    for pair, coefficient in correlation.items():
        if isinstance(pair, str) or len(pair) != 2:
            raise GraphdiffError("value", f"a correlation is between two inputs, not {shorten(repr(pair))}")
        first, second = (_place(normalize_text(name), entries) for name in pair)
        label = f"the correlation of {shorten(pair[0])} and {shorten(pair[1])}"
        if first == second:
            hint = "an input has the correlation 1 with itself; give two inputs"
            raise GraphdiffError("value", f"'{shorten(pair[0])}' is given as both inputs of a correlation", hint=hint)
        if frozenset((first, second)) in seen:
            raise GraphdiffError("value", f"{label} is given twice", hint="it is the same in either order")
        seen.add(frozenset((first, second)))
        number = _number(coefficient)
        if not -1 <= number <= 1:
            shown = f"{number:g}" if math.isfinite(number) else shorten(repr(coefficient))
            raise GraphdiffError("value", f"{label} is {shown}", hint="a correlation is a number from -1 to 1")
        matrix[first, second] = matrix[second, first] = number
    least = float(numpy.linalg.eigvalsh(matrix)[0])
    if least < -ROUNDED:
        raise GraphdiffError(
            "value",
            f"the correlations contradict one another: their matrix has the negative eigenvalue {least:.3g}",
            hint="no quantities have these correlations; check their signs, and that none is missing",
        )
    return matrix


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _place(name: str, entries: Sequence[UncertainEntry]) -> int:
    """The place of the entry of this name: x, or w[0, 1] of an array."""
    places = [place for place, entry in enumerate(entries) if entry.input == name]
    if len(places) == 1 and not entries[places[0]].place:
        return places[0]
    if places:
        first = entries[places[0]]
        example = f"{shorten(name)}{list(first.place)}"
        raise GraphdiffError("name", f"'{shorten(name)}' is an array", hint=f"name one of its entries: {example}")
    match = re.fullmatch(r"(.+?)\s*\[([\d\s,]+)\]", name)
    if match is not None:
        index = tuple(int(digits) for digits in re.findall(r"\d+", match[2]))
        for place, entry in enumerate(entries):
            if (entry.input, entry.place) == (match[1], index):
                return place
    example = name if name.isidentifier() else "x"
    raise GraphdiffError(
        "name",
        f"'{shorten(name)}' has no uncertainty to correlate",
        hint=Hint(f"give its standard uncertainty: uncertainty={{'{example}': 0.1}}", "uncertainty", name=example),
    )

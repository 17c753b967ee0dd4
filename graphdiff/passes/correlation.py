"""Correlations of uncertain inputs."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.passes.uncertainty import Correlation, UncertainInput
from graphdiff.source import normalize_text

ROUNDED = 1e-9
"""A negative eigenvalue that is smaller comes from rounding."""


def read_correlations(
    inputs: Sequence[UncertainInput], correlation: Mapping[tuple[str, str], Any]
) -> list[Correlation]:
    """The correlations between entries of these inputs, from coefficients by pairs of names.

    Raises GraphdiffError: "name" if a name has no uncertainty, or is one of several entries; "value" if a coefficient
    is not a number from -1 to 1, a pair is given twice, or the matrix is not positive semidefinite.
    """
    correlations: dict[frozenset[int], Correlation] = {}
    for pair, coefficient in correlation.items():
        if isinstance(pair, str) or len(pair) != 2:
            raise GraphdiffError("value", f"a correlation is between two inputs, not {shorten(repr(pair))}")
        first, second = sorted(_place(normalize_text(name), inputs) for name in pair)
        label = f"the correlation of {shorten(pair[0])} and {shorten(pair[1])}"
        if first == second:
            hint = "an input has the correlation 1 with itself; give two inputs"
            raise GraphdiffError("value", f"'{shorten(pair[0])}' is given as both inputs of a correlation", hint=hint)
        if frozenset((first, second)) in correlations:
            raise GraphdiffError("value", f"{label} is given twice", hint="it is the same in either order")
        number = _number(coefficient)
        if not -1 <= number <= 1:
            text = f"{number:g}" if math.isfinite(number) else shorten(repr(coefficient))
            raise GraphdiffError("value", f"{label} is {text}", hint="a correlation is a number from -1 to 1")
        correlations[frozenset((first, second))] = Correlation(first, second, number)
    result = list(correlations.values())
    places, matrix = correlation_matrix(result)
    least = float(numpy.linalg.eigvalsh(matrix)[0]) if places else 0.0
    if least < -ROUNDED:
        raise GraphdiffError(
            "value",
            f"the correlations contradict one another: their matrix has the negative eigenvalue {least:.3g}",
            hint="no quantities have these correlations; check their signs, and that none is missing",
        )
    return result


def correlation_matrix(correlations: Sequence[Correlation]) -> tuple[list[int], Any]:
    """The places of the entries that are correlated, and the matrix of their coefficients."""
    places = sorted({place for each in correlations for place in each[:2]})
    matrix = numpy.eye(len(places))
    for first, second, coefficient in correlations:
        row, column = places.index(first), places.index(second)
        matrix[row, column] = matrix[column, row] = coefficient
    return places, matrix


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _place(name: str, inputs: Sequence[UncertainInput]) -> int:
    """The place of the entry of this name: x, or w[0, 1] of an array."""
    match = re.fullmatch(r"(.+?)\s*\[([\d\s,]+)\]", name)
    offset = 0
    for each in inputs:
        if each.name == name and not each.u.shape:
            return offset
        if each.name == name:
            example = f"{shorten(name)}{[0] * each.u.ndim}"
            raise GraphdiffError("name", f"'{shorten(name)}' is an array", hint=f"name one of its entries: {example}")
        if match is not None and each.name == match[1]:
            index = tuple(int(digits) for digits in re.findall(r"\d+", match[2]))
            if len(index) == each.u.ndim and all(map(operator.lt, index, each.u.shape)):
                return offset + int(numpy.ravel_multi_index(index, each.u.shape))
        offset += each.u.size
    example = name if name.isidentifier() else "x"
    raise GraphdiffError(
        "name",
        f"'{shorten(name)}' has no uncertainty to correlate",
        hint=Hint(f"give its standard uncertainty: uncertainty={{'{example}': 0.1}}", "uncertainty", name=example),
    )

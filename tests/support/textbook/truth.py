"""The derivative of a row by central differences in many digits, from values alone: no rule takes part."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy
from mpmath import mp, mpf

from graphdiff.precise.trace import trace
from support import judge
from support.textbook.corpus import Row

DIGITS, ARRAY_DIGITS = 400, 100
STEP = mpf(10) ** -20
"""Of the differences; their error is of the order of its square."""


def true_derivative(row: Row, point: dict[str, Any]) -> Any:
    """The derivative at a point, as an array in the shape of what is differentiated and then that of the input.

    Values of numbers are those of mpmath, by a reader that shares no code with graphdiff; values of arrays are
    graphdiff's in many digits.
    """
    if row.is_scalar:
        program = judge.Program(row.formula)
        with mp.workdps(DIGITS):
            exact = {name: mpf(number) for name, number in point.items()}
            differences = (
                (-1) ** k * mp.binomial(row.order, k) * program.value({**exact, row.by: x}, lambda y: y)
                for k in range(row.order + 1)
                for x in [exact[row.by] + (mpf(row.order) / 2 - k) * STEP]
            )
            return numpy.asarray(mp.fsum(differences) / STEP**row.order)
    with mp.workdps(ARRAY_DIGITS):
        exact = {name: numpy.asarray(number) * mpf(1) for name, number in point.items()}

        def value(at: Any) -> Any:
            here = {**exact, row.by: at}
            return numpy.asarray(trace(row.formula, here, wrt=[], upstream=1.0, precision=ARRAY_DIGITS).value)

        if row.kind == "hessian":
            return slopes(lambda at: slopes(value, at), exact[row.by])
        return slopes(value, exact[row.by])


def slopes(function: Callable[[Any], Any], at: Any) -> Any:
    """The central differences of a function of an array by each of its entries, along new last axes."""
    columns = []
    for place in product(*map(range, numpy.shape(at))):
        step = numpy.zeros(numpy.shape(at), dtype=object)
        step[place] = STEP
        columns.append((function(at + step) - function(at - step)) / (2 * STEP))
    stack = numpy.stack(columns, axis=-1)
    return stack.reshape(stack.shape[:-1] + numpy.shape(at))

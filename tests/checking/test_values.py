"""The values of a formula along a line: as the formula's own at the moved point, whatever was asked for before."""

from __future__ import annotations

import math

import pytest

from graphdiff import trace
from graphdiff.checking.directions import Direction
from graphdiff.checking.values import ScalarFunction
from graphdiff.passes.trace import value

TEXT = "q = sin(a)*b; sum(x*q) + x[0]*b + x[i]*exp(c) + relu(a - 1)"
NUMBERS = {"a": 1.5, "b": -0.5, "c": 0.25, "i": 1.0}
ENTRIES = [1.0, 2.0, 3.0]


def test_values_along_directions() -> None:
    result = trace(TEXT, NUMBERS, x=ENTRIES)
    graph = result.graph
    function = ScalarFunction(graph, [result.values[index] for index in graph.inputs], result.op)
    for name, number in [("a", 0), ("x", 2), ("i", 0), ("c", 0), ("b", 0), ("x", 0)]:
        along = function.along(Direction(name, (), 1, {name: {number: 1.0}}, 1.0))
        for step in (0.5, -1.0, 0.0):
            numbers = {each: at + step * (each == name) for each, at in NUMBERS.items()}
            entries = [at + step * (name == "x" and place == number) for place, at in enumerate(ENTRIES)]
            if name == "i" and step == 0.5:
                assert math.isnan(along(step))  # no longer a whole number
            else:
                assert along(step) == pytest.approx(value(TEXT, numbers, x=entries), rel=1e-14)
    assert function.value() == result.value

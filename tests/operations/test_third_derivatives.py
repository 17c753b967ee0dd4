"""Third derivatives, including mixed ones, against mpmath: the operations that rules use have accurate rules too.

No derivative is repeated here: mpmath differentiates the reference's value of the formula numerically.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

import pytest

from graphdiff import trace
from graphdiff.graph.function import Operation
from graphdiff.language.program import prelude
from graphdiff.operations.registry import PRIMITIVES
from support.rules.third_derivatives import EXTREMES, assert_extreme, differentiate, exact
from support.samples import graph_of, inputs_with_derivatives

Ranges = Sequence[tuple[float, float]]

INSIDE = (0.2, 0.8)
"""A range inside which every function of the prelude is smooth, for each operand."""
DIGITS = 40
"""Of what mpmath is asked for."""


def smooth() -> Iterator[tuple[Operation, Ranges]]:
    """Every operation of which each entry depends on entries alone, with where to try it; no gate that selects."""
    for primitive in PRIMITIVES.values():
        if primitive.is_elementwise and not primitive.backward_pattern.selects:
            yield primitive, primitive.sample
    for function in prelude().values():
        if function.is_elementwise:
            yield function, [INSIDE] * len(function.inputs)


@pytest.mark.sampled(9)
@pytest.mark.parametrize(("operation", "ranges"), [pytest.param(*each, id=each[0].name) for each in smooth()])
def test_third_derivatives(operation: Operation, ranges: Ranges) -> None:
    graph = graph_of(operation)
    chance = random.Random(operation.name)
    points = [[chance.uniform(low, high) for low, high in ranges] for _ in range(5)]
    with_derivatives = inputs_with_derivatives(graph)
    names_of_operands = [
        name for slot, name in enumerate(graph.input_names) if operation.passes_to(slot) and name in with_derivatives
    ]
    for names in combinations_with_replacement(names_of_operands, 3):
        third = differentiate(graph, names)
        for point in (dict(zip(graph.input_names, values, strict=True)) for values in points):
            expected = exact(str(graph), names, point, DIGITS)
            assert trace(third, point, wrt=[]).value == pytest.approx(expected, rel=1e-12, abs=1e-14), (names, point)


@pytest.mark.sampled(12)
@pytest.mark.parametrize(("formula", "names", "point"), EXTREMES)
def test_extremes(formula: str, names: str, point: dict[str, float]) -> None:
    assert_extreme(formula, names, point)

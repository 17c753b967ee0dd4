"""Third derivatives, including mixed ones, against mpmath: the operations that rules use have accurate rules too.

No derivative is repeated here: mpmath differentiates the reference's value of the formula numerically.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations_with_replacement

import judge
import pytest
from mpmath import mp, mpf

from graphdiff import parse, trace
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Operation
from graphdiff.graph.graph import Graph
from graphdiff.language.program import prelude
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.derivative import derivative

Ranges = Sequence[tuple[float, float]]

INSIDE = (0.2, 0.8)
"""A range inside which every function of the prelude is smooth, for each operand."""
DIGITS, MANY_DIGITS = 40, 400
"""Of what mpmath is asked for; the many tell tanh(800) from 1."""


def smooth() -> Iterator[tuple[Operation, Ranges]]:
    """Every operation of which each entry depends on entries alone, with where to try it; no gate that selects."""
    for primitive in PRIMITIVES.values():
        if primitive.is_elementwise and not primitive.backward_pattern.selects:
            yield primitive, primitive.sample
    for function in prelude().values():
        if function.is_elementwise:
            yield function, [INSIDE] * len(function.inputs)


def graph_of(operation: Operation) -> Graph:
    builder = GraphBuilder()
    node = builder.apply(operation, [builder.input(name) for name in operation.inputs])
    return Graph(builder.nodes, builder.inputs, [node.index])


def repeated(graph: Graph, names: Sequence[str]) -> Graph:
    """The graph differentiated by one name after the other."""
    return reduce(derivative, names, graph)


def exact(text: str, names: Sequence[str], point: Mapping[str, float], digits: int) -> float:
    program = judge.Program(text)

    def value(*xs: mpf) -> mpf:
        return program.value(dict(zip(point, xs, strict=True)), lambda x: x)

    with mp.workdps(digits):
        orders = tuple(names.count(name) for name in point)
        return float(mp.diff(value, tuple(map(mpf, point.values())), orders))


@pytest.mark.parametrize(("operation", "ranges"), [pytest.param(*each, id=each[0].name) for each in smooth()])
def test_third_derivatives(operation: Operation, ranges: Ranges) -> None:
    graph = graph_of(operation)
    chance = random.Random(operation.name)
    points = [[chance.uniform(low, high) for low, high in ranges] for _ in range(5)]
    differentiated = [name for slot, name in enumerate(operation.inputs) if operation.passes_to(slot)]
    for names in combinations_with_replacement(differentiated, 3):
        third = repeated(graph, names)
        for point in (dict(zip(operation.inputs, values, strict=True)) for values in points):
            expected = exact(str(graph), names, point, DIGITS)
            assert trace(third, point).value == pytest.approx(expected, rel=1e-12, abs=1e-14), (names, point)


@pytest.mark.parametrize(
    ("formula", "names", "point"),
    [
        # Saturation: inf/inf, or what underflows on the way.
        ("tanh(x)", "xx", {"x": 300.0}),
        ("tanh(x)", "xxx", {"x": -300.0}),
        ("tanh(x)", "xx", {"x": 800.0}),
        ("tanh(x)", "xxx", {"x": -1e5}),
        ("tanh(x)", "xx", {"x": 1e-8}),
        ("sech(x)", "xxx", {"x": 700.0}),
        ("sech(x)", "xxx", {"x": -1e5}),
        ("mish(x)", "xx", {"x": 300.0}),
        ("mish(x)", "xxx", {"x": 300.0}),
        ("mish(x)", "xxx", {"x": 1e5}),
        # Near the pole of tan.
        ("cot(x)", "xx", {"x": 1.5707}),
        ("cot(x)", "xxx", {"x": 1.5707963267948966}),
        # x^0 changes with the exponent.
        ("x^y", "xy", {"x": 0.5, "y": 0.0}),
        ("x^y", "xyy", {"x": 1e5, "y": 0.0}),
        ("x^y", "xxy", {"x": 2.0, "y": 0.0}),
        ("x^y", "x", {"x": 1e-310, "y": 0.0}),
        ("x^y", "xxx", {"x": 1e-155, "y": 0.0}),
        # Whole exponents, where x^(y - 3) is infinite or y*log(x) complex.
        ("x^y", "xxx", {"x": 0.0, "y": 2.0}),
        ("x^y", "xxx", {"x": 0.0, "y": 3.0}),
        ("x^y", "xxx", {"x": -3.0, "y": 2.0}),
        ("x^y", "yyy", {"x": 0.0, "y": 2.0}),
        ("x^2", "xxx", {"x": -3.0}),
        ("x^3", "xxx", {"x": 0.0}),
        # The branch that is not taken overflows.
        ("elu(x, 2)", "xxx", {"x": 1e5}),
    ],
)
def test_extremes(formula: str, names: str, point: dict[str, float]) -> None:
    """Where rules that are right themselves gave NaN, or lost their digits, to those who differentiate them."""
    value = trace(repeated(parse(formula), names), point).value
    assert value == pytest.approx(exact(formula, names, point, MANY_DIGITS), rel=1e-12, abs=0)

"""Each elementwise primitive, tested from its record: value and derivatives against mpmath, to second order.

No derivative is repeated here: mpmath differentiates its own functions numerically at 60 digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import mpmath
import pytest
from mpmath import mpf

from graphdiff import value_and_gradient
from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.backward import backward
from graphdiff.passes.cotangents import Cotangent
from graphdiff.passes.forward import forward
from support.rules.elementwise import (
    CONVENTIONS,
    NUMERIC,
    PIECES,
    assert_all_of_a_tie_goes_to_one_operand,
    assert_convention,
    assert_first_derivatives,
    assert_on_every_side,
    exact_partial,
    independent,
)
from support.samples import EACH_ELEMENTWISE, ELEMENTWISE, graph_of, points


@EACH_ELEMENTWISE
def test_value(primitive: Primitive) -> None:
    count = len(primitive.inputs)
    for point in [
        *points(primitive),
        *([[0.5] * count] if count > 1 and not primitive.is_index(0) else []),
    ]:  # operands that are equal, too
        with mpmath.workdps(60):
            expected = float(independent(primitive)(*map(mpf, point)))
        assert NUMERIC.apply(primitive, *point) == pytest.approx(expected, rel=1e-14)


@pytest.mark.sampled(4)
@EACH_ELEMENTWISE
def test_first_derivatives(primitive: Primitive) -> None:
    assert_first_derivatives(primitive)


@pytest.mark.sampled(12)
@EACH_ELEMENTWISE
def test_second_derivatives(primitive: Primitive) -> None:
    """The same rule run on graph nodes is a graph, which the same backward pass differentiates again."""
    graph = graph_of(primitive)
    for slot in filter(primitive.passes_to, range(len(primitive.inputs))):
        builder = GraphBuilder()
        inputs = [builder.input(name) for name in primitive.inputs]
        op = NodeInterpreter(builder)
        active = graph.active_slots([graph.inputs[slot]])
        gradients = backward(graph, forward(graph, inputs, op), op, Cotangent(1.0), active)
        gradient = gradients.get(graph.inputs[slot], Cotangent(0.0)).value
        first = Graph(builder.nodes, builder.inputs, [op.lift(gradient).index])
        open_inputs = [index for other, index in enumerate(first.inputs) if primitive.passes_to(other)]
        for point in points(primitive, 5):
            values = forward(first, point, NUMERIC)
            seconds = backward(first, values, NUMERIC, Cotangent(1.0), first.active_slots(open_inputs))
            for other, index in enumerate(first.inputs):
                if index not in open_inputs:
                    continue
                orders = [int(place == slot) + int(place == other) for place in range(len(point))]
                expected = exact_partial(independent(primitive), orders, point)
                assert seconds.get(index, Cotangent(0.0)).value == pytest.approx(expected, rel=1e-11, abs=1e-12)


@EACH_ELEMENTWISE
def test_record(primitive: Primitive) -> None:
    assert len(primitive.partials) == len(primitive.inputs) == len(primitive.sample)
    assert primitive.doc
    assert "\n" not in primitive.doc
    assert bool(primitive.ties) == (primitive.kink is not None)


@pytest.mark.parametrize("primitive", [each for each in ELEMENTWISE.values() if each.kink], ids=lambda each: each.name)
def test_kinks(primitive: Primitive) -> None:
    """At a kink, and nowhere else, the slopes from below and from above differ, or are those of a jump."""
    step = 2.0**-20
    for point in product((-1.5, -1.0, -0.5, 0.0, 0.5, 1.0), repeat=len(primitive.inputs)):
        y = NUMERIC.apply(primitive, *point)
        if primitive.name == "pow" and point[0] == 0 and point[1] not in (0.0, 1.0):
            continue  # a pole, or a vertical tangent, which is reported as not finite
        slopes = [
            [
                (NUMERIC.apply(primitive, *point[:slot], x + side, *point[slot + 1 :]) - y) / side
                for side in (step, -step)
            ]
            for slot, x in enumerate(point)
        ]
        assert primitive.kink is not None
        is_jump = any(max(map(abs, sides)) > 1e3 for sides in slopes)
        is_bend = any(abs(above - below) > 1e-3 for above, below in slopes)
        assert primitive.kink(NUMERIC, y, *point) == (is_jump or is_bend), point


@pytest.mark.parametrize("primitive", [ELEMENTWISE["max"], ELEMENTWISE["min"]], ids=lambda each: each.name)
def test_all_of_a_tie_goes_to_one_operand(primitive: Primitive) -> None:
    assert_all_of_a_tie_goes_to_one_operand(primitive)


@EACH_ELEMENTWISE
def test_reflections(primitive: Primitive) -> None:
    """The value at -x in terms of that at x."""
    for point in points(primitive) if primitive.reflection is not None else ():
        assert primitive.reflection is not None
        reflected = primitive.reflection(NUMERIC, NUMERIC.apply(primitive, *point))
        assert reflected == pytest.approx(NUMERIC.apply(primitive, *(-x for x in point)), rel=1e-13)


@EACH_ELEMENTWISE
def test_total_and_odd_or_even(primitive: Primitive) -> None:
    """Finite at all numbers, 0 and negative ones among them; and the value at -x."""
    for point in product((-7.5, -1.0, 0.0, 0.25, 2.0), repeat=len(primitive.inputs)) if primitive.is_total else ():
        assert math.isfinite(NUMERIC.apply(primitive, *point)), point
    for (x,) in points(primitive) if primitive.parity else ():
        opposite = primitive.parity * NUMERIC.apply(primitive, x)
        assert NUMERIC.apply(primitive, -x) == pytest.approx(opposite, rel=1e-13)


@pytest.mark.parametrize(("formula", "value"), PIECES)
def test_on_every_side(formula: str, value: Callable[..., float]) -> None:
    assert_on_every_side(formula, value)


@pytest.mark.parametrize(("formula", "point", "gradients"), CONVENTIONS)
def test_conventions(formula: str, point: dict[str, float], gradients: dict[str, float]) -> None:
    assert_convention(formula, point, gradients)


@pytest.mark.parametrize(
    ("formula", "x", "value", "slope"),
    [
        ("sigmoid(x)", 800.0, 1.0, 0.0),
        ("sigmoid(x)", -800.0, 0.0, 0.0),
        ("sigmoid(x)", 40.0, 1.0, 4.248354255291589e-18),
        ("softplus(x)", 800.0, 800.0, 1.0),
        ("softplus(x)", -800.0, 0.0, 0.0),
        ("log_sigmoid(x)", -1e4, -1e4, 1.0),
        ("tanh(x)", 20.0, 1.0, 1.6993417021166355e-17),
        ("tanh(x)", 800.0, 1.0, 0.0),
        ("asinh(x)", 1e200, 461.2101657793691, 1e-200),
        ("x/1e200", 1e200, 1.0, 1e-200),
        ("1e200/x", 1e200, 1.0, -1e-200),
        ("atan2(x, 1e200)", 1e200, math.pi / 4, 5e-201),
        ("hypot(x, 1e200)", 1e200, 1.4142135623730951e200, 0.7071067811865475),
        ("erfc(x)", 10.0, 2.088487583762545e-45, -4.197656231354417e-44),
        ("gelu(x)", -10.0, -7.619853024160527e-23, -7.618400096464822e-22),
        ("log1p(x)", 1e-20, 1e-20, 1.0),
        ("expm1(x)", 1e-20, 1e-20, 1.0),
    ],
)
def test_extremes(formula: str, x: float, value: float, slope: float) -> None:
    """Values by mpmath at 50 digits; no digit is lost to saturation, and no NaN made."""
    got, gradients = value_and_gradient(formula, x=x)
    assert got == pytest.approx(value, rel=1e-14, abs=0)
    assert gradients["x"] == pytest.approx(slope, rel=1e-13, abs=0)

"""Every operation agrees with finite differences at a point of its record's samples."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from graphdiff import check
from graphdiff.checking.verdict import DIFFERS
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.primitive import Primitive, Sample
from support.mutants import mutants, targets
from support.samples import (
    EACH_ELEMENTWISE,
    EACH_SAMPLE,
    draw_operands,
    graph_of,
    inputs_with_derivatives,
    points,
    special_points,
)


@pytest.mark.sampled(4)
@EACH_ELEMENTWISE
def test_elementwise(primitive: Primitive) -> None:
    """For a gate that selects among its operands, in each order of their sizes."""
    graph = graph_of(primitive)
    for operands in points(primitive, 3):
        for numbers in permutations(operands) if primitive.backward_pattern.selects else (operands,):
            point = dict(zip(graph.input_names, numbers, strict=True))
            assert check(graph, point, wrt=inputs_with_derivatives(graph)).agrees


@pytest.mark.sampled(24)
@EACH_ELEMENTWISE
def test_elementwise_at_special_points(primitive: Primitive) -> None:
    """Where rules branch: at zeros, ties and bounds, and where a condition does not hold. A kink is not checkable."""
    graph = graph_of(primitive)
    for numbers in special_points(primitive, 64):
        point = dict(zip(graph.input_names, numbers, strict=True))
        result = check(graph, point, wrt=inputs_with_derivatives(graph), allow_nonfinite=True)
        assert not result.has_failed, numbers


@pytest.mark.parametrize("formula", ["max(x, 1)", "max(1, x)", "min(x, 1)", "min(1, x)", "where(x, x^2, 1)"])
def test_elementwise_with_a_constant(formula: str) -> None:
    """Whose rule may be another then."""
    for x in (-2.0, 0.5, 3.0):
        assert check(formula, x=x).agrees


@pytest.mark.sampled(54)
@EACH_SAMPLE
def test_arrays(primitive: Primitive, sample: Sample) -> None:
    graph = graph_of(primitive, sample)
    point = dict(zip(graph.input_names, draw_operands(primitive, sample), strict=True))
    upstream = np.random.default_rng(7).normal(size=infer_shapes(graph, sample.shapes)[graph.output])
    result = check(graph, point, upstream=upstream)
    assert result.count(DIFFERS) == 0
    assert result.agrees == any(not primitive.is_index(slot) for slot in range(len(sample.shapes)))


def test_a_gradient_of_another_shape_differs() -> None:
    """Its entries are right in row-major order, but not its shape."""
    rule = next(target for target in targets() if target.name == "reshape by x")
    (mutant,) = (mutant for mutant in mutants(rule) if mutant.change == "op.reshape_like(g, x) → g")
    with mutant.alive():
        (row,) = check("norm(reshape(x, 4))", x=[[1, 2], [3, 4]]).rows
    assert row.verdict is DIFFERS
    assert row.reason == "the gradient has the shape (4,), but the input has (2, 2)"

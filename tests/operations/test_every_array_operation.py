"""Each primitive that is not elementwise, tested from its record on the shapes of its samples.

Rules are compared with finite differences of the kernels: no derivative is repeated here.
"""

from __future__ import annotations

from typing import Any

import array_api_strict
import numpy as np
import pytest

from graphdiff import parse, trace
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import Arrays, to_list
from support.rules.arrays import (
    ARRAYS,
    TIES,
    assert_adjoint,
    assert_second_derivatives,
    assert_tie,
    evaluate,
    pull_back,
)
from support.samples import (
    EACH_ELEMENTWISE,
    EACH_SAMPLE,
    draw_operands,
    graph_of,
    inputs_with_derivatives,
    points,
)


@pytest.mark.sampled(3)
@EACH_SAMPLE
def test_shape(primitive: Primitive, sample: Sample) -> None:
    graph, operands = graph_of(primitive, sample), draw_operands(primitive, sample)
    assert infer_shapes(graph, sample.shapes)[graph.output] == evaluate(graph, operands, ARRAYS).shape


@pytest.mark.sampled(3)
@EACH_SAMPLE
def test_text(primitive: Primitive, sample: Sample) -> None:
    """The operation is written as the language has it: its text parses to the same operation."""
    graph, operands = graph_of(primitive, sample), draw_operands(primitive, sample)
    again = parse(str(graph))
    assert str(again) == str(graph)
    order = [graph.input_names.index(name) for name in again.input_names]
    found = evaluate(again, [operands[place] for place in order], ARRAYS)
    assert np.array_equal(found, evaluate(graph, operands, ARRAYS))


@pytest.mark.sampled(3)
@EACH_SAMPLE
def test_adjoint(primitive: Primitive, sample: Sample) -> None:
    assert_adjoint(primitive, sample)


@pytest.mark.sampled(3)
@EACH_SAMPLE
def test_second_derivatives(primitive: Primitive, sample: Sample) -> None:
    assert_second_derivatives(primitive, sample)


@pytest.mark.sampled(3)
@EACH_SAMPLE
def test_on_the_strict_array_api(primitive: Primitive, sample: Sample) -> None:
    """Kernels and rules use nothing that the standard lacks, and give what NumPy gives."""
    graph, operands = graph_of(primitive, sample), draw_operands(primitive, sample)
    strict = [array_api_strict.asarray(operand) for operand in operands]
    op = Arrays(strict or [array_api_strict.zeros(())])
    expected = evaluate(graph, operands, ARRAYS)
    assert np.asarray(to_list(evaluate(graph, strict, op))) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    g = np.random.default_rng(7).normal(size=expected.shape)
    wanted = pull_back(graph, operands, g, ARRAYS)
    for ours, theirs in zip(pull_back(graph, strict, array_api_strict.asarray(g), op), wanted, strict=True):
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            assert np.asarray(to_list(ours)) == pytest.approx(theirs, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("name", "x", "parameters", "is_kink", "gradient"), TIES)
def test_ties(name: str, x: Any, parameters: dict[str, Any], is_kink: Any, gradient: Any) -> None:
    assert_tie(name, x, parameters, is_kink, gradient)


@pytest.mark.sampled(4)
@EACH_ELEMENTWISE
def test_elementwise_on_the_strict_array_api(primitive: Primitive) -> None:
    """An array of any library is worked out as its entries are, one by one, on Python's floats."""
    rows = points(primitive, 6)
    graph = graph_of(primitive)
    columns = [np.array(column).reshape(2, 3) for column in zip(*rows, strict=True)]
    for arrays in (columns, [array_api_strict.asarray(column) for column in columns]):
        op = Arrays(arrays)
        values = np.asarray(to_list(evaluate(graph, arrays, op))).reshape(-1)
        slopes = pull_back(graph, arrays, op.constant(np.ones((2, 3)).tolist()), op)
        for number, row in enumerate(rows):
            point = dict(zip(graph.input_names, row, strict=True))
            traced = trace(graph, point, wrt=inputs_with_derivatives(graph))
            assert values[number] == pytest.approx(traced.value, rel=1e-14)
            for slope, name in zip(slopes, graph.input_names, strict=True):
                found = 0.0 if slope is None else np.asarray(to_list(slope)).reshape(-1)[number]
                assert found == pytest.approx(traced.gradients.get(name) or 0.0, rel=1e-13)  # None for an index


@pytest.mark.parametrize("primitive", PRIMITIVES.values(), ids=list(PRIMITIVES))
def test_record(primitive: Primitive) -> None:
    assert primitive.is_elementwise == bool(primitive.partials) == bool(primitive.sample)
    assert primitive.is_elementwise != bool(primitive.samples)
    assert primitive.doc
    assert bool(primitive.ties) == (primitive.kink is not None)

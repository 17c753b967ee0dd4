"""Each primitive that is not elementwise, tested from its record on the shapes of its samples.

Rules are compared with finite differences of the kernels: no derivative is repeated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import array_api_strict
import numpy as np
import pytest
from samples import EACH_ELEMENTWISE, EACH_SAMPLE, differentiable, drawn, graph_of, points

from graphdiff import parse, value_and_gradient
from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import Arrays, to_list
from graphdiff.passes.backward import Cotangent, backward
from graphdiff.passes.forward import forward

ARRAYS = Arrays()


def evaluated(graph: Graph, operands: Sequence[Any], op: Arrays) -> Any:
    return forward(graph, [op.constant(operand) for operand in operands], op)[graph.output]


def pulled_back(graph: Graph, operands: Sequence[Any], g: Any, op: Arrays) -> list[Any]:
    values = forward(graph, [op.constant(operand) for operand in operands], op)
    found = backward(graph, values, op, Cotangent(op.constant(g)), graph.active_slots(graph.inputs))
    return [found[index].value if index in found else None for index in graph.inputs]


def directional(graph: Graph, operands: Sequence[Any], slot: int, t: Any) -> Any:
    """The derivative in direction t by one operand: central differences, extrapolated to a fourth-order error."""

    def difference(h: float) -> Any:
        sides = [[*operands[:slot], operands[slot] + side * h * t, *operands[slot + 1 :]] for side in (1, -1)]
        above, below = (evaluated(graph, side, ARRAYS) for side in sides)
        return (above - below) / (2 * h)

    return (4 * difference(5e-4) - difference(1e-3)) / 3


@EACH_SAMPLE
def test_shape(primitive: Primitive, sample: Sample) -> None:
    graph, operands = graph_of(primitive, sample), drawn(primitive, sample)
    assert infer_shapes(graph, sample.shapes)[graph.output] == evaluated(graph, operands, ARRAYS).shape


@EACH_SAMPLE
def test_text(primitive: Primitive, sample: Sample) -> None:
    """The operation is written as the language has it: its text parses to the same operation."""
    graph, operands = graph_of(primitive, sample), drawn(primitive, sample)
    again = parse(str(graph))
    assert str(again) == str(graph)
    order = [graph.input_names.index(name) for name in again.input_names]
    found = evaluated(again, [operands[place] for place in order], ARRAYS)
    assert np.array_equal(found, evaluated(graph, operands, ARRAYS))


@EACH_SAMPLE
def test_adjoint(primitive: Primitive, sample: Sample) -> None:
    """⟨g, J t⟩ = ⟨Jᵀ g, t⟩ for random g and t."""
    graph, operands = graph_of(primitive, sample), drawn(primitive, sample)
    chance = np.random.default_rng(7)
    g = chance.normal(size=evaluated(graph, operands, ARRAYS).shape)
    back = pulled_back(graph, operands, g, ARRAYS)
    for slot in range(len(sample.shapes)):
        if not primitive.passes_to(slot):
            assert back[slot] is None
            continue
        assert back[slot].shape == operands[slot].shape
        t = chance.normal(size=operands[slot].shape)
        pushed = directional(graph, operands, slot, t)
        assert np.sum(back[slot] * t) == pytest.approx(np.sum(g * pushed), rel=1e-8, abs=1e-9)


@EACH_SAMPLE
def test_second_derivatives(primitive: Primitive, sample: Sample) -> None:
    """The rule run on graph nodes is a graph with the rule's values, which is differentiated again."""
    graph, operands = graph_of(primitive, sample), drawn(primitive, sample)
    chance = np.random.default_rng(7)
    g = chance.normal(size=evaluated(graph, operands, ARRAYS).shape)
    firsts = pulled_back(graph, operands, g, ARRAYS)
    for slot in differentiable(primitive, sample):
        builder = GraphBuilder()
        inputs = [builder.input(f"x{number}") for number in range(len(operands))]
        op = NodeInterpreter(builder)
        op.shapes.update({node.index: shape for node, shape in zip(inputs, sample.shapes, strict=True)})
        upstream = builder.input("g")
        op.shapes[upstream.index] = g.shape
        active = graph.active_slots([graph.inputs[slot]])
        found = backward(graph, forward(graph, inputs, op), op, Cotangent(upstream), active)
        first = Graph(builder.nodes, builder.inputs, [op.lift(found[graph.inputs[slot]].value).index])
        assert evaluated(first, [*operands, g], ARRAYS) == pytest.approx(firsts[slot], rel=1e-12, abs=1e-12)
        seed = chance.normal(size=operands[slot].shape)
        seconds = pulled_back(first, [*operands, g], seed, ARRAYS)
        for other, second in enumerate(seconds):
            if other < len(operands) and not primitive.passes_to(other):
                continue
            operand = [*operands, g][other]
            t = chance.normal(size=operand.shape)
            expected = np.sum(seed * directional(first, [*operands, g], other, t))
            got = 0.0 if second is None else np.sum(second * t)
            assert got == pytest.approx(expected, rel=1e-7, abs=1e-8)


@EACH_SAMPLE
def test_on_the_strict_array_api(primitive: Primitive, sample: Sample) -> None:
    """Kernels and rules use nothing that the standard lacks, and give what NumPy gives."""
    graph, operands = graph_of(primitive, sample), drawn(primitive, sample)
    strict = [array_api_strict.asarray(operand) for operand in operands]
    op = Arrays(strict or [array_api_strict.zeros(())])
    expected = evaluated(graph, operands, ARRAYS)
    assert np.asarray(to_list(evaluated(graph, strict, op))) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    g = np.random.default_rng(7).normal(size=expected.shape)
    wanted = pulled_back(graph, operands, g, ARRAYS)
    for ours, theirs in zip(pulled_back(graph, strict, array_api_strict.asarray(g), op), wanted, strict=True):
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            assert np.asarray(to_list(ours)) == pytest.approx(theirs, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "x", "parameters", "is_kink", "gradient"),
    [
        ("amax", [1, 3, 3], {}, 1, [0, 1, 0]),
        ("amax", [1, 3, 2], {}, 0, [0, 1, 0]),
        ("amax", [[1, 3, 3], [2, 1, 0]], {"axis": 1}, [1, 0], [[0, 1, 0], [1, 0, 0]]),
        ("amax", [[1, 3, 3], [2, 1, 0]], {"axis": 1, "keepdims": True}, [1, 0], [[0, 1, 0], [1, 0, 0]]),
        ("amin", [[1, 1], [2, 1], [3, 2]], {"axis": 1}, [1, 0, 0], [[1, 0], [0, 1], [0, 1]]),
        ("amin", [[1, 1], [2, 1], [3, 2]], {}, 1, [[1, 0], [0, 0], [0, 0]]),
        ("norm", [0, 0], {}, 1, [0, 0]),
        ("norm", [1, 0], {}, 0, [1, 0]),
        ("norm", [[0, 0], [3, 4]], {"axis": 1}, [1, 0], [[0, 0], [0.6, 0.8]]),
    ],
)
def test_ties(name: str, x: Any, parameters: dict[str, Any], is_kink: Any, gradient: Any) -> None:
    """The first of the largest entries takes all; nothing has no direction. Both are said to be kinks."""
    primitive, operand = PRIMITIVES[name], ARRAYS.constant(x)
    y = ARRAYS.apply(primitive, operand, **parameters)
    assert primitive.kink is not None
    assert np.array_equal(primitive.kink(ARRAYS, y, operand, **parameters), is_kink)
    graph = graph_of(primitive, Sample((operand.shape,), parameters))
    with ARRAYS.quiet():
        (found,) = pulled_back(graph, [operand], np.ones(y.shape), ARRAYS)
    assert found == pytest.approx(np.asarray(gradient, dtype=float), rel=1e-15)


@EACH_ELEMENTWISE
def test_elementwise_on_the_strict_array_api(primitive: Primitive) -> None:
    """An array of any library is worked out as its entries are, one by one, on Python's floats."""
    rows = points(primitive, 6)
    graph = graph_of(primitive)
    columns = [np.array(column).reshape(2, 3) for column in zip(*rows, strict=True)]
    for arrays in (columns, [array_api_strict.asarray(column) for column in columns]):
        op = Arrays(arrays)
        values = np.asarray(to_list(evaluated(graph, arrays, op))).reshape(-1)
        slopes = pulled_back(graph, arrays, op.constant(np.ones((2, 3)).tolist()), op)
        for number, row in enumerate(rows):
            point = dict(zip(graph.input_names, row, strict=True))
            value, gradients = value_and_gradient(graph, point)
            assert values[number] == pytest.approx(value, rel=1e-14)
            for slope, gradient in zip(slopes, gradients.values(), strict=True):
                actual = 0.0 if slope is None else np.asarray(to_list(slope)).reshape(-1)[number]
                assert actual == pytest.approx(0.0 if gradient is None else gradient, rel=1e-13)  # None by an index


@pytest.mark.parametrize("primitive", PRIMITIVES.values(), ids=list(PRIMITIVES))
def test_record(primitive: Primitive) -> None:
    assert primitive.is_elementwise == bool(primitive.partials) == bool(primitive.sample)
    assert primitive.is_elementwise != bool(primitive.samples)
    assert primitive.doc
    assert bool(primitive.ties) == (primitive.kink is not None)

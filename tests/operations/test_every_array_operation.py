"""Each primitive that is not elementwise from its own record, on the shapes of its samples.

Rules are held against finite differences of the kernels: no derivative is repeated here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import array_api_strict
import numpy as np
import pytest

from graphdiff import parse, value_and_gradient
from graphdiff.graph.graph import Graph, GraphBuilder
from graphdiff.graph.shapes import shapes
from graphdiff.graph.symbolic import Symbolic
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import Arrays, to_list
from graphdiff.passes.backward import Cotangent, backward
from graphdiff.passes.forward import forward

CASES = [
    pytest.param(primitive, sample, id=f"{primitive.name}-{sample.shapes}-{dict(sample.parameters)}")
    for primitive in PRIMITIVES.values()
    for sample in primitive.samples
]
EACH = pytest.mark.parametrize(("primitive", "sample"), CASES)
ARRAYS = Arrays()


def drawn(primitive: Primitive, sample: Sample) -> list[Any]:
    """Operands of the sample's shapes; matrices far from singular, indices whole and in range."""
    chance = np.random.default_rng(sum(map(ord, primitive.name + str(sample))))
    operands: list[Any] = []
    for slot, shape in enumerate(sample.shapes):
        value: Any = chance.uniform(-3, 3, shape)
        if len(shape) >= 2 and shape[-1] == shape[-2]:
            value = value + 4 * np.eye(shape[-1])
        if primitive.is_index(slot):
            value = np.floor(chance.uniform(-2, 2, shape))
        operands.append(np.asarray(value))
    return operands


def graph_of(primitive: Primitive, sample: Sample) -> Graph:
    builder = GraphBuilder()
    inputs = [builder.input(f"x{slot}") for slot in range(len(sample.shapes))]
    node = builder.apply(primitive, inputs, parameters=sample.parameters)
    return Graph(builder.nodes, builder.inputs, [node.index])


def evaluated(graph: Graph, operands: Sequence[Any], op: Arrays) -> Any:
    return forward(graph, [op.constant(operand) for operand in operands], op)[graph.output]


def pulled_back(graph: Graph, operands: Sequence[Any], g: Any, op: Arrays) -> list[Any]:
    values = forward(graph, [op.constant(operand) for operand in operands], op)
    found = backward(graph, values, op, Cotangent(op.constant(g)), graph.active(graph.inputs))
    return [found[index].value if index in found else None for index in graph.inputs]


def directional(graph: Graph, operands: Sequence[Any], slot: int, t: Any) -> Any:
    """The derivative in direction t by one operand: central differences, extrapolated to a fourth-order error."""

    def difference(h: float) -> Any:
        sides = [[*operands[:slot], operands[slot] + side * h * t, *operands[slot + 1 :]] for side in (1, -1)]
        above, below = (evaluated(graph, side, ARRAYS) for side in sides)
        return (above - below) / (2 * h)

    return (4 * difference(5e-4) - difference(1e-3)) / 3


def differentiable(primitive: Primitive, sample: Sample) -> Iterator[int]:
    return (slot for slot in range(len(sample.shapes)) if primitive.passes_to(slot))


@EACH
def test_shape(primitive: Primitive, sample: Sample) -> None:
    graph, operands = graph_of(primitive, sample), drawn(primitive, sample)
    assert shapes(graph, sample.shapes)[graph.output] == evaluated(graph, operands, ARRAYS).shape


@EACH
def test_text(primitive: Primitive, sample: Sample) -> None:
    """The operation is written as the language has it: its text parses to the same operation."""
    graph, operands = graph_of(primitive, sample), drawn(primitive, sample)
    again = parse(str(graph))
    assert str(again) == str(graph)
    order = [graph.input_names.index(name) for name in again.input_names]
    found = evaluated(again, [operands[place] for place in order], ARRAYS)
    assert np.array_equal(found, evaluated(graph, operands, ARRAYS))


@EACH
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


@EACH
def test_second_derivatives(primitive: Primitive, sample: Sample) -> None:
    """The rule run on graph nodes is a graph with the rule's values, which is differentiated again."""
    graph, operands = graph_of(primitive, sample), drawn(primitive, sample)
    chance = np.random.default_rng(7)
    g = chance.normal(size=evaluated(graph, operands, ARRAYS).shape)
    firsts = pulled_back(graph, operands, g, ARRAYS)
    for slot in differentiable(primitive, sample):
        builder = GraphBuilder()
        inputs = [builder.input(f"x{number}") for number in range(len(operands))]
        op = Symbolic(builder)
        op.shapes.update({node.index: shape for node, shape in zip(inputs, sample.shapes, strict=True)})
        upstream = builder.input("g")
        op.shapes[upstream.index] = g.shape
        active = graph.active([graph.inputs[slot]])
        found = backward(graph, forward(graph, inputs, op), op, Cotangent(upstream), active)
        first = Graph(builder.nodes, builder.inputs, [op.lifted(found[graph.inputs[slot]].value).index])
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


@EACH
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


@pytest.mark.parametrize("name", [name for name, primitive in PRIMITIVES.items() if primitive.is_elementwise])
def test_elementwise_on_the_strict_array_api(name: str) -> None:
    """An array of any library is worked out as its entries are, one by one, on Python's floats."""
    primitive = PRIMITIVES[name]
    chance = random.Random(name)
    rows = [[chance.uniform(low, high) for low, high in primitive.sample] for _ in range(6)]
    graph = graph_of(primitive, Sample(((),) * len(primitive.inputs)))
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
                found = 0.0 if slope is None else np.asarray(to_list(slope)).reshape(-1)[number]
                assert found == pytest.approx(gradient, rel=1e-13)


@pytest.mark.parametrize("primitive", PRIMITIVES.values(), ids=list(PRIMITIVES))
def test_record(primitive: Primitive) -> None:
    assert primitive.is_elementwise == bool(primitive.partials) == bool(primitive.sample)
    assert primitive.is_elementwise != bool(primitive.samples)
    assert primitive.doc
    assert bool(primitive.ties) == (primitive.kink is not None)

"""Derivative rules of operations that are not elementwise, against finite differences of their kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.arrays import Arrays
from graphdiff.passes.backward import backward
from graphdiff.passes.cotangents import Cotangent
from graphdiff.passes.forward import forward
from support.samples import differentiable, draw_operands, graph_of, inputs_with_derivatives

ARRAYS = Arrays()


def evaluate(graph: Graph, operands: Sequence[Any], op: Arrays) -> Any:
    return forward(graph, [op.constant(operand) for operand in operands], op)[graph.output]


def pull_back(graph: Graph, operands: Sequence[Any], g: Any, op: Arrays) -> list[Any]:
    values = forward(graph, [op.constant(operand) for operand in operands], op)
    names = inputs_with_derivatives(graph)
    active = graph.active_slots([index for index in graph.inputs if graph.labels[index] in names])
    gradients = backward(graph, values, op, Cotangent(op.constant(g)), active)
    return [gradients[index].value if index in gradients else None for index in graph.inputs]


def directional(graph: Graph, operands: Sequence[Any], slot: int, t: Any) -> Any:
    """The derivative in direction t by one operand: central differences, extrapolated to a fourth-order error."""

    def difference(h: float) -> Any:
        sides = [[*operands[:slot], operands[slot] + side * h * t, *operands[slot + 1 :]] for side in (1, -1)]
        above, below = (evaluate(graph, side, ARRAYS) for side in sides)
        return (above - below) / (2 * h)

    return (4 * difference(5e-4) - difference(1e-3)) / 3


def assert_adjoint(primitive: Primitive, sample: Sample) -> None:
    """⟨g, J t⟩ = ⟨Jᵀ g, t⟩ for random g and t."""
    graph, operands = graph_of(primitive, sample), draw_operands(primitive, sample)
    chance = np.random.default_rng(7)
    g = chance.normal(size=evaluate(graph, operands, ARRAYS).shape)
    back = pull_back(graph, operands, g, ARRAYS)
    for slot in range(len(sample.shapes)):
        if not primitive.passes_to(slot):
            assert back[slot] is None
            continue
        assert back[slot].shape == operands[slot].shape
        t = chance.normal(size=operands[slot].shape)
        pushed = directional(graph, operands, slot, t)
        assert np.sum(back[slot] * t) == pytest.approx(np.sum(g * pushed), rel=1e-8, abs=1e-9)


def assert_second_derivatives(primitive: Primitive, sample: Sample) -> None:
    """The rule run on graph nodes is a graph with the rule's values, which is differentiated again."""
    graph, operands = graph_of(primitive, sample), draw_operands(primitive, sample)
    chance = np.random.default_rng(7)
    g = chance.normal(size=evaluate(graph, operands, ARRAYS).shape)
    firsts = pull_back(graph, operands, g, ARRAYS)
    for slot in differentiable(primitive, sample):
        builder = GraphBuilder()
        inputs = [builder.input(f"x{number}") for number in range(len(operands))]
        op = NodeInterpreter(builder)
        op.shapes.update({node.index: shape for node, shape in zip(inputs, sample.shapes, strict=True)})
        upstream = builder.input("g")
        op.shapes[upstream.index] = g.shape
        active = graph.active_slots([graph.inputs[slot]])
        gradients = backward(graph, forward(graph, inputs, op), op, Cotangent(upstream), active)
        first = Graph(builder.nodes, builder.inputs, [op.lift(gradients[graph.inputs[slot]].value).index])
        assert evaluate(first, [*operands, g], ARRAYS) == pytest.approx(firsts[slot], rel=1e-12, abs=1e-12)
        seed = chance.normal(size=operands[slot].shape)
        seconds = pull_back(first, [*operands, g], seed, ARRAYS)
        for other, second in enumerate(seconds):
            if other < len(operands) and not primitive.passes_to(other):
                continue
            operand = [*operands, g][other]
            t = chance.normal(size=operand.shape)
            expected = np.sum(seed * directional(first, [*operands, g], other, t))
            got = 0.0 if second is None else np.sum(second * t)
            assert got == pytest.approx(expected, rel=1e-7, abs=1e-8)


TIES: list[tuple[str, Any, dict[str, Any], Any, Any]] = [
    ("amax", [1, 3, 3], {}, 1, [0, 1, 0]),
    ("amax", [1, 3, 2], {}, 0, [0, 1, 0]),
    ("amax", [[1, 3, 3], [2, 1, 0]], {"axis": 1}, [1, 0], [[0, 1, 0], [1, 0, 0]]),
    ("amax", [[1, 3, 3], [2, 1, 0]], {"axis": 1, "keepdims": True}, [1, 0], [[0, 1, 0], [1, 0, 0]]),
    ("amin", [[1, 1], [2, 1], [3, 2]], {"axis": 1}, [1, 0, 0], [[1, 0], [0, 1], [0, 1]]),
    ("amin", [[1, 1], [2, 1], [3, 2]], {}, 1, [[1, 0], [0, 0], [0, 0]]),
    ("cummax", [1, 3, 3, 2], {}, [0, 0, 1, 0], [1, 3, 0, 0]),
    ("cummax", [[2, 2], [2, 1]], {"axis": 0}, [[0, 0], [1, 0]], [[2, 2], [0, 0]]),
    ("sort", [2, 1, 2], {}, [0, 0, 1], [1, 1, 1]),
    ("norm_of_order", [0, -2], {"ord": 1.0}, [1, 0], [0, -1]),
    ("norm_of_order", [2, -2], {"ord": math.inf}, [1, 1], [1, 0]),
    ("norm_of_order", [0, 0], {"ord": 3.0}, 1, [0, 0]),
    ("norm_of_order", [[1, 0], [-1, 2]], {"ord": 1.0}, [[1, 1], [1, 1]], [[1, 0], [-1, 0]]),
    ("norm", [0, 0], {}, 1, [0, 0]),
    ("norm", [1, 0], {}, 0, [1, 0]),
    ("norm", [[0, 0], [3, 4]], {"axis": 1}, [1, 0], [[0, 0], [0.6, 0.8]]),
]
"""An operation, its operand and parameters, which entries of the value are at a kink, and the gradient."""


def assert_tie(name: str, x: Any, parameters: dict[str, Any], is_kink: Any, gradient: Any) -> None:
    """The first of the largest entries takes all; nothing has no direction. Both are said to be kinks."""
    primitive, operand = PRIMITIVES[name], ARRAYS.constant(x)
    y = ARRAYS.apply(primitive, operand, **parameters)
    assert primitive.kink is not None
    assert np.array_equal(primitive.kink(ARRAYS, y, operand, **parameters), is_kink)
    graph = graph_of(primitive, Sample((operand.shape,), parameters))
    with ARRAYS.quiet():
        (gradients,) = pull_back(graph, [operand], np.ones(y.shape), ARRAYS)
    assert gradients == pytest.approx(np.asarray(gradient, dtype=float), rel=1e-15)

"""Operations on many values at once, against the same operation on one value after the other."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from graphdiff import parse
from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.passes.arrays import arrays_of
from graphdiff.passes.batched import Batched
from graphdiff.passes.batching import Batching
from graphdiff.passes.forward import forward
from support.samples import CASES, draw_operands

COUNT = 3


def evaluate(op: NodeInterpreter, inputs: list[Node], root: Node, values: list[Any]) -> Any:
    graph = Graph(op.builder.nodes, [node.index for node in inputs], [root.index])
    return np.asarray(forward(graph, values, arrays_of([np.ones(2)]))[root.index])


@pytest.mark.sampled(60)
@pytest.mark.parametrize(("primitive", "sample"), [each for each in CASES if each.values[1].shapes])
def test_every_operation(primitive: Primitive, sample: Sample) -> None:
    operands = draw_operands(primitive, sample)
    chance = np.random.default_rng(1)
    for has_many in product((False, True), repeat=len(operands)):
        if not any(has_many):
            continue
        op = NodeInterpreter(GraphBuilder())
        singles = [op.symbol(f"x{place}", value.shape) for place, value in enumerate(operands)]
        root = op.simplifier.intern(primitive, singles, sample.parameters)
        many = [op.symbol(f"y{place}", (COUNT, *value.shape)) for place, value in enumerate(operands)]
        batched = {
            one.index: Batched(each, op.shapes[one.index])
            for one, each, flag in zip(singles, many, has_many, strict=True)
            if flag
        }
        batching = Batching(op, COUNT)
        (result,) = batching.rebuild([root], batched)
        values = [
            np.stack(
                [
                    value if primitive.is_index(slot) else value + chance.uniform(0, 0.5, value.shape)
                    for _ in range(COUNT)
                ]
            )
            if has_many[slot]
            else value
            for slot, value in enumerate(operands)
        ]
        inputs = [each if flag else one for one, each, flag in zip(singles, many, has_many, strict=True)]
        actual = evaluate(op, inputs, batching.whole(result), values)
        for place in range(COUNT):
            own = [value[place] if flag else value for value, flag in zip(values, has_many, strict=True)]
            expected = np.asarray(primitive.kernel(arrays_of(own).namespace, *own, **sample.parameters))
            assert actual[place] == pytest.approx(expected, rel=1e-12, abs=1e-12), has_many


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("x*y + sin(x*M)", {"x": (3,), "y": (), "M": (2, 3)}),
        ("fold(h*tanh(W@h + x[t]) for t in range(3), h=h0)", {"W": (2, 2), "x": (3, 2), "h0": (2,)}),
        ("scan(h + t*q for t in range(4), h=h0)", {"q": (), "h0": (2,)}),
        ("s, p = fold((s + v*p, p*w) for v in z, s=0, p=a); s*p", {"z": (3,), "w": (), "a": ()}),
        ("norm(x - y, ord=1) + max(M) + sum(M)*y[1]", {"x": (2,), "y": (2,), "M": (2, 2)}),
    ],
)
def test_formulas(text: str, shapes: dict[str, Any]) -> None:
    graph = parse(text, shapes=shapes)
    chance = np.random.default_rng(2)
    for has_many in product((False, True), repeat=len(shapes)):
        op = NodeInterpreter(GraphBuilder())
        singles = [op.symbol(name, shapes[name]) for name in graph.input_names]
        root = op.lift(forward(graph, singles, op)[graph.output])
        many = [op.symbol(name, (COUNT, *shapes[name])) for name in graph.input_names]
        batched = {
            one.index: Batched(each, op.shapes[one.index])
            for one, each, flag in zip(singles, many, has_many, strict=True)
            if flag
        }
        batching = Batching(op, COUNT)
        (result,) = batching.rebuild([root], batched)
        inputs = [each if flag else one for one, each, flag in zip(singles, many, has_many, strict=True)]
        values = [chance.uniform(0.1, 1.0, op.shape(each)) for each in inputs]
        actual = evaluate(op, inputs, batching.whole(result), values)
        for place in range(COUNT):
            own = [value[place] if flag else value for value, flag in zip(values, has_many, strict=True)]
            expected = np.asarray(forward(graph, own, arrays_of([np.ones(2)]))[graph.output])
            assert actual[place] == pytest.approx(expected, rel=1e-12), has_many


def test_factors_in_common_are_one_scale() -> None:
    op = NodeInterpreter(GraphBuilder())
    x, v = op.symbol("x", (4,)), op.symbol("v", (4,))
    root = op.mul(op.cos(x), op.neg(op.add(op.mul(2.0, v), op.where(op.gt(x, 0.0), v, 0.0))))
    batching = Batching(op, 4)
    (result,) = batching.rebuild([root], {v.index: Batched(None, (4,))})
    assert isinstance(result, Batched)
    assert result.node is None
    values = np.array([0.5, -1.0, 2.0, -3.0])
    expected = np.diag(-np.cos(values) * (2 + (values > 0)))
    assert evaluate(op, [x], batching.whole(result), [values]) == pytest.approx(expected)

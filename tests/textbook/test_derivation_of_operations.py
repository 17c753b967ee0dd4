"""Derivations step by step: each step of every operation on arrays is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.derivative import derivatives
from graphdiff.textbook.steps.derivation import derivations
from support.derivations import wrong_steps


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name, each in PRIMITIVES.items() if each.samples and not each.is_elementwise]
)
def test_each_step_of_every_operation_is_right(name: str) -> None:
    primitive, random = PRIMITIVES[name], np.random.default_rng(3)
    for shapes, parameters in primitive.samples:
        builder = GraphBuilder()
        operands = [builder.input(f"x{slot}") for slot in range(len(shapes))]
        node = builder.apply(primitive, operands, parameters=dict(parameters))
        squares = builder.apply(PRIMITIVES["mul"], [node, node])
        output = builder.apply(PRIMITIVES["sum"], [squares])
        graph = Graph(builder.nodes, builder.inputs, [output.index])
        by_name = dict(zip(graph.input_names, shapes, strict=True))
        values = [np.asarray(random.uniform(0.3, 1.5, shape)) for shape in shapes]
        point = {
            each: (np.zeros(value.shape) if primitive.is_index(slot) else _regular(value)).tolist()
            for slot, (each, value) in enumerate(zip(by_name, values, strict=True))
        }
        for slot in primitive.differentiable_slots(list(range(len(shapes)))):
            by, direction = (f"x{slot}",), random.uniform(0.5, 1, shapes[slot]).tolist()
            (whole,) = derivatives(graph, by, 1, by_name)
            ((steps,),) = derivations(graph, [by], {by: whole}, by_name)
            assert wrong_steps(steps, point, direction) == []


def _regular(value: Any) -> Any:
    """An array whose matrices have an inverse."""
    is_square = value.ndim > 1 and value.shape[-1] == value.shape[-2]
    return value + 2 * np.eye(value.shape[-1]) if is_square else value

"""Points and arrays at which to test operations, from their records, and graphs of one operation."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest

from graphdiff.algebra.expand import expand_gates
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Operation
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import NoDerivative, Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES


def case(primitive: Primitive, sample: Sample) -> Any:
    """The parameters of a test."""
    return pytest.param(primitive, sample, id=f"{primitive.name}-{sample.shapes}-{dict(sample.parameters)}")


CASES = [case(primitive, sample) for primitive in PRIMITIVES.values() for sample in primitive.samples]
EACH_SAMPLE = pytest.mark.parametrize(("primitive", "sample"), CASES)
"""Of every operation that is not elementwise."""

ELEMENTWISE = {name: primitive for name, primitive in PRIMITIVES.items() if primitive.is_elementwise}
EACH_ELEMENTWISE = pytest.mark.parametrize("primitive", ELEMENTWISE.values(), ids=list(ELEMENTWISE))
NUMBERS = Sample(())
"""The sample of an elementwise operation: numbers, which its record has ranges for."""


def draw_operands(primitive: Primitive, sample: Sample) -> list[Any]:
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


def points(primitive: Primitive, count: int = 25) -> list[list[float]]:
    """Operands of an elementwise operation inside its ranges."""
    chance = random.Random(primitive.name)
    return [[chance.uniform(low, high) for low, high in primitive.sample] for _ in range(count)]


def special_points(primitive: Primitive, most: int) -> list[tuple[float, ...]]:
    """Operands of an elementwise operation where rules branch: zeros, ties and bounds; an order is not negative."""
    everywhere = product((-1.0, 0.0, 1.0, 2.0), repeat=len(primitive.inputs))
    chosen = [
        point
        for point in everywhere
        if all(number >= 0 or not primitive.is_index(slot) for slot, number in enumerate(point))
    ]
    return random.Random(primitive.name).sample(chosen, min(most, len(chosen)))


def graph_of(operation: Operation, sample: Sample = NUMBERS) -> Graph:
    """The operation of inputs x0, x1, …"""
    builder = GraphBuilder()
    count = len(operation.inputs) if sample is NUMBERS else len(sample.shapes)
    node = builder.apply(operation, [builder.input(f"x{slot}") for slot in range(count)], parameters=sample.parameters)
    return Graph(builder.nodes, builder.inputs, [node.index])


def inputs_with_derivatives(graph: Graph) -> list[str]:
    """The inputs by which a graph can be differentiated: no operand without a derivative depends on them."""
    graph = expand_gates(graph, keeps_loops=True)
    closed: set[int] = set()
    for node in reversed(graph.nodes):
        if node.index in closed:
            closed.update(node.operands)
        elif node.operation is not None:
            rules = zip(node.operands, node.operation.partials, strict=False)
            closed.update(operand for operand, rule in rules if isinstance(rule, NoDerivative))
    return [graph.labels[index] for index in graph.inputs if index not in closed]


def differentiable(primitive: Primitive, sample: Sample) -> Iterator[int]:
    """The slots of the operands that something is passed back to."""
    return (slot for slot in range(len(sample.shapes)) if primitive.passes_to(slot))

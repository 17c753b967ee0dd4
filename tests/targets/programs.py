"""What each target is tried on, and how its code is held against the trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from array_programs import PROGRAMS
from test_formulas_in_the_wild import FORMULAS

from graphdiff import parse, trace
from graphdiff.graph.graph import Graph, GraphBuilder
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.targets.compile import code_of

TOLERANCE = 1e-9
"""Of an entry, relative to the largest of its array."""


class Case(NamedTuple):
    """A program, a point and the inputs that it is differentiated by there."""

    name: str
    program: str | Graph
    point: Mapping[str, Any]
    wrt: Sequence[str]


def weighted(primitive: Primitive, sample: Sample, operands: Sequence[Any]) -> Case:
    """sum(primitive(…)*weights), so that every entry of the output counts in the gradients."""
    builder = GraphBuilder()
    inputs = [builder.input(f"x{slot}") for slot in range(len(sample.shapes))]
    weights = builder.input("weights")
    node = builder.apply(primitive, inputs, parameters=sample.parameters)
    product = builder.apply(PRIMITIVES["mul"], [node, weights])
    total = builder.apply(PRIMITIVES["sum"], [product])
    graph = Graph(builder.nodes, builder.inputs, [total.index])
    shape = trace(Graph(builder.nodes[: node.index + 1], builder.inputs, [node.index]), _point(operands), upstream=1)
    point = {**_point(operands), "weights": np.cos(1.0 + np.arange(np.size(shape.value))).reshape(np.shape(shape.value))}
    wrt = [f"x{slot}" for slot in range(len(operands)) if not primitive.is_index(slot)]
    return Case(f"{primitive.name}-{sample.shapes}-{dict(sample.parameters)}", graph, point, [*wrt, "weights"])


def _point(operands: Sequence[Any]) -> dict[str, Any]:
    return {f"x{slot}": operand for slot, operand in enumerate(operands)}


def _primitives() -> list[Case]:
    cases = []
    for primitive in PRIMITIVES.values():
        chance = np.random.default_rng(sum(map(ord, primitive.name)))
        elementwise = Sample(((2, 3),) * len(primitive.inputs))
        for sample in (elementwise,) if primitive.is_elementwise else primitive.samples:
            operands: list[Any] = []
            for slot, shape in enumerate(sample.shapes):
                low, high = primitive.sample[slot] if primitive.is_elementwise else (-3.0, 3.0)
                value = chance.uniform(low, high, shape)
                if not primitive.is_elementwise and len(shape) >= 2 and shape[-1] == shape[-2]:
                    value = value + 4 * np.eye(shape[-1])  # far from singular
                operands.append(np.floor(chance.uniform(-2, 2, shape)) if primitive.is_index(slot) else value)
            cases.append(weighted(primitive, sample, operands))
    return cases


ARRAYS = [Case(program.name, program.text, program.point, program.wrt) for program in PROGRAMS]
NUMBERS = [Case(formula.identifier, formula.text, formula.point, list(formula.point)) for formula in FORMULAS]
EACH_PRIMITIVE = _primitives()
AWKWARD = [
    Case("a list of indices beside a number", "sum(x[0, :, i]*w)", {"x": _grid(2, 3, 4), "w": _grid(3, 3), "i": [1, 1, 3]}, ("x", "w"))
    for _grid in [lambda *shape: np.sin(1.0 + np.arange(np.prod(shape))).reshape(shape)]
]


def function_of(case: Case, target: Any, dtype: Any = np.float64) -> Callable[..., Any]:
    """The function that a target's code defines, of the case's inputs by their names."""
    graph = parse(case.program)
    shapes = {name: np.shape(value) for name, value in case.point.items()}
    text, parameters = target.source(code_of(graph, case.wrt, shapes), "f", case.wrt)
    scope: dict[str, Any] = {}
    exec(compile(text, case.name, "exec"), scope)

    def function(**point: Any) -> Any:
        return scope["f"](**{parameters[name]: value for name, value in point.items() if name in parameters})

    function.__doc__ = text
    return function


def assert_is_the_trace(case: Case, results: Any, tolerance: float = TOLERANCE) -> None:
    """Whether a value and gradients are the trace's."""
    value, gradients = results
    traced = trace(case.program, case.point, wrt=case.wrt)
    assert_same(value, traced.value, tolerance)
    assert len(gradients) == len(case.wrt)
    for name, gradient in zip(case.wrt, gradients, strict=True):
        assert_same(gradient, traced.gradients[name], tolerance)


def assert_same(found: Any, expected: Any, tolerance: float = TOLERANCE) -> None:
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    assert found.shape == expected.shape
    finite = np.isfinite(expected)
    assert np.array_equal(found[~finite], expected[~finite], equal_nan=True)
    if finite.any():
        scale = max(float(np.max(np.abs(expected[finite]))), 1e-300)
        assert np.max(np.abs(found[finite] - expected[finite])) <= tolerance * scale

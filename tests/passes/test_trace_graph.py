"""The graph of a trace's numbers: at any point its outputs equal the trace there, in Python and in JavaScript."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError, parse, trace
from graphdiff.language.program import prelude
from graphdiff.operations.interpreter import FLOATS
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.forward import forward
from graphdiff.passes.trace import Trace, backward_steps, seed_of
from graphdiff.passes.trace_graph import TraceGraph, trace_graph
from graphdiff.passes.values import interpreter_of
from graphdiff.targets.javascript import trace_source
from support import examples
from support.array_programs import PROGRAMS
from support.comparison import to_floats
from support.engine import Engine
from support.formulas import EACH_FORMULA, Formula
from support.samples import inputs_with_derivatives

RELATIVE = 1e-12
TIMES = 8
"""Roundings of the largest intermediate number, the error that cancelling terms leave."""
Point = Mapping[str, Any]
Key = tuple[str, int, int | None]


def numbers_of(reference: Trace) -> dict[Key, Any]:
    """The numbers of a trace by kind, node and slot."""
    graph = reference.graph
    actual: dict[Key, Any] = {
        ("value", node.index, None): reference.values[node.index]
        for node in graph.nodes
        if graph.needed[node.index] and not node.is_constant
    }
    for step in reference.backward:
        index = step.node.index
        actual["upstream", index, None] = step.upstream
        actual["kink", index, None] = step.kink
        for edge in step.edges:
            if edge.local.values is not None:
                actual["local", index, edge.slot] = edge.local.values
            actual["downstream", index, edge.slot] = edge.downstream
    for name, gradient in reference.gradients.items():
        if gradient is not None and reference.values[graph.input_indices[name]] is not None:
            actual["gradient", graph.input_indices[name], None] = gradient
    return actual


def check(symbolic: TraceGraph, outputs: Sequence[Any], reference: Trace) -> None:
    """The outputs are the trace's numbers, and 0 for steps that the trace does not have because nothing arrives."""
    expected = numbers_of(reference)
    numbers = [np.abs(np.asarray(value, float)) for key, value in expected.items() if key[0] != "kink"]
    largest = max(float(np.max(each, initial=0.0, where=np.isfinite(each))) for each in numbers)
    slack = TIMES * 2.0**-52 * largest
    choices: dict[Key, str | None] = {}
    remaining = dict.fromkeys(expected)
    for number in symbolic.numbers:
        key = number.kind, number.node, number.slot
        actual = np.asarray(outputs[number.output], float)
        if number.kind == "kink":
            if key in expected and choices.get(key) is None and actual:
                choices[key] = number.text
            continue
        assert np.broadcast_shapes(actual.shape, number.shape) == number.shape, key
        if key in expected:
            del remaining[key]
            assert_close(actual, np.asarray(expected[key], float), key, slack)
        else:
            assert number.kind == "local" or not np.any(actual), key
    assert {key[0] for key in remaining} <= {"kink"}
    for key in remaining:
        kink = expected[key]
        assert (kink is None) == (choices.get(key) is None), (key, kink)
        assert (kink or "").startswith(choices.get(key) or "")


def assert_close(actual: Any, expected: Any, key: Any, slack: float) -> None:
    actual = np.broadcast_to(actual, expected.shape)
    finite = np.isfinite(expected)
    assert np.array_equal(actual[~finite], expected[~finite], equal_nan=True), key
    scale = np.max(np.abs(expected[finite]), initial=0.0)
    assert np.all(np.abs(actual[finite] - expected[finite]) <= RELATIVE * scale + slack), (key, actual, expected)


def evaluate(symbolic: TraceGraph, point: Point) -> list[Any]:
    graph = symbolic.graph
    inputs = [None if point.get(name) is None else to_floats(point[name]) for name in graph.input_names]
    op = FLOATS if not any(symbolic.shapes.values()) else interpreter_of(graph, inputs)
    inputs = [None if value is None else op.constant(value) for value in inputs]
    with op.quiet():
        values = forward(graph, inputs, op)
    return [values[output] for output in graph.outputs]


def by_convention(reference: Trace) -> Trace:
    """The trace with the gradients that the conventions give at kinks, as generated code does."""
    if reference.differentiable is None:
        return reference
    graph, inputs = reference.graph, [reference.values[index] for index in reference.graph.inputs]
    indices = [graph.input_indices[name] for name in reference.gradients]
    op = interpreter_of(graph, inputs)
    with op.quiet():
        steps, gradients, op = backward_steps(graph, reference.values, op, seed_of(reference), indices, True)
    return replace(reference, steps=steps, gradients=gradients, op=op, differentiable=None)


def other_points(point: Point, fixed_inputs: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Other points: one near, one farther away, one with equal entries, and 0."""
    changes: list[Callable[[Any], Any]] = [
        lambda x: x * 1.03,
        lambda x: x * 0.5 - 0.25,
        lambda x: np.ones_like(x),
        lambda x: np.zeros_like(x),
        lambda x: -x,
    ]
    return [
        {
            name: value if name in fixed_inputs else _plain(change(np.asarray(value, float)))
            for name, value in point.items()
        }
        for change in changes
    ]


def _plain(value: Any) -> Any:
    return value if np.ndim(value) else float(value)


def indices_of(reference: Trace) -> list[str]:
    return [name for name, gradient in reference.gradients.items() if gradient is None]


@pytest.mark.sampled(40)
@EACH_FORMULA
def test_formulas_of_numbers(formula: Formula) -> None:
    text, point, _ = formula
    symbolic = trace_graph(trace(text, other_points(point)[1]))
    for other in [point, *other_points(point)[2:]]:
        check(symbolic, evaluate(symbolic, other), by_convention(trace(text, other)))


@pytest.mark.sampled(72)
@pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
def test_array_programs(program: Any) -> None:
    first = trace(program.text, program.point, wrt=program.wrt)
    symbolic = trace_graph(first)
    for other in [
        program.point,
        *other_points(program.point, [name for name in program.point if name not in program.wrt]),
    ]:
        try:
            reference = trace(program.text, other, wrt=program.wrt)
        except GraphdiffError:  # a singular matrix
            continue
        # Of arrays, what gates have closed is followed through operations that move entries alone.
        if all(np.all(np.isfinite(value)) for value in reference.values if value is not None):
            check(symbolic, evaluate(symbolic, other), by_convention(reference))


EXTREMES = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 800.0, -800.0, 1e300, 1e-320, math.inf, -math.inf, math.nan]
NAMES = "xyzw"


def calls() -> list[tuple[str, int]]:
    actual = []
    for primitive in PRIMITIVES.values():
        count = len(primitive.inputs)
        if primitive.passes_to_all and count <= len(NAMES) and (primitive.is_called or primitive.operator is not None):
            if primitive.operator is None:
                actual.append((f"{primitive.name}({', '.join(NAMES[:count])})", count))
            else:
                actual.append((f"x {primitive.operator.symbol} y" if count == 2 else "-x", count))
    for name, function in prelude().items():
        if function.is_elementwise and len(function.inputs) <= 3:
            actual.append((f"{name}({', '.join(NAMES[: len(function.inputs)])})", len(function.inputs)))
    return [*actual, ("where(x > 0, log(x), x*y)*z", 3), ("max(exp(x), 0)*y + x*0", 2), ("max(x, y)/x*relu(x*z)", 3)]


@pytest.mark.sampled(48)
@pytest.mark.parametrize(("text", "count"), calls(), ids=[text for text, _ in calls()])
def test_at_extremes_and_kinks(text: str, count: int) -> None:
    """Infinities, NaN and the choices at ties are those of the trace."""
    graph = parse(text)
    wrt = inputs_with_derivatives(graph)
    symbolic = trace_graph(trace(graph, dict.fromkeys(NAMES[:count], 0.75), wrt=wrt))
    values = EXTREMES if count < 3 else [0.0, 1.0, -800.0, math.inf, math.nan]
    for at in product(values, repeat=count):
        point = dict(zip(NAMES, at, strict=False))
        check(symbolic, evaluate(symbolic, point), by_convention(trace(graph, point, wrt=wrt)))


LARGE = examples.FOLDER / "convolutional_network.gd"
SMALL = [path for path in examples.PROGRAMS if path != LARGE]


@pytest.mark.sampled(14)
@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_examples_in_javascript(path: Path, engine: Engine) -> None:
    text, point = examples.read(path)
    first = trace(text, point)
    symbolic = trace_graph(first)
    source, parameters = trace_source(symbolic, "f")
    assert tuple(parameters) == symbolic.graph.input_names
    assert len(source) < 100_000
    others = [point, *other_points(point, indices_of(first))]
    arguments = [[np.asarray(other[name], float).tolist() for name in parameters] for other in others]
    for other, outputs in zip(others, engine.call(source, "f", arguments), strict=True):
        check(symbolic, outputs, by_convention(trace(text, other)))


@pytest.mark.parametrize("text", ["sum(x)*x", "norm(x) + prod(y)", "mean(2) + max(x)*logsumexp(y)"])
def test_operations_on_arrays_of_a_number_in_javascript(text: str, engine: Engine) -> None:
    point = {"x": 2.0, "y": -3.0}
    symbolic = trace_graph(trace(text, {name: point[name] for name in parse(text).input_names}))
    source, parameters = trace_source(symbolic, "f")
    (outputs,) = engine.call(source, "f", [[point[name] for name in parameters]])
    check(symbolic, outputs, trace(text, {name: point[name] for name in parameters}))


def test_large_traces_are_refused() -> None:
    reference = trace(*examples.read(LARGE))
    with pytest.raises(GraphdiffError) as caught:
        trace_source(trace_graph(reference), "f")
    assert caught.value.kind == "limit"


def test_the_order_is_that_of_the_trace() -> None:
    reference = trace("q = x + y; q*z", x=-2, y=5, z=-4)
    choices = [
        (number.kind, reference.graph.labels[number.node], number.slot) for number in trace_graph(reference).numbers
    ]
    assert choices == [
        *(("value", name, None) for name in ["x", "y", "q", "z", "v1"]),
        *(("upstream", "v1", None), ("local", "v1", 0), ("downstream", "v1", 0)),
        *(("local", "v1", 1), ("downstream", "v1", 1)),
        *(("upstream", "q", None), ("local", "q", 0), ("downstream", "q", 0)),
        *(("local", "q", 1), ("downstream", "q", 1)),
        *(("gradient", name, None) for name in ["x", "y", "z"]),
    ]


def test_upstream_and_wrt_are_the_traces() -> None:
    upstream = np.array([2.0, -3.0])
    reference = trace("exp(k*x)", {"x": np.array([0.1, 0.2]), "k": 2.0}, wrt="k", upstream=upstream)
    symbolic = trace_graph(reference)
    other = {"x": np.array([0.3, -0.2]), "k": -1.0}
    check(symbolic, evaluate(symbolic, other), trace("exp(k*x)", other, wrt="k", upstream=upstream))
    assert {number.node for number in symbolic.numbers if number.kind == "gradient"} == {
        reference.graph.input_indices["k"]
    }

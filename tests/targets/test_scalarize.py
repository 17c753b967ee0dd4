"""Formulas of arrays written entry by entry, in C and in plain Python, against the trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from native import Point, Results, in_c, in_python, needs_compiler, written

from graphdiff import GraphdiffError, parse, trace
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.targets import c
from graphdiff.targets.scalarize import entries_of

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
BY_ELIMINATION = {"inv", "solve", "det", "logdet", "cofactor"}
FORMULAS: list[tuple[str, Point]] = [
    ("max(x) + 2*min(x)^2", {"x": [1.0, 3.0, 3.0, 1.0]}),
    ("sum(max(X, axis=1)*w) - sum(min(X, axis=0))", {"X": [[2.0, 2.0, 1.0], [0.5, 4.0, 4.0]], "w": [0.3, -2.0]}),
    ("dot(w, prod(X, axis=0))", {"X": [[2.0, 0.0], [0.0, 3.0], [4.0, 0.0]], "w": [1.5, -1.0]}),
    ("sum(x*[1, 2, 3]) + norm(x) + k", {"x": [0.0, 0.0, 0.0], "k": 2.0}),
    ("sum(conv2d(x, K, padding=1)^2)", {"x": np.arange(16.0).reshape(1, 1, 4, 4), "K": [[[[0.1, 0.2], [0.3, -1.0]]]]}),
    ("sum(maxpool2d(x)*w)", {"x": [[[2.0, 2.0, -1.0, 3.0], [1.0, 2.0, 3.0, 0.5]]], "w": [[[2.0, -3.0]]]}),
    ("logsumexp(800*x) + sum(log_softmax(800*x))", {"x": [1.0, 0.0, -1.0]}),
    ("q = x[0]; r = x*2; q + sum(r)/q + 0*sum(unused)", {"x": [0.5, 3.0], "unused": [1.0]}),
    ("sum(x)/x[0] + exp(1000*x[1])", {"x": [0.0, 3.0]}),
    ("mean(x) + max(x) + sum(x)", {"x": 3.0}),
    ("cbrt(x)[1]*k + sum(sqrt(x)[1:])", {"x": [0.0, 4.0, 9.0], "k": 2.0}),
]


def graph_of(primitive: Primitive, sample: Sample) -> Graph:
    """The sum of the output's entries, each times another number."""
    builder = GraphBuilder()
    inputs = [builder.input(f"x{slot}") for slot in range(len(sample.shapes))]
    node = builder.apply(primitive, inputs, parameters=sample.parameters)
    weighted = builder.apply(PRIMITIVES["mul"], [node, builder.input("weights")])
    total = builder.apply(PRIMITIVES["sum"], [weighted])
    return Graph(builder.nodes, builder.inputs, [total.index])


def every_primitive() -> Iterator[tuple[Graph, Point]]:
    chance = np.random.default_rng(5)
    for primitive in PRIMITIVES.values():
        for sample in primitive.samples:
            is_written = primitive.name not in BY_ELIMINATION
            if is_written and not any(primitive.is_index(slot) for slot in range(len(sample.shapes))):
                graph = graph_of(primitive, sample)
                point: dict[str, Any] = {
                    f"x{slot}": chance.uniform(-3, 3, shape) for slot, shape in enumerate(sample.shapes)
                }
                output = graph.nodes[graph.output - 1].operands[0]
                shape = infer_shapes(graph, [*sample.shapes, ()])[output]
                yield graph, {**point, "weights": chance.uniform(-3, 3, shape)}


def every_example() -> Iterator[tuple[Graph, Point]]:
    for name in [
        "squared_norm",
        "logistic_regression_vector",
        "linear_regression",
        "perceptron",
        "turing_machine_head",
    ]:
        text, point = ((EXAMPLES / f"{name}.{kind}").read_text("utf-8") for kind in ("gd", "json"))
        yield parse(text), json.loads(point)


CASES = [*every_primitive(), *every_example(), *((parse(text), point) for text, point in FORMULAS)]


def check(found: Results, graph: Graph, point: Point) -> None:
    traced = trace(graph, point)
    value, gradients = found
    assert value == pytest.approx(np.asarray(traced.value).item(), rel=1e-12, nan_ok=True), str(graph)
    for name, gradient in gradients.items():
        expected = np.asarray(traced.gradients[name])
        assert np.shape(gradient) == expected.shape, (str(graph), name)
        scale = np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))
        assert np.allclose(gradient, expected, rtol=1e-12, atol=1e-13 * scale, equal_nan=True), (str(graph), name)


def test_in_python() -> None:
    for graph, point in CASES:
        check(in_python(graph, point), graph, point)


@needs_compiler
def test_in_c(tmp_path: Path) -> None:
    for (graph, point), function in zip(CASES, in_c(tmp_path, CASES), strict=True):
        check(function(point), graph, point)


@pytest.mark.parametrize(
    ("text", "point", "kind", "message"),
    [
        ("det(A)", {"A": [[1.0, 2.0], [3.0, 4.0]]}, "value", "the C target does not support det"),
        (
            "sum(solve(A, b))",
            {"A": [[1.0, 2.0], [3.0, 4.0]], "b": [1.0, 2.0]},
            "value",
            "the C target does not support solve",
        ),
        ("x[i]", {"x": [1.0, 2.0], "i": 1.0}, "value", "an index that is an input"),
        ("sum(x*one_hot(i, 2))", {"x": [1.0, 2.0], "i": 1.0}, "value", "an index that is an input"),
        ("sum(x)", {"x": np.ones(20_000)}, "limit", "more than 10,000"),
        ("sum(zeros(1000, 1000)) + sum(x)", {"x": np.ones(2)}, "limit", "more than 10,000"),
        ("sum(A @ A)", {"A": np.ones((70, 70))}, "limit", "more than 10,000"),
    ],
)
def test_what_is_not_written(text: str, point: Point, kind: str, message: str) -> None:
    with pytest.raises(GraphdiffError, match=message) as caught:
        written(parse(text), point)
    assert caught.value.kind == kind
    assert caught.value.hint is not None
    assert "numpy" in caught.value.hint


def test_the_value_is_a_number() -> None:
    graph = parse("2*x")
    with pytest.raises(GraphdiffError, match=r"an array of shape \(2,\)"):
        entries_of(graph, dict.fromkeys(range(len(graph.nodes)), (2,)), "C")


def test_the_layout_of_the_gradient_is_told() -> None:
    code, wrt = written(parse("sum((W @ x)^2)"), {"W": np.ones((2, 3)), "x": np.ones(3)})
    assert c.source(code, "f", wrt)[0].splitlines()[2:5] == [
        "/* Returns the value; gradient receives its derivatives by W[2][3], x[3], in this order, arrays row",
        "   by row.",
        "   double f(const double W[2][3], const double x[3], double gradient[9]); */",
    ]

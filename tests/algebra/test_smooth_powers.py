"""Even powers of lengths are differentiated as what they are: smooth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff import derivative, parse, trace
from graphdiff.algebra.fuse import smooth_powers
from graphdiff.passes.jacobian import hessian


@pytest.mark.parametrize(
    ("formula", "expected_text"),
    [
        ("abs(x)^2", "2*x"),
        ("abs(x)*abs(x)", "2*x"),
        ("d = abs(x - 1); d**2", "2*(x - 1)"),
        ("abs(x)^4", "4*x^3"),
        ("hypot(x, 2)^2", "2*x"),
        ("f(u) = abs(u)^2; f(x)", "2*x"),
        ("abs(x)^3", "3*(sign(x)*abs(x)^2)"),
    ],
)
def test_formulas(formula: str, expected_text: str) -> None:
    assert str(derivative(formula, "x")) == expected_text


def test_only_derivatives_are_rewritten() -> None:
    assert [step.node.operation.name for step in trace("abs(x)^2", x=3).forward if step.node.operation] == [
        "abs",
        "pow",
    ]
    graph = parse("abs(x)*y + x^2")
    assert smooth_powers(graph) is graph


@pytest.mark.parametrize(
    ("formula", "wrt", "point", "expected"),
    [
        ("norm(x)^2", "x", {"x": [0.0, 0.0]}, 2 * np.eye(2)),
        ("norm(x)^4", "x", {"x": [0.0, 0.0]}, np.zeros((2, 2))),
        ("sum(norm(x, axis=-1, keepdims=true)^2)", "x", {"x": [0.0, 0.0, 0.0]}, 2 * np.eye(3)),
        ("exp(-norm(a-b)^2/2)", "a", {"a": [1.0, 2.0], "b": [1.0, 2.0]}, -np.eye(2)),
        ("exp(-hypot(x - y, z)^2)", "x", {"x": 1.0, "y": 1.0, "z": 0.0}, -2.0),
        ("abs(x)^2", "x", {"x": 0.0}, 2.0),
    ],
)
def test_hessians_at_the_kink(formula: str, wrt: str, point: dict[str, Any], expected: Any) -> None:
    arrays = {name: np.asarray(value) for name, value in point.items()}
    graph = hessian(formula, wrt, wrt, shapes={name: array.shape for name, array in arrays.items()})
    shape = np.shape(expected)
    result = trace(graph, {name: arrays[name] for name in graph.input_names}, upstream=np.ones(shape)).value
    assert np.allclose(result, expected, rtol=1e-14, atol=0)

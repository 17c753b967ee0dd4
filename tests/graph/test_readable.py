"""Derivatives as a person would write them, and as texts that read back."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from test_formulas_in_the_wild import FORMULAS, Formula

from graphdiff import parse
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative import derivative
from graphdiff.passes.jacobian import hessian, jacobian
from graphdiff.passes.tangent import tangent
from graphdiff.passes.trace import value
from graphdiff.report.derivatives import Derivative, derivatives_text

DIGITS = 6


def text_of(*derivatives: Derivative) -> str:
    return derivatives_text(derivatives, DIGITS)


def assert_reads_back(point: dict[str, Any], *derivatives: Derivative) -> None:
    """Alone each derivative, and of several each line, is a program of the same value where that is finite."""
    for each in derivatives:
        expected = value(each.graph, {name: point[name] for name in each.graph.input_names})
        assert_is(text_of(each), point, expected)
    if len(derivatives) > 1:
        text = text_of(*derivatives)
        heads = re.findall(r"^(d+(?:_\w+)?) = .*$", text, re.MULTILINE)[-len(derivatives) :]
        for head, each in zip(heads, derivatives, strict=True):
            assert_is(f"{text}\n{head}", point, value(each.graph, {name: point[name] for name in each.graph.input_names}))


def assert_is(text: str, point: dict[str, Any], expected: Any) -> None:
    graph = parse(text)
    found = value(graph, {name: point[name] for name in graph.input_names if name in point})
    if np.all(np.isfinite(expected)):
        scale = max(float(np.max(np.abs(expected))), *(float(np.max(np.abs(value))) for value in point.values()), 1.0)
        assert np.broadcast_shapes(np.shape(found), np.shape(expected)) == np.shape(expected)
        assert np.max(np.abs(np.asarray(found) - expected)) <= 1e-9 * scale, text


MODERATE = [
    formula
    for formula in FORMULAS
    if formula.point and all(number == 0 or 1e-9 < abs(number) < 1e100 for number in formula.point.values())
]


@pytest.mark.parametrize("formula", MODERATE, ids=[formula.identifier for formula in MODERATE])
def test_formulas_read_back(formula: Formula) -> None:
    """To the third order, as Hessian and along a direction."""
    text, point, _ = formula
    graph = parse(text)
    numbers: dict[str, Shape] = dict.fromkeys(point, ())
    names = [name for name in graph.input_names if name in point][:2]
    assert_reads_back(point, *[Derivative((name,), derivative(graph, name, shapes=numbers)) for name in names])
    assert_reads_back(point, Derivative((), tangent(graph, dict.fromkeys(names, 0.5), numbers)))
    if len(text) < 120:
        pairs = [(names[0], name) for name in names]
        assert_reads_back(point, *[Derivative(pair, hessian(graph, *pair, shapes=numbers)) for pair in pairs])
        third = derivative(graph, names[0], order=3, shapes=numbers)
        assert_reads_back(point, Derivative((names[0],) * 3, third))


ARRAYS: list[tuple[str, dict[str, Any]]] = [
    ("sum((W@x)^2)", {"W": [[1.0, 2, -1], [0.5, 0, 3]], "x": [0.5, -1, 2]}),
    ("norm(W@x - b)", {"W": [[1.0, 2, -1], [0.5, 0, 3]], "x": [0.5, -1, 2], "b": [1.0, 1]}),
    ("logsumexp(x) - x[0]", {"x": [0.5, -1, 2]}),
    ("sum(softmax(x)*t)", {"x": [0.5, -1, 2], "t": [1.0, 0, 2]}),
    ("x @ A @ x/2 - b @ x", {"x": [0.5, -1], "A": [[2.0, 1], [0.5, 3]], "b": [1.0, -2]}),
    ("logdet(A) + trace(inv(A))", {"A": [[2.0, 1], [0.5, 3]]}),
    ("sum(relu(x*s))", {"x": [0.5, -1, 2], "s": 1.5}),
    ("mean((x*s - t)^2)", {"x": [0.5, -1, 2], "s": 1.5, "t": [1.0, 0, 2]}),
    ("sum(x[1:]*x[:-1]) + max(x)", {"x": [0.5, -1, 2]}),
    ("sum(where(X > 0, X^2, 0*X), axis=0)[1]", {"X": [[0.5, -1], [2, 3]]}),
    ("prod(x)*cumsum(x)[1]", {"x": [0.5, -1, 2]}),
    ("f(u) = u*tanh(u); sum(f(x)^2)", {"x": [0.5, -1, 2]}),
]


@pytest.mark.parametrize(("text", "point"), ARRAYS)
def test_arrays_read_back(text: str, point: dict[str, Any]) -> None:
    """Gradients, Hessians of every pair, a direction."""
    shapes = {name: np.shape(array) for name, array in point.items()}
    assert_reads_back(point, *[Derivative((name,), derivative(text, name, shapes=shapes)) for name in point])
    assert_reads_back(
        point, *[Derivative((*point, name), hessian(text, next(iter(point)), name, shapes=shapes)) for name in point]
    )
    moving = {name: np.ones(shape).tolist() for name, shape in shapes.items()}
    assert_reads_back(point, Derivative((), tangent(text, {name: tuples(each) for name, each in moving.items()}, shapes)))


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("W @ x", {"W": [[1.0, 2, -1], [0.5, 0, 3]], "x": [0.5, -1, 2]}),
        ("softmax(x)*s", {"x": [0.5, -1, 2], "s": 0.3}),
        ("outer(x, x)[1]", {"x": [0.5, -1, 2]}),
        ("sin(x)*x", {"x": [0.5, -1, 2]}),
    ],
)
def test_jacobians_read_back(text: str, point: dict[str, Any]) -> None:
    shapes = {name: np.shape(array) for name, array in point.items()}
    assert_reads_back(point, *[Derivative((name,), jacobian(text, name, shapes=shapes)) for name in point])


def tuples(value: Any) -> Any:
    return tuple(map(tuples, value)) if isinstance(value, list) else value

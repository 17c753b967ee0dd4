"""Derivatives in readable form, which parse to the same values."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from graphdiff import parse
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import FLOATS
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative import derivative
from graphdiff.passes.forward import forward
from graphdiff.passes.jacobian import hessian, jacobian
from graphdiff.passes.tangent import tangent
from graphdiff.passes.trace import trace, value
from graphdiff.precise.interpreter import precise_interpreter
from graphdiff.report.derivatives import Derivative, derivatives_text
from support.formulas import FORMULAS, Formula

DIGITS = 6


def text_of(point: dict[str, Any], *derivatives: Derivative) -> str:
    return derivatives_text(derivatives, {name: np.shape(value) for name, value in point.items()}, DIGITS)


def assert_reads_back(point: dict[str, Any], *derivatives: Derivative) -> None:
    """Each derivative by itself, and each line of several, is a program of the same value, if that is finite."""
    for each in derivatives:
        expected = value(each.graph, {name: point[name] for name in each.graph.input_names})
        assert_is(text_of(point, each), point, expected)
    if len(derivatives) > 1:
        text = text_of(point, *derivatives)
        heads = re.findall(r"^(d+(?:_\w+)?) = .*$", text, re.MULTILINE)[-len(derivatives) :]
        for head, each in zip(heads, derivatives, strict=True):
            assert_is(
                f"{text}\n{head}", point, value(each.graph, {name: point[name] for name in each.graph.input_names})
            )


def in_many_digits(graph: Graph, point: dict[str, Any]) -> float:
    """The value of a formula of numbers, from the floats of a point."""
    op = precise_interpreter(FLOATS, 60)
    inputs = [op.constant(float(point.get(name, CONSTANTS.get(name, 0.0)))) for name in graph.input_names]
    return float(op.number(forward(graph, inputs, op)[graph.output]))


def assert_is(text: str, point: dict[str, Any], expected: Any) -> None:
    """The value of a text is what is expected, but where a note says that it may not be. A formula of numbers is
    computed in many digits: a person's form may cancel or overflow where the computed one does not."""
    graph = parse(text)
    own = {name: point[name] for name in graph.input_names if name in point}
    is_of_numbers = graph.is_elementwise and not any(map(np.shape, own.values()))
    actual = in_many_digits(graph, own) if is_of_numbers else value(graph, own)
    if np.all(np.isfinite(expected)) and not ("does not hold" in text and np.any(np.isnan(actual))):
        scale = max(float(np.max(np.abs(expected))), *(float(np.max(np.abs(value))) for value in point.values()), 1.0)
        assert np.broadcast_shapes(np.shape(actual), np.shape(expected)) == np.shape(expected)
        assert np.max(np.abs(np.asarray(actual) - expected)) <= 1e-9 * scale, text


MODERATE = [
    formula
    for formula in FORMULAS
    if formula.point and all(number == 0 or 1e-9 < abs(number) < 1e100 for number in formula.point.values())
]


@pytest.mark.sampled(120)
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
    ("sum((x - x)[1:]) + sum(concat(x - x, x)^2)", {"x": [0.5, -1, 2]}),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("text", "point"), ARRAYS)
def test_arrays_read_back(text: str, point: dict[str, Any]) -> None:
    """Gradients, Hessians of every pair, a direction."""
    shapes = {name: np.shape(array) for name, array in point.items()}
    assert_reads_back(point, *[Derivative((name,), derivative(text, name, shapes=shapes)) for name in point])
    assert_reads_back(
        point, *[Derivative((*point, name), hessian(text, next(iter(point)), name, shapes=shapes)) for name in point]
    )
    moving = {name: np.ones(shape).tolist() for name, shape in shapes.items()}
    assert_reads_back(
        point, Derivative((), tangent(text, {name: tuples(each) for name, each in moving.items()}, shapes))
    )


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


@pytest.mark.parametrize(
    ("text", "expected_text"),
    [
        ("x^3*y", "3*x^2*y"),
        ("exp(-x^2)", "-2*x*exp(-x^2)"),
        ("sigmoid(x)", "sigmoid(x)*(1 - sigmoid(x))"),
        ("sqrt(x^2 + y^2)", "x/sqrt(x^2 + y^2)"),
        ("log(x)/x", "(1 - log(x))/x^2"),
        ("x/(x + 1)", "1/(x + 1)^2"),
        ("tan(x)", "tan(x)^2 + 1"),
        ("atan(x)", "1/(1 + x^2)"),
        ("2^x", "2^x*log(2)"),
        ("e^(-x)", "-e^(-x)"),
        ("pi*x^2", "2*pi*x"),
        ("sin(2*pi*x)", "2*pi*cos(2*pi*x)"),
        ("exp(-x^2/2)/sqrt(2*pi)", "-x*exp(-x^2/2)/sqrt(2*pi)"),
        ("gelu(x)", "x*exp(-x^2/2)/sqrt(2*pi) + erfc(-x/sqrt(2))/2"),
        ("a*x^2 + b*x + c", "2*a*x + b"),
        ("x^2.5", "2.5*x^1.5"),
        ("x^(1/2)", "1/(2*sqrt(x))"),
        ("1/x^2", "-2/x^3"),
        ("cbrt(x)", "1/(3*cbrt(x)^2)"),
        ("x*log(x)", "log(x) + 1"),
        ("abs(x)", "sign(x)"),
        ("relu(x)", "x > 0"),
        ("max(x, y)^2", "where(x >= y, 2*max(x, y), 0)"),
        ("where(x > 0, x, exp(x) - 1)", "where(x > 0, 1, exp(x))"),
        ("elu(x, a)", "where(x > 0, 1, a*exp(x))"),
        ("1 - exp(-x/tau)", "exp(-x/tau)/tau"),
        ("x - x", "0"),
    ],
)
def test_first_derivatives_as_written_by_hand(text: str, expected_text: str) -> None:
    actual = text_of({}, Derivative(("x",), derivative(text, "x")))
    assert actual == expected_text
    point = {"x": 0.7, "y": 0.2, "a": 1.5, "b": 2.0, "c": 1.0, "tau": 3.0}
    used = {name: point[name] for name in parse(text).input_names if name in point}
    assert trace(text, used).gradients["x"] == pytest.approx(
        value(parse(expected_text), {name: point[name] for name in parse(expected_text).input_names if name in point}),
        rel=1e-12,
    )


@pytest.mark.parametrize(
    ("text", "expected_text"),
    [
        ("x*exp(x)", "(x + 2)*exp(x)"),
        ("sin(x)^2", "2*cos(x)^2 - 2*sin(x)^2"),
        ("log(x^2 + 1)", "2*(1 - x^2)/(x^2 + 1)^2"),
        ("max(x, y)^2", "where(x >= y, 2, 0)"),
        ("elu(x, a)", "where(x > 0, 0, a*exp(x))"),
        ("x*sqrt(1 - x^2)", "x*(2*x^2 - 3)/(1 - x^2)^(3/2)"),
        ("sin(2*pi*x)", "-4*pi^2*sin(2*pi*x)"),
    ],
)
def test_second_derivatives_as_written_by_hand(text: str, expected_text: str) -> None:
    assert text_of({}, Derivative(("x", "x"), derivative(text, "x", order=2))) == expected_text

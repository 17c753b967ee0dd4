"""Derivatives as graphs: against the trace, mpmath and JAX; closed gates."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf, workdps

from graphdiff import parse, trace
from graphdiff.compiled.compile import compile
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.derivative import derivative
from graphdiff.passes.forward import forward
from graphdiff.passes.jacobian import hessian, jacobian
from graphdiff.passes.request import Request
from graphdiff.passes.tangent import tangent
from graphdiff.passes.trace import value
from graphdiff.passes.values import interpreter_of
from graphdiff.passes.wanted import wanted_graph
from graphdiff.report.derivatives import Derivative, derivatives_text
from support import examples, judge
from support.formulas import EACH_FORMULA, FORMULAS, Formula

try:
    from support.array_programs import PROGRAMS, Program
    from support.lecture_judges import load
except ImportError:  # JAX is their judge, and in the test extra
    PROGRAMS = []

EACH_PROGRAM = pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
RELATIVE = 1e-10
ROUNDING = 2.0**-50
"""A few roundings of the largest intermediate number, the error that cancelling terms leave."""


def values_at(graph: Graph, point: Mapping[str, float]) -> tuple[list[float], float]:
    """The outputs of a graph of numbers, and the largest intermediate number."""
    values = forward(graph, [point.get(name) for name in graph.input_names], FLOATS)
    largest = max([abs(value) for value in values if value is not None and math.isfinite(value)], default=0.0)
    return [values[output] for output in graph.outputs], largest


def assert_near(actual: Any, expected: Any, slack: float = 0.0) -> None:
    """The shapes are equal, and the values close relative to the largest entry."""
    assert np.shape(actual) == np.shape(expected)
    scale = float(np.max(np.abs(expected)))
    assert np.max(np.abs(np.asarray(actual) - expected)) <= RELATIVE * scale + slack + 1e-300


@pytest.mark.sampled(48)
@EACH_FORMULA
def test_gradients_of_formulas(formula: Formula) -> None:
    """In reverse mode, all at once and one by one, and in forward mode."""
    text, point, _ = formula
    reference: Any = trace(text, point)
    names = list(reference.gradients)
    numbers = dict.fromkeys(names, ())  # with a shape e is an input, not the constant
    graph, *_ = wanted_graph(parse(text), Request("gradient", names), numbers, keeps_gates=True)
    (result, *actual), largest = values_at(graph, point)
    assert result == pytest.approx(reference.value, rel=1e-13, abs=ROUNDING * largest)
    for gradient, each in zip(reference.gradients.values(), actual, strict=True):
        assert_near(each, gradient, ROUNDING * largest)
    if names:
        name = names[-1]
        (single,), largest = values_at(derivative(text, name, shapes=numbers), point)
        assert_near(single, reference.gradients[name], ROUNDING * largest)
        direction = {name: 0.5 + 0.25 * number for number, name in enumerate(names)}
        (along,), largest = values_at(tangent(text, direction, numbers), point)
        products = [reference.gradients[name] * direction[name] for name in names]
        assert along == pytest.approx(sum(products), rel=RELATIVE, abs=ROUNDING * max(largest, *map(abs, products)))


def second_difference(text: str, point: Mapping[str, float], direction: Mapping[str, float]) -> float:
    """The second derivative along a direction, by differences with 120 digits, of which about 60 cancel."""
    program = judge.Program(text)
    with mp.workdps(judge.DIGITS):
        values = []
        for side in (-1, 0, 1):
            nearby = {name: value + side * mpf(judge.STEP) * direction.get(name, 0.0) for name, value in point.items()}
            values.append(program.value(nearby, lambda x: x))
        return float((values[0] - 2 * values[1] + values[2]) / mpf(judge.STEP) ** 2)


CURVED = [
    formula
    for formula in FORMULAS
    if formula.point
    and all(value == 0 or 1e-100 < abs(value) < 1e100 for value in formula.point.values())
    and formula.origin != "quotient guarded by a case"  # whose branch, a constant, has no curvature at its one point
]


@pytest.mark.sampled(20)
@pytest.mark.parametrize("formula", CURVED, ids=[formula.identifier for formula in CURVED])
def test_second_derivatives_of_formulas(formula: Formula) -> None:
    """By the first input twice, and by the first and the last in both orders."""
    text, point, _ = formula
    first, last = next(iter(point)), [*point][-1]
    numbers = dict.fromkeys(point, ())
    (actual,), largest = values_at(derivative(text, first, order=2, shapes=numbers), point)
    size = {name: abs(value) or 1.0 for name, value in point.items()}
    expected = second_difference(text, point, {first: size[first]}) / size[first] / size[first]
    assert actual == pytest.approx(expected, rel=RELATIVE, abs=ROUNDING * largest)
    if first != last:
        (one,), largest = values_at(hessian(text, first, last, shapes=numbers), point)
        (other,), larger = values_at(hessian(text, last, first, shapes=numbers), point)
        slack = ROUNDING * max(largest, larger)
        assert one == pytest.approx(other, rel=RELATIVE, abs=slack)
        sum_and_difference = [
            second_difference(text, point, {first: size[first], last: sign * size[last]}) for sign in (1, -1)
        ]
        expected = (sum_and_difference[0] - sum_and_difference[1]) / 4 / size[first] / size[last]
        assert one == pytest.approx(expected, rel=RELATIVE, abs=slack)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("path", examples.PROGRAMS, ids=[path.stem for path in examples.PROGRAMS])
def test_gradients_of_examples(path: Path) -> None:
    pytest.importorskip("jax", reason="its module loads the points")
    point = {name: np.asarray(value) for name, value in load(path.with_suffix(".json")).items()}
    reference = trace(path.read_text("utf-8"), point)
    names = [name for name, gradient in reference.gradients.items() if gradient is not None]
    assert_gradients(path.read_text("utf-8"), point, names)


def assert_gradients(text: str, point: Mapping[str, Any], wrt: Sequence[str]) -> None:
    """Compare the graph of all gradients, the compiled function and the tangent ⟨gradient, direction⟩ with the
    trace."""
    reference: Any = trace(text, point, wrt=wrt)
    shapes = {name: np.shape(value) for name, value in point.items() if name in reference.graph.input_names}
    graph, *_ = wanted_graph(reference.graph, Request("gradient", wrt), shapes, keeps_gates=True)
    inputs = [np.asarray(point[name], dtype=float) for name in graph.input_names]
    op = interpreter_of(graph, inputs)
    values = forward(graph, inputs, op)
    functions = compile(text, wrt, backend="numpy")(**{name: point[name] for name in shapes})
    assert functions[0] == pytest.approx(reference.value, rel=1e-12)
    gradients = [reference.gradients[name] for name in wrt]
    for gradient, output, other in zip(gradients, graph.outputs[1:], functions[1], strict=True):
        assert_near(values[output], gradient)
        assert_near(other, gradient)
    chance = np.random.default_rng(7)
    directions = {name: chance.normal(size=np.shape(reference.gradients[name])) for name in wrt}
    along = value(tangent(text, {name: tuples(each) for name, each in directions.items()}, shapes), dict(point))
    products = np.concatenate([np.ravel(reference.gradients[name] * directions[name]) for name in wrt])
    assert along == pytest.approx(np.sum(products), rel=1e-9, abs=1e-11 * np.sum(np.abs(products)))


def tuples(array: Any) -> Any:
    return tuple(map(tuples, array)) if np.ndim(array) else float(array)


@pytest.mark.sampled(36)
@EACH_PROGRAM
def test_gradients_of_array_programs(program: Program) -> None:
    assert_gradients(program.text, program.point, program.wrt)


SMALL = [
    program
    for program in PROGRAMS
    if sum(np.size(program.point[name]) for name in program.wrt) <= 6 and not program.name.startswith("tie_")
]


@pytest.mark.slow
@pytest.mark.parametrize("program", SMALL, ids=[program.name for program in SMALL])
def test_hessians_against_jax(program: Program) -> None:
    import jax

    name = max(program.wrt, key=lambda name: np.size(program.point[name]))
    shapes = {name: np.shape(value) for name, value in program.point.items()}
    rest = {other: jax.numpy.asarray(value) for other, value in program.point.items() if other != name}

    def formula_by_jax(x: Any) -> Any:
        return program.judge(**rest, **{name: x})

    expected = np.asarray(jax.jit(jax.hessian(formula_by_jax))(jax.numpy.asarray(program.point[name], dtype=float)))
    gradient = np.asarray(jax.grad(formula_by_jax)(jax.numpy.asarray(program.point[name], dtype=float)))
    actual = value(hessian(program.text, name, name, shapes=shapes), program.point)
    assert np.shape(actual) == expected.shape
    scale = max(float(np.max(np.abs(expected))), float(np.max(np.abs(gradient))))
    assert np.max(np.abs(actual - expected)) <= 1e-8 * scale


OF_ARRAYS: list[tuple[str, dict[str, Any]]] = [
    ("W @ x + b", {"W": [[1.5, -2, 0.25], [0.5, 3, -1]], "x": [1.0, 2, -0.5], "b": [0.5, 1]}),
    ("softmax(x)*s", {"x": [0.5, -1, 2], "s": 0.75}),
    ("outer(x, y)/norm(x)", {"x": [0.5, -1], "y": [2.0, 3, -1]}),
    ("cumsum(sin(x), axis=1)", {"x": [[0.5, -1, 2], [1, 0.1, 3]]}),
    ("f(u, k) = u*exp(-k*u); f(x, k)[::-1]", {"x": [0.5, -1, 2], "k": 0.3}),
    ("max(x, axis=0) + x[0]", {"x": [[0.5, -1, 2], [1, 0.1, 3]]}),
    ("inv(A) @ [1, 2]", {"A": [[2.0, 0.5], [-1, 3]]}),
    ("concat(x, y^2)*sum(x)", {"x": [0.5, -1], "y": [2.0, 3, -1]}),
    ("where(x > 0, log(x), x*y)", {"x": [0.5, -1, 0], "y": 2.0}),
    ("windows(x, 2, 1)[1] * x[0]", {"x": [0.5, -1, 2, 0.1]}),
    ("3*x", {"x": [1.0, 2]}),
    ("[x, 2*x, sin(y)]", {"x": 1.0, "y": 0.5}),
    ("[1, 2] + 0*x", {"x": 1.0}),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("text", "point"), OF_ARRAYS)
def test_jacobians_against_the_trace(text: str, point: dict[str, Any]) -> None:
    """Row by row, each from a trace whose upstream is 1 in one entry."""
    shapes = {name: np.shape(value) for name, value in point.items()}
    output = np.shape(value(text, point))
    for name in point:
        rows = np.zeros(output + shapes[name])
        for place in np.ndindex(*output):
            upstream = np.zeros(output)
            upstream[place] = 1
            rows[place] = trace(text, point, upstream=upstream).gradients[name]
        assert_near(value(jacobian(text, name, shapes=shapes), point), rows)
        direction = np.random.default_rng(3).normal(size=shapes[name])
        along = value(tangent(text, {name: tuples(direction)}, shapes), point)
        assert_near(along, np.tensordot(rows, direction, np.ndim(direction)), 1e-12)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        # at each x: the slopes and the curvatures that hold on its side
        ("where(x > 0, log(x), x)", {0: 1, -1: 1, 2: 0.5}, {0: 0, -1: 0, 2: -0.25}),
        ("where(x == 0, 1, sin(x)/x)", {0: 0}, {0: 0}),
        ("relu(log(x))", {0.5: 0, 0: 0, math.e: 1 / math.e}, {0.5: 0, 0: 0, 2: -0.25}),
        ("relu(log(x))*x", {0.5: 0, 0: 0, 2: 1 + math.log(2)}, {0.5: 0, 2: 0.5}),
        ("max(0, sqrt(x))", {0: 0, 4: 0.25}, {0: 0, 4: -1 / 32}),
        ("max(sqrt(x), 1)", {0: 0, 4: 0.25}, {0: 0}),
        ("clip(log(x), 0, 1)", {0: 0, 0.5: 0, 2: 0.5, 5: 0}, {0: 0, 2: -0.25, 5: 0}),
        ("min(1, 1/x)", {0: 0, 2: -0.25}, {0: 0, 2: 0.25}),
        ("where(x > 0, where(x > 1, log(x - 1), sqrt(x)), 3*x^2)", {-1: -6, 0: 0, 4: 1 / 3}, {-1: 6, 0: 6, 4: -1 / 9}),
        ("f(u) = where(u > 0, u*log(u), 0); f(x)^2", {0: 0, -1: 0, 1: 0}, {0: 0, -1: 0, 1: 2}),
        ("relu(x)/x", {2: 0}, {2: 0}),
        ("where(x > 0, exp(-1/x), 0)", {0: 0, -1: 0, 1: math.exp(-1)}, {0: 0, -1: 0, 1: -math.exp(-1)}),
        ("exp(where(x < 2, x, 1/(x - x)))", {1: math.e}, {1: math.e}),
        ("where(x > 0, x^1.5, 0)*x", {0: 0, -1: 0, 1: 2.5}, {0: 0, -1: 0, 1: 3.75}),
        ("abs(where(x > 0, log(x), 2*x))", {-1: -2, 2: 0.5}, {-1: 0, 2: -0.25}),
    ],
)
def test_the_branch_not_taken(text: str, first: dict[float, float], second: dict[float, float]) -> None:
    """It passes nothing back, not even 0 · inf, in derivatives of any order and in generated code."""
    functions = [compile(text, backend=backend) for backend in ("python", "numpy")]
    slope, curvature = derivative(text, "x"), derivative(text, "x", order=2)
    for x, expected in first.items():
        reference = trace(text, x=x)
        assert reference.gradients["x"] == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert value(slope, x=x) == pytest.approx(expected, rel=1e-12, abs=1e-12)
        for function in functions:
            got, (gradient,) = function(float(x))
            assert got == pytest.approx(reference.value, nan_ok=True)
            assert gradient == pytest.approx(expected, rel=1e-12, abs=1e-12)
    for x, expected in second.items():
        assert value(curvature, x=x) == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert value(hessian(text, "x", "x"), x=x) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("sum(where(x > 0, log(x), x))", {"x": [0.0, -1, 2]}),
        ("log(x)[1]", {"x": [0.0, 2]}),
        ("max(-1/x^2)", {"x": [-1.0, 0.0, 2]}),
        ("max(sqrt(x))", {"x": [0.0, 4]}),
        ("sum(relu(log(x))*w)", {"x": [0.0, 0.5, 3], "w": [1.0, 2, 3]}),
        ("sum(clip(1/x, -1, 1)) + x[0]", {"x": [0.0, -4.0, 0.5]}),
        ("sum(log(x)[i])", {"x": [0.0, 2], "i": 1}),
    ],
)
def test_gates_of_arrays(text: str, point: dict[str, Any]) -> None:
    reference = trace(text, point)
    names = [name for name, gradient in reference.gradients.items() if gradient is not None]
    got, gradients = compile(text, names, backend="numpy")(**point)
    assert got == pytest.approx(reference.value, nan_ok=True)
    for name, gradient in zip(names, gradients, strict=True):
        assert np.isfinite(gradient).all()
        assert_near(gradient, reference.gradients[name])


def test_a_derivative_is_a_graph_like_any_other() -> None:
    """It can be printed, traced, compiled and differentiated again."""
    slope = derivative("x^3*y", "x")
    assert str(derivative(slope, "y")) == "3*x^2"
    assert trace(slope, x=2, y=5).gradients == {"x": 60.0, "y": 12.0}
    assert compile(slope)(2.0, 5.0) == (60.0, (60.0, 12.0))
    assert json.dumps(value(slope, x=2, y=5)) == "60.0"


def test_constants_with_a_default() -> None:
    """pi and e are inputs of a derivative only where it is a derivative by them."""
    assert derivative("pi*x^2", "x").input_names == ("x",)
    by_e = derivative("x^e", "e")
    assert set(by_e.input_names) == {"x", "e"}
    assert value(by_e, x=2, e=3) == pytest.approx(8 * math.log(2))
    assert derivative("2*x").input_names == ("x",)
    assert value(derivative("pi*x"), x=0) == math.pi


@pytest.mark.slow
@pytest.mark.parametrize("options", ["", ", axis=0", ", axis=1", ", axis=(0, 1)", ", axis=-1, keepdims=true"])
def test_products_with_zeros_to_third_order(options: str) -> None:
    """The product divided by the entry would be wrong at a zero: derivatives of every order, against JAX."""
    import jax

    entries = np.array([[0.0, 2.0, 3.0], [4.0, 0.0, 5.0]])
    keywords = eval(f"dict({options.removeprefix(', ')})", {"true": True})

    def judge(x: Any) -> Any:
        return jax.numpy.sum(jax.numpy.prod(x, **keywords) ** 2)

    text, shapes = f"sum(prod(x{options})^2)", {"x": (2, 3)}
    gradient = derivative(text, "x", shapes=shapes)
    twice_along_ones = tangent(tangent(text, {"x": 1.0}, shapes), {"x": 1.0}, shapes)
    actual = [gradient, jacobian(gradient, "x", shapes=shapes), derivative(twice_along_ones, "x", shapes=shapes)]
    expected = [jax.grad(judge), jax.hessian(judge), jax.grad(lambda x: jax.hessian(judge)(x).sum())]
    for graph, function in zip(actual, expected, strict=True):
        assert value(graph, x=entries) == pytest.approx(np.asarray(function(entries)), abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("sin(x)*exp(x)/(1 + x^2)", lambda x: mp.sin(x) * mp.exp(x) / (1 + x * x)),
        ("sin(x)^x", lambda x: mp.sin(x) ** x),
    ],
)
def test_high_orders(text: str, function: Callable[[Any], Any]) -> None:
    """Long before the tenth order the formula is too long to read, but it can still be parsed."""
    with workdps(60):
        expected = float(mp.diff(function, mpf(0.5), 10))
    actual = derivative(text, "x", order=10)
    again = parse(derivatives_text([Derivative(("x",) * 10, actual)], {}, 6))
    for graph in (actual, again):
        assert value(graph, x=0.5) == pytest.approx(expected, rel=1e-6)

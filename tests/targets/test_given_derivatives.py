"""Every pass and every target computes with a gate's own derivative, even if it is not that of the gate's body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from graphdiff import compile, derivative, parse, trace, value_and_gradient
from graphdiff.algebra.expand import expand_gates
from graphdiff.algebra.fuse import fuse_gates
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.forward import forward
from graphdiff.passes.jacobian import hessian
from graphdiff.passes.tangent import tangent
from graphdiff.passes.trace_graph import trace_graph
from graphdiff.targets.registry import BACKENDS, TARGETS, Target
from support.languages import EACH_LANGUAGE, prepare, run_all, skip_without
from support.programs import Case

PROGRAM = "slow(u, k) = k*u^3 + m with 7*u + y, 5; slow(a*b, a) + 2*slow(b, 3)"
NESTED = "inner(u) = u^2 with 3*u + y; outer(u) = inner(2*u)*u; outer(a) + outer(b)*m"
POINTS = [(0.5, -1.5, 0.25), (2.0, 0.75, -1.0)]


def slow_by_hand(a: float, b: float, m: float) -> list[float]:
    first, second = a * (a * b) ** 3 + m, 3 * b**3 + m
    by_first, by_second = 7 * a * b + first, 7 * b + second
    return [first + 2 * second, by_first * b + 5, by_first * a + 2 * by_second, 3.0]


def nested_by_hand(a: float, b: float, m: float) -> list[float]:
    """outer(u) = y u with y = (2u)^2, whose derivative by 2u is 3 (2u) + y."""

    def by(u: float) -> float:
        return (6 * u + 4 * u * u) * 2 * u + 4 * u * u

    return [4 * a**3 + 4 * b**3 * m, by(a), by(b) * m, 4 * b**3]


BY_HAND = [(PROGRAM, slow_by_hand), (NESTED, nested_by_hand)]
programs = pytest.mark.parametrize(("text", "by_hand"), BY_HAND, ids=["slow", "nested"])


def close(found: Sequence[Any], expected: Sequence[float]) -> None:
    assert [float(each) for each in found] == pytest.approx(list(expected), rel=1e-12)


@programs
def test_passes(text: str, by_hand: Any) -> None:
    graph = parse(text)
    for point in POINTS:
        named = dict(zip("abm", point, strict=True))
        expected = by_hand(*point)
        for same in (graph, fuse_gates(graph), parse(str(graph))):
            value, gradients = value_and_gradient(same, named)
            close([value, *(gradients[name] for name in "abm")], expected)
        close([value_and_gradient(derivative(graph, name), named)[0] for name in "abm"], expected[1:])
        direction = tangent(graph, {"a": 2.0, "b": -1.0})
        close([value_and_gradient(direction, named)[0]], [2 * expected[1] - expected[2]])
        opened = value_and_gradient(expand_gates(graph), named)[1]
        assert opened["a"] != pytest.approx(expected[1], rel=1e-3)


def test_second_derivatives_differentiate_what_is_given() -> None:
    graph = parse(PROGRAM)
    for a, b, m in POINTS:
        u, y = a * b, a * (a * b) ** 3 + m
        by_u = 7 * u + y
        # ∂a = (7 u + y) b + 5, and y's derivatives are the given ones: by u, 5 by k, 1 by m.
        expected = {"a": (7 * b + by_u * b + 5) * b, "b": (7 * a + by_u * a) * b + by_u, "m": b}
        for name, second in expected.items():
            for found in (derivative(derivative(graph, "a"), name), hessian(graph, "a", name)):
                assert value_and_gradient(found, a=a, b=b, m=m)[0] == pytest.approx(second, rel=1e-12)
        assert value_and_gradient(derivative(graph, "a"), a=a, b=b, m=m)[1] == pytest.approx(expected, rel=1e-12)


@programs
@pytest.mark.parametrize("backend", BACKENDS)
def test_backends(text: str, by_hand: Any, backend: str) -> None:
    skip_without(TARGETS[backend])
    function = compile(text, wrt=["a", "b", "m"], backend=backend)
    for a, b, m in POINTS:
        value, gradients = function(a=a, b=b, m=m)
        expected = by_hand(a, b, m)
        assert [float(each) for each in (value, *gradients)] == pytest.approx(expected, rel=1e-5)
        if backend in ("python", "numpy"):
            close([value, *gradients], expected)


@programs
def test_batch(text: str, by_hand: Any) -> None:
    columns = np.array(POINTS).T
    value, gradients = compile(text, wrt=["a", "b", "m"], backend="numpy", batch=True)(
        **dict(zip("abm", columns, strict=True))
    )
    for row, point in enumerate(POINTS):
        close([value[row], *(gradient[row] for gradient in gradients)], by_hand(*point))


@pytest.mark.sampled(3)
@EACH_LANGUAGE
@programs
def test_every_language(text: str, by_hand: Any, target: Target) -> None:
    skip_without(target)
    points = [dict(zip("abm", point, strict=True)) for point in POINTS]
    ready = prepare(target, Case("", text, points[0], ["a", "b", "m"]), "f")
    for point, (value, derivatives) in zip(POINTS, run_all(target, [ready], [points]), strict=True):
        close([value, *derivatives], by_hand(*point))


@programs
def test_graph_of_a_trace(text: str, by_hand: Any) -> None:
    """What a page computes with."""
    traced = trace(text, dict(zip("abm", POINTS[0], strict=True)))
    numbers = trace_graph(traced)
    point = dict(zip("abm", POINTS[1], strict=True))
    values = forward(numbers.graph, [point[name] for name in numbers.graph.input_names], FLOATS)
    found = {
        traced.graph.labels[number.node]: values[numbers.graph.outputs[number.output]]
        for number in numbers.numbers
        if number.kind == "gradient"
    }
    close([found[name] for name in "abm"], by_hand(*POINTS[1])[1:])


def test_arrays_go_through_entry_by_entry() -> None:
    """Where an operand is broadcast, what is passed back to it is summed."""
    text = "mul(p, q) = p*q with 2*q, 3*p; sum(mul(x, w)*c)"
    x, w, c = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([0.5, -1.0, 2.0]), 1.5
    expected = [np.broadcast_to(2 * w * c, (2, 3)), (3 * x * c).sum(axis=0), (x * w).sum()]
    gradients = value_and_gradient(text, x=x, w=w, c=c)[1]
    compiled = compile(text, wrt=["x", "w", "c"], backend="numpy")(x=x, w=w, c=c)[1]
    shapes = {"x": (2, 3), "w": (3,)}
    for name, found, want in zip("xwc", compiled, expected, strict=True):
        assert np.shape(gradients[name]) == np.shape(found) == np.shape(want)
        assert np.allclose(gradients[name], want, rtol=1e-14)
        assert np.allclose(found, want, rtol=1e-14)
    symbolic = derivative(text, "w", shapes=shapes)
    assert np.allclose(trace(symbolic, x=x, w=w, c=c, upstream=1).value, expected[1], rtol=1e-14)


def test_inside_a_function_of_arrays() -> None:
    """∂/∂x of Σ f(x) x is f'(x) x + f(x), and that by x again f''(x) x + 2 f'(x), with f' = 5 x + f."""
    text = "f(u) = u^2 with 5*u + y; total(v) = sum(f(v)*v); total(x)"
    x = np.array([0.5, -1.5, 2.0])
    first, second = 5 * x + x**2, 5 + 5 * x + x**2
    assert np.allclose(value_and_gradient(text, x=x)[1]["x"], first * x + x**2, rtol=1e-14)
    assert np.allclose(compile(text, backend="numpy")(x)[1][0], first * x + x**2, rtol=1e-14)
    graph = hessian(text, "x", "x", shapes={"x": (3,)})
    assert np.allclose(trace(graph, x=x, upstream=1).value, np.diag(second * x + 2 * first), rtol=1e-14)

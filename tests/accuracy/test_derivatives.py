"""Derivatives of any order at a point: the true ones at kinks, and what is wrong elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from graphdiff import derivative, parse
from graphdiff.accuracy.derivative import DerivativeValue, derivative_value
from graphdiff.passes.jacobian import hessian
from graphdiff.passes.tangent import tangent

Command = Callable[..., Any]


def second(text: str, first: str, other: str, point: dict[str, Any]) -> DerivativeValue:
    """The second derivative by two inputs."""
    shapes = {name: np.shape(value) for name, value in point.items() if np.shape(value)}
    return derivative_value(parse(text), hessian(text, first, other, shapes=shapes), (first, other), point, shapes)


def by_order(text: str, order: int, x: float) -> DerivativeValue:
    return derivative_value(parse(text), derivative(text, "x", order=order), ("x",) * order, {"x": x}, {})


MATERN = "d = abs(x - y); (1 + sqrt(5)*d + 5/3*d^2)*exp(-sqrt(5)*d)"  # 1 - 5/6*d^2 + O(d^4)
DETERMINANT = [[[[0, 0], [0, 1]], [[0, 0], [-1, 0]]], [[[0, -1], [0, 0]], [[1, 0], [0, 0]]]]  # of p*s - q*r
CASES: list[tuple[str, str, str, dict[str, Any], Any]] = [
    ("norm(x)^2", "x", "x", {"x": [0, 0]}, [[2, 0], [0, 2]]),
    ("std(x)^2", "x", "x", {"x": [1, 1]}, [[0.5, -0.5], [-0.5, 0.5]]),
    ("exp(-norm(a - b)^2/2)", "a", "a", {"a": [1, 2], "b": [1, 2]}, [[-1, 0], [0, -1]]),
    ("exp(-norm(a - b)^2/2)", "a", "b", {"a": [1, 2], "b": [1, 2]}, [[1, 0], [0, 1]]),
    (MATERN, "x", "x", {"x": 0, "y": 0}, -5 / 3),
    (MATERN, "x", "y", {"x": 0.25, "y": 0.25}, 5 / 3),
    ("hypot(x, y)^2", "x", "y", {"x": 0, "y": 0}, 0),
    ("hypot(x, y)^3", "x", "x", {"x": 0, "y": 0}, 0),
    ("max(x, y)*min(x, y)", "x", "y", {"x": 3, "y": 3}, 1),
    ("1/(1 + cbrt(t*s)^3)", "t", "s", {"t": 0, "s": 2}, -1),  # 1/(1 + t*s), by a rule that gives 0*inf where t is 0
    ("1/(1 + cbrt(t*s)^3)", "t", "t", {"t": 0, "s": 2}, 8),
    ("1/(1 + cbrt(t*s)^3)", "s", "s", {"t": 0, "s": 2}, 0),  # the value is 1 on the whole axis
    # (a + 1)*u, whatever rules say on the axis of u, where a = b = c.
    ("(max(a,b,c) + min(a,b,c))*u", "a", "u", {"a": 1, "b": 1, "c": 1, "u": 2}, 1),
    ("(max(a,b,c) + min(a,b,c))*u", "u", "c", {"a": 1, "b": 1, "c": 1, "u": 2}, 1),
    ("(max(a,b,c) + min(a,b,c))*exp(3*u)", "b", "u", {"a": 1, "b": 1, "c": 1, "u": 0}, 3),
    (
        "det(A)",
        "A",
        "A",
        {"A": [[1, 2], [2, 4]]},
        [[[[0, 0], [0, 1]], [[0, 0], [-1, 0]]], [[[0, -1], [0, 0]], [[1, 0], [0, 0]]]],
    ),
]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("text", "first", "other", "point", "expected"), CASES)
def test_second_derivatives_that_exist(text: str, first: str, other: str, point: dict[str, Any], expected: Any) -> None:
    result = second(text, first, other, point)
    assert result.differentiable is True
    assert result.accuracy == ()
    np.testing.assert_allclose(np.asarray(result.value), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [("abs(x)^2", 2, 2), ("abs(x)^3", 2, 0), ("relu(x)^3", 2, 0), ("x*abs(x)^3", 3, 0), ("abs(x)*x", 1, 0)],
)
def test_higher_orders_that_exist(text: str, order: int, expected: float) -> None:
    result = by_order(text, order, 0.0)
    assert (result.value, result.differentiable) == (expected, True)


@pytest.mark.parametrize(("text", "order"), [("abs(x)", 2), ("abs(x)*x", 2), ("relu(x)^2", 2), ("abs(x)^3", 3)])
def test_orders_that_do_not_exist(text: str, order: int) -> None:
    assert by_order(text, order, 0.0).differentiable is False


def test_a_mixed_derivative_that_does_not_exist() -> None:
    assert second("x*abs(y)", "x", "y", {"x": 0, "y": 0}).differentiable is False
    assert second("x*abs(y)", "x", "x", {"x": 0, "y": 0}).differentiable is None  # by x alone there is no kink


def test_away_from_kinks_nothing_is_looked_for() -> None:
    assert by_order("abs(x)^3", 2, -2.0) == DerivativeValue(12.0, (), None)


@pytest.mark.parametrize("x", [1e-6, 1e-9])
def test_a_wrong_second_derivative(x: float) -> None:
    mpmath.mp.dps = 80
    truth = mpmath.diff(lambda t: (1 - mpmath.exp(-t)) / t, mpmath.mpf(x), 2)
    (inaccuracy,) = by_order("(1 - exp(-x))/x", 2, x).accuracy
    assert inaccuracy.of == "d_x_x"
    assert inaccuracy.right == pytest.approx(float(truth), rel=1e-12)
    assert inaccuracy.cause is not None
    assert inaccuracy.cause.why == "cancellation"
    assert "v" not in inaccuracy.cause.expression  # its formula has no labels that a reader knows


@pytest.mark.parametrize(("function", "sign"), [("erf", 1), ("erfc", -1)])
def test_the_pi_of_a_rule_has_all_digits(function: str, sign: int) -> None:
    """That of the text is a float."""
    with mpmath.workdps(60):
        x, half = mpmath.mpf(0.7), mpmath.mpf(0.483892402287)
        truth = sign * (2 * half - 4 * x / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x)) - mpmath.mpf(math.pi) / 2**40
    (inaccuracy,) = by_order(f"{function}(x) + {sign}*0.483892402287*x^2 - pi/2^41*x^2", 2, 0.7).accuracy
    assert inaccuracy.right == pytest.approx(float(truth), rel=1e-15)


def test_what_overflows_has_a_right_value() -> None:
    mpmath.mp.dps = 60
    truth = mpmath.diff(lambda t: 1 / (1 + mpmath.exp(-t)), mpmath.mpf(-800), 2)
    result = by_order("1/(1 + exp(-x))", 2, -800.0)
    assert all(each.right == pytest.approx(float(truth), rel=1e-12, abs=5e-324) for each in result.accuracy)


def test_along_a_direction() -> None:
    graph = parse("abs(x)*y")
    for x, y, exists in [(0.0, 2.0, False), (0.0, 0.0, True), (1.0, 2.0, None)]:
        formula = tangent(graph, {"x": 1.0, "y": 1.0})
        result = derivative_value(graph, formula, (), {"x": x, "y": y}, {}, {"x": 1.0, "y": 1.0})
        assert result.differentiable is exists


def test_on_the_command_line(command: Command) -> None:
    done = command("diff", "abs(x)^2", "--order", "2", "--at", "x=0")
    assert done.out == "2  # 2, at a kink\n"
    done = command("diff", "abs(x)", "--order", "2", "--at", "x=0")
    assert done.out == "0  # 0, by convention: not differentiable here\n"
    done = command("diff", "(1-exp(-x))/x", "--order", "2", "--at", "x=1e-6")
    assert done.out.endswith("wrong: the right value is 0.3333330833334333\n")
    assert "d_x_x = -31.388916015625 is wrong: cancellation in" in done.err
    assert done.status == 0
    document = json.loads(command("diff", "abs(x)", "--at", "x=0", "--json").out)
    assert document["derivatives"][0]["differentiable"] is False


def test_a_value_that_overflows(command: Command) -> None:
    done = command("diff", "x^3/y^2", "--wrt", "x", "--at", "x=1e200,y=1e200")
    assert done.status == 3
    assert "the right value is 3" in done.err

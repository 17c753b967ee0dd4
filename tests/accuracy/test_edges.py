"""Operands that only rounding takes across the edge of a domain, as that of sqrt at 0; and what needs many digits."""

from __future__ import annotations

from typing import Any

import mpmath
import pytest

from graphdiff import GraphdiffError, Trace, trace
from graphdiff.accuracy.nonfinite import nonfinite_error


def listed(result: Trace) -> dict[tuple[str, tuple[int, ...]], float | None]:
    return {(each.of, each.index): each.right for each in result.accuracy}


@pytest.mark.parametrize(
    ("formula", "x", "expected"),
    [
        ("sqrt(1 - sin(x)^2 - cos(x)^2)", 1.3, {"value": 0, "d_x": 0}),  # 1 - 1.0000000000000002 < 0
        ("sqrt(1 - sin(x)^2 - cos(x)^2)", 0.7, {"d_x": 0}),
        ("3 + x*sqrt(1 - sin(x)^2 - cos(x)^2)", 1.3, {"value": 3, "d_x": 0}),
        ("acos(x/sqrt(x^2))", 0.3, {"d_x": 0}),
        ("asin(sin(x)^2 + cos(x)^2)", 0.7, {"d_x": 0}),
        ("acosh(cosh(x)^2 - sinh(x)^2) + x", 0.7, {"value": 0.7, "d_x": 1}),
    ],
)
def test_what_only_rounding_takes_across_an_edge(formula: str, x: float, expected: dict[str, float]) -> None:
    result = trace(formula, x=x)
    right = {of: number for (of, _), number in listed(result).items()}
    numbers = {"value": result.value, "d_x": result.gradients["x"]}
    for of, truth in expected.items():
        number = right.get(of, numbers[of])
        assert number == pytest.approx(truth, rel=1e-12, abs=1e-6)


def test_the_error_gives_the_right_value() -> None:
    error: GraphdiffError = nonfinite_error(trace("sqrt(1 - sin(x)^2 - cos(x)^2)", x=1.3))
    assert str(error).splitlines()[0].endswith("; the right value is 0")


@pytest.mark.parametrize(
    ("formula", "point"),
    [
        ("sqrt(mean(x^2) - mean(x)^2)", {"x": [0.1, 0.1, 0.1]}),
        ("acos(sum(a*b)/(norm(a)*norm(b)))", {"a": [0.1, 0.2, 0.3], "b": [0.2, 0.4, 0.6]}),
    ],
)
def test_no_gradient_is_claimed_at_the_tip_of_a_cone(formula: str, point: dict[str, Any]) -> None:
    """The standard deviation of equal numbers, and the angle of parallel vectors, are 0 and have no gradient there."""
    result = trace(formula, point)
    right = listed(result)
    assert right.get(("value", ()), result.value) == 0
    assert not [of for of, _ in right if of != "value"]


@pytest.mark.parametrize(
    ("formula", "point"),
    [
        ("sqrt(x)", {"x": -1e-200}),
        ("sqrt(x - y)", {"x": 1e-30, "y": 2e-30}),
        ("sqrt(-exp(x)) + y", {"x": -700.0, "y": 1.0}),
        ("sqrt(x*0.3 - x*0.1 - x*0.2)", {"x": 1.0}),  # of these floats: -2.8e-17
        ("acos(1 + x)", {"x": 2.0**-52}),
    ],
)
def test_what_is_beyond_an_edge_stays_nan(formula: str, point: dict[str, float]) -> None:
    result = trace(formula, point)
    assert result.value != result.value
    assert result.accuracy == ()


def test_tiny_roots_are_right() -> None:
    result = trace("sqrt(u) + log(1 + x) - log(1 + x)", u=1e-300, x=0.3)
    assert listed(result)["value", ()] == pytest.approx(1e-150, rel=1e-12)


@pytest.mark.slow
def test_differences_of_gamma_functions_at_a_tiny_distance() -> None:
    with mpmath.workdps(900):
        x, h = mpmath.mpf(2.5), mpmath.mpf(1e-200)
        rise = mpmath.loggamma(x + h) - mpmath.loggamma(x)
        slope = float((mpmath.digamma(x + h) * h - rise) / h**2)
    right = listed(trace("(lgamma(x+h)-lgamma(x))/h", x=2.5, h=1e-200))
    assert right["d_h", ()] == pytest.approx(slope, rel=1e-12)
    assert right["value", ()] == pytest.approx(float(mpmath.digamma(2.5)), rel=1e-12)

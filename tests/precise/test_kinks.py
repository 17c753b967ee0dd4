"""Gradients at kinks with many digits: the true ones where they exist, as in 64 bits, but to all digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from mpmath import MPContext

import graphdiff

DIGITS = 30
EXACT = MPContext()
EXACT.dps = 2000

Gradients = Mapping[str, Any]
CASES: list[tuple[str, Mapping[str, Any], Callable[[Any], Gradients]]] = [
    ("max(x,0)-x*z+log(1+exp(-abs(x)))", {"x": 0, "z": 0.3}, lambda m: {"x": m.mpf("0.2"), "z": 0}),
    ("relu(x)-relu(-x)", {"x": 0}, lambda m: {"x": 1}),
    ("max(a,b)*min(a,b)", {"a": 3, "b": 3}, lambda m: {"a": 3, "b": 3}),
    ("max(x,0.1)*min(x,0.1)", {"x": 0.1}, lambda m: {"x": m.mpf("0.1")}),
    ("max(x,pi)*min(x,pi)", {"x": 3.141592653589793}, lambda m: {"x": m.pi}),
    ("leaky_relu(x,0.1)-leaky_relu(-x,0.1)", {"x": 0}, lambda m: {"x": m.mpf("1.1")}),
    ("where(x==0,1,(exp(x)-1)/x)", {"x": 0}, lambda m: {"x": 0.5}),
    ("where(x==y,1/y,log(x/y)/(x-y))", {"x": 0.1, "y": 0.1}, lambda m: {"x": -50, "y": -50}),
    ("where(x==0,3,sin(3*x)/x)*exp(x)", {"x": 0}, lambda m: {"x": 3}),
    ("relu(x-1e-400)-relu(1e-400-x)", {"x": Decimal("1e-400")}, lambda m: {"x": 1}),
    ("max(x,x*(1-1e-25))-max(-x,x*(1e-25-1))", {"x": 0}, lambda m: {"x": 2 - m.mpf("1e-25")}),
    ("abs(x-y)*(x-y)+exp(x)", {"x": 0.3, "y": 0.3}, lambda m: {"x": m.exp(m.mpf("0.3")), "y": 0}),
]


def is_right(value: Any, right: Any, digits: int = DIGITS) -> bool:
    return bool(abs(EXACT.mpf(value) - right) <= abs(right) * EXACT.mpf(10) ** (1 - digits) / 2)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("formula", "point", "right"), CASES, ids=[case[0] for case in CASES])
def test_a_gradient_that_exists_is_found(
    formula: str, point: Mapping[str, Any], right: Callable[[Any], Gradients]
) -> None:
    trace = graphdiff.trace(formula, point, precision=DIGITS)
    assert trace.differentiable is True
    sums = dict.fromkeys(point, EXACT.mpf(0))
    for step in trace.backward:
        for edge in step.edges:
            if edge.operand in sums:
                sums[edge.operand] += EXACT.mpf(edge.downstream)
    for name, gradient in right(EXACT).items():
        assert is_right(trace.gradients[name], gradient), name
        assert name in trace.limits or is_right(sums[name], gradient), name


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("formula", "point", "differentiable"),
    [
        ("x*y", {"x": 0, "y": 1}, None),
        ("max(0,x)", {"x": 0}, False),
        ("abs(x)+y^2", {"x": 0, "y": 2}, False),
        ("x^x", {"x": 0}, False),
        ("floor(x)+x", {"x": 2}, False),
        ("sqrt(abs(x*y))", {"x": 0, "y": 0}, False),
        ("max(x,x*(1-1e-25))", {"x": 0}, False),
        pytest.param("sum(where(x*ones(7000) > 0, x, -x))", {"x": 0}, "unknown", marks=pytest.mark.slow),
    ],
)
def test_differentiable(formula: str, point: Mapping[str, Any], differentiable: bool | str | None) -> None:
    assert graphdiff.trace(formula, point, precision=DIGITS).differentiable == differentiable


def test_a_partial_derivative_that_exists_is_right_where_others_do_not() -> None:
    trace = graphdiff.trace("abs(x)+max(y,0.1)*min(y,0.1)/3", x=0, y=0.1, precision=DIGITS)
    assert trace.differentiable is False
    assert trace.gradients["x"] == 0
    assert is_right(trace.gradients["y"], EXACT.mpf("0.1") / 3)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "formula", ["max((a^2)^0.5 - abs(a), u)", "relu((a^2)^0.5 - abs(a)) + abs(u)", "max(u, sqrt(a^2) - abs(a))"]
)
def test_a_partial_derivative_where_rounding_alone_decides(formula: str) -> None:
    """The function of a is 0 throughout, but by chance."""
    result = graphdiff.trace(formula, a=0, u=0)
    assert result.differentiable is False
    assert result.gradients["a"] == 0


@pytest.mark.parametrize("precision", [1, 5, 17, 100, 400])
def test_any_number_of_digits(precision: int) -> None:
    for formula, right in (
        ("where(x==0,1/3,sin(x)/x/3)+x/7", EXACT.mpf(1) / 7),
        ("relu(x/7)-relu(-x/7)", EXACT.mpf(1) / 7),
    ):
        trace = graphdiff.trace(formula, x=0, precision=precision)
        assert trace.differentiable is True
        assert is_right(trace.gradients["x"], right, precision), formula


def test_arrays() -> None:
    def gradient_of(formula: str) -> tuple[list[Any], graphdiff.Trace]:
        trace = graphdiff.trace(formula, x=[0, 0], precision=DIGITS)
        gradient: Any = trace.gradients["x"]
        return gradient.tolist(), trace

    gradient, trace = gradient_of("sum((relu(x)-relu(-x))*[0.1,0.7])")
    assert trace.differentiable is True
    assert is_right(gradient[0], EXACT.mpf("0.1"))
    assert is_right(gradient[1], EXACT.mpf("0.7"))
    gradient, trace = gradient_of("norm(x)^3 + sum(x)")
    assert (trace.differentiable, gradient) == (True, [1, 1])
    gradient, trace = gradient_of("sum(where(x==0,1,(exp(x)-1)/x))")
    assert (trace.differentiable, gradient, trace.limits) == (True, [0.5, 0.5], ("x",))
    assert gradient_of("norm(x)")[1].differentiable is False


@pytest.mark.parametrize(("formula", "slope"), [("cbrt(x)^3", 1), ("sqrt(x^4)", 0), ("sqrt(abs(x)^26.5)", 0)])
def test_a_gradient_for_which_a_rule_gives_no_number(formula: str, slope: float) -> None:
    trace = graphdiff.trace(formula, x=0, precision=DIGITS)
    assert (trace.gradients["x"], trace.differentiable, trace.limits) == (slope, True, ("x",))


def test_an_infinite_gradient_stays_infinite() -> None:
    trace = graphdiff.trace("sqrt(x)", x=0, precision=DIGITS)
    assert (trace.gradients["x"], trace.differentiable) == (float("inf"), None)

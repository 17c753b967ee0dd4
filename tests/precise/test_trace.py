"""Traces with any number of digits, against known constants and mpmath with other numbers of digits."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from mpmath import MPContext, mp

import graphdiff
from graphdiff.accuracy.derivative import derivative_value
from graphdiff.errors import GraphdiffError

E_TO_PI = "23.140692632779269005729086367948547380266106242600211993445046409524342350690452783516971997067549219675953"
SQRT_2 = "1.4142135623730950488016887242096980785696718753769480731766797379907324784621070388503875343276415727350138"
EULER = "0.5772156649015328606065120900824024310421593359399235988057672348848677267776646709369470632917467495146314"
LOG_2 = "0.6931471805599453094172321214581765680755001343602552541206800094933936219696947156058633269964186875420015"


def reference(digits: int = 400) -> Any:
    """A context of mpmath of its own, with many digits."""
    context = MPContext()
    context.dps = digits
    return context


def is_right(value: Any, right: Any, digits: int) -> bool:
    """Whether a number is right to so many digits."""
    exact = reference(2 * digits + 400)
    value, right = exact.mpf(value), exact.mpf(right)
    return bool(abs(value - right) <= abs(right) * exact.mpf(10) ** (1 - digits) / 2)


@pytest.mark.parametrize(
    ("text", "constant"), [("e^pi", E_TO_PI), ("sqrt(2)", SQRT_2), ("-digamma(1)", EULER), ("log(2)", LOG_2)]
)
@pytest.mark.parametrize("digits", [1, 2, 15, 16, 17, 50, 100])
def test_constants(text: str, constant: str, digits: int) -> None:
    value: Any = graphdiff.trace(text, precision=digits).value
    assert is_right(value, constant, digits)
    assert value.context.dps == digits


@pytest.mark.sampled(30)
@pytest.mark.parametrize("digits", [20, 50, 200])
@pytest.mark.parametrize("x", ["0.1", "1e-30", "1e-300", "-1e-100", "1e-400", "30"])
@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("(1-exp(-x))/x", lambda m, x: -m.expm1(-x) / x),
        ("(1-cos(x))/x^2", lambda m, x: 2 * (m.sin(x / 2) / x) ** 2),
        ("sqrt(1+x^2)-1", lambda m, x: m.expm1(m.log1p(x * x) / 2)),
        ("(1+x)-(1+2*x)", lambda m, x: -x),
        ("log(1+x+exp(-40))", lambda m, x: m.log1p(x + m.exp(-40))),
        ("exp(1000)+x-exp(1000)", lambda m, x: x),
        ("f(u) = exp(1000)+u-exp(1000); f(x)", lambda m, x: x),
        ("f(u) = (1+exp(u*0-1000))-1; f(x)+x", lambda m, x: m.exp(-1000) + x),
        ("softplus(x)-log(2)", lambda m, x: m.log1p(m.expm1(x) / 2)),
    ],
)
def test_cancellation(text: str, function: Any, x: str, digits: int) -> None:
    exact = reference(3000)
    trace = graphdiff.trace(text, x=Decimal(x), precision=digits)
    assert is_right(trace.value, function(exact, exact.mpf(x)), digits)
    slope = (function(exact, exact.mpf(x) * (1 + exact.mpf(10) ** -700)) - function(exact, exact.mpf(x))) / (
        exact.mpf(x) * exact.mpf(10) ** -700
    )
    assert is_right(trace.gradients["x"], slope, digits)


def test_numbers_are_those_that_were_typed() -> None:
    exact = reference()
    for point in ({"x": 0.1}, {"x": Decimal("0.1")}, {"x": Fraction(1, 10)}):
        assert is_right(graphdiff.trace("0.3*x", point, precision=60).value, exact.mpf("0.03"), 60)
    third = graphdiff.trace("x", x=Fraction(1, 3), precision=60).value
    assert is_right(third, exact.mpf(1) / 3, 60)
    double = graphdiff.trace("sum(x)", x=np.array([0.1]), precision=60).value
    assert is_right(double, exact.mpf(0.1), 60)
    assert not is_right(double, exact.mpf("0.1"), 20)
    long = "1.234567890123456789012345678901234567890123456789"
    assert is_right(graphdiff.trace(f"{long}*x", x=1, precision=40).value, long, 40)
    assert is_right(
        graphdiff.trace("f(u, a=1/3) = a*u; f(x) + f(x, a=2/7)", x=1, precision=50).value, exact.mpf(13) / 21, 50
    )
    assert is_right(graphdiff.trace("x*pi", x=mp.mpf(2), precision=50).value, 2 * exact.pi, 50)


@pytest.mark.parametrize(
    ("text", "x", "right"),
    [
        ("exp(x)", "1000", lambda m: m.exp(1000)),
        ("exp(x)", "1e6", lambda m: m.exp(10**6)),
        ("exp(x)", "-1e10", lambda m: m.exp(-(10**10))),
        ("x*1e-400", "3", lambda m: m.mpf("3e-400")),
        ("x*1e999", "1e999", lambda m: m.mpf("1e1998")),
        ("sin(x)", "1e300", lambda m: m.sin(m.mpf("1e300"))),
        ("x^x", "1e300", lambda m: m.mpf(10) ** (3 * m.mpf(10) ** 302)),
        ("erfc(x)", "1e5", lambda m: m.erfc(10**5)),
        ("lgamma(x)", "1e300", lambda m: m.loggamma(m.mpf("1e300"))),
        ("sigmoid(x)", "-1e20", lambda m: m.exp(-m.mpf("1e20"))),
    ],
)
def test_exponents_have_no_limit(text: str, x: str, right: Any) -> None:
    assert is_right(graphdiff.trace(text, x=Decimal(x), precision=40).value, right(reference(1500)), 40)


@pytest.mark.parametrize(
    "text",
    [
        "exp(exp(exp(10*x)))",
        "sin(exp(1e5*x))",
        "2^2^2^2^2^(2*x)",
        "(1e300)^(1e300)^(1e300*x)",
        "lgamma(exp(1e5*x))",
        "digamma(exp(1e5*x))",
        "polygamma(100000, x)",
        "polygamma(2, -1e15*x - 0.5)",
        "erfc(exp(1e5*x))",
        "f0(u) = u^(2^5000); f1(u) = f0(f0(f0(u))); f1(f1(f1(3*x)))",
        "factorial = exp(lgamma(1e4000*x))",
    ],
)
def test_nothing_runs_without_end(text: str) -> None:
    start = time.process_time()
    with pytest.raises(GraphdiffError) as error_info:
        graphdiff.trace(text, x=1, precision=50)
    assert error_info.value.kind == "limit"
    assert time.process_time() - start < 3


def test_a_truth_of_0() -> None:
    assert graphdiff.trace("x + y - x - y", x=0.1, y=1e-20, precision=20).value == 0
    with pytest.raises(GraphdiffError, match="cannot be computed to 20 digits"):
        graphdiff.trace("x + y - x - y + exp(-(y/x)^2)", x=1e-200, y=0.3, precision=20)
    trace = graphdiff.trace("sin(pi*x)", x=1, precision=50)
    assert trace.value == 0
    assert is_right(trace.gradients["x"], -reference().pi, 50)
    assert graphdiff.trace("x*0.1 + x*0.2 - x*0.3", x=1, precision=50).gradients["x"] == 0


@pytest.mark.parametrize(
    "text", ["floor(0.1*x)", "sign(sin(pi*x))", "relu(sin(pi*x))", "where(0.1*x*3 == 0.3*x, 1, 2)*x"]
)
def test_what_no_number_of_digits_decides(text: str) -> None:
    with pytest.raises(GraphdiffError) as error_info:
        graphdiff.trace(text, x=10, precision=30)
    assert error_info.value.kind == "limit"


@pytest.mark.parametrize(
    ("text", "value", "gradient"),
    [("max(sin(pi*x), 3)*x", 30, 3), ("sin(pi*x)^2", 0, 0), ("where(sin(pi*x) < 0.5, x^2, 0)", 100, 20)],
)
def test_rounding_far_from_a_kink(text: str, value: float, gradient: float) -> None:
    trace = graphdiff.trace(text, x=10, precision=30)
    assert (trace.value, trace.gradients["x"]) == (value, gradient)


@pytest.mark.parametrize(
    ("text", "value", "gradient"),
    [
        ("floor(2.5*x)", 5, 0),
        ("where(x == 2, 3, 4)*x", 6, 3),
        ("max(x, 2)", 2, 0),
        ("relu(x - 2)", 0, 0),
        ("abs(x - 3)", 1, -1),
        ("where(0.3 == 0.3, x, 0)", 2, 1),
    ],
)
def test_exact_choices(text: str, value: int, gradient: int) -> None:
    trace = graphdiff.trace(text, x=2, precision=30)
    assert (trace.value, trace.gradients["x"]) == (value, gradient)


def test_arrays() -> None:
    exact = reference()
    point = {"A": [[2, 0.1], [0.3, 4]], "b": [1, Decimal("1e-400")]}
    matrix, right_side = exact.matrix([["2", "0.1"], ["0.3", "4"]]), exact.matrix(["1", "1e-400"])
    inverse = exact.inverse(matrix)
    for text, right in {
        "det(A)": exact.det(matrix),
        "sum(inv(A))": sum(inverse),
        "sum(solve(A, b))": sum(inverse * right_side),
        "logdet(A)": exact.log(exact.det(matrix)),
        "sum((A@b)^2)": sum(entry**2 for entry in matrix * right_side),
        "logsumexp(b)": exact.log(exact.exp(1) + exact.exp(exact.mpf("1e-400"))),
        "norm(A)": exact.sqrt(sum(entry**2 for entry in matrix)),
    }.items():
        trace = graphdiff.trace(text, {name: value for name, value in point.items() if name in text}, precision=50)
        assert is_right(trace.value, right, 50), text
    gradient: Any = graphdiff.trace("det(A)", A=point["A"], precision=50).gradients["A"]
    assert gradient.shape == (2, 2)
    assert is_right(gradient[0, 1], exact.mpf("-0.3"), 50)
    trace = graphdiff.trace("softmax(A@b)", point, upstream=[1, Fraction(1, 3)], precision=40)
    odds = [exact.exp(2 + exact.mpf("1e-401")), exact.exp(exact.mpf("0.3") + exact.mpf("4e-400"))]
    value: Any = trace.value
    assert is_right(value[0], odds[0] / sum(odds), 40)
    gradient = graphdiff.trace("sum(max(A, 1))", A=[[1, 2], [0, 3]], precision=20).gradients["A"]
    assert gradient.tolist() == [[0, 1], [0, 1]]


def test_all_numbers_of_a_trace_are_right() -> None:
    exact = reference()
    trace = graphdiff.trace("log(x)*y + x", x=0.1, y=3, precision=40)
    assert is_right(trace.forward[0].value, exact.log(exact.mpf("0.1")), 40)
    log_step = next(step for step in trace.backward if step.label == "v1")
    assert is_right(log_step.edges[0].local.values, 10, 40)
    assert is_right(log_step.edges[0].downstream, 30, 40)
    assert is_right(trace.accumulations[0].gradient, 31, 40)


def test_values_of_derivatives() -> None:
    derivative = graphdiff.derivative("x^0.1", "x", order=3)
    exact = reference()
    x = exact.mpf("0.1")
    right = exact.mpf("0.1") * exact.mpf("-0.9") * exact.mpf("-1.9") * x ** exact.mpf("-2.9")
    result = derivative_value(graphdiff.parse("x^0.1"), derivative, ["x"] * 3, {"x": 0.1}, {}, precision=60)
    assert is_right(result.value, right, 60)


@pytest.mark.parametrize("precision", [0, -1, 10_001, 2.5, "50", True])
def test_invalid_precision(precision: Any) -> None:
    with pytest.raises(GraphdiffError, match="from 1 to 10000") as error_info:
        graphdiff.trace("x", x=1, precision=precision)
    assert error_info.value.kind == "usage"


def test_many_digits() -> None:
    exact = reference(11_000)
    assert is_right(graphdiff.trace("exp(x)", x=1, precision=10_000).value, exact.e, 10_000)


def test_values_that_are_no_numbers() -> None:
    for value in ("1", None, [[1], [2, 3]], 1j):
        with pytest.raises(GraphdiffError):
            graphdiff.trace("x", x=value, precision=20)

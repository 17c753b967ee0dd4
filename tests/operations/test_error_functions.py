"""erfcx, erfinv, the normal distribution and beta: the value and two derivatives by each operand over the whole domain,
its edges, and numbers of any size, against mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

from graphdiff import Graph, GraphdiffError, derivative, parse, trace, value_and_gradient
from graphdiff.operations import ieee
from support.accuracy import ARITHMETIC
from support.exact import digits_at, slope

INF, NAN = math.inf, math.nan
STEP = mpf("1e-40")
USUAL: dict[str, tuple[float, ...]] = {
    "erfcx": (-1.7, 0.0, 0.3, 1.9999, 2.0, 9.5),
    "erfinv": (1e-9, -0.84, 0.86),
    "normcdf": (-9.5, 0.0, 1.7),
    "lognormcdf": (-9.5, -1e-9, 0.3, 4.1),
    "inverse_mills_ratio": (-9.5, -1e-9, 0.3, 4.1),
    "norminv": (0.03, 0.3, 0.7),
}
SIDES = tuple([sign * x for x in (1e-300, 0.3, 1.7, 1.9999, 2.0, 4.1, 9.5) for sign in (1.0, -1.0)])
LARGE = (26.1, 1e5, 1e100, 1e300)
EXTREME: dict[str, tuple[float, ...]] = {
    "erfcx": (*SIDES, *LARGE, -26.1),
    "erfinv": (1e-300, 0.3, -0.999, 1 - 2.0**-40),
    "normcdf": (*SIDES, -37.5, 37.5),
    "lognormcdf": (*SIDES, *(-x for x in LARGE), 37.5),
    "inverse_mills_ratio": (*SIDES, 37.5),
    "norminv": (1e-300, 1e-20, 0.075, 0.499, 0.925, 1 - 2.0**-40),
}
RELATIVE = {"erfinv": 5e-13, "norminv": 2e-12}
"""Where the error of a derivative is not below 1e-13: exp(y^2) of a rounded y."""


def second(function: Callable[..., Any], x: float) -> mpf:
    step = STEP * (abs(x) or 1)
    return (function(x + step) - 2 * function(mpf(x)) + function(x - step)) / step**2


def assert_close(found: float, expected: mpf, relative: float, where: Any) -> None:
    if abs(expected) > mpf("1.8e308"):
        assert found == math.copysign(INF, expected), where
        return
    assert abs(found - expected) <= max(relative * abs(expected), mpf(2) ** -1060), (where, found, float(expected))


@pytest.mark.parametrize(
    ("name", "points"),
    [*USUAL.items(), *(pytest.param(*each, marks=pytest.mark.slow) for each in EXTREME.items())],
)
def test_value_and_two_derivatives(name: str, points: tuple[float, ...]) -> None:
    formula = derivative(f"{name}(x)", "x")
    for x in points:
        with mp.workdps(2 * digits_at([x]) - 300):
            function = ARITHMETIC[name]
            value, (first,) = trace(f"{name}(x)", x=x).value, value_and_gradient(f"{name}(x)", x=x)[1].values()
            assert_close(value, function(mpf(x)), 1e-14, (name, x))
            exact_slope = slope(function, [x], 0)
            assert exact_slope is not None
            assert_close(first, exact_slope, RELATIVE.get(name, 1e-13), (name, x, "slope"))
            curvature = value_and_gradient(formula, x=x)[1]["x"]
            assert_close(curvature, second(function, x), 2 * RELATIVE.get(name, 1e-13), (name, x, "curvature"))


def test_derivatives_of_erfcx_of_high_order() -> None:
    formula: Graph = derivative("erfcx(x)", "x")
    for order in range(2, 6):
        formula = derivative(formula, "x")
        for x in (-1.5, 0.25, 2.0, 1e4):
            with mp.workdps(60):
                if x > 0:  # DLMF 7.18.4 and 7.18.11
                    scale = (-1) ** order * mp.factorial(order) / mp.sqrt(mp.pi)
                    expected = scale * mp.hyperu(mpf(order + 1) / 2, mpf(0.5), mpf(x) ** 2)
                else:
                    expected = mp.diff(lambda x: mp.exp(x * x) * mp.erfc(x), x, order)
            assert trace(formula, x=x).value == pytest.approx(float(expected), rel=1e-10), (order, x)


def test_the_highest_order_of_erfcx() -> None:
    assert math.isfinite(trace("erfcx(x, order=20)", x=3.0, wrt=[]).value)
    with pytest.raises(GraphdiffError, match="to order 20"):
        trace("erfcx(x, order=21)", x=3.0)


@pytest.mark.parametrize(
    ("name", "points", "values"),
    [
        ("erfcx", (INF, -INF, -30.0, NAN), (0.0, INF, INF, NAN)),
        ("normcdf", (INF, -INF, 1e300, -1e300, NAN), (1.0, 0.0, 1.0, 0.0, NAN)),
        ("lognormcdf", (INF, -INF, 1e300, NAN), (0.0, -INF, 0.0, NAN)),
        ("inverse_mills_ratio", (INF, -INF, 1e300, NAN), (0.0, INF, 0.0, NAN)),
        ("norminv", (0.0, 1.0, 0.5, -0.1, 1.1, NAN), (-INF, INF, 0.0, NAN, NAN, NAN)),
        ("erfinv", (1.0, -1.0, 0.0, 1.1, -1.1, NAN), (INF, -INF, 0.0, NAN, NAN, NAN)),
    ],
)
def test_edges(name: str, points: tuple[float, ...], values: tuple[float, ...]) -> None:
    found = [getattr(ieee, name)(x) for x in points]
    assert np.array_equal(found, values, equal_nan=True)


BETAS = (
    *((a, b) for a in (1e-300, 0.3, 1.0, 7.9, 8.0, 40.0) for b in (0.7, 7.99, 130.0)),
    *((1e-300, 1e300), (3.5, 1e15), (12.0, 1e15), (1e-310, 2e-310), (2e-310, 1e-310), (300.0, 250.0)),
)


@pytest.mark.parametrize(("a", "b"), BETAS)
def test_beta(a: float, b: float) -> None:
    with mp.workdps(400 if max(a, b) > 1e100 else 80):
        exact = mp.loggamma(mpf(a)) + mp.loggamma(mpf(b)) - mp.loggamma(mpf(a) + mpf(b))
        assert abs(ieee.lbeta(a, b) - exact) <= max(2e-15 * abs(exact), 4e-15)
        assert ieee.lbeta(a, b) == ieee.lbeta(b, a)
        assert_close(ieee.beta(a, b), mp.exp(exact), 1e-13, (a, b))
    found, by = value_and_gradient("beta(a, b)", a=a, b=b)
    if a > 1e-20 and b < 1e10:
        with mp.workdps(80):
            terms = [mp.psi(0, mpf(x)) - mp.psi(0, mpf(a) + mpf(b)) for x in (a, b)]
            for slope_, term in zip((by["a"], by["b"]), terms, strict=True):
                assert slope_ == pytest.approx(float(term * mp.exp(exact)), rel=1e-13, abs=1e-14 * found)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        *((1e6, 2.5), (1e20, 3.0), (1e300, 1.0), (1e300, 1e300), (1e-300, 1.0), (2.0, 1e-300), (0.5, 7.0)),
        *((1e300, -5.0), (10.0, -9.5), (3.0, -1e-20), (1e-5, 1e-25), (1e8, 1e-8), (40.0, 19.0), (-0.5, 1.25)),
    ],
)
def test_derivatives_of_lbeta_lose_no_digits(a: float, b: float) -> None:
    """To the third by a, and the mixed one: differences of polygamma functions that are nearly equal."""
    orders = [trace(f"digamma_difference(a, b, order={order})", a=a, b=b) for order in range(3)]
    with mp.workdps(700):
        total = mpf(a) + mpf(b)
        exact = [mp.psi(order, mpf(a)) - mp.psi(order, total) for order in range(4)]
        for order, result in enumerate(orders):
            by_b = -mp.psi(order + 1, total)
            numbers = [result.value, result.gradients["a"], result.gradients["b"]]
            for number, right in zip(numbers, [exact[order], exact[order + 1], by_b], strict=True):
                if 1e-300 < abs(right) < 1e300:
                    assert number == pytest.approx(float(right), rel=1e-14, abs=0)
    assert trace("lbeta(a, b)", a=a, b=b).gradients["a"] == orders[0].value


def test_edges_of_beta() -> None:
    points = [(0.0, 1.0), (0.0, 0.0), (1.0, INF), (INF, INF), (0.0, INF), (-1.0, 2.0), (NAN, 1.0), (1.0, NAN)]
    betas, logarithms = zip(*[(ieee.beta(*point), ieee.lbeta(*point)) for point in points], strict=True)
    assert np.array_equal(betas, [INF, INF, 0.0, 0.0, NAN, NAN, NAN, NAN], equal_nan=True)
    assert np.array_equal(logarithms, [INF, INF, -INF, -INF, NAN, INF, NAN, NAN], equal_nan=True)


@pytest.mark.parametrize(
    ("a", "b", "beta", "logarithm"),
    [
        (-1.0, 2.0, NAN, INF),
        (-3.0, 0.5, NAN, INF),
        (-1.0, 1.0, NAN, NAN),
        (-1.5, 0.5, 0.0, -INF),
        (-1.5, -0.5, 0.0, -INF),
        (-1.5, INF, NAN, NAN),
        (-0.5, 2.0, -4.0, math.log(4)),
        (-0.5, 1e300, -2 * math.sqrt(math.pi) * 1e150, math.log(2 * math.sqrt(math.pi)) + 150 * math.log(10)),
        (-171.5, 2.0, 1 / (171.5 * 170.5), -math.log(171.5 * 170.5)),
        (-0.5, -1e-300, -1e300, 300 * math.log(10)),
        (-1e-310, 3.0, -INF, 310 * math.log(10)),
        (-1e300, 0.5, NAN, INF),
        (-1.0, 1e-300, NAN, INF),
    ],
)
def test_beta_of_negative_numbers(a: float, b: float, beta: float, logarithm: float) -> None:
    """The edges are those of gamma, NaN at its poles, and of lgamma, inf there: also with many digits."""
    for x, y in ((a, b), (b, a)):
        numbers = [ieee.beta(x, y), ieee.lbeta(x, y)]
        assert numbers == pytest.approx([beta, logarithm], rel=1e-14, nan_ok=True)
        digits = [trace(f"{name}(x, y)", x=x, y=y, wrt=[], precision=30).value for name in ("beta", "lbeta")]
        assert [float(number) for number in digits] == pytest.approx([beta, logarithm], rel=1e-15, nan_ok=True)


@pytest.mark.parametrize(
    ("formula", "exact"),
    [
        ("lognormcdf(-1000)", lambda: mp.log(mp.erfc(1000 / mp.sqrt(2)) / 2)),
        ("erfcx(1e10)", lambda: mp.hyperu(mpf(0.5), mpf(0.5), mpf(10) ** 20) / mp.sqrt(mp.pi)),
        ("normcdf(-40)", lambda: mp.erfc(40 / mp.sqrt(2)) / 2),
        ("norminv(1e-300)", lambda: ARITHMETIC["norminv"](mpf(10) ** -300)),
        ("norminv(0.6)", lambda: mp.sqrt(2) * mp.erfinv(mpf(1) / 5)),
        ("erfinv(0.99999)", lambda: mp.erfinv(1 - mpf(10) ** -5)),
        ("beta(0.25, 1e3)", lambda: mp.beta(mpf(1) / 4, 1000)),
        ("lbeta(3, 1e20)", lambda: mp.log(2) - mp.log(mpf(10) ** 20 * (mpf(10) ** 20 + 1) * (mpf(10) ** 20 + 2))),
    ],
)
def test_many_digits(formula: str, exact: Callable[[], mpf]) -> None:
    with mpmath.workdps(1000 if "1000" in formula or "e-300" in formula else 400):
        expected = exact()
    found = trace(formula, precision=50).value
    with mp.workdps(60):
        assert abs(mpf(str(found)) / expected - 1) < mpf(10) ** -48


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        (r"\Phi(x)\Phi^{-1}(y)", "normcdf(x)*norminv(y)"),
        (r"\operatorname{erf}^{-1}(x)^2", "erfinv(x)^2"),
        (r"\ln\operatorname{B}(x, y)", "lbeta(x, y)"),
        (r"\Phi x", "Phi*x"),
    ],
)
def test_latex(text: str, formula: str) -> None:
    assert str(parse(text, language="latex")) == formula


@pytest.mark.parametrize(
    ("formula", "point", "gradients"),
    [
        ("xlogy(x, y)", {"x": 0, "y": 3}, {"x": math.log(3), "y": 0}),
        ("xlog1py(x, y)", {"x": 0, "y": 3}, {"x": math.log(4), "y": 0}),
        ("sinc(x)", {"x": 0}, {"x": 0}),
        ("sinc(x)", {"x": 2}, {"x": 0.5}),
        ("trunc(x)", {"x": -2.5}, {"x": 0}),
        ("trunc(x)", {"x": 0}, {"x": 0}),
        ("coth(x)", {"x": 800}, {"x": 0}),
        ("csch(x)", {"x": -800}, {"x": 0}),
    ],
)
def test_gradients_at_special_points(formula: str, point: dict[str, float], gradients: dict[str, float]) -> None:
    assert value_and_gradient(formula, point)[1] == pytest.approx(gradients, rel=1e-15, abs=0)
    assert trace(formula, point).differentiable in (None, True)


def test_sinc() -> None:
    assert [trace("sinc(x)", x=x).value for x in (0.0, 1.0, -3.0, 1e300, 0.5)] == [1, 0, 0, 0, 2 / math.pi]
    formula: Graph = derivative("unnormalized_sinc(x)", "x")
    for order in range(2, 6):
        formula = derivative(formula, "x")
        for x in (1e-300, 0.4, -2.5, 3.5, 50.0):
            with mp.workdps(30):
                expected = mp.quad(lambda t: t**order * mp.cos(x * t + order * mp.pi / 2), mp.linspace(0, 1, 8))  # noqa: B023
            assert trace(formula, x=x).value == pytest.approx(float(expected), rel=1e-13, abs=1e-15)


def test_mixed_derivative_of_xlogy() -> None:
    assert value_and_gradient(derivative("xlogy(x, y)", "y"), x=0, y=4.0)[1]["x"] == 0.25


def test_inputs_may_have_the_name_of_a_function() -> None:
    assert value_and_gradient("beta*x", beta=2.0, x=3.0) == (6.0, {"beta": 3.0, "x": 2.0})
    with pytest.raises(GraphdiffError, match="takes 2 arguments"):
        trace("beta(x)", x=1.0)

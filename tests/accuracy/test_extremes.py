"""Points and formulas at the limits of what can be worked out: what is listed is right, and nothing raises."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from graphdiff import parse, trace
from graphdiff.accuracy.derivative import derivative_value
from graphdiff.passes.derivative import derivative

DIGITS = 1000


def cosine(y: Any) -> Any:
    return (1 - mpmath.cos(y)) / y**2


@pytest.mark.parametrize("huge", ["exp(-exp(x))", "1/exp(exp(x))", "erfc(exp(x))", "2^-exp(x)"])
def test_numbers_beyond_all_bounds_hide_no_others(huge: str) -> None:
    result = trace(f"{huge} + (1 - cos(y))/y^2", x=1e4, y=1e-9)
    right = {each.of: each.right for each in result.accuracy}
    with mpmath.workdps(DIGITS):
        y, step = mpmath.mpf(1e-9), mpmath.mpf(10) ** -200
        slope = (cosine(y + step) - cosine(y - step)) / (2 * step)
        assert right["value"] == pytest.approx(float(cosine(y)), rel=1e-12)
        assert right["d_y"] == pytest.approx(float(slope), rel=1e-12)


def test_functions_of_gamma_have_enough_digits() -> None:
    result = trace("(lgamma(x + h) - lgamma(x))/h", x=3, h=1e-60)
    right = {each.of: each.right for each in result.accuracy}
    with mpmath.workdps(50):
        assert right["value"] == pytest.approx(float(mpmath.digamma(3)), rel=1e-12)
        assert right["d_h"] == pytest.approx(float(mpmath.psi(1, 3) / 2), rel=1e-12)
    assert trace("lgamma(x + 1) - lgamma(x) - log(x)", x=2.5).accuracy == ()  # 0, but for rounding


def test_no_number_is_made_of_what_rounding_hides() -> None:
    formula = "x"
    for function in ("sin", "cos") * 13:
        formula = f"{function}(x + y*{formula})"
    assert [each.right for each in trace(formula, x=0.4, y=1.7e308).accuracy] == [None, None]  # two that are NaN


def test_a_number_below_the_floats_is_met_by_the_rounding_of_its_terms() -> None:
    result = trace("y/((y + (3 - 1e-30)) + (y + (x + y)))", x=-6.1e112, y=-6.3e283)
    assert abs(result.gradients["y"]) < 1e-15 / 6.3e283  # the right one is 1e-454
    assert result.accuracy == ()


def test_a_quotient_of_equal_numbers_is_exact() -> None:
    (inaccuracy,) = trace("acos(x/x)", x=-1.2496724238855483).accuracy
    assert inaccuracy.of == "d_x"
    assert math.isnan(inaccuracy.float)
    assert inaccuracy.right == 0


@pytest.mark.parametrize(
    ("formula", "point", "differentiable"),
    [
        ("x/floor(y)", {"x": -4.4e-18, "y": -3e154}, False),
        ("clip(w, x, y)", {"w": -0.7, "x": 3.0, "y": 3.0}, False),
        ("clip(w, x, y)", {"w": 0.5, "x": 0.0, "y": 1.0}, None),
        ("clip(w, x, y)", {"w": 3.0, "x": 3.0, "y": 1.0}, None),  # y around w = x too
        ("leaky_relu(log2(cbrt(sec(log1p(z)))) - relu(x - x), x)", {"x": 5.3e-219, "z": 6.8e-154}, True),
        ("relu(logaddexp(x, y) - max(x, y))", {"x": 754.453, "y": 754.453}, False),
    ],
)
def test_small_steps_and_small_slopes(formula: str, point: dict[str, float], differentiable: bool | None) -> None:
    assert trace(formula, point).differentiable is differentiable


@pytest.mark.parametrize(
    ("formula", "slope"),
    [
        ("sum(leaky_relu(x, .1) - leaky_relu(-x, .1))", 1.1),
        ("sum(elu(x, 1))", 1.0),
        ("sum(leaky_relu(x, .1))", None),
        ("gate g(x) = (x > 0)*x; sum(g(x))", "unknown"),
    ],
)
def test_functions_that_choose_between_equal_values_in_large_arrays(formula: str, slope: float | str | None) -> None:
    result = trace(formula, x=np.zeros(3000))
    assert result.differentiable == (slope if slope == "unknown" else slope is not None)
    if isinstance(slope, float):
        np.testing.assert_allclose(result.gradients["x"], slope, rtol=1e-12)


@pytest.mark.filterwarnings("error")
def test_infinite_gradients_at_a_kink() -> None:
    gradient: Any = trace("sum(where(x == x, x, 1)*1e308*10)", x=[1.0, 2.0]).gradients["x"]
    assert gradient.tolist() == [math.inf] * 2


def test_gradients_of_32_bits_at_a_kink_are_those_of_the_steps() -> None:
    x, y = np.array([0, 1.3, -0.7], np.float32), np.array([0.1, 0.2, 0.3], np.float32)
    result = trace("sum(relu(x) - relu(-x) + sin(y)*relu(x)^2)", x=x, y=y)
    assert result.differentiable is True
    assert result.limits == ()
    np.testing.assert_allclose(result.gradients["x"], 1 + 2 * np.sin(y) * np.maximum(x, 0), rtol=1e-6)


def test_the_size_of_terms_where_the_truth_is_zero() -> None:
    """The square cancels to b^2, and what is left of the derivative by t to 0: small beside a*b^2, or listed."""
    formula, b = "a = sin(t); sqrt(1 + ((a + b)^2 - a^2 - 2*a*b)^2)", -4.82868121385624e-16
    assert trace(formula, t=-0.1798070201804133, b=-0.0447).accuracy == ()
    listed = {each.of: each.right for each in trace(formula, t=1.7589010850396003, b=b).accuracy}
    assert listed["d_t"] == 0
    assert listed["d_b"] == pytest.approx(2 * b**3, rel=1e-12)


@pytest.mark.parametrize("a", [-3.1e-20, 1e-12, 0.5])
def test_second_derivative_where_its_formula_is_not_finite(a: float) -> None:
    function = parse("log((exp(a) - 1)/a)")
    given = derivative_value(function, derivative(function, "a", order=2), ["a", "a"], {"a": a}, {})
    with mpmath.workdps(100):
        e = mpmath.exp(mpmath.mpf(a))
        right = float(1 / mpmath.mpf(a) ** 2 - e / (e - 1) ** 2)
    numbers = [each.right for each in given.accuracy] or [given.value]
    assert numbers == pytest.approx([right], rel=1e-10)


def test_a_derivative_underflows_by_an_operand_that_has_underflowed() -> None:
    """By x it is -y*y^-2/(x^2 + y^-4) = -1/(y*x^2), to all digits."""
    result = trace("y*atan2(y^-2, x)", x=-1000.0, y=1e180)
    assert {each.of: each.right for each in result.accuracy} == {"d_x": pytest.approx(-1e-186, rel=1e-12, abs=0)}


@pytest.mark.parametrize("formula", ["sqrt(mean(x^2))", "sqrt(x@x)", "sqrt(sum(x^2))"])
def test_squares_in_arrays_that_have_lost_their_digits(formula: str) -> None:
    x = [-4.2282087e-161, -3.7406344e-161, -4.5854517e-161, -4.0250233e-161]
    norm = math.hypot(*x) / (2 if "mean" in formula else 1)
    result = trace(formula, x=x)
    right = {each.of: each.right for each in result.accuracy if not each.index}
    assert right == {"value": pytest.approx(norm, rel=1e-12, abs=0)}


def test_what_underflows_in_an_array_may_be_multiplied_by_small_factors() -> None:
    """The derivative of the product of |x| times 0.001 by an entry is that product divided by the entry."""
    x = [1.1e-131, 7.1e-132, 7.6e-132]
    result = trace("exp(sum(log(x^2))/2)*1e-3", x=x)
    product = mpmath.fprod(x) * mpmath.mpf("1e-3")
    expected = [pytest.approx(float(product / each), rel=1e-12, abs=0) for each in x]
    assert [each.right for each in result.accuracy] == expected


def test_partial_derivatives_beyond_all_floats_of_their_exponents() -> None:
    result = trace("cosh(softplus(x - y^3)/logaddexp(y, y))", x=670.0, y=2.1e301)
    assert [each.of for each in result.accuracy] == []
    assert result.value == 1


def test_a_gradient_that_is_zero_at_a_kink_is_not_a_tiny_number() -> None:
    result = trace("sin(max(a, -a) - abs(a))*u", a=0.0, u=3.2e-170)
    assert (result.gradients["a"], result.differentiable) == (0.0, True)


def test_functions_of_negative_numbers_that_cancel() -> None:
    """Between two poles, digamma(a) - digamma(a + b) is small beside both."""
    result = trace("digamma_difference(a, b)", a=1e-5, b=-1)
    right = {each.of: each.right for each in result.accuracy}
    assert right["d_a"] == pytest.approx(float(-1 / (1 - mpmath.mpf(1e-5)) ** 2), rel=1e-12)
    assert trace("digamma_difference(a, b)", a=1e-300, b=1e300).value == pytest.approx(-1e300, rel=1e-15)
    assert trace("lbeta(a, b)", a=2.5, b=0.3).accuracy == ()

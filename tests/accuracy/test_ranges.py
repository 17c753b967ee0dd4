"""Numbers that underflow, saturate or vanish on the way to the value, and truths of 0."""

from __future__ import annotations

import math
from collections.abc import Mapping

import mpmath
import pytest

from graphdiff import trace
from graphdiff.accuracy.evaluation import problem_of
from graphdiff.accuracy.nonfinite import nonfinite_error
from graphdiff.accuracy.right_results import right_results


def right_numbers(formula: str, point: Mapping[str, float]) -> dict[str, float | None]:
    """The value and the gradients, with what is listed in place of what is wrong."""
    result = trace(formula, point)
    numbers = {"value": result.value, **{f"d_{name}": each for name, each in result.gradients.items()}}
    return {**numbers, **{each.of: each.right for each in result.accuracy}}


@pytest.mark.parametrize(
    ("formula", "point", "of"),
    [
        ("cbrt((x^3)^2)", {"x": 0.0}, "d_x"),  # x^2
        ("sqrt(abs(x)^26.5)", {"x": 0.0}, "d_x"),
        ("sqrt(abs(x)^y)", {"x": 0.0, "y": 26.5}, "d_x"),
        pytest.param("a = x^3; log(1 + (sqrt(a^2)*a)^2)", {"x": 0.0}, "d_x", marks=pytest.mark.slow),
        pytest.param("acosh(x/x)/exp(y^-2)", {"x": 1.773e13, "y": -3.5e-11}, "d_x", marks=pytest.mark.slow),
        ("asin(abs(erf(x))^y)", {"x": -30.0, "y": 4.0}, "d_x"),  # 1e-195: the operand is 1 - 1e-393
    ],
)
def test_a_gradient_at_the_edge_of_a_domain(formula: str, point: dict[str, float], of: str) -> None:
    assert right_numbers(formula, point)[of] == pytest.approx(0, abs=1e-190)


def complementary(x: float) -> mpmath.mpf:
    with mpmath.workdps(50):
        return mpmath.erfc(mpmath.mpf(x))


@pytest.mark.parametrize("x", [20.0, 41.0])
def test_a_small_number_that_a_saturated_function_holds(x: float) -> None:
    with mpmath.workdps(50):
        slope = -2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(mpmath.mpf(x) ** 2))
        expected = {"value": mpmath.log(complementary(x)), "d_x": slope / complementary(x)}
    assert right_numbers("log(1 - erf(x))", {"x": x}) == pytest.approx(dict(expected), rel=1e-12)


def test_small_numbers_that_saturated_entries_hold() -> None:
    listed = {(each.of, each.index): each.right for each in trace("sum(log(1 - erf(x)))", x=[1.0, 20.0]).accuracy}
    with mpmath.workdps(50):
        value = mpmath.log(complementary(1)) + mpmath.log(complementary(20))
        slope = -2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-400) / complementary(20)
    assert listed["value", ()] == pytest.approx(float(value), rel=1e-12)
    assert listed["d_x", (1,)] == pytest.approx(float(slope), rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "x"),
    [("log(1 - erf(x))", 200.0), ("log(logaddexp(x, 1) - x)", 1e60)],  # erf(200) is 1 - 1e-17375
)
def test_what_would_need_too_many_digits_is_said_to(formula: str, x: float) -> None:
    result = trace(formula, x=x)
    assert [(each.of, each.right) for each in result.accuracy] == [("value", None), ("d_x", None)]
    assert str(nonfinite_error(result)).splitlines()[0].endswith("; the right value needs more digits than are tried")


def test_a_derivative_that_is_rounding_alone_needs_no_more_digits() -> None:
    """The derivative of u^2 by its exponent is log(u)*u^2, and u is 1 but for rounding."""
    problem = problem_of(trace("(exp(a)*exp(-a))^2", a=616.777))
    right = right_results(problem, [("value", ()), ("d_a", ())])
    assert right.results == {("value", ()): pytest.approx(1), ("d_a", ()): 0}
    assert not right.needs_more


def test_rounding_alone_that_a_function_hides_is_no_right_value() -> None:
    """tanh(1/(a*sqrt(pi))), of which 1 - erf(a) has no digit."""
    result = trace("tanh((1 - erf(a))/exp(-a^2))", a=30959.144)
    assert [each.right for each in result.accuracy] == [None, None]


@pytest.mark.parametrize(
    ("formula", "point", "expected"),
    [
        ("a = t^3; a/b/c", {"t": 2.5e-169, "b": -1.5e141, "c": 9.5e-201}, {"d_c": 1.154201292705448e-247}),
        ("erf(hypot(w, x*y))", {"x": 9.568e-198, "y": 3.382e-194, "w": 0.0}, {"d_x": 3.816178343117023e-194}),
        ("max(1e-200*a*1e-200*b*1e300, u)", {"a": -3.66, "b": 1.8, "u": 0.0}, {"d_a": 0.0, "d_u": 1.0}),
    ],
)
def test_underflow_that_comes_back(formula: str, point: dict[str, float], expected: dict[str, float]) -> None:
    right = right_numbers(formula, point)
    assert {of: right[of] for of in expected} == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_small_entry_that_whole_ones_absorb() -> None:
    (listed,) = trace("sum(x)", x=[3.0, 2.9e-54, -3.0]).accuracy
    assert (listed.of, listed.right) == ("value", 2.9e-54)


def test_a_truth_that_is_no_float() -> None:
    """exp(-lgamma(a)) is 1e-1000 or less, but 64 bits lose b beside a."""
    listed = trace("exp(lgamma(a) + lgamma(b) - lgamma(a + b))", a=8e31, b=21.68).accuracy
    assert [(each.of, each.right, each.digits) for each in listed if each.of == "value"] == [("value", 0.0, 0.0)]


def test_an_entry_that_underflows_on_the_way() -> None:
    listed = {each.index: each.right for each in trace("exp(x[0])/sum(exp(x))", x=[13.0, 462.0]).accuracy}
    with mpmath.workdps(50):
        assert listed == {(1,): pytest.approx(float(-mpmath.exp(13 - 462)), rel=1e-12, abs=0)}


VANISHING = "((a - 1)*a - a*a) + a"


@pytest.mark.parametrize(
    ("formula", "wrong"),
    [
        (VANISHING, ("value",)),  # the terms of its sum are 2e12 and -2e12
        (f"relu({VANISHING})", ()),  # 0, as that is negative
        ("(a + 1/3) - (a/2 + a/2 + 1/3)", ()),
        (f"cos({VANISHING})", ("value",)),
        (f"({VANISHING})*({VANISHING})", ("value", "d_a")),  # each factor makes the terms of the other vanish
        (f"log(1 + ({VANISHING})^2)", ("value", "d_a")),
    ],
)
def test_a_truth_of_0_is_met_by_what_is_small_beside_its_terms(formula: str, wrong: tuple[str, ...]) -> None:
    result = trace(formula, a=1989000000000.0)
    assert tuple(each.of for each in result.accuracy) == wrong
    assert all(each.right == (1 if (formula[:3], each.of) == ("cos", "value") else 0) for each in result.accuracy)


def test_the_terms_of_a_truth_of_0_are_those_of_the_rules_too() -> None:
    """The derivative of (x + z)^2 by y; exponents keep their value where each operation has an error."""
    result = trace("square(y/(y/(z + x)))", x=-4.9, y=-4.3, z=4.8)
    assert 0 < abs(result.gradients["y"]) < 1e-15
    assert result.accuracy == ()


def test_a_value_at_0_may_have_many_digits() -> None:
    """acos(0) is pi/2, whose cosine is 0 and not what its rounding leaves."""
    result = trace("cos(acos(x - x))", x=2.7779)
    assert math.isclose(result.value, 0, abs_tol=1e-16)
    assert result.accuracy == ()

"""The numbers of random formulas are right or listed, and the judge of them knows what is right."""

from __future__ import annotations

import math
from typing import Any

import pytest
from mpmath import mp

from support.digits.arithmetic import NAN, UNKNOWN
from support.digits.second import true_second_derivatives
from support.digits.truth import Truth, has_one_slope, true_numbers
from support.digits.verdict import judge_cases, relative_error

COUNT = 100
"""How many formulas are judged here; digits.py judges more."""

KNOWN: list[tuple[str, dict[str, Any], float, dict[str, float]]] = [
    ("(1 - exp(-x))/x", {"x": 1e-12}, 0.9999999999995, {"x": -0.4999999999996667}),
    ("x/sqrt(x^2 + y^2)", {"x": 1e200, "y": 1e200}, 0.7071067811865476, {"x": 3.5355339059327373e-201}),
    ("logsumexp(x) - x[0]", {"x": [1e15, 1e15]}, 0.6931471805599453, {"x": -0.5}),
    ("log(p*exp(-(x + 1)^2/2) + (1 - p)*exp(-(x - 2)^2/2))", {"p": 0.3, "x": 60}, -1682.3566749439387, {"x": -58.0}),
    ("max(x, 0) - x*z + log(1 + exp(-abs(x)))", {"x": 0, "z": 0.3}, 0.6931471805599453, {"x": 0.2, "z": 0.0}),
    ("relu(x) - relu(-x)", {"x": 0}, 0.0, {"x": 1.0}),
    ("max(a, b)*min(a, b)", {"a": 3, "b": 3}, 9.0, {"a": 3.0, "b": 3.0}),
    ("where(x == 0, 1, (exp(x) - 1)/x)", {"x": 0}, 1.0, {"x": 0.5}),
    ("norm(x)^2", {"x": [0, 0]}, 0.0, {"x": 0.0}),
    ("sqrt(x^4)", {"x": 0}, 0.0, {"x": 0.0}),
    ("sin(x)^2 + cos(x)^2 - 1", {"x": 1}, 0.0, {"x": 0.0}),
    ("1 - tanh(x)", {"x": 300}, 2 * math.exp(-600), {"x": -4 * math.exp(-600)}),
    ("lgamma(x)", {"x": -3.5}, -1.3090066849930420, {"x": 1.3888709263595289}),
    ("min(x, clip(x, 1, x) - cos(x))", {"x": 2.206e276}, 2.206e276, {"x": 1.5708976028191017}),  # 1 + sin(x)
]
"""Formulas, points, and what is right to 12 digits of the value and of the first entry of each gradient."""

DETERMINANT = [[0, 0, 0, 1], [0, 0, -1, 0], [0, -1, 0, 0], [1, 0, 0, 0]]

NOT_DIFFERENTIABLE: list[tuple[str, dict[str, Any]]] = [
    ("abs(x)", {"x": 0}),
    ("hypot(x, y)", {"x": 0, "y": 0}),
    ("x^x", {"x": 0}),
    ("floor(x)", {"x": 2}),
    ("floor(x)", {"x": -3e292}),
    ("max(a, b)", {"a": 1, "b": 1}),
    ("x*log(x)", {"x": 0}),
    ("where(x == 0, 2, sin(x)/x)", {"x": 0}),
]


def number(truth: Truth, name: str) -> Any:
    right = truth.value if name == "value" else truth.gradients[name][0]
    return mp.make_mpf(right.number)


@pytest.mark.parametrize(("text", "point", "value", "gradients"), KNOWN, ids=[row[0] for row in KNOWN])
def test_judge_knows(text: str, point: dict[str, Any], value: float, gradients: dict[str, float]) -> None:
    truth = true_numbers(text, point)
    for name, expected in {"value": value, **gradients}.items():
        assert abs(number(truth, name) - expected) <= 1e-12 * abs(expected)
    assert truth.differentiable


@pytest.mark.parametrize(("text", "point"), NOT_DIFFERENTIABLE, ids=[text for text, _ in NOT_DIFFERENTIABLE])
def test_judge_knows_where_no_gradient_is(text: str, point: dict[str, float]) -> None:
    truth = true_numbers(text, point)
    assert truth.differentiable is False
    assert any(right.number == NAN for rights in truth.gradients.values() for right in rights)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("tan(erf(x - x)/logit(x))", {"x": 0.5}),  # 0/0
        ("tanh((1 - erf(a))/exp(-a^2))", {"a": 30959.144}),  # of 1 - erf(a) no bit remains
        ("atan2(x*0, x)", {"x": -2.85}),  # pi or -pi, by the sign of 0
        ("a = exp(t); (1 + 1/a)^a", {"t": 2.7e12}),  # a power with an exponent of 10^12 digits
    ],
)
def test_judge_is_undecided_about_what_rounding_hides(text: str, point: dict[str, float]) -> None:
    assert true_numbers(text, point).value.number == UNKNOWN


def test_judge_is_undecided_where_it_cannot_tell_a_tie() -> None:
    truth = true_numbers("max(sqrt(a)*sqrt(b) - sqrt(a*b), u)", {"a": 3, "b": 5, "u": 0})
    assert truth.gradients["u"][0].number == UNKNOWN


def test_judge_sees_the_edge_of_a_domain() -> None:
    assert [has_one_slope(text, {"x": 0}) for text in ("x^1.5", "abs(x)^1.5", "abs(x)")] == [None, True, False]


def test_single_partial_may_exist() -> None:
    truth = true_numbers("floor(x)*y", {"x": 2, "y": 5})
    assert truth.differentiable is False
    assert truth.gradients["x"][0].number == NAN
    assert number(truth, "y") == 2


@pytest.mark.parametrize(
    ("text", "point", "expected"),
    [
        ("x^3*y", {"x": 2, "y": 3}, [[36, 12], [12, 0]]),
        ("norm(x)^2", {"x": [0, 0]}, [[2, 0], [0, 2]]),
        ("abs(x)^2", {"x": 0}, [[2]]),
        ("exp(-norm(a - b)^2/2)", {"a": [1], "b": [1]}, [[-1, 1], [1, -1]]),
        ("A[0][0]*A[1][1] - A[0][1]*A[1][0]", {"A": [[1, 2]] * 2}, DETERMINANT),
    ],
)
def test_judge_knows_second_derivatives(text: str, point: dict[str, Any], expected: list[list[float]]) -> None:
    second = true_second_derivatives(text, point)
    assert [[float(mp.make_mpf(x)) for x in row] for row in second] == expected


def test_errors_are_relative_to_terms_where_the_truth_is_zero() -> None:
    truth = true_numbers("sin(x)^2 + cos(x)^2 - 1", {"x": 1})
    assert relative_error(1e-17, mp.mpf(0), truth.value.scale) < 1e-15
    assert relative_error(1e-3, mp.mpf(0), truth.value.scale) > 1e-6


def test_numbers_are_right_or_listed() -> None:
    verdicts = judge_cases(14, 0, COUNT)
    assert verdicts.failures == []
    assert verdicts.counts["right"] > COUNT

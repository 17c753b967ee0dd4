"""Kinks, ties and comparisons that only rounding meets or misses, and those that numbers of other sizes hide."""

from __future__ import annotations

from typing import Any

import pytest

from graphdiff import Trace, trace
from graphdiff.accuracy.interpreters import rounded_precise_interpreter
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.values import to_list

HUGE = 1.936e219


def right_numbers(result: Trace) -> dict[str, float | None]:
    """The value and the gradients of numbers, with those that are listed in place of the others."""
    numbers: dict[str, Any] = {"value": result.value, **{f"d_{name}": each for name, each in result.gradients.items()}}
    return {**numbers, **{each.of: each.right for each in result.accuracy}}


@pytest.mark.parametrize(
    ("formula", "point", "expected"),
    [
        ("a = t + s; hypot(a - b, c)", {"t": 1, "b": 1, "c": 0, "s": 6e-61}, {"d_t": 1, "d_b": -1, "d_s": 1, "d_c": 0}),
        ("a = t + s; max(a, b)*(a == b)", {"t": -1, "b": -1, "s": -9e-183}, {"value": 0, "d_t": 0, "d_s": 0}),
        ("max(exp(a) - 1 - a, u)", {"a": 3.411540080294552e-12, "u": 0}, {"d_a": 3.4115400803e-12, "d_u": 0}),
        ("max(a*(1 - exp(-b/c)), u)", {"a": 3.14, "b": 1.4e-17, "c": -2.1, "u": 0}, {"d_b": 0, "d_c": 0, "d_u": 1}),
        ("max(1e-200*a*1e-200*b*1e300, u)", {"a": -3.66, "b": 1.8, "u": 0}, {"d_a": 0, "d_u": 1}),
        ("max((tan(a) - a)/a^3, u)", {"a": 5e-17, "u": 0.316}, {"value": 1 / 3, "d_u": 0}),
        ("hypot(w, x*y)", {"w": 0, "x": 1e-198, "y": 3e-194}, {"d_x": 3e-194, "d_y": 1e-198, "d_w": 0}),
        ("a = t + s; log(where(a >= b, a^2, b^2))", {"t": 2, "b": 2, "s": -5e-73}, {"d_t": 0, "d_b": 1}),
        ("x*where(y^3 <= 745^x, x, 0.1 - y)", {"x": -199, "y": 8.4e-151}, {"value": -19.9, "d_x": 0.1, "d_y": 199}),
        (
            "relu(exp(a) - 1 - a)",
            {"a": 5.6298541639519485e-99},
            {"value": 1.5847628953683547e-197, "d_a": 5.6298541639519485e-99},
        ),
        ("x - min(x, silu(x))", {"x": 655}, {"value": 2.2560860146183472e-282}),
        ("silu(where(sin(x) <= x, cbrt(x), x))", {"x": -2.3e-144}, {"value": -1.15e-144, "d_x": 0.5}),
        ("atan2(x*0, x)", {"x": -2.5}, {"value": 3.141592653589793, "d_x": 0}),  # x*0 is 0 and not -0
    ],
)
def test_branches_that_64_bits_miss(formula: str, point: dict[str, float], expected: dict[str, float]) -> None:
    result = trace(formula, {name: float(value) for name, value in point.items()})
    right = right_numbers(result)
    assert {name: right[name] for name in expected} == pytest.approx(expected, rel=1e-10, abs=0)


def test_a_tie_of_arrays_that_64_bits_meet() -> None:
    """logsumexp(x) is larger than max(x) by exp(-374)."""
    result = trace("max(logsumexp(x) - max(x), u)", x=[16.0, 390.0], u=0.0)
    assert result.differentiable is None
    right = {(each.of, each.index): each.right for each in result.accuracy}
    assert right["value", ()] == pytest.approx(3.7485539715481897e-163, rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "point", "value", "gradients"),
    [
        ("1/(1 + sum(max(x, 0)) + sum(min(x, 0)))", {"x": [0, -1.6e-34, -1, 0]}, -6.25e33, {"x": [-3.90625e67] * 4}),
        ("relu(x) - relu(-x) + exp(y)/exp(y)", {"x": 0, "y": 1000}, 1, {"x": 1, "y": 0}),
        ("abs(x)^2*exp(y)", {"x": 0, "y": 1000}, 0, {"x": 0, "y": 0}),
    ],
)
def test_a_gradient_that_exists_where_the_value_overflows(
    formula: str, point: dict[str, Any], value: float, gradients: dict[str, Any]
) -> None:
    result = trace(formula, point)
    assert result.differentiable is True
    assert right_numbers(result)["value"] == pytest.approx(value)
    for name, gradient in gradients.items():
        assert to_list(result.gradients[name]) == pytest.approx(gradient)


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("formula", "point", "differentiable"),
    [
        ("abs(x)^x", {"x": 0}, False),
        ("abs(x)^(1.5*x)", {"x": 0}, False),
        ("max(y, y^2/z)", {"y": 0, "z": -3.4e-19}, False),  # y^2/z is the smaller one only nearer than z
        ("atan2(z*y, log_sigmoid(z + pi))", {"y": 1.1e8, "z": 0}, False),
        ("exp(relu(a)*relu(b))", {"a": 8.2e-150, "b": 0}, False),
        ("7/x + min(y, x*(x - x))", {"x": -2.2e-227, "y": 0}, False),
        ("where(y <= x, sinh(x), y)^2", {"x": -2.1e-220, "y": -2.1e-220}, False),
        ("(max(x) + min(x))/u", {"x": [3, 3, 3], "u": 2.3e-232}, False),
        ("y + floor(abs(x + 16)^(x/1000))", {"x": 0, "y": 1}, False),
        ("where(a == 0, 1, sin(a)/a)/u", {"a": 0, "u": HUGE}, True),
        ("hypot(1e160, silu(logaddexp(x, leaky_relu(x, y))))", {"x": 4.8, "y": -1.3}, True),
        ("where(x*x == x*x, asinh(x), 6)", {"x": -17.47}, True),
        ("where(x == 0, 0, x*sin(1/x))", {"x": 0}, False),
        ("r = hypot(x, y); where(r == 0, 0, r^2*sin(1/r)) + abs(x)", {"x": 0, "y": 0}, False),
        ("abs(norm(x)*x[0])", {"x": [0, 6.8e-285]}, False),
        ("tan(where(x == x, x, pi)^-2)", {"x": -7.2e-130}, True),
        ("exp(-where(z > z, x, x)^2)", {"x": 4.8e141, "z": 1}, True),  # it changes over distances of 1e-142
        ("abs(w)*w + max(erf(a) - 1, u)", {"w": 0, "a": 22, "u": 0}, True),  # erf(22) - 1 is -4.3e-212
        ("a = t + s; where(a == b, 0, a)", {"t": 1, "b": 1, "s": 6e-61}, None),
        ("sum(relu(relu(x@v)@w))", {"x": [[0.3, -0.7]], "v": [[0, 0], [0, 0]], "w": [[0], [0]]}, True),
    ],
)
def test_differentiable(formula: str, point: dict[str, Any], differentiable: bool | None) -> None:
    assert trace(formula, point).differentiable is differentiable


def test_the_gradient_is_that_of_the_true_branch() -> None:
    """x - cos(x) is smaller than x, which 64 bits don't show; that clip is at a bound makes no difference."""
    result = trace("min(x, clip(x, 1e-16, x) - cos(x))", x=2.206e276)
    assert result.gradients == pytest.approx({"x": 1.5708976028191017}, rel=1e-12)
    assert result.differentiable is True


@pytest.mark.parametrize(
    "formula",
    [
        "sin(1e80*x)/1e80",
        "sin(exp(200)*x)/exp(200)",
        "sin(gamma(70)*x)/gamma(70)",
        "sin(x/exp(-200))*exp(-200)",
        "f(x, 10^80)/10^80",
        "x + x^2*sin(1/x)",  # the limit of a quotient, though not of the gradient
    ],
)
def test_the_gradient_at_small_distances(formula: str) -> None:
    result = trace(f"f(x, k) = sin(k*x); where(x == 0, 0, {formula})", x=0.0)
    assert (result.gradients, result.differentiable) == ({"x": 1.0}, True)


def test_kinks_at_the_smallest_numbers() -> None:
    result = trace("sum(max(x, 0)) + sum(min(x, 0))", x=[3e-308, 0.0])
    assert result.differentiable is True
    assert pytest.approx([1, 1]) == result.gradients["x"]


def test_random_errors_of_operations() -> None:
    """The same operation has the same error, and other ones have errors of their own."""
    first, second = (rounded_precise_interpreter(FLOATS, 40, seed) for seed in (1, 2))
    x = first.constant(65.25)
    assert first.exp(x) == first.exp(x) != second.exp(x)
    # exp(-65.25) is far below rounding.
    assert len({str(op.sub(op.cosh(x), op.sinh(x))) for op in (first, second)}) == 2


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("formula", "point"),
    [
        ("min(z^1.5, hypot(x, z))", {"x": 0, "z": 1}),
        ("max(hypot(x, y), 5*z)", {"x": 3, "y": 4, "z": 1}),
        ("max(x^0.5, z)", {"x": 4, "z": 2}),
        ("min(log2(x), y)", {"x": 8, "y": 3}),
        ("abs(norm([x, y]) - z)", {"x": 3, "y": 4, "z": 5}),
        ("relu(std([x, y]) - z)", {"x": 1, "y": 3, "z": 1}),
    ],
)
def test_a_tie_with_a_result_that_rounds_is_a_kink(formula: str, point: dict[str, float]) -> None:
    assert trace(formula, {name: float(value) for name, value in point.items()}).differentiable is False


@pytest.mark.parametrize("formula", ["abs(s*(1 - exp(-b/c)))", "abs(s*(1 - cos(b)))", "abs(sum([s, s]*(1 - exp(-b))))"])
def test_a_slope_that_64_bits_round_to_zero_is_a_kink(formula: str) -> None:
    point = {"s": 0.0, "b": 1e-19 if "exp" in formula else 1e-9, "c": 2.0}
    point = {name: number for name, number in point.items() if name in formula.replace("cos", "")}
    assert trace(formula, point).differentiable is False


@pytest.mark.parametrize(
    ("formula", "point", "value", "gradient"),
    [
        ("where(hypot(x, y) == 5, z, 3*z)", {"x": 3.0, "y": 4.0, "z": 1.0}, 1.0, {"x": 0.0, "y": 0.0, "z": 1.0}),
        (
            "where(y == hypot(w, y), x, hypot(z, y))",
            {"w": 0.0, "x": 0.0, "y": 1e-175, "z": 2e281},
            0.0,
            {"x": 1.0, "z": 0.0},
        ),
        ("where(log(exp(a)) == a, 1, 2)*b", {"a": 2.3, "b": 1.0}, 1.0, {"a": 0.0, "b": 1.0}),
        ("where(sin(x)^2 + cos(x)^2 == 1, x, 2*x)", {"x": 0.7}, 0.7, {"x": 1.0}),
        ("where(sin(x)^2 + cos(x)^2 == 1, x, 2*x)", {"x": 0.8}, 0.8, {"x": 1.0}),
    ],
)
def test_what_no_digits_tell_apart_is_equal(
    formula: str, point: dict[str, float], value: float, gradient: dict[str, float]
) -> None:
    result = trace(formula, point)
    assert result.accuracy == ()
    assert result.value == value
    assert {name: result.gradients[name] for name in gradient} == gradient


def test_sizes_beyond_all_memory() -> None:
    formula = "where(atanh(x) <= ((atan2(leaky_relu(y, w), (abs(3)^(y - z))))^2), x, hypot(pi, 0.7))"
    result = trace(formula, x=111300000000000.0, y=6.4e201, z=0.005435362103976559, w=-1.2475176863990552e-10)
    assert result.value == pytest.approx(3.2186359691693)

"""Formulas that other tools get wrong in silence: their numbers are right, or are listed with the right ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np
import pytest

from graphdiff import Trace, trace

Function = Callable[..., Any]
DIGITS, STEP = 1000, mpmath.mpf(10) ** -100


def right_numbers(function: Function, point: Mapping[str, float]) -> dict[str, Any]:
    """The value, and the gradients by central differences, in many digits, where all floats are exact."""
    with mpmath.workdps(DIGITS):
        exact = {name: mpmath.mpf(value) for name, value in point.items()}
        numbers = {"value": function(**exact)}
        for name, value in exact.items():
            step = STEP * (abs(value) or 1)
            upper, lower = (function(**{**exact, name: value + sign * step}) for sign in (1, -1))
            numbers[f"d_{name}"] = (upper - lower) / (2 * step)
        return numbers


def assert_right_or_listed(result: Trace, right: Mapping[str, Any]) -> None:
    numbers = {"value": result.value, **{f"d_{name}": each for name, each in result.gradients.items()}}
    listed = {each.of: each for each in result.accuracy}
    for of, number in numbers.items():
        truth = float(right[of])
        if abs(number - truth) <= 1e-6 * abs(truth):
            assert of not in listed
            continue
        assert listed[of].right == pytest.approx(truth, rel=1e-12, abs=0)
        np.testing.assert_equal(listed[of].float, number)


def sigmoid_loss(x: Any, y: Any) -> Any:
    s = 1 / (1 + mpmath.exp(-x))
    return -(y * mpmath.log(s) + (1 - y) * mpmath.log(1 - s))


def mixture(p: Any, x: Any, m1: Any, m2: Any) -> Any:
    return mpmath.log(p * mpmath.exp(-((x - m1) ** 2) / 2) + (1 - p) * mpmath.exp(-((x - m2) ** 2) / 2))


CASES: list[tuple[str, dict[str, float], Function]] = [
    ("(1-exp(-x))/x", {"x": 1e-12}, lambda x: (1 - mpmath.exp(-x)) / x),
    ("x/sqrt(x^2+y^2)", {"x": 1e200, "y": 1e200}, lambda x, y: x / mpmath.sqrt(x * x + y * y)),
    ("s=sigmoid(x); -(y*log(s)+(1-y)*log(1-s))", {"x": 36.7, "y": 0.0}, sigmoid_loss),
    ("s=sigmoid(x); -(y*log(s)+(1-y)*log(1-s))", {"x": 100.0, "y": 1.0}, sigmoid_loss),
    (
        "V*(1-exp(-t/(R*C)))",
        {"V": 5.0, "t": 1e-12, "R": 1000.0, "C": 1e-6},
        lambda **at: at["V"] * (1 - mpmath.exp(-at["t"] / (at["R"] * at["C"]))),
    ),
    ("log(p*exp(-(x-m1)^2/2)+(1-p)*exp(-(x-m2)^2/2))", {"p": 0.3, "x": 60.0, "m1": -1.0, "m2": 2.0}, mixture),
    ("x*1e-200*1e-200*1e300", {"x": 1.0}, lambda x: x * mpmath.mpf(1e-200) * mpmath.mpf(1e-200) * mpmath.mpf(1e300)),
    ("(x^2 - y^2)/(x - y)", {"x": 1e8 + 1, "y": 1e8}, lambda x, y: (x**2 - y**2) / (x - y)),
    ("sin(x) + y", {"x": 1e22, "y": 1.0}, lambda x, y: mpmath.sin(x) + y),
]


@pytest.mark.parametrize(("formula", "point", "function"), CASES, ids=[f"{case[0]} at {case[1]}" for case in CASES])
def test_numbers_are_right_or_listed(formula: str, point: dict[str, float], function: Function) -> None:
    assert_right_or_listed(trace(formula, point), right_numbers(function, point))


def test_the_cause_is_the_operation_that_lost_the_digits() -> None:
    value, gradient = trace("(1-exp(-x))/x", x=1e-12).accuracy
    assert value.cause is not None
    assert (value.of, value.cause.expression, value.cause.why, value.cause.span) == (
        "value",
        "1 - v2",
        "cancellation",
        (0, 11),
    )
    assert gradient.of == "d_x"
    assert gradient.digits < -7
    overflow = trace("x/sqrt(x^2+y^2)", x=1e200, y=1e200).accuracy
    assert [each.cause and each.cause.why for each in overflow] == ["overflow"] * 3
    assert {each.hint for each in overflow} == {"use hypot"}


@pytest.mark.parametrize("scores", [[1e6, 1e6], [1e12, 1e12], [1e15, 1e15]])
def test_large_scores(scores: list[float]) -> None:
    """cross_entropy of equal scores is log(2), and the gradient of logsumexp is 1/2."""
    loss = trace("cross_entropy(x, [0])", x=[scores])
    right = right_or_reported(loss)
    assert right["value", ()] == pytest.approx(float(mpmath.log(2)), rel=1e-6)
    assert [right["d_x", (0, place)] for place in (0, 1)] == pytest.approx([-0.5, 0.5], rel=1e-6)
    right = right_or_reported(trace("logsumexp(x)", x=scores))
    assert [right["d_x", (place,)] for place in (0, 1)] == pytest.approx([0.5, 0.5], rel=1e-6)


@pytest.mark.parametrize(
    ("formula", "point", "value", "gradient"),
    [
        ("std(x)", {"x": [7538000000000002.0, 7537999999999995.0]}, 3.5, [0.5, -0.5]),  # the mean ends in .5
        ("var(x)", {"x": [7538000000000002.0, 7537999999999995.0]}, 12.25, [3.5, -3.5]),
        ("mean(x) - 9007199254740990", {"x": [2.0**53 - 1, 2.0**53 - 1, 2.0**53 - 2]}, 2 / 3, [1 / 3] * 3),
        ("x @ [99999999, -100000000]", {"x": [1e8 + 1, 1e8]}, -1, [1e8 - 1, -1e8]),  # products beyond 2^53
    ],
)
def test_large_whole_numbers(formula: str, point: dict[str, Any], value: float, gradient: list[float]) -> None:
    """A result is not exact because it is whole: sums of whole numbers are rounded beyond 2^53."""
    right = right_or_reported(trace(formula, point))
    assert list(right.values()) == pytest.approx([value, *gradient], rel=1e-12)


def right_or_reported(result: Trace) -> dict[tuple[str, tuple[int, ...]], float | None]:
    """The right number of each entry of the value and the gradient by x, as far as the trace knows."""
    gradient: Any = result.gradients["x"]
    entries = {("d_x", place): float(gradient[place]) for place in np.ndindex(gradient.shape)}
    return {("value", ()): result.value, **entries, **{(each.of, each.index): each.right for each in result.accuracy}}


@pytest.mark.parametrize(
    ("formula", "point", "wrong"),
    [
        ("((a+b)-a)/b - 1", {"a": 1.0, "b": 1e-93}, {"value": -1.0, "d_b": 1e93}),
        ("((a+b)-a)/b*y - y", {"a": 1.0, "b": 2.0**-70, "y": 7.0}, {"value": -7.0, "d_b": 7 * 2.0**70, "d_y": -1.0}),
        ("tanh((relu(a+b)-relu(a))/b)", {"a": 1.0, "b": 2.0**-300}, {"value": 0.0, "d_b": 2.0**300}),
        ("((a - 1)*a - a*a) + a", {"a": 1183000000000000.0}, {"value": 57100093157376.0}),
        ("where(a>0, ((a+b)-a)/b, 3) - 1", {"a": 1.0, "b": 2.0**-70}, {"value": -1.0, "d_b": 2.0**70}),
        ("f(u) = ((1+u)-1)/u; f(t) - 1", {"t": 2.0**-70}, {"value": -1.0, "d_t": 2.0**70}),
        ("fold(h*((a+b)-a)/b for t in range(3), h=1) - 1", {"a": 1.0, "b": 2.0**-70}, {"value": -1.0}),
    ],
)
def test_a_zero_is_measured_by_its_own_terms(formula: str, point: dict[str, float], wrong: dict[str, float]) -> None:
    """Not by terms that an operation before has lost digits of: those of the first are 1 and 1, not 1e93."""
    assert {each.of: each.float for each in trace(formula, point).accuracy} == wrong


def test_a_zero_of_arrays_is_measured_by_its_own_terms() -> None:
    listed = {
        (each.of, each.index): each.right for each in trace("sum(((a+b)-a)/b) - 2", a=[1, 1], b=[1e-20, 1e-30]).accuracy
    }
    assert listed == {("value", ()): 0.0, ("d_b", (0,)): 0.0, ("d_b", (1,)): 0.0}
    assert [each.of for each in trace("sum(x) - 1", x=[1e16, 1, -1e16]).accuracy] == ["value"]
    assert trace("sum(softmax(x)) - 1", x=[0.1, 0.3, 1.9, 7]).accuracy == ()


def test_infinity_of_arrays_is_listed() -> None:
    listed = {(each.of, each.index): each.right for each in trace("log(sum(exp(x)))", x=[1000.0, 0.0]).accuracy}
    assert listed == {("value", ()): 1000.0, ("d_x", (0,)): 1.0}


KINKS: list[tuple[str, dict[str, float], dict[str, float]]] = [
    ("max(x,0)-x*z+log(1+exp(-abs(x)))", {"x": 0.0, "z": 0.3}, {"x": 0.2, "z": 0.0}),
    ("relu(x)-relu(-x)", {"x": 0.0}, {"x": 1.0}),
    ("max(x,0)+min(x,0)", {"x": 0.0}, {"x": 1.0}),
    ("max(a,b)*min(a,b)", {"a": 3.0, "b": 3.0}, {"a": 3.0, "b": 3.0}),
    ("where(x==0,1,(exp(x)-1)/x)", {"x": 0.0}, {"x": 0.5}),
    ("where(x==0,1,sin(x)/x)", {"x": 0.0}, {"x": 0.0}),
]


@pytest.mark.parametrize(("formula", "point", "gradients"), KINKS, ids=[case[0] for case in KINKS])
def test_a_gradient_that_exists_is_found(formula: str, point: dict[str, float], gradients: dict[str, float]) -> None:
    result = trace(formula, point)
    assert result.differentiable is True
    assert result.gradients == pytest.approx(gradients, rel=1e-12)
    assert result.accuracy == ()
    if result.limits:
        return
    sums = dict.fromkeys(point, 0.0)
    for step in result.backward:
        for edge in step.edges:
            local: Any = edge.local.values
            assert edge.downstream == step.upstream * local
            if edge.operand in sums:
                sums[edge.operand] += edge.downstream
    assert sums == pytest.approx(gradients, rel=1e-12)


@pytest.mark.parametrize(
    ("formula", "point", "differentiable"),
    [
        ("x*y", {"x": 0, "y": 1}, None),
        ("max(0, x)", {"x": 0}, False),
        ("abs(x) + y^2", {"x": 0, "y": 2}, False),
        ("x^x", {"x": 0}, False),
        ("sqrt(abs(x*y))", {"x": 0, "y": 0}, False),
        ("atan2(a, b)^2", {"a": 0, "b": 0}, False),
        ("x^1.5 + abs(x)^2", {"x": 0}, False),  # it has no values on the left
        ("logaddexp(x, x^1.5)", {"x": 0}, False),
        ("sum(where(x*ones(7000) > 0, x, -x))", {"x": 0}, "unknown"),
        ("sum(abs(x*ones(7000))^2) + x^1.5", {"x": 0}, "unknown"),
    ],
)
def test_differentiable(formula: str, point: dict[str, float], differentiable: bool | str | None) -> None:
    assert trace(formula, point).differentiable == differentiable


def test_the_convention_stands_where_there_is_no_gradient() -> None:
    assert trace("max(0, x)", x=0).gradients == {"x": 0.0}
    assert trace("abs(x) + y^2", x=0, y=2).gradients == {"x": 0.0, "y": 4.0}


def test_32_bit_arrays_are_not_judged() -> None:
    formula = "sum((1-exp(-x))/x)"
    assert trace(formula, x=np.array([1e-12])).accuracy
    assert trace(formula, x=np.array([1e-3], dtype=np.float32)).accuracy == ()
    assert trace("(x + 1e9) - 1e9", x=np.float32(1.5).reshape(()), upstream=1.0).accuracy == ()


def test_too_many_operations_to_work_the_right_number_out() -> None:
    program = "s = sum(ones(100, 100)@ones(100, 100)); (s + 1e17*x) - 1e17*x"
    value = next(each for each in trace(program, x=0.1234567).accuracy if each.of == "value")
    assert (value.right, value.cause, value.hint) == (None, None, None)


@pytest.mark.slow
def test_a_long_sum_whose_terms_keep_their_digits_is_right() -> None:
    """Bounds of errors add up along the terms; rounding does not. The sum is that of Lagrange."""
    count = 6_000
    result = trace(f"sum(sin(x*k) for k in range({count}))", x=1.3)
    sine = mpmath.sin
    right = right_numbers(lambda x: sine(count * x / 2) * sine((count - 1) * x / 2) / sine(x / 2), {"x": 1.3})
    assert_right_or_listed(result, right)
    assert result.accuracy == ()


@pytest.mark.slow
def test_a_long_recurrence_that_is_chaotic_is_listed() -> None:
    """After 4,000 steps of the logistic map no digit is left."""
    steps = "\n".join(f"x{n + 1} = r*x{n}*(1 - x{n})" for n in range(4_000))
    (value,) = trace(f"x0 = x\n{steps}", x=0.3, r=3.99).accuracy
    assert (value.of, value.right) == ("value", None)
    assert value.digits < 1


@pytest.mark.sampled(2)
@pytest.mark.parametrize("text", ["log(x^2 + 1)*sum([x, y])", "abs(x*[0, 1]) @ [y, y]", "max(sum([x, 2*y]) - 5, 0)"])
@pytest.mark.parametrize("precision", [None, 20])
def test_an_input_without_a_value(text: str, precision: int | None) -> None:
    """The output does not need it: its gradient is 0, and the others are as without it."""
    point = {"x": 1, "y": 2}
    result, alone = (trace(program, point, precision=precision) for program in (f"sigmoid(u)\n{text}", text))
    assert dict(result.gradients) == {"u": 0.0, **alone.gradients}
    assert (result.accuracy, result.differentiable) == (alone.accuracy, alone.differentiable)

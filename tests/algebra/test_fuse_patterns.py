"""Every fuse pattern means the same as its replacement, which is at least as accurate; judged by mpmath."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

import numpy as np
import pytest
from mpmath import mp, mpf

from graphdiff import parse, trace
from graphdiff.algebra.fuse import fuse_gates, fusion_of
from graphdiff.algebra.patterns import Pattern, fuse_patterns
from support import judge
from support.samples import inputs_with_derivatives

ALL = [pattern for group in fuse_patterns().values() for pattern in group]
ON_ARRAYS = [each for each in ALL if any(word in str(each.formula) for word in ("sum(", "softmax("))]
ON_NUMBERS = [each for each in ALL if each not in ON_ARRAYS]
EXTREMES = (
    1e-200,
    1e-20,
    1e-12,
    1e-8,
    1e-3,
    0.1,
    0.999999,
    1 - 1e-12,
    3.0,
    18.0,
    36.7,
    40.0,
    300.0,
    740.0,
    800.0,
    1e10,
)
USUAL, EXTREME = 30, 15
"""How many points of each kind."""


def points_of(pattern: Pattern, seed: str) -> list[dict[str, float]]:
    chance = random.Random(f"{seed} {pattern.formula}")
    names = pattern.formula.input_names
    usual = [{name: chance.uniform(-2, 2) for name in names} for _ in range(USUAL)]
    extreme = [{name: chance.choice((1, -1)) * chance.choice(EXTREMES) for name in names} for _ in range(EXTREME)]
    return [*usual, *extreme]


@pytest.mark.sampled(24)
@pytest.mark.parametrize("pattern", ON_NUMBERS, ids=lambda each: str(each.formula))
def test_the_replacement_means_the_same(pattern: Pattern) -> None:
    """On the whole domain of the formula, the value and the gradient."""
    count = 0
    for point in points_of(pattern, "the same")[:USUAL]:
        value, gradient = judge.value_and_gradient(str(pattern.formula), point, read=judge.as_typed)
        if mp.isnan(value):
            continue
        count += 1
        other, other_gradient = judge.value_and_gradient(str(pattern.replacement), point, read=judge.as_typed)
        with mp.workdps(judge.DIGITS):
            assert abs(value - other) <= mpf("1e-80") * (1 + abs(value)), point
            for name, derivative in gradient.items():
                assert abs(derivative - other_gradient[name]) <= mpf("1e-25") * (1 + abs(derivative)), point
    assert count >= 3


def error_of(result: float, truth: mpf) -> float:
    """The relative error of a float."""
    if not math.isfinite(result):
        return math.inf
    with mp.workdps(50):
        return float(abs(result - truth) / abs(truth))


@pytest.mark.sampled(24)
@pytest.mark.parametrize("pattern", ON_NUMBERS, ids=lambda each: str(each.formula))
def test_fusing_loses_no_digits(pattern: Pattern, monkeypatch: pytest.MonkeyPatch) -> None:
    """At extreme points too, every number is right, or not worse than without fusing."""
    monkeypatch.setattr(judge, "DIGITS", 600)
    monkeypatch.setattr(judge, "STEP", "1e-120")
    fused = fuse_gates(pattern.formula)
    names = inputs_with_derivatives(pattern.formula)
    for point in points_of(pattern, "digits")[USUAL - EXTREME :]:
        value, gradient = judge.value_and_gradient(str(pattern.formula), point)
        if any(mp.isnan(number) for number in (value, *gradient.values())):
            continue
        before, after = trace(pattern.formula, point, wrt=names), trace(fused, point, wrt=names)
        rows = [(value, before.value, after.value)]
        rows += [(gradient[name], before.gradients[name], after.gradients[name]) for name in names]
        for truth, typed, stable in rows:
            if 1e-300 < abs(truth) < 1e300:
                assert error_of(stable, truth) <= max(1e-12, 8 * error_of(typed, truth)), point


@pytest.mark.parametrize("pattern", ON_ARRAYS, ids=lambda each: str(each.formula))
def test_array_patterns(pattern: Pattern) -> None:
    chance = np.random.default_rng(0)
    for shape in ((3,), (2, 3)):
        point = {name: chance.uniform(-2, 2, shape) for name in pattern.formula.input_names}
        graph = parse(f"sum(({pattern.formula})^2)")
        before, after = trace(graph, point), trace(fuse_gates(graph), point)
        assert after.value == pytest.approx(before.value, rel=1e-13)
        for name in point:
            assert np.allclose(after.gradients[name], before.gradients[name], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("formula", "point", "fused_text"),
    [
        ("V*(1-exp(-t/(R*C)))", {"V": 5, "t": 1e-12, "R": 1000, "C": 1e-6}, "V*-expm1(-t/(R*C))"),
        ("1-e^(-x)", {"x": 1e-12}, "-expm1(-x)"),
        ("-exp(-x)+1", {"x": 1e-12}, "-expm1(-x)"),
        ("1.0/(1.0+exp(k*x))", {"k": 3, "x": 300}, "sigmoid(-(k*x))"),
        ("(1+exp(-x))^-1", {"x": -40}, "sigmoid(x)"),
        ("1 - 1/(1+exp(-x))", {"x": 40}, "sigmoid(-x)"),
        ("log(1 - sigmoid(u))", {"u": 36.7}, "log_sigmoid(-u)"),
        ("log(1 - 1/(1+exp(-u)))", {"u": 36.7}, "log_sigmoid(-u)"),
        ("log(1-exp(-x))", {"x": 1e-20}, "log1mexp(-x)"),
        ("log(1-exp(-x))", {"x": 50}, "log1mexp(-x)"),
        ("(1-exp(-x))/x", {"x": 1e-12}, "exprel(-x)"),
        ("(exp(x)-1)/x", {"x": 1e-12}, "exprel(x)"),
        ("x/(exp(x)-1)", {"x": 1e-12}, "1/exprel(x)"),
        ("x/sqrt(x^2+y^2)", {"x": 1e200, "y": 1e200}, "x/hypot(x, y)"),
        ("x/sqrt(x*x+y**2)", {"x": 1e-200, "y": 2e-200}, "x/hypot(x, y)"),
        ("sqrt((x-1)^2+y^2+z^2)", {"x": 1e200, "y": 1e200, "z": 3e200}, "hypot(hypot(x - 1, y), z)"),
        ("(x^2+y^2)^(1/2)", {"x": 1e200, "y": 1e200}, "hypot(x, y)"),
        (
            "log(p*exp(-(x-m1)^2/2)+(1-p)*exp(-(x-m2)^2/2))",
            {"p": 0.3, "x": 60, "m1": -1, "m2": 2},
            "weighted_logaddexp2(p, -(x - m1)^2/2, 1 - p, -(x - m2)^2/2)",
        ),
        ("log(exp(-x)*p/s + exp(-y))", {"p": 0.3, "x": 900, "y": 899, "s": 2}, "weighted_logaddexp2(p/s, -x, 1, -y)"),
        (
            "log(p*exp(a) + q*exp(b) + (1-p-q)*exp(c))",
            {"p": 0.3, "q": 0.2, "a": 1000, "b": 999, "c": 1001},
            "weighted_logaddexp3(p, a, q, b, 1 - p - q, c)",
        ),
        ("log(exp(a)+exp(b)+exp(c))", {"a": 1000, "b": 999, "c": 1001}, "logaddexp(logaddexp(a, b), c)"),
        ("exp(a)/(exp(b)+exp(a))", {"a": 1000, "b": 999}, "sigmoid(a - b)"),
        ("sqrt(1+x)-1", {"x": 1e-14}, "x/(sqrt(1 + x) + 1)"),
        ("sqrt(x+1)-sqrt(x)", {"x": 1e14}, "1/(sqrt(x + 1) + sqrt(x))"),
        ("log(cosh(x))", {"x": 800}, "logcosh(x)"),
        ("log(cosh(x))", {"x": -800}, "logcosh(x)"),
        ("log(cosh(x))", {"x": 1e-9}, "logcosh(x)"),
        ("exp(-x)/(1+exp(-x))^2", {"x": -800}, "v1 = -x\nsigmoid(v1)*sigmoid(-v1)"),
        ("x - log(1 + exp(x))", {"x": 40}, "log_sigmoid(x)"),
        ("(exp(x) - exp(-x))/2", {"x": 1e-12}, "sinh(x)"),
        ("1/sqrt(1 - b^2) - 1", {"b": 1e-9}, "expm1(-log1p(-b^2)/2)"),
        ("1 - cos(u)", {"u": 1e-9}, "2*sin(u/2)^2"),
        ("cosh(u) - 1", {"u": 1e-9}, "2*sinh(u/2)^2"),
        ("log(1 - x)", {"x": 1e-17}, "log1p(-x)"),
        ("log((1+x)/(1-x))/2", {"x": 1e-17}, "2*atanh(x)/2"),
        ("1 - tanh(u)^2", {"u": 20}, "sech(u)^2"),
        ("1 - tanh(u)", {"u": 20}, "2*sigmoid(-2*u)"),
        ("1 + erf(u)", {"u": -6}, "erfc(-u)"),
        ("sqrt(x^2+1)-x", {"x": 1e9}, "exp(-asinh(x))"),
        ("log(x + sqrt(x^2+1))", {"x": -1e9}, "asinh(x)"),
        ("x^2 - y^2", {"x": 1 + 2**-40, "y": 1}, "difference_of_squares(x, y)"),
        ("sqrt(1 - rho**2)", {"rho": 1 - 1e-12}, "sqrt(difference_of_squares(1, rho))"),
        ("log(p/(1-p))", {"p": 0.5 + 1e-12}, "logit(p)"),
        ("max(x,0)-x*z+log(1+exp(-abs(x)))", {"x": -3, "z": 0.3}, "softplus(x) - x*z"),
        ("max(0,x)-x*z+log1p(exp(-abs(x)))", {"x": 3, "z": 0.3}, "softplus(x) - x*z"),
    ],
)
def test_formulas_that_people_type(
    formula: str, point: Mapping[str, float], fused_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every form is found, and value and gradient have 12 digits."""
    monkeypatch.setattr(judge, "DIGITS", 1200)
    monkeypatch.setattr(judge, "STEP", "1e-250")
    fused = fuse_gates(parse(formula), constants=("e", "pi"))
    assert str(fused) == fused_text
    value, gradient = judge.value_and_gradient(formula, point)
    result = trace(fused, point)
    assert result.value == pytest.approx(float(value), rel=1e-12, abs=0)
    for name, derivative in gradient.items():
        assert result.gradients[name] == pytest.approx(float(derivative), rel=1e-12, abs=1e-70)


def test_at_a_tie_of_the_stable_loss() -> None:
    fused = fuse_gates(parse("max(x,0)-x*z+log(1+exp(-abs(x)))"))
    assert trace(fused, x=0, z=0.3).gradients["x"] == pytest.approx(0.2, rel=1e-15)


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ("x*y", ()),
        ("log(1 - 1/(1+exp(-x)))", ("log_sigmoid",)),
        ("f(u) = 1 - exp(-u); f(x)", ("expm1",)),
        ("sqrt(1 + x) - 1", ("x/(sqrt(1 + x) + 1)",)),
        ("sqrt(x^2+y^2) + 1/(1+exp(-x))", ("hypot", "sigmoid")),
    ],
)
def test_what_fusing_brought(formula: str, names: tuple[str, ...]) -> None:
    assert fusion_of(parse(formula)).names == names


@pytest.mark.operations("weighted_logaddexp2")
@pytest.mark.parametrize(
    ("operands", "value"),
    [
        ((0, 1, 0, 2), -math.inf),
        ((1, -math.inf, 1, -math.inf), -math.inf),
        ((1, math.inf, 1, 2), math.inf),
        ((2, 3, 1, -math.inf), 3 + math.log(2)),
        ((2, 3, 0, 800), 3 + math.log(2)),
        ((1, 3, 0, math.inf), 3),
        ((1, -800, 1, -800), -800 + math.log(2)),
    ],
)
def test_weights_of_0_and_infinite_powers(operands: tuple[float, ...], value: float) -> None:
    point = dict(zip("paqb", operands, strict=True))
    columns = {name: np.array([float(number)]) for name, number in point.items()}
    formula = "weighted_logaddexp2(p, a, q, b)"
    assert trace(formula, point).value == pytest.approx(value, rel=1e-15)
    assert np.asarray(trace(formula, columns, upstream=[1.0]).value) == pytest.approx([value], rel=1e-15)


@pytest.mark.operations("exprel")
def test_exprel_is_accurate_in_all_orders() -> None:
    """Its derivative of order n is the integral of t^n*exp(x*t) over t from 0 to 1."""
    for order in (0, 1, 2, 3, 4, 8, 15, 40):
        edges = [sign * (order + 1 + near) for sign in (1, -1) for near in (-0.01, 0.0, 0.01)]
        for x in (-800.0, -30.0, -3.0, -1.0, -1e-3, 0.0, 1e-12, 0.5, 0.99, 1.0, 1.01, 3.0, 30.0, 700.0, *edges):
            with mp.workdps(60):
                truth = float(mp.hyp1f1(order + 1, order + 2, mpf(x)) / (order + 1))
            result = trace(f"exprel(x, order={order})", x=x).value
            assert result == pytest.approx(truth, rel=1e-14, abs=0), (order, x)


@pytest.mark.operations("exprel")
def test_exprel_has_all_digits_of_a_precision() -> None:
    for order in (0, 3, 20):
        for x in (-30, -1, 0, 1, 20, 700):
            with mp.workdps(220):
                truth = mp.hyp1f1(order + 1, order + 2, x) / (order + 1)
                result = trace(f"exprel(x, order={order})", x=x, precision=200).value
                assert mp.almosteq(mpf(str(result)), truth, 1e-198), (order, x)

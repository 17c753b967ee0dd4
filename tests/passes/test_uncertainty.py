"""The uncertainty of an output: against the GUM's examples, the package uncertainties, and simulations."""

from __future__ import annotations

import math
import pickle
import random
from collections.abc import Mapping
from typing import Any

import numpy
import pytest

import graphdiff
from graphdiff import GraphdiffError, Uncertainty
from graphdiff.passes.collapse import collapse_trace
from support.uncertain_formulas import random_formula

COUNT = 320
SAMPLE = 20


def uncertainty_of(source: str, point: Mapping[str, Any], **options: Any) -> Uncertainty:
    result = graphdiff.trace(source, point, **options).uncertainty
    assert result is not None
    return result


def test_a_product() -> None:
    result = uncertainty_of("x*y", {"x": 2, "y": 3}, uncertainty={"x": 0.1, "y": 0.2})
    assert result.standard == pytest.approx(math.hypot(0.3, 0.4))
    assert [each.label for each in result.contributions] == ["x", "y"]
    assert [each.gradient for each in result.contributions] == [3, 2]
    assert [each.contribution for each in result.contributions] == pytest.approx([0.3, 0.4])
    assert [each.share for each in result.contributions] == pytest.approx([0.36, 0.64])
    assert graphdiff.trace("x*y", x=2, y=3).uncertainty is None


def test_end_gauge() -> None:
    """JCGM 100:2008, H.1: 32 nm in first order, 34 nm with the terms of second order."""
    point = {"l_s": 50_000_623, "d": 215, "da": 0, "theta": -0.1, "a_s": 11.5e-6, "dtheta": 0}
    u = {"l_s": 25, "d": 9.7, "da": 0.58e-6, "theta": 0.41, "a_s": 1.2e-6, "dtheta": 0.029}
    trace = graphdiff.trace("l_s + d - l_s*(da*theta + a_s*dtheta)", point, uncertainty=u)
    result = trace.uncertainty
    assert result is not None
    assert trace.value == 50_000_838
    contributions = {each.input: each.contribution for each in result.contributions}
    assert contributions == pytest.approx(
        {"l_s": 25, "d": 9.7, "da": 2.9, "theta": 0, "a_s": 0, "dtheta": 16.6}, abs=0.08
    )
    assert f"{result.standard:.0f}" == "32"
    assert result.second_order is not None
    assert result.second_order.matters
    assert f"{result.second_order.standard:.0f}" == "34"
    assert result.second_order.standard**2 - result.standard**2 == pytest.approx(11.7**2 + 1.7**2, rel=0.04)


IMPEDANCE = {"V": 4.9990, "I": 19.6610e-3, "phi": 1.04446}, {"V": 0.0032, "I": 0.0095e-3, "phi": 0.00075}
CORRELATED = {("V", "I"): -0.36, ("V", "phi"): 0.86, ("I", "phi"): -0.65}


@pytest.mark.parametrize(
    ("formula", "value", "u"),
    [("V/I*cos(phi)", "127.732", "0.071"), ("V/I*sin(phi)", "219.847", "0.295"), ("V/I", "254.260", "0.236")],
)
def test_resistance_and_reactance(formula: str, value: str, u: str) -> None:
    """JCGM 100:2008, H.2: three quantities measured at once, with correlations, which are rounded there, so
    that the last digit of an uncertainty may differ."""
    names = graphdiff.parse(formula).input_names
    point, uncertainty = ({name: values[name] for name in names} for values in IMPEDANCE)
    correlation = {pair: r for pair, r in CORRELATED.items() if {*pair} <= {*names}}
    trace = graphdiff.trace(formula, point, uncertainty=uncertainty, correlation=correlation)
    assert trace.value == pytest.approx(float(value), abs=1e-3)
    assert trace.uncertainty is not None
    assert trace.uncertainty.standard == pytest.approx(float(u), abs=2e-3)
    parts: list[Any] = [*trace.uncertainty.contributions, *trace.uncertainty.correlations]
    assert sum(each.share for each in parts) == pytest.approx(1)


def test_calibration_curve() -> None:
    """JCGM 100:2008, H.3: the correction of a thermometer at 30 °C is -0.1494 °C with u = 0.0041 °C."""
    trace = graphdiff.trace(
        "y1 + y2*(t - 20)",
        {"y1": -0.1712, "y2": 0.00218, "t": 30},
        uncertainty={"y1": 0.0029, "y2": 0.00067},
        correlation={("y1", "y2"): -0.930},
    )
    assert trace.uncertainty is not None
    assert f"{trace.value:.4f} {trace.uncertainty.standard:.4f}" == "-0.1494 0.0041"


@pytest.mark.sampled(COUNT // SAMPLE)
@pytest.mark.parametrize("seed", range(COUNT))
def test_random_formulas(seed: int) -> None:
    formula = random_formula(random.Random(seed))
    right = formula.propagated()
    right_u = right.std_dev if hasattr(right, "std_dev") else 0.0
    trace = graphdiff.trace(
        formula.text, formula.point, uncertainty=formula.uncertainty, correlation=formula.correlation
    )
    assert trace.uncertainty is not None
    assert trace.value == pytest.approx(getattr(right, "nominal_value", right), rel=1e-9, abs=1e-12)
    assert trace.uncertainty.standard == pytest.approx(right_u, rel=1e-6, abs=1e-12), formula
    if trace.uncertainty.standard > 0:
        parts: list[Any] = [*trace.uncertainty.contributions, *trace.uncertainty.correlations]
        assert sum(each.share for each in parts) == pytest.approx(1)


def test_arrays() -> None:
    """J Σ Jᵀ of an output that is an array, with entries of its own and correlated ones."""
    w, x = numpy.array([[3.0, 4], [5, 6]]), numpy.array([1.0, 2])
    u_x = numpy.array([0.1, 0.2])
    result = uncertainty_of(
        "W@x", {"W": w, "x": x}, upstream=1, uncertainty={"W": 0.1, "x": u_x}, correlation={("x[0]", "x[1]"): -0.5}
    )
    covariance = numpy.outer(u_x, u_x) * [[1, -0.5], [-0.5, 1]]
    right = numpy.sqrt(numpy.diag(w @ covariance @ w.T) + 0.01 * (x @ x))
    numpy.testing.assert_allclose(result.standard, right)
    assert [each.label for each in result.contributions] == ["W[0, 0]", "W[0, 1]", "W[1, 0]", "W[1, 1]", "x[0]", "x[1]"]
    parts: list[Any] = [*result.contributions, *result.correlations]
    total = sum(each.share for each in parts)
    numpy.testing.assert_allclose(total, 1)
    numpy.testing.assert_allclose(result.contributions[-1].gradient, w[:, 1])


def test_every_uncertain_input_counts() -> None:
    """Whatever the gradients are wanted by, and whatever upstream they start from."""
    result = uncertainty_of("x*y", {"x": 2, "y": 3}, wrt="x", upstream=5, uncertainty={"x": 0.1, "y": 0.2})
    assert result.standard == pytest.approx(0.5)


def test_perfect_correlations() -> None:
    point, u = {"x": 1, "y": 1}, {"x": 0.1, "y": 0.1}
    same = uncertainty_of("x - y", point, uncertainty=u, correlation={("x", "y"): 1})
    assert same.standard == 0
    assert math.isnan(same.contributions[0].share)
    opposite = uncertainty_of("x - y", point, uncertainty=u, correlation={("y", "x"): -1})
    assert opposite.standard == pytest.approx(0.2)


@pytest.mark.parametrize(("x", "u"), [(1e-200, 1e-210), (1e200, 1e190)])
def test_numbers_of_any_size(x: float, u: float) -> None:
    result = uncertainty_of("x + 2*y", {"x": x, "y": x}, uncertainty={"x": u, "y": u})
    assert result.standard == pytest.approx(u * math.sqrt(5))
    second = result.second_order  # the squares of numbers of such a size would overflow
    assert second == (pytest.approx((0, u * math.sqrt(5), False)) if u < 1 else None)


@pytest.mark.parametrize(
    ("formula", "x", "u", "matters"),
    [("x^2", 1, 0.19, False), ("x^2", 1, 0.21, True), ("x^2", 0, 0.1, True), ("3*x", 1, 5, False)],
)
def test_where_second_order_matters(formula: str, x: float, u: float, matters: bool) -> None:
    """½ f'' u² = u² is a tenth of f' u = 2 u at u = 0.2."""
    second = uncertainty_of(formula, {"x": x}, uncertainty={"x": u}).second_order
    assert second is not None
    assert second.matters is matters


def test_second_order_of_normal_inputs() -> None:
    """The square of a normal variable about 0 has the mean u² and the standard deviation √2 u²; the variance of a cube
    is 9 μ⁴u² + 36 μ²u⁴ up to u⁴; a product of two about 0 has u(x) u(y)."""
    square = uncertainty_of("x^2", {"x": 0}, uncertainty={"x": 0.1})
    assert square.standard == 0
    assert square.second_order == pytest.approx((0.01, math.sqrt(2) * 0.01, True))
    cube = uncertainty_of("x^3", {"x": 1}, uncertainty={"x": 0.3}).second_order
    assert cube == pytest.approx((3 * 0.09, math.sqrt(9 * 0.09 + 36 * 0.0081), True))
    product = uncertainty_of("x*y", {"x": 0, "y": 0}, uncertainty={"x": 0.1, "y": 0.2}).second_order
    assert product == pytest.approx((0, 0.02, True))
    correlated = {"uncertainty": {"x": 0.1, "y": 0.2}, "correlation": {("x", "y"): 0.5}}
    product = uncertainty_of("x*y", {"x": 0, "y": 0}, **correlated).second_order
    assert product == pytest.approx((0.01, 0.02 * math.sqrt(1 + 0.25), True))


CURVED: dict[str, tuple[dict[str, float], dict[str, float]]] = {
    "x^2": ({"x": 0.1}, {"x": 0.1}),
    "exp(x)": ({"x": 0}, {"x": 0.3}),
    "sin(x)": ({"x": 1.5}, {"x": 0.2}),
    "x*y": ({"x": 0.1, "y": 0.2}, {"x": 0.3, "y": 0.2}),
    "x/y": ({"x": 1, "y": 3}, {"x": 0.1, "y": 0.4}),
    "1/(1 + exp(-(w*x + b)))": ({"w": 1, "x": 1, "b": 1}, {"w": 0.4, "x": 0.4, "b": 0.4}),
    "sqrt(x^2 + y^2)": ({"x": 1, "y": 0}, {"x": 0.1, "y": 0.3}),
}


@pytest.mark.slow
@pytest.mark.parametrize("formula", CURVED)
@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_a_simulation(formula: str, correlation: float) -> None:
    """Second order is closer to a Monte Carlo simulation than first order, where it is said to matter."""
    point, u = CURVED[formula]
    names = [name for name in point if name in u]
    pairs = {(names[0], names[1]): correlation} if len(names) > 1 and correlation else {}
    result = uncertainty_of(formula, point, uncertainty=u, correlation=pairs)
    second = result.second_order
    assert second is not None
    generator = numpy.random.default_rng(2)
    matrix = numpy.eye(len(names))
    if pairs:
        matrix[0, 1] = matrix[1, 0] = correlation
    draws = generator.multivariate_normal(numpy.zeros(len(names)), matrix, 1_000_000)
    columns = {name: point[name] + u[name] * draws[:, place] for place, name in enumerate(names)}
    values = eval(formula.replace("^", "**"), {name: getattr(numpy, name) for name in ("exp", "sin", "sqrt")}, columns)
    mean, deviation = values.mean(), values.std()
    value = graphdiff.trace(formula, point).value
    assert second.matters
    assert abs(second.standard - deviation) < abs(result.standard - deviation)
    assert abs(value + second.shift - mean) <= abs(value - mean)
    assert second.standard == pytest.approx(deviation, rel=0.06)


@pytest.mark.parametrize(
    ("formula", "point", "has_kink"),
    [
        ("abs(x)", {"x": 0}, True),
        ("abs(x)", {"x": 0.05}, True),
        ("abs(x)", {"x": 0.2}, False),
        ("relu(x - 1)", {"x": 0.95}, True),
        ("max(x, y)", {"x": 1, "y": 1.12}, True),  # beyond each uncertainty, within that of the difference
        ("max(x, y)", {"x": 1, "y": 1.2}, False),
        ("floor(x)", {"x": 2.95}, True),
        ("floor(x)", {"x": 2.5}, False),
        ("where(x > 1, x, 2*x)", {"x": 1.05}, True),
        ("max(x)", {"x": [1, 1.05, 0]}, True),
        ("max(x)", {"x": [1, 2, 0]}, False),
        ("sum(sort(x)*[1, 2, 3])", {"x": [1, 1.05, 0]}, True),
        ("clip(x, 0, 1)", {"x": 0.95}, True),
        ("gelu(x)", {"x": 0}, False),
    ],
)
def test_kinks_within_reach(formula: str, point: dict[str, Any], has_kink: bool) -> None:
    result = uncertainty_of(formula, point, uncertainty=dict.fromkeys(point, 0.1))
    assert bool(result.kinks) is has_kink
    assert (result.second_order is None) is has_kink


def test_kinks_of_many_inputs() -> None:
    """Of 100 rectified sums of 10 uncertain numbers, one that is far from 0 everywhere has no kink within reach."""
    weights = numpy.random.default_rng(0).normal(size=(100, 10))
    far = weights @ numpy.ones(10)
    near = uncertainty_of("sum(relu(W@x))", {"W": weights, "x": numpy.ones(10)}, uncertainty={"W": 0.1, "x": 0.1})
    assert len(near.kinks) == 1
    shifted = {"W": weights, "x": numpy.ones(10), "b": numpy.where(far > 0, 20.0, -20.0)}
    assert not uncertainty_of("sum(relu(W@x + b))", shifted, uncertainty={"W": 0.1, "x": 0.1}).kinks


def test_traces_keep_it() -> None:
    trace = graphdiff.trace("q = x*y; q^2", x=2, y=3, uncertainty={"x": 0.1})
    again = pickle.loads(pickle.dumps(trace))
    assert again.uncertainty == trace.uncertainty
    assert collapse_trace(trace).uncertainty == trace.uncertainty
    precise = graphdiff.trace("q = x*y; q^2", x=2, y=3, uncertainty={"x": 0.1}, precision=40)
    assert precise.uncertainty == trace.uncertainty
    assert "±" in trace._repr_mimebundle_()["text/html"]


U = {"x": 0.1, "y": 0.1, "w": 0.1}
POINT = {"x": 1, "y": 1, "w": [1, 2]}


@pytest.mark.parametrize(
    ("uncertainty", "correlation", "message"),
    [
        ({"x": -0.1}, {}, "the uncertainty of 'x' is -0.1"),
        ({"x": math.nan}, {}, "the uncertainty of 'x' is nan"),
        ({"x": math.inf}, {}, "the uncertainty of 'x' is inf"),
        ({"x": "0.1"}, {}, "not a number"),
        ({"x": [0.1, 0.2]}, {}, "the uncertainty of 'x' is (2,), but its value is a number"),
        ({"w": [0.1, 0.2, 0.3]}, {}, "the uncertainty of 'w' is (3,), but its value is (2,)"),
        ({"q": 0.1}, {}, "the expression has no input 'q'"),
        (U, {("x", "x"): 0.5}, "'x' is given as both inputs"),
        (U, {("x", "y"): 1.5}, "the correlation of x and y is 1.5"),
        (U, {("x", "y"): math.nan}, "the correlation of x and y is nan"),
        (U, {("x", "y"): 0.5, ("y", "x"): 0.5}, "given twice"),
        (U, {("x", "w"): 0.5}, "'w' is an array"),
        (U, {("x", "w[2]"): 0.5}, "'w[2]' has no uncertainty"),
        ({"x": 0.1}, {("x", "y"): 0.5}, "'y' has no uncertainty"),
        ({}, {("x", "y"): 0.5}, "has no uncertainty"),
        (U, {"xy": 0.5}, "between two inputs"),
        (U, {("x", "y"): 0.9, ("y", "w[0]"): 0.9, ("x", "w[0]"): -0.9}, "contradict one another"),
    ],
)
def test_errors(uncertainty: Any, correlation: Any, message: str) -> None:
    with pytest.raises(GraphdiffError) as error:
        graphdiff.trace("x*y*sum(w)", POINT, uncertainty=uncertainty, correlation=correlation)
    assert message in error.value.message


def test_an_index_has_none() -> None:
    with pytest.raises(GraphdiffError, match="'i' is an index, which has no uncertainty"):
        graphdiff.trace("a[i]", a=[1, 2], i=1, uncertainty={"i": 0.1})

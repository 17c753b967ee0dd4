"""Fits against SciPy's, NumPy's and closed formulas; what the data do not tell; and bad input."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import curve_fit

import graphdiff
from graphdiff.report.fit import fit_heading
from graphdiff.report.trace_tables import program_lines
from graphdiff.source import Source

RANDOM = np.random.default_rng(20261201)
X = np.linspace(0, 5, 40)
Y = 3 * np.exp(-0.7 * X) + 0.5 + RANDOM.normal(0, 0.02, len(X))
DATA = {"x": X, "y": Y}
START = {"a": 1, "b": 1, "c": 0}
DECAY = "y = a*exp(-b*x) + c"


def decay(x: Any, a: Any, b: Any, c: Any) -> Any:
    return a * np.exp(-b * x) + c


def test_against_curve_fit() -> None:
    fit = graphdiff.fit(DECAY, DATA, START)
    estimates, covariance = curve_fit(decay, X, Y, [1, 1, 0], ftol=1e-14, xtol=1e-14, gtol=1e-14)
    assert list(fit.estimates.values()) == pytest.approx(estimates, rel=1e-7)
    assert fit.covariance == pytest.approx(covariance, rel=1e-4)
    width = stats.t.ppf(0.975, 37) * math.sqrt(covariance[1][1])
    assert fit.parameters[1].interval == pytest.approx((estimates[1] - width, estimates[1] + width), rel=1e-5)
    assert fit.degrees_of_freedom == 37
    assert fit.residuals == pytest.approx(Y - decay(X, *estimates), abs=1e-7)
    assert fit.fitted == pytest.approx(decay(X, *estimates), abs=1e-7)


def test_a_long_program_is_shortened_as_in_other_reports() -> None:
    lines = ["# the decay of a `sample`", *(f"c{k} = {k}  # not used" for k in range(24)), "", DECAY]
    fit = graphdiff.fit("\n".join(lines), DATA, START)
    program, _ = fit_heading(fit)
    assert program == [*(f"c{k} = {k}" for k in range(20)), "… 5 more lines"]
    assert program == program_lines("\n".join(lines))
    assert program_lines("`a # b` + x  # sum") == ["`a # b` + x"]


def test_weights() -> None:
    """A weighted straight line, by the normal equations."""
    weight = RANDOM.uniform(0.5, 4, len(X))
    weight[3] = 0
    fit = graphdiff.fit("y = a + b*x", {**DATA, "w": weight}, {"a": 0, "b": 0}, weights="w")
    matrix = np.column_stack([np.ones_like(X), X])
    inverse = np.linalg.inv(matrix.T @ (weight[:, None] * matrix))
    estimates = inverse @ matrix.T @ (weight * Y)
    residuals = Y - matrix @ estimates
    variance = (weight * residuals**2).sum() / (len(X) - 1 - 2)
    assert list(fit.estimates.values()) == pytest.approx(estimates, rel=1e-9)
    assert fit.covariance == pytest.approx(variance * inverse, rel=1e-7)
    mean = np.average(Y, weights=weight)
    expected = 1 - (weight * residuals**2).sum() / (weight * (Y - mean) ** 2).sum()
    assert fit.r_squared == pytest.approx(expected, rel=1e-9)
    assert fit.residuals == pytest.approx(residuals, abs=1e-8)


def test_prediction_bands() -> None:
    """Of a straight line, by the formula of textbooks."""
    fit = graphdiff.fit("y = a + b*x", DATA, {"a": 0, "b": 0})
    at = np.array([-1.0, 2.0, 9.0])
    slope, intercept = np.polyfit(X, Y, 1)
    deviation = math.sqrt(((Y - intercept - slope * X) ** 2).sum() / (len(X) - 2))
    spread = 1 / len(X) + (at - X.mean()) ** 2 / ((X - X.mean()) ** 2).sum()
    prediction = fit.predict({"x": at})
    assert prediction.value == pytest.approx(intercept + slope * at)
    assert prediction.standard_error == pytest.approx(deviation * np.sqrt(spread))
    width = stats.t.ppf(0.975, len(X) - 2) * deviation * np.sqrt(1 + spread)
    assert prediction.high - prediction.value == pytest.approx(width)
    assert prediction.value - prediction.low == pytest.approx(width)


def test_weights_as_a_column_a_formula_and_an_array() -> None:
    deviations = RANDOM.uniform(0.5, 2, len(X))
    data = {**DATA, "sd (V)": deviations, "w": deviations**-2}
    expected, covariance = curve_fit(decay, X, Y, [1, 1, 0], sigma=deviations, ftol=1e-14, xtol=1e-14, gtol=1e-14)
    for weights in ("w", "1/`sd (V)`^2", deviations**-2, list(deviations**-2)):
        fit = graphdiff.fit(DECAY, data, START, weights=weights)
        assert list(fit.estimates.values()) == pytest.approx(expected, rel=1e-7)
        assert fit.covariance == pytest.approx(covariance, rel=1e-4)
    assert graphdiff.fit(DECAY, data, START, weights=[math.nan, *deviations[1:]]).dropped == 1


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_residuals_whose_squares_overflow_or_underflow(scale: float) -> None:
    expected = graphdiff.fit("y = a + b*x", DATA, {"a": 0, "b": 0})
    fit = graphdiff.fit("y = a + b*x", {"x": X, "y": Y * scale}, {"a": 0, "b": 0})
    for each, other in zip(fit.parameters, expected.parameters, strict=True):
        assert each.estimate == pytest.approx(other.estimate * scale, rel=1e-9)
        assert each.standard_error == pytest.approx((other.standard_error or 0) * scale, rel=1e-9)
    assert fit.r_squared == pytest.approx(expected.r_squared, rel=1e-9)


def test_many_rows() -> None:
    """The memory that is needed grows with the rows, not with their square."""
    times = 5000
    fit = graphdiff.fit(DECAY, {"x": np.tile(X, times), "y": np.tile(Y, times)}, START)
    one = graphdiff.fit(DECAY, DATA, START)
    assert fit.estimates == pytest.approx(one.estimates, rel=1e-7)
    ratio = (len(X) - 3) / (len(X) * times - 3)
    assert fit.covariance == pytest.approx(one.covariance * ratio, rel=1e-5)


@pytest.mark.parametrize("frame", ["pandas", "nullable", "polars", "pyarrow"])
def test_data_frames(frame: str) -> None:
    library = pytest.importorskip({"nullable": "pandas"}.get(frame, frame))
    columns = {"x": [1, 2, None, 4, 5], "y": [2.0, 4.1, 6.0, 8.1, None]}
    data = library.table(columns) if frame == "pyarrow" else library.DataFrame(columns)
    fit = graphdiff.fit("y = a*x", data.convert_dtypes() if frame == "nullable" else data, {"a": 1})
    assert fit.dropped == 2
    assert fit.estimates["a"] == pytest.approx(42.6 / 21)


@pytest.mark.parametrize("loss", ["huber", "soft_l1"])
def test_outliers_count_less(loss: str) -> None:
    y = Y.copy()
    y[[3, 20]] = 9, -4
    fit = graphdiff.fit(DECAY, {"x": X, "y": y}, START, loss=loss)
    clean = graphdiff.fit(DECAY, DATA, START)
    for each, other in zip(fit.parameters, clean.parameters, strict=True):
        assert each.standard_error is not None
        assert other.standard_error is not None
        assert abs(each.estimate - other.estimate) < 2 * other.standard_error
        assert 0.5 < each.standard_error / other.standard_error < 2


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["linear", "huber", "soft_l1"])
def test_standard_errors_are_those_of_repeated_data(loss: str) -> None:
    random = np.random.default_rng(7)
    fits = [
        graphdiff.fit(DECAY, {"x": X, "y": decay(X, 3, 0.7, 0.5) + random.normal(0, 0.1, len(X))}, START, loss=loss)
        for _ in range(1000)
    ]
    estimates = np.array([list(fit.estimates.values()) for fit in fits])
    errors = np.array([[each.standard_error for each in fit.parameters] for fit in fits])
    assert errors.mean(axis=0) == pytest.approx(estimates.std(axis=0), rel=0.1)


def test_bounds() -> None:
    fit = graphdiff.fit(DECAY, DATA, {"a": 1, "b": 1, "c": 0.7}, bounds={"c": (0.6, math.inf)})
    estimates, covariance = curve_fit(lambda x, a, b: decay(x, a, b, 0.6), X, Y, [1, 1], ftol=1e-14, xtol=1e-14)
    assert list(fit.estimates.values()) == pytest.approx([*estimates, 0.6], rel=1e-5)
    assert fit.parameters[2].standard_error is None
    assert fit.covariance[:2, :2] == pytest.approx(covariance, rel=1e-3)
    assert "c is at its bound" in fit.notes[0]
    inside = graphdiff.fit(DECAY, DATA, START, bounds={"c": (-1, 1)})
    assert inside.estimates == pytest.approx(graphdiff.fit(DECAY, DATA, START).estimates, rel=1e-6)


@pytest.mark.parametrize("seed", [0, 9, 35])
def test_several_parameters_at_their_bounds(seed: int) -> None:
    random = np.random.default_rng(seed)
    x = np.linspace(0, 4, 30)
    y = decay(x, *random.uniform(0.3, 2, 3)) + random.normal(0, 0.03, 30)
    low = random.uniform(0, 1, 3)
    high = low + random.uniform(0.2, 1.5, 3)
    start = dict(zip("abc", (low + high) / 2, strict=True))
    fit = graphdiff.fit(
        DECAY, {"x": x, "y": y}, start, bounds=dict(zip("abc", zip(low, high, strict=True), strict=True))
    )
    expected, _ = curve_fit(decay, x, y, list(start.values()), bounds=(low, high), ftol=1e-15, xtol=1e-15, gtol=1e-15)
    assert fit.converged
    assert list(fit.estimates.values()) == pytest.approx(expected, rel=1e-6)
    is_free = [not math.isclose(e, b, rel_tol=1e-6) for e, b in zip(expected, low, strict=True)]
    is_free = [f and not math.isclose(e, b, rel_tol=1e-6) for f, e, b in zip(is_free, expected, high, strict=True)]
    assert [each.standard_error is not None for each in fit.parameters] == is_free


@pytest.mark.parametrize(
    ("equation", "start", "told", "untold"),
    [
        ("y = a*exp(-b*x) + c + 0*d", {**START, "d": 1}, "abc", "d"),
        ("y = a*exp(-b*x) + c + d", {**START, "d": 1}, "ab", "cd"),
        ("y = a*d*exp(-b*x)", {"a": 1, "b": 1, "d": 1}, "b", "ad"),
        ("y = where(x < b, a, c)", {"a": 1, "b": 2.5, "c": 3}, "ac", "b"),
    ],
)
def test_parameters_that_the_data_do_not_tell(equation: str, start: dict[str, float], told: str, untold: str) -> None:
    fit = graphdiff.fit(equation, DATA, start)
    known = {each.name for each in fit.parameters if each.standard_error is not None}
    assert known == set(told)
    assert all(name in fit.notes[0] for name in untold)


def test_forms_of_equations() -> None:
    expected = graphdiff.fit(DECAY, DATA, START).estimates
    for equation in (
        "u = exp(-b*x); y = a*u + c",
        "y(x) = a*exp(-b*x) + c  # a comment = with a sign",
        "u = exp(-b*x)\ny = a*u + c\n",
        r"y = a e^{-b x} + c",
        r"\ln e^y = a e^{-b x} + c",
        "y/2 = (a*exp(-b*x) + c)/2",
    ):
        assert graphdiff.fit(equation, DATA, START).estimates == pytest.approx(expected, rel=1e-6), equation
    assert graphdiff.fit("y = c", DATA, {"c": 0}).estimates["c"] == pytest.approx(Y.mean())
    fixed = graphdiff.fit(DECAY, DATA, {"a": 1, "c": 0}, at={"b": 0.7})
    assert fixed.estimates == pytest.approx({"a": 3, "c": 0.5}, abs=0.05)
    logarithm = graphdiff.fit("log(y) = p + q*x", DATA, {"p": 0, "q": 0})
    assert list(logarithm.estimates.values())[::-1] == pytest.approx(np.polyfit(X, np.log(Y), 1))


def test_missing_values_are_left_out() -> None:
    y = Y.copy()
    y[[1, 7]] = math.nan
    fit = graphdiff.fit(DECAY, {"x": X, "y": y}, START)
    kept = np.isfinite(y)
    assert (fit.dropped, len(fit.rows)) == (2, len(X) - 2)
    assert fit.estimates == graphdiff.fit(DECAY, {"x": X[kept], "y": y[kept]}, START).estimates


def test_exact_data_and_as_many_parameters_as_rows() -> None:
    line = graphdiff.fit("y = a + b*x", {"x": [0, 1, 2], "y": [1, 3, 5]}, {"a": 0, "b": 0})
    assert line.converged
    assert line.estimates == pytest.approx({"a": 1, "b": 2})
    two = graphdiff.fit("y = a + b*x", {"x": [0, 1], "y": [1, 3]}, {"a": 0, "b": 0})
    assert (two.degrees_of_freedom, two.residual_standard_deviation) == (0, None)
    assert [each.standard_error for each in two.parameters] == [None, None]


@pytest.mark.parametrize(
    ("equation", "data", "start"),
    [
        ("y = a*exp(-b*x)", {"x": [0, 1, 2], "y": [1, -1, -1]}, {"a": 1, "b": 1}),
        (DECAY, DATA, {"a": -1, "b": 50, "c": 0}),
        ("y = a*log(b*x + 1)", DATA, {"a": 1, "b": 1}),
        ("y = a*exp(-((x - b)/c)^2)", {"x": X, "y": np.exp(-(((X - 2) / 0.1) ** 2))}, {"a": 1, "b": 4.9, "c": 0.01}),
    ],
)
def test_a_minimum_that_is_not_reached(equation: str, data: Any, start: dict[str, float]) -> None:
    """The sum of squares falls forever, or the model does not depend on a parameter any more."""
    fit = graphdiff.fit(equation, data, start)
    assert not fit.converged
    assert fit.reason != "a further step would change no parameter"


def test_data_without_residuals_and_an_estimate_of_0() -> None:
    x = 0.1 * np.arange(10)
    fit = graphdiff.fit("y = a + b*x", {"x": x, "y": 2 * x}, {"a": 1, "b": 1})
    assert fit.converged
    assert fit.estimates == pytest.approx({"a": 0, "b": 2}, abs=1e-14)
    equal = graphdiff.fit("y = a + b*x", {"x": x, "y": [0.1] * 10}, {"a": 1, "b": 1})
    assert (equal.converged, equal.r_squared) == (True, None)


@pytest.mark.parametrize(
    ("equation", "data", "start", "options", "message"),
    [
        (DECAY, DATA, {"a": 1, "b": 1}, {}, "no start value for 'c'"),
        (DECAY, DATA, {**START, "d": 1}, {}, "the model has no parameter 'd'"),
        (DECAY, DATA, {**START, "x": 1}, {}, "'x' is a column, and has a start value"),
        (DECAY, DATA, {"a": 1, "b": 1, "c": math.nan}, {}, "the start value of 'c' is not a finite number"),
        (DECAY, DATA, START, {"at": {"c": 1}}, "'c' is a parameter and a constant"),
        (DECAY, DATA, {"a": 1, "b": 1, "c": [1, 2]}, {}, "the start value of 'c' is an array"),
        (DECAY, DATA, ["a"], {}, "the start values are a list, not values by name"),
        (DECAY, DATA, START, {"at": {"x": 1}}, "'x' is a column and also has a constant value"),
        (DECAY, DATA, START, {"at": {"q": 1}}, "the expression has no input 'q'"),
        (DECAY, DATA, START, {"weights": "w"}, "the table has no column 'w'"),
        (DECAY, DATA, START, {"weights": "1/a"}, "the table has no column 'a'"),
        (DECAY, DATA, START, {"weights": "1/x"}, "row 0: the weight is inf"),
        (DECAY, DATA, START, {"weights": [1, 2]}, "there are 2 weights for 40 rows"),
        (DECAY, DATA, START, {"weights": 0 * X}, "0 rows of data cannot determine 3 parameters"),
        (DECAY, DATA, START, {"bounds": {"c": 1}}, "the bounds of 'c' are not two numbers"),
        (DECAY, {**DATA, "w": -X}, START, {"weights": "w"}, "row 1: the weight -0.128205 is negative"),
        (DECAY, DATA, START, {"bounds": {"k": (0, 1)}}, "bounds for 'k', which is not a parameter"),
        (DECAY, DATA, START, {"bounds": {"c": (1, 2)}}, "the start value 0 of 'c' is outside its bounds 1 to 2"),
        (DECAY, DATA, START, {"bounds": {"c": (2, 1)}}, "the bounds of 'c' leave no room: 2 to 1"),
        (DECAY, DATA, START, {"loss": "cauchy"}, "unknown loss 'cauchy'"),
        ("z = a*x", DATA, {"a": 1}, {}, "the table has no column 'z'"),
        ("2 = a*x", DATA, {"a": 1}, {}, "the left side of the equation has no column"),
        ("a*x", DATA, {"a": 1}, {}, "there is no equation to fit"),
        ("y == a*x", DATA, {"a": 1}, {}, "there is no equation to fit"),
        ("y = a*x; a", DATA, {"a": 1}, {}, "there is no equation to fit"),
        (" = a*x", DATA, {"a": 1}, {}, "the left side of the equation is missing"),
        ("y = a*x", DATA, {}, {}, "no start value for 'a'"),
        ("y = x", DATA, {}, {}, "the model has no parameters"),
        ("y = log(a*x)", DATA, {"a": 1}, {}, "the model is -inf at the start, row 0"),
        ("log(y - 1) = a*x", DATA, {"a": 1}, {}, "the left side of the equation is nan"),
        ("y = a*x", {"x": [1], "y": [1, 2]}, {"a": 1}, {}, "the columns have different lengths: y 2, x 1"),
        ("y = a*x + b", {"x": [1], "y": [1]}, {"a": 1, "b": 1}, {}, "1 row of data cannot determine 2 parameters"),
        ("y = a*x", {"x": [1, math.inf], "y": [1, 2]}, {"a": 1}, {}, "row 1, column 'x': inf is not a finite number"),
        ("y = a*x", {"x": ["one"], "y": [1]}, {"a": 1}, {}, "the column 'x' is not of numbers but of texts"),
        ("y = a*x", {"x": [1 + 2j], "y": [1]}, {"a": 1}, {}, "the column 'x' is not of numbers but of complex128"),
        ("y = a*x", {"x": np.array(["2026-12-01"], "M8[D]"), "y": [1]}, {"a": 1}, {}, "'x' is not of numbers but of"),
        ("y = a*x", [1, 2], {"a": 1}, {}, "data is a list, not columns by name"),
        ("y = a*x", "none.csv", {"a": 1}, {}, "cannot read 'none.csv'"),
    ],
)
def test_errors(equation: str, data: Any, start: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(graphdiff.GraphdiffError) as info:
        graphdiff.fit(equation, data, start, **options)
    assert message in info.value.message


def test_how_the_equation_was_read() -> None:
    source = Source("u = b*t; L = a*exp(-u)", names={"t": "x", "L": "y"})
    origin = graphdiff.fit(source, DATA, {"a": 1, "b": 1}).origin
    assert (origin.language, origin.read_as) == ("graphdiff", "u = b*x\ny = a*exp(-u)")
    origin = graphdiff.fit(r"\ln y = a - b x", DATA, {"a": 1, "b": 1}).origin
    assert (origin.language, origin.read_as) == ("latex", "log(y) = a - b*x")
    assert graphdiff.fit("y = a - b*x", DATA, {"a": 1, "b": 1}).origin.read_as is None


def test_display() -> None:
    fit = graphdiff.fit("y = a + b*x", {"x": [0, 1, 2], "y": [1, 3, 5.5]}, {"a": 0, "b": 0})
    assert repr(fit) == "<Fit: a = 0.916667, b = 2.25>"
    lines = str(fit).splitlines()
    assert lines[:2] == ["y = a + b*x", "fitted to 3 rows"]
    assert any(line.split()[:2] == ["b", "2.25"] for line in lines)
    assert "<table>" in fit._repr_html_()
    assert str(pickle.loads(pickle.dumps(fit))) == str(fit)


def test_a_misspelt_column_is_named() -> None:
    with pytest.raises(graphdiff.GraphdiffError) as info:
        graphdiff.fit("y = a*tme", {"time": X, "y": Y}, {"a": 1})
    error = info.value
    assert error.hint is not None
    assert "'time' instead of tme" in error.hint
    assert error.source is not None
    assert error.source.text == "y = a*tme"
    assert error.span == (6, 9)

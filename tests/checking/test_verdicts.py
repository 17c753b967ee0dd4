"""Right derivatives agree, and where there is no derivative the check says why it is not checkable."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from mpmath import mp

from graphdiff import GraphdiffError, check, parse, trace
from graphdiff.checking.check import Check
from graphdiff.checking.row import CheckRow
from support import judge
from support.array_programs import PROGRAMS
from support.formulas import EACH_FORMULA, FORMULAS, Formula
from support.random_formulas import POINTS, programs, repeatable_examples


def only(result: Check) -> CheckRow:
    (row,) = result.rows
    return row


@pytest.mark.sampled(32)
@EACH_FORMULA
def test_formulas_in_the_wild_agree(formula: Formula) -> None:
    for row in check(formula.text, formula.point).rows:
        assert (row.input, row.verdict) == (row.input, "agrees")


@pytest.mark.sampled(21)
@pytest.mark.parametrize("formula", FORMULAS[::6], ids=[formula.identifier for formula in FORMULAS[::6]])
def test_with_fifty_digits_the_numeric_derivative_is_that_of_the_reference(formula: Formula) -> None:
    result = check(formula.text, formula.point, precision=50)
    _, gradient = judge.value_and_gradient(formula.text, formula.point, read=judge.as_typed)
    assert result.count("agrees") == len(result.rows)
    for row in result.rows:
        if row.entry_count > 1:
            continue
        with mp.workdps(60):
            true = gradient[row.input]
            assert abs(mp.mpf(row.numeric_text) - true) <= 1e-40 * abs(true) + mp.mpf(10) ** -60
            assert abs(row.analytic - true) <= 1e-40 * abs(true) + mp.mpf(10) ** -60


@pytest.mark.slow
@repeatable_examples(60)
@given(programs(), POINTS)
def test_random_programs_never_differ(program: str, point: dict[str, float]) -> None:
    graph = parse(program)
    point = {name: value for name, value in point.items() if name in graph.input_names}
    if trace(graph, point).is_finite:
        assert check(graph, point).count("differs") == 0


@pytest.mark.sampled(12)
@pytest.mark.parametrize("program", PROGRAMS[::8], ids=[program.name for program in PROGRAMS[::8]])
def test_programs_of_arrays_never_differ(program: Any) -> None:
    result = check(program.text, program.point, wrt=program.wrt)
    assert result.count("differs") == 0
    assert result.agrees


@pytest.mark.parametrize("x", [1e5, -1e5, 1e-6, 1e-300, 0.0, 3.0, 1e12])
@pytest.mark.parametrize("text", ["sin(x)", "x^2", "exp(-abs(x + 1)/1e5)", "1/(1 + x^2)", "x/3 + 1e-5", "tanh(x)"])
def test_steps_follow_the_scale_of_the_input(text: str, x: float) -> None:
    row = only(check(text, x=x))
    assert row.verdict == "agrees"
    assert row.error is not None
    assert row.bound is not None
    assert row.error <= row.bound


@pytest.mark.parametrize(
    ("text", "point", "slopes"),
    [
        ("abs(x)", {"x": 0}, (-1, 1)),
        ("relu(x)", {"x": 0}, (0, 1)),
        ("max(x, 2*x)", {"x": 0}, (1, 2)),
        ("clip(x, 1, 2)", {"x": 1}, (0, 1)),
        ("norm([x, 2*x])", {"x": 0}, (-math.sqrt(5), math.sqrt(5))),
        ("1e-6*abs(x - 3) + x^2", {"x": 3}, (6 - 1e-6, 6 + 1e-6)),
        ("floor(x)", {"x": 2}, None),
        ("sign(x)", {"x": 0}, None),
        ("x < 1", {"x": 1}, None),
    ],
)
def test_kinks(text: str, point: Mapping[str, float], slopes: tuple[float, float] | None) -> None:
    row = only(check(text, point))
    assert row.verdict == "not checkable"
    assert row.reason.startswith("at a kink: ")
    assert row.numeric is None
    if slopes is None:
        assert row.slopes is None
    else:
        assert row.slopes == pytest.approx(slopes)
    if "norm" not in text:
        assert only(check(text, point, precision=30)).verdict == "not checkable"


def test_a_kink_between_inputs_is_reported_for_both_and_for_no_other() -> None:
    verdicts = {row.input: row.verdict for row in check("max(x, y)*z + w", x=1, y=1, z=2, w=3).rows}
    assert verdicts == {"x": "not checkable", "y": "not checkable", "z": "agrees", "w": "agrees"}


def test_a_kink_where_the_derivative_exists_agrees() -> None:
    assert only(check("x*abs(x)", x=0)).verdict == "agrees"
    assert only(check("max(x, x)", x=1)).verdict == "agrees"
    assert only(check("relu(x)*abs(x - 5)", x=-1e-9)).verdict == "agrees"


def test_a_kink_near_the_point_does_not_matter() -> None:
    for precision in (None, 50):
        assert only(check("abs(x - 1)", x=1 + 2**-50, precision=precision)).verdict == "agrees"
        assert only(check("abs(x - 1)", x=1 + 1e-9, precision=precision)).verdict == "agrees"


@pytest.mark.parametrize(("text", "x", "side"), [("x^1.5", 0, "below"), ("(1 - x)^2.5", 1, "above")])
def test_the_edge_of_the_domain(text: str, x: float, side: str) -> None:
    for digits in (None, 30):
        row = only(check(text, x=x, precision=digits))
        assert row.verdict == "not checkable"
        assert row.reason == f"at the edge of the domain: the value is not finite just {side}"


def test_near_the_edge_of_the_domain() -> None:
    for text, x in [("log(x)", 1e-300), ("sqrt(x)", 1e-12), ("asin(x)", 1 - 1e-9), ("0^x + x", 2.0)]:
        assert only(check(text, x=x)).verdict == "agrees"


@pytest.mark.parametrize(("text", "x"), [("sqrt(x)", 0), ("asin(x)", 1), ("x^0.5", 0), ("log(x)", 0), ("0/x", 0)])
def test_what_is_not_finite_is_an_error(text: str, x: float) -> None:
    with pytest.raises(GraphdiffError) as caught:
        check(text, x=x)
    assert caught.value.kind == "nonfinite"
    row = only(check(text, x=x, allow_nonfinite=True))
    assert row.verdict == "not checkable"
    assert "itself is not finite" in row.reason


@pytest.mark.parametrize("x", [1e-9, 1e-6, 1e-3, 1.0, 1234.5])
@pytest.mark.parametrize(
    "text", ["1e8 + x^2", "(x + 1e8) - 1e8", "1e16 + x", "(1e5 + x)^2 - 1e10", "sum([1e8, x, -1e8])"]
)
def test_rounding_does_not_differ(text: str, x: float) -> None:
    assert only(check(text, x=x)).verdict != "differs"


@pytest.mark.sampled(8)
@pytest.mark.parametrize("digits", [None, 30])
@pytest.mark.parametrize(
    "text", ["floor(x)", "ceil(x)", "sin(x)", "x^2", "tanh(x)", "atan2(x, 1e-300)", "exp(-x)", "x^0.3"]
)
def test_extremes_do_not_differ(text: str, digits: int | None) -> None:
    for x in (0.0, 1e-300, 1e5, 700.0, 1e300):
        for row in check(text, x=x, precision=digits, allow_nonfinite=True).rows:
            assert row.verdict != "differs"


@pytest.mark.parametrize(
    ("text", "point"),
    [
        # jumps between one float and the next
        ("round(x)", {"x": 2.0**53}),
        ("round(x)", {"x": -1e100}),
        ("frac(u) = u - round(u); frac(x)*y", {"x": 2.0**52 + 1, "y": 1.0}),
        ("ceil(x)", {"x": 1 + 2.0**-52}),
        ("floor(x)", {"x": 1 + 2.0**-52}),
        # half a period in one step of the last place
        ("sin(x)", {"x": 2.0**53}),
        ("sin(x)", {"x": 1e100}),
        ("tan(x)", {"x": 1e16}),
        ("cot(x)", {"x": 1e50}),
        # all that happens is in steps nearer than the number is to 0, and to 1
        ("atan2(-1e-155, x)", {"x": 1e-310}),
        ("atan2(-1e-17, x)", {"x": -1e-155}),
        ("cbrt(x)", {"x": 5e-324}),
        ("100 + 72*exp(-129^2/x^2)", {"x": 18.4}),
        ("(x + 1e8) - 1e8", {"x": 1.0}),
        ("sum([x, 1e8, -1e8])", {"x": 1.0}),
        ("x - 1", {"x": -1.7976931348623157e308}),
        # a derivative below all floats, which is 0
        ("x^3", {"x": 1e-300}),
        ("atan(x)", {"x": 1e300}),
        (
            "u = var(tanh(hypot(x + y, 2 + (x + y)^2)), axis=0); u*sin(u + 1)",
            {"x": 1.875, "y": [-1.814, 2.239, -0.7415]},
        ),
    ],
)
def test_what_differences_of_floats_cannot_see_agrees(text: str, point: Mapping[str, Any]) -> None:
    result = check(text, point)
    assert result.count("agrees") == len(result.rows)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("elu(x, a)", {"x": -800, "a": 1e300}),
        ("elu(x, a)", {"x": -1e100, "a": 1.7976931348623157e308}),
        ("silu(x)", {"x": -745.2}),
        ("log10(x)", {"x": 1.7976931348623157e308}),
        ("mish(x)", {"x": -1.7976931348623157e308}),
    ],
)
def test_underflow_does_not_differ(text: str, point: Mapping[str, float]) -> None:
    assert check(text, point, precision=30).count("differs") == 0
    arrays = {name: [value, 1.0] for name, value in point.items()}
    assert check(f"sum({text})", arrays, precision=30).count("differs") == 0


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("exp(x)", {"x": 300.0}),
        ("sinh(x)", {"x": -300.0}),
        ("sigmoid(x)", {"x": -700.0}),
        ("erfc(x)", {"x": 20.0}),
        ("x^300", {"x": -1.0}),
        ("2^x", {"x": 710.4}),
        ("700^-x", {"x": 20.0}),
    ],
)
def test_the_bound_is_small_beside_the_derivative(text: str, point: Mapping[str, float]) -> None:
    """Far from the point these are much steeper: relative to such slopes, 0 would agree."""
    row = only(check(text, point))
    assert row.verdict == "agrees"
    assert row.analytic is not None
    assert row.bound is not None
    assert row.bound <= 1e-2 * abs(row.analytic)


def test_what_the_output_does_not_depend_on() -> None:
    result = check("z = x*y; x + 1", x=1, y=2)
    assert [(row.input, row.verdict) for row in result.rows] == [("x", "agrees"), ("y", "agrees")]
    assert "does not depend" in result.rows[1].reason


def test_an_index_is_not_checkable() -> None:
    rows = check("x[i]^2", x=[1, 2.5], i=1).rows
    assert [(row.input, row.place, row.verdict) for row in rows] == [
        ("x", (0,), "agrees"),
        ("x", (1,), "agrees"),
        ("i", (), "not checkable"),
    ]
    assert "index" in rows[2].reason


def test_an_output_that_is_an_array_needs_an_upstream() -> None:
    with pytest.raises(GraphdiffError, match="upstream"):
        check("x^2", x=[1, 2])
    for digits in (None, 30):
        result = check("x^2", x=[1, 2], upstream=[3, -1], precision=digits)
        assert [row.numeric for row in result.rows] == pytest.approx([6, -4])
        assert result.agrees
    assert check("x^2", x=[1, 2], upstream=2).agrees
    assert only(check("x^2", x=3, upstream=2)).numeric == pytest.approx(12)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("operation", ["cofactor", "inv", "det", "logdet"])
@pytest.mark.parametrize(
    "a", [[[2.5]], [[1, 2], [3, 7]], [[[2, 0, 1], [1, 3, 2], [1, 1, 4]], [[1, 4, 0], [2, 1, 5], [1, 0, 3]]]]
)
def test_linear_algebra_in_many_digits(operation: str, a: Any) -> None:
    result = check(f"sum({operation}(a)^2)", a=a, precision=30)
    assert result.count("agrees") == len(result.rows)


def test_single_precision_is_checked_in_double() -> None:
    assert check("sum(exp(x))", x=np.asarray([0.1, 20], dtype=np.float32)).agrees


@pytest.mark.parametrize(
    ("text", "point", "verdict"),
    [
        ("(1-exp(-x))/x", {"x": 1e-12}, "lost"),
        ("x/sqrt(x^2+y^2)", {"x": 1e200, "y": 1e200}, "lost"),
        ("silu(x)", {"x": -745.2}, "lost"),
        ("gate g(u) = cbrt(u^2) with 0; g(x)", {"x": 1e-160}, "differs"),
        ("gate g(u) = sin(1e8*u) with 1.001e8*cos(1e8*u); g(x)", {"x": 1e8}, "differs"),
        ("gate g(u) = tanh(u) with 0; g(x)", {"x": 100}, "differs"),
        ("gate g(u) = u + 1e-200*sin(1e200*u) with 1; g(x)", {"x": 0.5}, "differs"),
    ],
)
def test_what_does_not_agree(text: str, point: Mapping[str, float], verdict: str) -> None:
    result = check(text, point)
    assert {row.verdict for row in result.rows} == {verdict}
    assert result.has_failed
    assert not result.agrees


def test_the_numeric_derivative_is_right_where_the_trace_is_not() -> None:
    row = only(check("(1-exp(-x))/x", x=1e-12))
    assert row.numeric == pytest.approx(-0.4999999999996667, rel=1e-15)
    assert row.digits == 0
    (row,) = check("gate g(u) = cbrt(u^2) with 0; g(x)", x=1e-160).rows[:1]
    with mp.workdps(30):
        assert row.numeric == pytest.approx(float(2 / (3 * mp.cbrt(mp.mpf(1e-160)))), rel=1e-15)


@pytest.mark.parametrize(
    ("text", "point", "derivatives"),
    [
        ("relu(x)-relu(-x)", {"x": 0}, [1]),
        ("max(x,0)+min(x,0)", {"x": 0}, [1]),
        ("max(a,b)*min(a,b)", {"a": 3, "b": 3}, [3, 3]),
        ("max(x,0)-x*z+log(1+exp(-abs(x)))", {"x": 0, "z": 0.3}, [0.2, 0]),
        ("where(x==0,1,(exp(x)-1)/x)", {"x": 0}, [0.5]),
    ],
)
def test_a_convention_where_the_derivative_exists_differs(
    text: str, point: Mapping[str, float], derivatives: list[float]
) -> None:
    """Unless the trace has the derivative."""
    for row, derivative in zip(check(text, point).rows, derivatives, strict=True):
        assert row.numeric == pytest.approx(derivative, abs=1e-15)
        assert row.verdict == ("agrees" if row.analytic == pytest.approx(derivative, abs=1e-12) else "differs")


@pytest.mark.parametrize("exponent", [-300, -160, -20, 0, 20, 160, 300])
def test_digits_are_those_that_agree(exponent: int) -> None:
    x = 10.0**exponent
    for factor, digits in ((1.0, 15), (1.001, 3), (1.000001, 6)):
        row = check(f"gate g(u) = cbrt(u) with {factor!r}/(3*y^2); g(x)", x=x).rows[0]
        assert row.digits is not None
        assert row.digits >= digits if factor == 1 else row.digits == pytest.approx(digits, abs=0.01)
        assert row.verdict == ("agrees" if factor == 1 else "differs")
    assert only(check("x^0", x=x)).digits is None


@pytest.mark.slow
def test_an_array_too_large_for_many_digits() -> None:
    x = np.linspace(-3, 3, 20_001)
    right = check("sum(sin(x)*exp(x))", x=x)
    assert right.agrees
    assert right.entries[0] < right.entries[1] == 20_001
    wrong = check("gate g(u) = sin(u) with 1.001*cos(u); sum(g(x)*exp(x))", x=x)
    assert "differs" in [row.verdict for row in wrong.rows if row.entry_count > 1]
    assert wrong.rows[-1].verdict == "differs"


def test_repr_of_a_check() -> None:
    assert repr(check("abs(x)*y", x=0, y=2)) == "<Check: 1 agrees, 1 not checkable>"
    assert not check("abs(x)", x=0).agrees

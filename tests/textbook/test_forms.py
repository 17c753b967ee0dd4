"""The textbook form of formulas of numbers: what is printed, that it has the same value, and where it has not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from graphdiff import parse
from graphdiff.passes.derivative import derivative
from graphdiff.precise.trace import trace
from graphdiff.report.derivatives import Derivative, derivatives_latex, derivatives_text
from graphdiff.textbook.derivatives import derivative_formulas
from graphdiff.textbook.form import LARGEST_REWRITTEN, textbook_form
from graphdiff.textbook.notes import TOO_LONG
from graphdiff.textbook.scalars import algebra
from graphdiff.writing.text import graph_text

POINTS = (
    {"x": 0.7, "y": 0.3, "n": 1.9, "a": 0.8, "b": 1.6, "c": 0.4, "k": 2.3, "t": 1.1},
    {"x": 0.45, "y": 1.3, "n": 3.2, "a": 1.7, "b": 0.6, "c": 2.4, "k": 0.8, "t": 0.35},
)
DIGITS = 30


def printed(text: str, by: str = "x", order: int = 1) -> tuple[str, list[str]]:
    """What diff prints: the derivative, and the notes on it."""
    formulas = derivative_formulas(parse(text), [(by,) * order], {})
    assert formulas is not None
    lines = derivatives_text([Derivative((by,) * order, *formulas[0])], {}, 6).split("\n")
    notes = [line.removeprefix("# ") for line in lines if line.startswith("#")]
    return "\n".join(lines[: len(lines) - len(notes)]), notes


def precise_value(graph: Any, point: dict[str, float]) -> float:
    own_point = {name: number for name, number in point.items() if name in graph.input_indices}
    return float(trace(graph, own_point, wrt=[], precision=DIGITS).value)


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [
        ("a*x^n", "x", "a*n*x^(n - 1)"),
        ("x^x", "x", "x^x*(log(x) + 1)"),
        ("(x + 2)/(x - 3)", "x", "-5/(x - 3)^2"),
        ("(a*x + b)/(c*x + k)", "x", "(a*k - b*c)/(c*x + k)^2"),
        ("sqrt(x)/x", "x", "-1/(2*x^(3/2))"),
        ("cbrt(x)^3", "x", "1"),
        ("a*x^b*y^(1 - b)", "y", "a*(1 - b)*x^b/y^b"),
        ("x^n/(k^n + x^n)", "x", "n*x^(n - 1)*k^n/(k^n + x^n)^2"),
        ("a*(1 + x/n)^(n*t)", "x", "a*t*(1 + x/n)^(n*t - 1)"),
        ("x^(a - 1)*(1 - x)^(b - 1)", "a", "x^(a - 1)*log(x)*(1 - x)^(b - 1)"),
        ("k/(1 + exp(-a*(x - b)))", "x", "a*k*exp(a*(b - x))/(1 + exp(a*(b - x)))^2"),
        ("a*exp(-b/(c*x))", "x", "a*b*exp(-b/(c*x))/(c*x^2)"),
        ("exp(-(x - a)^2/(2*b^2))/(b*sqrt(2*pi))", "x", "(a - x)*exp(-(x - a)^2/(2*b^2))/(sqrt(2*pi)*b^3)"),
        ("x*(1 - x/k)", "x", "1 - 2*x/k"),
        ("asin(x)", "x", "1/sqrt(1 - x^2)"),
        ("atan(x/y)", "y", "-x/(y^2 + x^2)"),
        ("acosh(1 + x)", "x", "1/(sqrt(x)*sqrt(2 + x))"),
        ("acosh(n*x)", "x", "n/sqrt(n^2*x^2 - 1)"),
        ("log(cos(x))", "x", "-tan(x)"),
        ("log(sec(x) + tan(x))", "x", "1/cos(x)"),
        ("tan(x)", "x", "tan(x)^2 + 1"),
        ("sigmoid(x)", "x", "sigmoid(x)*(1 - sigmoid(x))"),
        ("log(1 + exp(-y*x))", "x", "-y/(exp(x*y) + 1)"),
        ("x/(1 + abs(x))", "x", "1/(1 + abs(x))^2"),
        ("max(0, 1 - x*y)^2", "x", "-2*y*max(0, 1 - x*y)"),
        ("hypot(x, y)", "x", "x/sqrt(x^2 + y^2)"),
        ("0.5*k*x^2 + 0.1*x", "x", "k*x + 0.1"),
        ("(0.3 - n)*x^2", "x", "2*x*(0.3 - n)"),
        ("x^(0.3 - n)", "x", "(0.3 - n)/x^(n + 0.7)"),
        ("(0.3 - x)*exp(x)", "x", "-(0.7 + x)*exp(x)"),
        ("(x + 0.1)/(x + 0.3)", "x", "0.2/(x + 0.3)^2"),
        ("x^0.3*(1 - x)^0.7", "x", "(0.3 - x)/(x^0.7*(1 - x)^0.3)"),
        ("sin(0.3 - x)*(0.25 + x)", "x", "sin(0.3 - x) - (0.25 + x)*cos(0.3 - x)"),
        ("(0.5*x - 0.5*y)^3", "x", "0.375*(x - y)^2"),
        ("x*sqrt(2.5)", "x", "sqrt(2.5)"),
        ("sin(x)^2 + cos(x)^2 + x", "x", "1"),
        ("u = x - 3; (x + 2)/u", "x", "-5/(x - 3)^2"),
        ("2^x", "x", "2^x*log(2)"),
        ("x^3 - 4*x^2", "x", "3*x^2 - 8*x"),
        ("cos(x)/x", "x", "-(x*sin(x) + cos(x))/x^2"),
        ("a*(b*x - c/x)/x", "x", "2*a*c/x^3"),
        ("atanh(sin(x))", "x", "1/cos(x)"),
        ("log(sigmoid(-x))", "x", "-sigmoid(x)"),
        ("x - x*sigmoid(0)", "x", "1 - sigmoid(0)"),
        ("gelu(x)", "x", "x*exp(-x^2/2)/sqrt(2*pi) + erfc(-x/sqrt(2))/2"),
    ],
)
def test_as_a_person_writes(text: str, by: str, expected: str) -> None:
    """It reads back as itself, and has the value that is computed, in many digits."""
    graph = parse(text.replace("; ", "\n"))
    actual, _ = printed(text.replace("; ", "\n"), by)
    assert actual == expected
    again = parse(actual)
    assert graph_text(again, shares=False) == actual
    computed = derivative(graph, by)
    for point in POINTS:
        assert precise_value(again, point) == pytest.approx(precise_value(computed, point), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("x^n", 4, "n*(n - 1)*(n - 2)*(n - 3)*x^(n - 4)"),
        ("x^x", 2, "x^x*((log(x) + 1)^2 + 1/x)"),
        ("asinh(x)", 3, "(2*x^2 - 1)/(x^2 + 1)^(5/2)"),
        ("exp(x)/x", 4, "(x^4 - 4*x^3 + 12*x^2 - 24*x + 24)*exp(x)/x^5"),
        ("1/(1 + exp(-x))", 2, "exp(-x)*(exp(-x) - 1)/(1 + exp(-x))^3"),
        (
            "1/(1 + x^2)",
            12,
            "479001600*(13*x^12 - 286*x^10 + 1287*x^8 - 1716*x^6 + 715*x^4 - 78*x^2 + 1)/(1 + x^2)^13",
        ),
        ("x*exp(-x)", 12, "(x - 12)*exp(-x)"),
        ("1/(1/x + n/k)", 3, "6*k^2*n^2/(k + n*x)^4"),
    ],
)
def test_higher_orders(text: str, order: int, expected: str) -> None:
    assert printed(text, order=order)[0] == expected


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "text", ["1/(1 + x^2)", "tan(x)", "exp(x)/x", "sin(x)/x", "x^x", "1/(1 + exp(-x))", "x^n", "sqrt(1 + x^2)"]
)
def test_high_orders_do_not_swell(text: str) -> None:
    """Order 9, against the derivative of each of these orders in many digits by mpmath."""
    actual, _ = printed(text, order=9)
    assert len(actual) < 2000
    point = {"x": 0.7, "n": 1.9}
    computed = derivative(text, "x", order=3)
    third = derivative(parse(printed(text, order=3)[0]), "x", order=1)
    fourth = precise_value(derivative(computed, "x"), point)
    assert precise_value(third, point) == pytest.approx(fourth, rel=1e-12)
    from mpmath import mp, mpf, workdps

    functions: dict[str, Callable[[Any], Any]] = {
        "1/(1 + x^2)": lambda x: 1 / (1 + x * x),
        "tan(x)": mp.tan,
        "exp(x)/x": lambda x: mp.exp(x) / x,
        "sin(x)/x": lambda x: mp.sin(x) / x,
        "x^x": lambda x: x**x,
        "1/(1 + exp(-x))": lambda x: 1 / (1 + mp.exp(-x)),
        "x^n": lambda x: x ** mpf(1.9),
        "sqrt(1 + x^2)": lambda x: mp.sqrt(1 + x * x),
    }
    with workdps(60):
        expected = float(mp.diff(functions[text], mpf(0.7), 9))
    assert precise_value(parse(actual), point) == pytest.approx(expected, rel=1e-12)


def test_order_20() -> None:
    assert printed("(x + 2)/(x - 3)", order=20)[0] == f"{5.0 * math.factorial(20)!r}/(x - 3)^21"


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [
        ("a*x^n", "x", ["does not hold where x = 0 and n = 0"]),
        ("a*x^n", "n", ["does not hold where x = 0"]),
        ("a*(1 + x/n)^t", "x", ["does not hold where x/n = -1 and t = 0"]),
        ("x^sin(x)", "x", ["does not hold where x = 0"]),
        ("hypot(x, y)", "x", ["does not hold where x^2 + y^2 = 0"]),
        ("x^y*(x^2)^n", "x", ["does not hold where x = 0 and y = 0"]),
        ("k*x/(y*(1 + a/b) + x)", "x", ["does not hold where b = 0"]),
        ("y/(1 + n/x + 1/x)", "x", []),
        ("where(x == 1, 3, log(x)/(x - 1))", "x", ["does not hold where x = 1"]),
        ("where(x == 0.1, x^3, 2*x)", "x", ["does not hold where x = 1/10"]),
        ("where(x^2 == 4, x^3, 2*x)", "x", ["does not hold where x^2 = 4"]),
        ("where(gamma(y) == 1, x^3, x)", "x", ["does not hold where gamma(y) = 1"]),
        ("expm1(y)*where(y*x != y*0.5, -x, 1)", "x", ["does not hold where x*y - 0.5*y = 0"]),
        ("x/n^x", "x", ["does not hold where n = 0"]),
        ("((y - x)^2)^pi", "x", ["does not hold where y - x = 0"]),
        ("hypot(x, 1)", "x", []),
        ("where(1 + x^2 == 0, 1, x^2)", "x", []),
        ("where(x == 0, 0, x^2)", "x", []),
        ("x^2", "x", []),
    ],
)
def test_where_a_form_does_not_hold(text: str, by: str, expected: list[str]) -> None:
    """A note only where the computed formula is finite and the printed one has another value."""
    assert printed(text, by)[1] == expected


def test_a_guard_that_holds_between_kinks_stays() -> None:
    """relu(x) is 0 at all negative numbers."""
    text, notes = printed("relu(x)^a")
    assert notes == []
    assert precise_value(parse(text), {"x": -1.0, "a": 0.5}) == 0


def test_notes_in_every_format(command: Callable[..., Any]) -> None:
    entries = json.loads(command("diff", "x^n", "--json").out)["derivatives"]
    assert [each["notes"] for each in entries] == [
        ["does not hold where x = 0 and n = 0"],
        ["does not hold where x = 0"],
    ]
    latex = derivatives_latex([Derivative(("n",), derivative("x^n", "n"))], None, {}, 6)
    assert latex == "x^{n} \\ln\\left(x\\right)\n% does not hold where x = 0"
    assert command("diff", "x^n", "--wrt", "n", "--at", "x=2,n=0").out.splitlines() == [
        "x^n*log(x)  # 0.693147",
        "# does not hold where x = 0",
    ]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "sqrt(x^2)",
            "(x^2)^a",
            "(x^2)^0.25",
            "sqrt(x^2*y)",
            "(x*y)^a",
            "(-x)^a",
            "abs(x)^3",
            "log(x^2)",
            "cbrt(x)^2",
        ),
        *("x^3*abs(x)", "sqrt(4*x^2)", "exp(a*log(x^2))", "(x - 1)^2/(1 - x)", "sqrt(1 - x)/(x - 1)", "x*sign(x)"),
    ],
)
@pytest.mark.parametrize("x", [-1.5, -0.5])
def test_identities_only_where_they_hold(text: str, x: float) -> None:
    """At negative numbers, for which powers that are not whole do not combine."""
    point = {"x": x, "y": 0.75, "a": 2.0}
    computed = parse(text)
    form = textbook_form([computed], {}).graph
    assert precise_value(form, point) == pytest.approx(precise_value(computed, point), rel=1e-12)


def test_a_formula_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many operations, or too much work: it is as it is computed, and says so."""
    text = "+".join(["sin(x)"] * (LARGEST_REWRITTEN + 1))
    assert textbook_form([parse(text)], {}).notes == ((TOO_LONG,),)
    monkeypatch.setattr(algebra, "MOST_WORK", 10)
    form = textbook_form([parse("(x + y)*(x - y)/(x*y)")], {})
    assert form.notes == ((TOO_LONG,),)
    assert precise_value(form.graph, {"x": 2.0, "y": 4.0}) == -1.5
    assert textbook_form([parse("1e300*x*1e300")], {}).notes == ((TOO_LONG,),)


def test_deep_formulas_do_not_recurse() -> None:
    for text in ("sin(" * 900 + "x" + ")" * 900, "^".join(["x"] * 300), "(1+" * 600 + "x" + ")" * 600):
        textbook_form([parse(text)], {})


def test_names_stay_where_the_formula_is_long() -> None:
    text = "\n".join([f"h{i} = tanh(w{i}*{f'h{i - 1}' if i else 'x'} + b{i})" for i in range(4)] + ["h3^2"])
    lines = printed(text, "w0")[0].split("\n")
    assert [line.split(" = ")[0] for line in lines if line.startswith("h")] == ["h0", "h1", "h2", "h3"]

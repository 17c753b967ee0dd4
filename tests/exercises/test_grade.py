"""Verdicts: what is right to its digits, as a formula, or by an earlier wrong answer; and the names of answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

import graphdiff
from graphdiff import Grade, GraphdiffError
from graphdiff.exercises.grade_numbers import agrees

POINT = {"x": -2.0, "y": 5.0, "z": -4.0}
PROGRAM = "q = x + y; f = q*z; f"


def verdicts(source: str, point: Mapping[str, Any], answers: Mapping[str, Any], **options: Any) -> list[str]:
    return [answer.verdict for answer in graphdiff.grade(source, point, answers, **options).answers]


def first_kind(grade: Grade) -> str | None:
    """The kind of the likeliest slip of the first answer."""
    slips = grade.answers[0].slips
    return slips[0].kind if slips else None


def test_the_course_example() -> None:
    grade = graphdiff.grade(PROGRAM, POINT, {"d_x": "-4", "d_y": "4", "q": 3, "value": -12, "d_f": 1})
    assert [answer.verdict for answer in grade.answers] == ["right", "wrong", "right", "right", "right"]
    (slip,) = grade.answers[1].slips
    assert (slip.kind, slip.node, slip.edge) == ("sign", "q", ("y", "q"))
    assert slip.message == (
        "The derivative of q = x + y by y is 1, and -1 has the wrong sign; this slip gives d_y = 4."
    )
    assert (grade.answers[1].given, grade.answers[1].expected) == ("4", -4.0)
    assert not grade.is_right
    assert (grade.points, grade.of) == (5, 6)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        *(("0.333", "right"), ("0.3333", "right"), ("1/3", "right"), (1 / 3, "right"), ("0.33333333333", "right")),
        *(("0.33", "wrong"), ("0.334", "wrong"), ("0.3334", "wrong"), ("", "wrong"), (None, "wrong")),
        *(
            (0.333, "right"),
            (0.33, "wrong"),
            ("3.33e-1", "right"),
            ("333e-3", "right"),
            ("33/100", "wrong"),
            ("1/3 + 1e-7", "wrong"),
            ("+.333", "right"),
        ),
    ],
)
def test_numbers_to_their_own_digits(given: Any, verdict: str) -> None:
    assert verdicts("x/3", {"x": 2.0}, {"d_x": given}) == [verdict]


def test_a_half_of_the_last_digit() -> None:
    """1.2345 is a little less in binary; a person rounds it up."""
    assert verdicts("x*y", {"x": 1.0, "y": 1.2345}, {"d_x": "1.235"}) == ["right"]
    assert verdicts("x*y", {"x": 1.0, "y": 1.2345}, {"d_x": "1.234"}) == ["right"]
    assert verdicts("x*y", {"x": 1.0, "y": 1.2345}, {"d_x": "1.236"}) == ["wrong"]


def test_noise_of_rounding_is_zero() -> None:
    assert verdicts("sin(pi*x)", {"x": 1.0}, {"value": "0"}) == ["right"]
    assert verdicts("a = 0.1 + 0.2 - 0.3; x*a", {"x": 1.0}, {"d_x": 0, "a": "0"}) == ["right", "right"]


def test_tolerance() -> None:
    for tolerance, verdict in ((0.1, "right"), (0.01, "wrong")):
        assert verdicts("x^2", {"x": 1.0}, {"d_x": "2.1"}, tolerance=tolerance) == [verdict]
    with pytest.raises(GraphdiffError, match="tolerance"):
        graphdiff.grade("x", {"x": 1}, {"d_x": 1}, tolerance=math.nan)


@pytest.mark.parametrize(
    ("source", "point", "answers"),
    [
        ("n*x^n", {"n": 3, "x": 2}, {"d_x": "n^2*x^(n-1)", "d_n": "x^n*(1 + n*log(x))"}),
        ("n*x^n", {"n": 3, "x": -2}, {"d_x": "n*n*x^n/x"}),
        ("exp(x)", {"x": 2}, {"d_x": "e^x", "value": "exp(x/2)^2"}),
        ("exp(2*x)", {"x": 300}, {"d_x": "2*(e^x)^2"}),
        ("abs(x)", {"x": -2}, {"d_x": "x/abs(x)", "value": "sqrt(x^2)"}),
        ("abs(x)", {"x": -2}, {"d_x": "sign(x)", "value": "max(x, -x)"}),
        ("log(x^3)", {"x": 2}, {"d_x": "3/x", "value": "3*log(x)"}),
        ("log(x^2)", {"x": -2}, {"d_x": "2/x", "value": "2*log(abs(x))"}),
        ("sin(x)*cos(x)", {"x": 0.3}, {"d_x": "cos(2x)", "value": "sin(2x)/2"}),
        ("sin(x)^2", {"x": 1.1}, {"d_x": "sin(2*x)", "value": "(1 - cos(2x))/2"}),
        ("tan(x)", {"x": 0.4}, {"d_x": "1 + tan(x)^2", "value": "sin(x)/cos(x)"}),
        ("(x + 1)^2 - x^2 - 2*x", {"x": 3}, {"d_x": "0", "value": "1"}),
        ("sin(x)^2 + cos(x)^2 + x", {"x": 3}, {"d_x": "x/x", "value": "1 + x"}),
        ("2^x", {"x": 1.5}, {"d_x": "log(2)*e^(x*log(2))"}),
        ("x/3", {"x": 0.7}, {"d_x": "0.333", "value": "0.333*x"}),
        ("1/(1 + exp(-x))", {"x": 0.7}, {"d_x": "1/(1 + exp(-x))*(1 - 1/(1 + exp(-x)))"}),
        (PROGRAM, POINT, {"d_x": "z", "d_z": "q", "d_q": "f/q", "value": "z*x + y*z"}),
        ("sum((W@x)^2)", {"W": [[1, 2], [3, 4]], "x": [5, 6]}, {"d_x": "2*W.T@(W@x)", "d_W": [[170, 204], [390, 468]]}),
        (r"\frac{x}{y}", {"x": 2, "y": 3}, {"d_x": r"\frac{1}{y}", "d_y": r"-\frac{x}{y^2}"}),
    ],
)
def test_formulas_in_any_form(source: str, point: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
    """Among them the pairs on which exam systems fail or time out."""
    assert set(verdicts(source, point, answers)) <= {"right"}


@pytest.mark.parametrize(
    ("source", "point", "answers", "kind"),
    [
        ("sin(3*x)", {"x": 0.7}, {"d_x": "cos(3*x)"}, "inner derivative"),
        ("x^3", {"x": 2}, {"d_x": "3*x^3"}, "power rule"),
        ("x^2*sin(x)", {"x": 1.3}, {"d_x": "2*x*cos(x)"}, "product rule"),
        ("x/(x + 1)", {"x": 1.3}, {"d_x": "(x - (x + 1))/(x + 1)^2"}, "quotient rule"),
        ("x*exp(x)", {"x": 1.3}, {"d_x": "exp(x)"}, "missing path"),
        ("log(x)", {"x": 2}, {"d_x": "1/log(x)"}, "reciprocal"),
        ("x*y", {"x": 2, "y": 7}, {"d_x": "x"}, "wrong operand"),
        ("exp(x^2)", {"x": 1.3}, {"d_x": "2*x"}, "upstream"),
        ("cos(x)", {"x": 1.3}, {"d_x": "sin(x)"}, "sign"),
        ("f(u, v) = u*v; f(sin(x), x^2)", {"x": 0.7}, {"d_x": -1.27668}, "sign"),
        ("x^4", {"x": 1.3}, {"d_x": "x^5/5"}, "integrated"),
        ("x/3", {"x": 1.3}, {"d_x": "0.33"}, "rounding"),
        ("x*y", {"x": 1.5, "y": 0.196612}, {"d_x": "0.20"}, "rounding"),
        ("x*y", {"x": 1.24, "y": 2.36}, {"d_x": "-2.4"}, "sign"),
        ("x*y + x*z", {"x": 1, "y": 1.24, "z": 2.36}, {"d_x": -4}, "sign"),
        ("3*max(x, y)", {"x": 2, "y": 5}, {"d_x": 3}, "wrong operand"),
        ("q = x + y; q*z", POINT, {"q": "7"}, "arithmetic"),
        ("x^2", {"x": 4}, {"value": 8}, "arithmetic"),
        ("sum(A@B)", {"A": [[1, 2], [3, 4]], "B": [[1, 0], [5, 7]]}, {"d_A": [[1, 1], [12, 12]]}, "transposed"),
    ],
)
def test_kinds(source: str, point: Mapping[str, Any], answers: Mapping[str, Any], kind: str) -> None:
    grade = graphdiff.grade(source, point, answers)
    assert first_kind(grade) == kind
    name = next(iter(answers))
    assert f"{name} " in grade.answers[0].slips[0].message


def test_the_operand_that_was_selected() -> None:
    grade = graphdiff.grade("3*max(x, y)", {"x": 2, "y": 5}, {"d_x": 3, "d_y": 0})
    messages = [slip.message for answer in grade.answers for slip in answer.slips if slip.kind == "wrong operand"]
    assert [text.partition("selected, ")[2].partition(";")[0] for text in messages] == ["which is not x", "which is y"]


def test_slips_in_answers_of_few_digits() -> None:
    """A slip that an answer rounds to one digit is named, behind those that give it exactly; a right number needs
    none."""
    source, point = "x*y", {"x": 3.04, "y": 0.19661}
    grade = graphdiff.grade(source, point, {"d_y": "-3", "d_x": "0.2"})
    negative, short = (answer.slips for answer in grade.answers)
    assert [slip.kind for slip in short] == ["rounding"]
    assert (negative[0].kind, negative[0].edge) == ("sign", ("y", "v1"))
    assert negative[0].message.endswith("gives d_y = -3.04, which -3 rounds to fewer than 3 significant digits.")
    (answer,) = graphdiff.grade("exp(2*x)", {"x": 0.3}, {"d_x": "2"}).answers
    assert [slip.kind for slip in answer.slips] == ["upstream", "inner derivative", "inner derivative"]
    assert ["rounds to" in slip.message for slip in answer.slips] == [False, False, True]


def test_carried_errors() -> None:
    """What is right by an earlier wrong value, or by an earlier wrong gradient."""
    grade = graphdiff.grade(PROGRAM, POINT, {"d_z": -7, "q": -7, "value": 28, "d_x": -4})
    assert [answer.verdict for answer in grade.answers] == ["carried", "wrong", "carried", "right"]
    assert verdicts("a = x*y; b = sin(a); 3*b", {"x": 2, "y": 1}, {"d_b": 1, "d_a": "-0.4161", "d_x": "-0.4161"}) == [
        "wrong",
        "carried",
        "carried",
    ]


def test_two_wrong_answers_by_one_slip() -> None:
    grade = graphdiff.grade("a = x*y; sin(a)", {"x": 2, "y": 0.3}, {"d_x": "-0.2476", "d_y": "-1.651"})
    for answer in grade.answers:
        assert (answer.slips[0].kind, answer.slips[0].edge) == ("sign", ("a", "v1"))
    assert (grade.points, grade.of) == (2, 3)


def test_names_of_nodes_that_look_like_answers() -> None:
    grade = graphdiff.grade("value = x*y; d_x = value^2; d_x*3", {"x": 2, "y": 3}, {"value": 108, "d_x": 108})
    assert [answer.verdict for answer in grade.answers] == ["right", "right"]
    assert len(grade.notes) == 2
    assert verdicts("d_u = x*2; d_u*x", {"x": 2}, {"d_u": 4, "d_d_u": 2}) == ["right", "right"]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"d_w": 1}, "there is no 'd_w'"),
        ({"d_x": "2*w"}, "'w' is neither an input nor a node"),
        ({"d_x": "2*"}, "expected an operand"),
        ({"d_x": "1/0"}, "not a finite number"),
        ({"d_x": [1, "a"]}, "not a number"),
        ({"d_x": {}}, "not a number"),
        ({"d_x": "1" * 20_000}, "characters"),
        ({"d_x": "zeros(100000, 100000)"}, "100,000,000"),
        ({"d_x": "sum(sin(k*x) for k in range(1000))"}, "more than 2,000 operations"),
        ({"q": 1, "d_pi": 1}, "is a constant here"),
        ({"d_x": 1, " d_x ": 1}, "same number"),
    ],
)
def test_answers_that_cannot_be_read(answers: Mapping[str, Any], message: str) -> None:
    with pytest.raises(GraphdiffError) as info:
        graphdiff.grade("q = x + y; f = q*z*pi/pi; f", POINT, answers)
    assert message in info.value.message


def test_arrays_of_another_shape_are_wrong() -> None:
    assert verdicts("sum(x^2)", {"x": [1, 2]}, {"d_x": 2}) == ["wrong"]
    assert verdicts("x*y", {"x": 3, "y": 2}, {"d_x": [1, 2], "d_y": "[x, 2]"}) == ["wrong", "wrong"]
    assert verdicts("sum(x^2)", {"x": [1, 2]}, {"d_x": "[2, 4]"}) == ["right"]
    assert verdicts("x^2", {"x": [1, 2]}, {"d_x": "[2, 4]"}, upstream=[1, 1]) == ["right"]


def test_no_number_is_no_evidence() -> None:
    """x/x has no value at 0, where the exercise is; a formula with no value anywhere is not right."""
    assert verdicts("sin(x)", {"x": 0}, {"d_x": "cos(x)*x/x"}) == ["right"]
    assert verdicts("x*y", {"x": 1, "y": 2}, {"d_x": "y*log(-abs(x))/log(-abs(x))"}) == ["wrong"]
    assert verdicts("x*y", {"x": 3, "y": 2}, {"d_x": "exp(exp(exp(exp(x))))"}) == ["wrong"]


def test_in_a_large_graph_the_search_for_slips_is_bounded() -> None:
    source = " + ".join(f"sin({k}*x)" for k in range(1, 100))
    grade = graphdiff.grade(source, {"x": 0.1}, {"d_x": "12345"})
    assert grade.answers[0].verdict == "wrong"


def test_whole_numbers_have_the_digits_of_their_text() -> None:
    for given in (123, 123.0, "123"):
        assert verdicts("x*y", {"x": 1, "y": 123.4}, {"d_x": given}) == ["right"]


@pytest.mark.parametrize(
    ("given", "expected", "is_right"),
    [
        *((1.0, 1.0049, True), (1.0, 0.9951, False), (0.999, 1.0004, False), (10.0, 9.996, True)),
        *((0.0, 1e-17, False), (0.06855, 0.06855012, True), (2.0, math.inf, False), (-1.0, 1.0, False)),
    ],
)
def test_rounding_to_three_digits(given: float, expected: float, is_right: bool) -> None:
    assert agrees(given, expected, 3) is is_right


def test_entries_of_arrays_have_different_digits() -> None:
    """Rounded to the digits of the shortest, the others would be rounded a second time."""
    x = [0.06850512, 0.21908031, 0.0122186, 1.0]
    assert verdicts("sum(x*y)", {"x": x, "y": x}, {"d_x": [0.068505, 0.21908, 0.012219, 1]}) == ["right"]

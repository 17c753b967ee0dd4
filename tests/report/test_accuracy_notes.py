"""The lines under the tables about inaccurate numbers and kinks, in every format."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from graphdiff import trace
from graphdiff.notebook import trace_bundle
from graphdiff.report.accuracy import notes
from graphdiff.writing.latex_names import text_latex

Command = Callable[..., Any]
LOST = "((x + 1e12) - 1e12)*x", "--at", "x=0.1"


def notes_of(formula: str, **point: Any) -> list[str]:
    result = trace(formula, point)
    return notes(result, result.accuracy)


def test_no_notes_where_all_is_well() -> None:
    assert notes_of("(x + y)*z", x=-2, y=5, z=-4) == []


def test_a_line_for_each_number_and_one_for_each_hint() -> None:
    assert notes_of("x/sqrt(x^2+y^2)", x=1e200, y=1e200) == [
        "value = 0 is wrong: overflow in x^2; the right value is 0.7071067811865476",
        "d_x = 0 is wrong: overflow in x^2; the right value is 3.5355339059327375e-201",
        "d_y = -0.0 is wrong: overflow in y^2; the right value is -3.5355339059327375e-201",
        "hint: use hypot",
    ]


def test_entries_of_arrays_and_the_number_of_the_others() -> None:
    lines = notes_of("sum((x + 1e20 - 1e20)^2)", x=[1.5] * 12)
    assert lines[0].startswith("value = 0 is wrong: cancellation in v1 - 1e+20; the right value is 27")
    assert lines[1].startswith("d_x[0] = 0 is wrong")
    assert lines[-1] == "and 8 more"


@pytest.mark.parametrize(
    ("formula", "point", "line"),
    [
        (
            "relu(x)-relu(-x)",
            {"x": 0},
            "differentiable here: the steps take the side of each kink that gives the gradient",
        ),
        ("abs(x)", {"x": 0}, "not differentiable here: the gradient follows the convention"),
        ("abs(x) + y^2", {"x": 0, "y": 2}, "not differentiable here: the gradient by x follows the convention"),
        ("hypot(x, y)", {"x": 0, "y": 0}, "not differentiable here: the gradient follows the convention"),
        (
            "where(x==0,1,(exp(x)-1)/x)",
            {"x": 0},
            "the gradient by x is its limit 0.5; the steps follow the convention",
        ),
        (
            "sum(where(x*ones(7000) > 0, x, -x))",
            {"x": 0},
            "it is not known whether the gradient exists here: it follows the convention",
        ),
    ],
)
def test_kinks(formula: str, point: dict[str, float], line: str) -> None:
    assert notes_of(formula, **point) == [line]


@pytest.mark.parametrize("form", ["table", "markdown", "html", "latex"])
def test_every_format_has_the_lines(form: str, command: Command) -> None:
    result = trace(LOST[0], x=0.1)
    out = command("eval", *LOST, "--format", form).out
    for line in notes(result, result.accuracy):
        assert (text_latex(line) if form == "latex" else line) in unescape(out)


def test_pages_and_notebooks(command: Command) -> None:
    result = trace(LOST[0], x=0.1)
    page = unescape(command("draw", *LOST, "--format", "html").out)
    bundle = trace_bundle(result)
    for line in notes(result, result.accuracy):
        assert f'<p class="accuracy" data-here="{line}" data-elsewhere="">' in page
        assert f'<p class="accuracy">{line}</p>' in unescape(bundle["text/html"])
    assert r"\text{d\_x = 0.1999755859375 has only 3 right digits" in bundle["text/latex"]


def test_latex_does_not_claim_that_paths_sum_to_a_limit(command: Command) -> None:
    out = command("eval", "where(x==0,1,(exp(x)-1)/x)", "--at", "x=0", "--format", "latex").out
    assert r"0\text{ by convention}" in out
    assert r"\par the gradient by x is its limit 0.5; the steps follow the convention" in out


def test_text_is_data(command: Command) -> None:
    """Names and expressions are never markup."""
    out = command("eval", "sum((x + 1e20 - 1e20)^2)", "--at", "x=[1.5,2.5]", "--format", "html").out
    assert "d_x[0] = 0 is wrong" in out
    table = command("eval", "sum((x + 1e20 - 1e20)^2)", "--at", "x=[1.5,2.5]", "--color", "never").out
    assert "d_x[0] = 0 is wrong: cancellation in v1 - 1e+20; the right value is 3" in table

"""graphdiff diff: output, options and mistakes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdiff import parse, trace

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["x^3*y", "--wrt", "x"], "3*x^2*y"),
        (["x^3*y"], "d_x = 3*x^2*y\nd_y = x^3"),
        (["x^3*y", "--wrt", "y,x"], "d_y = x^3\nd_x = 3*x^2*y"),
        (["x^3*y", "--order", "2"], "d_x_x = 6*x*y\nd_y_y = 0"),
        (["x^3", "--order", "4"], "0"),
        (["x^3*y", "--hessian"], "d_x_x = 6*x*y\nd_x_y = 3*x^2\nd_y_y = 0"),
        (["x*y", "--direction", "x=1,y=2"], "y + 2*x"),
        (["x*y", "--direction", "x=1", "--direction", "y=2"], "y + 2*x"),
        (["a = 2; a*x^2", "--direction", "a=1,x=1"], "x^2 + 2*a*x"),
        (["x*y", "--at", "x=3,y=4"], "d_x = y  # 4\nd_y = x  # 3"),
        (["x/3", "--at", "x=3", "--digits", "3"], "1/3  # 0.333"),
        (["-x^2"], "-2*x"),
        (["-x*f", "--at", "x=3,f=2"], "d_x = -f  # -2\nd_f = -x  # -3"),
        (["--wrt", "x", "--", "-x"], "-1"),
        (["pi*x^2", "--wrt", "pi"], "x^2"),
        (["pi*x^2", "--at", "x=1,pi=3"], "2*pi*x  # 6"),
        (["d_x*x"], "dd_d_x = x\ndd_x = d_x"),
        (["q = x^2; sin(q)", "--output", "q"], "2*x"),
        (["1/(1+exp(-x))", "--fuse"], "sigmoid(x)*(1 - sigmoid(x))"),
        (["f(x, y) = x*y", "--wrt", "x"], "y"),
        (["sum((W@x)^2)", "--shape", "W=2x3,x=3"], "d_W = 2*outer(W @ x, x)\nd_x = 2*W.T @ W @ x"),
        (["sum(x^2)", "--shape", "x=(3,)"], "2*x"),
        (["x*y*z", "--wrt", "x", "--wrt", "y"], "d_x = y*z\nd_y = x*z"),
        (["norm = x + 1; norm^2(norm + 1)"], "(x + 1)*(3*x + 5)"),
        (["sum(x^2)", "--at", "x=[1,2]"], "2*x  # [2, 4]"),
        (["sin(x)", "--shape", "x=2", "--direction", "x=[1,0]"], "[1, 0]*cos(x)"),
    ],
)
def test_what_is_written(command: Command, words: list[str], out: str) -> None:
    result = command("diff", *words)
    assert (result.status, result.err) == (0, "")
    if "direction" in " ".join(words) and "sin" in words[0]:
        assert trace(result.out, x=[0.5, 2.0], upstream=1).value == pytest.approx([math.cos(0.5), 0])
    else:
        assert result.out == f"{out}\n"


@pytest.mark.parametrize(
    ("words", "status", "parts"),
    [
        (["x", "--order", "0"], 2, ["--order", "0"]),
        (["x", "--order", "two"], 2, ["--order", "two"]),
        (["x", "--order", "2", "--hessian"], 2, ["--order cannot be used with --hessian"]),
        (["x", "--jacobian", "--hessian"], 2, ["--hessian cannot be used with --jacobian"]),
        (["x", "--direction", "x=1", "--wrt", "x"], 2, ["--direction cannot be used with --wrt"]),
        (["x", "--direction", "z=1"], 2, ["no input 'z'"]),
        (["x", "--direction", "x"], 2, ["no value given for 'x'"]),
        (["x", "--direction", ""], 2, ["expected NAME=VALUE"]),
        (["x*y", "--wrt", "z"], 2, ["no input 'z'", "x, y"]),
        (["x*y", "--wrt", ""], 2, ["no input"]),
        (["x*y", "--wrt"], 2, ["requires an argument", "graphdiff diff --help"]),
        (["2"], 2, ["no input to differentiate with respect to"]),
        (["x*"], 2, ["expected an operand after '*'", "^"]),
        (["sin^2(x)"], 2, ["'sin' is a function", "write sin(x)^2"]),
        (["sin^-1(x)"], 2, ["write asin(x), or 1/sin(x)"]),
        (["1 - 2cos²(x + y)", "--wrt", "x"], 2, ["write cos(x + y)²"]),
        ([], 2, ["no expression"]),
        (["x", "y"], 2, ["more than one expression"]),
        (["x", "--format", "xml"], 2, ["xml", "latex"]),
        (["x", "--josn"], 2, ["--josn", "--json"]),
        (["x", "--at", "y=1"], 2, ["no input 'y'"]),
        (["x", "--shape", "nonsense"], 2, ["'nonsense' is not a valid shape", "--shape W=2x3,x=3"]),
        (["x", "--shape", "x=0"], 2, ["at least one entry"]),
        (["x", "--shape", "x=-1"], 2, ["'x=-1' is not a valid shape"]),
        (["x", "--shape", "x=2,x=3"], 2, ["duplicate shape of 'x'"]),
        (["x", "--shape", "[red]=2"], 2, ["[red]"]),
        (["x", "--shape", "x=" + "x".join("1" * 99)], 2, ["axes"]),
        (["x", "--shape", "y=2"], 2, ["no input 'y'"]),
        (["sum(x)", "--shape", "x=3", "--at", "x=[1,2]"], 2, ["(2,) in --at", "(3,) in --shape"]),
        (["3*x", "--shape", "x=3"], 2, ["Jacobian", "--jacobian"]),
        (["sum(cumsum(x)^2)", "--shape", "x=101", "--hessian"], 2, ["100 entries", "--direction x="]),
        (["W@x"], 2, ["no rows or columns", "^"]),
        (["-f", "/nonexistent.gd"], 2, ["cannot read"]),
        (["x", "-f", "x.gd"], 2, ["-f cannot be used with"]),
        (["sum(s[y])", "--wrt", "y", "--shape", "s=3"], 2, ["index"]),
    ],
)
def test_mistakes(command: Command, words: list[str], status: int, parts: list[str]) -> None:
    result = command("diff", *words)
    assert (result.status, result.out) == (status, "")
    assert result.err.startswith("error: ")
    assert [part for part in parts if part not in result.err] == []
    assert "Traceback" not in result.err


def test_json(command: Command) -> None:
    result = command("diff", "x^3*y", "--hessian", "--json", "--at", "x=2,y=5")
    document = json.loads(result.out)
    assert document == {
        "version": 1,
        "expression": "x^3*y",
        "language": "graphdiff",
        "source": "x^3*y",
        "read_as": None,
        "notes": [],
        "derivatives": [
            {"by": ["x", "x"], "formula": "6*x*y", "notes": [], "value": 60.0, "accuracy": [], "differentiable": None},
            {"by": ["x", "y"], "formula": "3*x^2", "notes": [], "value": 12.0, "accuracy": [], "differentiable": None},
            {"by": ["y", "y"], "formula": "0", "notes": [], "value": 0.0, "accuracy": [], "differentiable": None},
        ],
    }
    document = json.loads(
        command("diff", "log(x)", "--json", "--at", "x=0", "--allow-nonfinite").out, parse_constant=pytest.fail
    )
    assert document["derivatives"][0]["value"] == "Infinity"
    document = json.loads(command("diff", "sum(x*W)", "--json", "--at", "x=[1,2],W=[[1,2],[3,4]]").out)
    assert [entry["value"] for entry in document["derivatives"]] == [[4, 6], [[1, 2], [1, 2]]]
    error = json.loads(command("diff", "x*", "--json").err)["error"]
    assert (error["kind"], error["span"]) == ("syntax", [1, 2])


def test_latex(command: Command) -> None:
    assert command("diff", "x^3*y", "--wrt", "x", "--format", "latex").out == "3 x^{2} y\n"
    assert command("diff", "1/x", "--format", "latex").out.count(r"\frac") == 1


def test_where_the_expression_is_from(command: Command, tmp_path: Path) -> None:
    assert command("diff", "-", stdin=b"x^2").out == "2*x\n"
    path = tmp_path / "a.gd"
    path.write_text("# a comment\nq = x^2\nq*y\n")
    assert command("diff", "-f", str(path)).out == "d_x = 2*x*y\nd_y = x^2\n"
    assert command("diff", "-f", str(tmp_path)).status == 2


@pytest.mark.slow
def test_long_and_deep_formulas(command: Command, tmp_path: Path) -> None:
    """Formulas of any length read back: nothing is recursive."""
    path = tmp_path / "long.gd"
    terms = 3000
    path.write_text(" + ".join(f"{number}*x^{number % 5}" for number in range(1, terms + 1)))
    result = command("diff", "-f", str(path))
    assert (result.status, result.err) == (0, "")
    expected = sum(number * (number % 5) * 0.5 ** (number % 5 - 1) for number in range(1, terms + 1))
    assert trace(result.out, x=0.5).value == pytest.approx(expected, rel=1e-12)
    path.write_text("(" * 10000 + "x" + ")" * 10000)
    assert command("diff", "-f", str(path)).out == "1\n"
    path.write_text("sin(" * 2000 + "x" + ")" * 2000)
    result = command("diff", "-f", str(path))
    gradient = trace(path.read_text(), x=0.7).gradients["x"]
    assert trace(parse(result.out), x=0.7).value == pytest.approx(gradient, rel=1e-9)


def test_a_value_that_is_not_finite(command: Command) -> None:
    """Exit status 3, as for every command; without --at there is only the formula."""
    result = command("diff", "log(x)", "--at", "x=0")
    assert (result.status, result.out) == (3, "")
    assert "the derivative with respect to x is inf at this point" in result.err
    assert command("diff", "log(x)").out == "1/x\n"
    assert command("diff", "log(x)", "--at", "x=0", "--allow-nonfinite").out == "1/x  # inf\n"
    assert json.loads(command("diff", "log(x)", "--at", "x=0", "--allow-nonfinite", "--json").out)["derivatives"] == [
        {"by": ["x"], "formula": "1/x", "notes": [], "value": "Infinity", "accuracy": [], "differentiable": None}
    ]

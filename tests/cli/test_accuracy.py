"""What the command line says about numbers that 64 bits get wrong, and about gradients at kinks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
LOST = "((x + 1e12) - 1e12)*x", "--at", "x=0.1"
OVERFLOW = "x/sqrt(x^2+y^2)", "--at", "x=1e200,y=1e200"
INFINITE = "log(p*exp(-(x-m1)^2/2)+(1-p)*exp(-(x-m2)^2/2))", "--at", "p=.3,x=60,m1=-1,m2=2"
WARNING = """\
warning: 2 numbers are inaccurate; the first: value = 0.00999755859375 has only 3 right digits: \
cancellation in v1 - 1000000000000; the right value is 0.010000000000000002
  1 │ ((x + 1e12) - 1e12)*x
    │ ^^^^^^^^^^^^^^^^^^^
"""


@pytest.mark.parametrize("words", [["eval"], ["eval", "--json"], ["explain"], ["eval", "--format", "csv"], ["draw"]])
def test_one_warning_and_exit_status_0(words: list[str], command: Command) -> None:
    result = command(words[0], *LOST, *words[1:])
    assert (result.status, result.err) == (0, WARNING)


def test_no_word_where_all_is_well(command: Command) -> None:
    result = command("eval", "(x+y)*z", "--at", "x=-2,y=5,z=-4")
    assert (result.status, result.err) == (0, "")
    assert result.out.rstrip().endswith("z         -4         3")


def test_a_single_number_with_a_hint(command: Command) -> None:
    result = command("eval", OVERFLOW[0], "--wrt", "y", *OVERFLOW[1:])
    assert result.err.startswith("warning: 2 numbers are inaccurate; the first: value = 0 is wrong: overflow in x^2;")
    assert result.err.endswith("^^^ use hypot, or --fuse, which finds it\n")
    assert "hint: use hypot, or --fuse, which finds it" in result.out
    fused = command("eval", *OVERFLOW, "--fuse", "--json")
    assert (fused.err, json.loads(fused.out)["accuracy"]) == ("", [])


def test_the_place_in_a_file(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "loss.gd"
    path.write_text("a = exp(-x)\nf = (1 - a)/x\n")
    assert "2 │ f = (1 - a)/x" in command("eval", "-f", str(path), "--at", "x=1e-12").err


def test_json(command: Command) -> None:
    result = json.loads(command("eval", *LOST, "--json").out)
    value, gradient = result["accuracy"]
    assert value == {
        "of": "value",
        "index": [],
        "float": 0.00999755859375,
        "right": pytest.approx(0.01, rel=1e-12),
        "digits": pytest.approx(3.61, abs=0.01),
        "cause": {"node": "v2", "expression": "v1 - 1000000000000", "why": "cancellation", "span": [0, 19]},
        "hint": None,
    }
    assert (gradient["of"], gradient["float"], gradient["right"]) == ("d_x", 0.1999755859375, pytest.approx(0.2))
    assert (result["differentiable"], result["limits"]) == (None, [])
    assert json.loads(command("explain", *LOST, "--json").out)["accuracy"][0] == value


@pytest.mark.parametrize(
    ("formula", "differentiable", "limits"),
    [
        ("x^2", None, []),
        ("relu(x)-relu(-x)", True, []),
        ("where(x==0,1,(exp(x)-1)/x)", True, ["x"]),
        ("abs(x)", False, []),
        ("sum(where(x*ones(7000) > 0, x, -x))", "unknown", []),
    ],
)
def test_json_at_kinks(formula: str, differentiable: object, limits: list[str], command: Command) -> None:
    for name in ("eval", "explain"):
        result = json.loads(command(name, formula, "--at", "x=0", "--json").out)
        assert (result["differentiable"], result["limits"]) == (differentiable, limits)


def test_json_lines_end_with_what_there_is_to_say(command: Command) -> None:
    lines = [json.loads(line) for line in command("eval", *LOST, "--format", "jsonl").out.splitlines()]
    assert [line["pass"] for line in lines].count("accuracy") == 1
    assert [each["of"] for each in lines[-1]["accuracy"]] == ["value", "d_x"]
    *_, last = command("eval", "x*y", "--at", "x=1,y=2", "--format", "jsonl").out.splitlines()
    assert json.loads(last)["pass"] == "backward"


def test_an_infinity_with_a_right_value(command: Command) -> None:
    result = command("eval", *INFINITE)
    assert result.status == 3
    assert result.err.startswith("error: the value is -inf: log(v14) is -inf; the right value is -1682.3566749439387\n")
    allowed = command("eval", *INFINITE, "--allow-nonfinite", "--json")
    assert allowed.status == 0
    value = json.loads(allowed.out)["accuracy"][0]
    assert (value["of"], value["float"]) == ("value", "-Infinity")
    assert value["right"] == pytest.approx(-1682.3566749439387, rel=1e-12)


def test_explain_does_not_claim_that_paths_sum_to_a_limit(command: Command) -> None:
    lines = command("explain", "where(x==0,1,(exp(x)-1)/x)", "--at", "x=0").out.splitlines()
    assert "∂f/∂x = 0 + 0 + 0 = 0 by convention" in lines
    assert lines[-1] == "the gradient by x is its limit 0.5; the steps follow the convention"
    lines = command("explain", "relu(x)-relu(-x)", "--at", "x=0").out.splitlines()
    assert "∂f/∂x = 1 + 0 = 1" in lines
    assert "    ∂f/∂v1 · ∂v1/∂x = 1 · (x > 0) = 1 · 1 = 1" in lines

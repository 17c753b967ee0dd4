"""What the command line says about numbers that 64 bits get wrong, and about gradients at kinks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
LOST = "(1-exp(-x))/x", "--at", "x=1e-12"
OVERFLOW = "x/sqrt(x^2+y^2)", "--at", "x=1e200,y=1e200"
NAN = "s=sigmoid(x); -(y*log(s)+(1-y)*log(1-s))", "--at", "x=100,y=1"
WARNING = """\
warning: 2 numbers are inaccurate; the first: value = 0.9999778782798785 has only 4 right digits: \
cancellation in 1 - v2; the right value is 0.9999999999995
  1 │ (1-exp(-x))/x
    │ ^^^^^^^^^^^
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
        "float": 0.9999778782798785,
        "right": pytest.approx(0.9999999999995, rel=1e-13),
        "digits": pytest.approx(4.655, abs=1e-3),
        "cause": {"node": "v3", "expression": "1 - v2", "why": "cancellation", "span": [0, 11]},
        "hint": None,
    }
    assert (gradient["of"], gradient["float"]) == ("d_x", 22121719.12145996)
    assert (result["differentiable"], result["limits"]) == (None, [])
    assert json.loads(command("explain", *LOST, "--json").out)["accuracy"][0] == value


@pytest.mark.parametrize(
    ("formula", "differentiable", "limits"),
    [
        ("x^2", None, []),
        ("relu(x)-relu(-x)", True, []),
        ("where(x==0,1,(exp(x)-1)/x)", True, ["x"]),
        ("abs(x)", False, []),
        ("sum(abs(x*ones(7000)))", "unknown", []),
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


def test_a_nan_with_a_right_value(command: Command) -> None:
    result = command("eval", *NAN)
    assert result.status == 3
    assert result.err.startswith("error: the value is nan: log(v4) is -inf; the right value is 3.720075976020836e-44\n")
    allowed = command("eval", *NAN, "--allow-nonfinite", "--json")
    assert allowed.status == 0
    assert json.loads(allowed.out)["accuracy"][0]["float"] == "NaN"
    assert json.loads(allowed.out)["accuracy"][0]["right"] == pytest.approx(3.720075976020836e-44, rel=1e-12)


def test_explain_does_not_claim_that_paths_sum_to_a_limit(command: Command) -> None:
    lines = command("explain", "where(x==0,1,(exp(x)-1)/x)", "--at", "x=0").out.splitlines()
    assert "∂f/∂x = 0 + 0 + 0 = 0 by convention" in lines
    assert lines[-1] == "the gradient by x is its limit 0.5; the steps follow the convention"
    lines = command("explain", "relu(x)-relu(-x)", "--at", "x=0").out.splitlines()
    assert "∂f/∂x = 1 + 0 = 1" in lines
    assert "    ∂f/∂v1 · ∂v1/∂x = 1 · (x > 0) = 1 · 1 = 1" in lines


def test_the_start_imports_no_arithmetic_in_many_digits() -> None:
    code = (
        "import sys; from graphdiff.cli.main import run; run(['eval', 'x*y', '--at', 'x=1,y=2', '--json']);"
        "late = {'mpmath', 'random', 'graphdiff.accuracy.assess', 'graphdiff.algebra.fuse'} & {*sys.modules};"
        "sys.exit(' '.join(late) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

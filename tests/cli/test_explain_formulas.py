"""graphdiff explain without a point, in all formats, and --collapse."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff.passes.trace import value
from graphdiff.report.formats import REPORTS
from support.hostile import PROGRAM

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("q = x + y; f = q*z", "∂f/∂x = ∂f/∂q · ∂q/∂x = z · 1 = z"),
        ("q = x + y; f = q*z", "∂f/∂z = q = x + y"),
        ("x = a+b; y = b+c; z = x*y", "∂z/∂b, the sum over 2 paths:"),
        ("x = a+b; y = b+c; z = x*y", "    ∂z/∂x · ∂x/∂b = y · 1 = y"),
        ("x*x", "    ∂f/∂x = x  (x as operand 1 of f)"),
        ("x", "∂x/∂x = 1"),
        ("q = 2 + x; y + z", "∂f/∂x = 0: no path leads from f to x"),
        ("z = w*x + b; a = sigmoid(z)", "∂a/∂w = ∂a/∂z · ∂z/∂v1 · ∂v1/∂w = (1 - a)*a · 1 · x = x*(1 - a)*a"),
        ("-x*f", "∂v2/∂x = ∂v2/∂v1 · ∂v1/∂x = f · (-1) = -f"),
        ("pi*x", "∂f/∂x = pi"),
        ("max(x, y)", "∂f/∂x = x >= y"),
    ],
)
def test_lines(text: str, line: str, command: Command) -> None:
    result = command("explain", text)
    assert (result.status, result.err) == (0, "")
    assert any(each == line or each.startswith(f"{line} = ") for each in result.out.splitlines()), result.out


def test_arrays(command: Command) -> None:
    result = command("explain", "q = W@x; sum(q^2)", "--shape", "W=2x3,x=3").out
    assert "for W of shape (2, 3), x of shape (3,)" in result
    assert "∂f/∂W, of shape (2, 3), along f ← v1 ← q ← W:" in result
    assert "    q̄ = v̄1 ⊙ 2*q" in result.splitlines()
    assert "    W̄ = q̄ @ xᵀ" in result.splitlines()
    assert "∂f/∂W = (2*q) @ xᵀ" in result
    result = command("explain", "x*y", "--shape", "x=3").out
    assert "    ȳ = sum(f̄ ⊙ x, axis=0)" in result.splitlines()
    result = command("explain", "sum((W@x)^2)")
    assert (result.status, result.out) == (2, "")
    assert "an array needs its shape: --shape W=2x3,x=3" in result.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x*y", "--upstream", "2"], "--upstream requires a point"),
        (["x*y", "--precision", "20"], "--precision requires a point"),
        (["x*y", "--wrt", "z"], "no input 'z'"),
        (["q = x*y; q + 1", "--wrt", "q"], "'q' is an intermediate value"),
        (["x*a[i]", "--shape", "a=3", "--wrt", "i"], "'i' is an index"),
        (["x*y", "--shape", "z=3"], "no input 'z'"),
        (["x*y", "--collapse", "--expand"], "--collapse cannot be used with --expand"),
        (["x*y", "--at", "x=1"], "no value for y"),
    ],
)
def test_errors(words: list[str], message: str, command: Command) -> None:
    result = command("explain", *words)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


POINT = {"w": 0.7, "x": -0.3, "b": 0.2, "y": 1.5}
PROGRAMS = [
    "z = w*x + b; a = sigmoid(z); L = -(y*log(a) + (1-y)*log(1-a))",
    "h = tanh(w*x); o = h*h + b*h; e = o - y; e^2/2 + w^2",
    "q = x + y; r = q*q + w; exp(-r)*q + b",
    "m = max(x, w); n = m^3*b; where(n > 0, n, y*n)",
]


@pytest.mark.parametrize("options", [[], ["--collapse"]], ids=["whole", "collapsed"])
@pytest.mark.parametrize("text", PROGRAMS)
def test_formulas_have_the_numbers(text: str, options: list[str], command: Command) -> None:
    """Those of explain at a point: each edge, each path, the sum, and the gradient in the inputs."""
    formulas = json.loads(command("explain", text, *options, "--json").out)
    at = ",".join(f"{name}={number}" for name, number in POINT.items())
    numbers = json.loads(command("explain", text, "--at", at, *options, "--json").out)
    trace = graphdiff.trace(text, POINT)
    labels = {step.label: step.value for step in trace.forward} | POINT | {formulas["output"]: trace.value}

    def number(formula: str, values: Mapping[str, Any]) -> Any:
        names = graphdiff.parse(formula).input_names
        return value(formula, {name: values[name] for name in names})

    for symbolic, numeric in zip(formulas["chain_rules"], numbers["chain_rules"], strict=True):
        assert symbolic["count"] == numeric["count"]
        assert number(symbolic["formula"], labels) == pytest.approx(numeric["gradient"])
        assert number(symbolic["gradient_formula"], POINT) == pytest.approx(numeric["gradient"])
        for path, other in zip(symbolic["paths"], numeric["paths"], strict=True):
            assert number(path["formula"], labels) == pytest.approx(other["value"])
            for edge, with_number in zip(path["edges"], other["edges"], strict=True):
                assert number(edge["formula"], labels) == pytest.approx(with_number["local"])


def test_formulas_of_arrays_have_the_numbers(command: Command) -> None:
    text = "a = W@x + b; p = softmax(a); L = -sum(t*log(p)) + sum(W^2)/10"
    chance = np.random.default_rng(0)
    point = {"W": chance.normal(size=(2, 3)), "x": chance.normal(size=3), "b": np.ones(2), "t": np.array([1.0, 0.0])}
    shapes = "W=2x3,x=3,b=2,t=2"
    document = json.loads(command("explain", text, "--shape", shapes, "--collapse", "--json").out)
    gradients = graphdiff.trace(text, point).gradients
    for rule in document["chain_rules"]:
        formula = graphdiff.parse(rule["gradient_formula"])
        actual = value(formula, {name: point[name] for name in formula.input_names})
        np.testing.assert_allclose(actual, gradients[rule["input"]], rtol=1e-12)


def test_many_paths(command: Command) -> None:
    result = command("explain", "a = x*x + x; b = a*a + a; c = b*b + b; c*2", "--limit", "2").out
    assert "∂f/∂x, the sum over 27 paths:" in result
    assert "    and 25 more paths: " in result
    doubling = "; ".join(["x0 = x", *(f"x{n + 1} = x{n}*cos(x{n})" for n in range(40))])
    result = command("explain", doubling, "--limit", "1").out
    assert "a formula that is too long for a line" in result


@pytest.mark.sampled(6)
@pytest.mark.parametrize("form", list(REPORTS["explain"]))
@pytest.mark.parametrize("at", [[], ["--at", "w=1,x=2,b=3,y=1"]], ids=["formulas", "numbers"])
def test_formats(form: str, at: list[str], command: Command) -> None:
    """Each has the chain rule of the collapsed program, and hostile text stays text."""
    result = command("explain", PROGRAMS[0], *at, "--collapse", "--format", form)
    assert (result.status, result.err) == (0, "")
    expected = {"latex": r"\frac{\partial L}{\partial a}", "json": '"node": "L"'}.get(form, "∂L/∂a · ∂a/∂z · ∂z/∂w")
    assert expected in result.out
    hostile = command("explain", PROGRAM, *(["--format", form]))
    assert hostile.status == 0
    assert form == "json" or "<script>" not in hostile.out


def test_markdown(command: Command) -> None:
    out = command("explain", "q = `|x|`*y; q + 1", "--format", "markdown").out
    assert out.startswith("``q = `|x|`*y; q + 1``\n")
    assert "## Chain rule\n\n```text\n∂f/∂|x| = " in out


@pytest.mark.parametrize("command_name", ["eval", "explain", "draw"])
def test_collapse(command_name: str, command: Command) -> None:
    """A formula without names is one gate, f; names may be markup; --output chooses the last gate."""
    result = command(command_name, "1/(1+exp(-(w*x+b)))", "--at", "w=1,x=2,b=-3", "--collapse")
    assert (result.status, result.err) == (0, "")
    assert "1/(1 + exp(-(w*x + b)))" in result.out
    assert "v1" not in result.out
    words = ["`<b>` = x + 1; `&amp;` = `<b>`^2*3; `&amp;`*y", "--at", "x=1,y=2", "--collapse"]
    assert "`<b>`^2*3" in command(command_name, *words).out
    result = command(command_name, *words, "--output", "<b>").out
    assert "x + 1" in result or "+1" in result
    assert "&amp;" not in result.split("\n", 1)[1]


def test_collapse_in_latex(command: Command) -> None:
    out = command("eval", PROGRAMS[0], "--at", "w=1,x=-2,b=3,y=1", "--collapse", "--format", "latex").out
    assert r"z \penalty0 = w x + b \penalty0 = 1 \left(-2\right) + 3 \penalty0 = 1" in out
    assert r"\frac{1 - y}{1 - a} - \frac{y}{a}" in out
    out = command(
        "eval", "q = 2*where(x > 0, x, y[0]); q^2*3", "--at", "x=1,y=[1,2]", "--collapse", "--format", "latex"
    ).out
    assert r"2 \left(\begin{cases} x & \text{if } x > 0" in out

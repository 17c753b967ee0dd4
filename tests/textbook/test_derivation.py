"""Derivations step by step: every step is right, and is what a teacher writes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphdiff import parse
from graphdiff.errors import GraphdiffError
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative import derivatives
from graphdiff.passes.point import derivatives_by
from graphdiff.reading.parse import read
from graphdiff.textbook.steps import derivation
from graphdiff.textbook.steps.derivation import Derivation, derivations
from support import examples
from support.derivations import wrong_steps
from support.formulas import EACH_FORMULA, Formula
from support.hostile import PROGRAM

Command = Callable[..., Any]

SCALARS = [
    "a*x^n + 3*x - x/2 + -x - (1 - x)",
    "1/x + 5/(x + 1) - 1/x^3 + 2/(x + 1)^2",
    "(x + 2)/(x - 3)*sin(x)*exp(a*x)",
    "a*x^2/3 - 2/x^3 - x^4 + x^n*a - x^(-2)",
    "x^x + a^x + x^(1/2) + (x + 1)^(x*a) + (2*x)^(3*x)",
    "sqrt(x)*log(x^2 + a) - log10(x)/atan(x)",
    "exp(-x^2/2)/sqrt(2*pi)",
    "1/(1 + exp(-(a*x + n)))",
    "q = x*a; r = sin(q); q*r - r^2/q",
    "sigma(u) = 1/(1 + exp(-u)); sigma(a*x)^2*sigma(a*x)",
    "gate sigma(u) = 1/(1 + exp(-u)) with y*(1 - y); sigma(x*a) + sigma(x)",
    "where(x > a, x^2, hypot(x, a)) + max(x, a*x, 2) - min(x, 3) + clip(x, 0, 1)",
    "gelu(x) + relu(x - a) + abs(x) - softplus(-x)*tanh(x) + floor(x)",
    "atan2(x, a*x^2)*mod(x, a) + lgamma(x) + exp2(x)",
    "-(-x) + 1*x + x*x*x",
    "pi*x^2 + e^x",
]
ARRAYS: list[tuple[str, str, Mapping[str, Shape]]] = [
    ("sum((A@x - b)^2)", "x", {"A": (3, 2), "x": (2,), "b": (3,)}),
    ("norm(A@x - b)^2 + norm(x*a)", "x", {"A": (3, 2), "x": (2,), "b": (3,), "a": (2,)}),
    ("log(det(X)) + logdet(X) + sum(inv(X)*B)", "X", {"X": (2, 2), "B": (2, 2)}),
    ("trace(A@X@B@X.T)", "X", {"A": (2, 2), "B": (3, 3), "X": (2, 3)}),
    ("x.T@A@x/(x@x)", "x", {"A": (2, 2), "x": (2,)}),
    ("mean((X@w - y)^2) + prod(w) + max(w) + w[0]*w[1]", "w", {"X": (4, 2), "w": (2,), "y": (4,)}),
    ("-sum(y*log_softmax(z)) + logsumexp(z) + sum(softmax(z)^2)", "z", {"y": (3,), "z": (3,)}),
    (
        "sum(norm(A, axis=0)) + sum(prod(A, axis=1, keepdims=true)) + sum(min(A, axis=1)*max(A, axis=0))",
        "A",
        {"A": (2, 2)},
    ),
    ("sum(logsumexp(A, axis=0)*A[0]) + sum(log_softmax(A)*A) + sum(softmax(A, axis=0)^2)", "A", {"A": (2, 3)}),
    ("sum(relu(W@x) + sigmoid(W@x))", "W", {"W": (3, 2), "x": (2,)}),
    ("sum(x + a) + sum(x*a) + sum([x, 1, x^2]) + sum(concat(a, [x]))", "x", {"a": (3,)}),
    ("solve(A, b)@b + sum(A + A[0]) + sum(max(A, axis=1)) + sum(softmax(A))", "A", {"A": (2, 2), "b": (2,)}),
    ("sum(x*sin(x@a) + outer(x, x)@x)", "x", {"x": (2,), "a": (2,)}),
    ("f(u) = u*exp(u)/2; sum(f(x)^3)*sum(x)", "x", {"x": (2,)}),
    ("trace(matrix_power(X, 3)) + trace(matrix_power(X, -2))", "X", {"X": (2, 2)}),
]


def derivation_of(text: str, name: str, shapes: Mapping[str, Shape], order: int = 1) -> tuple[Derivation, ...]:
    graph = parse(text, shapes=shapes)
    graphs = [derivatives(graph, [name], each, shapes)[0] for each in range(1, order + 1)]
    by = (name,) * order
    (steps,) = derivations(graph, [by], {by[: place + 1]: each for place, each in enumerate(graphs)}, shapes)
    return steps


@pytest.mark.sampled(3)
@pytest.mark.parametrize("text", SCALARS)
def test_each_step_is_right(text: str) -> None:
    (steps,) = derivation_of(text, "x", {})
    assert wrong_steps(steps, {"x": 0.7, "a": 1.3, "n": 2.5}) == []


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("text", "name", "shapes"), ARRAYS)
def test_each_step_is_right_for_arrays(text: str, name: str, shapes: Mapping[str, Shape]) -> None:
    random = np.random.default_rng(1)
    (steps,) = derivation_of(text, name, shapes)
    point = {each: random.uniform(0.3, 1.5, shapes.get(each, ())).tolist() for each in parse(text).input_names}
    assert wrong_steps(steps, point, random.uniform(0.5, 1, shapes.get(name, ())).tolist()) == []


@pytest.mark.slow
@EACH_FORMULA
def test_each_step_of_formulas_in_the_wild_is_right(formula: Formula) -> None:
    names = derivatives_by(parse(formula.text), None)
    for name in names[:4]:
        try:
            (steps,) = derivation_of(formula.text, name, {})
        except GraphdiffError as error:
            if error.message != "the derivation has more than 100,000 characters":
                raise
        else:  # where the form need not hold at the point, it does beside it
            point = {each: value + 0.25 if steps.notes else value for each, value in formula.point.items()}
            assert wrong_steps(steps, point) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", examples.PROGRAMS, ids=lambda path: path.stem)
def test_each_step_of_the_examples_is_right(path: Path) -> None:
    text, point = examples.read(path)
    graph = read(text, point)
    shapes = {name: np.shape(value) for name, value in point.items() if np.shape(value)}
    for name in derivatives_by(graph, None):
        first = derivatives(graph, [name], 1, shapes)
        ((steps,),) = derivations(graph, [(name,)], {(name,): first[0]}, shapes)
        values = {each: np.asarray(value, float).tolist() for each, value in point.items()}
        direction = np.random.default_rng(1).uniform(0.3, 1, shapes.get(name, ())).tolist()
        assert wrong_steps(steps, {**graph.defaults, **values}, direction) == []


WRITTEN = {
    "'sin(x)^2*cos(x)'": """\
d/dx[sin(x)^2*cos(x)]
= d/dx[sin(x)^2]*cos(x) + sin(x)^2*d/dx[cos(x)]  # product: (f*g)' = f'*g + f*g'
  d/dx[sin(x)^2]
  = d/du[u^2]*d/dx[sin(x)]  # chain: u = sin(x)
    d/du[u^2] = 2*u  # power: (x^n)' = n*x^(n - 1)
    d/dx[sin(x)] = cos(x)  # sine
  = 2*sin(x)*cos(x)
  d/dx[cos(x)] = -sin(x)  # cosine
= 2*sin(x)*cos(x)*cos(x) - sin(x)^3""",
    "'a*x^n' --wrt x": "d/dx[a*x^n] = a*n*x^(n - 1)  # power: (c*x^n)' = c*n*x^(n - 1)",
    "x": "d/dx[x] = 1  # identity",
    "'2*x'": "d/dx[2*x] = 2  # constant multiple: (c*f)' = c*f'",
    "'x*2*y' --wrt y": "d/dy[x*2*y] = 2*x  # constant multiple: (c*f)' = c*f'",
    "x^x": """\
d/dx[x^x] = x^x*(log(x) + 1)  # general power: (f^g)' = f^g*(g'*log(f) + g*f'/f)
# does not hold where x = 0""",
    "'gate s(u) = 1/(1 + exp(-u)) with y*(1 - y); s(w*x)' --wrt w": """\
d/dw[s(w*x)]
= d/du[s(u)]*d/dw[w*x]  # chain: u = w*x
  d/du[s(u)] = s(u)*(1 - s(u))  # definition
  d/dw[w*x] = x  # constant multiple: (c*f)' = c*f'
= x*s(w*x)*(1 - s(w*x))""",
    "'inv(X)' --jacobian --shape X=2x2": """\
d[inv(X)] = -inv(X) @ dX @ inv(X)  # inverse: d[inv(f)] = -inv(f) @ df @ inv(f)
d/dX[inv(X)] = -inv(X) @ v @ inv(X)  # Jacobian
# is the derivative along v, an array of the shape of X""",
    "'1/(x^2+1)'": """\
d/dx[1/(x^2 + 1)]
= -d/dx[x^2 + 1]/(x^2 + 1)^2  # reciprocal: (1/f)' = -f'/f^2
  d/dx[x^2 + 1]
  = d/dx[x^2]  # sum: (f + c)' = f'
  = 2*x  # power: (x^n)' = n*x^(n - 1)
= -2*x/(x^2 + 1)^2""",
    "'q = x^2; q*exp(q)'": """\
d/dx[q*exp(q)]
= d/dx[q]*exp(q) + q*d/dx[exp(q)]  # product: (f*g)' = f'*g + f*g'
  d/dx[q]
  = d/dx[x^2]  # definition
  = 2*x  # power: (x^n)' = n*x^(n - 1)
  d/dx[exp(q)]
  = d/dq[exp(q)]*d/dx[q]  # chain
    d/dq[exp(q)] = exp(q)  # exponential
    d/dx[q] = 2*x  # as above
  = 2*exp(q)*x
= 2*exp(q)*x + 2*q*exp(q)*x""",
    "'h = exp(w*x); (t - h)^2' --wrt w": """\
d/dw[(t - h)^2]
= d/du[u^2]*d/dw[t - h]  # chain: u = t - h
  d/du[u^2] = 2*u  # power: (x^n)' = n*x^(n - 1)
  d/dw[t - h]
  = -d/dw[h]  # difference: (c - f)' = -f'
    d/dw[h]
    = d/dw[exp(w*x)]  # definition
    = d/dv[exp(v)]*d/dw[w*x]  # chain: v = w*x
      d/dv[exp(v)] = exp(v)  # exponential
      d/dw[w*x] = x  # constant multiple: (c*f)' = c*f'
    = h*x
  = -h*x
= -2*(t - h)*h*x""",
    "'sum((A@x-b)^2)' --wrt x --shape A=3x2,x=2,b=3": """\
d[sum((A @ x - b)^2)]
= sum(d[(A @ x - b)^2])  # reduction: d[sum(f)] = sum(df)
  d[(A @ x - b)^2]
  = 2*(A @ x - b)*d[A @ x - b]  # power: d[f^n] = n*f^(n - 1)*df
    d[A @ x - b]
    = d[A @ x]  # difference: d[f - c] = df
    = A @ dx  # linear map: d[c @ f] = c @ df
  = 2*(A @ x - b)*(A @ dx)
= sum(2*(A @ x - b)*(A @ dx))""",
}
"""Command lines, and the derivation before what it ends with."""


@pytest.mark.parametrize("words", WRITTEN)
def test_what_is_written(command: Command, words: str) -> None:
    result = command("diff", *shlex.split(words), "--steps")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(f"{WRITTEN[words]}\n")


@pytest.mark.parametrize(
    "words",
    [
        "'(x + 2)/(x - 3)'",
        "'sin(x)*exp(a*x)' --order 3 --wrt x",
        "'x^3*y' --hessian",
        "'sum((A@x - b)^2)' --hessian --wrt x --shape A=3x2,x=2,b=3",
        "'A@x' --jacobian --wrt x --shape A=3x2,x=2",
        "'sigma(u) = 1/(1 + exp(-u)); sigma(w*x)^2' --wrt w",
    ],
)
def test_a_derivation_ends_with_what_diff_prints(command: Command, words: str) -> None:
    plain = json.loads(command("diff", *shlex.split(words), "--json").out)["derivatives"]
    derived = json.loads(command("diff", *shlex.split(words), "--steps", "--json").out)["derivatives"]
    assert [each["formula"] for each in derived] == [each["formula"] for each in plain]
    for each in derived:
        last = [step for step in each["steps"] if step["depth"] == 0][-1]
        assert last["result"] == each["formula"]
        for step in each["steps"]:
            parse(step["result"])
            if not re.search(r"d(/d\w+)?\[", step["gives"]):
                parse(step["gives"])
    text = command("diff", *shlex.split(words), "--steps").out.replace("\n\n", "\n").splitlines()
    assert derived[-1]["formula"].splitlines()[-1] in text[-1]


def test_steps_that_derivatives_have_in_common_are_shown_once(command: Command) -> None:
    words = "diff", "x^3*y", "--hessian", "--steps"
    assert command(*words).out.count("d/dx[x^3*y] =") == 1
    assert command(*words, "--format", "latex").out.count("[x^{3} y] =") == 2  # by x, and by y
    entries = json.loads(command(*words, "--json").out)["derivatives"]
    assert [each["steps"][0]["of"] for each in entries] == ["x^3*y"] * 3


def test_notes_in_latex_have_their_formulas_in_math_mode(command: Command) -> None:
    text = command("diff", "log(x)^n", "--wrt", "x", "--steps", "--format", "latex").out
    assert r"\par does not hold where $\ln\left(x\right) = 0$ and $n = 0$" in text
    text = command("diff", "norm(x)^n", "--wrt", "x", "--shape", "x=3", "--steps", "--format", "latex").out
    assert r"where $\left\lVert x\right\rVert = 0$" in text


def test_a_value_stands_at_the_end(command: Command) -> None:
    out = command("diff", "x^2", "--at", "x=3", "--steps").out
    assert out == "d/dx[x^2] = 2*x  # power: (x^n)' = n*x^(n - 1)  # 6\n"


def test_markdown(command: Command) -> None:
    out = command("diff", "x*exp(x)*`a|*b`", "--wrt", "x", "--steps", "--format", "markdown").out
    assert out.splitlines()[:5] == [
        "- ``d/dx[x*exp(x)*`a|*b`]``",
        "- ``= `a|*b`*d/dx[x*exp(x)]`` constant multiple: `(c*f)' = c*f'`",
        "  - `d/dx[x*exp(x)]`",
        "  - `= exp(x) + x*d/dx[exp(x)]` product: `(f*g)' = f'*g + f*g'`",
        "    - `d/dx[exp(x)] = exp(x)` exponential",
    ]
    assert command("diff", "x^2", "--format", "markdown").out == "```text\n2*x\n```\n"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_latex_compiles(command: Command, tmp_path: Path) -> None:
    lines = [[text, "--wrt", "x"] for text in SCALARS]
    lines += [
        [
            text,
            "--wrt",
            name,
            "--shape",
            ",".join(f"{each}={'x'.join(map(str, shape))}" for each, shape in shapes.items()),
        ]
        for text, name, shapes in ARRAYS
    ]
    lines += [[PROGRAM, "--wrt", derivatives_by(parse(PROGRAM), None)[0]]]
    for number, words in enumerate(lines):
        result = command("diff", *words, "--steps", "--format", "latex")
        assert (result.status, result.err) == (0, "")
        (tmp_path / f"{number}.tex").write_text(result.out, "utf-8")
        compiler = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", f"{number}.tex"]
        process = subprocess.run(compiler, cwd=tmp_path, capture_output=True, check=False)
        assert process.returncode == 0, process.stdout.decode("utf-8", "replace")[-2000:]


@pytest.mark.parametrize(("constant", "message"), [("MOST_STEPS", "5 steps"), ("MOST_LENGTH", "5 characters")])
def test_long_derivations_are_refused(
    command: Command, monkeypatch: pytest.MonkeyPatch, constant: str, message: str
) -> None:
    monkeypatch.setattr(derivation, constant, 5)
    result = command("diff", "sin(x)*cos(x)*exp(x)*log(x)", "--steps")
    assert (result.status, result.out) == (2, "")
    assert f"the derivation has more than {message}" in result.err
    assert "--output NODE" in result.err


def test_a_direction_has_no_steps(command: Command) -> None:
    result = command("diff", "x^2", "--steps", "--direction", "x=1")
    assert (result.status, result.out) == (2, "")
    assert "--steps cannot be used with --direction" in result.err


def test_a_derivation_is_linear_in_the_formula(command: Command) -> None:
    terms = " + ".join(f"a{number}*x{number}^2" for number in range(300))
    out = command("diff", terms, "--wrt", "a7", "--steps").out
    assert out.splitlines()[-1].endswith("= x7^2  # sum: (f + c)' = f'")


@pytest.mark.parametrize("form", ["text", "markdown", "latex"])
def test_notes_of_a_hessian_stand_below_its_steps(command: Callable[..., Any], form: str) -> None:
    options = ("--wrt", "x", "--shape", "x=2x3", "--hessian", "--steps", "--format", form)
    assert "is the derivative along v, an array of the shape of x" in command("diff", "sum(x^2*x)", *options).out

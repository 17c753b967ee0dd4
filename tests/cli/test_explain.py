"""graphdiff explain: the chain rules of the lectures as text, and the options."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdiff.report.lines import wrap_line
from support import examples
from support.courses import EXERCISES
from support.hostile import POINT, PROGRAM


def test_product(command: Callable[..., Any]) -> None:
    """Lecture system 1: ∂f/∂x = ∂f/∂q · ∂q/∂x = z · 1 = -4."""
    result = command("explain", "q = x + y; f = q*z", "--at", "x=-2,y=5,z=-4")
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert "q = x + y = (-2) + 5 = 3" in lines
    assert "∂f/∂x = ∂f/∂q · ∂q/∂x = z · 1 = -4 · 1 = -4" in lines
    assert "∂f/∂y = ∂f/∂q · ∂q/∂y = z · 1 = -4 · 1 = -4" in lines
    assert "∂f/∂z = q = 3" in lines


def test_fan_out(command: Callable[..., Any]) -> None:
    """Lecture system 4: ∂z/∂b = 7 + 2 = 9; --wrt selects one input."""
    result = command("explain", "x = a+b; y = b+c; z = x*y", "--at", "a=-1,b=3,c=4", "--wrt", "b").out
    assert result[result.index("∂z/∂b") :].splitlines() == [
        "∂z/∂b, the sum over 2 paths:",
        "    ∂z/∂x · ∂x/∂b = y · 1 = 7 · 1 = 7",
        "    ∂z/∂y · ∂y/∂b = x · 1 = 2 · 1 = 2",
        "∂z/∂b = 7 + 2 = 9",
    ]


def test_squared_norm(command: Callable[..., Any]) -> None:
    """Lecture system 6, by its rules."""
    result = command(
        "explain", "-f", str(examples.FOLDER / "squared_norm.gd"), "--at", f"@{examples.FOLDER / 'squared_norm.json'}"
    ).out
    assert "∂f/∂W, of shape (2, 2), along f ← v1 ← q ← W:" in result
    assert "    q̄ = v̄1 ⊙ 2*q = [1, 1] ⊙ [0.44, 0.52] = [0.44, 0.52]" in result
    assert "∂f/∂W = W̄ = q̄ @ xᵀ = [[0.088, 0.176], [0.104, 0.208]]" in result
    assert "∂f/∂x = x̄ = Wᵀ @ q̄ = [-0.112, 0.636]" in result


@pytest.mark.sampled(36)
@pytest.mark.parametrize("options", [[], ["--fuse"], ["--expand"], ["--limit", "1"], ["--json"]], ids=" ".join)
@pytest.mark.parametrize("program", examples.PROGRAMS, ids=lambda path: path.stem)
def test_examples(program: Path, options: list[str], command: Callable[..., Any]) -> None:
    """Every example has the gradients that eval prints."""
    words = ["-f", str(program), "--at", f"@{program.with_suffix('.json')}"]
    result = command("explain", *words, *options)
    assert (result.status, result.err) == (0, "")
    evaluated = json.loads(command("eval", *words, "--json").out)
    if "--json" in options:
        document = json.loads(result.out)
        assert document["gradients"] == evaluated["gradients"]
        assert [rule["input"] for rule in document["chain_rules"]] == list(evaluated["gradients"])
        return
    for name, gradient in evaluated["gradients"].items():
        if isinstance(gradient, float):
            (line,) = re.findall(rf"^∂\w+/∂{name} = .*$", result.out, re.MULTILINE)
            assert float(line.split(" = ")[-1]) == pytest.approx(gradient, rel=1e-5)


def test_many_paths_are_summed(command: Callable[..., Any]) -> None:
    """(x² + x), three times nested: of its 27 paths, those beyond the limit are shown as one sum."""
    words = ["a = x*x + x; b = a*a + a; c = b*b + b; c*2", "--at", "x=1"]
    result = command("explain", *words, "--limit", "2").out
    assert "∂f/∂x, the sum over 27 paths:" in result
    assert result.count("∂x = ") == 2 + 1
    (rest,) = re.findall(r"and 25 more paths: (\S+) in total", result)
    values = [float(line.split(" = ")[-1].split("  (")[0]) for line in result.splitlines() if line.startswith("    ∂")]
    slope = 3 * 5 * 13 * 2  # (2x + 1)(2a + 1)(2b + 1)·2 at x = 1, a = 2, b = 6
    assert float(rest) + sum(values) == slope
    assert result.rstrip().endswith(f"= {slope}")
    whole = command("explain", *words, "--limit", "0").out
    assert whole.count("\n    ∂f/∂c") == 27


@pytest.mark.parametrize(
    ("text", "at", "line"),
    [
        ("2 + x; y + z", "x=1,y=2,z=3", "∂f/∂x = 0: no path leads from f to x"),
        ("sum(x[i]*[1, 2])", "x=[1,2],i=1", "i is an index, which has no derivative"),
        ("max(x, y)", "x=1,y=1", "    f has a kink here: tie: all to x"),
        ("x*x", "x=3", "    ∂f/∂x = x = 3  (x as operand 1 of f)"),
        ("x*sin(x)", "x=0", "    ∂f/∂x = v1 = 0  (directly)"),
        ("x", "x=3", "∂x/∂x = 1"),
        ("-x*f", "x=3,f=2", "∂v2/∂x = ∂v2/∂v1 · ∂v1/∂x = f · (-1) = 2 · (-1) = -2"),
        ("f(u) = u^2; 3*f(x)", "x=2", "∂v2/∂x = ∂v2/∂v1 · ∂v1/∂x = 3 · 2*x = 3 · 4 = 12"),
        ("(x - 1)*(y + 1)", "x=3,y=1", "∂f/∂x = ∂f/∂v1 · ∂v1/∂x = v2 · 1 = 2 · 1 = 2"),
        ("g(u, v) = u*sum(v); g(x, [1, 2])", "x=2", "∂f/∂x = x̄ = sum([1, 2])*f̄ = 3"),
        ("g(u) = u^2 + u; 3*g(x)", "x=2", "∂f/∂x = ∂f/∂v1 · ∂v1/∂x = 3 · (2*x + 1) = 3 · 5 = 15"),
    ],
)
def test_lines(text: str, at: str, line: str, command: Callable[..., Any]) -> None:
    assert line in command("explain", text, "--at", at).out.splitlines()


def test_upstream(command: Callable[..., Any]) -> None:
    result = command("explain", "(x+y)*z", "--at", "x=-2,y=5,z=-4", "--upstream", "2").out
    assert "2 · ∂f/∂x = 2 · ∂f/∂v1 · ∂v1/∂x = 2 · z · 1 = 2 · (-4) · 1 = -8" in result
    result = command("explain", "x*[1,2]", "--at", "x=2", "--upstream", "[1,2]").out
    assert "f̄ · ∂f/∂x = x̄ = sum(f̄ ⊙ [1, 2], axis=0) = sum([1, 2] ⊙ [1, 2], axis=0) = 5" in result


def test_output_and_digits(command: Callable[..., Any]) -> None:
    result = command("explain", "q = x/3; q*y", "--at", "x=1,y=2", "--output", "q", "--digits", "3").out
    assert "∂q/∂x = 1/3 = 0.333" in result.splitlines()
    assert "v1" not in result


def test_what_is_not_finite(command: Callable[..., Any]) -> None:
    assert command("explain", "log(x)", "--at", "x=0").status == 3
    assert "∂f/∂x = 1/x = inf" in command("explain", "log(x)", "--at", "x=0", "--allow-nonfinite").out


def test_hostile_text_stays_text(command: Callable[..., Any]) -> None:
    result = command("explain", PROGRAM, "--at", ",".join(f"{name}={value}" for name, value in POINT.items()))
    assert result.status == 0
    assert "<script>" not in result.out
    assert "∂script/∂" in result.out


@pytest.mark.parametrize("width", [20, 40, 80])
def test_long_lines_are_broken_at_operators(width: int) -> None:
    line = "    ∂f/∂w0 = ∂f/∂v̄7 · ∂v7/∂v6 · ∂v6/∂x = -1/v7^2 · v6 · x = -0.53 · 0.37 · (-1) = [0.19, 0.2]"
    pieces = list(wrap_line(line, width))
    assert all(len(piece.replace("\N{COMBINING MACRON}", "")) <= width for piece in pieces)
    assert " ".join(piece.strip() for piece in pieces) == line.strip()
    assert all(piece.startswith(" " * 8) for piece in pieces[1:])
    assert list(wrap_line(line, None)) == [line]


def test_wide_letters_take_two_columns() -> None:
    line = "∂損失/∂重み = ∂損失/∂活性 · ∂活性/∂重み = 2*誤差 · 入力 = 2 · 3 = 6"
    pieces = list(wrap_line(line, 40))
    assert " ".join(piece.strip() for piece in pieces) == line
    assert all(sum(1 + (letter >= "\u3000") for letter in piece) <= 40 for piece in pieces)


@pytest.mark.slow
def test_deep_and_wide(command: Callable[..., Any]) -> None:
    deep = command("explain", "sin(" * 20_000 + "x" + ")" * 20_000, "--at", "x=1")
    assert deep.status == 0
    assert "… 19,984 more …" in deep.out
    assert len(deep.out) < 20_000
    inputs = [f"x{number}" for number in range(2_000)]
    wide = command("explain", "+".join(inputs), "--at", ",".join(f"{name}=1" for name in inputs))
    assert wide.status == 0
    assert "1,900 more inputs; use --wrt to choose which to explain" in wide.out


def test_accumulate(command: Callable[..., Any]) -> None:
    """Each gradient of a network is the sum of upstream × local over its edges, and those of the inputs are the printed
    ones."""
    (network,) = (exercise for exercise in EXERCISES if exercise.name == "Mazur")
    point = json.dumps(dict(network.point))
    words = ["explain", network.formula, "--at", "@-", "--collapse", "--accumulate"]
    lines = command(*words, stdin=point.encode()).out.partition("for each edge.\n\n")[2].splitlines()
    assert len(lines) == 11 + len(network.point)
    gradients = {}
    for line in lines:
        stages = line.split(" = ")
        name = unicodedata.normalize("NFD", stages[0]).replace("\u0304", "")
        gradients[name] = float(stages[-1])
        if len(stages) > 3:
            products = [
                map(float, term.replace("(", "").replace(")", "").split(" · ")) for term in stages[2].split(" + ")
            ]
            assert sum(map(math.prod, products)) == pytest.approx(gradients[name], rel=1e-5, abs=1e-8)
    for name in ("w1", "w5", "out_h1", "net_o1"):
        assert gradients[name] == pytest.approx(float(network.printed[f"d_{name}"]), rel=1e-5)


def test_accumulate_arrays(command: Callable[..., Any]) -> None:
    """By hand: q = W x is (5, 11); its gradient is 2q + x, and that by x is Wᵀ of it, plus q."""
    point = ("--at", "W=[[1,2],[3,4]],x=[1,2]")
    result = command("explain", "q = W@x; sum(q^2) + sum(x*q)", *point, "--accumulate", "--digits", "4").out
    assert "q̄ = v̄1 ⊙ 2*q + v̄3 ⊙ x = [1, 1] ⊙ [10, 22] + [1, 1] ⊙ [1, 2] = [11, 24]" in result
    assert "x̄ = Wᵀ @ q̄ + v̄3 ⊙ q = [88, 129]" in result


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x*y"], "--accumulate requires a point"),
        (["x*y", "--at", "x=1,y=2", "--json"], "--accumulate cannot be used with --json"),
    ],
)
def test_accumulate_needs_numbers_and_text(words: list[str], message: str, command: Callable[..., Any]) -> None:
    result = command("explain", *words, "--accumulate")
    assert result.status == 2
    assert message in result.err

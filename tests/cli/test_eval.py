"""graphdiff eval: formats, options and inputs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

import graphdiff
from graphdiff.report.rich_tables import trace_table
from support.courses import EXERCISES
from support.output import without_trailing_spaces

Command = Callable[..., Any]
PRODUCT = ["(x+y)*z", "--at", "x=-2,y=5,z=-4"]
TABLE = """\
(x+y)*z
at x = -2, y = 5, z = -4: value -12

Forward pass
step  node  operation  numbers   value
   1  v1    x + y      (-2) + 5      3
   2  v2    v1*z       3*(-4)      -12

Backward pass: upstream × local = downstream
step  node  pattern          upstream  input  formula  local  downstream
   1  v2    swap multiplier         1  v1     z           -4          -4
                                       z      v1           3           3
   2  v1    distributor            -4  x      1            1          -4
                                       y      1            1          -4

Gradients
input  value  gradient
x         -2        -4
y          5        -4
z         -4         3
"""


def test_table(command: Command) -> None:
    """The layout, as reviewed by hand."""
    result = command("eval", *PRODUCT)
    assert (result.status, without_trailing_spaces(result.out), result.err) == (0, TABLE, "")


def test_fan_out_is_a_line_of_its_own(command: Command) -> None:
    result = command("eval", "x = a+b; y = b+c; z = x*y", "--at", "a=-1,b=3,c=4")
    assert "b = 7 (through x) + 2 (through y) = 9\n" in without_trailing_spaces(result.out)
    result = command("eval", "x*-2 + x", "--at", "x=1")
    assert "x = (-2) (through v1) + 1 (through v2) = -1\n" in without_trailing_spaces(result.out)


def test_kinks_are_reported_in_their_row(command: Command) -> None:
    result = command("eval", "max(x, y) + abs(z)", "--at", "x=1,y=1,z=0")
    rows = result.out.splitlines()
    assert any("router" in row and "tie: all to x" in row for row in rows)
    assert any("sign(z)" in row and "slope 0 at 0" in row for row in rows)


def test_json(command: Command) -> None:
    """The documented JSON of eval, in full."""
    result = command("eval", *PRODUCT, "--json")
    assert (result.status, result.err, result.out.count("\n")) == (0, "", 1)
    assert json.loads(result.out) == {
        "version": 1,
        "expression": "(x+y)*z",
        "language": "graphdiff",
        "source": "(x+y)*z",
        "read_as": None,
        "notes": [],
        "at": {"x": -2.0, "y": 5.0, "z": -4.0},
        "value": -12.0,
        "gradients": {"x": -4.0, "y": -4.0, "z": 3.0},
        "accuracy": [],
        "differentiable": None,
        "limits": [],
        "uncertainty": None,
        "forward": [
            {"step": 1, "node": "v1", "op": "add", "operands": ["x", "y"], "expression": "x + y", "value": 3.0},
            {"step": 2, "node": "v2", "op": "mul", "operands": ["v1", "z"], "expression": "v1*z", "value": -12.0},
        ],
        "backward": [
            {
                "step": 1,
                "node": "v2",
                "op": "mul",
                "gate": "swap multiplier",
                "upstream": 1.0,
                "edges": [
                    {"operand": "v1", "formula": "z", "local": -4.0, "downstream": -4.0},
                    {"operand": "z", "formula": "v1", "local": 3.0, "downstream": 3.0},
                ],
            },
            {
                "step": 2,
                "node": "v1",
                "op": "add",
                "gate": "distributor",
                "upstream": -4.0,
                "edges": [
                    {"operand": "x", "formula": "1", "local": 1.0, "downstream": -4.0},
                    {"operand": "y", "formula": "1", "local": 1.0, "downstream": -4.0},
                ],
            },
        ],
        "accumulated": [],
    }
    assert '"value": -12.0' in result.out  # floats stay floats


def test_json_lines(command: Command) -> None:
    lines = [json.loads(line) for line in command("eval", *PRODUCT, "--format", "jsonl").out.splitlines()]
    assert [line["pass"] for line in lines] == ["forward"] * 2 + ["backward"] * 4
    assert lines[0]["value"] == 3
    assert [(line["node"], line["operand"], line["downstream"]) for line in lines[2:]] == [
        ("v2", "v1", -4),
        ("v2", "z", 3),
        ("v1", "x", -4),
        ("v1", "y", -4),
    ]


def test_csv(command: Command) -> None:
    rows = list(
        csv.DictReader(
            command("eval", "max(x, y)*atan2(x, z)", "--at", "x=1,y=1,z=2", "--format", "csv").out.splitlines()
        )
    )
    assert [(row["op"], row["operand"]) for row in rows] == [
        ("mul", "v1"),
        ("mul", "v2"),
        ("atan2", "x"),
        ("atan2", "z"),
        ("max", "x"),
        ("max", "y"),
    ]
    for row in rows:
        assert float(row["downstream"]) == float(row["upstream"]) * float(row["local"])
    assert rows[4]["kink"].startswith("tie")
    assert command("eval", "2", "--format", "csv").out.count("\n") == 1


def test_markdown(command: Command) -> None:
    lines = command("eval", *PRODUCT, "--format", "markdown").out.splitlines()
    assert lines[:2] == ["`(x+y)*z`\\", "`at x = -2, y = 5, z = -4: value -12`"]
    assert "## Forward pass" in lines
    assert "| 1 | `v1` | `x + y` | `(-2) + 5` | 3 |" in lines
    assert "| `z` | -4 | 3 |" in lines


@pytest.mark.slow
def test_digits_and_limit(command: Command) -> None:
    assert "0.73 " in command("eval", "sigmoid(x)", "--at", "x=1", "--digits", "2").out.replace("\n", " ")
    assert "0.7310585786300049" in command("eval", "sigmoid(x)", "--at", "x=1", "--digits", "16").out
    text = "+".join(["x"] * 300)
    out = command("eval", text, "--at", "x=1").out
    assert "… 99 more rows; --limit 0 shows all" in out
    assert "… 288 more …" in out
    for everything in ("0", "9" * 20):
        assert "more rows" not in command("eval", text, "--at", "x=1", "--limit", everything).out
    assert "… 298 more rows" in command("eval", text, "--at", "x=1", "--limit", "1").out
    assert len(json.loads(command("eval", text, "--at", "x=1", "--limit", "1", "--json").out)["forward"]) == 299


def test_an_expression_that_begins_with_a_dash(command: Command) -> None:
    for words in (["-x*f", "--at", "x=3,f=2"], ["--at", "x=3,f=2", "-x*f"], ["--at=x=3,f=2", "--", "-x*f"]):
        assert json.loads(command("eval", "--json", *words).out)["value"] == -6
    assert json.loads(command("eval", "--x", "--at", "x=3", "--json").out)["value"] == 3
    assert json.loads(command("eval", "-2^2", "--json").out)["value"] == -4


def test_standard_input_and_files(command: Command, tmp_path: Path) -> None:
    words = ["--at", "x=-2,y=5,z=-4", "--json"]
    program = b"# the product\r\nq = x + y\r\nf = q*z\r\n"
    assert json.loads(command("eval", "-", *words, stdin=program).out)["value"] == -12
    path = tmp_path / "product.gd"
    path.write_bytes(b"\xef\xbb\xbf" + program)
    assert json.loads(command("eval", "-f", str(path), *words).out)["value"] == -12
    assert json.loads(command("eval", "-f", "-", *words, stdin=program).out)["value"] == -12


def test_points(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "point.json"
    path.write_text('{"x": -2, "y": 5, "z": 1e3, "other": 1, "comment": "not used"}', "utf-8")

    def at(*words: str) -> Any:
        options = [word for text in words for word in ("--at", text)]
        return json.loads(command("eval", "(x+y)*z", *options, "--json").out)["at"]

    assert at("x=-2", "y=5", "z=-4") == {"x": -2, "y": 5, "z": -4}
    assert at(" x = -2 , y=5,z = 2^2*-1 ") == {"x": -2, "y": 5, "z": -4}
    assert at("x=pi/4,y=max(1,2),z=sqrt(2)") == {"x": 0.7853981633974483, "y": 2, "z": 1.4142135623730951}
    assert at(f"@{path}") == {"x": -2, "y": 5, "z": 1000}
    assert at(f"@{path}", "z=1") == at(f"z=1,@{path}") == {"x": -2, "y": 5, "z": 1}


def test_wrt_output_upstream_fuse_and_expand(command: Command) -> None:
    def document(*words: str) -> Any:
        return json.loads(command("eval", *words, "--json").out)

    assert document(*PRODUCT, "--wrt", "y, z")["gradients"] == {"y": -4, "z": 3}
    assert document("q = x+y; q*z", "--at", "x=1,y=2", "--output", "q")["value"] == 3
    assert document(*PRODUCT, "--upstream", "1/2")["gradients"] == {"x": -2, "y": -2, "z": 1.5}
    assert document(*PRODUCT, "--upstream", "-2")["gradients"] == {"x": 8, "y": 8, "z": -6}
    assert [step["op"] for step in document("1/(1+exp(-x))", "--at", "x=1", "--fuse")["forward"]] == ["sigmoid"]
    assert [step["op"] for step in document("relu(x)", "--at", "x=1")["forward"]] == ["relu"]
    assert [step["op"] for step in document("relu(x)", "--at", "x=1", "--expand")["forward"]] == ["max"]
    opened = document("f(u) = sin(u)*2; f(x)", "--at", "x=1", "--expand", "--output", "v1")
    assert [(step["op"], step["node"]) for step in opened["forward"]] == [("sin", "v1")]


def test_numbers_that_are_not_finite(command: Command) -> None:
    result = command("eval", "1/(1+exp(-x))", "--at", "x=-800")
    assert (result.status, result.out) == (3, "")
    assert "use sigmoid, or --fuse, which finds it" in result.err
    assert command("eval", "1/(1+exp(-x))", "--at", "x=-800", "--fuse").status == 0
    assert "use sigmoid" in command("eval", "1/(1+e^-x)", "--at", "x=-800").err
    assert command("eval", "1/(1+e^-x)", "--at", "x=-800", "--fuse").status == 0
    assert "sigmoid" not in command("eval", "1/(1+e^-x)", "--at", "x=1,e=2", "--fuse").out
    assert command("eval", "9^9^9^9").status == 3
    assert command("eval", "sqrt(x) + y", "--at", "x=0,y=1", "--wrt", "y").status == 0
    result = command("eval", "log(x)", "--at", "x=0", "--allow-nonfinite", "--json")
    assert result.status == 0
    document = json.loads(result.out)
    assert (document["value"], document["gradients"]) == ("-Infinity", {"x": "Infinity"})
    assert command("eval", "log(x)", "--at", "x=-1", "--allow-nonfinite").status == 0


def test_text_is_data_in_every_format(command: Command) -> None:
    """Comments and names with markup are unchanged in the output."""
    text = "x*μ # [red]<b>`|` ]]> \x1b[31m"
    for form in ("table", "markdown"):
        out = command("eval", text, "--at", "x=1,μ=2", "--format", form).out
        assert "[red]" not in out
        assert "\x1b" not in out
        assert "x*μ" in out
    assert json.loads(command("eval", text, "--at", "x=1,μ=2", "--json").out)["expression"] == text


@pytest.mark.parametrize(
    ("form", "begins", "ends"),
    [("html", "<!DOCTYPE html>", "</html>\n"), ("latex", r"\documentclass", "\\end{document}\n")],
)
def test_documents(form: str, begins: str, ends: str, command: Command) -> None:
    result = command("eval", "(x+y)*z", "--at", "x=-2,y=5,z=-4", "--format", form)
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(begins)
    assert result.out.endswith(ends)
    assert "-4" in result.out


@pytest.mark.parametrize("subcommand", ["eval", "check"])
def test_the_formula_is_whole_where_there_is_no_window(command: Command, subcommand: str) -> None:
    formula = "+".join(f"x*{number}" for number in range(200))
    assert command(subcommand, formula, "--at", "x=1").out.split("\n")[0] == formula


@pytest.mark.parametrize(
    ("formula", "point", "name"),
    [("θ^2", "theta=3", "θ"), ("theta^2", "θ=3", "theta"), ("x₀^2", "x0=3", "x₀"), ("β₁^2", "beta_1=3", "β₁")],
)
def test_names_of_a_point_may_be_spelled_in_letters(formula: str, point: str, name: str, command: Command) -> None:
    document = json.loads(command("eval", formula, "--at", point, "--json").out)
    assert (document["value"], document["gradients"]) == (9, {name: 6})


def test_a_fractional_power_of_a_negative_number_has_a_hint(command: Command) -> None:
    assert "cbrt(x)" in command("eval", "x^(1/3)", "--at", "x=-8").err


def test_names_in_backticks(command: Command) -> None:
    words = ["eval", "`Pressure (kPa)`*V", "--at", "`Pressure (kPa)`=3,V=2", "--wrt", "`Pressure (kPa)`", "--json"]
    document = json.loads(command(*words).out)
    assert (document["at"], document["gradients"]) == ({"Pressure (kPa)": 3, "V": 2}, {"Pressure (kPa)": 2})
    assert document["forward"][0]["expression"] == "`Pressure (kPa)`*V"


@pytest.mark.parametrize("name", ["CS231n neuron", "Mazur"])
def test_tables_of_a_network_fit_80_columns(name: str) -> None:
    """No line is wider, and no cell is broken: each edge is one line."""
    (exercise,) = (each for each in EXERCISES if each.name == name)
    traced = graphdiff.trace(exercise.formula, exercise.point)
    console = Console(width=80, force_terminal=False)
    with console.capture() as capture:
        for table in trace_table(traced, exercise.formula, [], 6, 200, False):
            console.print(table, crop=False)
    lines = capture.get().splitlines()
    assert max(map(cell_len, lines)) <= 80
    backward = lines[next(place for place, line in enumerate(lines) if line.startswith("Backward")) + 2 :]
    assert backward.index("") == sum(len(step.edges) for step in traced.backward)

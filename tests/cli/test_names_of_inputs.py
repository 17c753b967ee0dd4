"""--as and names=: a short name in a formula stands for an input or a column of any name."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphdiff

Command = Callable[..., Any]
NAME = "Pressure (kPa)"
AS = "--as", f"P={NAME}"


@pytest.mark.parametrize("command_name", ["eval", "explain", "draw", "check", "diff", "compile"])
def test_every_command_prints_the_full_name(command_name: str, command: Command) -> None:
    result = command(command_name, "P*V", *AS, "--at", "P=3,V=2")
    assert result.status == 0
    assert NAME in result.out
    assert result.err == f"read as: `{NAME}`*V\n"


@pytest.mark.parametrize(
    "formula", ["P*V", "f(u) = u*P; f(V)", "f(P, V) = P*V", r"P \cdot V", "def f(P, V): return P * V"]
)
@pytest.mark.parametrize("given", ["P=3,V=2", f"`{NAME}`=3,V=2"])
def test_values_by_both_names(formula: str, given: str, command: Command) -> None:
    result = json.loads(command("eval", formula, *AS, "--at", given, "--json").out)
    assert result["gradients"] == {NAME: 2, "V": 3}
    assert result["at"] == {NAME: 3, "V": 2}
    assert graphdiff.value_and_gradient(result["expression"], {NAME: 3, "V": 2})[1] == result["gradients"]


def test_columns(command: Command) -> None:
    table = b"Pressure (kPa),V,note\n3,2,a\n"
    result = command("map", "P*V", *AS, "--data", "-", "--wrt", "P", stdin=table)
    assert result.out == "Pressure (kPa),V,note,value,d_Pressure (kPa)\n3,2,a,6.0,2.0\n"
    arrays = b'{"the vector": [1, 2]}\n'
    sizes = "def f(v):\n  s = 0\n  for k in range(len(v)):\n    s = s + v[k]**2\n  return s"
    result = command("map", sizes, "--as", "v=the vector", "--data", "-", stdin=arrays)
    assert json.loads(result.out)["d_the vector"] == [2, 4]
    result = command("map", r"\|rate\|^2", "--as", "rate=the vector", "--data", "-", stdin=arrays)
    assert json.loads(result.out)["d_the vector"] == [2, 4]


def test_files_shapes_and_directions(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "point.json"
    path.write_text('{"P": [1, 2], "V": 3}')
    result = command("eval", "sum(P)*V", *AS, "--at", f"@{path}", "--json")
    assert json.loads(result.out)["gradients"][NAME] == [3, 3]
    assert command("diff", "sum(P^2)", *AS, "--shape", "P=3").out == f"2*`{NAME}`\n"
    assert command("diff", "P^2*V", *AS, "--direction", "P=1").out == f"2*`{NAME}`*V\n"


def test_a_name_with_a_default(command: Command) -> None:
    result = command("eval", "P = 3; V = 2; P*V", *AS, "--at", "P=4", "--json")
    assert json.loads(result.out)["gradients"] == {NAME: 2, "V": 4}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--as", "P"), "--as requires NAME=INPUT, not 'P'"),
        (("--as", "P="), "--as requires NAME=INPUT, not 'P='"),
        (("--as", "P=x", "--as", "P=y"), "--as names 'P' twice"),
        (("--as", "P=x", "--as", "V=x"), "--as names 'x' twice"),
        (("--as", "P=V"), "'V' is already a name in the expression"),
        (("--as", "Q=x"), "'Q' is not an input of the expression, and cannot stand for 'x'"),
        (("--as", "q=x"), "'q' is not an input of the expression, and cannot stand for 'x'"),
        (("--as", "P=a`b"), "'a`b' cannot be the name of an input"),
        (("--as", "P=x", "--at", "P=3,x=3"), "duplicate value for 'x'"),
    ],
)
def test_errors(options: tuple[str, ...], message: str, command: Command) -> None:
    result = command("diff", "q = P*V; q + P", *options)
    assert result.status == 2
    assert result.err.startswith(f"error: {message}\n")


def test_from_python() -> None:
    graph = graphdiff.parse("P*V", names={"P": NAME})
    assert graph.input_names == (NAME, "V")
    assert str(pickle.loads(pickle.dumps(graph))) == str(graph) == f"`{NAME}`*V"
    assert graphdiff.value_and_gradient(graph, {NAME: 3, "V": 2})[1] == {NAME: 2, "V": 3}
    assert graphdiff.compile(graph).inputs == (NAME, "V")

    def product(p: float, v: float) -> float:
        return p * v

    assert str(graphdiff.parse(product, names={"p": NAME})) == f"`{NAME}`*v"
    with pytest.raises(graphdiff.GraphdiffError, match="two names stand for the same input"):
        graphdiff.parse("P*V", names={"P": "x", "V": "x"})


def test_deep_formulas() -> None:
    graph = graphdiff.parse("(" * 5000 + "P" + ")+P" * 5000, names={"P": NAME})
    assert graph.input_names == (NAME,)

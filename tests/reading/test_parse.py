"""What surrounds the readers of other languages: how a language is found, and what is printed of a reading."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphdiff
from graphdiff.reading.languages import language_of_mark
from graphdiff.reading.parse import origin_of
from support.small_readers import use_small_readers

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def _small_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_readers(monkeypatch)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *((r"\frac{1}{2}", "latex"), (r"$x$", "latex"), ("x^{2}", "latex"), ("w_{ij}*x", "latex"), (r"\|x\|", "latex")),
        *((r"\lambda x", "latex"), (r"\lambda: x", "latex"), (r"\(x\)", "latex"), (r"a \, b", "latex")),
        *(("def f(x):\n  return x", "python"), ("import math", "python"), ("f = lambda x: x", "python")),
        *(("np.exp(-x)", "python"), ("y = 1/(1 + math.exp(-x))", "python"), ("L.backward()", "python")),
        *(("# a loss\nfrom math import exp", "python"), ("@jit\ndef f(x): ...", "python")),
        *((r"A\b", None), ("max{z,w}", None), ("x +", None), ("definition(x", None), ("lambda*x +", None)),
    ],
)
def test_marks(text: str, language: str | None) -> None:
    assert language_of_mark(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("```\nx^2 + 1\n```", "graphdiff"),
        ("~~~gd\nx^2 + 1\n~~~\n", "graphdiff"),
        ("```latex\nx + 1\n```", "latex"),
        ("\n```python\nlambda x: x + 1\n```\n", "python"),
    ],
)
def test_code_fences(text: str, language: str) -> None:
    """Of Markdown are left out; errors show the text between them."""
    assert origin_of(graphdiff.parse(text)).language == language
    with pytest.raises(graphdiff.GraphdiffError) as caught:
        graphdiff.parse("```\nx +\n```")
    assert caught.value.source is not None
    assert caught.value.source.text == "x +"


def test_what_is_valid_in_our_own_language_is_in_it() -> None:
    graph = graphdiff.parse("lambda*x + def")
    assert (origin_of(graph).language, graph.input_names) == ("graphdiff", ("lambda", "x", "def"))


def test_a_text_in_another_language() -> None:
    graph = graphdiff.parse(r"x \cdot y")
    assert (origin_of(graph).language, str(graph), graph.notes) == ("latex", "x*y", (r"\cdot is read as *",))
    assert graphdiff.value_and_gradient(r"x \cdot y", x=2, y=3) == (6, {"x": 3, "y": 2})
    again = pickle.loads(pickle.dumps(graph))
    assert (str(again), again.notes) == (str(graph), graph.notes)
    with pytest.raises(graphdiff.GraphdiffError) as caught:
        graphdiff.parse(r"x \cdot y", language="graphdiff")
    assert (caught.value.kind, caught.value.span) == ("syntax", (2, 3))
    with pytest.raises(graphdiff.GraphdiffError, match="unknown language 'tex'"):
        graphdiff.parse("x", language="tex")


def test_ranks_decide() -> None:
    point = {"x": [1.0, 2.0], "y": [3.0, 4.0]}
    assert graphdiff.trace(r"x \cdot y", point).value == 11
    assert str(graphdiff.parse(r"x \cdot y", shapes={"x": (2,)})) == "x @ y"
    assert str(graphdiff.derivative(r"x \cdot y", "x", shapes={"x": (2,), "y": (2,)})) == "y"
    assert graphdiff.compile(r"x \cdot y", backend="numpy", shapes={"x": (2,), "y": (2,)})([1, 2], [3, 4])[0] == 11
    assert graphdiff.check(r"x \cdot y", point).agrees
    assert graphdiff.trace(r"x \cdot y", point, precision=30).value == 11


def test_errors_point_into_the_text(command: Command) -> None:
    result = command("eval", r"$x \cdot y*$", "--at", "x=1,y=2")
    assert result.status == 2
    assert result.err.splitlines()[1:] == ["  1 │  x *     y* ", "    │           ^"]


@pytest.mark.parametrize("name", ["eval", "explain", "check", "diff"])
def test_json(name: str, command: Command) -> None:
    words = [name, r"x \cdot y", "--at", "x=2,y=3", "--json"]
    result = command(*words)
    document = json.loads(result.out)
    fields = {"expression": "x*y", "language": "latex", "source": r"x \cdot y", "read_as": "x*y"}
    assert {key: document[key] for key in fields} == fields
    assert document["notes"] == [r"\cdot is read as *"]
    assert result.err.splitlines() == ["read as: x*y", r"note: \cdot is read as *"]
    failed = command(*words[:2], "--json", "--at", "x=1")
    if name != "diff":
        assert (failed.status, json.loads(failed.err)["notes"]) == (2, document["notes"])


@pytest.mark.parametrize("name", ["eval", "explain", "check", "diff", "draw", "compile"])
def test_every_command_echoes_its_reading(name: str, command: Command) -> None:
    result = command(name, r"x \cdot y", "--at", "x=2,y=3")
    assert (result.status, result.err) == (0, "read as: x*y\nnote: \\cdot is read as *\n")
    assert command(name, "x*y", "--at", "x=2,y=3").out in (result.out, result.out.replace(r"x \cdot y", "x*y"))


def test_files_have_a_language_by_their_name(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "f.tex"
    path.write_text("x*y", "utf-8")
    assert "read as: x*y" in command("eval", "-f", str(path), "--at", "x=2,y=3").err
    assert command("eval", "-f", str(path), "--at", "x=2,y=3", "--language", "graphdiff").err == ""
    assert "is a file name" in command("eval", "f.tex").err


def test_map_reads_by_the_columns(command: Command, tmp_path: Path) -> None:
    table = tmp_path / "points.csv"
    table.write_text("x,y\n1,2\n3,4\n", "utf-8")
    result = command("map", r"x \cdot y", "--data", str(table))
    assert (result.out.splitlines(), result.status) == (["x,y,value,d_x,d_y", "1,2,2.0,2.0,1.0", "3,4,12.0,4.0,3.0"], 0)
    lines = tmp_path / "points.jsonl"
    lines.write_text('{"x": [1, 2], "y": [3, 4]}\n', "utf-8")
    result = command("map", r"x \cdot y", "--data", str(lines))
    assert json.loads(result.out)["value"] == 11


def test_values_that_a_text_gives() -> None:
    text = "lambda x, a=2: a*x"
    assert graphdiff.value_and_gradient(text, x=3) == (6, {"x": 2})
    assert graphdiff.value_and_gradient(text, x=3, a=5) == (15, {"x": 5, "a": 3})
    assert graphdiff.trace(text, {"x": 3}, wrt=["a"]).gradients == {"a": 3}
    assert str(graphdiff.parse(text)) == "a = 2\na*x"
    assert graphdiff.value_and_gradient("lambda x=3, a=2: a*x") == (6, {"a": 3, "x": 2})

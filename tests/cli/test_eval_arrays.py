"""graphdiff eval with arrays: how they are written, and how every format shows them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.output import without_trailing_spaces

Command = Callable[..., Any]
NORM = ["q = W@x; f = sum(q^2)", "--at", "W=[[.1,.5],[-.3,.8]],x=[.2,.4]"]
TABLE = """\
q = W@x; f = sum(q^2)
at W = [[0.1, 0.5], [-0.3, 0.8]], x = [0.2, 0.4]: value 0.116

Forward pass
step  node  operation  numbers                                            value
   1  q     W @ x      [[0.1, 0.5], [-0.3, 0.8]] @ [0.2, 0.4]      [0.22, 0.26]
   2  v1    q^2        [0.22, 0.26]^2                          [0.0484, 0.0676]
   3  f     sum(v1)    sum([0.0484, 0.0676])                              0.116

Backward pass: upstream × local = downstream
step  node  pattern                     upstream  input  formula              local               downstream
   1  f     distributor                        1  v1     broadcast_to(f̄, v1)  Jacobian (2,)       [1, 1]
                                                                              [1, 1]
   2  v1    power scaler                  [1, 1]  q      2*q                  [0.44, 0.52]        [0.44, 0.52]
   3  q     matrix swap multiplier  [0.44, 0.52]  W      q̄ @ xᵀ               Jacobian (2, 2, 2)  [[0.088, 0.176],
                                                                              [[[0.2, 0.4],        [0.104, 0.208]]
                                                                                [  0,   0]],
                                                                               [[  0,   0],
                                                                                [0.2, 0.4]]]
                                                  x      Wᵀ @ q̄               Jacobian (2, 2)     [-0.112, 0.636]
                                                                              [[ 0.1, 0.5],
                                                                               [-0.3, 0.8]]

Gradients
input  value          formula     gradient
W      [[ 0.1, 0.5],  (2*q) @ xᵀ  [[0.088, 0.176],
        [-0.3, 0.8]]               [0.104, 0.208]]
x      [0.2, 0.4]     Wᵀ @ (2*q)  [-0.112, 0.636]
"""


def test_table(command: Command) -> None:
    """The layout, as reviewed by hand."""
    result = command("eval", *NORM)
    assert (result.status, without_trailing_spaces(result.out), result.err) == (0, TABLE, "")


def test_json(command: Command) -> None:
    document = json.loads(command("eval", *NORM, "--json").out)
    assert document["at"] == {"W": [[0.1, 0.5], [-0.3, 0.8]], "x": [0.2, 0.4]}
    assert document["gradients"]["W"] == pytest.approx(np.array([[0.088, 0.176], [0.104, 0.208]]))
    first, second = document["backward"][2]["edges"]
    assert first["structure"] == second["structure"] == "dense"
    assert first["jacobian_shape"] == [2, 2, 2]
    assert second["local"] == [[0.1, 0.5], [-0.3, 0.8]]
    (square,) = document["backward"][1]["edges"]
    assert (square["structure"], square["jacobian_shape"]) == ("diagonal", [2, 2])
    assert document["backward"][0]["upstream"] == 1.0


def test_a_jacobian_is_shown_when_it_is_small_or_asked_for(command: Command) -> None:
    words = ["sum(softmax(x)*x)", "--at", f"x={[k / 10 for k in range(7)]}"]
    (edge,) = (
        edge
        for step in json.loads(command("eval", *words, "--json").out)["backward"]
        if step["op"] == "softmax"
        for edge in step["edges"]
    )
    assert (edge["local"], edge["structure"], edge["jacobian_shape"]) == (None, "dense", [7, 7])
    asked = json.loads(command("eval", *words, "--json", "--jacobian").out)
    (edge,) = (edge for step in asked["backward"] if step["op"] == "softmax" for edge in step["edges"])
    assert np.shape(edge["local"]) == (7, 7)
    assert np.sum(edge["local"], axis=0) == pytest.approx(np.zeros(7), abs=1e-15)
    assert "Jacobian (7, 7)" in command("eval", *words).out
    assert "-0.0118948" not in command("eval", *words).out
    assert "-0.0118948" in command("eval", *words, "--jacobian").out
    result = command("eval", "sum(softmax(arange(2000)*x))", "--at", "x=1", "--jacobian", "--json")
    assert result.status == 2
    assert "the limit is 1,000,000" in result.err


def test_large_arrays_are_shortened_in_tables_and_complete_in_data(command: Command, tmp_path: Path) -> None:
    np.save(tmp_path / "W.npy", np.arange(100.0).reshape(10, 10))
    words = ["sum(W*W)", "--at", f"W=@{tmp_path / 'W.npy'}"]
    table = command("eval", *words).out
    assert "at W of shape (10, 10): value 328350" in table
    assert "(10, 10), 0 to 198, norm 1.15e+03" in table
    assert np.shape(json.loads(command("eval", *words, "--json").out)["gradients"]["W"]) == (10, 10)
    rows = list(csv.DictReader(command("eval", *words, "--format", "csv").out.splitlines()))
    assert np.shape(json.loads(rows[-1]["downstream"])) == (10, 10)
    markdown = command("eval", *NORM, "--format", "markdown").out
    assert "| [[0.088, 0.176], [0.104, 0.208]] |" in markdown
    for line in command("eval", *words, "--format", "jsonl").out.splitlines():
        json.loads(line)


@pytest.mark.parametrize(
    ("name", "data"),
    [("x.npy", None), ("x.json", "[0.2, 0.4]"), ("point.json", '{"x": [0.2, 0.4], "unused": []}')],
)
def test_files(command: Command, tmp_path: Path, name: str, data: str | None) -> None:
    path = tmp_path / name
    if data is None:
        np.save(path, np.array([0.2, 0.4], dtype=np.float32))
    else:
        path.write_text(data, "utf-8")
    value = f"@{path}" if name == "point.json" else f"x=@{path}"
    document = json.loads(command("eval", "sum(x^2)", "--at", value, "--json").out)
    assert document["value"] == pytest.approx(0.2, rel=1e-6)
    assert document["gradients"]["x"] == pytest.approx([0.4, 0.8], rel=1e-6)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.npy", b"", "is not a .npy file of numbers, or is truncated"),
        ("x.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr': 'O'}     ", "is not a .npy file of numbers"),
        ("x.npy", b"[" * 5000, "is not a .npy file of numbers"),
        ("x.npz", b"PK", "may contain several arrays"),
        ("x.json", b"[1, [2]]", "is ragged: entry 1 is (1,), the first is a number"),
        ("x.json", b'{"x": 1}', "is not a finite number"),
        ("x.json", b"[1, null]", "is not a number: None"),
        ("x.json", b"[1, 1e999]", "is too large for a 64-bit float"),
        ("x.json", b"[[], []]", "is empty"),
        ("x.json", b"[" * 100000, "is nested deeper than 32 levels"),
        ("x.txt", b"1 2", "is not JSON"),
    ],
)
def test_wrong_files(command: Command, tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    result = command("eval", "sum(x)", "--at", f"x=@{tmp_path / name}")
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_a_cut_or_mistyped_npy(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.arange(1000.0))
    path.write_bytes(path.read_bytes()[:-8])
    assert "truncated" in command("eval", "sum(x)", "--at", f"x=@{path}").err
    np.save(path, np.array([1, "a"], dtype=object), allow_pickle=True)
    assert "is not a .npy file of numbers" in command("eval", "sum(x)", "--at", f"x=@{path}").err
    np.save(path, np.array([1.0, np.nan]))
    assert "has an entry that is not finite" in command("eval", "sum(x)", "--at", f"x=@{path}").err
    assert "does not name an input" in command("eval", "sum(x)", "--at", f"@{path}").err
    assert "cannot read" in command("eval", "sum(x)", "--at", "x=@missing.npy").err
    np.save(path, np.frombuffer(b"\x01\x00\x80\x7f", "<f4"))  # a signaling NaN, which warns when it is converted
    assert "an entry that is not finite" in command("eval", "sum(x)", "--at", f"x=@{path}").err


def test_upstream(command: Command, tmp_path: Path) -> None:
    words = ["eval", "W @ x", *NORM[1:]]
    result = command(*words)
    assert result.status == 2
    assert "the output is an array of shape (2,)" in result.err
    assert "give --upstream" in result.err
    document = json.loads(command(*words, "--upstream", "[1, 2*3]", "--json").out)
    assert document["gradients"]["x"] == pytest.approx([-1.7, 5.3])
    (tmp_path / "g.json").write_text("[1, 6]", "utf-8")
    again = json.loads(command(*words, "--upstream", f"@{tmp_path / 'g.json'}", "--json").out)
    assert again["gradients"] == document["gradients"]
    assert "upstream is (3,), but the output is (2,)" in command(*words, "--upstream", "[1,2,3]").err


def test_an_index_has_no_gradient(command: Command) -> None:
    words = ["x[i]^2", "--at", "x=[1,2,3],i=2"]
    assert json.loads(command("eval", *words, "--json").out)["gradients"] == {"x": [0, 0, 6], "i": None}
    assert "an index" in command("eval", *words).out


def test_a_number_that_is_not_finite_is_reported_with_its_place(command: Command) -> None:
    result = command("eval", "sum(log(x))", "--at", "x=[[1,2],[0,3]]")
    assert result.status == 3
    assert "the value is -inf: log(x) is -inf at [1, 0]" in result.err
    result = command("eval", "y = inv(A); y[0,0]", "--at", "A=[[1,2],[2,4]]")
    assert result.status == 3
    assert "the matrix is singular" in result.err
    document = json.loads(command("eval", "sum(log(x))", "--at", "x=[0,1]", "--json", "--allow-nonfinite").out)
    assert document["gradients"] == {"x": ["Infinity", 1.0]}


def test_kinks_in_arrays_are_counted(command: Command) -> None:
    assert "tie: all to 0 (in 2 entries)" in command("eval", "sum(max(x, 0))", "--at", "x=[0,1,0]").out
    assert "a tie goes to the first entry" in command("eval", "max(x)", "--at", "x=[1,1]").out
    assert "kink" not in command("eval", "max(x)", "--at", "x=[1,2]").out


@pytest.mark.parametrize("columns", [80, 160])
def test_tables_fit_a_window(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays are written out if there is room, and no line is wider than the window."""
    from rich.cells import cell_len
    from rich.console import Console

    from graphdiff import trace
    from graphdiff.report.rich_tables import trace_table

    point = {"W": np.arange(12.0).reshape(3, 4), "x": [1, 2, 3, 4], "y": 1}
    traced = trace("s = W@x; p = softmax(s/10); -log(p[y])", point)
    console = Console(width=columns, record=True, force_terminal=False)
    with console.capture() as capture:
        for table in trace_table(traced, "…", traced.accuracy, 6, 200, False):
            console.print(table, crop=False)
    lines = capture.get().splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert any("[[0, 1,  2,  3]," in line for line in lines)
    assert any("p*(p̄" in line and "[" in line for line in lines) == (columns == 160)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["q = x; q*[1,2]", "--output", "q", "--at", "x=1"], 0, "value 1"),
        (["min(cumsum(log(A), axis=0))", "--at", "A=[-1,2]", "--allow-nonfinite"], 0, "value nan"),
        (["norm(x@y)", "--at", "x=[[0,0],[0,0]],y=[1,2]"], 0, "slope 0 at 0"),
        (["sum(x[[0,1]])", "--at", "x=[1,2,3]"], 0, "value 3"),
        (["perceptron.gd", "--at", "x=1"], 2, "-f perceptron.gd"),
        (["sum(x)", "--at", "point.json"], 2, "@point.json"),
        (["sum(x)", "--at", "x=x.npy"], 2, "x=@x.npy"),
        (["sum(x)", "--at", "x=1,2"], 2, "arrays as x=[1,2]"),
        (["W @ x"], 2, "--at x=1,W=[[1,2],[3,4]]"),
        (["norm(x, 2)", "--at", "x=[1,2]"], 2, "norm(x, axis=0)"),
        (["x [0]", "--at", "x=[1,2]"], 2, "to take an entry, write x[0] without a space"),
        (["sum(conv2d(x, w, stride=0))", "--at", "x=1,w=1"], 2, "stride must be a positive whole number, not 0"),
        pytest.param(
            ["sum(x[k]^2 for k in range(6000))", "--at", "x=arange(6000)", "--json"],
            2,
            "a document has at most 20,000,000",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_mistakes_that_people_made(command: Command, words: list[str], status: int, message: str) -> None:
    result = command("eval", *words)
    assert result.status == status
    assert message in result.out + result.err


def test_a_mask_is_no_index(command: Command, tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", np.array([True, False]))
    at = f"m=@{tmp_path / 'm.npy'},x=[1,2]"
    result = command("eval", "sum(x[m])", "--at", at)
    assert result.status == 2
    assert "'m' is a mask" in result.err
    assert command("eval", "sum(where(m, x, 0))", "--at", at).status == 0


@pytest.mark.sampled(2)
@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "markdown", "html"])
def test_a_refused_jacobian_leaves_no_half_result(command: Command, form: str) -> None:
    words = ["--at", "x=ones(10),y=ones(2000)", "--jacobian", "--format", form]
    result = command("eval", "sum(softmax(y))*sum(cumsum(x))", *words)
    assert (result.status, result.out, "the limit is 1,000,000" in result.err) == (2, "", True)


def lines_in_window(text: str, point: dict[str, Any], width: int) -> list[str]:
    """The lines of the tables of a formula in a window of a width."""
    from rich.console import Console

    from graphdiff import trace
    from graphdiff.report.rich_tables import trace_table

    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        for table in trace_table(trace(text, point), text, (), 6, 200, False):
            console.print(table, crop=False)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_network_fits_80_columns() -> None:
    """Backward patterns are left out, and the point is broken after commas; every number stays whole."""
    from rich.cells import cell_len

    program = "h = sigmoid(w1*i1 + w2*i2 + b1)\no = sigmoid(w3*h + b2)\nE = 0.5*(target - o)^2"
    point = {"w1": 0.15, "i1": 0.05, "w2": 0.2, "i2": 0.1, "b1": 0.35, "w3": 0.4, "b2": 0.6, "target": 0.01}
    lines = lines_in_window(program, point, 80)
    assert max(map(cell_len, lines)) <= 80
    assert [line.split()[-1] for line in lines if line.startswith("at ")] == ["0.6,"]
    (head,) = (line for line in lines if line.endswith("downstream") and line.startswith("step"))
    assert head.split() == ["step", "node", "upstream", "input", "formula", "local", "downstream"]
    assert any(line.split() == ["2", "v8", "0.5", "v7", "2*v7", "-1.3758", "-0.687898"] for line in lines)


@pytest.mark.parametrize(
    ("width", "first"),
    [(94, "step node pattern"), (93, "step node upstream"), (76, "node upstream"), (70, "step node pattern")],
)
def test_columns_are_left_out_only_if_the_table_fits_then(width: int, first: str) -> None:
    lines = lines_in_window("gelu(x)*max(x, y)", {"x": 1, "y": 1}, width)
    head = lines[lines.index("Backward pass: upstream × local = downstream") + 1]
    assert " ".join(head.split()).startswith(first)


def test_sums_of_arrays_are_not_broken() -> None:
    """Where they do not fit a line, they have shapes in place of entries."""
    lines = lines_in_window("a = x/3; sum(a*x)", {"x": [1, 2, 3, 4, 5, 6]}, 60)
    assert "x = (6,) (through a) + (6,) (through v1) = (6,)" in lines

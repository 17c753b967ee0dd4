"""graphdiff map: results, errors of rows, and files that are written completely or not at all."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphdiff.batch import lines

Command = Callable[..., Any]
PRODUCT = ["map", "(x+y)*z", "--data", "-"]
LOGARITHM = ["map", "log(x)*y", "--data", "-"]
INNER = ["map", "sum(x*w)", "--data", "-", "--at", "w=[1,2]"]


def test_values_and_gradients_by_hand(command: Command) -> None:
    result = command(*PRODUCT, stdin=b"x,y,z\n-2,5,-4\n1,2,0.5\n")
    assert (result.status, result.err) == (0, "")
    assert result.out == "x,y,z,value,d_x,d_y,d_z\n-2,5,-4,-12.0,-4.0,-4.0,3.0\n1,2,0.5,1.5,0.5,0.5,3.0\n"


def test_many_rows_against_numpy_by_hand(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK", 5000)
    names = ["w0", "x0", "w1", "x1", "w2"]
    rows = np.random.default_rng(3).normal(size=(1000, 5))
    w0, x0, w1, x1, _ = rows.T
    value = 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + rows[:, 4])))
    slope = value * (1 - value)
    expected = np.stack([*rows.T, value, slope * x0, slope * w0, slope * x1, slope * w1, slope], axis=1)
    neuron = ["map", "1/(1+exp(-(w0*x0+w1*x1+w2)))", "--data"]
    table = "".join(",".join(map(str, row)) + "\n" for row in [names, *rows.tolist()])
    header, *csv_rows = command(*neuron, "-", stdin=table.encode()).out.splitlines()
    assert header.split(",") == [*names, "value", *(f"d_{name}" for name in names)]
    assert np.allclose(np.loadtxt(csv_rows, delimiter=","), expected, rtol=1e-12, atol=0)
    objects = "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows.tolist())
    json_rows = [json.loads(line) for line in command(*neuron, "-", stdin=objects.encode()).out.splitlines()]
    assert np.allclose([[row[name] for name in header.split(",")] for row in json_rows], expected, rtol=1e-12, atol=0)


def test_a_branch_that_is_not_taken_passes_nothing(command: Command) -> None:
    result = command("map", "where(x > 0, sqrt(x), 2)", "--data", "-", stdin=b"x\n0\n4\n")
    assert (result.err, result.out) == ("", "x,value,d_x\n0,2.0,0.0\n4,2.0,0.25\n")


def test_other_columns_and_constants(command: Command) -> None:
    """Cells are copied byte for byte, with spaces, quotes and zeros."""
    table = 'id,x,"a note",y\r\n007, 1.50 ,"he said ""no"", \n\r\nand left",2e0\r\n,3,,4'
    result = command(*PRODUCT, "--at", "z=pi", "--wrt", "z,x", stdin=table.encode())
    assert result.err == ""
    header, first, second = table.replace(" \n\r\n", " @").split("\r\n")
    pi = repr(math.pi)
    expected = [
        f"{header},value,d_z,d_x",
        f"{first},{3.5 * math.pi!r},3.5,{pi}".replace("@", "\n\r\n"),
        f"{second},{7 * math.pi!r},7.0,{pi}",
        "",
    ]
    assert result.out == "\r\n".join(expected)


def test_names_that_look_the_same_are(command: Command) -> None:
    result = command("map", "σ*µ", "--data", "-", stdin="σ, μ\n2,3\n".encode())  # two characters for micro
    assert result.out == "σ, μ,value,d_σ,d_μ\n2,3,6.0,3.0,2.0\n"


def test_header_only_and_nothing(command: Command) -> None:
    assert command(*PRODUCT, stdin=b"x,y,z\n").out == "x,y,z,value,d_x,d_y,d_z\n"
    assert command(*PRODUCT, "--from", "jsonl").out == ""
    result = command(*PRODUCT)
    assert (result.status, "standard input has no header" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("x,y\n1,2\n3,abc\n", "line 3, column 'y': 'abc' is not a number"),
        ("x,y\n1,2\n\n,4\n", "line 4, column 'x': the cell is empty"),
        ("x,y\n1,nan\n", "line 2, column 'y': nan is not a finite number"),
        ("x,y\n1,2\n1,-1e999\n", "line 3, column 'y': -1e999 is too large for a 64-bit float"),
        ("x,y\n1_0,2\n", "line 2, column 'x': '1_0' is not a number"),
        ("x,y\n١,2\n", "line 2, column 'x': '١' is not a number"),
        ('k,x,y\n"a\nb\n",1,2\nc,1,?\n', "line 5, column 'y': '?' is not a number"),
        ("x,y\n1,2\n3\n", "line 3: expected 2 cells, got 1"),
        ("x,y\n1,2\n3,4,5\n", "line 3: expected 2 cells, got 3"),
        ("x,y\n3\n3,4,5\n", "line 3: expected 2 cells, got 3"),
        ("x;y\n1,5;2\n", "--decimal , reads it"),
        ('x,y\n1,"2\n3,4\n', "line 2: a quote is not closed"),
        ('x,y\n1,"2"3\n', "line 2: the line is not valid CSV"),
        ("x,y\r1,2\r", "carriage returns only"),
        ("x,y\n1\r0,2\n", "line 2: a cell without quotes contains a carriage return"),
        ("x,x,y\n1,2,3\n", "duplicate column 'x'"),
        ("x,y,value\n1,2,3\n", "the column 'value' has the name of a result"),
        ("x,y,d_x\n1,2,3\n", "the column 'd_x' has the name of a result"),
        ("x,y,z\n1,2,3\n", "'z' is a column and also has a constant value"),
        ("X,k\n1,2\n", "no column and no constant value for x, y"),
        ("X,k\n1,2\n", "did you mean 'X' instead of x?"),
        ("x\x1b,k\n1,2\n", "did you mean 'x<U+001B>' instead of x?"),
        ("1,2\n3,4\n", "the first line should name the columns, and is 1, 2"),
        ('{"x": 1, "y": 2}\n{"x": 1}\n', "line 2, column 'y': the line does not have this name"),
        ('{"x": 1, "y": 2}\n\n{"x": "1", "y": 2}', "line 3, column 'x': '\"1\"' is not a number"),
        ('{"x": "true", "y": 2}', "line 1, column 'x': '\"true\"' is not a number"),
        ('{"x": null, "y": 2}', "line 1, column 'x': the cell is empty"),
        ('{"x": NaN, "y": 2}', "line 1, column 'x': nan is not a finite number"),
        (f'{{"x": 1{"0" * 400}, "y": 2}}', "line 1, column 'x': the number is too large"),
        ('{"x": 1, "y": 2}\n{"x": 1, "y": 2', "line 2 is not JSON"),
        ('{"x": 1, "y": 2}\n[1]', "line 2 is not a JSON object"),
        ('[{"x": 1, "y": 2}]', "jq -c '.[]'"),
        ('{"x": 1, "y": 2}\n{"x": 1, "y": 2, "value": 3}', "line 2: 'value' is the name of a result"),
        ('{"x": [1, 2], "y": 2}', "line 1: the output is an array of shape (2,)"),
        ('{"x": [1, 2], "y": 2}', "reduce it to a number, e.g. with sum(…)"),
    ],
)
def test_wrong_tables(command: Command, table: str, message: str) -> None:
    result = command(*PRODUCT, "--at", "z=1", stdin=table.encode())
    assert result.status == 2
    assert message in result.err


def test_wrong_bytes(command: Command) -> None:
    result = command(*PRODUCT, stdin=b"x,y,z\n1,2,3\n1,2,\xe9\n")
    assert (result.status, "standard input is not UTF-8: byte 0xe9 in line 3" in result.err) == (2, True)
    result = command(*PRODUCT, stdin=b"\x1f\x8b\x08\x00")
    assert (result.status, "cannot decompress standard input" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["map", "x"], "no input table given"),
        (["map", "-", "--data", "-"], "the expression and the table cannot both be standard input"),
        (["map", "x", "--data", "no such file"], "cannot read 'no such file'"),
        (["map", "x", "--data", "tests"], "several tables need an output folder"),
        (["map", "x", "--data", "no/*.csv"], "no files match 'no/*.csv'"),
        (["map", "x", "--data", "-", "--scheduler", "tcp://a:1"], "--scheduler requires --engine dask"),
        (["map", "x", "--data", "-", "--from", "parquet"], "is not a Parquet file"),
        (["map", "x", "--data", "-", "-o", "no/such/folder"], "cannot write 'no/such/folder'"),
        (["map", "x", "--data", "-", "--wrt", "y"], "has no input 'y'"),
        (["map", "x", "--data", "-", "--at", "y=1"], "has no input 'y'"),
    ],
)
def test_wrong_command_lines(command: Command, words: list[str], message: str) -> None:
    result = command(*words, stdin=b"x\n1\n")
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_results_that_are_not_finite(command: Command) -> None:
    table = b"x,y\n1,2\n0,1\n"
    result = command(*LOGARITHM, stdin=table)
    assert result.status == 3
    assert "line 3, column 'value': the value is -inf: log(x) is -inf" in result.err
    result = command("map", "sqrt(x)", "--data", "-", stdin=b"x\n4\n0\n")
    assert result.status == 3
    assert "line 3, column 'd_x': the gradient by x is inf" in result.err
    result = command(*LOGARITHM, "--allow-nonfinite", stdin=table)
    assert result.out.splitlines()[1:] == ["1,2,0.0,2.0,0.0", "0,1,-inf,inf,-inf"]
    result = command(*LOGARITHM, "--allow-nonfinite", "--format", "jsonl", stdin=table)
    assert json.loads(result.out.splitlines()[1]) == {
        "x": 0,
        "y": 1,
        "value": "-Infinity",
        "d_x": "Infinity",
        "d_y": "-Infinity",
    }


def test_rows_with_errors_can_be_skipped(command: Command) -> None:
    table = b'k,x,y\na,1,2\nb,,2\n"c\n",0,2\nd,1\ne,2,1\n'
    result = command(*LOGARITHM, "--on-error", "null", stdin=table)
    assert result.status == 0
    rows = list(csv.reader(io.StringIO(result.out)))
    assert rows[1:5] == [
        ["a", "1", "2", "0.0", "2.0", "0.0"],
        ["b", "", "2", "", "", ""],
        ["c\n", "0", "2", "", "", ""],
        ["d", "1", "", "", "", ""],
    ]
    assert [float(cell) for cell in rows[5][3:]] == pytest.approx([math.log(2), 0.5, math.log(2)])
    assert result.err == "note: 3 of 5 rows have no results; the first error: line 3, column 'x': the cell is empty\n"
    result = command(*LOGARITHM, "--on-error", "null", "--format", "jsonl", stdin=table)
    assert json.loads(result.out.splitlines()[1]) == {
        "k": "b",
        "x": "",
        "y": 2,
        "value": None,
        "d_x": None,
        "d_y": None,
    }
    result = command(*LOGARITHM, "--on-error", "null", stdin=b'{"x":1,"y":1}\n{"x":"a"}\n{ }\n')
    nothing = '"value": null, "d_x": null, "d_y": null}'
    assert result.out.splitlines()[1:] == [f'{{"x":"a", {nothing}', f"{{{nothing}"]
    assert command(*LOGARITHM, "--on-error", "null", stdin=b"x,y\n1,2,3\n").status == 2


def test_arrays_row_by_row(command: Command) -> None:
    table = b'{"x": [1, 2], "k": "v"}\n{"x": [3, 4]}\n'
    result = command(*INNER, stdin=table)
    assert [json.loads(line) for line in result.out.splitlines()] == [
        {"x": [1, 2], "k": "v", "value": 5, "d_x": [1, 2], "d_w": [1, 2]},
        {"x": [3, 4], "value": 11, "d_x": [1, 2], "d_w": [3, 4]},
    ]
    rows = list(csv.reader(io.StringIO(command(*INNER, "--format", "csv", stdin=table).out)))
    assert rows[2] == ["[3, 4]", "", "11.0", "[1.0, 2.0]", "[3.0, 4.0]"]
    wrong = table + b'{"x": [1, 2, 3]}\n{"x": [1, null]}\n'
    result = command(*INNER, stdin=wrong)
    assert (result.status, "line 3: x*w: the shapes (3,) and (2,) do not fit" in result.err) == (2, True)
    result = command(*INNER, "--on-error", "null", stdin=wrong)
    assert result.out.splitlines()[3] == '{"x": [1, null], "value": null, "d_x": null, "d_w": null}'
    assert "2 of 4 rows" in result.err
    result = command("map", "x[i]^2", "--data", "-", "--at", "x=[2,3]", stdin=b"i\n1\n0\n")
    assert result.out == 'i,value,d_x,d_i\n1,9.0,"[0.0, 6.0]",\n0,4.0,"[4.0, 0.0]",\n'


@pytest.mark.parametrize(
    ("formula", "message"),
    [("x[i]^2", "2 is out of range"), ("sum(one_hot(i, 2)*x)", "an index must be a whole number")],
)
def test_an_index_that_is_not_there(command: Command, formula: str, message: str) -> None:
    words = ["map", formula, "--data", "-", "--at", "x=[2,3]"]
    table = b"i\n1\n2\n0\n" if "[i]" in formula else b"i\n1\n0.5\n0\n"
    result = command(*words, stdin=table)
    assert result.status == 2
    assert result.err.startswith("error: line 3: ")
    assert message in result.err
    result = command(*words, "--on-error", "null", stdin=table)
    assert result.out.splitlines()[2].endswith(",,,")


def test_gates_and_outputs(command: Command) -> None:
    """1/(1 + exp(-x)) overflows at -800, sigmoid does not."""
    logistic = ["map", "q = 1/(1+exp(-x)); q*3", "--data", "-"]
    result = command(*logistic, stdin=b"x\n-800\n")
    assert result.status == 3
    assert "--fuse" in result.err
    assert command(*logistic, "--fuse", stdin=b"x\n-800\n").out == "x,value,d_x\n-800,0.0,0.0\n"
    assert command(*logistic, "--output", "q", stdin=b"x\n0\n").out == "x,value,d_x\n0,0.5,0.25\n"
    result = command("map", "softplus(x)", "--expand", "--data", "-", stdin=b"x\n0\n")
    assert result.out == f"x,value,d_x\n0,{math.log(2)!r},0.5\n"


@pytest.mark.slow
def test_a_file_appears_whole_or_not_at_all(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text(table := "x\n1\n")
    out.chmod(0o640)
    rows = b"x\n" + b"1\n" * 10**6
    result = command("map", "x", "--data", "-", "-o", str(out), stdin=rows + b"?\n")
    assert (result.status, "line 1000002, column 'x'" in result.err) == (2, True)
    assert (out.read_text(), os.listdir(tmp_path)) == (table, ["out.csv"])
    link, data = tmp_path / "link.csv", tmp_path / "data.csv"
    link.symlink_to(out)
    data.write_text(table)
    assert "is also the input" in command("map", "x", "--data", str(out), "-o", str(link)).err
    assert out.read_text() == table
    assert command("map", "x", "--data", str(data), "-o", str(link)).status == 0  # the table itself is replaced
    assert out.read_text() == "x,value,d_x\n1,1.0,1.0\n"
    assert link.is_symlink()
    assert out.stat().st_mode & 0o777 == 0o640


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="platform: signals of POSIX")
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_ended_on_the_way(tmp_path: Path, kind: signal.Signals) -> None:
    out = tmp_path / "out.csv"
    process = subprocess.Popen(
        [sys.executable, "-m", "graphdiff", "map", "x", "--data", "-", "-o", str(out)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(b"x\n" + b"1\n" * 10**6)
    process.stdin.flush()
    while not os.listdir(tmp_path):
        time.sleep(0.01)
    process.send_signal(kind)
    process.wait(timeout=60)
    process.stdin.close()
    assert not out.exists()
    if kind is signal.SIGINT:
        assert process.returncode == 130
        assert os.listdir(tmp_path) == []
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()


def test_rows_are_written_as_they_arrive() -> None:
    """The reader of a pipe gets results as soon as their rows are computed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "graphdiff", "map", "x", "--data", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"x\n1\n")
    process.stdin.flush()
    assert [process.stdout.readline() for _ in range(2)] == [b"x,value,d_x\n", b"1,1.0,1.0\n"]
    process.stdin.write(b"2\n")
    process.stdin.close()
    assert process.stdout.read() == b"2,2.0,1.0\n"
    process.stdout.close()
    assert process.wait(timeout=60) == 0


@pytest.mark.parametrize(
    ("text", "count", "operations"),
    [
        ("abs(x)*y", 2, ["abs"]),
        ("max(x, y) + relu(x)", 2, ["max"]),
        ("clip(x, -1, 1)*y + floor(y)", 4, ["clip", "floor"]),
        ("f(u) = max(u, 0); f(x) + y", 2, ["max"]),
        ("norm([x, y])", 1, ["norm"]),
        ("gate g(u) = u^2 with 2*u; g(abs(x)) + y", 2, ["abs"]),
        ("sum([x, abs(x)])*y", 2, ["abs"]),
    ],
)
def test_rows_at_a_kink_are_counted(text: str, count: int, operations: list[str], command: Command) -> None:
    result = command("map", text, "--data", "-", stdin=b"x,y\n0,1\n2,3\n-1,3.5\n0,0\n")
    rows = "1 row is" if count == 1 else f"{count} rows are"
    commands = ", ".join(f"graphdiff ops {name}" for name in operations)
    assert result.status == 0
    assert result.err == f"note: {rows} at a kink, where the gradient follows a convention ({commands})\n"


def test_kinks_that_no_gradient_passes_and_rows_without_results_are_not_counted(command: Command) -> None:
    table = b"x,y\n0,1\n0,0\n2,-1\n"
    assert command("map", "abs(x)*y", "--data", "-", "--wrt", "y", stdin=table).err == ""
    assert command("map", "x*y", "--data", "-", stdin=table).err == ""
    result = command("map", "abs(x)*log(y)", "--data", "-", "--on-error", "null", stdin=table)
    assert result.err.splitlines()[1].startswith("note: 1 row is at a kink")


def test_kinks_are_counted_over_all_files(command: Command, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("x\n0\n1\n0\n")
    result = command("map", "abs(x)", "--data", str(tmp_path / "*.csv"), "-o", str(tmp_path / "out"))
    assert "note: 4 rows are at a kink" in result.err

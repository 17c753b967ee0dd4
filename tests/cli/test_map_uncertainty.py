"""graphdiff map with uncertainties: the column u, from values for all rows, from shares, and from other columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from uncertainties import correlated_values, ufloat, umath

from graphdiff.batch import lines

Command = Callable[..., Any]
TABLE = b"x,y,u_x\n1,2,0.1\n3,4,0.2\n0,0,0.3\n"


def u_of(result: Any) -> list[float]:
    assert result.status == 0, result.err
    return [float(row["u"]) for row in csv.DictReader(io.StringIO(result.out))]


@pytest.mark.parametrize(
    ("at", "u"),
    [
        ("x=±0.1", [0.2, 0.4, 0]),
        ("x=+/-0.1", [0.2, 0.4, 0]),
        ("x=±5%", [0.1, 0.6, 0]),
        ("x=±u_x", [0.2, 0.8, 0]),
        ("x=±`u_x`,y=±1/10", [np.hypot(0.2, 0.1), np.hypot(0.8, 0.3), 0]),
    ],
)
def test_columns(at: str, u: list[float], command: Command) -> None:
    result = command("map", "x*y", "--data", "-", "--at", at, stdin=TABLE)
    assert u_of(result) == pytest.approx(u)
    assert result.out.startswith("x,y,u_x,value,d_x,d_y,u\n1,2,0.1,2.0,2.0,1.0,")


def test_many_rows_against_the_package(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """In several chunks, with a value for all rows, a column, a share and a correlation."""
    monkeypatch.setattr(lines, "BLOCK", 2000)
    rows = np.random.default_rng(5).uniform(0.5, 2, size=(200, 3))
    table = "V,I,u_V\n" + "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist())
    words = ["map", "V/I*cos(phi)", "--data", "-", "--at", "V=±u_V,I=±2%,phi=1.04±0.01", "--wrt", "V"]
    result = command(*words, "--correlation", "V,I=-0.36", stdin=table.encode())
    expected = []
    for v, i, u_v in rows.tolist():
        u_i = 0.02 * i
        covariance = [[u_v**2, -0.36 * u_v * u_i], [-0.36 * u_v * u_i, u_i**2]]
        voltage, current = correlated_values([v, i], covariance)
        expected.append((voltage / current * umath.cos(ufloat(1.04, 0.01))).std_dev)
    assert u_of(result) == pytest.approx(expected, rel=1e-9)
    assert result.out.startswith("V,I,u_V,value,d_V,u\n")


def test_arrays(command: Command) -> None:
    rows = b'{"w": [1, 2], "uw": [0.1, 0.2]}\n{"w": [3, 4], "uw": 0.1}\n'
    words = ["map", "sum(w^2)", "--data", "-", "--at"]
    own = [json.loads(line)["u"] for line in command(*words, "w=±uw", stdin=rows).out.splitlines()]
    assert own == pytest.approx([np.hypot(0.2, 0.8), np.hypot(0.6, 0.8)])
    shares = [json.loads(line)["u"] for line in command(*words, "w=±5%", stdin=rows).out.splitlines()]
    assert shares == pytest.approx([0.1 * np.hypot(1, 4), 0.1 * np.hypot(9, 16)])
    result = command(*words, "w=±uw", "--correlation", "w[0],w[1]=-1", stdin=rows)
    assert [json.loads(line)["u"] for line in result.out.splitlines()] == pytest.approx([0.6, 0.2])
    result = command(*words, "w=±uw", stdin=b'{"w": [1, 2], "uw": [0.1, 0.2, 0.3]}\n')
    assert "line 1: the uncertainty of 'w' is (3,), but its value is (2,)" in result.err


def test_rows_where_second_order_matters(command: Command) -> None:
    result = command("map", "x^2", "--data", "-", "--at", "x=±0.1", stdin=b"x\n0\n0.4\n0.6\n")
    assert "note: in 2 rows, first order is not enough for the uncertainty" in result.err
    words = ["map", "x*y", "--data", "-", "--at", "x=±0.1,y=±0.1"]
    assert "in 1 row," in command(*words, stdin=b"x,y\n0,0\n1,1\n").err
    assert command(*words, stdin=b"x,y\n1,1\n").err == ""


def test_rows_near_a_kink(command: Command) -> None:
    words = ["map", "max(x, y)", "--data", "-", "--at", "x=±0.1,y=±0.1"]
    rows = b"x,y\n1,1.13\n1,1.15\n1,1.05\n2,1\n"
    assert "in 2 rows, first order is not enough" in command(*words, stdin=rows).err
    assert "in 3 rows," in command(*words, "--correlation", "x,y=-0.5", stdin=rows).err
    assert "in 1 row," in command(*words, "--correlation", "x,y=0.8", stdin=rows).err


def test_rows_with_errors(command: Command) -> None:
    words = ["map", "x*y", "--data", "-", "--at", "x=±u_x"]
    table = b"x,y,u_x\n1,2,-0.1\n1,2,\n1,2,0.1\n"
    assert "line 2: the uncertainty of 'x' is negative: -0.1" in command(*words, stdin=table).err
    result = command(*words, "--on-error", "null", stdin=table)
    assert result.out.endswith("1,2,-0.1,,,,\n1,2,,,,,\n1,2,0.1,2.0,2.0,1.0,0.2\n")
    assert "2 of 3 rows have no results" in result.err
    root = ["map", "sqrt(x)*y", "--data", "-", "--at", "x=±0.1", "--wrt", "y"]
    result = command(*root, stdin=b"x,y\n0,1\n")
    assert (result.status, "column 'u': the uncertainty is not finite" in result.err) == (3, True)
    assert command(*root, "--allow-nonfinite", stdin=b"x,y\n0,1\n").out == "x,y,value,d_y,u\n0,1,0.0,0.0,inf\n"


def test_many_files(command: Command, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_bytes(TABLE)
    out = tmp_path / "out"
    result = command("map", "x^2", "--data", str(tmp_path), "--at", "x=±u_x", "-o", str(out))
    assert result.status == 0, result.err
    assert "in 2 rows, first order is not enough" in result.err
    assert [float(line.split(",")[-1]) for line in (out / "b.csv").read_text().split()[1:]] == [
        0.2,
        1.2000000000000002,
        0,
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--at", "x=±foo"], "no column 'foo' for the uncertainty of 'x'"),
        (["--at", "x=±ux"], "did you mean 'u_x'?"),
        (["--at", "z=±0.1"], "the expression has no input 'z'"),
        (["--at", "x=1±0.1"], "'x' is a column and also has a constant value"),
        (["--at", "x=1±0.1"], "the uncertainty of a column stands alone: x=±0.1"),
        (["--at", "x=±-0.1"], "the uncertainty of 'x' is negative"),
        (["--at", "x=±"], "no uncertainty given for 'x'"),
        (["--at", "x=±[1,2]"], "expected a number, a number with % or a column"),
        (["--at", "x=±0.1", "--correlation", "x,y=0.5"], "'y' has no uncertainty to correlate"),
        (["--at", "x=±0.1,y=±0.1", "--correlation", "x,y=2"], "the correlation of x and y is 2"),
    ],
)
def test_errors(words: list[str], message: str, command: Command) -> None:
    result = command("map", "x*y", "--data", "-", *words, stdin=TABLE)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_an_input_without_a_value(command: Command) -> None:
    result = command("map", "x*k", "--data", "-", "--at", "k=±0.1", stdin=TABLE)
    assert result.status == 2
    assert "'k' is not a column\n  only a column has the uncertainty alone; give the value too: k=2±0.1" in result.err


def test_the_name_of_the_result(command: Command) -> None:
    assert command("map", "x*2", "--data", "-", stdin=b"x,u\n1,2\n").out == "x,u,value,d_x\n1,2,2.0,2.0\n"
    result = command("map", "x*2", "--data", "-", "--at", "x=±u", stdin=b"x,u\n1,2\n")
    assert "the column 'u' has the name of a result" in result.err


def test_only_tables_have_columns(command: Command) -> None:
    result = command("eval", "x", "--at", "x=±u_x")
    assert "no value given for 'x'" in result.err

"""`graphdiff fit`: its options, its files and its messages."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
DATA = Path(__file__).parent.parent.parent / "examples" / "data"
ENZYME = f"--data {DATA / 'enzyme.csv'}"
LAW = "'rate = V*concentration/(K + concentration)'"


def run(command: Command, line: str, stdin: str = "") -> Any:
    return command(*shlex.split(line), stdin=stdin.encode())


def test_a_published_fit(command: Command) -> None:
    """Bates and Watts, Nonlinear Regression Analysis, 1988: V = 212.7 (6.95), K = 0.0641 (0.00828), s = 10.93."""
    document = json.loads(run(command, f"fit {LAW} {ENZYME} --start V=200,K=0.1 --json").out)
    estimates = {each["name"]: (each["estimate"], each["standard_error"]) for each in document["parameters"]}
    assert estimates["V"] == pytest.approx((212.7, 6.947), rel=1e-3)
    assert estimates["K"] == pytest.approx((0.06412, 0.008281), rel=1e-3)
    assert document["residual_standard_deviation"] == pytest.approx(10.93, rel=1e-3)
    assert (document["degrees_of_freedom"], document["converged"]) == (10, True)


def test_rows_with_fitted_values(command: Command, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("x,name,y\n0,first,1\n1,,3\n2,a,5.5\n5,new,\n,no,2\n3,b,7\n", "utf-8")
    rows = tmp_path / "rows.csv"
    result = run(command, f"fit 'y = a + b*x' --data {table} --start a=0,b=0 --predict -o {rows} --format csv")
    assert result.status == 0
    estimates = {row["name"]: float(row["estimate"]) for row in csv.DictReader(result.out.splitlines())}
    with rows.open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["name"] for row in written] == ["first", "", "a", "new", "no", "b"]
    new, without = written[3], written[4]
    assert float(new["fitted"]) == pytest.approx(estimates["a"] + 5 * estimates["b"])
    assert (new["y"], new["residual"]) == ("", "")
    assert float(new["low"]) < float(new["fitted"]) < float(new["high"])
    assert [without[name] for name in ("fitted", "residual", "low", "high")] == [""] * 4
    for row in (*written[:3], written[5]):
        assert float(row["residual"]) == pytest.approx(float(row["y"]) - float(row["fitted"]), abs=1e-12)


@pytest.mark.parametrize("form", ["markdown", "html", "latex"])
def test_documents(form: str, command: Command) -> None:
    result = run(command, f"fit {LAW} {ENZYME} --start V=200,K=0.1 --format {form}")
    assert result.status == 0
    for text in ("212.684", "6.94716", "0.765", "10.9337", "0.961261", "converged after"):
        assert text in result.out
    start = {"markdown": "`rate", "html": "<!DOCTYPE html>", "latex": r"\documentclass"}[form]
    assert result.out.startswith(start)
    hostile = "x,<b>&\n0,1\n1,3\n2,5.5\n"
    line = f"fit 'y = q_1 + b*x' --as 'y=<b>&' --data - --start q_1=0,b=0 --format {form}"
    out = run(command, line, hostile).out
    if form == "html":
        assert "&lt;b&gt;&amp;" in out
        assert "<b>" not in out
    if form == "latex":
        assert r"R$^2$" in out
        assert "$q_{1}$ & " in out
        assert r"\text{$<$b$>$\&}" in out


def test_standard_input_and_short_names(command: Command) -> None:
    text = "Time (s);Level\n0;5\n1;3\n2;1.9\n3;1.1\n"
    result = run(command, "fit 'L = a*exp(-b*t)' --as t='Time (s)' --as L=Level --data - --start a=5,b=1 --json", text)
    assert result.status == 0
    assert json.loads(result.out)["converged"]


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_the_picture(suffix: str, command: Command, tmp_path: Path) -> None:
    picture = tmp_path / f"fit.{suffix}"
    table = tmp_path / "table.csv"
    table.write_text("$x_1$,<b>,w\n0,1,2\n1,3,2\n2,5.5,1\n3,7,5\n", "utf-8")
    line = f"fit 'y = a + b*x' --as 'x=$x_1$' --as 'y=<b>' --data {table} --start a=0,b=0 --predict --plot {picture}"
    assert run(command, line).status == 0
    content = picture.read_bytes()
    assert content.startswith({"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[suffix])
    if suffix == "svg":
        assert b">$x_1$<" in content
        assert b"&lt;b&gt;" in content


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (f"{LAW} --start V=1,K=1", "no table given", "use --data FILE"),
        (f"{LAW} {ENZYME} --start V=1", "no start value for 'K'", "give one with --start K=…; the columns are"),
        (f"{LAW} {ENZYME} --start V=1,K=1,c=2", "the model has no parameter 'c'", ""),
        (f"{LAW} {ENZYME} --start V=1,K=1 --bounds K=1", "these are no bounds: 'K=1'", "NAME=LOW:HIGH"),
        (f"{LAW} {ENZYME} --start V=1,K=1 --bounds K=2:3", "the start value 1 of 'K' is outside its bounds 2 to 3", ""),
        (f"{LAW} {ENZYME} --start V=1,K=1 --bounds K=1:1", "the bounds of 'K' leave no room", "use --at K=…"),
        (f"'rat = V*concentratio' {ENZYME} --start a=1", "the table has no column 'rat'", "'rate' instead of rat?"),
        (
            f"'rate = V*concentratio/K' {ENZYME} --start K=1",
            "for 'V', 'concentratio'",
            "of concentratio? give one with",
        ),
        (f"{LAW} {ENZYME} --start V=1,K=1 --predict", "--predict adds bands to a file", "-o FILE or --plot FILE"),
        (f"{LAW} {ENZYME} --start V=1,K=1 --weights w", "the table has no column 'w'", "the columns are"),
        (f"'rat = V*concentration' {ENZYME} --start V=1", "the table has no column 'rat'", "'rate' instead of rat?"),
        (f"'rate = V*log(0*concentration)' {ENZYME} --start V=1", "the model is -inf at the start, line 2", "V = 1"),
        (f"{LAW} {ENZYME} --start V=1,K=1 --plot fit.gif", "unknown picture format", ""),
    ],
)
def test_errors(words: str, message: str, hint: str, command: Command) -> None:
    result = run(command, f"fit {words}")
    assert result.status == 2
    assert result.out == ""
    assert message in result.err
    assert hint in result.err


def test_text_in_a_cell_is_an_error_with_its_place(command: Command, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("x,y\n0,1\n1,n/a\n2,3\n", "utf-8")
    result = run(command, f"fit 'y = a*x' --data {table} --start a=1")
    assert result.status == 2
    assert "line 3, column 'y': 'n/a' is not a number" in result.err
    assert '--na "n/a" takes it as a missing value' in result.err
    assert run(command, f"fit 'y = a*x' --data {table} --start a=1 --na n/a").status == 0

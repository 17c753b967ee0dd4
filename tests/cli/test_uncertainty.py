"""Uncertainties on the command line: how they are written, and how every format shows them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.schemas import Schema

Command = Callable[..., Any]
PRODUCT = ["x*y", "--at", "x=2±0.1,y=3±0.2"]


def uncertainty_of(command: Command, *words: str) -> dict[str, Any]:
    result = command("eval", *words, "--json")
    assert result.status == 0, result.err
    uncertainty: dict[str, Any] = json.loads(result.out)["uncertainty"]
    return uncertainty


@pytest.mark.parametrize(
    ("text", "value", "u"),
    [
        ("2±0.1", 2, 0.1),
        ("2 ± 0.1", 2, 0.1),
        ("2+/-0.1", 2, 0.1),
        (r"2 \pm 0.1", 2, 0.1),
        ("-2±1e-3", -2, 1e-3),
        ("pi/4±0.01", 0.7853981633974483, 0.01),
        ("2±sqrt(0.09+0.16)", 2, 0.5),
        ("2±0", 2, 0),
        ("2±5%", 2, 0.1),
        ("-2 ± 5 %", -2, 0.1),
        ("(1.602±0.003)e-19", 1.602e-19, 0.003e-19),
        ("(1.602 +/- 0.003)*10^-19", 1.602e-19, 0.003e-19),
        ("(2±5%)*-3", -6, 0.3),
        ("(6±0.3)/3", 2, 0.1),
        ("1.602e-19±3e-22", 1.602e-19, 3e-22),
        ("@value.json±0.1", 5, 0.1),
    ],
)
def test_notations(
    text: str, value: float, u: float, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "value.json").write_text("5")
    result = command("eval", "x", "--at", f"x={text}", "--json")
    assert (result.status, result.err) == (0, "")
    document = json.loads(result.out)
    assert document["value"] == pytest.approx(value, rel=1e-15)
    assert document["uncertainty"]["standard"] == pytest.approx(u, rel=1e-14)
    assert document["notes"] == []


@pytest.mark.parametrize(
    ("text", "value", "u", "read_as"),
    [
        ("2+-0.1", 2, 0.1, "2±0.1"),
        ("pi/4 +- 5%", 0.7853981633974483, 0.7853981633974483 / 20, "pi/4±5%"),
        ("(1.602+-0.003)e-19", 1.602e-19, 0.003e-19, "(1.602±0.003)e-19"),
        ("2.00(10)", 2, 0.1, "2.00±0.10"),
        ("-1.602176(3)e-19", -1.602176e-19, 3e-25, "(-1.602176±0.000003)e-19"),
        ("100.02147(0.00035)", 100.02147, 0.00035, "100.02147±0.00035"),
        ("299792(12)", 299792, 12, "299792±12"),
    ],
)
def test_notations_with_a_note(text: str, value: float, u: float, read_as: str, command: Command) -> None:
    """What could be read in another way, 2+-0.1 as 1.9 and 2(10) as 20."""
    result = command("eval", "x", "--at", f"x={text}", "--json")
    document = json.loads(result.out)
    assert (document["value"], document["uncertainty"]["standard"]) == (pytest.approx(value), pytest.approx(u))
    assert document["notes"] == [f"'{text}' is read as {read_as}"]
    assert f"note: '{text}' is read as {read_as}" in result.err


@pytest.mark.parametrize(
    ("formula", "text", "value"),
    [("x", "[2+-0.1, 1]", 2.9), ("x", "2+-0.1+3", 4.9), ("x", "2(1+1)", 4), ("x", "1 + -2", -1)],
)
def test_arithmetic_stays(formula: str, text: str, value: float, command: Command) -> None:
    document = json.loads(command("eval", f"sum({formula})", "--at", f"x={text}", "--json").out)
    assert document["value"] == pytest.approx(value)
    assert document["uncertainty"] is None


@pytest.mark.parametrize(
    ("text", "u"),
    [
        ("[1±0.1, 2±0.2]", [0.1, 0.2]),
        ("[1±0.1, 2]", [0.1, 0]),
        ("[1, 2]±0.1", [0.1, 0.1]),
        ("[1, 2]±[0.1, 0.2]", [0.1, 0.2]),
        ("[1, -2]±5%", [0.05, 0.1]),
        ("[[1, 2±0.1], [3±1%, 4]]", [0, 0.1, 0.03, 0]),
        ("[[1, 2]±0.1, [3, 4]]", [0.1, 0.1, 0, 0]),
        ("([1, 2]±[0.1, 0.2])*2", [0.2, 0.4]),
        ("[1.00(10), 2.0(2)]", [0.1, 0.2]),
    ],
)
def test_arrays(text: str, u: list[float], command: Command) -> None:
    contributions = uncertainty_of(command, "sum(w)", "--at", f"w={text}")["contributions"]
    assert [each["u"] for each in contributions] == pytest.approx(u)
    assert [each["input"] for each in contributions] == ["w"] * len(u)


def test_files(command: Command, tmp_path: Path) -> None:
    """A point in JSON has them in strings, those of names that are not used are not read; an option overrides them."""
    path = tmp_path / "point.json"
    path.write_text('{"x": "2±0.1", "y": 3, "w": ["1±0.1", 2, "3(1)"], "comment": "5 V ± 1"}')
    document = json.loads(command("eval", "x*y*sum(w)", "--at", f"@{path}", "--json").out)
    assert document["at"] == {"x": 2, "y": 3, "w": [1, 2, 3]}
    assert [each["u"] for each in document["uncertainty"]["contributions"]] == [0.1, 0.1, 0, 1]
    assert document["notes"] == ["'3(1)' is read as 3±1"]
    document = json.loads(command("eval", "x*y", "--at", f"@{path}", "--at", "x=2", "--json").out)
    assert document["uncertainty"] is None
    path.write_text('{"x": "two"}')
    assert "'x' in" in command("eval", "x", "--at", f"@{path}").err


def test_precise_values(command: Command) -> None:
    words = ["x*sum(w)", "--at", "x=1/3±0.1,w=[0.1±0.01,1e-400]", "--precision", "30"]
    result = command("eval", *words, "--json")
    assert result.status == 0, result.err
    document = json.loads(result.out.replace("1e-400", "0"))
    assert document["uncertainty"]["standard"] == pytest.approx(((0.1 * 0.1) ** 2 + (0.01 / 3) ** 2) ** 0.5)
    assert "0.033333333333333333333333333333" in result.out


def test_names_that_stand_for_others(command: Command) -> None:
    words = ["P*θ", "--as", "P=Pressure (kPa)", "--at", "P=2±0.1,theta=3±0.1", "--correlation", "P,θ=0.5"]
    uncertainty = uncertainty_of(command, *words)
    assert [each["input"] for each in uncertainty["contributions"]] == ["Pressure (kPa)", "θ"]
    assert uncertainty["correlations"][0]["inputs"] == ["Pressure (kPa)", "θ"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x", "--at", "x=2±-0.1"], "the uncertainty of 'x' is negative"),
        (["x", "--at", "x=2±nan"], "'nan' is not a constant"),
        (["x", "--at", "x=2±1/0"], "the value is inf"),
        (["x", "--at", "x=2±"], "no uncertainty given for 'x'"),
        (["x", "--at", "x=±0.1"], "no value given for 'x'"),
        (["x", "--at", "x=2±%"], "expected a number before '%'"),
        (["x", "--at", "x=2±0.1±0.2"], "'x' has more than one uncertainty"),
        (["x", "--at", "x=3*(2±0.1)"], "an uncertainty cannot stand here"),
        (["x", "--at", "x=(2±0.1"], "'(' was never closed"),
        (["x", "--at", "x=(2±0.1)kg"], "unexpected 'kg' after an uncertainty"),
        (["sum(x)", "--at", "x=[1,2]±[1,2,3]"], "the uncertainty of 'x' is (3,), but its value is (2,)"),
        (["x±1", "--at", "x=2"], "unexpected character '±'"),
        (["x", "--at", "x=2", "--upstream", "1±0.1"], "unexpected character '±'"),
        ([*PRODUCT, "--correlation", "x=0.5"], "--correlation requires NAME,NAME=NUMBER"),
        ([*PRODUCT, "--correlation", "x,y"], "--correlation requires NAME,NAME=NUMBER"),
        ([*PRODUCT, "--correlation", "x,y=0.5,x,z=1"], "--correlation takes one pair"),
        ([*PRODUCT, "--correlation", "x,y=2"], "the correlation of x and y is 2"),
        ([*PRODUCT, "--correlation", "x,x=0.5"], "'x' is given as both inputs of a correlation"),
        ([*PRODUCT, "--correlation", "x,y=0.5", "--correlation", "x,y=0.5"], "is given twice"),
        ([*PRODUCT, "--correlation", "x,q=0.5"], "'q' has no uncertainty"),
        (["x*y", "--at", "x=2,y=3", "--correlation", "x,y=0.5"], "'x' has no uncertainty"),
    ],
)
def test_errors(words: list[str], message: str, command: Command) -> None:
    result = command("eval", *words)
    assert (result.status, result.out) == (2, "")
    assert message in result.err


def test_an_uncertainty_that_is_not_finite(command: Command) -> None:
    words = ["x*sqrt(y)", "--at", "x=1±0.1,y=0±0.1", "--wrt", "x"]
    result = command("eval", *words)
    assert result.status == 3
    assert "the uncertainty of the output is not finite: the gradient by y is not" in result.err
    assert uncertainty_of(command, *words, "--allow-nonfinite")["standard"] == "Infinity"


def test_the_table(command: Command) -> None:
    result = command("eval", *PRODUCT, "--correlation", "x,y=-0.5")
    assert "at x = 2 ± 0.1, y = 3 ± 0.2: value 6.00 ± 0.36\n" in result.out
    table = result.out.partition("Uncertainty: |gradient| × u = contribution\n")[2]
    assert table == (
        "input                u  gradient  contribution    share\n"
        "x                  0.1         3           0.3   69.2 %\n"
        "y                  0.2         2           0.4    123 %\n"
        "x and y, r = -0.5                               -92.3 %\n"
    )


@pytest.mark.parametrize(
    ("at", "value"),
    [
        ("x=12345.678±123", "12350 ± 120"),
        ("x=2±0.0996", "2.00 ± 0.10"),
        ("x=0.0012±0.00034", "0.00120 ± 0.00034"),
        ("x=0.000012±0.0000034", "(1.20 ± 0.34)e-5"),
        ("x=6.02214076e23±1.5e19", "(6.02214 ± 0.00015)e23"),
        ("x=0±0.25", "0.00 ± 0.25"),
        ("x=2±0", "2 ± 0"),
    ],
)
def test_two_digits_of_an_uncertainty(at: str, value: str, command: Command) -> None:
    assert f": value {value}\n" in command("eval", "x", "--at", at).out


def test_what_first_order_cannot_say(command: Command) -> None:
    result = command("eval", "x^2", "--at", "x=0±0.1")
    text = "first order gives the uncertainty 0, second order gives 0.014, and shifts the mean by 0.01"
    assert text in result.out
    assert f"warning: the formula is not linear within the uncertainties: {text}" in result.err
    result = command("explain", "abs(x)", "--at", "x=0±0.1")
    assert "the uncertainty is not valid: f has a kink or a jump" in result.out
    assert "warning: the uncertainty is not valid" in result.err


def test_explain(command: Command) -> None:
    result = command("explain", *PRODUCT)
    assert (
        "u(f) = sqrt((∂f/∂x · u(x))^2 + (∂f/∂y · u(y))^2)\n"
        "     = sqrt((3 · 0.1)^2 + (2 · 0.2)^2) = 0.5\n"
        "Of the squared uncertainty, 64 % comes from y and 36 % from x.\n"
    ) in result.out
    document = json.loads(command("explain", *PRODUCT, "--json").out)
    Schema("explain").check(document)
    assert document["uncertainty"]["standard"] == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["eval", "explain"])
@pytest.mark.parametrize("form", ["markdown", "html", "latex"])
def test_formats(name: str, form: str, command: Command) -> None:
    out = command(name, *PRODUCT, "--correlation", "x,y=0.5", "--format", form).out
    assert (r"6.00 \pm 0.61" if form == "latex" else "6.00 ± 0.61") in out
    assert "Uncertainty" in out


def test_data_formats(command: Command) -> None:
    rows = command("eval", *PRODUCT, "--format", "csv").out.splitlines()
    assert rows[0].endswith(",kink,u,contribution,share")
    assert (rows[-1][:16], rows[-1][-5:]) == (",v1,uncertainty,", ",0.5,")
    assert not command("eval", "x", "--at", "x=1", "--format", "csv").out.splitlines()[0].endswith("share")
    lines = command("eval", *PRODUCT, "--format", "jsonl").out.splitlines()
    assert json.loads(lines[-1])["uncertainty"]["standard"] == pytest.approx(0.5)


def test_other_commands_say_that_they_do_not_use_it(command: Command) -> None:
    for words in (["check", *PRODUCT], ["compile", *PRODUCT, "--to", "python"], ["diff", *PRODUCT]):
        result = command(*words)
        assert result.status == 0
        assert "note: the uncertainty of x, y is not used" in result.err

"""graphdiff check: reports, options and exit statuses."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import pytest
from mpmath import mp

from graphdiff.checking import code

Command = Callable[..., Any]


@pytest.fixture
def wrong_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """C code whose derivatives of x*y at (2, 3) are swapped."""
    monkeypatch.setattr(code, "run", lambda *_: [[[6.0], [2.0], [3.0]]])


def test_all_agree(command: Command) -> None:
    result = command("check", "(x+y)*z", "--at", "x=-2,y=5,z=-4")
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[:2] == ["(x+y)*z", "at x = -2, y = 5, z = -4: value -12"]
    assert [line.split()[:3] for line in lines[5:8]] == [["x", "-4", "-4"], ["y", "-4", "-4"], ["z", "3", "3"]]
    assert lines[-1] == "3 agree"


def test_what_differs_is_exit_1(command: Command, wrong_code: None) -> None:
    result = command("check", "x*y", "--at", "x=2,y=3", "--target", "c")
    assert result.status == 1
    assert result.out.splitlines()[-1] == "1 agrees, 2 differ"
    document = json.loads(command("check", "x*y", "--at", "x=2,y=3", "--target", "c", "--json").out)
    assert not document["agrees"]
    assert document["target"] == "c"
    assert [(row["input"], row["analytic"], row["code"], row["verdict"]) for row in document["rows"]] == [
        ("value", 6.0, 6.0, "agrees"),
        ("x", 3.0, 2.0, "differs"),
        ("y", 2.0, 3.0, "differs"),
    ]


def test_what_is_lost_is_exit_1(command: Command) -> None:
    words = ["check", "(1-exp(-x))/x", "--at", "x=1e-12"]
    result = command(*words)
    assert result.status == 1
    assert result.out.splitlines()[-1] == "1 lost"
    document = json.loads(command(*words, "--json").out)
    (row,) = document["rows"]
    assert not document["agrees"]
    assert (row["verdict"], row["digits"], row["numeric"]) == ("lost", 0.0, pytest.approx(-0.4999999999996667))
    assert document["counts"] == {"agrees": 0, "differs": 0, "lost": 1, "not checkable": 0, "convention": 0}


def test_digits_in_every_form(command: Command) -> None:
    words = ["check", "gate f(u) = u^2 with 2.002*u; f(x)", "--at", "x=3"]
    assert "3.0" in command(*words).out
    rows = list(csv.DictReader(command(*words, "--format", "csv").out.splitlines()))
    assert [float(row["digits"]) for row in rows] == pytest.approx([3, 3])
    assert "| 3.0 |" in command(*words, "--format", "markdown").out
    assert json.loads(command("check", "x^0", "--at", "x=3", "--json").out)["rows"][0]["digits"] is None


def test_what_is_not_checkable_alone_is_exit_0(command: Command) -> None:
    result = command("check", "abs(x)", "--at", "x=0")
    assert result.status == 0
    assert "at a kink: abs(x): slope 0 at 0; slope -1 below, 1 above" in result.out
    assert result.out.splitlines()[-1] == "1 not checkable"


def test_what_is_not_finite_is_exit_3(command: Command) -> None:
    assert command("check", "sqrt(x)", "--at", "x=0").status == 3
    assert command("check", "0/x", "--at", "x=0", "--json").status == 3
    result = command("check", "sqrt(x) + y", "--at", "x=0,y=1", "--allow-nonfinite", "--json")
    assert result.status == 0
    assert [(row["analytic"], row["verdict"]) for row in json.loads(result.out)["rows"]] == [
        ("Infinity", "not checkable"),
        (1.0, "agrees"),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["x*y", "--at", "x=1"],
        ["x^2", "--at", "x=[1,2]"],
        ["x^2", "--at", "x=1", "--target", "latex"],
        ["x^2", "--at", "x=1", "--digits", "0"],
        ["sum(inv(x))", "--at", "x=[[1,2],[3,5]]", "--target", "javascript"],
    ],
)
def test_what_is_wrong_is_exit_2(words: list[str], command: Command) -> None:
    result = command("check", *words)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("error: ")


def test_many_digits(command: Command) -> None:
    with mp.workdps(50):
        true = mp.nstr(mp.sqrt(2) * mp.log(2), 50)
    result = command("check", "x^y", "--at", "x=2,y=0.5", "--precision", "50", "--wrt", "y")
    assert true in result.out
    document = json.loads(command("check", "x^y", "--at", "x=2,y=0.5", "--precision", "50", "--json").out)
    assert document["rows"][1]["numeric_text"] == true
    assert document["rows"][1]["numeric"] == float(true)


def test_options_choose_what_is_checked(command: Command) -> None:
    point = ["--at", "w=2,x=-1,b=3"]
    text = "q = w*x + b; 1/(1+exp(-q))"
    document = json.loads(command("check", text, *point, "--wrt", "b", "--fuse", "--json").out)
    assert [row["input"] for row in document["rows"]] == ["b"]
    document = json.loads(command("check", text, *point, "--output", "q", "--upstream", "2", "--json").out)
    assert [row["numeric"] for row in document["rows"]] == pytest.approx([-2, 4, 2])
    assert document["value"] == 1
    assert command("check", "gelu(x)", "--at", "x=1", "--expand").status == 0


def test_entries_in_every_form(command: Command) -> None:
    words = ["check", "sum(W@W)", "--at", "W=[[1,2],[3,4]]"]
    assert "W[1, 0]" in command(*words).out
    rows = list(csv.DictReader(command(*words, "--format", "csv").out.splitlines()))
    assert [row["index"] for row in rows] == ["[0, 0]", "[0, 1]", "[1, 0]", "[1, 1]"]
    assert [float(row["numeric"]) for row in rows] == pytest.approx([7, 11, 9, 13])
    assert {(row["input"], row["verdict"]) for row in rows} == {("W", "agrees")}
    assert "| `W[0, 1]` | 11 | 11 |" in command(*words, "--format", "markdown").out


def test_a_table_that_is_cut_tells_first_what_differs(command: Command, wrong_code: None) -> None:
    result = command("check", "x*y", "--at", "x=2,y=3", "--target", "c", "--limit", "2")
    assert "value " not in result.out.splitlines()[5]
    assert "… 1 more row;" in result.out


@pytest.mark.slow
def test_a_large_input_is_checked_by_a_sample_and_directions(command: Command) -> None:
    words = ["check", "sum(sin(x*arange(3000)/1000))", "--at", "x=[" + ",".join(["0.5"] * 3000) + "]"]
    result = command(*words, "--limit", "3")
    assert result.status == 0
    assert "of 3,000 entries were checked one by one" in result.out
    assert command(*words, "--limit", "3").out == result.out


def test_nothing_to_check(command: Command) -> None:
    result = command("check", "2*pi")
    assert (result.status, result.out.splitlines()[-1]) == (0, "there is nothing to check: the formula has no inputs")


def test_the_gradient_has_as_many_digits_as_the_differences(command: Command) -> None:
    words = ["check", "0.1*(1-exp(-x))/x", "--at", "x=1e-12", "--precision", "40", "--json"]
    document = json.loads(command(*words).out, parse_float=str)
    with mp.workdps(120):
        x = mp.mpf("1e-12")
        truth = mp.mpf("0.1") * (mp.exp(-x) * x - 1 + mp.exp(-x)) / x**2
        (row,) = document["rows"]
        assert (row["verdict"], row["digits"]) == ("agrees", "40.0")
        for name in ("analytic", "numeric", "numeric_text"):
            assert abs(mp.mpf(row[name]) - truth) <= mp.mpf(10) ** -40
        assert document["at"] == {"x": "1e-12"}
    for words in (["x*1e-400", "--at", "x=1e999"], ["f(u) = 1/3*u; f(x)^2", "--at", "x=0.1", "--upstream", "1/7"]):
        result = command("check", *words, "--precision", "30")
        assert result.status == 0
        assert "1 agrees" in result.out


def test_a_gradient_at_a_kink_agrees_with_many_digits(command: Command) -> None:
    words = ["check", "max(x,0)-x*z+log(1+exp(-abs(x)))", "--at", "x=0,z=.3"]
    result = command(*words, "--precision", "30")
    assert result.status == 0
    assert "2 agree" in result.out
    result = command(*words, "--precision", "30", "--target", "python")
    assert result.status == 0
    assert "2 agree, 1 convention" in result.out


@pytest.mark.parametrize("precision", ["1", "30", "200"])
def test_wrong_derivatives_differ_with_many_digits(command: Command, precision: str) -> None:
    for text in ("gate g(u) = sin(u) with cos(u)*(1 + 1e-18); g(x)^2", "gate g(u) = abs(u)^3 with 1e-30; g(x) + x*0"):
        result = command("check", text, "--at", "x=0.1", "--precision", precision)
        assert (result.status, "agrees" in result.out.splitlines()[-1]) == (1, False)

"""--precision: all formats of all commands with many digits, and numbers that a float cannot hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mpmath import MPContext

from graphdiff.report.formats import REPORTS

Command = Callable[..., Any]
EXACT = MPContext()
EXACT.dps = 500


def document_of(command: Command, *words: str) -> Any:
    """The JSON document of a command, its numerals as decimals."""
    result = command(*words, "--json")
    assert (result.status, result.err) == (0, "")
    return json.loads(result.out, parse_float=Decimal)


def is_right(value: Any, right: Any, digits: int) -> bool:
    return bool(abs(EXACT.mpf(str(value)) - right) <= abs(right) * EXACT.mpf(10) ** (1 - digits) / 2)


def test_numerals_have_all_digits(command: Command) -> None:
    document = document_of(command, "eval", "(1-exp(-x))/x", "--at", "x=1e-30", "--precision", "50")
    x = EXACT.mpf("1e-30")
    assert is_right(document["value"], -EXACT.expm1(-x) / x, 50)
    assert is_right(document["gradients"]["x"], (EXACT.exp(-x) * x + EXACT.expm1(-x)) / x**2, 50)
    text = command("eval", "exp(pi*x)", "--at", "x=1/3", "--precision", "40", "--json").out
    assert re.search(r'"value": 2\.\d{39}[,}]', text)
    assert is_right(json.loads(text, parse_float=Decimal)["value"], EXACT.exp(EXACT.pi / 3), 40)


def test_what_was_typed(command: Command, tmp_path: Path) -> None:
    point, program = tmp_path / "point.json", tmp_path / "program.gd"
    point.write_text('{"x": 0.1, "y": 1e-400, "A": [[0.12345678901234567890123, 1e999], [3, 4]]}')
    program.write_text("0.3*x*1e-400*A[0, 0] + y")
    document = document_of(command, "eval", "-f", str(program), "--at", f"@{point}", "--precision", "30")
    assert document["at"]["x"] == Decimal("0.1")
    assert document["at"]["A"][0] == [Decimal("0.12345678901234567890123"), Decimal("1e999")]
    assert is_right(document["value"], EXACT.mpf("1.0037037036703703703670369e-400"), 25)
    assert is_right(document["gradients"]["x"], EXACT.mpf("0.3e-400") * EXACT.mpf("0.12345678901234567890123"), 30)


@pytest.mark.parametrize("form", list(REPORTS["eval"]))
def test_every_format_of_eval(command: Command, form: str) -> None:
    words = ("eval", "y/x", "--at", "x=3,y=1", "--precision", "30", "--format", form)
    digits = "0.333333333333333333333333333333"
    assert (digits in command(*words).out) or (form == "csv" and digits[:20] in command(*words).out)
    if form not in ("json", "jsonl", "csv"):
        assert "0.333\n" in command(*words, "--digits", "3").out.replace("`", "\n").replace("$", "\n").replace(
            " ", "\n"
        ).replace("<", "\n").replace("}", "\n").replace(":", "\n")


def test_explain(command: Command) -> None:
    result = command("explain", "x*y + x", "--at", "x=0.1,y=1e999", "--precision", "20")
    assert "∂f/∂x = 1e+999 + 1 = 1e+999" in result.out
    document = document_of(command, "explain", "x^y", "--at", "x=2,y=0.5", "--precision", "60")
    assert is_right(document["value"], EXACT.sqrt(2), 60)
    assert is_right(document["chain_rules"][1]["paths"][0]["value"], EXACT.sqrt(2) * EXACT.log(2), 60)


@pytest.mark.parametrize(
    ("options", "values"),
    [
        (("--order", "3"), ["0.1*-0.9*-1.9*x^-2.9*y", "0"]),
        (("--hessian",), ["0.1*-0.9*x^-1.9*y", "0.1*x^-0.9", "0"]),
        (("--wrt", "y"), ["x^0.1"]),
        (("--direction", "x=0.12345678901234567890123,y=2"), None),
    ],
)
def test_diff(command: Command, options: tuple[str, ...], values: list[str] | None) -> None:
    words = ("diff", "x^0.1*y", "--at", "x=0.1,y=1/3", "--precision", "50", *options)
    found = [each["value"] for each in document_of(command, *words)["derivatives"]]
    x, y, tenth, long = EXACT.mpf("0.1"), EXACT.mpf(1) / 3, EXACT.mpf("0.1"), EXACT.mpf("0.12345678901234567890123")
    power = x**tenth
    numbers = {
        "0.1*-0.9*-1.9*x^-2.9*y": tenth * EXACT.mpf("1.71") * power / x**3 * y,
        "0.1*-0.9*x^-1.9*y": -tenth * EXACT.mpf("0.9") * power / x**2 * y,
        "0.1*x^-0.9": tenth * power / x,
        "x^0.1": power,
        "0": EXACT.mpf(0),
    }
    expected = [long * tenth * power / x * y + 2 * power] if values is None else [numbers[value] for value in values]
    assert len(found) == len(expected)
    assert all(is_right(value, right, 50) for value, right in zip(found, expected, strict=True))


def test_other_options(command: Command) -> None:
    words = ("eval", "s = 1/(1+exp(-x)); p = log(1-s)", "--at", "x=100", "--precision", "40")
    for options in ((), ("--fuse",), ("--expand",), ("--output", "s"), ("--wrt", "x"), ("--upstream", "1/3")):
        document = document_of(command, *words, *options)
        s = 1 / (1 + EXACT.exp(-100))
        slope = s * (1 - s) if "s" in options else -s / 3 if "1/3" in options else -s
        assert is_right(document["gradients"]["x"], slope, 40), options
    arrays = ("eval", "A@x", "--at", "A=[[1,2],[3,1/3]],x=[1,2]", "--upstream", "[1,1/3]", "--precision", "30")
    document = document_of(command, *arrays)
    assert is_right(document["value"][1], EXACT.mpf(11) / 3, 30)
    assert is_right(document["gradients"]["x"][1], EXACT.mpf(19) / 9, 30)
    assert document["backward"][0]["edges"][1]["local"][0] == [1, 2]


def test_numbers_that_are_not_finite(command: Command) -> None:
    result = command("eval", "log(x)", "--at", "x=0", "--precision", "20")
    assert (result.status, result.out) == (3, "")
    assert "the value is -inf: log(x) is -inf" in result.err
    document = document_of(command, "eval", "log(x)", "--at", "x=0", "--precision", "20", "--allow-nonfinite")
    assert (document["value"], document["gradients"]["x"]) == ("-Infinity", "Infinity")
    for form in ("table", "markdown", "latex", "html"):
        words = ("eval", "log(x)", "--at", "x=0", "--precision", "20", "--allow-nonfinite", "--format", form)
        assert command(*words).status == 0


@pytest.mark.parametrize("precision", ["0", "-1", "10001", "1e3", "many", "2.5", ""])
@pytest.mark.parametrize("name", ["eval", "explain", "diff", "check"])
def test_invalid_precision(command: Command, name: str, precision: str) -> None:
    result = command(name, "x^2", "--at", "x=1", "--precision", precision)
    assert (result.status, result.out) == (2, "")
    assert "--precision" in result.err
    assert "1<=x<=10000" in result.err or "is not a valid integer" in result.err


def test_limits(command: Command) -> None:
    for text in ("exp(exp(exp(x)))", "sin(exp(1e4*x))", "2^2^2^2^2^x"):
        result = command("eval", text, "--at", "x=10", "--precision", "30", "--json")
        assert (result.status, result.out) == (2, "")
        assert json.loads(result.err)["error"]["kind"] == "limit"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", ["1e-400", "1e999", "4e-325", "0.0001e-330", "1.8e308", "1" + "0" * 309])
def test_numbers_that_a_float_cannot_hold(command: Command, tmp_path: Path, number: str) -> None:
    size = "small" if "e-" in number else "large"
    (tmp_path / "point.json").write_text(f'{{"x": {number}}}')
    (tmp_path / "array.json").write_text(f"[[1], [{number}]]")
    (tmp_path / "rows.csv").write_text(f"x\n1\n{number}\n")
    (tmp_path / "rows.jsonl").write_text(f'{{"x": 1}}\n{{"x": {number}}}\n')
    for words in (
        ("eval", f"x*{number}", "--at", "x=1"),
        ("compile", f"x*{number}"),
        ("diff", f"x*{number}"),
        ("eval", "x", "--at", f"x={number}"),
        ("eval", "x", "--at", f"@{tmp_path / 'point.json'}"),
        ("eval", "sum(x)", "--at", f"x=@{tmp_path / 'array.json'}"),
        ("map", "x^2", "--data", str(tmp_path / "rows.csv")),
        ("map", "x^2", "--data", str(tmp_path / "rows.jsonl")),
    ):
        result = command(*words)
        assert result.status == 2, words
        assert f"too {size} for a 64-bit float" in result.err, words
        if words[0] != "map":
            assert "--precision 50" in result.err
    for words in (
        ("eval", f"x*{number}", "--at", "x=1"),
        ("eval", "x", "--at", f"x={number}"),
        ("eval", "x", "--at", f"@{tmp_path / 'point.json'}"),
    ):
        value = document_of(command, *words, "--precision", "20")["value"]
        assert is_right(value, EXACT.mpf(number), 20), words


@pytest.mark.parametrize("number", ["5e-324", "1e-320", "0e-500", "0.000e999", "0", "1.7976931348623157e308", "3e-324"])
def test_numbers_that_a_float_can_hold(command: Command, tmp_path: Path, number: str) -> None:
    (tmp_path / "rows.csv").write_text(f"x\n1\n{number}\n")
    (tmp_path / "rows.jsonl").write_text(f'{{"x": 1}}\n{{"x": {number}}}\n')
    for words in (
        ("eval", f"x+{number}", "--at", "x=0"),
        ("map", "x", "--data", str(tmp_path / "rows.csv")),
        ("map", "x", "--data", str(tmp_path / "rows.jsonl")),
    ):
        result = command(*words)
        assert (result.status, result.err) == (0, ""), words
    document = json.loads(command("eval", f"x+{number}", "--at", "x=0", "--json").out)
    assert document["value"] == float(number)


def test_digits_of_check_are_deprecated(command: Command) -> None:
    result = command("check", "x^2", "--at", "x=3", "--digits", "30")
    assert result.status == 0
    assert "warning: --digits above 17 is deprecated; use --precision 30" in result.err
    assert result.out == command("check", "x^2", "--at", "x=3", "--precision", "30").out
    assert command("check", "x^2", "--at", "x=3", "--digits", "17").err == ""


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("text", "options", "values", "differentiable"),
    [
        ("where(x==0,1,sin(x)/x)", ("--order", "2", "--at", "x=0"), ["-1/3"], [True]),
        ("max(x,y)*min(x,y)/7", ("--hessian", "--at", "x=0.3,y=0.3"), ["0", "1/7", "0"], [True] * 3),
        ("max(x,y)*min(x,y)/7", ("--direction", "x=1,y=2", "--at", "x=0.3,y=0.3"), ["0.9/7"], [True]),
        ("abs(x)^3", ("--order", "3", "--at", "x=0"), ["0"], [False]),
        ("x^3/7", ("--order", "2", "--at", "x=0.1"), ["0.6/7"], [None]),
    ],
)
def test_derivatives_at_kinks(
    command: Command, text: str, options: tuple[str, ...], values: list[str], differentiable: list[bool | None]
) -> None:
    derivatives = document_of(command, "diff", text, *options, "--precision", "40")["derivatives"]
    assert [each.get("differentiable") for each in derivatives] == differentiable
    for each, right in zip(derivatives, values, strict=True):
        numerator, _, denominator = right.partition("/")
        assert is_right(each["value"], EXACT.mpf(numerator) / EXACT.mpf(denominator or 1), 40)


@pytest.mark.parametrize("name", ["eval", "explain"])
def test_gradients_at_kinks(command: Command, name: str) -> None:
    words = (name, "max(x,0)-x*z+log(1+exp(-abs(x)))", "--at", "x=0,z=.3", "--precision", "30")
    document = document_of(command, *words)
    gradients = document.get("gradients") or {each["input"]: each["gradient"] for each in document["chain_rules"]}
    assert gradients == {"x": Decimal("0.2"), "z": 0}
    text = command(*words).out
    assert "differentiable here" in text
    assert "0.2" in text

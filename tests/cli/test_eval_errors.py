"""Mistakes on the command line of graphdiff eval, and the errors that report them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no expression given"),
        (["x", "y"], "more than one expression given: 'x' and 'y'"),
        (["x", "--verbose"], "unknown option '--verbose'"),
        (["x*y", "-o", "f.txt"], "unknown option '-o'\n  to write a file, use > FILE"),
        (["x", "-f", "file"], "-f cannot be used with the expression 'x'"),
        (["x", "--josn"], "did you mean --json or --jacobian?"),
        (["x", "--at"], "option '--at' requires an argument"),
        (["x", "--format", "yaml"], "'yaml' is not one of"),
        (["x", "--digits", "0"], "0 is not in the range 1<=x<=17"),
        (["x", "--json", "--format", "csv"], "--json cannot be used with --format csv"),
        (["x*y"], "no value for x, y"),
        (["x", "--at", "x=1,x=2"], "duplicate value for 'x'"),
        (["x", "--at", "x=1", "--at", "x=1"], "duplicate value for 'x'"),
        (["x", "--at", "x=1,y=2"], "the expression has no input 'y'"),
        (["weight", "--at", "wieght=1"], "did you mean 'weight'?"),
        (["q = x; r = q + 1; r", "--at", "x=1,r=2"], "'r' is an intermediate value, not an input"),
        (["x", "--at", "x=1,5"], "expected NAME=VALUE, not '5'"),
        (["x", "--at", "x=1,"], "expected NAME=VALUE"),
        (["x", "--at", ""], "expected NAME=VALUE"),
        (["x", "--at", "x="], "no value given for 'x'"),
        (["x", "--at", "x"], "no value given for 'x'"),
        (["x", "--at", "2x=1"], "'2x' is not a name"),
        (["x", "--at", "x=y"], "'y' is not a constant"),
        (["x", "--at", "x=1;y=2"], "expected a comma between two values"),
        (["x", "--at", "x=1 y=2"], "expected a comma between two values"),
        (["x*y", "--at", "x=1", "y=2"], "separate values by commas, without spaces: --at x=1,y=2"),
        (["ex", "--at", "x=1"], "did you mean e*x instead of ex?"),
        (["exp10(x)", "--at", "x=1"], "write 10^x"),
        (["x", "--at", "x=1\n7"], "expected a single expression"),
        (["x", "--upstream", "1;2", "--at", "x=1"], "expected a single expression"),
        (["x", "--color", "red"], "'red' is not one of"),
        (["x", "--color=red"], "'red' is not one of"),
        (["x", "--limit", "-1"], "is not in the range"),
        (["2πr", "--at", "r=1"], "did you mean π*r instead of πr?"),
        (["sin^2(x)", "--at", "x=1"], "write sin(x)^2"),
        (["sin^2 + x", "--at", "x=1"], "sin is a function: sin(x), its square sin(x)^2"),
        (["x", "-at", "x=1"], "unknown option '-at'\n  options start with two hyphens: --at"),
        (["x", "--at", "x=1<=2,y"], "no value given for 'y'"),
        (["x", "--at", "x=1/0"], "the value is inf"),
        (["x", "--at", "x=1e999"], "1e999 is too large"),
        (["x", "--at", "x=[1,2]"], "its gradient needs an upstream of that shape"),
        (["x", "--at", "@no_such_file.json"], "cannot read 'no_such_file.json'"),
        (["x", "--wrt", "y", "--at", "x=1"], "the expression has no input 'y'\n  its only input is x\n"),
        (["x", "--output", "y", "--at", "x=1"], "no node is named 'y'"),
        (["q = x+2; 3*q", "--output", "loss", "--at", "x=1"], "the nodes are x, q, v1"),
        (["x", "--upstream", "x", "--at", "x=1"], "'x' is not a constant"),
        (["-f", "no_such_file.gd"], "cannot read 'no_such_file.gd'"),
        (["-f", "."], "cannot read '.'"),
        (["-f", "a\0b"], "cannot read"),
        (["[bold]x[/bold]"], "unexpected '/'"),
        (["x*" * 5000 + "exo(x)"], "unknown function 'exo'"),
    ],
)
def test_wrong_command_lines(words: list[str], message: str, command: Command) -> None:
    """Exit status 2, nothing on stdout, the message on stderr."""
    result = command("eval", *words)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert "Traceback" not in result.err


def test_errors_as_json(command: Command) -> None:
    """With --json, every error is one JSON object on stderr."""
    result = command("eval", "1/(1+exo(-x))", "--json")
    assert (result.status, result.out) == (2, "")
    assert json.loads(result.err) == {
        "version": 1,
        "error": {
            "kind": "name",
            "message": "unknown function 'exo'",
            "span": [5, 8],
            "source": None,
            "hint": "did you mean 'exp'?",
        },
        "notes": [],
    }
    assert (
        json.loads(command("eval", "log(x)", "--at", "x=-1", "--format", "jsonl").err)["error"]["kind"] == "nonfinite"
    )
    for words in (["x", "--josn", "--json"], ["--json"], ["x", "--format=json", "--at"], ["-f", "missing", "--json"]):
        assert json.loads(command("eval", *words).err)["error"]["kind"] in ("usage", "file")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"x": "one", "other": "two"}', "'x' in 'point.json' is not a finite number"),
        (b'{"x": [1, "a"]}', "'x' in 'point.json' is not a number: 'a'"),
        (b'{"x": [[1, 2], [3]]}', "'x' in 'point.json' is ragged: entry 1 is (1,), the first is (2,)"),
        (b'{"x": []}', "'x' in 'point.json' is empty"),
        (b'{"x": [1, 1e999]}', "'x' in 'point.json' is too large for a 64-bit float"),
        (b'{"x": null}', "'x' in 'point.json' is not a finite number"),
        (b'{"x": NaN}', "NaN is not a finite number"),
        (b'{"x": 1e999}', "'x' in 'point.json' is too large for a 64-bit float"),
        (b'{"x": %s}' % (b"1" * 400), "'x' in 'point.json' is too large for a 64-bit float"),
        (b'{"x": 1, "x": 2}', "duplicate name 'x'"),
        ('{"µ": 1, "μ": 2}'.encode(), "duplicate name 'μ'"),
        (b"[1, 2]", "is not a JSON object"),
        (b"{", "is not JSON"),
        (b"", "is not JSON"),
        (b"[" * 10**5, "is nested deeper than 32 levels"),
        (b'{"x": 1\xff}', "is not UTF-8: byte 0xff in line 1"),
    ],
)
def test_wrong_point_files(
    data: bytes, message: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "point.json").write_bytes(data)
    result = command("eval", "x", "--at", "@point.json")
    assert result.status == 2
    assert message in result.err


def test_errors_point_to_their_place(command: Command) -> None:
    assert command("eval", "1/(1+exo(-x))").err == (
        "error: unknown function 'exo'\n  1 │ 1/(1+exo(-x))\n    │      ^^^ did you mean 'exp'?\n"
    )
    assert command("eval", "x", "--at", "x=1,5").err == (
        "error: expected NAME=VALUE, not '5'\n  --at:1 │ x=1,5\n"
        "         │     ^ values are written as x=1.5,y=2 (with a decimal point), arrays as x=[1,2]\n"
    )
    assert command("eval", "-", stdin="a = 1\nσμ = αβ + exo(a)\n".encode()).err == (
        "error: unknown function 'exo'\n  stdin:2 │ σμ = αβ + exo(a)\n          │           ^^^ did you mean 'exp'?\n"
    )


def test_errors_escape_control_characters(command: Command) -> None:
    """Escape sequences, bidirectional marks and tabs are escaped, wide letters do not shift the caret, and long lines
    are shortened."""
    assert "x + <U+001B>[31m" in command("eval", "x + \x1b[31m").err
    for words in (["ev\x1b[31mil"], ["ev\u202eil", "x"], ["ops", "a", "\x1b[31m"], ["eval", "x", "--format", "\x1b"]):
        err = command(*words).err
        assert "\x1b" not in err
        assert "\u202e" not in err
    assert "<U+202E>" in command("eval", "x + \u202ey").err
    wide = command("eval", "漢字 + exo(x)").err.splitlines()
    assert wide[2].index("^") == wide[1].index("exo") + 2
    long = command("eval", "x + " * 1000 + "exo(x)" + " + x" * 1000).err
    assert max(map(len, long.splitlines())) < 140
    assert "│ …" in long

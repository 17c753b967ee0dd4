"""A command line without a command: an expression is evaluated, a lone word is a mistyped command."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from graphdiff.cli.main import COMMANDS, INTRODUCTION

Command = Callable[..., Any]


@pytest.mark.parametrize(
    "line",
    [
        "'(x+y)*z' --at x=-2,y=5,z=-4",
        "'(x+y)*z' --at x=-2,y=5,z=-4 --json",
        "'-x*f' --at x=3,f=2",
        "-x --at x=3",
        "--x --at x=3",
        "-2^2",
        "-- -x^2 --at x=3",
        "2",
        "'x²' --at x=3",
        "--at x=3 'x^2'",
        "--format csv --at=x=3 x^2",
        "--wrt x 'x*y' --at x=1,y=2",
        "'q = x + 1' --at x=1",
        "- --at x=3",
        "-f none.gd",
        "neuron.gd",
        "'(x'",
        "'(x' --json",
        "''",
        "'log(x)' --at x=-1",
        "'log(x)' --at x=-1 --allow-nonfinite --json",
        "'x*y' --josn",
        "--josn 'x*y'",
        "--json",
        "--at",
        "x*y z",
    ],
)
def test_an_expression_is_evaluated(line: str, command: Command) -> None:
    words = shlex.split(line)
    assert command(*words, stdin=b"x^3") == command("eval", *words, stdin=b"x^3")


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("evl '(x+y)*z' --at x=1", "unknown command 'evl'", "did you mean 'eval'?"),
        ("EVAL x*y", "unknown command 'EVAL'", "did you mean 'eval'?"),
        ("x --at x=1", "unknown command 'x'", "to evaluate it as an expression: graphdiff eval x"),
        ("pi", "unknown command 'pi'", "to evaluate it as an expression: graphdiff eval pi"),
        ("plot x*y", "unknown command 'plot'", f"the commands are {', '.join(COMMANDS)}"),
        ("--hlep", "unknown option '--hlep'", "did you mean --help?"),
        ("-h", "unknown option '-h'", "graphdiff --help lists the options"),
        ("--at x=1 eval x*y", "unknown option '--at'", "graphdiff --help lists the options"),
    ],
)
def test_a_word_is_a_command(line: str, message: str, hint: str, command: Command) -> None:
    result = command(*shlex.split(line))
    assert (result.status, result.out, result.err) == (2, "", f"error: {message}\n  {hint}\n")


def test_errors_as_json(command: Command) -> None:
    error = json.loads(command("evl", "x*y", "--json").err)["error"]
    assert (error["kind"], error["message"]) == ("usage", "unknown command 'evl'")


def test_nothing(command: Command) -> None:
    """It prints what to type, and that works."""
    result = command()
    assert (result.status, result.out, result.err) == (2, "", f"{INTRODUCTION}\n")
    lines = re.findall("^  graphdiff (.*)", INTRODUCTION, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        assert command(*shlex.split(line)).status == 0


def test_help_and_version(command: Command) -> None:
    result = command("--help")
    assert result.status == 0
    assert all(name in result.out for name in COMMANDS)
    assert "An expression in place of a command is evaluated" in result.out
    assert "Show the forward and the backward pass" in result.out
    assert "--allow-nonfinite" in command("eval", "--help").out
    assert command("--version").out.startswith("graphdiff, version ")

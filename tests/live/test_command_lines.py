"""The command lines of what is typed in a page or a screen: their options are those that the commands have."""

from __future__ import annotations

import shlex
from importlib import import_module

import pytest

from graphdiff.errors import GraphdiffError
from graphdiff.live.command_lines import EVERY, OPTIONS, Fields, options_line, read_options, shell_line, words_of


@pytest.mark.parametrize("command", sorted(EVERY))
def test_options_are_those_of_the_command(command: str) -> None:
    parameters = import_module(f"graphdiff.cli.{command}").command.params
    known = {name.removeprefix("--"): not each.is_flag for each in parameters for name in each.opts if "--" in name}
    named = {name: option.has_value for name, option in OPTIONS.items() if command in option.commands}
    assert named == {name: known[name] for name in named}
    assert {name for name in OPTIONS if name in known} == {*named}


def test_what_is_typed_is_never_an_option() -> None:
    fields = Fields("--json", "--json", {"wrt": "--json", "fuse": True, "to": "c", "upstream": ""})
    assert words_of("eval", fields, ["--wrt=x"]) == ["eval", "--at=--json", "--fuse", "--wrt=x", "--", "--json"]
    assert words_of("compile", fields) == ["compile", "--wrt=--json", "--to=c", "--fuse", "--", "--json"]


def test_shell_lines_are_what_a_shell_reads() -> None:
    formula = 'it\'s $x \\ `y` "z" !'
    line = shell_line(words_of("eval", Fields(formula, "x=1, y=2"), ["--json"]))
    assert shlex.split(line) == ["graphdiff", "eval", formula, "--at", "x=1, y=2", "--json"]


def test_options_are_read_as_a_shell_would() -> None:
    options: dict[str, str | bool] = {"wrt": "x,y", "answer": "d_x=a b", "fuse": True}
    assert read_options(options_line(options)) == options
    assert read_options("--wrt=x --fuse") == {"wrt": "x", "fuse": True}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--foo", "unknown option '--foo'"),
        ("x", "unknown option 'x'"),
        ("--wrt", "--wrt requires a value"),
        ("--fuse=1", "--fuse takes no value"),
        ("--wrt 'x", "a quote is not closed"),
        ("--", "unknown option '--'"),
    ],
)
def test_wrong_options(line: str, message: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        read_options(line)
    assert caught.value.message == message

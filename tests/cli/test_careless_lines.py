"""Command lines that are typed without care: each error shows what to write, and no file is lost."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdiff.cli.main import run

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("eval x*y –at x=1,y=2", "unknown option '–at'", "options start with two hyphens: --at"),
        ("eval x*y —json", "unknown option '—json'", "options start with two hyphens: --json"),
        ("map x*y -j 2 --data t.csv", "unknown option '-j'", "--help lists the options"),
        ("eval “x*y”", "unexpected character '“'", "leave out the quotes"),
        ("eval 'grad(x^2)' --at x=1", "unknown function 'grad'", "graphdiff computes the derivatives"),
        ("help", "unknown command 'help'", "graphdiff --help"),
        ("help diff", "unknown command 'help'", "graphdiff diff --help"),
        ("compile x --to rsut", "invalid value for '--to': 'rsut'", "did you mean 'rust'?"),
        ("diff x --format tex", "invalid value for '--format': 'tex'", "did you mean 'latex'?"),
        (
            "compile x -o f.cpp",
            "unknown language '.cpp'",
            "use one of .tex, .sql, .py, .f90, .R, .m, .rs, .js, .c, or set --to",
        ),
        ("compile x --to js", "invalid value for '--to': 'js'", "did you mean 'javascript'?"),
        ("check x --at x=1 --target octave", "invalid value for '--target': 'octave'", "did you mean 'matlab'?"),
        ("compile x --to cpp", "invalid value for '--to': 'cpp'", "did you mean 'c'?"),
        ("worksheet x --at x=1 --format numbas", "invalid value for '--format': 'numbas'", "did you mean 'exam'?"),
        ("worksheet x --at x=1 --format QTI", "invalid value for '--format': 'QTI'", "did you mean 'zip'?"),
        ("compile x --float32", "Python code has no option --float32", "C and Rust have it: add --to c"),
        ("compile x --dialect sqlite", "Python code has no option --dialect", "SQL has it: add --to sql"),
        (
            "check x --at x=1 --target sql --dialect sqlite",
            "unknown option '--dialect'",
            "--dialect is an option of graphdiff compile",
        ),
        ("check x --at x=1 --to c", "unknown option '--to'", "write --target"),
        ("compile x --target c", "unknown option '--target'", "write --to"),
        ("compile x --backend c", "unknown option '--backend'", "write --to"),
        ("compile x --json", "unknown option '--json'", "--json is an option of graphdiff eval, explain"),
        ("eval x --to c", "unknown option '--to'", "--to is an option of graphdiff compile"),
        ("draw x --svg", "unknown option '--svg'", "write --format svg"),
        ("eval x --x 1", "unknown option '--x'", "values are given with --at x=1"),
        ("eval x -json", "unknown option '-json'", "options start with two hyphens: --json"),
        (
            "diff -- -x*y --wrt x",
            "unknown option '--wrt'",
            "all words after '--' are expressions: write --wrt before it",
        ),
        ("diff 2xsin(x)", "unknown function 'xsin'", "to multiply, write x*sin(x)"),
        ("diff f(x):=x^2", "unexpected ':'", "write '=' in place of ':='"),
        ("eval x at x=1", "more than one expression", "options start with two hyphens: --at"),
        ("diff x*y x", "more than one expression", "inputs are given with --wrt x,y"),
        ("draw x out.svg", "more than one expression", "files are given with options"),
        ("eval x --at x=1 --output out.json", "no node is named 'out.json'", "to write a file"),
        ("eval x -f --at x=1", "option '-f' requires an argument", "graphdiff eval --help"),
        ("eval x --wrt --fuse", "option '--wrt' requires an argument", "graphdiff eval --help"),
        ("eval -f p.json", "'p.json' is not a file of a formula", "--at @p.json"),
        ("eval t.csv", "'t.csv' is a file name", "graphdiff map EXPR --data t.csv"),
        ("eval -f n.ipynb", "'n.ipynb' is not a file of a formula", "save the code of the cell"),
        ("eval \"'x*y'\" --at x=1", "a string can only be the value of an option", "leave out the quotes"),
        ("eval x --at x==1", "unexpected '='", "values are written as x=1,y=2"),
        ("eval x --at x=1e", "the exponent of '1e' has no digits", "write 1e-3, or 2*e for a multiple of e"),
        ("eval x --at x=[2e+,1]", "the exponent of '2e' has no digits", "write 1e-3"),
        ("eval x --upstream .5e --at x=1", "the exponent of '.5e' has no digits", "write 1e-3"),
        ("eval x --as x=2", "'2' is a number, not the name of an input", "values are given with --at"),
        ("eval x --at x=[1,2,y=3", "'[' was never closed", "the matching ']' is missing"),
        ("eval x --at '{x: 1}'", "expected NAME=VALUE", "@point.json"),
        ("eval x --as 'x=a,y=b'", "--as takes one name, not 'x=a,y=b'", "write --as once for each input"),
        ("eval x --at x=1 --function f", "there is no function 'f' to choose", "a function of EXPR in Python"),
        ("map x --data t.csv -o out.xlsx", "unknown table format '.xlsx'", "or set --format"),
        ("map x --data t.csv --sep ';'", "unknown option '--sep'", "did you mean --separator?"),
        ("map x --data t.csv --delimiter tab", "unknown option '--delimiter'", "did you mean --separator?"),
        ("fit y=a*x --data t.csv --p0 a=1", "unknown option '--p0'", "did you mean --start?"),
        ("eval x --at x±0.1", "expected NAME=VALUE, not 'x±0.1'", "an uncertainty is written as x=2±0.1"),
        ("eval x --at 'x=1.23(5)(6)'", "'x' has more than one uncertainty", "combine them to one"),
        ("eval x*y --at x=1,y=2 --wrt=", "--wrt names no input", "as in --wrt x,y"),
    ],
)
def test_what_to_write(line: str, message: str, hint: str, command: Command) -> None:
    result = command(*shlex.split(line))
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"error: {message}")
    assert hint in result.err


@pytest.mark.parametrize(("sign", "name"), [("**", "^"), ("×", "*"), ("·", "*"), ("≤", "<="), ("+", "+")])
def test_signs_of_operations(sign: str, name: str, command: Command) -> None:
    assert command("ops", sign) == command("ops", name)
    assert command("ops", sign).out


@pytest.mark.parametrize("sign", ["x) + (", "", "(", "+ z +", "\n"])
def test_text_that_is_no_operation(sign: str, command: Command) -> None:
    assert command("ops", sign).err.startswith("error: unknown operation")


@pytest.mark.parametrize(
    ("name", "start"),
    [
        *((name, "def") for name in ("f", "f.py")),
        *((name, "# Returns") for name in ("f.R", "f.r")),
        *((name, "module") for name in ("f.f90", "f.F90")),
        ("f.c", "#include"),
        ("f.js", "function"),
        ("f.m", "function"),
        ("f.rs", "pub fn"),
        ("f.sql", "-- f"),
    ],
)
def test_the_language_of_a_file(name: str, start: str, command: Command, tmp_path: Path) -> None:
    assert command("compile", "x*y", "-o", str(tmp_path / name)).err == ""
    assert start in (tmp_path / name).read_text()


@pytest.mark.parametrize("is_link", [False, True])
def test_an_input_is_not_replaced(is_link: bool, command: Command, tmp_path: Path) -> None:
    table, formula, link = tmp_path / "t.csv", tmp_path / "f.py", tmp_path / "link.py"
    table.write_text("x\n1\n")
    formula.write_text("def f(x):\n    return x\n")
    for source, words in [(table, ["map", "x", "--data"]), (formula, ["compile", "-f"])]:
        before = source.read_text()
        link.unlink(missing_ok=True)
        link.symlink_to(source)
        out = link if is_link else source
        result = command(*words, str(source), "-o", str(out), *(["--format", "csv"] if source == table else []))
        assert (result.status, "is also the input" in result.err) == (2, True)
        assert source.read_text() == before


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "words", [["draw", "x*y", "--format", "png"], ["map", "x", "--data", "t.csv", "--format", "parquet"]]
)
def test_binary_results_in_a_terminal(words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if "map" in words:
        pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
        (tmp_path / "t.csv").write_text("x\n1\n")
    monkeypatch.chdir(tmp_path)
    screen_bytes = io.BytesIO()
    screen = Terminal(screen_bytes)
    monkeypatch.setattr(sys, "stdout", screen)
    assert run(words) == 2
    assert screen_bytes.getvalue() == b""


def test_help_in_a_poor_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", output)
    assert run(["--help"]) == 0


def test_tables_in_a_pipe_have_no_padding(command: Command) -> None:
    lines = command("eval", "(x+y)*z", "--at", "x=-2,y=5,z=-4").out.splitlines()
    assert lines
    assert not [line for line in lines if line != line.rstrip()]

"""Errors as text and as data: the diagnostic, and hints in Python's words and in the command line's."""

from __future__ import annotations

import ast
import pickle
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from rich.cells import cell_len

import graphdiff
from graphdiff.cli.option_hints import OPTION_HINTS, option_hint
from graphdiff.drawing import raster, tikz
from graphdiff.drawing.circuit import circuit
from graphdiff.drawing.picture import Picture
from graphdiff.errors import LINE_WIDTH, ErrorKind, GraphdiffError, Hint
from graphdiff.passes.jacobian import jacobian
from graphdiff.source import LONGEST_TEXT, Source
from graphdiff.targets.generate import source_of

PACKAGE = Path(graphdiff.__file__).parent
NAMED = "p = a*b; q = p + (a + b)"


def error_of(call: Callable[[], Any]) -> GraphdiffError:
    with pytest.raises(GraphdiffError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("1/(1+exo(-x))", ["unknown function 'exo'", "  1 │ 1/(1+exo(-x))", "    │      ^^^ did you mean 'exp'?"]),
        ("p = x\n\tq = 変(p)\nq", ["unknown function '変'", "  2 │  q = 変(p)", "    │      ^^"]),
        ("x +\\ y", ["unexpected character '\\'", "  1 │ x +\\ y", "    │    ^"]),
        ("f(x,\n\n2) + 1", ["unknown function 'f'", "  1 │ f(x,", "    │ ^"]),
    ],
)
def test_text(text: str, lines: list[str]) -> None:
    """The message, the line and the place in it, with the hint where there is one."""
    shown = str(error_of(lambda: graphdiff.parse(text))).split("\n")
    assert shown[:2] == lines[:2]
    assert shown[2].startswith(lines[2])


@pytest.mark.parametrize(
    "text",
    [
        "exo(x)",
        "変数 + exo(x) + 1",
        "e\u0301\u20dd + exo(x)",
        "\tx +\n\t(y + exo(x))",
        "a +\x1b[31m b",
        "x + \u202e y",
        f"{'+'.join(['x'] * 200)} + exo(x) + {'+'.join(['y'] * 200)}",
        f"exo({'+'.join(['x'] * 100)},\ny)",
        "x + (y",
        "",
    ],
)
def test_text_is_what_the_command_shows(text: str, command: Callable[..., Any]) -> None:
    assert command("eval", "--", text).err == f"error: {error_of(lambda: graphdiff.parse(text))}\n"


@pytest.mark.parametrize("before", ["x + ", "変数·", "(e\u0301)*", "x\u20dd + ", "\t", "日本 + 語 + "])
def test_the_caret_stands_below_the_place(before: str) -> None:
    source = Source(f"{before}exo(x)")
    span = len(before), len(before) + 3
    _, line, caret = str(GraphdiffError("name", "unknown", source, span)).split("\n")
    start = cell_len(line.partition("exo")[0])
    assert caret == f"{'│'.rjust(5)}{' ' * (start - 5)}^^^"


def test_long_lines_are_cut_around_the_place() -> None:
    text = "x + " * 1000 + "exo(x)" + " + x" * 1000
    _, line, caret = str(error_of(lambda: graphdiff.parse(text))).split("\n")
    assert (line[:5], line[-1]) == ("  1 │", "…")
    assert len(line) <= LINE_WIDTH + 10
    assert line[caret.index("^") : caret.rindex("^") + 1] == "exo"


def test_nothing_in_a_text_is_obeyed_by_a_terminal() -> None:
    error = GraphdiffError("syntax", "no\x1b[2J", Source("a\x07b\nc", "\x1b]0;x\x07.gd"), (1, 2), "write\x08 it")
    assert [character for character in str(error) if not character.isprintable()] == ["\n"] * 2
    assert str(error).split("\n") == [
        "no<U+001B>[2J",
        "  <U+001B>]0;x<U+0007>.gd:1 │ a<U+0007>b",
        "                            │  ^^^^^^^^ write<U+0008> it",
    ]


def test_text_without_a_place() -> None:
    assert str(GraphdiffError("usage", "no table", hint="give one")) == "no table\n  give one"
    assert str(GraphdiffError("usage", "no table")) == "no table"


def test_an_uncaught_error_ends_in_the_diagnostic() -> None:
    error = error_of(lambda: graphdiff.trace("x*exo(y)", x=1))
    assert "".join(traceback.format_exception_only(error)).splitlines() == [
        "graphdiff.errors.GraphdiffError: unknown function 'exo'",
        "  1 │ x*exo(y)",
        "    │   ^^^ did you mean 'exp'?",
    ]


def test_data() -> None:
    error = error_of(lambda: graphdiff.parse(graphdiff.Source("y = x\ny*exo(x)", "model.gd")))
    assert (error.kind, error.message, error.hint) == ("name", "unknown function 'exo'", "did you mean 'exp'?")
    assert (error.span, error.source) == ((8, 11), Source("y = x\ny*exo(x)", "model.gd"))
    assert str(error).split("\n")[1] == "  model.gd:2 │ y*exo(x)"


def test_pickling() -> None:
    for error in [error_of(lambda: graphdiff.parse("exo(x)")), error_of(lambda: graphdiff.trace("x*y"))]:
        copy = pickle.loads(pickle.dumps(error))
        assert str(copy) == str(error)
        assert (copy.kind, copy.message, copy.source, copy.span, copy.hint) == error.args
        assert option_hint(copy.hint) == option_hint(error.hint)


def test_kinds_are_documented() -> None:
    documented = re.search(r"kind: (.*?)\n +message:", GraphdiffError.__doc__ or "", re.DOTALL)
    assert documented is not None
    assert re.findall(r'"(\w+)"', documented[1]) == list(get_args(ErrorKind))


SCORES = {"x": (2,)}
HINTS: list[tuple[str, Callable[[], Any], str, list[str], str]] = [
    (
        "upstream",
        lambda: graphdiff.trace("[x, y]", x=1, y=2),
        "give trace or check an upstream=…, or reduce it to a number, e.g. with sum(…)",
        ["eval", "[x, y]", "--at", "x=1,y=2"],
        "give --upstream, or reduce it to a number, e.g. with sum(…)",
    ),
    ("value", lambda: graphdiff.trace("x*y"), "pass x=1, y=1", ["eval", "x*y"], "set it with --at x=1,y=1"),
    (
        "values",
        lambda: graphdiff.value_and_gradient("sum(x)"),
        "values are passed by name: x=1, W=[[1, 2], [3, 4]]",
        ["eval", "sum(x)"],
        "values are given with --at x=1,W=[[1,2],[3,4]] or --at @point.json",
    ),
    (
        "point",
        lambda: graphdiff.parse("x^2 where x"),
        "values are passed by name: x=3",
        ["eval", "x^2 where x"],
        "give values with --at x=3",
    ),
    (
        "colon",
        lambda: graphdiff.parse("x^2 : 3"),
        "write a condition as where(x > 0, a, b), a slice as x[1:3]; pass values as x=3",
        ["eval", "x^2 : 3"],
        "write a condition as where(x > 0, a, b), a slice as x[1:3]; give values with --at x=3",
    ),
    (
        "latex",
        lambda: graphdiff.parse("A\\b"),
        "write the solution x of A @ x = b as solve(A, b); to read LaTeX, pass language='latex'",
        ["eval", "A\\b"],
        "write the solution x of A @ x = b as solve(A, b); to read LaTeX, use --language latex",
    ),
    (
        "jacobian",
        lambda: graphdiff.derivative("x^2", shapes=SCORES),
        "reduce it to a number, e.g. with sum(…)",
        ["diff", "x^2", "--shape", "x=2"],
        "--jacobian, or --direction x=1 for a directional derivative",
    ),
    (
        "want",
        lambda: source_of("[x, 2*x]", "c"),
        "reduce it to a number, e.g. with sum(…), or pass want='jacobian'",
        ["compile", "3*x", "--shape", "x=3"],
        "reduce it to a number, e.g. with sum(…), or add --want jacobian",
    ),
    (
        "hessian",
        lambda: graphdiff.derivative("sum(x^2)", order=2, shapes=SCORES),
        "reduce it to a number, e.g. with sum(…)",
        ["diff", "sum(x^2)", "--order", "2", "--shape", "x=2"],
        "--hessian, or --direction x=1 for a directional derivative",
    ),
    (
        "direction",
        lambda: jacobian("cumsum(x)", shapes={"x": (101,)}),
        "differentiate along a direction",
        ["diff", "cumsum(x)", "--jacobian", "--shape", "x=101"],
        "--direction x=1 gives a directional derivative",
    ),
    (
        "allow_nonfinite",
        lambda: graphdiff.check("log(x)", x=-1),
        "allow_nonfinite=True reports it",
        ["eval", "log(x)", "--at", "x=-1"],
        "--allow-nonfinite reports it",
    ),
    (
        "allow_nonfinite_or_wrt",
        lambda: graphdiff.check("x^y", x=-2, y=3),
        "allow_nonfinite=True reports it, wrt=… can leave it out",
        ["check", "x^y", "--at", "x=-2,y=3"],
        "--allow-nonfinite reports it, --wrt can leave it out",
    ),
    (
        "fuse",
        lambda: graphdiff.check("1/(1+exp(-x))", x=-800),
        "use sigmoid",
        ["eval", "1/(1+exp(-x))", "--at", "x=-800"],
        "use sigmoid, or --fuse, which finds it",
    ),
    (
        "function_name",
        lambda: source_of("x", "c", name="1a"),
        "use ASCII letters, digits and underscores, and not a reserved word",
        ["compile", "x", "--to", "c", "--name", "1a"],
        "use ASCII letters, digits and underscores, and not a reserved word: --name loss",
    ),
    (
        "gate_limit",
        lambda: circuit(graphdiff.parse("a + b"), limit=1),
        "limit=0 draws all of them",
        ["draw", "a + b", "--limit", "1"],
        "--limit 0 draws all of them",
    ),
    (
        "gate_limit_or_collapse",
        lambda: circuit(graphdiff.parse(NAMED), limit=4),
        "limit=0 draws all of them, a collapsed graph has fewer",
        ["draw", NAMED, "--limit", "4"],
        "--limit 0 draws all of them, --collapse only named nodes",
    ),
    (
        "png_size",
        lambda: raster.png(Picture(circuit(graphdiff.parse("a + b")), "")),
        "draw an SVG or a PDF, or collapse it",
        ["draw", "a + b", "--format", "png"],
        "use -o with .svg or .pdf, or --collapse",
    ),
    (
        "tikz_size",
        lambda: tikz.tex(Picture(circuit(graphdiff.parse("a + b")), "")),
        "collapse it, or use another format",
        ["draw", "a + b", "--format", "tex"],
        "use --collapse or another format",
    ),
]


@pytest.mark.parametrize(("topic", "call", "hint", "words", "shown"), HINTS, ids=[case[0] for case in HINTS])
def test_hints_name_parameters_in_python_and_options_in_the_command_line(
    topic: str,
    call: Callable[[], Any],
    hint: str,
    words: list[str],
    shown: str,
    command: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(raster, "MOST_PIXELS", 1)
    monkeypatch.setattr(tikz, "LARGEST", 1.0)
    error = error_of(call)
    assert isinstance(error.hint, Hint)
    assert (error.hint, error.hint.topic) == (hint, topic)
    assert "--" not in str(error)
    result = command(*words)
    assert result.status in (2, 3)
    assert re.sub(r"^.*?(\^ |^  )(?=\S)", "", result.err.splitlines()[-1]).strip() == shown


def test_hints_about_a_program_that_is_too_long(command: Callable[..., Any]) -> None:
    text = "1" * (LONGEST_TEXT + 1)
    assert error_of(lambda: graphdiff.parse(text)).hint == "pass an array as the value of an input"
    assert "large arrays can be read from files: --at W=@weights.npy" in command("eval", "-", stdin=text.encode()).err


@pytest.mark.parametrize(
    ("words", "table", "shown"),
    [
        ([], b"x\none\n", "--on-error null leaves such rows without results"),
        ([], b"x\nNA\n", '--na "NA" takes it as a missing value'),
        ([], b"x;y\n1,5;1\n", "--decimal , reads it"),
        ([], b'x\n"1,234"\n', "--thousands , reads it as a whole number, --decimal , as one with decimals"),
        ([], b'x\n"1,234.5"\n', '--thousands "," reads it'),
        ([], b'x\n"1.234,5"\n', '--decimal , --thousands "." reads it'),
        ([], "x\n2±0.1\n".encode(), "uncertainties stand in a column of their own, such as u_x: --at x=±u_x"),
        ([], b"# a,b\n1,2\n", "the columns are # a, b; --comment '#' leaves out lines that begin so"),
        ([], b"x\n\xe9\n", "name its encoding, as in --encoding cp1252 (Windows), or save it as UTF-8"),
        (["--format", "csv"], b'{"x": 1}\n{"x": 2, "y": 3}\n', "--format jsonl allows different names in each row"),
    ],
)
def test_hints_about_tables(words: list[str], table: bytes, shown: str, command: Callable[..., Any]) -> None:
    assert command("map", "x^2", "--data", "-", *words, stdin=table).err.rstrip().endswith(shown)


def test_a_hint_about_shapes_is_in_the_words_of_the_command_line(command: Callable[..., Any]) -> None:
    error = command("diff", "x*sum(y)", "--shape", "x=2").err
    hint = "--jacobian, or --direction x=1 for a directional derivative; an array needs its shape: --shape y=2x3"
    assert error.splitlines()[-1] == f"  {hint}"


def constants(module: Path) -> set[str]:
    """The texts in a file that are not docstrings."""
    tree = ast.parse(module.read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings)
    return {node.value for node in nodes if isinstance(node.value, str)}


def test_only_the_command_line_knows_its_options() -> None:
    """But for the notes below its reports. What has a colon is a variable of CSS, or a comment in the prelude."""
    # The last two have options of compilers; live makes command lines.
    exempt = {"cli", "report", "live", "targets/registry.py", "compiled/c_library.py"}
    modules = [
        module
        for module in PACKAGE.rglob("*.py")
        if exempt.isdisjoint([module.relative_to(PACKAGE).as_posix(), module.relative_to(PACKAGE).parts[0]])
    ]
    option = re.compile(r"(?<![\w-])--[a-z][a-z-]*(?![\w:-])")
    mentioning = [module for module in modules if option.search(module.read_text("utf-8"))]
    assert not {text for module in mentioning for text in constants(module) if option.search(text)}


@pytest.mark.slow
def test_the_command_line_words_every_hint() -> None:
    calls = [
        node
        for module in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Hint"
    ]
    topics = {node.value for call in calls for node in ast.walk(call.args[1]) if isinstance(node, ast.Constant)}
    assert topics == set(OPTION_HINTS)

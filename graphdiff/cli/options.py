"""The options that commands share."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any

import click
from click.core import ParameterSource

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.operations.literal import LARGEST_PRECISION
from graphdiff.reading.languages import LANGUAGES
from graphdiff.report.formats import REPORTS
from graphdiff.report.numbers import DIGITS

Command = Callable[..., Any]

LIMIT = 200


def conflict(first: str, second: str, hint: str | None = None) -> GraphdiffError:
    """The error for two options that exclude each other."""
    return GraphdiffError("usage", f"{first} cannot be used with {second}", hint=hint)


def by_extension(path: str | None, choices: Mapping[str, str], what: str, option: str) -> str | None:
    """What the extension of an output's name means; None for standard output, and for a name that has none.

    Raises GraphdiffError("usage") if the extension means nothing.
    """
    extension = os.path.splitext(path or "")[1].lower()
    by_lower_case = {each.lower(): meaning for each, meaning in choices.items()}
    if extension and extension not in by_lower_case:
        hint = f"use one of {', '.join(choices)}, or set {option}"
        raise GraphdiffError("usage", f"unknown {what} '{shorten(extension)}'", hint=hint)
    return by_lower_case.get(extension)


def check_collapse(collapse: bool, expand: bool) -> None:
    """Raise GraphdiffError("usage") if both options are given."""
    if collapse and expand:
        hint = "--collapse makes one gate of each named node, --expand opens the functions that are gates"
        raise conflict("--collapse", "--expand", hint)


class Count(click.IntRange):
    """A range of whole numbers that messages call an integer, not an "integer range"."""

    name = "integer"


def leads_down(direction: str, form: str, text_form: str) -> bool:
    """Whether a picture leads down; raises GraphdiffError("usage") for a drawing as text, which leads to the right."""
    if direction == "down" and form == text_form:
        hint = "write a picture, as with -o circuit.svg, or leave --direction out"
        raise GraphdiffError("usage", f"the format {form} has a drawing as text, which leads to the right", hint=hint)
    return direction == "down"


def shown_digits(digits: int, precision: int | None) -> int:
    """The significant digits of numbers in text: all that --precision asks for, unless --digits is given."""
    is_given = click.get_current_context().get_parameter_source("digits") is ParameterSource.COMMANDLINE
    return digits if is_given or precision is None else precision


def _step(text: str) -> int | str:
    """A step of a loop, as --expand-steps names it."""
    step = text.strip()
    if step in ("first", "last"):
        return step
    if re.fullmatch(r"\d{1,9}", step, re.ASCII) is None:
        hint = "first, last, or numbers from 0: --expand-steps first,7,last"
        raise GraphdiffError("usage", f"--expand-steps: '{shorten(text)}' is not a step of a loop", hint=hint)
    return int(step)


def limit_of(default: int, metavar: str, help: str) -> Callable[[Command], Command]:
    """--limit: the largest number of items to show; 0 for all of them."""
    return click.option(
        "--limit",
        type=Count(0),
        default=default,
        show_default=True,
        metavar=metavar,
        help=help,
        callback=lambda context, parameter, count: min(count, sys.maxsize),  # no sequence is longer
    )


def precision_of(help: str) -> Callable[[Command], Command]:
    """--precision: the number of significant digits; None for arithmetic in 64 bits."""
    return click.option("--precision", type=Count(1, LARGEST_PRECISION), metavar="N", show_default="64 bits", help=help)


def report_format(command: str) -> Callable[[Command], Command]:
    """--format, by default the first of the command's reports, and --json; it gets both as one argument, `form`."""
    names = list(REPORTS[command])

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_form(form: str, as_json: bool, **arguments: Any) -> Any:
            is_given = click.get_current_context().get_parameter_source("form") is ParameterSource.COMMANDLINE
            if as_json and is_given and form != "json":
                raise conflict("--json", f"--format {form}")
            return command(form="json" if as_json else form, **arguments)

        option = click.option(
            "--format",
            "form",
            type=click.Choice(names),
            default=names[0],
            show_default=True,
            help="The output format.",
        )
        return option(json(with_form))

    return decorate


def _complete(function: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """A function of graphdiff.cli.completion, which is imported only for a shell that asks."""
    return lambda *arguments: getattr(import_module("graphdiff.cli.completion"), function)(*arguments)


expression = click.argument("expression", nargs=-1, metavar="EXPR")
file = click.option(
    "-f", "--file", shell_complete=click.Path().shell_complete, metavar="FILE", help="Read EXPR from a file."
)
language = click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    show_default="from the name of the file, else from the text",
    help="The language that EXPR is in.",
)
function = click.option(
    "--function", metavar="NAME", show_default="the last one", help="The function of EXPR in Python to read."
)
aliases = click.option(
    "--as",
    "aliases",
    multiple=True,
    metavar="NAME=INPUT",
    help='A name in EXPR that stands for an input or a column of any name: P="Pressure (kPa)". May be repeated.',
)
at = click.option(
    "--at",
    multiple=True,
    shell_complete=_complete("complete_values"),
    metavar="VALUES",
    help="The values of the inputs: x=-2,y=pi/4,v=[1,2], @point.json or W=@weights.npy; with standard uncertainties: "
    "x=2±0.1, x=2+/-0.1 or x=2±5%. May be repeated.",
)
correlation = click.option(
    "--correlation",
    multiple=True,
    metavar="NAME,NAME=R",
    help="The correlation of two uncertain inputs, from -1 to 1: x,y=0.5. May be repeated.",
)
shape = click.option(
    "--shape",
    multiple=True,
    shell_complete=_complete("complete_values"),
    metavar="SHAPES",
    help="The shapes of the inputs without a value: W=2x3,x=3. May be repeated.",
)
wrt = click.option(
    "--wrt",
    multiple=True,
    shell_complete=_complete("complete_names"),
    metavar="NAMES",
    show_default="all",
    help="The inputs to differentiate with respect to: x,y. May be repeated.",
)
output = click.option(
    "--output", metavar="NODE", show_default="last statement", help="The node to use as the output: q or v3."
)
upstream = click.option(
    "--upstream",
    metavar="VALUE",
    show_default="1",
    help="The gradient at the output. Required if the output is an array.",
)
fuse = click.option("--fuse", is_flag=True, help="Replace known formulas by stable gates: 1/(1+exp(-u)) by sigmoid(u).")
expand = click.option("--expand", is_flag=True, help="Replace functions by their bodies, and loops by all their steps.")
expand_steps = click.option(
    "--expand-steps",
    multiple=True,
    metavar="STEPS",
    callback=lambda context, parameter, texts: tuple([_step(text) for each in texts for text in each.split(",")]),
    help="Write these steps of each loop out: first, last or numbers from 0, as in first,7. May be repeated.",
)
collapse = click.option("--collapse", is_flag=True, help="Make one gate of each named node, with its whole formula.")
digits = click.option(
    "--digits",
    type=Count(1, 17),
    default=DIGITS,
    show_default=True,
    metavar="N",
    help="Significant digits of numbers in text and tables; with --precision all of them by default.",
)
precision = precision_of("Compute all numbers to N significant digits, with exponents of any size.")
limit = limit_of(LIMIT, "ROWS", "The most rows to show of a table; 0 for all. Data formats are never cut.")
json = click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
color = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="When to use colour.",
)
direction = click.option(
    "--direction",
    type=click.Choice(["right", "down"]),
    default="right",
    show_default=True,
    help="Where the picture leads from the inputs to the output.",
)
allow_nonfinite = click.option(
    "--allow-nonfinite", is_flag=True, help="Report numbers that are not finite instead of failing with exit status 3."
)
sparse = click.option(
    "--sparse",
    is_flag=True,
    help="C, Rust: Only the entries of the Jacobian or Hessian that can differ from 0, with their rows and columns.",
)
out = click.option(
    "-o",
    "--out",
    metavar="FILE",
    shell_complete=click.Path().shell_complete,
    show_default="standard output",
    help="The file to write.",
)

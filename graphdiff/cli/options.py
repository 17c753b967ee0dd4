"""The options that commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from graphdiff.errors import GraphdiffError
from graphdiff.report.formats import REPORTS
from graphdiff.report.numbers import DIGITS

Command = Callable[..., Any]

LIMIT = 200


def limited(default: int, metavar: str, help: str) -> Callable[[Command], Command]:
    """--limit: how much is shown of so many, 0 for all."""
    return click.option(
        "--limit",
        type=click.IntRange(0),
        default=default,
        show_default=True,
        metavar=metavar,
        help=help,
        callback=lambda context, parameter, count: min(count, sys.maxsize),  # more than can be counted is all
    )


expression = click.argument("expression", nargs=-1, metavar="EXPR")
file = click.option(
    "-f", "--file", shell_complete=click.Path().shell_complete, metavar="FILE", help="Read the expression from a file."
)
at = click.option(
    "--at",
    multiple=True,
    metavar="VALUES",
    help="The point: x=-2,y=pi/4,v=[1,2], @point.json or W=@weights.npy. May be repeated.",
)
shape = click.option(
    "--shape", multiple=True, metavar="SHAPES", help="The inputs' shapes: W=2x3,x=3. Those of --at need none."
)
wrt = click.option(
    "--wrt",
    multiple=True,
    metavar="NAMES",
    help="The inputs to differentiate by: x,y. All unless given. May be repeated.",
)
output = click.option("--output", metavar="NODE", help="The node to take as output: q or v3. The last unless given.")
upstream = click.option(
    "--upstream",
    metavar="VALUE",
    help="The gradient that arrives at the output: 1 unless given; an array needs one.",
)
fuse = click.option("--fuse", is_flag=True, help="Recognise formulas as one gate: 1/(1+exp(-u)) as sigmoid(u).")
expand = click.option("--expand", is_flag=True, help="Open the gates of functions up.")
digits = click.option(
    "--digits",
    type=click.IntRange(1, 17),
    default=DIGITS,
    show_default=True,
    metavar="N",
    help="Significant digits in tables.",
)
limit = limited(LIMIT, "ROWS", "The longest table; 0 for all rows. Data formats are never cut.")
json = click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
color = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="When to use colour."
)
allow_nonfinite = click.option(
    "--allow-nonfinite", is_flag=True, help="Report numbers that are not finite instead of exit status 3."
)
out = click.option(
    "-o", "--out", metavar="FILE", shell_complete=click.Path().shell_complete, help="Standard output unless given."
)


def report_format(command: str) -> Callable[[Command], Command]:
    """--format and --json, of which a command gets what they ask for together as `form`."""
    first, *_ = forms = list(REPORTS[command])

    def decorated(function: Command) -> Command:
        @wraps(function)
        def chosen(*, form: str | None, as_json: bool, **given: Any) -> Any:
            if as_json and form not in (None, "json"):
                raise GraphdiffError("usage", f"both --json and --format {form} are given", hint="leave one out")
            return function(form="json" if as_json else form or first, **given)

        option = click.option("--format", "form", type=click.Choice(forms), help=f"{first} unless given.")
        return option(json(chosen))

    return decorated

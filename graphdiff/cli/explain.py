"""graphdiff explain: write out the chain rule for each input, path by path."""

from __future__ import annotations

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import write_report
from graphdiff.cli.tracing import accuracy_of, make_trace, warn_of
from graphdiff.cli.words import ExpressionCommand
from graphdiff.graph.output import name_output
from graphdiff.report.explain import PATHS

HELP = """\
Write out the chain rule of EXPR for each input.

Every path from the output to the input is shown in symbols, as formulas and in numbers.

\b
graphdiff explain "(x+y)*z" --at x=-2,y=5,z=-4
graphdiff explain "x = a+b; y = b+c; z = x*y" --at a=-1,b=3,c=4 --wrt b
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="explain", help=HELP)
@formula_and_point
@options.upstream
@options.report_format("explain")
@options.precision
@options.digits
@options.limit_of(
    PATHS, "PATHS", "The most paths of an input to show one by one, before the sum of the others; 0 for all."
)
@options.allow_nonfinite
def command(
    request: FormulaRequest,
    upstream: str | None,
    form: str,
    precision: int | None,
    digits: int,
    limit: int,
    allow_nonfinite: bool,
) -> None:
    """Run graphdiff explain."""
    formula, graph, origin = request.read(precision is not None)
    if formula.output is None:
        graph = name_output(graph)
    result = make_trace(graph, formula.point, formula.wrt, upstream, allow_nonfinite, precision)
    accuracy = accuracy_of(result)
    shown = options.shown_digits(digits, precision)
    write_report("explain", form, result, origin=origin, accuracy=accuracy, digits=shown, limit=limit)
    warn_of(accuracy, graph)

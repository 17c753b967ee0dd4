"""graphdiff explain: the chain rule for each input, path by path."""

from __future__ import annotations

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import write_report
from graphdiff.cli.tracing import traced
from graphdiff.cli.words import ExpressionCommand
from graphdiff.graph.output import with_named_output
from graphdiff.report.explain import PATHS


@click.command(cls=ExpressionCommand, name="explain")
@formula_and_point
@options.upstream
@options.report_format("explain")
@options.digits
@options.limited(
    PATHS, "PATHS", "The paths of an input that are told one by one, the others as one sum; 0 for all of them."
)
@options.allow_nonfinite
def command(
    request: FormulaRequest,
    upstream: str | None,
    form: str,
    digits: int,
    limit: int,
    allow_nonfinite: bool,
) -> None:
    """Write out the chain rule of EXPR for each input: every path from the output to it, as symbols, formulas and
    numbers.

    \b
    graphdiff explain "(x+y)*z" --at x=-2,y=5,z=-4
    graphdiff explain "x = a+b; y = b+c; z = x*y" --at a=-1,b=3,c=4 --wrt b
    """
    source, graph, point = request.read()
    if request.output is None:
        graph = with_named_output(graph)
    found = traced(graph, point, request.names, upstream, allow_nonfinite)
    write_report("explain", form, found, expression=source.text, digits=digits, limit=limit)

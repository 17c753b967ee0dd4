"""graphdiff explain: write out the chain rule for each input, path by path."""

from __future__ import annotations

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import window_width, write_lines
from graphdiff.cli.tracing import make_trace
from graphdiff.cli.words import ExpressionCommand
from graphdiff.graph.output import name_output
from graphdiff.report.explain import PATHS, explanation_lines
from graphdiff.report.lines import wrap_line

FORMATS = ["text", "json"]


@click.command(cls=ExpressionCommand, name="explain")
@formula_and_point
@options.upstream
@options.formats(FORMATS)
@options.digits
@options.limit_of(
    PATHS, "PATHS", "The most paths of an input to show one by one, before the sum of the others; 0 for all."
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
    """Write out the chain rule of EXPR for each input.

    Every path from the output to the input is shown in symbols, as formulas and in numbers.

    \b
    graphdiff explain "(x+y)*z" --at x=-2,y=5,z=-4
    graphdiff explain "x = a+b; y = b+c; z = x*y" --at a=-1,b=3,c=4 --wrt b
    """
    source, graph, point = request.read()
    if request.output is None:
        graph = name_output(graph)
    result = make_trace(graph, point, request.names, upstream, allow_nonfinite)
    if form == "json":
        from graphdiff.report.document import chain_rules_json

        write_lines([chain_rules_json(result, source.text, limit)])
    else:
        width = window_width()
        lines = explanation_lines(result, source.text, digits, limit)
        write_lines(piece for line in lines for piece in wrap_line(line, width))

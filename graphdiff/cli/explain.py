"""graphdiff explain: the chain rule for each input, path by path."""

from __future__ import annotations

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import window_width, write_lines
from graphdiff.cli.tracing import traced
from graphdiff.cli.words import ExpressionCommand
from graphdiff.graph.output import name_output
from graphdiff.report.explain import PATHS, explanation_lines
from graphdiff.report.lines import wrap_line

FORMATS = ["text", "json"]


@click.command(cls=ExpressionCommand, name="explain")
@formula_and_point
@options.upstream
@click.option("--format", "form", type=click.Choice(FORMATS), help="text unless given.")
@options.json
@options.digits
@options.limited(
    PATHS, "PATHS", "The paths of an input that are told one by one, the others as one sum; 0 for all of them."
)
@options.allow_nonfinite
def command(
    request: FormulaRequest,
    upstream: str | None,
    form: str | None,
    as_json: bool,
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
    form = options.form_of(form, as_json)
    source, graph, point = request.read()
    if request.output is None:
        graph = name_output(graph)
    found = traced(graph, point, request.names, upstream, allow_nonfinite)
    if form == "json":
        from graphdiff.report.document import chain_rules_json

        write_lines([chain_rules_json(found, source.text, limit)])
    else:
        width = window_width()
        lines = explanation_lines(found, source.text, digits, limit)
        write_lines(piece for line in lines for piece in wrap_line(line, width))

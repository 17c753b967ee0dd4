"""graphdiff eval: show the forward and the backward pass, step by step."""

from __future__ import annotations

from collections.abc import Iterable

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import print_tables, write_lines
from graphdiff.cli.tracing import make_trace
from graphdiff.cli.words import ExpressionCommand
from graphdiff.graph.output import name_output

FORMATS = ["table", "json", "jsonl", "csv", "markdown", "html", "latex"]


@click.command(cls=ExpressionCommand, name="eval")
@formula_and_point
@options.upstream
@click.option("--jacobian", is_flag=True, help="Show every local Jacobian, even a large one.")
@options.formats(FORMATS)
@options.digits
@options.limit
@options.allow_nonfinite
@options.color
def command(
    request: FormulaRequest,
    upstream: str | None,
    jacobian: bool,
    form: str,
    digits: int,
    limit: int,
    allow_nonfinite: bool,
    color: str,
) -> None:
    """Evaluate EXPR at a point, and show every step of the chain rule.

    EXPR is a formula, or a program: statements separated by newlines or semicolons. Use - to read it from standard
    input.

    \b
    graphdiff eval "(x+y)*z" --at x=-2,y=5,z=-4
    graphdiff eval "q = x + y; f = q*z" --at x=-2 --at y=5,z=-4 --json
    graphdiff eval "sum((W@x)^2)" --at "W=[[1,2],[3,4]],x=[5,6]"
    graphdiff eval "sigma(u) = 1/(1 + exp(-u)); sigma(w*x + b)" --at w=2,x=1,b=pi/4 --expand
    """
    source, graph, point = request.read()
    if form == "latex" and request.output is None:
        graph = name_output(graph)
    result = make_trace(graph, point, request.names, upstream, allow_nonfinite)
    lines: Iterable[str]
    if form == "table":
        from graphdiff.report.table import trace_table

        print_tables(trace_table(result, source.text, digits, limit, jacobian), color)
        return
    if form == "markdown":
        from graphdiff.report.markdown import trace_markdown

        lines = trace_markdown(result, source.text, digits, limit, jacobian)
    elif form == "html":
        from graphdiff.report.html import trace_html

        lines = trace_html(result, source.text, digits, limit, jacobian)
    elif form == "latex":
        from graphdiff.report.latex import trace_latex

        lines = trace_latex(result, digits, limit)
    else:
        from graphdiff.report import document

        if form == "json":
            lines = [document.trace_json(result, source.text, jacobian)]
        elif form == "jsonl":
            lines = document.trace_json_lines(result, jacobian)
        else:
            lines = document.trace_csv(result, jacobian)
    # Report a Jacobian beyond the limit before writing anything.
    write_lines(list(lines) if jacobian else lines)

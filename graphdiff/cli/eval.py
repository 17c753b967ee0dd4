"""graphdiff eval: show the forward and the backward pass, step by step."""

from __future__ import annotations

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import write_report
from graphdiff.cli.tracing import accuracy_of, collapsed, trace_formula, warn_of, warn_of_uncertainty
from graphdiff.cli.words import ExpressionCommand

HELP = """\
Evaluate EXPR at a point, and show every step of the chain rule.

EXPR is a formula, or a program: statements separated by newlines or semicolons. Use - to read it from standard
input. Numbers that 64-bit arithmetic gets wrong are reported with the right ones.

\b
graphdiff eval "(x+y)*z" --at x=-2,y=5,z=-4
graphdiff eval "q = x + y; f = q*z" --at x=-2 --at y=5,z=-4 --json
graphdiff eval "sum((W@x)^2)" --at "W=[[1,2],[3,4]],x=[5,6]"
graphdiff eval "sigma(u) = 1/(1 + exp(-u)); sigma(w*x + b)" --at w=2,x=1,b=pi/4 --expand
graphdiff eval "fold(h/2 + x/(2*h) for t in range(9), h=1)" --at x=2 --expand-steps first,last
graphdiff eval "z = w*x + b; a = sigmoid(z); L = (a - y)^2" --at w=2,x=1,b=-1,y=1 --collapse
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="eval", help=HELP)
@formula_and_point
@options.correlation
@options.upstream
@options.collapse
@click.option("--jacobian", is_flag=True, help="Show every local Jacobian, however large it is.")
@options.report_format("eval")
@options.precision
@options.digits
@options.limit
@options.allow_nonfinite
@options.color
def command(
    request: FormulaRequest,
    correlation: tuple[str, ...],
    upstream: str | None,
    collapse: bool,
    jacobian: bool,
    form: str,
    precision: int | None,
    digits: int,
    limit: int,
    allow_nonfinite: bool,
    color: str,
) -> None:
    """Run graphdiff eval."""
    options.check_collapse(collapse, request.expand)
    formula, graph, origin = request.read(precision is not None, correlation=correlation)
    if (form == "latex" or collapse) and formula.output is None:
        from graphdiff.graph.output import name_output

        graph = name_output(graph)
    result = trace_formula(graph, formula, upstream, allow_nonfinite, precision)
    accuracy = accuracy_of(result)
    if collapse:
        result = collapsed(result)
    write_report(
        "eval",
        form,
        result,
        color,
        origin=origin,
        accuracy=accuracy,
        digits=options.shown_digits(digits, precision),
        limit=limit,
        jacobian=jacobian,
    )
    warn_of(accuracy, graph)
    warn_of_uncertainty(result)

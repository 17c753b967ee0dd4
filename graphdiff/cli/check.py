"""graphdiff check: the gradient against finite differences."""

from __future__ import annotations

import click

from graphdiff.checking.check import FLOAT_DIGITS, check
from graphdiff.checking.verdict import DIFFERS
from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import write_report
from graphdiff.cli.point import read_constant
from graphdiff.cli.words import ExpressionCommand
from graphdiff.report.numbers import DIGITS
from graphdiff.targets.registry import RUNNABLE

MOST_DIGITS = 1000
CHECK_FAILED = 1


@click.command(cls=ExpressionCommand, name="check")
@formula_and_point
@options.upstream
@click.option(
    "--target",
    type=click.Choice(list(RUNNABLE), case_sensitive=False),
    help="Run the code in this language too, and hold it against both.",
)
@options.report_format("check")
@click.option(
    "--digits",
    type=click.IntRange(1, MOST_DIGITS),
    default=DIGITS,
    show_default=True,
    help=f"Significant digits in tables; with more than {FLOAT_DIGITS} the differences are worked out to so many.",
)
@options.limit
@options.allow_nonfinite
@options.color
def command(
    request: FormulaRequest,
    upstream: str | None,
    target: str | None,
    form: str,
    digits: int,
    limit: int,
    allow_nonfinite: bool,
    color: str,
) -> int:
    """Hold every derivative of EXPR at a point against differences of its values.

    A derivative agrees with the differences, differs from them (exit status 1), or is not checkable, with the reason:
    a kink, the edge of the domain, rounding. The bound of what they may be apart is computed, from what the differences
    leave open and from how far rounding moves the numbers. A derivative that EXPR gives a gate of its own is held
    against that of the gate's body.

    \b
    graphdiff check "1/(1+exp(-(w*x+b)))" --at w=2,x=-1,b=3
    graphdiff check "sum((W@x)^2)" --at "W=[[1,2],[3,4]],x=[5,6]" --target c
    graphdiff check "x^y" --at x=2,y=3 --digits 50
    """
    source, graph, point = request.read()
    cotangent = None if upstream is None else read_constant(upstream, "--upstream")
    found = check(
        graph,
        point,
        wrt=request.names,
        upstream=cotangent,
        digits=digits,
        target=target,
        allow_nonfinite=allow_nonfinite,
    )
    write_report("check", form, found, color, expression=source.text, digits=digits, limit=limit)
    return CHECK_FAILED if found.count(DIFFERS) else 0

"""graphdiff check: compare the gradient with finite differences."""

from __future__ import annotations

import click

from graphdiff.checking.check import check
from graphdiff.checking.judge import FLOAT_DIGITS
from graphdiff.cli import options
from graphdiff.cli.constant import read_constant
from graphdiff.cli.exit_status import EXIT_CHECK_FAILED
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import print_note, write_report
from graphdiff.cli.words import ExpressionCommand
from graphdiff.passes.request import WANTS
from graphdiff.report.numbers import DIGITS
from graphdiff.targets.registry import RUNNABLE

MOST_DIGITS = 1000


HELP = """\
Compare every derivative of EXPR at a point with finite differences.

The differences are computed in many digits where EXPR is small enough. Each derivative agrees with them, differs
(exit status 1), is lost, because rounding, overflow or underflow leaves fewer than 3 digits (exit status 1), or is
not checkable for a stated reason, such as a kink or the edge of the domain. A derivative that EXPR defines for its
own gate is compared with differences of the gate's body. With --target, "convention" means that the generated code
keeps a convention at a kink where the derivative exists.

\b
graphdiff check "1/(1+exp(-(w*x+b)))" --at w=2,x=-1,b=3
graphdiff check "sum((W@x)^2)" --at "W=[[1,2],[3,4]],x=[5,6]" --target c
graphdiff check "x^2*y + sin(y)" --at x=2,y=3 --target rust --want hessian
graphdiff check "x^2*y + sin(y)" --at x=2,y=3 --target c --float32
graphdiff check "x^y" --at x=2,y=3 --precision 50
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="check", help=HELP)
@formula_and_point
@options.upstream
@click.option(
    "--target",
    type=click.Choice(list(RUNNABLE), case_sensitive=False),
    help="Also run the generated code in this language, and compare its results.",
)
@click.option(
    "--want",
    type=click.Choice(WANTS, case_sensitive=False),
    default="gradient",
    show_default=True,
    help="What the code of --target computes besides the value: every entry is compared.",
)
@options.sparse
@click.option("--float32", is_flag=True, help="C, Rust: Run code on 32-bit floats, at the point rounded to these.")
@options.report_format("check")
@options.precision_of("Compute the gradient and the differences to N significant digits, at least 20.")
@click.option(
    "--digits",
    type=options.Count(1, MOST_DIGITS),
    default=DIGITS,
    show_default=True,
    metavar="N",
    help=f"Significant digits in tables; above {FLOAT_DIGITS}, deprecated for --precision.",
)
@options.limit
@options.allow_nonfinite
@options.color
def command(
    request: FormulaRequest,
    upstream: str | None,
    target: str | None,
    want: str,
    sparse: bool,
    float32: bool,
    form: str,
    precision: int | None,
    digits: int,
    limit: int,
    allow_nonfinite: bool,
    color: str,
) -> int:
    """Run graphdiff check."""
    if digits > FLOAT_DIGITS:
        text = f"--digits above {FLOAT_DIGITS} is deprecated; use --precision {digits}"
        print_note(text, "warning")
        precision = precision or digits
    formula, graph, origin = request.read(precision is not None)
    cotangent = None if upstream is None else read_constant(upstream, "--upstream", precision is not None)
    result = check(
        graph,
        formula.point,
        wrt=formula.wrt,
        upstream=cotangent,
        precision=precision,
        target=target,
        want=want,
        sparse=sparse,
        float32=float32,
        allow_nonfinite=allow_nonfinite,
    )
    write_report(
        "check",
        form,
        result,
        color,
        origin=origin,
        digits=options.shown_digits(digits, precision),
        limit=limit,
    )
    return EXIT_CHECK_FAILED if result.has_failed else 0

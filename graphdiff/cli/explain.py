"""graphdiff explain: write out the chain rule for each input, path by path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import write_report
from graphdiff.cli.shapes import complete_shapes, explain_missing_shapes
from graphdiff.cli.tracing import accuracy_of, collapsed, trace_formula, warn_of, warn_of_uncertainty
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError
from graphdiff.graph.output import name_output
from graphdiff.passes.trace import Trace
from graphdiff.report.explain import PATHS

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy
    from graphdiff.passes.symbolic_paths import SymbolicTrace

HELP = """\
Write out the chain rule of EXPR for each input.

Every path from the output to the input is shown in symbols, as formulas and in numbers; without --at, in symbols
and as formulas. Array inputs without a value need shapes.

\b
graphdiff explain "(x+y)*z"
graphdiff explain "(x+y)*z" --at x=-2,y=5,z=-4
graphdiff explain "x = a+b; y = b+c; z = x*y" --at a=-1,b=3,c=4 --wrt b
graphdiff explain "z = w*x + b; a = sigmoid(z); L = (a - y)^2" --collapse --format latex
graphdiff explain "sum((W@x)^2)" --shape W=2x3,x=3
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="explain", help=HELP)
@formula_and_point
@options.correlation
@options.upstream
@options.shape
@options.collapse
@click.option(
    "--accumulate", is_flag=True, help="Write the gradient by each node as the sum over its edges, not over all paths."
)
@options.report_format("explain")
@options.precision
@options.digits
@options.limit_of(
    PATHS, "PATHS", "The most paths of an input to show one by one, before the sum of the others; 0 for all."
)
@options.allow_nonfinite
def command(
    request: FormulaRequest,
    correlation: tuple[str, ...],
    upstream: str | None,
    shape: tuple[str, ...],
    collapse: bool,
    accumulate: bool,
    form: str,
    precision: int | None,
    digits: int,
    limit: int,
    allow_nonfinite: bool,
) -> None:
    """Run graphdiff explain."""
    options.check_collapse(collapse, request.expand)
    if accumulate and form == "json":
        raise options.conflict("--accumulate", "--json", hint="graphdiff eval --json has what each node receives")
    formula, graph, origin = request.read(precision is not None, shape, correlation=correlation)
    if formula.output is None:
        graph = name_output(graph)
    shapes = complete_shapes(graph, formula.shapes, formula.point)
    accuracy: list[Inaccuracy] = []
    result: Trace | SymbolicTrace
    if request.has_point(graph):
        result = trace_formula(graph, formula, upstream, allow_nonfinite, precision)
        accuracy = accuracy_of(result)
        result = collapsed(result) if collapse else result
    else:
        for name, value in (("--upstream", upstream), ("--precision", precision), ("--accumulate", accumulate or None)):
            if value is not None:
                raise GraphdiffError("usage", f"{name} requires a point", hint="give one with --at x=-2,y=5")
        from graphdiff.passes.symbolic_paths import symbolic_trace  # lazy: a point needs none of its imports

        with explain_missing_shapes(graph, shapes):
            result = symbolic_trace(graph, formula.wrt, shapes, collapse)
    shown = options.shown_digits(digits, precision)
    write_report(
        "explain", form, result, origin=origin, accuracy=accuracy, digits=shown, limit=limit, accumulates=accumulate
    )
    warn_of(accuracy, graph)
    if isinstance(result, Trace):
        warn_of_uncertainty(result)

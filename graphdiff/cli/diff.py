"""graphdiff diff: derivatives as formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import write_report
from graphdiff.cli.point import read_point
from graphdiff.cli.shapes import read_shapes, told_of_shapes
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.nonfinite import first_nonfinite
from graphdiff.passes.point import derivatives_by
from graphdiff.passes.values import is_finite, to_tuples
from graphdiff.report.derivatives import Derivative

HIGHEST_ORDER = 20


@click.command(cls=ExpressionCommand, name="diff")
@formula_and_point
@click.option(
    "--order", type=click.IntRange(1, HIGHEST_ORDER), metavar="N", help="How often to differentiate by each input."
)
@click.option("--hessian", is_flag=True, help="The second derivatives by every pair of inputs.")
@click.option("--jacobian", is_flag=True, help="Of an array every entry's derivative by every entry of an input.")
@click.option("--direction", metavar="VALUES", multiple=True, help="The derivative along a direction: x=1,y=-2.")
@options.shape
@options.report_format("diff")
@options.digits
@options.allow_nonfinite
def command(
    request: FormulaRequest,
    order: int | None,
    hessian: bool,
    jacobian: bool,
    direction: tuple[str, ...],
    shape: tuple[str, ...],
    form: str,
    digits: int,
    allow_nonfinite: bool,
) -> None:
    """Write the derivatives of EXPR as formulas, which read back as programs.

    Formulas of arrays need shapes, by --shape or from the values of --at; at a point the values are told as well.

    \b
    graphdiff diff "x^3*y" --wrt x
    graphdiff diff "x^3*y" --hessian
    graphdiff diff "sum((W@x)^2)" --shape W=2x3,x=3
    graphdiff diff "sin(x*y)" --direction x=1,y=2 --at x=0,y=1
    """
    kinds = {"--order": order, "--hessian": hessian, "--jacobian": jacobian, "--direction": direction}
    given = [name for name, value in kinds.items() if value]
    if len(given) > 1 or (direction and request.wrt):
        both = [*given, "--wrt"][:2]
        raise GraphdiffError("usage", f"both {both[0]} and {both[1]} are given", hint="leave one out")
    source, graph, point = request.read()
    shapes = read_shapes(graph, shape, point)
    along = read_point(graph, direction, "--direction")
    with told_of_shapes(graph, shapes):
        found = _derivatives(graph, request.names, order or 1, hessian, jacobian, along, shapes)
    if request.at:
        from graphdiff.passes.trace import value

        found = [each._replace(value=value(each.graph, point)) for each in found]
        wrong = next((each for each in found if not is_finite(each.value)), None)
        if wrong is not None and not allow_nonfinite:
            by = f" by {', '.join(map(shortened, wrong.by))}" if wrong.by else ""
            number = first_nonfinite(wrong.value)
            raise GraphdiffError(
                "nonfinite",
                f"the derivative{by} is {number} at this point",
                hint="without --at it is a formula",
            )
    name = graph.nodes[graph.output].name
    write_report("diff", form, found, expression=source.text, digits=digits, output=name, shapes=shapes)


def _derivatives(
    graph: Graph,
    wrt: Sequence[str] | None,
    order: int,
    hessian: bool,
    jacobian: bool,
    direction: Mapping[str, Any],
    shapes: Mapping[str, Shape],
) -> list[Derivative]:
    from graphdiff.passes import derivative, tangent
    from graphdiff.passes import jacobian as jacobians

    if direction:
        moving = {name: to_tuples(value) for name, value in direction.items()}
        return [Derivative((), tangent.tangent(graph, moving, shapes))]
    names = derivatives_by(graph, wrt)
    if not names:
        raise GraphdiffError("value", "there is no input to differentiate by", graph.source)
    if hessian:
        pairs = combinations_with_replacement(names, 2)
        return [Derivative(pair, jacobians.hessian(graph, *pair, shapes=shapes)) for pair in pairs]
    if jacobian:
        return [Derivative((name,), jacobians.jacobian(graph, name, shapes=shapes)) for name in names]
    return [
        Derivative((name,) * order, derivative.derivative(graph, name, order=order, shapes=shapes)) for name in names
    ]

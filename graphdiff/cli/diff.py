"""graphdiff diff: print derivatives as formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import write_report
from graphdiff.cli.point import read_values
from graphdiff.cli.shapes import complete_shapes, explain_missing_shapes
from graphdiff.cli.tracing import warn_of, with_option_hints
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.nonfinite import first_nonfinite
from graphdiff.passes.point import ConstantExpression, derivatives_by
from graphdiff.passes.values import is_finite, to_tuples
from graphdiff.report.derivatives import Derivative
from graphdiff.writing.spelling import plain_number_text

HIGHEST_ORDER = 20


HELP = """\
Print the derivatives of EXPR as formulas.

The formulas can be used as EXPR again. Array inputs need shapes, from --shape or from the values of --at. With
--at, the values of the derivatives are shown as well.

\b
graphdiff diff "x^3*y" --wrt x
graphdiff diff "x^3*y" --hessian
graphdiff diff "sum((W@x)^2)" --shape W=2x3,x=3
graphdiff diff "sin(x*y)" --direction x=1,y=2 --at x=0,y=1
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(cls=ExpressionCommand, name="diff", help=HELP)
@formula_and_point
@click.option(
    "--order",
    type=options.Count(1, HIGHEST_ORDER),
    metavar="N",
    show_default="1",
    help="Differentiate N times with respect to each input.",
)
@click.option("--hessian", is_flag=True, help="The second derivatives with respect to every pair of inputs.")
@click.option("--jacobian", is_flag=True, help="The derivatives of every entry of an array output.")
@click.option(
    "--direction",
    metavar="VALUES",
    multiple=True,
    help="The derivative along a direction: x=1,y=-2. May be repeated.",
)
@options.shape
@options.report_format("diff")
@options.precision
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
    precision: int | None,
    digits: int,
    allow_nonfinite: bool,
) -> None:
    """Run graphdiff diff."""
    kinds = {"--order": order, "--hessian": hessian, "--jacobian": jacobian, "--direction": direction}
    names = [name for name, value in kinds.items() if value]
    if len(names) > 1 or (direction and request.wrt):
        raise options.conflict(*[*names, "--wrt"][:2])
    formula, graph, origin = request.read(precision is not None, shape)
    shapes = complete_shapes(graph, formula.shapes, formula.point)
    along = read_values(direction, "--direction", precision is not None).point(graph)
    with explain_missing_shapes(graph, shapes):
        derivatives = _derivatives(graph, formula.wrt, order or 1, hessian, jacobian, along, shapes, bool(request.at))
    if request.at:
        derivatives = _at_point(graph, derivatives, formula.point, shapes, along or None, precision)
        if not allow_nonfinite:
            _check_finite(derivatives)
    name = graph.nodes[graph.output].name
    shown = options.shown_digits(digits, precision)
    write_report("diff", form, derivatives, origin=origin, digits=shown, output=name, shapes=shapes)
    warn_of([inaccuracy for each in derivatives for inaccuracy in each.accuracy], graph)


def _at_point(
    function: Graph,
    derivatives: Sequence[Derivative],
    point: Mapping[str, Any],
    shapes: Mapping[str, Shape],
    direction: Mapping[str, Any] | None,
    precision: int | None,
) -> list[Derivative]:
    """The derivatives with their values at a point, in 64 bits or to so many digits."""
    from graphdiff.accuracy.derivative import derivative_values

    formulas = [(each.by, each.graph) for each in derivatives]
    values = derivative_values(function, formulas, point, shapes, direction, precision)
    return [
        each._replace(value=value, accuracy=with_option_hints(accuracy), differentiable=differentiable)
        for each, (value, accuracy, differentiable) in zip(derivatives, values, strict=True)
    ]


def _check_finite(derivatives: Sequence[Derivative]) -> None:
    """Raises GraphdiffError("nonfinite") for the first derivative whose value is not finite."""
    for each in derivatives:
        if not is_finite(each.value):
            inputs = f" with respect to {', '.join(map(shorten, each.by))}" if each.by else ""
            right = next((one.right for one in each.accuracy if one.right is not None), None)
            truth = "" if right is None else f"; the right value is {plain_number_text(right)}"
            raise GraphdiffError(
                "nonfinite",
                f"the derivative{inputs} is {first_nonfinite(each.value)} at this point{truth}",
                hint="--allow-nonfinite reports it; without --at, only the formula is printed",
            )


def _matrices(
    graph: Graph, names: Sequence[str], hessian: bool, shapes: Mapping[str, Shape], is_at_point: bool
) -> list[Derivative]:
    """Jacobians or Hessians; their columns are made only where they are evaluated or have no form of a matrix."""
    from graphdiff.passes import jacobian as jacobians
    from graphdiff.textbook.jacobians import matrix_hessians, matrix_jacobian

    inputs: list[tuple[str, ...]]
    if hessian:
        inputs = list(combinations_with_replacement(names, 2))
        forms = matrix_hessians(graph, names, shapes)
    else:
        inputs = [(name,) for name in names]
        forms = [matrix_jacobian(graph, name, shapes) for name in names]
    graphs: list[Graph]
    if hessian and (is_at_point or not any(forms)):
        graphs = jacobians.hessians(graph, names, shapes)
    else:
        graphs = [
            form.graph
            if form and not is_at_point
            else jacobians.hessian(graph, *by, shapes=shapes)
            if hessian
            else jacobians.jacobian(graph, *by, shapes=shapes)
            for by, form in zip(inputs, forms, strict=True)
        ]
    return [
        Derivative(by, each, form=form.graph, notes=form.notes) if form else Derivative(by, each)
        for by, each, form in zip(inputs, graphs, forms, strict=True)
    ]


def _derivatives(
    graph: Graph,
    wrt: Sequence[str] | None,
    order: int,
    hessian: bool,
    jacobian: bool,
    direction: Mapping[str, Any],
    shapes: Mapping[str, Shape],
    is_at_point: bool,
) -> list[Derivative]:
    from graphdiff.passes import derivative, tangent

    if direction:
        for name, value in direction.items():
            if isinstance(value, ConstantExpression):
                message = f"the direction by {shorten(name)} must be a number or an array of them, with --precision"
                raise GraphdiffError("value", message, hint="write a decimal, or scale the direction: x=1,y=3 for 1/3")
        components = {name: to_tuples(value) for name, value in direction.items()}
        return [Derivative((), tangent.tangent(graph, components, shapes))]
    names = derivatives_by(graph, wrt)
    if not names:
        raise GraphdiffError("value", "the expression has no input to differentiate with respect to", graph.source)
    if hessian or jacobian:
        return _matrices(graph, names, hessian, shapes, is_at_point)
    graphs = derivative.derivatives(graph, names, order, shapes)
    return [Derivative((name,) * order, each) for name, each in zip(names, graphs, strict=True)]

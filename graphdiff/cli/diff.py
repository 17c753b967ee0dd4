"""graphdiff diff: print derivatives as formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import click

from graphdiff.cli import options
from graphdiff.cli.formula_request import FormulaRequest, formula_and_point
from graphdiff.cli.output import write_report
from graphdiff.cli.point import read_values
from graphdiff.cli.shapes import complete_shapes, explain_missing_shapes
from graphdiff.cli.words import ExpressionCommand
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.point import ConstantExpression, derivatives_by
from graphdiff.passes.values import is_finite, to_tuples
from graphdiff.report.derivatives import Derivative
from graphdiff.writing.spelling import plain_number_text

if TYPE_CHECKING:
    from graphdiff.textbook.derivatives import Formula

HIGHEST_ORDER = 20


HELP = """\
Print the derivatives of EXPR as formulas, as a person would write them.

The formulas can be used as EXPR again; a comment says where one does not hold. Array inputs need shapes, from --shape
or from the values of --at. With --at, the values of the derivatives are shown as well.

\b
graphdiff diff "x^3*y" --wrt x
graphdiff diff "x^3*y" --hessian
graphdiff diff "sin(x)^2*cos(x)" --steps
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
@click.option("--steps", is_flag=True, help="Show how the derivative is derived, rule by rule.")
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
    steps: bool,
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
    if steps and direction:
        raise options.conflict("--steps", "--direction")
    components = read_values(direction, "--direction", precision is not None).by_input(request.names)
    formula, graph, origin = request.read(precision is not None, shape, direction=components.by_name)
    shapes = complete_shapes(graph, formula.shapes, formula.point)
    along = components.point(graph)
    with explain_missing_shapes(graph, shapes):
        by = [()] if along else _inputs_of(graph, formula.wrt, order or 1, hessian)
        formulas = [None] if along else _formulas(graph, by, shapes, hessian, jacobian)
        needed = by if request.at else [each for each, formula in zip(by, formulas, strict=True) if formula is None]
        computed = dict(zip(needed, _computed(graph, needed, hessian, jacobian, along, shapes), strict=True))
        derivatives = [
            Derivative(each, *(formula or (computed[each],))) for each, formula in zip(by, formulas, strict=True)
        ]
    if steps:
        derivatives = _with_derivations(graph, derivatives, shapes)
    if request.at:
        derivatives = _at_point(graph, derivatives, computed, formula.point, shapes, along or None, precision)
        if not allow_nonfinite:
            _check_finite(derivatives)
    name = graph.nodes[graph.output].name
    shown = options.shown_digits(digits, precision)
    write_report("diff", form, derivatives, origin=origin, digits=shown, output=name, shapes=shapes)
    if accuracy := [inaccuracy for each in derivatives for inaccuracy in each.accuracy]:
        from graphdiff.cli.tracing import warn_of  # lazy, as all that a formula without a point does not need

        warn_of(accuracy, graph)


def _with_derivations(graph: Graph, derivatives: Sequence[Derivative], shapes: Mapping[str, Shape]) -> list[Derivative]:
    """The derivatives with their derivations, order by order."""
    from graphdiff.textbook.steps.derivation import derivations

    by = [each.by for each in derivatives]
    names = list(dict.fromkeys(name for each in by for name in each))
    formulas = {each.by: each.graph for each in derivatives}
    for each in by:
        for order in range(1, len(each)):
            if each[:order] not in formulas:
                formulas[each[:order]] = _lower(graph, each[:order], names, shapes)
    own = derivations(graph, by, formulas, shapes)
    return [each._replace(derivations=steps) for each, steps in zip(derivatives, own, strict=True)]


def _lower(graph: Graph, by: tuple[str, ...], names: Sequence[str], shapes: Mapping[str, Shape]) -> Graph:
    """The derivative of a lower order by an input, which keeps the inputs with these names."""
    from graphdiff.passes.derivative import derivatives

    (formula,) = _formulas(graph, [by], shapes, False, False)
    return formula.graph if formula else derivatives(graph, by[:1], len(by), shapes, names)[0]


def _at_point(
    function: Graph,
    derivatives: Sequence[Derivative],
    computed: Mapping[tuple[str, ...], Graph],
    point: Mapping[str, Any],
    shapes: Mapping[str, Shape],
    direction: Mapping[str, Any] | None,
    precision: int | None,
) -> list[Derivative]:
    """The derivatives with the values at a point of those that are computed, in 64 bits or to so many digits."""
    from graphdiff.accuracy.derivative import derivative_values
    from graphdiff.cli.tracing import with_option_hints

    formulas = [(each.by, computed[each.by]) for each in derivatives]
    values = derivative_values(function, formulas, point, shapes, direction, precision)
    return [
        each._replace(value=value, accuracy=with_option_hints(accuracy), differentiable=differentiable)
        for each, (value, accuracy, differentiable) in zip(derivatives, values, strict=True)
    ]


def _check_finite(derivatives: Sequence[Derivative]) -> None:
    """Raises GraphdiffError("nonfinite") for the first derivative whose value is not finite."""
    for each in derivatives:
        if not is_finite(each.value):
            from graphdiff.passes.nonfinite import first_nonfinite

            inputs = f" with respect to {', '.join(map(shorten, each.by))}" if each.by else ""
            right = next((one.right for one in each.accuracy if one.right is not None), None)
            truth = "" if right is None else f"; the right value is {plain_number_text(right)}"
            raise GraphdiffError(
                "nonfinite",
                f"the derivative{inputs} is {first_nonfinite(each.value)} at this point{truth}",
                hint="--allow-nonfinite reports it; without --at, only the formula is printed",
            )


def _inputs_of(graph: Graph, wrt: Sequence[str] | None, order: int, hessian: bool) -> list[tuple[str, ...]]:
    """The inputs of each derivative, in order. Raises GraphdiffError("value") where there is nothing to derive by."""
    names = derivatives_by(graph, wrt)
    if not names:
        raise GraphdiffError("value", "the expression has no input to differentiate with respect to", graph.source)
    return list(combinations_with_replacement(names, 2)) if hessian else [(name,) * order for name in names]


def _formulas(
    graph: Graph, by: Sequence[tuple[str, ...]], shapes: Mapping[str, Shape], hessian: bool, jacobian: bool
) -> Sequence[Formula | None]:
    """What each derivative is printed as; None where that is what is computed."""
    if not (hessian or jacobian) and len(by[0]) == 1:
        return [None] * len(by)
    from graphdiff.textbook.derivatives import formulas_of

    return formulas_of(graph, by, shapes, hessian, jacobian)


def _computed(
    graph: Graph,
    by: Sequence[tuple[str, ...]],
    hessian: bool,
    jacobian: bool,
    direction: Mapping[str, Any],
    shapes: Mapping[str, Shape],
) -> list[Graph]:
    """The derivatives as they are computed."""
    if not by:
        return []
    from graphdiff.passes import derivative, tangent

    if direction:
        for name, value in direction.items():
            if isinstance(value, ConstantExpression):
                message = f"the direction by {shorten(name)} must be a number or an array of them, with --precision"
                raise GraphdiffError("value", message, hint="write a decimal, or scale the direction: x=1,y=3 for 1/3")
        components = {name: to_tuples(value) for name, value in direction.items()}
        return [tangent.tangent(graph, components, shapes)]
    names = [each[0] for each in by]
    if not (hessian or jacobian):
        return derivative.derivatives(graph, names, len(by[0]), shapes)
    from graphdiff.passes import jacobian as jacobians

    if hessian:
        return jacobians.hessians(graph, by, shapes)
    return [jacobians.jacobian(graph, name, shapes=shapes) for name in names]

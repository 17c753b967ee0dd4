"""What derivatives of high order, Jacobians and Hessians are printed as.

A derivative of high order comes from a short form of the one before, so that it stays short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative import derivatives, shapes_in
from graphdiff.textbook.form import step_form
from graphdiff.textbook.matrices.form import MatrixForm
from graphdiff.textbook.matrices.jacobians import matrix_hessians, matrix_jacobian
from graphdiff.textbook.scalars.expressions import TooLargeError


class Formula(NamedTuple):
    """The graph of a derivative, for printing, and what to know of it: sentences without a full stop."""

    graph: Graph
    notes: tuple[str, ...] = ()


def formulas_of(
    graph: Graph, by: Sequence[tuple[str, ...]], shapes: Mapping[str, Shape], hessian: bool, jacobian: bool
) -> list[Formula | None]:
    """What each derivative by these inputs is printed as; None where it is printed as it is computed.

    Raises GraphdiffError as passes.derivative.derivatives does.
    """
    if jacobian:
        return [_of_matrix(matrix_jacobian(graph, name, shapes)) for (name,) in by]
    if graph.is_elementwise and not any(shapes.values()):
        formulas = derivative_formulas(graph, by, shapes)
        return [None] * len(by) if formulas is None else [*formulas]
    if hessian:
        return [_of_matrix(form) for form in matrix_hessians(graph, by, shapes)]
    return [None] * len(by)


def _of_matrix(form: MatrixForm | None) -> Formula | None:
    return None if form is None else Formula(form.graph, form.notes)


def derivative_formulas(graph: Graph, by: Sequence[Sequence[str]], shapes: Mapping[str, Shape]) -> list[Formula] | None:
    """The formula of each derivative of an elementwise graph, by these inputs one after the other; None if one before
    the last is too long for another form than the computed one.

    Raises GraphdiffError as passes.derivative.derivatives does.
    """
    known: dict[tuple[str, ...], Formula] = {}
    firsts = list(dict.fromkeys(each[0] for each in by))
    names = list(dict.fromkeys(name for each in by for name in each))
    for name, first in zip(firsts, derivatives(graph, firsts, 1, shapes, names), strict=True):
        known[name,] = Formula(first)
    try:
        for each in by:
            for order in range(2, len(each) + 1):
                key = tuple(each[:order])
                if key not in known:
                    known[key] = _next(known[key[:-1]], each[order - 1], names, shapes)
        formulas = [(known[tuple(each)], each) for each in by]
        return [_shorter(formula, each[-1]) if len(each) > 2 else formula for formula, each in formulas]
    except TooLargeError:
        return None


def _next(formula: Formula, name: str, names: Sequence[str], shapes: Mapping[str, Shape]) -> Formula:
    """The derivative of a formula, by way of a short form of it."""
    short = _shorter(formula, name)
    (derivative,) = derivatives(short.graph, [name], 1, shapes_in(short.graph, shapes), names)
    return Formula(derivative, short.notes)


def _shorter(formula: Formula, name: str) -> Formula:
    """A formula in the form that its derivative by an input is made from."""
    form = step_form(formula.graph, name)
    return Formula(form.graph, (*formula.notes, *form.notes[0]))

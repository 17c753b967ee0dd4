"""Jacobians and Hessians as matrices, where they have the form of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.graph.graph import Graph
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative import derivatives, shapes_in
from graphdiff.passes.jacobian import jacobian_along
from graphdiff.textbook.contraction import NoMatrixFormError
from graphdiff.textbook.index_algebra import IndexAlgebra
from graphdiff.textbook.index_notation import ONLY, Factor, Term, Value, collect_factors, rename
from graphdiff.textbook.matrices import MOST_NODES, matrix_form, values_of, write_values

MOST_AXES = 2
"""The most axes of a derivative that is written as a matrix."""


def matrix_hessians(graph: Graph, names: Sequence[str], shapes: Mapping[str, Shape]) -> list[Graph | None]:
    """The second derivatives by each pair of these inputs, as passes.jacobian.hessians() orders them, in the form of
    matrices; None where there is none."""
    gradients = derivatives(graph, names, 1, shapes, names)
    return [
        matrix_jacobian(matrix_form(gradient, shapes), other, shapes)
        for place, gradient in enumerate(gradients)
        for other in names[place:]
    ]


def matrix_jacobian(graph: Graph, name: str, shapes: Mapping[str, Shape]) -> Graph | None:
    """The Jacobian of a formula by one of its inputs in the form of a matrix; None where there is none.

    The derivative along a direction v is linear in v: where it is A @ v + x*v, the Jacobian is A + diag(x).
    """
    direction = next(
        f"v{mark}" for mark in ("", *map(str, range(len(graph.nodes)))) if f"v{mark}" not in graph.names_in_use
    )
    along = jacobian_along(graph, name, direction, shapes_in(graph, shapes))
    if sum(along.needed) > MOST_NODES:
        return None
    algebra = IndexAlgebra()
    shape = tuple(shapes.get(name, ()))
    (value,) = values_of(along, algebra, {**shapes_in(along, shapes), direction: shape})
    if value.rank + len(shape) > MOST_AXES:
        return None
    vector = algebra.atoms.input(direction, shape)
    ((atom, _, _),) = vector.terms[0].factors
    matrix = _linear_map(algebra, value, atom, shape)
    try:
        return None if matrix is None else write_values(graph, algebra, [matrix])
    except NoMatrixFormError:
        return None


def _linear_map(algebra: IndexAlgebra, value: Value, atom: int, shape: Shape) -> Value | None:
    """The matrix of a value that is linear in an atom of this shape; None where index notation does not show it.

    The indices of the atom become axes: A[i, k] v[k] gives A[i, k], and x[i] v[i] gives x[i] δ[i, k].
    """
    expanded: Value | None = value
    while expanded is not None and (dependent := _dependent(algebra, atom).intersection(_atoms_in(value)) - {atom}):
        expanded = (
            algebra.expand(value, dependent) if all(algebra.atoms.table[each].is_sum for each in dependent) else None
        )
        if expanded is None or expanded == value:
            return None
        value = expanded
    rank = value.rank
    terms: list[Term] = []
    for term in value.terms:
        directions = [factor for factor in term.factors if factor.atom == atom]
        if len(directions) != 1 or directions[0].exponent != 1:
            return None
        factors = [factor for factor in term.factors if factor.atom != atom]
        names = {index: index + len(shape) for index in term.indices if index >= rank}
        identities: list[Factor] = []
        for axis, index in enumerate(directions[0].indices, rank):
            if index >= rank and index not in directions[0].indices[: axis - rank]:
                names[index] = axis
            elif index != ONLY:
                identity = algebra.atoms.identity(shape[axis - rank]).terms[0].factors[0]
                identities.append(identity._replace(indices=(names.get(index, index), axis)))
        product = [*rename(factors, names), *identities]
        terms.append(collect_factors(term.coefficient, product, rank + len(shape), {}, algebra.atoms.shapes))
    return algebra.simplest(algebra.collect(terms, value.shape + shape))


def _atoms_in(value: Value) -> set[int]:
    return {factor.atom for term in value.terms for factor in term.factors}


def _dependent(algebra: IndexAlgebra, atom: int) -> set[int]:
    """The atoms that contain an atom, and that itself."""
    dependent = {atom}
    for number, each in enumerate(algebra.atoms.table):
        if any(dependent.intersection(_atoms_in(operand)) for operand in each.operands):
            dependent.add(number)
    return dependent

"""Jacobians and Hessians as matrices, where they have the form of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.graph.graph import Graph
from graphdiff.operations.indexing import ALL, Item, expand_items
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative import derivatives, shapes_in
from graphdiff.passes.jacobian import jacobian_along
from graphdiff.textbook.form import textbook_form
from graphdiff.textbook.matrices.contraction import NoMatrixFormError
from graphdiff.textbook.matrices.form import MOST_NODES, MatrixForm, values_of, write_values
from graphdiff.textbook.matrices.index_algebra import IndexAlgebra
from graphdiff.textbook.matrices.index_notation import ONLY, Factor, Term, Value, collect_factors, rename
from graphdiff.textbook.matrices.unit_vectors import unit_vector

INDEX, INV, SOLVE = (PRIMITIVES[name] for name in ("index", "inv", "solve"))
MOST_AXES = 2
"""The most axes of a derivative that is written as a matrix."""


def matrix_hessians(
    graph: Graph, pairs: Sequence[tuple[str, ...]], shapes: Mapping[str, Shape]
) -> list[MatrixForm | None]:
    """The second derivatives by each pair of inputs in the form of matrices; None where there is none."""
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    if not any(shapes.get(name) for name in names):
        return [None] * len(pairs)
    firsts = list(dict.fromkeys(first for first, _ in pairs))
    gradients = derivatives(graph, firsts, 1, shapes, names)
    forms = {name: textbook_form([each], shapes) for name, each in zip(firsts, gradients, strict=True)}
    results: list[MatrixForm | None] = []
    for first, second in pairs:
        gradient, (notes,) = forms[first]
        form = matrix_jacobian(gradient, second, shapes)
        results.append(form and form._replace(notes=tuple(dict.fromkeys([*notes, *form.notes]))))
    return results


def matrix_jacobian(graph: Graph, name: str, shapes: Mapping[str, Shape]) -> MatrixForm | None:
    """The Jacobian of a formula by one of its inputs in the form of a matrix; where it has more axes than that, as a
    function of a direction. None where there is no such form, or the input is a number.

    The derivative along a direction v is linear in v: where it is A @ v + x*v, the Jacobian is A + diag(x).
    """
    shape = tuple(shapes.get(name, ()))
    if not shape:
        return None
    marks = ("", *map(str, range(len(graph.nodes))))
    direction = next(f"v{mark}" for mark in marks if f"v{mark}" not in graph.names_in_use)
    along = jacobian_along(graph, name, direction, shapes_in(graph, shapes))
    if sum(along.needed) > MOST_NODES:
        return None
    algebra = IndexAlgebra()
    shapes = {**shapes_in(along, shapes), direction: shape}
    (value,) = values_of(along, algebra, shapes)
    ((atom, _, _),) = algebra.atoms.input(direction, shape).terms[0].factors
    try:
        if value.rank + len(shape) > MOST_AXES and value.terms:
            form = write_values(along, algebra, [value], along, shapes)
            note = f"is the derivative along {direction}, an array of the shape of {name}"
            return form._replace(notes=(note, *form.notes))
        matrix = linear_map(algebra, value, atom, shape)
        return None if matrix is None else write_values(graph, algebra, [matrix], along, shapes)
    except NoMatrixFormError:
        return None


def linear_map(algebra: IndexAlgebra, value: Value, atom: int, shape: Shape) -> Value | None:
    """The matrix of a value that is linear in an atom of this shape; None where index notation does not show it.

    The indices of the atom become axes: A[i, k] v[k] gives A[i, k], and x[i] v[i] gives x[i] δ[i, k].
    """
    before = None
    while value != before:
        before, value = value, _as_products(algebra, value, atom)
        dependent = _dependent(algebra, atom).intersection(_atoms_in(value)) - {atom}
        expanded = algebra.expand(value, {each for each in dependent if algebra.atoms.table[each].is_sum})
        if expanded is None:
            return None
        value = expanded
    if _dependent(algebra, atom).intersection(_atoms_in(value)) - {atom}:
        return None
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


def _as_products(algebra: IndexAlgebra, value: Value, atom: int) -> Value:
    """A value with inv(A) @ b for solve(A, b), where b contains an atom, and a unit vector times x for x[0]."""
    atoms, dependent = algebra.atoms, _dependent(algebra, atom)
    terms: list[Term] = []
    for term in value.terms:
        factors: list[Factor] = []
        coefficient = term.coefficient
        free = max([value.rank, *[index + 1 for index in term.indices]])
        for factor in term.factors:
            operation, operands = atoms.table[factor.atom].operation, atoms.table[factor.atom].operands
            is_linear = operation in (SOLVE, INDEX) and factor.exponent == 1
            if not is_linear or not dependent.intersection(_atoms_in(operands[-1])):
                factors.append(factor)
                continue
            right = atoms.factor_of(operands[-1])
            names = {index: free + operands[-1].rank + index for index in right.indices if index >= operands[-1].rank}
            if operation is SOLVE:
                ((inverse, _, _),) = atoms.call(INV, operands[:1], {}, operands[0].shape).terms[0].factors
                factors.append(Factor(inverse, (factor.indices[0], free)))
                names |= {0: free, **dict(enumerate(factor.indices[1:], 1))}
            else:
                units = _units(algebra, atoms.table[factor.atom].parameters["items"], operands[0], factor, free)
                if units is None:
                    return value
                factors += [each._replace(indices=(free + axis,)) for axis, each in units[0].items()]
                names |= units[1]
            factors += rename(right.factors, names)
            coefficient = coefficient.times(right.coefficient)
            free = max([free, *names.values()]) + 1
        terms.append(collect_factors(coefficient, factors, value.rank, {}, atoms.shapes))
    return algebra.collect(terms, value.shape)


def _units(
    algebra: IndexAlgebra, items: Sequence[Item], operand: Value, factor: Factor, free: int
) -> tuple[dict[int, Factor], dict[int, int]] | None:
    """For an index with constant places, the unit vectors by axis of the operand, and the names of its axes."""
    units: dict[int, Factor] = {}
    names: dict[int, int] = {}
    left = iter(factor.indices)
    for axis, item in enumerate(expand_items(items, operand.shape)):
        if item == ALL:
            names[axis] = next(left)
        elif item[0] == "index":
            size = operand.shape[axis]
            (units[axis],) = unit_vector(algebra.atoms, item[1] % size, size).terms[0].factors
            names[axis] = free + axis
        else:
            return None
    return units, names

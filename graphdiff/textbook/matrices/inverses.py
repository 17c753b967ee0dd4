"""Inverse matrices in index notation: A @ inv(A) = I, inv(A @ B) = inv(B) @ inv(A) where A and B are square."""

from __future__ import annotations

from graphdiff.algebra.readable import Ratio, ratio
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.textbook.matrices.atoms import Atoms
from graphdiff.textbook.matrices.index_notation import Factor, Term, Value, collect_factors, sizes_of

INV = PRIMITIVES["inv"]


def cancel_inverses(atoms: Atoms, term: Term, rank: int) -> Term:
    """A term without matrices next to their inverses."""
    while (product := _first_cancelled(atoms, term)) is not None:
        sizes = sizes_of(term.factors, atoms.shapes)
        meeting, factors = product
        sums = {index: size for index, size in sizes.items() if index >= rank and index != meeting}
        term = collect_factors(term.coefficient, factors, rank, sums, atoms.shapes)
    return term


def _first_cancelled(atoms: Atoms, term: Term) -> tuple[int, list[Factor]] | None:
    """An index at which a matrix meets its inverse, and the factors with an identity matrix in place of these; None if
    there is none."""
    for factor in term.factors:
        if atoms.table[factor.atom].operation is not INV or len(factor.indices) != 2 or factor.exponent != 1:
            continue
        inner = atoms.factor_of(atoms.table[factor.atom].operands[0])
        if len(inner.factors) != 1:
            continue
        for other in term.factors:
            if other.atom != inner.factors[0].atom or other.exponent != 1:
                continue
            joined = _joined_ends(factor, other, atoms.shapes[other.atom].is_symmetric)
            if joined is None or sum(joined[0] in each.indices for each in term.factors) != 2:
                continue
            (identity,) = atoms.identity(atoms.shapes[factor.atom].shape[0]).terms[0].factors
            others = [each for each in term.factors if each is not factor and each is not other]
            return joined[0], [*others, identity._replace(indices=joined[1:])]
    return None


def _joined_ends(inverse: Factor, matrix: Factor, is_symmetric: bool) -> tuple[int, int, int] | None:
    """The index at which a matrix and its inverse meet, and their two others; None if they do not meet."""
    for slot in (0, 1):
        ends = (1 - slot, slot) if is_symmetric else (1 - slot,)
        for end in ends:
            if inverse.indices[slot] == matrix.indices[end] and inverse.indices[slot] != inverse.indices[1 - slot]:
                return inverse.indices[slot], inverse.indices[1 - slot], matrix.indices[1 - end]
    return None


def split_inverses(atoms: Atoms, term: Term, rank: int) -> Term | None:
    """A term with inverses of products split into products of inverses, if these cancel; else None."""
    for factor in term.factors:
        if atoms.table[factor.atom].operation is INV and len(factor.indices) == 2 and factor.exponent == 1:
            product = _inverse_of_product(atoms, atoms.table[factor.atom].operands[0])
            if product is not None:
                sums = {index: size for index, size in sizes_of(term.factors, atoms.shapes).items() if index >= rank}
                free = max([rank, *[index + 1 for index in sums]])
                names = {0: factor.indices[0], 1: factor.indices[1]}
                others = [each for each in term.factors if each is not factor]
                parts = [
                    each._replace(indices=tuple([names.get(index, index + free) for index in each.indices]))
                    for each in product.factors
                ]
                coefficient = term.coefficient.times(product.coefficient)
                whole = collect_factors(coefficient, [*others, *parts], rank, sums, atoms.shapes)
                whole = cancel_inverses(atoms, whole, rank)
                if len(whole.factors) <= len(term.factors):
                    return whole
    return None


def _inverse_of_product(atoms: Atoms, value: Value) -> Term | None:
    """The inverse of a product of square matrices, from the last to the first; None if a value is none."""
    if len(value.terms) != 1 or len(value.terms[0].factors) < 2 or value.terms[0].coefficient.above == 0:
        return None
    coefficient, factors = value.terms[0]
    pending, index, parts = list(factors), 0, list[Factor]()
    while pending:
        around = [each for each in pending if index in each.indices]
        if len(around) != 1 or atoms.shapes[around[0].atom].shape != value.shape or around[0].exponent != 1:
            return None
        (factor,) = around
        pending.remove(factor)
        first, second = factor.indices
        is_transposed = second == index
        following = first if is_transposed else second
        ((inverse, _, _),) = inverse_of(atoms, factor.atom).terms[0].factors
        parts.append(Factor(inverse, (index, following) if is_transposed else (following, index)))
        index = following
    # The path went from axis 0 to axis 1; that of the inverse goes from axis 1 to axis 0.
    swapped = {0: 1, 1: 0}
    named = [part._replace(indices=tuple([swapped.get(each, each) for each in part.indices])) for part in parts]
    return Term(ratio(coefficient.below, coefficient.above), tuple(named)) if index == 1 else None


def inverse_of(atoms: Atoms, number: int) -> Value:
    """The inverse of an atom that is a square matrix; of an inverse, what it is the inverse of."""
    atom = atoms.table[number]
    shape = atoms.shapes[number].shape
    if atom.operation is INV and len(atom.operands[0].terms) == 1 and len(atom.operands[0].terms[0].factors) == 1:
        return atom.operands[0]
    whole = Value(shape, (Term(Ratio(1.0), (Factor(number, (0, 1)),)),))
    return atoms.call(INV, [whole], {}, shape)

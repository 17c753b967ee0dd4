"""Common factors of sums in index notation: A @ x + A.T @ x as (A + A.T) @ x, s*x - s*y as s*(x - y)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from graphdiff.algebra.readable import ONE
from graphdiff.textbook.index_algebra import IndexAlgebra
from graphdiff.textbook.index_notation import Factor, Term, Value, collect_factors, rename

MOST_TERMS = 8
"""The most terms of a sum whose common factors are taken out."""


def with_common_factors(algebra: IndexAlgebra, value: Value) -> Value:
    """A sum with what is common to two terms taken out of them, as long as that is shorter."""
    while 1 < len(value.terms) <= MOST_TERMS:
        size = algebra.atoms.size(value)
        shorter = next((each for each in _factored(algebra, value) if algebra.atoms.size(each) < size), None)
        if shorter is None:
            break
        value = shorter
    return value


def _factored(algebra: IndexAlgebra, value: Value) -> Iterator[Value]:
    """A sum with each factor that two of its terms have taken out of them."""
    for first, second in combinations(value.terms, 2):
        for left in first.factors:
            for right in second.factors:
                if (left.atom, left.exponent) == (right.atom, right.exponent):
                    product = _taken_out(algebra, value, (first, left), (second, right))
                    if product is not None:
                        terms = [product if term is first else term for term in value.terms if term is not second]
                        yield value._replace(terms=tuple(terms))


def _taken_out(
    algebra: IndexAlgebra, value: Value, first: tuple[Term, Factor], second: tuple[Term, Factor]
) -> Term | None:
    """The product of a factor with the sum of what it is multiplied by in two terms.

    It has an index that is summed, and may have others that are axes, as the end of a matrix product does; or it has
    all axes, as a factor of entries does.
    """
    rank = value.rank
    (left_term, left), (right_term, right) = first, second
    summed = {slot for slot, index in enumerate(left.indices) if index >= rank}
    if summed != {slot for slot, index in enumerate(right.indices) if index >= rank} or len(summed) > 1:
        return None
    if any(left.indices[slot] != right.indices[slot] for slot in range(len(left.indices)) if slot not in summed):
        return None
    if not summed and set(left.indices) != set(value.axes):
        return None
    shape, atoms = value.shape, algebra.atoms
    if summed:
        (slot,) = summed
        shape = (*shape, atoms.shapes[left.atom].shape[slot])
    rests: list[Term] = []
    for term, factor in (first, second):
        others = [each for each in term.factors if each is not factor]
        names = {index: index + 1 for index in term.indices if index >= rank}
        for slot in summed:
            index = factor.indices[slot]
            if sum(index in each.indices for each in others) != 1:
                return None
            names[index] = rank
        rests.append(collect_factors(term.coefficient, rename(others, names), len(shape), {}, atoms.shapes))
    rest = algebra.collect(rests, shape)
    if len(rest.terms) < 2:
        return None
    inner = atoms.base_of(rest)
    common = left if not summed else left._replace(indices=tuple([min(index, rank) for index in left.indices]))
    return collect_factors(inner.coefficient, [*inner.factors, common], rank, {}, atoms.shapes)

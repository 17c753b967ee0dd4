"""Common factors of sums in index notation: A @ x + A.T @ x as (A + A.T) @ x, s*x - s*y as s*(x - y)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from graphdiff.textbook.matrices.index_algebra import IndexAlgebra
from graphdiff.textbook.matrices.index_notation import ONLY, Factor, Term, Value, collect_factors, rename, sizes_of

MOST_TERMS = 8
"""The most terms of a sum whose common factors are taken out."""
MOST_FACTORS = 10
"""The most factors of such a term."""
MOST_AXES = 2
"""The most axes of what is left of two terms."""


def with_common_factors(algebra: IndexAlgebra, value: Value) -> Value:
    """A sum with what is common to two terms taken out of them, as long as that is no longer; the shortest first."""
    while 1 < len(value.terms) <= MOST_TERMS:
        shortest = min(_factored(algebra, value), key=algebra.atoms.size, default=None)
        if shortest is None or algebra.atoms.size(shortest) > algebra.atoms.size(value):
            break
        value = shortest
    return value


def _factored(algebra: IndexAlgebra, value: Value) -> Iterator[Value]:
    """A sum with factors that two of its terms have taken out of them."""
    for first, second in combinations([term for term in value.terms if len(term.factors) <= MOST_FACTORS], 2):
        for left in first.factors:
            for right in second.factors:
                if left.atom != right.atom or not algebra.can_try():
                    continue
                common = _Common(first, second, value.rank)
                if common.add(left, right):
                    common.grow()
                    product = _taken_out(algebra, value, common)
                    if product is not None:
                        terms = [product if term is first else term for term in value.terms if term is not second]
                        yield value._replace(terms=tuple(terms))


class _Common:
    """Factors that two terms have in common, with the summed indices of the one by those of the other."""

    def __init__(self, first: Term, second: Term, rank: int) -> None:
        self.first = first
        self.second = second
        self.rank = rank
        self.lefts: list[Factor] = []
        self.rights: list[Factor] = []
        self.names: dict[int, int] = {}

    def add(self, left: Factor, right: Factor) -> bool:
        """Add a pair of factors if they are the same but for summed indices, which must fit those of earlier pairs."""
        if (left.atom, left.exponent) != (right.atom, right.exponent):
            return False
        names = dict(self.names)
        for index, other in zip(left.indices, right.indices, strict=True):
            are_summed = index >= self.rank, other >= self.rank
            if are_summed[0] != are_summed[1] or (not are_summed[0] and index != other):
                return False
            if are_summed[0] and (names.setdefault(index, other) != other or list(names.values()).count(other) > 1):
                return False
        self.names = names
        self.lefts.append(left)
        self.rights.append(right)
        return True

    def grow(self) -> None:
        """Add all pairs that have only axes, and those that follow along summed indices."""
        has_grown = True
        while has_grown:
            has_grown = False
            for left in _without(self.first.factors, self.lefts):
                for right in _without(self.second.factors, self.rights):
                    if left.atom != right.atom:
                        continue
                    is_next = all(index < self.rank for index in left.indices) or self._follows(left, right)
                    if is_next and self.add(left, right):
                        has_grown = True
                        break

    def _follows(self, left: Factor, right: Factor) -> bool:
        """Whether two factors are the only other ones at an index that the common factors have."""
        for index, other in self.names.items():
            around = [factor for factor in _without(self.first.factors, self.lefts) if index in factor.indices]
            others = [factor for factor in _without(self.second.factors, self.rights) if other in factor.indices]
            if around == [left] and others == [right]:
                return True
        return False


def _without(factors: Sequence[Factor], others: Sequence[Factor]) -> list[Factor]:
    return [each for each in factors if not any(each is factor for factor in others)]


def _are_joined(factors: Sequence[Factor], index: int) -> bool:
    """Whether all factors are reached from an index along summed and other indices: none is a number of its own."""
    reached, others = {index}, list(factors)
    while following := [factor for factor in others if reached.intersection(factor.indices)]:
        reached.update(index for factor in following for index in factor.indices if index != ONLY)
        others = _without(others, following)
    return not others


def _taken_out(algebra: IndexAlgebra, value: Value, common: _Common) -> Term | None:
    """The product of common factors with the sum of what they are multiplied by in two terms.

    The two parts share one summed index, as the factors of a matrix product do, or no index; or the common factors have
    all axes, as a factor of entries has.
    """
    rank, atoms = value.rank, algebra.atoms
    rests = _without(common.first.factors, common.lefts), _without(common.second.factors, common.rights)
    inner_indices = [{index for factor in rest for index in factor.indices} for rest in rests]
    links = [index for index, other in common.names.items() if index in inner_indices[0] or other in inner_indices[1]]
    if len(links) > 1 or any(
        common.names[index] not in inner_indices[1] or index not in inner_indices[0] for index in links
    ):
        return None
    axes = {index for factor in common.lefts for index in factor.indices if index < rank} - {ONLY}
    if axes & (inner_indices[0] | inner_indices[1]) and (links or axes != set(value.axes)):
        return None
    if links and not (_are_joined(rests[0], links[0]) and _are_joined(rests[1], common.names[links[0]])):
        return None
    sizes = sizes_of(common.first.factors, atoms.shapes)
    shape = (*value.shape, *[sizes[index] for index in links])
    terms: list[Term] = []
    for term, rest, link in (
        (common.first, rests[0], links),
        (common.second, rests[1], [common.names[index] for index in links]),
    ):
        names = {index: index + 1 for index in term.indices if index >= rank} | dict.fromkeys(link, rank)
        terms.append(collect_factors(term.coefficient, rename(rest, names), len(shape), {}, atoms.shapes))
    rest_value = algebra.collect(terms, shape)
    if len(rest_value.terms) < 2 or len(rest_value.axes) > MOST_AXES:
        return None
    inner = atoms.base_of(rest_value)
    outer = {index: index + 1 for index in common.names} | dict.fromkeys(links, rank)
    return collect_factors(inner.coefficient, [*inner.factors, *rename(common.lefts, outer)], rank, {}, atoms.shapes)

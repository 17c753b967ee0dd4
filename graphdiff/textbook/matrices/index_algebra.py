"""Sums and products in index notation: like terms are collected, sums are multiplied out where that is shorter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isqrt
from typing import Any, TypeAlias

from graphdiff.algebra.constants import decimal
from graphdiff.algebra.readable import MINUS, ONE, Ratio, ratio
from graphdiff.algebra.simplify import POW
from graphdiff.operations.shapes import Shape
from graphdiff.textbook.matrices.atoms import Atoms
from graphdiff.textbook.matrices.exceptions import Exceptions
from graphdiff.textbook.matrices.exponentials import without_negative_exponents
from graphdiff.textbook.matrices.index_notation import Factor, Term, Value, collect_factors, rename, sizes_of
from graphdiff.textbook.matrices.inverses import cancel_inverses, split_inverses

MOST_TERMS = 24
"""The most terms of a sum that is multiplied out."""
MOST_TRIES = 4
"""How often a sum is multiplied out in part to find a shorter one."""
MOST_ATTEMPTS = 2000
"""How often shorter forms of sums are looked for in one formula."""
MOST_FACTORS = 12
"""The most factors of a term that is multiplied by others; a longer product is a factor itself."""
LARGEST_POWER = 1000
LARGEST_ROOT = 2.0**52
"""Smaller whole numbers are floats without rounding."""


class IndexAlgebra:
    """The operations of index notation on values whose atoms are in one table.

    Attributes:
        atoms: The table.
        exceptions: Where identities do not hold that were used, by a value.
        transposes_vectors: Whether the formula has x.T @ y for x @ y, so that products are written in this way.
    """

    def __init__(self) -> None:
        self.atoms = Atoms()
        self.exceptions: dict[tuple[Exceptions, Value], None] = {}
        self.transposes_vectors = False
        self._attempts = 0

    def can_try(self) -> bool:
        """Whether another form of a sum may be tried, which counts."""
        self._attempts += 1
        return self._attempts <= MOST_ATTEMPTS

    def product(
        self, values: Sequence[Value], labels: Sequence[Sequence[int]], shape: Shape, sums: Mapping[int, int]
    ) -> Value:
        """The product of values in a shape; labels has for each axis of each value an axis of the shape, or an index
        above these, which is summed. sums has the sizes of these."""
        if not all(value.terms for value in values):
            return Value(shape, ())
        coefficient, factors = ONE, list[Factor]()
        free = max([len(shape), *[index + 1 for index in sums]])
        for value, names in zip(values, labels, strict=True):
            term = self.atoms.factor_of(value)
            term = self.atoms.base_of(value) if len(term.factors) > MOST_FACTORS else term
            coefficient = coefficient.times(term.coefficient)
            summed = sorted(index for index in term.indices if index >= value.rank)
            fresh = {index: free + place for place, index in enumerate(summed)}
            free += len(summed)
            factors += rename(term.factors, {**dict(enumerate(names)), **fresh})
        return self.simplest(Value(shape, (self._opened(coefficient, factors, len(shape), sums),)))

    def multiply(self, values: Sequence[Value], shape: Shape) -> Value:
        """The elementwise product of values that broadcast to a shape."""
        labels = [range(len(shape) - value.rank, len(shape)) for value in values]
        return self.product(values, labels, shape, {})

    def add(self, values: Iterable[Value], shape: Shape) -> Value:
        """The sum of values that broadcast to a shape."""
        terms = [term for value in values for term in self.summands(self.atoms.align(value, shape))]
        return self.simplest(self.collect(terms, shape))

    def collect(self, terms: Iterable[Term], shape: Shape) -> Value:
        """A sum of terms with like terms collected: x + x is 2*x."""
        coefficients: dict[tuple[Factor, ...], Ratio] = {}
        for term in terms:
            earlier = coefficients.get(term.factors)
            coefficients[term.factors] = term.coefficient if earlier is None else earlier.plus(term.coefficient)
        kept = [Term(coefficient, factors) for factors, coefficient in coefficients.items() if coefficient.above]
        return Value(shape, tuple(kept))

    def power(self, value: Value, exponent: float) -> Value | None:
        """A value to a power; None where it is not known to be (x^a)^b = x^(a*b), as for sqrt(x^2)."""
        if not value.terms or abs(exponent) > LARGEST_POWER:
            return None
        term = self.atoms.factor_of(value)
        is_whole = exponent.is_integer()
        is_plain = all(factor.exponent == 1 for factor in term.factors) and len(term.factors) == 1
        if not term.factors and not is_whole:
            root = self._root(term.coefficient) if exponent == 0.5 else None
            return None if root is None else Value(value.shape, (Term(root),))
        has_sums = any(index >= value.rank for index in term.indices)
        if has_sums or not ((is_whole and abs(exponent) <= 4) or (is_plain and term.coefficient == ONE)):
            term = self.atoms.base_of(value)
            if not is_whole and term.coefficient != ONE:
                return None
        coefficient = self._number_to(term.coefficient, exponent)
        if coefficient is None:
            return None
        factors = [factor._replace(exponent=factor.exponent * exponent) for factor in term.factors]
        return Value(value.shape, (collect_factors(coefficient, factors, value.rank, {}, self.atoms.shapes),))

    def summands(self, value: Value) -> list[Term]:
        """The terms of a value, those of c*(x + y) for a term that is only a sum."""
        terms: list[Term] = []
        for term in value.terms:
            is_sum = len(term.factors) == 1 and self._is_open(term.factors[0])
            is_sum = is_sum and len(self.atoms.table[term.factors[0].atom].operands[0].terms) > 1
            terms += self.expand_factor(term, term.factors[0], value.rank) if is_sum else [term]
        return terms

    def simplest(self, value: Value) -> Value:
        """The shortest of a value and what it is when sums in it are multiplied out."""
        if len(value.terms) > MOST_TERMS:
            return value
        size = self.atoms.size(value)
        for _ in range(MOST_TRIES):
            shorter = value
            for candidate in self._other_forms(value):
                candidate_size = self.atoms.size(candidate)
                if candidate_size < size:
                    shorter, size = candidate, candidate_size
            if shorter is value:
                break
            value = shorter
        return value

    def expand(self, value: Value, chosen: Iterable[int]) -> Value | None:
        """A value in which these sums are multiplied out; None if it has too many terms."""
        atoms, terms, pending = frozenset(chosen), list[Term](), list(value.terms)
        while pending:
            term = pending.pop(0)
            factor = next((each for each in term.factors if each.atom in atoms and each.exponent == 1), None)
            if factor is None:
                terms.append(term)
            else:
                pending = [*self.expand_factor(term, factor, value.rank), *pending]
            if len(terms) + len(pending) > MOST_TERMS:
                return None
        return self.collect(terms, value.shape)

    def expand_factor(self, term: Term, factor: Factor, rank: int) -> list[Term]:
        """The terms of a product with a sum, multiplied out."""
        (inner,) = self.atoms.table[factor.atom].operands
        others = [each for each in term.factors if each is not factor]
        sums = {index: size for index, size in sizes_of(term.factors, self.atoms.shapes).items() if index >= rank}
        free = max([rank, *[index + 1 for index in sums]])
        terms: list[Term] = []
        for each in inner.terms:
            names = {
                **dict(enumerate(factor.indices)),
                **{index: free + index for index in each.indices if index >= inner.rank},
            }
            coefficient = term.coefficient.times(each.coefficient)
            terms.append(self._opened(coefficient, [*others, *rename(each.factors, names)], rank, sums))
        return terms

    def _other_forms(self, value: Value) -> Iterable[Value]:
        """A value with each of the sums in it multiplied out, with all of them, and with inverses of products split."""
        factors = [each for term in value.terms for each in term.factors if self._is_open(each)]
        sums = {each.atom: None for each in factors if len(self.atoms.table[each.atom].operands[0].terms) > 1}
        choices: list[Iterable[int]] = [[atom] for atom in sums]
        for chosen in [*choices[:MOST_TERMS], *([list(sums)] if len(sums) > 1 else [])]:
            candidate = self.expand(value, chosen) if self.can_try() else None
            if candidate is not None:
                yield candidate
        for identity in (split_inverses, without_negative_exponents):
            others = [identity(self.atoms, term, value.rank) for term in value.terms]
            if any(others):
                terms = [new or term for new, term in zip(others, value.terms, strict=True)]
                yield self.collect(terms, value.shape)

    def _opened(self, coefficient: Ratio, factors: Sequence[Factor], rank: int, sums: Mapping[int, int]) -> Term:
        """The term of a product; a factor that is no sum any more, as (2*x) in (2*x)^2/(2*x), is multiplied out."""
        term = collect_factors(coefficient, factors, rank, sums, self.atoms.shapes)
        term = cancel_inverses(self.atoms, term, rank)
        for factor in term.factors:
            if self._is_open(factor) and self._is_short_product(factor):
                (term,) = self.expand_factor(term, factor, rank)
                return term
        return term

    def _is_short_product(self, factor: Factor) -> bool:
        inner = self.atoms.table[factor.atom].operands[0].terms
        return len(inner) == 1 and len(inner[0].factors) <= MOST_FACTORS

    def _is_open(self, factor: Factor) -> bool:
        return factor.exponent == 1 and self.atoms.table[factor.atom].is_sum

    def _root(self, number: Ratio) -> Ratio | None:
        """The square root of a number, if it is a quotient of whole numbers."""
        roots = [isqrt(int(part)) if part.is_integer() and 0 < part < LARGEST_ROOT else 0 for part in number]
        is_exact = all(root * root == part for root, part in zip(roots, number, strict=True))
        return Ratio(float(roots[0]), float(roots[1])) if is_exact else None

    def _number_to(self, number: Ratio, exponent: float) -> Ratio | None:
        """A number to a power; None where it is not known to be exact."""
        if number in (ONE, MINUS) and exponent.is_integer():
            return ONE if number == ONE or exponent % 2 == 0 else MINUS
        if number == ONE:
            return ONE
        above, below = (decimal(POW, [part, abs(exponent)]) for part in number)
        result = ratio(above, below) if exponent > 0 else ratio(below, above)
        return result if result.is_usable else None


Parameters: TypeAlias = Mapping[str, Any]
Rule: TypeAlias = Callable[[IndexAlgebra, Sequence[Value], Shape, Parameters], Value | None]
"""What an operation on values is in index notation, in a shape, with its options; None where that is not known."""

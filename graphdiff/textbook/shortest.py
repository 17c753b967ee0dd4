"""The shortest of a few forms of a sum: as it is, with common factors, over one denominator, multiplied out."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd, lcm

from graphdiff.textbook.algebra import Algebra
from graphdiff.textbook.division import divide_exactly
from graphdiff.textbook.expressions import ONE, Base, Kind, Number, Power, Product, Sum, quotient
from graphdiff.textbook.expressions import whole_if_possible as whole
from graphdiff.textbook.quotient import HALF, Factor, Quotient, as_quotient
from graphdiff.textbook.relations import reduce_squares

MOST_TERMS = 100
"""The most terms of a sum that is multiplied out."""
MOST_COLLECTED = 24
"""The most terms of a sum of which some are collected."""


class Shortest:
    """Finds the shortest forms of sums; the cost of a form is the number of operations in its text."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._forms: dict[Sum, Sum] = {}
        self._costs: dict[Sum, int] = {}
        self._expanded: dict[Sum, Sum] = {}

    def form(self, total: Sum) -> Sum:
        """The form with the fewest operations; of equal ones the first, which is the sum as it is."""
        known = self._forms.get(total)
        if known is None:
            self._forms[total] = total  # where a form leads back to this sum, this sum is shorter
            known = total
            for candidate in self._candidates(total):
                if self.cost(candidate) < self.cost(known):
                    known = candidate
            self._forms[total] = self._forms[known] = known
        return known

    def _candidates(self, total: Sum) -> Iterator[Sum]:
        reduced = reduce_squares(self.algebra, total)
        if reduced is not total:
            yield self.form(reduced)
        expanded = self.expand(total)
        if expanded is not None and expanded is not total:
            yield self.form(expanded)
        cleared = self._without_inner_fractions(total)
        if cleared is not total:
            yield self.form(cleared)
        if len(total.terms) > 1:
            for common in self._common_factors(total):
                yield self._factored(total, common)
            if 2 < len(total.terms) <= MOST_COLLECTED:
                yield from self._collected(total)

    def cost(self, total: Sum) -> int:
        """The operations of its text."""
        known = self._costs.get(total)
        if known is None:
            self.algebra.count(len(total.terms))
            terms = list(total.terms.items())
            quotients = [as_quotient(self.algebra, coefficient, product) for product, coefficient in terms]
            is_negative = bool(terms) and all([term.coefficient < 0 for term in quotients])
            known = self._costs[total] = sum(map(self._term_cost, quotients)) + max(len(terms) - 1, 0) + is_negative
        return known

    def _term_cost(self, term: Quotient) -> int:
        coefficient, above, below = term
        over = len(above) + (abs(coefficient.numerator) != 1)
        under = len(below) + (coefficient.denominator != 1)
        return max(over - 1, 0) + under + sum([self._factor_cost(factor) for factor in (*above, *below)])

    def _factor_cost(self, factor: Factor) -> int:
        base, exponent = factor
        if base.kind is Kind.EXP:
            assert isinstance(exponent, Sum)
            return 1 + self.cost(self.form(exponent))
        cost = 0
        if base.kind is Kind.SUM:
            cost = self.cost(base.content)
        elif base.kind is Kind.CALL:
            cost = 1 + sum([self.cost(argument) for argument in base.arguments])
        if isinstance(exponent, Sum):
            return cost + 1 + self.cost(self.form(exponent))
        return cost + (0 if exponent == 1 else 1 if exponent == HALF or isinstance(exponent, int) else 2)

    def expand(self, total: Sum) -> Sum | None:
        """A sum with all products of sums multiplied out; None if that has too many terms."""
        known = self._expanded.get(total)
        if known is not None:
            return known
        result = self.algebra.zero
        for product, coefficient in total.terms.items():
            part = self._expanded_product(product)
            if part is None:
                return None
            result = self.algebra.add([(1, result), (coefficient, part)])
        if len(result.terms) > MOST_TERMS:
            return None
        if result is not total and any([_sum_in(product) for product in result.terms]):
            return self.expand(result)
        self._expanded[total] = self._expanded[result] = result
        return result

    def _expanded_product(self, product: Product) -> Sum | None:
        algebra = self.algebra
        sums = [(base, power) for base, power in _sums_in(product)]
        part = algebra.term(1, {key: power for key, power in product.powers.items() if not _is_expandable(key, power)})
        for base, power in sums:
            content = base.content
            if len(content.terms) ** power > MOST_TERMS**2:
                return None
            for _ in range(power):
                if len(part.terms) * len(content.terms) > MOST_TERMS * 10:
                    return None
                products = [(each, algebra.distribute(algebra.sum({key: 1}), content)) for key, each in part.terms.items()]
                part = algebra.add(products)
        return part

    def _without_inner_fractions(self, total: Sum) -> Sum:
        """A sum in which the sums of quotients that are factors are quotients: x/(1 + a/b) is b*x/(b + a)."""
        algebra = self.algebra
        parts: list[tuple[Number, Sum]] = []
        for product, coefficient in total.terms.items():
            part = algebra.sum({product: 1})
            for (base, exponent), power in product.powers.items():
                if base.kind is Kind.SUM and exponent is ONE and isinstance(power, int):
                    denominators = _denominators(base.content)
                    if denominators:
                        clear = algebra.distribute(algebra.term(1, denominators), base.content)
                        inverse = algebra.multiply(algebra.of_base(base, -power), algebra.power(clear, power))
                        factor = algebra.power(algebra.term(1, denominators), -power)
                        part = algebra.multiply(algebra.multiply(part, inverse), factor)
            parts.append((coefficient, part))
        return algebra.add(parts)

    def _factored(self, total: Sum, common: dict[Power, Number]) -> Sum:
        """A sum as a number times a common factor times the shortest form of the rest."""
        algebra = self.algebra
        inverse = {key: -power for key, power in common.items()}
        content = _content(total)
        rest = algebra.add(
            [
                (quotient(coefficient, content), algebra.multiply(algebra.sum({product: 1}), algebra.term(1, inverse)))
                for product, coefficient in total.terms.items()
            ]
        )
        factor = algebra.term(content, common)
        for key, power in common.items():
            while power < 0 and _is_expandable(key, -power):
                expanded = self.expand(rest)
                shorter = expanded and divide_exactly(algebra, expanded, key[0].content)
                if not shorter:
                    break
                rest, power = shorter, power + 1
                factor = algebra.multiply(factor, algebra.of_base(key[0]))
        return algebra.multiply(factor, self.form(rest)) if rest.terms else algebra.zero

    def _common_factors(self, total: Sum) -> Iterator[dict[Power, Number]]:
        """The smallest powers in all terms; those of all denominators too; and those of the first term."""
        products = list(total.terms)
        smallest: dict[Power, Number] = {}
        in_all = set(products[0].powers)
        for product in products:
            in_all &= product.powers.keys()
            for key, power in product.powers.items():
                smallest[key] = min(smallest.get(key, power), power)
        everywhere = {key: power for key, power in smallest.items() if key in in_all}
        over_one = {key: power for key, power in smallest.items() if key in in_all or power < 0}
        first = {key: products[0].powers[key] for key in everywhere}
        if everywhere or _content(total) != 1:
            yield everywhere
        for other in (over_one, first):
            if other != everywhere:
                yield other

    def _collected(self, total: Sum) -> Iterator[Sum]:
        """Forms in which the terms that share a factor are collected: a*x + b*x + c is (a + b)*x + c."""
        algebra = self.algebra
        counts: dict[Power, list[Product]] = {}
        for product in total.terms:
            for key, power in product.powers.items():
                if power > 0:
                    counts.setdefault(key, []).append(product)
        for products in counts.values():
            if 1 < len(products) < len(total.terms):
                part = algebra.sum({product: total.terms[product] for product in products})
                collected = self.form(part)
                if collected is not part:
                    rest = algebra.sum({key: each for key, each in total.terms.items() if key not in part.terms})
                    yield self._joined(total, part, collected, self.form(rest))

    def _joined(self, total: Sum, part: Sum, collected: Sum, rest: Sum) -> Sum:
        """The sum of a collected part and the rest, in the order of the first terms."""
        first = next(iter(total.terms)) in part.terms
        return self.algebra.add([(1, each) for each in ((collected, rest) if first else (rest, collected))])


def _denominators(total: Sum) -> dict[Power, Number]:
    """The powers by which a sum is multiplied to have no denominators."""
    powers: dict[Power, Number] = {}
    for product in total.terms:
        for key, power in product.powers.items():
            if power < 0 and key[0].kind is not Kind.EXP:
                powers[key] = max(powers.get(key, 0), -power)
    return powers


def _content(total: Sum) -> Number:
    """The number of which all coefficients are multiples, with the sign of the first term."""
    coefficients = list(total.terms.values())
    above = gcd(*[coefficient.numerator for coefficient in coefficients])
    below = lcm(*[coefficient.denominator for coefficient in coefficients])
    is_negative = all([coefficient < 0 for coefficient in coefficients])
    return whole(Fraction(-above if is_negative else above, below))


def _sums_in(product: Product) -> list[tuple[Base, int]]:
    """The sums with positive whole powers that are factors of a product."""
    return [(key[0], power) for key, power in product.powers.items() if _is_expandable(key, power)]


def _sum_in(product: Product) -> bool:
    return bool(_sums_in(product))


def _is_expandable(key: Power, power: Number) -> bool:
    base, exponent = key
    return base.kind is Kind.SUM and exponent is ONE and isinstance(power, int) and power > 0

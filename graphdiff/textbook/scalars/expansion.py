"""Sums multiplied out, and brought over one denominator."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, lcm

from graphdiff.textbook.scalars.algebra import Algebra
from graphdiff.textbook.scalars.division import divide_exactly
from graphdiff.textbook.scalars.expressions import ONE, Base, Kind, Number, Power, Product, Sum, TooLargeError, quotient
from graphdiff.textbook.scalars.expressions import whole_if_possible as whole
from graphdiff.textbook.scalars.relations import reduce_squares

MOST_TERMS, FEW_TERMS = 2000, 64
"""The most products of terms when a sum is multiplied out for the next derivative, and as one of several forms."""
MOST_DENOMINATORS = 4
"""The most sums below the line that are multiplied into one denominator."""


class Expansion:
    """Multiplies sums out, each once."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._expanded: dict[Sum, Sum] = {}

    def expand(self, total: Sum, most: int = FEW_TERMS) -> Sum | None:
        """A sum with all products of sums multiplied out; None if that takes too many products of terms."""
        if total not in self._expanded:
            result = total
            while any([_sums_in(product) for product in result.terms]):
                if sum([_size(product) for product in result.terms]) > most:
                    return None
                parts = [(coefficient, self._expand_product(product)) for product, coefficient in result.terms.items()]
                result = self.algebra.add(parts)
            self._expanded[total] = self._expanded[result] = result
        return self._expanded[total]

    def _expand_product(self, product: Product) -> Sum:
        algebra = self.algebra
        part = algebra.term(1, {key: power for key, power in product.powers.items() if not is_expandable(key, power)})
        for base, power in _sums_in(product):
            for _ in range(power):
                each = [
                    (number, algebra.distribute(algebra.sum({one: 1}), base.content))
                    for one, number in part.terms.items()
                ]
                part = algebra.add(each)
        return part

    def is_worth_expanding(self, total: Sum, name: str) -> bool:
        """Whether the derivative of a sum by an input has fewer terms if it is multiplied out first: not that of
        n*(n - 1)*x^(n - 2) by x."""
        single = total.single
        return single is None or any([name in base.inputs for base, _ in _sums_in(single[1])])

    def over_one_denominator(self, total: Sum) -> Sum:
        """A common factor, with all denominators, times the rest multiplied out. It is the same for equal sums, so that
        it grows slowly from derivative to derivative. Raises TooLargeError where that has too many terms."""
        expanded = self.expand(total, MOST_TERMS)
        if expanded is None:
            raise TooLargeError
        reduced = reduce_squares(self.algebra, expanded)
        if len(reduced.terms) < 2:
            return reduced
        factor, rest = self.split(reduced, over_one(reduced), MOST_TERMS)
        return self.algebra.multiply(factor, self.expand(rest, MOST_TERMS) or rest)

    def _divided(self, product: Product, common: Mapping[Power, Number]) -> Sum:
        """A product over powers, each of which is subtracted: identities that join some of them come after that."""
        powers = dict(product.powers)
        for key, power in common.items():
            powers[key] = whole(powers.get(key, 0) - power)
        return self.algebra.term(1, powers)

    def split(self, total: Sum, common: Mapping[Power, Number], most: int = FEW_TERMS) -> tuple[Sum, Sum]:
        """A number times a common factor, and the rest of a sum; what the rest and a denominator share is cancelled."""
        algebra = self.algebra
        content = self.content_of(total)
        terms = [(each, self._divided(product, common)) for product, each in total.terms.items()]
        rest = algebra.scale(quotient(1, content), algebra.add(terms))
        factor = algebra.term(content, common)
        for key, power in common.items():
            while power < 0 and is_expandable(key, -power):
                expanded = self.expand(rest, most)
                shorter = None if expanded is None else divide_exactly(algebra, expanded, key[0].content)
                if shorter is None:
                    break
                rest, power = shorter, power + 1
                factor = algebra.multiply(factor, algebra.of_base(key[0]))
        return factor, rest

    def content_of(self, total: Sum) -> Number:
        """The number of which all coefficients are multiples; negative if all are. Decimals stay as they are typed, as
        in 0.3 - n, unless that saves a decimal, as in 0.5*x - 0.5*y."""
        coefficients = list(total.terms.values())
        above = gcd(*[coefficient.numerator for coefficient in coefficients])
        below = lcm(*[coefficient.denominator for coefficient in coefficients])
        content = Fraction(above, below)
        if below != 1 and self.algebra.as_ratio(content)[1] == 1:
            sizes = [abs(coefficient) for coefficient in coefficients]
            if sizes.count(content) <= 1 + sizes.count(1):
                content = Fraction(1)
        return whole(-content if all([coefficient < 0 for coefficient in coefficients]) else content)


def over_one(total: Sum) -> dict[Power, Number]:
    """The smallest powers of what all terms have, and of what some have below the line unless that is too much."""
    powers = smallest_powers(total, denominators=True)
    sums = [key for key, power in powers.items() if power < 0 and key[0].kind is Kind.SUM]
    return powers if len(sums) <= MOST_DENOMINATORS else smallest_powers(total)


def smallest_powers(total: Sum, denominators: bool = False) -> dict[Power, Number]:
    """The smallest powers of what all terms have, and with denominators of what some have below the line."""
    all_powers: dict[Power, list[Number]] = {}
    for product in total.terms:
        for key, power in product.powers.items():
            all_powers.setdefault(key, []).append(power)
    smallest: dict[Power, Number] = {}
    for key, powers in all_powers.items():
        if len(powers) == len(total.terms) or (denominators and key[0].kind is not Kind.EXP):
            least = min(powers)
            if key[1] is not ONE and least < 0:  # of exp(-x) and exp(-2*x), exp(-x)
                least = max(powers) if max(powers) < 0 and len(powers) == len(total.terms) else 0
            if least and (least < 0 or len(powers) == len(total.terms)):
                smallest[key] = least
    return smallest


def _size(product: Product) -> int:
    """How many terms a product has when it is multiplied out, before like terms are collected."""
    size = 1
    for base, power in _sums_in(product):
        size *= len(base.content.terms) ** min(power, 64)
    return size


def _sums_in(product: Product) -> list[tuple[Base, int]]:
    """The sums with positive whole powers that are factors of a product."""
    return [(key[0], int(power)) for key, power in product.powers.items() if is_expandable(key, power)]


def is_expandable(key: Power, power: Number) -> bool:
    """Whether a power is a positive whole one of a sum."""
    base, exponent = key
    return base.kind is Kind.SUM and exponent is ONE and isinstance(power, int) and power > 0

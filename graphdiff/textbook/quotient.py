"""How a product is written: as a quotient of powers."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from graphdiff.textbook.algebra import Algebra
from graphdiff.textbook.expressions import ONE, Base, Kind, Number, Product, Sum

HALF = Fraction(1, 2)


class Factor(NamedTuple):
    """A base and its exponent as they are written: a positive number, or a sum."""

    base: Base
    exponent: Number | Sum


class Quotient(NamedTuple):
    """The factors above and below the line."""

    above: list[Factor]
    below: list[Factor]


def as_quotient(algebra: Algebra, product: Product) -> Quotient:
    """A product as it is written: the powers of each base are one, sqrt(2)*sqrt(pi) is sqrt(2*pi)."""
    exponents: dict[Base, dict[Product, Number]] = {}
    roots: dict[Number, list[Base]] = {}
    for (base, exponent), power in product.powers.items():
        exponents.setdefault(base, {})[exponent] = power
    for base, terms in list(exponents.items()):
        if base.is_constant and [*terms] == [ONE] and abs(terms[ONE]) == HALF:
            roots.setdefault(terms[ONE], []).append(base)
    for power, bases in roots.items():
        if len(bases) > 1:
            for base in bases:
                del exponents[base]
            radicand = algebra.one
            for base in sorted(bases, key=lambda base: base.kind is not Kind.NUMBER):
                number = base.kind is Kind.NUMBER
                radicand = algebra.multiply(
                    radicand, algebra.number(base.content) if number else algebra.of_base(base)
                )
            exponents[algebra.whole_base(radicand)] = {ONE: power}
    result = Quotient([], [])
    for base, terms in sorted(exponents.items(), key=lambda item: _place(item[0], item[1])):
        if [*terms] == [ONE]:
            power = terms[ONE]
            (result.above if power > 0 else result.below).append(Factor(base, abs(power)))
            continue
        is_below = not base.is_constant and base.kind is not Kind.EXP and all([each < 0 for each in terms.values()])
        exponent = algebra.scale(-1 if is_below else 1, algebra.sum(terms))
        (result.below if is_below else result.above).append(Factor(base, exponent))
    return result


def _place(base: Base, terms: dict[Product, Number]) -> tuple[int, str]:
    """The sort key of a factor: constants, names in alphabetical order, sums of these, functions, sums of functions."""
    if base.is_constant and base.kind is not Kind.EXP:
        return 0, ""
    if [*terms] == [ONE]:
        if base.kind is Kind.INPUT:
            return 1, base.content
        if base.kind is Kind.SUM:
            return (2 if base.is_plain else 4), ""
    return 3, ""


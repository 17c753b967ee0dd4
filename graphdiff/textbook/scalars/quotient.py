"""How a product is written: as a quotient of powers."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from graphdiff.textbook.scalars.algebra import Algebra
from graphdiff.textbook.scalars.expressions import ONE, Base, Kind, Number, Product, Sum, inputs_of_product
from graphdiff.textbook.scalars.identities import RATIOS

HALF = Fraction(1, 2)


class Factor(NamedTuple):
    """A base and its exponent as they are written: a positive number, or a sum."""

    base: Base
    exponent: Number | Sum


class Quotient(NamedTuple):
    """A coefficient, and the factors above and below the line."""

    coefficient: Number
    above: list[Factor]
    below: list[Factor]


def as_quotient(algebra: Algebra, coefficient: Number, product: Product) -> Quotient:
    """A term as it is written: the powers of a base are one, sqrt(2)*sqrt(pi) is sqrt(2*pi), and -(a - b) is b - a."""
    exponents: dict[Base, dict[Product, Number]] = {}
    for (base, exponent), power in product.powers.items():
        exponents.setdefault(base, {})[exponent] = power
    _join_roots(algebra, exponents)
    _join_ratios(algebra, exponents)
    result = Quotient(coefficient, [], [])
    for base, terms in sorted(exponents.items(), key=lambda item: _place(item[0], item[1])):
        if [*terms] == [ONE] and base.kind is not Kind.EXP:
            power = terms[ONE]
            if power < 0:
                result.below.append(Factor(base, -power))
            elif result.coefficient < 0 and power == 1 and _is_difference(base):
                opposite = algebra.whole_base(algebra.scale(-1, base.content))
                result = result._replace(coefficient=-result.coefficient)
                result.above.append(Factor(opposite, 1))
            else:
                result.above.append(Factor(base, power))
        elif not base.is_constant and base.kind is not Kind.EXP and all([each < 0 for each in terms.values()]):
            result.below.append(Factor(base, algebra.scale(-1, algebra.sum(terms))))
        else:
            result.above.append(Factor(base, algebra.sum(terms)))
    return result


def _is_difference(base: Base) -> bool:
    """Whether a base is a sum with a minus in its text."""
    return base.kind is Kind.SUM and any([coefficient < 0 for coefficient in base.content.terms.values()])


def _join_roots(algebra: Algebra, exponents: dict[Base, dict[Product, Number]]) -> None:
    """Join the square roots of constants: they are positive."""
    roots: dict[Number, list[Base]] = {}
    for base, terms in exponents.items():
        if base.is_constant and [*terms] == [ONE] and terms[ONE] in (HALF, -HALF):
            roots.setdefault(terms[ONE], []).append(base)
    for power, bases in roots.items():
        if len(bases) > 1:
            for base in bases:
                del exponents[base]
            radicand = algebra.one
            for base in sorted(bases, key=lambda base: base.kind is not Kind.NUMBER):
                number = base.kind is Kind.NUMBER
                radicand = algebra.multiply(radicand, algebra.number(base.content) if number else algebra.of_base(base))
            exponents[algebra.whole_base(radicand)] = {ONE: power}


def _join_ratios(algebra: Algebra, exponents: dict[Base, dict[Product, Number]]) -> None:
    """Write sin(x)/cos(x) as tan(x)."""
    for base, terms in list(exponents.items()):
        ratio = next((each for each, (above, _) in RATIOS.items() if base.operation is above), None)
        if ratio is None or [*terms] != [ONE] or terms[ONE].denominator != 1:
            continue
        other = algebra.call_base(RATIOS[ratio][1], base.arguments)
        if exponents.get(other) == {ONE: -terms[ONE]}:
            del exponents[base], exponents[other]
            exponents[algebra.call_base(ratio, base.arguments)] = terms


def _place(base: Base, terms: dict[Product, Number]) -> tuple[int, str, Number]:
    """The sort key of a factor: constants, names in alphabetical order, sums of these by their numbers as in
    (n - 1)*(n - 2), functions, sums of functions, functions of constants as in 2^x*log(2)."""
    if base.is_constant and not any([inputs_of_product(exponent) for exponent in terms]):
        return (5 if base.kind is Kind.CALL else 0), "", 0
    if [*terms] == [ONE]:
        if base.kind in (Kind.INPUT, Kind.NAMED):
            return 1, base.name or base.content, 0
        if base.kind is Kind.SUM:
            is_simple = base.is_plain and len(base.content.terms) > 1
            return (2, "", abs(base.content.terms.get(ONE, 0))) if is_simple else (4, "", 0)
    return 3, "", 0

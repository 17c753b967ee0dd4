"""Exact division of sums, as polynomials in all the powers that they consist of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphdiff.textbook.scalars.expressions import Number, Product, Sum, quotient

if TYPE_CHECKING:
    from graphdiff.textbook.scalars.algebra import Algebra

MOST_STEPS = 60
"""The most terms of a quotient."""


def divide_exactly(algebra: Algebra, above: Sum, below: Sum) -> Sum | None:
    """The quotient of two sums that are multiplied out, if there is no remainder and it has fewer terms."""
    if len(above.terms) < 2:
        return None
    powers = {key: None for product in (*below.terms, *above.terms) for key in product.powers}

    def order(product: Product) -> list[Number]:
        return [product.powers.get(key, 0) for key in powers]

    leading = max(below.terms, key=order)
    inverse = algebra.term(quotient(1, below.terms[leading]), {key: -power for key, power in leading.powers.items()})
    result, remainder = algebra.zero, above
    for _ in range(MOST_STEPS):
        if not remainder.terms:
            return result
        first = max(remainder.terms, key=order)
        if any([first.powers.get(key, 0) < power for key, power in leading.powers.items()]):
            return None
        term = algebra.multiply(algebra.sum({first: remainder.terms[first]}), inverse)
        result = algebra.add([(1, result), (1, term)])
        remainder = algebra.add([(1, remainder), (-1, algebra.distribute(term, below))])
    return None

"""Where a form divides by 0 as the formula that is computed may not: (x^2)^n/x is 2*n*x*(x^2)^(n - 1) but at 0."""

from __future__ import annotations

from graphdiff.textbook.scalars.algebra import Algebra
from graphdiff.textbook.scalars.expressions import ONE, Base, Kind, Number, Power, Product, Sum

MOST_BASES = 200
"""Of longer formulas no denominators are looked for."""


def denominators(algebra: Algebra, total: Sum) -> list[Sum]:
    """What the products of a form divide by beside a power that is not whole, which may be 0 there too."""
    results: dict[Sum, None] = {}
    pending, known = [total], {total}
    while pending and len(known) <= MOST_BASES:
        for product in pending.pop().terms:
            if any(_is_root(*each) for each in product.powers.items()):
                results.update(dict.fromkeys(map(algebra.of_base, _below(product))))
            parts = {part for base, _ in product.powers for part in base.parts} - known
            known |= parts
            pending += parts
    return list(results)


def _is_root(key: Power, power: Number) -> bool:
    base, exponent = key
    return base.kind is not Kind.EXP and (exponent is not ONE or not isinstance(power, int))


def _below(product: Product) -> list[Base]:
    """The bases that a product divides by."""
    powers = product.powers.items()
    return [base for (base, exponent), power in powers if exponent is ONE and power < 0 and not base.is_constant]

"""Where a form divides by 0 as the formula that is computed may not: (x^2)^n/x is 2*n*x*(x^2)^(n - 1) but at 0."""

from __future__ import annotations

from graphdiff.textbook.scalars.algebra import Algebra
from graphdiff.textbook.scalars.expressions import ONE, Base, Kind, Number, Power, Product, Sum

MOST_SUMS = 200
"""Of sums within sums only so many are looked at."""


def denominators(algebra: Algebra, total: Sum) -> list[Sum]:
    """What a form divides by, if it has a power that is not whole, which may be 0 where that is."""
    results: dict[Sum, None] = {}
    pending, known, has_root = [total], {total}, False
    while pending and len(known) <= MOST_SUMS:
        for product in pending.pop().terms:
            has_root = has_root or any(_is_root(*each) for each in product.powers.items())
            results.update(dict.fromkeys(map(algebra.of_base, _below(product))))
            parts = {part: None for base, _ in product.powers for part in base.parts if part not in known}
            known |= parts.keys()
            pending += parts
    return list(results) if has_root else []


def _is_root(key: Power, power: Number) -> bool:
    base, exponent = key
    return base.kind is not Kind.EXP and (exponent is not ONE or not isinstance(power, int))


def _below(product: Product) -> list[Base]:
    """The bases that a product divides by."""
    powers = product.powers.items()
    return [base for (base, exponent), power in powers if exponent is ONE and power < 0 and not base.is_constant]

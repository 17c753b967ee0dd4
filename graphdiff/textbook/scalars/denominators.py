"""What a form divides by: where that is 0, the formula that is computed may be finite, as is (x^2)^n/x, or y/(1 + 1/x)
through an infinite 1/x.
"""

from __future__ import annotations

from graphdiff.textbook.scalars.algebra import Algebra
from graphdiff.textbook.scalars.expressions import ONE, Base, Product, Sum

MOST_SUMS = 200
"""Of sums within sums only so many are looked at."""


def denominators(algebra: Algebra, total: Sum) -> list[Sum]:
    """What a form divides by."""
    results: dict[Sum, None] = {}
    pending, known = [total], {total}
    while pending and len(known) <= MOST_SUMS:
        for product in pending.pop().terms:
            results.update(dict.fromkeys(map(algebra.of_base, _below(product))))
            parts = {part: None for base, _ in product.powers for part in base.parts if part not in known}
            known |= parts.keys()
            pending += parts
    return list(results)


def _below(product: Product) -> list[Base]:
    """The bases that a product divides by."""
    powers = product.powers.items()
    return [base for (base, exponent), power in powers if exponent is ONE and power < 0 and not base.is_constant]

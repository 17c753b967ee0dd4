"""How far rounding moves a result: operations are run again with random rounding errors.

Monte Carlo arithmetic: Parker, Monte Carlo arithmetic: exploiting randomness in floating-point arithmetic (1997).
"""

from __future__ import annotations

from graphdiff.operations.primitive import (
    DISTRIBUTOR,
    MOVER,
    SIGN_FLIPPER,
    SIGNED_DISTRIBUTOR,
    SOURCE,
    SPREADER,
    Primitive,
)

ROUNDING = 2.0**-52
"""The largest relative error of one operation: library functions are accurate to about one unit in the last place."""
LARGEST_WHOLE = 2.0**53
"""Whole numbers below it are treated as exact: 2 - 1 is, and exponents and indices must not change; but a sum that is
whole only because a small term was lost is not."""


def is_exact(primitive: Primitive) -> bool:
    """Whether an operation never rounds, because it only selects, moves or copies numbers."""
    return primitive.backward_pattern.selects or primitive.backward_pattern in (MOVER, SPREADER, SOURCE, SIGN_FLIPPER)


def absorbs(primitive: Primitive) -> bool:
    """Whether an operation sums, so that a large operand may absorb a small one; all others may underflow."""
    return not primitive.is_elementwise or primitive.backward_pattern in (DISTRIBUTOR, SIGNED_DISTRIBUTOR)

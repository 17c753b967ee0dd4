"""How far rounding moves a result: operations are run again with other roundings, drawn at random.

Monte Carlo arithmetic: Parker, Monte Carlo arithmetic: exploiting randomness in floating-point arithmetic (1997).
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

from graphdiff.operations import ieee
from graphdiff.operations.interpreter import Numeric
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
"""The largest relative error of one operation: libraries' functions are right to about a unit in the last place."""
QUANTUM = 2.0**-1074
"""What numbers too small for all their digits are off by; others do not change by it."""
LARGEST_WHOLE = 2.0**53
"""Whole numbers below it are taken for exact: 2 - 1 is, and exponents and indices must stay what they are; but not
sums that are whole since a small term was lost."""


def is_exact(primitive: Primitive) -> bool:
    """Whether an operation rounds nothing, as it only chooses, moves or copies numbers."""
    return primitive.backward_pattern.selects or primitive.backward_pattern in (MOVER, SPREADER, SOURCE, SIGN_FLIPPER)


def absorbs(primitive: Primitive) -> bool:
    """Whether an operation sums, so that a small operand may be lost in a large one; all others may underflow."""
    return not primitive.is_elementwise or primitive.backward_pattern in (DISTRIBUTOR, SIGNED_DISTRIBUTOR)


class RoundedFloats(Numeric):
    """Python floats, each result of which is off by a rounding."""

    def __init__(self, seed: int) -> None:
        super().__init__(ieee)
        self._draws = Random(seed)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        found = super().apply(primitive, *operands, **parameters)
        if is_exact(primitive):
            return found
        if found == 0 and all(operands) and not absorbs(primitive):
            return math.copysign(self._draws.choice((0.0, QUANTUM)), found)  # its sign is that of what underflowed
        if _is_whole(found) and not (absorbs(primitive) and not all(map(_is_whole, operands))):
            return found
        moved = found * (1 + ROUNDING * self._draws.uniform(-1, 1)) + self._draws.choice((-QUANTUM, 0.0, QUANTUM))
        return moved if math.isfinite(moved) else found


def _is_whole(number: float) -> bool:
    return abs(number) < LARGEST_WHOLE and float(number).is_integer()

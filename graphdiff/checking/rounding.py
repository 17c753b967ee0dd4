"""How far rounding moves a result: operations are run again with other roundings, drawn at random.

Monte Carlo arithmetic: Parker, Monte Carlo arithmetic: exploiting randomness in floating-point arithmetic (1997).
"""

from __future__ import annotations

from random import Random
from typing import Any

from graphdiff.operations import ieee
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.primitive import MOVER, SIGN_FLIPPER, SOURCE, SPREADER, Primitive

ROUNDING = 2.0**-52
"""The largest relative error of one operation: libraries' functions are right to about a unit in the last place."""
QUANTUM = 2.0**-1074
"""What numbers too small for all their digits are off by; others do not change by it."""
LARGEST_WHOLE = 2.0**53
"""Whole numbers below it are taken for exact: 2 - 1 is, and exponents and indices must stay what they are."""


def is_exact(primitive: Primitive) -> bool:
    """Whether an operation rounds nothing, as it only chooses, moves or copies numbers."""
    return primitive.gate.selects or primitive.gate in (MOVER, SPREADER, SOURCE, SIGN_FLIPPER)


class RoundedFloats(Numeric):
    """Python floats, each result of which is off by a rounding."""

    def __init__(self, seed: int) -> None:
        super().__init__(ieee)
        self._draws = Random(seed)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        found = super().apply(primitive, *operands, **parameters)
        if is_exact(primitive) or (abs(found) < LARGEST_WHOLE and float(found).is_integer()):
            return found
        return found * (1 + ROUNDING * self._draws.uniform(-1, 1)) + self._draws.choice((-QUANTUM, 0.0, QUANTUM))


def rounded(op: Numeric, seed: int) -> Numeric:
    """The same interpreter with other roundings."""
    if op is FLOATS:
        return RoundedFloats(seed)
    from graphdiff.checking.arrays import RoundedArrays

    return RoundedArrays(seed)

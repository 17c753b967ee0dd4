"""How far rounding moves a result: operations are run again with random rounding errors.

Monte Carlo arithmetic: Parker, Monte Carlo arithmetic: exploiting randomness in floating-point arithmetic (1997).
"""

from __future__ import annotations

import math
from typing import Any

from graphdiff.operations import ieee
from graphdiff.operations.ieee import QUANTUM
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import (
    DISTRIBUTOR,
    MATRIX_MULTIPLIER,
    POWER_SCALER,
    SIGNED_DISTRIBUTOR,
    SWAP_DIVIDER,
    SWAP_MULTIPLIER,
    Primitive,
)

ROUNDING = 2.0**-52
"""The largest relative error of one operation: library functions are accurate to about one unit in the last place."""
SINGLE_ROUNDING = 2.0**-23
"""The same of 32-bit floats."""
LARGEST_WHOLE = 2.0**52
"""Whole numbers below it are treated as exact: 2 - 1 is, and exponents and indices must not change. Beyond it all
floats are whole; and a sum that is whole only because a small term was lost is not exact."""
SINGLE_LARGEST_WHOLE = 2.0**23
"""The same of 32-bit floats."""


ARITHMETIC = (DISTRIBUTOR, SIGNED_DISTRIBUTOR, SWAP_MULTIPLIER, SWAP_DIVIDER, POWER_SCALER, MATRIX_MULTIPLIER)
"""The patterns of operations that are exact where operands and result are whole numbers; others, such as tanh, also
round to whole numbers."""


def absorbs(primitive: Primitive) -> bool:
    """Whether an operation sums, so that a large operand may absorb a small one; all others may underflow."""
    return not primitive.is_elementwise or primitive.backward_pattern in (DISTRIBUTOR, SIGNED_DISTRIBUTOR)


class RoundedFloats(Numeric):
    """Python floats, with a random rounding error in each result, at most rounding relative to it; whole numbers below
    largest_whole can be exact."""

    def __init__(self, seed: int, rounding: float = ROUNDING, largest_whole: float = LARGEST_WHOLE) -> None:
        from random import Random  # lazy: the bounds of errors need only the constants of this module

        super().__init__(ieee)
        self._rounding = rounding
        self._largest_whole = largest_whole
        self._random = Random(seed)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        result = super().apply(primitive, *operands, **parameters)
        if primitive.is_exact:
            return result
        if result == 0 and not absorbs(primitive):
            # Zero keeps the sign of what underflowed; a product with 0 is exact.
            return math.copysign(self._random.choice((0.0, QUANTUM)), result) if all(operands) else result
        is_arithmetic = primitive.backward_pattern in ARITHMETIC
        if not any(operands) or (is_arithmetic and self._is_whole(result) and all(map(self._is_whole, operands))):
            return result
        # The absolute error of subnormal numbers leaves larger ones unchanged.
        error = self._rounding * self._random.uniform(-1, 1)
        perturbation = result * (1 + error) + self._random.choice((-QUANTUM, QUANTUM))
        return perturbation if math.isfinite(perturbation) else result

    def _is_whole(self, number: float) -> bool:
        return abs(number) < self._largest_whole and float(number).is_integer()


class RoundedSingles(RoundedFloats):
    """The same with the rounding errors of 32-bit floats, which constants have too."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, SINGLE_ROUNDING, SINGLE_LARGEST_WHOLE)

    def constant(self, value: Any) -> Any:
        number = super().constant(value)
        is_exact = number == as_single(number) or not math.isfinite(number)
        return number if is_exact else number * (1 + self._rounding * self._random.uniform(-1, 1))


def as_single(number: float) -> float:
    """The nearest 32-bit float; infinity beyond the largest."""
    from struct import pack, unpack

    try:
        return float(unpack("f", pack("f", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)

"""Floats with random rounding errors."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from graphdiff.accuracy.rounding import LARGEST_WHOLE, ROUNDING, absorbs, is_exact
from graphdiff.accuracy.running_errors import QUANTUM
from graphdiff.operations import ieee
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive


class RoundedFloats(Numeric):
    """Python floats, with a random rounding error in each result."""

    def __init__(self, seed: int) -> None:
        super().__init__(ieee)
        self._random = Random(seed)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        result = super().apply(primitive, *operands, **parameters)
        if is_exact(primitive):
            return result
        if result == 0 and all(operands) and not absorbs(primitive):
            return math.copysign(self._random.choice((0.0, QUANTUM)), result)  # zero keeps the sign of what underflowed
        if _is_whole(result) and not (absorbs(primitive) and not all(map(_is_whole, operands))):
            return result
        error = ROUNDING * self._random.uniform(-1, 1)
        perturbation = result * (1 + error) + self._random.choice((-QUANTUM, 0.0, QUANTUM))
        return perturbation if math.isfinite(perturbation) else result


def _is_whole(number: float) -> bool:
    return abs(number) < LARGEST_WHOLE and float(number).is_integer()

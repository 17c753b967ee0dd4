"""Numbers as they were typed, for results that are right to a given number of digits."""

from __future__ import annotations

import math
from typing import Any

from graphdiff.operations.primitive import BLOCKER, Primitive
from graphdiff.precise.functions import Precise
from graphdiff.precise.numbers import PreciseNumbers
from graphdiff.precise.reader import NumberReader


class TypedNumbers(PreciseNumbers):
    """Scalars with a given number of digits, whose floats are the decimals that a person types for them.

    Rounding errors are random (see precise/agreement.py).
    """

    is_typed = True

    def __init__(self, functions: Precise) -> None:
        super().__init__(functions, NumberReader(functions).number)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        numbers = [self.read(operand) if isinstance(operand, float) else operand for operand in operands]
        if jumps(primitive) and self.functions.is_undecided(primitive.kernel, *numbers):
            self.functions.is_uncertain = True
        result = super().apply(primitive, *numbers, **parameters)
        return self.functions.round_result(result, self.read, primitive.is_exact)

    def constant(self, value: Any) -> Any:
        number = self.read(value)
        self.functions.record(number)
        return number

    def is_finite(self, value: Any) -> bool:
        return math.isfinite(value) if isinstance(value, float) else bool(self.functions.mp.isfinite(value))


def jumps(primitive: Primitive) -> bool:
    """Whether an operation on numbers is constant between jumps."""
    return primitive.is_elementwise and primitive.backward_pattern is BLOCKER

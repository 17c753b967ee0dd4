"""Multiprecision numbers."""

from __future__ import annotations

import math
from typing import Any

from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import BLOCKER, Primitive
from graphdiff.precise.functions import Precise
from graphdiff.precise.typed import TypedNumbers


def jumps(primitive: Primitive) -> bool:
    """Whether an operation on numbers is constant between jumps."""
    return primitive.is_elementwise and primitive.backward_pattern is BLOCKER


class PreciseNumbers(Numeric):
    """Scalars with a given number of digits.

    A float is the number that it holds; with is_typed, it is the decimal that a person types for it, and rounding
    errors are random (see precise/agreement.py).
    """

    def __init__(self, functions: Precise, is_typed: bool = False) -> None:
        super().__init__(functions)
        self.functions = functions
        self.is_typed = is_typed
        self._number = TypedNumbers(functions).number if is_typed else functions.constant

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        numbers = [self._number(operand) if isinstance(operand, float) else operand for operand in operands]
        if self.is_typed and jumps(primitive) and self.functions.is_undecided(primitive.kernel, *numbers):
            self.functions.is_uncertain = True
        result = super().apply(primitive, *numbers, **parameters)
        if not isinstance(result, self.functions.mp.mpf):
            result = self._number(result)
        self.functions.check_exponent(result)
        if not self.is_typed:
            return result
        self.functions.record(result)
        return result if primitive.is_exact else self.functions.disturb(result)

    def constant(self, value: Any) -> Any:
        number = self._number(value)
        if self.is_typed:
            self.functions.record(number)
        return number

    def number(self, value: Any) -> Any:
        """The output as an mpmath number."""
        return self._number(value)

    def is_finite(self, value: Any) -> bool:
        return math.isfinite(value) if isinstance(value, float) else bool(self.functions.mp.isfinite(value))

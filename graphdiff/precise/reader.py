"""Numbers as they were typed → multiprecision numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from graphdiff.operations.literal import ComputedNumber, decimal_parts
from graphdiff.precise.functions import Precise

LARGEST_EXACT_POWER = 2000
"""The largest power of ten that is computed exactly."""


class NumberReader:
    """Reads floats as the decimals that they stand for, and pi and e with all digits."""

    def __init__(self, functions: Precise) -> None:
        self.functions = functions
        self._known: dict[str, Any] = {}

    def number(self, value: Any) -> Any:
        """The number of a float, an int, a Fraction, a Decimal or a number of mpmath."""
        if isinstance(value, float):
            key = repr(value)
            number = self._known.get(key)
            if number is None or isinstance(value, ComputedNumber):
                number = self._known[key] = self._number_of_float(value)
            return number
        mp = self.functions.mp
        if isinstance(value, Fraction):
            return mp.mpf(value.numerator) / value.denominator
        if isinstance(value, Decimal):
            return self._decimal(str(value)) if value.is_finite() else mp.mpf(float(value))
        return mp.mpf(value)

    def _number_of_float(self, value: float) -> Any:
        mp = self.functions.mp
        if isinstance(value, ComputedNumber):
            return self._computed(value)
        irrational = self.functions.irrational(value)
        if irrational is not None:
            return irrational
        text = repr(value)
        return mp.mpf(value) if text.lstrip("-") in ("inf", "nan") else self._decimal(text)

    def _decimal(self, text: str) -> Any:
        mp = self.functions.mp
        is_negative, digits, exponent = decimal_parts(text)
        if abs(exponent) > LARGEST_EXACT_POWER:
            number = mp.mpf(digits) * mp.power(10, exponent)
        else:
            number = mp.mpf(digits * 10**exponent) if exponent >= 0 else mp.mpf(digits) / 10**-exponent
        return -number if is_negative else number

    def _computed(self, value: ComputedNumber) -> Any:
        """The value of nested operations, without recursion."""
        results: list[Any] = []
        stack: list[tuple[float, bool]] = [(value, False)]
        while stack:
            number, has_operands = stack.pop()
            if not isinstance(number, ComputedNumber):
                results.append(self.number(number))
            elif has_operands:
                first = len(results) - len(number.operands)
                operands: Sequence[Any] = results[first:]
                results[first:] = [number.primitive.kernel(self.functions, *operands)]
            else:
                stack.append((number, True))
                stack.extend((operand, False) for operand in reversed(number.operands))
        return results[0]

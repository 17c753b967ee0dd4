"""Numbers with many digits, and arrays of them, with a random rounding error in each result.

Results that two sequences of errors agree on do not depend on rounding: Monte Carlo arithmetic, as in rounding.py.
"""

from __future__ import annotations

from random import Random
from typing import Any

from graphdiff.accuracy.rounding import absorbs, is_exact
from graphdiff.operations.primitive import SWAP_MULTIPLIER, Primitive
from graphdiff.precise.functions import Precise
from graphdiff.precise.numbers import PreciseNumbers

GUARD_DIGITS = 5
"""The digits of numbers beyond those that the random errors leave right."""


class RandomErrors:
    """Random errors of results, relative to the results: at most 10^-digits, and none where a result is exact."""

    def __init__(self, functions: Precise, digits: int, seed: int) -> None:
        self._mp = functions.mp
        self._size = functions.mp.mpf(10) ** -digits
        self._random = Random(seed)

    def add_to(self, number: Any) -> Any:
        """The number with an error."""
        return number * (1 + self._size * self._random.uniform(-1, 1)) if self._mp.isfinite(number) else number

    def add_to_result(self, primitive: Primitive, result: Any, *operands: Any) -> Any:
        """The result of an operation with an error, unless it is exact.

        A sum is exact if it minus its larger term is the other one; a product if it has room for all bits of the
        factors. Any other result with zeros for half of its bits is so because it is exact.
        """
        if not result or not self._mp.isfinite(result):
            return result
        if absorbs(primitive):
            smaller, larger = sorted(map(abs, operands))
            is_rounded = abs(abs(result) - larger) != smaller
        elif primitive.backward_pattern is SWAP_MULTIPLIER:
            is_rounded = sum(map(self._bits, operands)) > self._mp.prec
        else:
            is_rounded = self._bits(result) > self._mp.prec // 2
        return self.add_to(result) if is_rounded else result

    def _bits(self, number: Any) -> int:
        return int(self._mp.mpf(number)._mpf_[3])


class RoundedPreciseNumbers(PreciseNumbers):
    """Numbers with this many digits, with a random rounding error in each result."""

    def __init__(self, digits: int, seed: int) -> None:
        super().__init__(Precise(digits + GUARD_DIGITS))
        self._errors = RandomErrors(self.functions, digits, seed)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        result = super().apply(primitive, *operands, **parameters)
        return result if is_exact(primitive) else self._errors.add_to_result(primitive, result, *operands)

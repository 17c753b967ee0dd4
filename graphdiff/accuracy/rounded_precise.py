"""Numbers with many digits, and arrays of them, with a random rounding error in each result.

Results that two sequences of errors agree on do not depend on rounding: Monte Carlo arithmetic, as in rounding.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from graphdiff.accuracy.rounding import absorbs
from graphdiff.accuracy.saturation import SaturatingPrecise
from graphdiff.operations.primitive import Primitive
from graphdiff.precise.functions import Precise
from graphdiff.precise.numbers import PreciseNumbers

FACTORS: Mapping[str, Callable[..., tuple[Sequence[Any], Any]]] = {
    "mul": lambda result, x, y: ((x, y), result),
    "div": lambda result, x, y: ((result, y), x),
    "sqrt": lambda result, x: ((result, result), x),
    "cbrt": lambda result, x: ((result, result, result), x),
}
"""For a result and its operands, the factors of a product, and the product, that tell whether the result is exact."""
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
        """The result of an elementwise operation with an error, unless it is exact: comparisons of equal numbers and
        differences of them depend on that."""
        if not result or not self._mp.isfinite(result) or self._is_exact(primitive, result, operands):
            return result
        return self.add_to(result)

    def _is_exact(self, primitive: Primitive, result: Any, operands: Sequence[Any]) -> bool:
        """Whether an operation did not round.

        A sum is exact if it minus its larger term is the other one; a product, a quotient, a root or a power if there
        is room for all bits of the factors, which give the product back. Other functions are exact at 0 alone: near it
        and at infinity they round to 1, to their operand and the like.
        """
        if not any(operands):
            return True
        if absorbs(primitive):
            smaller, larger = sorted(map(abs, operands))
            return bool(abs(abs(result) - larger) == smaller)
        if primitive.name == "pow":
            base, exponent = operands
            return bool(self._mp.isint(exponent) and 0 < exponent * self._bits(base) <= self._mp.prec)
        if primitive.name not in FACTORS:
            return primitive.name == "abs"
        factors, product = FACTORS[primitive.name](result, *operands)
        bits = sum(each for each in map(self._bits, factors) if each > 1)  # a power of 2 needs no room
        return bits <= self._mp.prec and bool(self._mp.fprod(factors) == product)

    def _bits(self, number: Any) -> int:
        return int(self._mp.mpf(number)._mpf_[3])  # mpmath has no public name for it


def constant_of_rule(op: Any, value: float) -> Any:
    """A constant of a derivative rule with all digits. Those of a formula are the floats that they are read as, and are
    numbers of the interpreter before any operation sees them."""
    irrational = op.functions.irrational(value)
    return op.constant(value) if irrational is None else irrational


class RoundedPreciseNumbers(PreciseNumbers):
    """Numbers with this many digits, with a random rounding error in each result."""

    def __init__(self, digits: int, seed: int, read: Callable[[Any], Any] | None) -> None:
        super().__init__(SaturatingPrecise(digits + GUARD_DIGITS, seed), read)
        self._errors = RandomErrors(self.functions, digits, seed)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        operands = tuple(constant_of_rule(self, each) if type(each) is float else each for each in operands)
        result = super().apply(primitive, *operands, **parameters)
        return result if primitive.is_exact else self._errors.add_to_result(primitive, result, *operands)

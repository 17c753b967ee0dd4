"""Numbers with many digits, and arrays of them, with a random rounding error in each result.

Results that two sequences of errors agree on do not depend on rounding: Monte Carlo arithmetic, as in rounding.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any
from zlib import crc32

from graphdiff.accuracy.rounding import LARGEST_WHOLE, absorbs
from graphdiff.accuracy.saturation import NOISE, SaturatingPrecise
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
    """Random errors of results, relative to the results: at most 10^-digits, and none where a result is exact. If exact
    results are not spared, only those of whole numbers, such as exponents, are. The same operation on the same operands
    always has the same error. If it merges ties, numbers that such errors may explain the difference of are equal."""

    def __init__(
        self, functions: Precise, digits: int, seed: int, spares_exact: bool = True, merges_ties: bool = False
    ) -> None:
        self._mp = functions.mp
        self._size = functions.mp.mpf(10) ** -digits
        self._tie = functions.mp.mpf(10) ** -int(digits * NOISE) if merges_ties else 0
        self._random = Random(seed)
        self._seed = seed
        self._spares_exact = spares_exact

    def add_to(self, number: Any) -> Any:
        """The number with an error."""
        return self._with_error(number, self._random.uniform(-1, 1)) if self._mp.isfinite(number) else number

    def add_to_result(self, primitive: Primitive, result: Any, *operands: Any) -> Any:
        """The result of an elementwise operation with an error, unless it is exact: comparisons of equal numbers and
        differences of them depend on that."""
        if primitive.is_exact:
            return 1.0 if primitive.name == "eq" and self._is_tie(*operands) else result
        if not result or not self._mp.isfinite(result):
            return result
        if absorbs(primitive) and self._tie and abs(result) <= self._tie * max(map(abs, operands)):
            return self._mp.zero
        is_spared = self._is_exact(primitive, result, operands) if self._spares_exact else _are_whole(result, *operands)
        if is_spared:
            return result
        name = crc32(primitive.name.encode())  # the hash of a string is another in each process
        return self._with_error(result, _uniform(hash((self._seed, name, *operands))))

    def _is_tie(self, x: Any, y: Any) -> bool:
        return bool(self._tie and abs(x - y) <= self._tie * max(abs(x), abs(y)))

    def _with_error(self, number: Any, error: float) -> Any:
        return number * (1 + self._size * error)

    def _is_exact(self, primitive: Primitive, result: Any, operands: Sequence[Any]) -> bool:
        """Whether an operation did not round.

        A sum is exact if it minus its larger term is the other one; a product, a quotient, a root or a power if there
        is room for all bits of the factors, which give the product back. Other functions are exact at 0 alone, if their
        value has few bits, as that of cos: near it and at infinity they round to 1, to their operand and the like.
        """
        if not any(operands):
            return self._bits(result) < int(self._mp.prec) // 2
        if absorbs(primitive):
            smaller, larger = sorted(map(abs, operands))
            return bool(abs(abs(result) - larger) == smaller)
        if primitive.name == "pow":
            base, exponent = operands
            is_short = self._mp.isint(exponent) and 0 <= exponent * self._bits(base) <= self._mp.prec
            return bool(base == 1 or is_short)
        if primitive.name == "hypot":
            smaller, larger = sorted(map(abs, operands))
            if not smaller or result == larger:
                return not smaller
            x, y, z = [self._mp.fmul(each, each, exact=True) for each in (smaller, larger, result)]
            return bool(self._mp.fadd(x, y, exact=True) == z)
        if primitive.name not in FACTORS:
            return primitive.name == "abs"
        factors, product = FACTORS[primitive.name](result, *operands)
        bits = sum(each for each in map(self._bits, factors) if each > 1)  # a power of 2 needs no room
        return bits <= self._mp.prec and bool(self._mp.fprod(factors) == product)

    def _bits(self, number: Any) -> int:
        return int(self._mp.mpf(number)._mpf_[3])  # mpmath has no public name for it


def _are_whole(*numbers: Any) -> bool:
    return all(abs(number) < LARGEST_WHOLE and number == int(number) for number in numbers)


def constant_of_rule(op: Any, value: float) -> Any:
    """A constant of a derivative rule with all digits. Those of a formula are the floats that they are read as, and are
    numbers of the interpreter before any operation sees them."""
    irrational = op.functions.irrational(value)
    return op.constant(value) if irrational is None else irrational


def _uniform(key: int) -> float:
    """A number from -1 to 1 that looks random: the finalizer of SplitMix64, of Steele, Lea and Flood (2014)."""
    bits = key % 2**64
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB % 2**64
    return (bits ^ bits >> 31) / 2.0**63 - 1


class RoundedPreciseNumbers(PreciseNumbers):
    """Numbers with this many digits, with a random rounding error in each result."""

    def __init__(self, digits: int, seed: int, read: Callable[[Any], Any] | None = None, **errors: bool) -> None:
        """errors are the options of RandomErrors."""
        super().__init__(SaturatingPrecise(digits + GUARD_DIGITS, seed), read)
        self._errors = RandomErrors(self.functions, digits, seed, **errors)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        operands = tuple(constant_of_rule(self, each) if type(each) is float else each for each in operands)
        result = super().apply(primitive, *operands, **parameters)
        return self._errors.add_to_result(primitive, result, *operands)

    def with_errors(self, value: Any) -> Any:
        """A number with a random error."""
        return self._errors.add_to(value)

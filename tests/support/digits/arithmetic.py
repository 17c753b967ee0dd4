"""Arithmetic in many bits whose roundings are random: what two precisions agree on is not an accident of rounding.

Numbers are mpmath's tuples (sign, mantissa, exponent, bits). A result that is exact stays so, so that x - x is 0 and a
tie is one; others are off by a random multiple of their last bit. What is not a real number is NaN, and what is too
large to work out is UNKNOWN; both propagate.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

from mpmath import libmp
from mpmath.libmp import ComplexResult, fnan, fone, fzero, mpf_neg

Number = tuple[int, int, int, int]
NAN: Number = fnan
UNKNOWN: Number = libmp.finf
HALF: Number = libmp.fhalf
ZERO: Number = fzero
ONE: Number = fone
LARGEST_ARGUMENT = 1400
"""Bits before the point of an argument of exp or sin; more take too long, and lead far beyond the floats."""

_NOISE_BITS = 12
_NOISE = [draws.randrange(1 - 2**_NOISE_BITS, 2**_NOISE_BITS, 2) for draws in [random.Random(7)] for _ in range(9973)]


def special(*numbers: Number) -> Number | None:
    """UNKNOWN or NaN if one of the numbers is, else None."""
    result = None
    for number in numbers:
        if not number[1] and number[2]:
            if number != NAN:
                return UNKNOWN
            result = NAN
    return result


def magnitude(x: Number) -> int:
    """The exponent of two above the number."""
    return x[2] + x[3]


def is_integer(x: Number) -> bool:
    return x[2] >= 0 or not x[1]


class Arithmetic:
    """Operations with a precision in bits.

    If everything is noisy, exact results are rounded at random too, as large as a rounding would be: then the spread of
    the results measures the terms that they were summed from.
    """

    def __init__(self, bits: int, *, seed: int = 0, noisy: bool = False) -> None:
        self.bits = bits
        self.noisy = noisy
        self.near_tie = False
        """Whether a comparison was closer than its rounding errors."""
        self._noise = cycle(islice(cycle(_NOISE), seed * 101 % 9973, seed * 101 % 9973 + 9973))

    def rounded(self, x: Number, exact: bool = False) -> Number:
        """The number with a random error in its last bit, unless it is exact."""
        sign, mantissa, exponent, bits = x
        if not mantissa or (exact and not self.noisy):
            return x if mantissa or not exponent else special(x)  # type: ignore[return-value]
        shift = max(self.bits + _NOISE_BITS - bits, 1)
        mantissa = (mantissa << shift) + next(self._noise)
        return sign, mantissa, exponent - shift, mantissa.bit_length()

    def add(self, a: Number, b: Number) -> Number:
        if not (a[1] and b[1]):
            return special(a, b) or (a if a[1] else b)
        top = max(magnitude(a), magnitude(b))
        return self.rounded(libmp.mpf_add(a, b, self.bits, "n"), top - min(a[2], b[2]) < self.bits)

    def subtract(self, a: Number, b: Number) -> Number:
        if a == b:
            return special(a) or ZERO
        return self.add(a, mpf_neg(b) if b[1] else b)

    def multiply(self, a: Number, b: Number) -> Number:
        if not (a[1] and b[1]):
            return special(a, b) or ZERO
        return self.rounded(libmp.mpf_mul(a, b, self.bits, "n"), a[3] + b[3] <= self.bits)

    def divide(self, a: Number, b: Number) -> Number:
        if not (a[1] and b[1]):
            return special(a, b) or (ZERO if b[1] else NAN)
        quotient = libmp.mpf_div(a, b, self.bits, "n")
        return self.rounded(quotient, quotient[3] < self.bits - 20 and libmp.mpf_mul(quotient, b) == a)

    def square_root(self, x: Number) -> Number:
        if not x[1]:
            return x
        if x[0]:
            return NAN
        root = libmp.mpf_sqrt(x, self.bits, "n")
        return self.rounded(root, root[3] < self.bits - 20 and libmp.mpf_mul(root, root) == x)

    def call(self, function: Callable[..., Any], *operands: Number) -> Number:
        """A function of mpmath's, never exact."""
        either = special(*operands)
        if either:
            return either
        try:
            return self.rounded(function(*operands, self.bits, "n"))
        except (ComplexResult, ZeroDivisionError, ValueError):
            return NAN
        except OverflowError:
            return UNKNOWN

    def exp(self, x: Number) -> Number:
        if not x[1]:
            return special(x) or ONE
        return UNKNOWN if magnitude(x) > LARGEST_ARGUMENT else self.call(libmp.mpf_exp, x)

    def log(self, x: Number) -> Number:
        if x == ONE:
            return ZERO
        return (special(x) or NAN) if x[0] or not x[1] else self.call(libmp.mpf_log, x)

    def periodic(self, function: Callable[..., Any], x: Number) -> Number:
        return UNKNOWN if magnitude(x) > LARGEST_ARGUMENT else self.call(function, x)

    def expm1(self, x: Number) -> Number:
        if not x[1]:
            return x
        with_more = Arithmetic(self.bits + 10 + max(0, min(-magnitude(x), self.bits)))
        if magnitude(x) < -self.bits:
            return self.rounded(x)
        return self.rounded(with_more.subtract(with_more.exp(x), ONE))

    def log1p(self, x: Number) -> Number:
        if not x[1]:
            return x
        if magnitude(x) < -self.bits:
            return self.rounded(x)
        with_more = Arithmetic(self.bits + 10 + max(0, min(-magnitude(x), self.bits)) + x[3])
        return self.rounded(with_more.log(with_more.add(ONE, x)))

    def power(self, base: Number, exponent: Number) -> Number:
        """A real power; of a negative base by an integer only."""
        either = special(base, exponent)
        if either:
            return either
        if not exponent[1]:
            return ONE
        if not base[1]:
            return NAN if exponent[0] else ZERO
        integer = is_integer(exponent)
        if integer and magnitude(exponent) < 12:
            n = libmp.to_int(exponent)
            result = libmp.mpf_pow_int(base, n, self.bits, "n")
            return self.rounded(result, n > 0 and n * base[3] <= self.bits)
        if base[0] and not integer:
            return NAN
        size = (0, *base[1:])
        if size == ONE:
            result = ONE
        else:
            extra = max(0, magnitude(exponent) + magnitude(libmp.mpf_log(size, 30))) + 20
            if extra > LARGEST_ARGUMENT + 20:
                return UNKNOWN
            with_more = Arithmetic(self.bits + extra)
            result = self.exp(with_more.multiply(exponent, with_more.log(size)))
        return mpf_neg(result) if base[0] and exponent[2] == 0 and result[1] else result

    def compare(self, a: Number, b: Number) -> int | None:
        """-1, 0 or 1; None if one is not a number."""
        if special(a, b):
            return None
        if a == b:
            return 0
        difference = libmp.mpf_sub(a, b, 30, "n")
        if magnitude(difference) < max(magnitude(a), magnitude(b)) - self.bits + 40 and a[1] and b[1]:
            self.near_tie = True
        return -1 if difference[0] else 1

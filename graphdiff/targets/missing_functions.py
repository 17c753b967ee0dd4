"""Functions that some languages lack, in terms of others; operations/ has those of its own definitions.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF).
"""

from __future__ import annotations

import math
from typing import Any

from graphdiff.operations.error_functions import split_square
from graphdiff.operations.gamma import polynomial

SMALL = 0.75
"""Below it erf is a power series: all of 1 - erfc(x) would cancel."""
SERIES = [2 / math.sqrt(math.pi) * (-1) ** n / (math.factorial(n) * (2 * n + 1)) for n in range(18)]
"""The coefficients of erf(x)/x in x^2, from the constant (DLMF 7.6.1)."""
ROUNDER = 1.5 * 2.0**52
"""Added to a number of less than half its size, it leaves no room for a fraction."""


def expm1(xp: Any, x: Any) -> Any:
    """exp(x) - 1, by W. Kahan's quotient where it cancels: the errors of exp and log are nearly the same."""
    power = xp.exp(x)
    quotient = (power - 1.0) * xp.divide(x, xp.log(power))
    return xp.where(xp.less(xp.abs(x), 1.0), xp.where(xp.equal(power, 1.0), x, quotient), power - 1.0)


def log1p(xp: Any, x: Any) -> Any:
    """log(1 + x), by W. Kahan's quotient where the sum loses digits."""
    total = 1.0 + x
    quotient = xp.log(total) * xp.divide(x, total - 1.0)
    return xp.where(xp.less(xp.abs(x), 1.0), xp.where(xp.equal(total, 1.0), x, quotient), xp.log(total))


def hypot(xp: Any, x: Any, y: Any) -> Any:
    """sqrt(x^2 + y^2), whose squares would overflow or underflow."""
    width, height = xp.abs(x), xp.abs(y)
    larger, smaller = xp.maximum(width, height), xp.minimum(width, height)
    ratio = xp.divide(smaller, larger)
    length = xp.where(xp.greater(larger, 0.0), larger * xp.sqrt(1.0 + ratio * ratio), larger)
    return xp.where(xp.equal(width, xp.inf), width, xp.where(xp.equal(height, xp.inf), height, length))


def cbrt(xp: Any, x: Any) -> Any:
    """The real cube root, with a step of Newton's method for the last digits."""
    size = xp.abs(x)
    root = xp.record("pow", size, 1.0 / 3.0)
    better = root - xp.divide(root - xp.divide(size, root * root), 3.0)
    is_scaled = xp.logical_and(xp.greater(size, 0.0), xp.less(size, xp.inf))
    return xp.where(is_scaled, xp.sign(x) * better, x)


def log2(xp: Any, x: Any) -> Any:
    return xp.divide(xp.log(x), math.log(2.0))


def round(xp: Any, x: Any) -> Any:
    """The nearest whole number, and the even one of two."""
    return xp.where(xp.less(xp.abs(x), 2.0**51), (x + ROUNDER) - ROUNDER, x)


def erfc(xp: Any, x: Any) -> Any:
    square, rest = split_square(xp, x)
    tail = xp.exp(-square) * xp.exp(-rest) * xp.erfcx(xp.abs(x))
    return xp.where(xp.less(x, 0.0), 2.0 - tail, tail)


def erf(xp: Any, x: Any) -> Any:
    size = xp.abs(x)
    return xp.where(xp.less(size, SMALL), x * polynomial(SERIES, x * x), xp.sign(x) * (1.0 - xp.erfc(size)))

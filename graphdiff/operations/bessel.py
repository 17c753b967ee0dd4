"""The values of the Bessel functions, as in gamma.py. Those of any order are SciPy's jv, yv and iv, except where these
are wrong: far from 0, and for the smallest numbers. exp(-x)*besseli(0, x) is computed here.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF), chapter 10.
"""

from __future__ import annotations

import math
from typing import Any

from graphdiff.operations.special import HIGHEST_ORDER

FAR = 1000.0
"""From this many times 1 + order^2 on, Hankel's expansions have all digits."""
HANKEL_TERMS = 6
FARTHEST = 1e100
"""Beyond this number SciPy's iv can be NaN where it is infinite."""
NEAR = 1e-9
"""Up to here the first term of a power series has all digits."""

EDGE = 40.0
"""From here on the asymptotic series of scaled_besseli0 has all digits."""
POINTS, SERIES_TERMS = 36, 24
"""Points of the trapezoidal rule up to EDGE, and terms of the series from there."""
LARGEST = 1e300
"""scaled_besseli0 takes larger numbers as this one, so that nothing overflows."""


def besselj(xp: Any, order: Any, x: Any) -> Any:
    """J of an order: NaN for a negative number, unless the order is whole."""
    even, odd, cosine, sine = _hankel(xp, order, x)
    whole = xp.round(order)
    sign = 1.0 - 2.0 * (whole - 2.0 * xp.floor(0.5 * whole))
    is_left = xp.less(x, 0.0)
    sign = xp.where(is_left, xp.where(xp.equal(whole, order), sign, xp.nan), 1.0)
    return xp.where(_is_far(xp, order, x), sign * (even * cosine - odd * sine), xp.jv(order, x))


def bessely(xp: Any, order: Any, x: Any) -> Any:
    """Y of an order: infinite at 0, NaN for negative numbers."""
    even, odd, cosine, sine = _hankel(xp, order, x)
    is_far = xp.logical_and(_is_far(xp, order, x), xp.greater(x, 0.0))
    return xp.where(is_far, even * sine + odd * cosine, xp.yv(order, x))


def besseli(xp: Any, order: Any, x: Any) -> Any:
    """I of an order: NaN for a negative number, unless the order is whole."""
    positive = xp.where(xp.equal(xp.round(order), order), xp.abs(order), order)
    is_near = xp.logical_and(xp.less(xp.abs(x), NEAR), xp.greater_equal(positive, 0.0))
    power = xp.pow(0.5 * xp.where(is_near, x, 1.0), positive)
    first = xp.divide(power, xp.gamma(xp.where(is_near, positive, 0.0) + 1.0))
    return xp.where(is_near, first, xp.iv(positive, xp.maximum(xp.minimum(x, FARTHEST), -FARTHEST)))


def _is_far(xp: Any, order: Any, x: Any) -> Any:
    return xp.greater(xp.abs(x), FAR * (1.0 + order * order))


def _hankel(xp: Any, order: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """The two sums of Hankel's expansions, with their factor, and the cosine and sine of x - (order/2 + 1/4)π, for
    |x| (DLMF 10.17.3 and 10.17.4)."""
    size = xp.where(_is_far(xp, order, x), xp.abs(x), FAR)
    factor = xp.where(xp.equal(size, xp.inf), 0.0, xp.divide(math.sqrt(2.0 / math.pi), xp.sqrt(size)))
    sums, term = [factor, 0.0], factor
    for k in range(1, HANKEL_TERMS):
        term = term * xp.divide(4.0 * order * order - (2.0 * k - 1.0) ** 2, 8.0 * k * size)
        sums[k % 2] = sums[k % 2] + (-term if k % 4 > 1 else term)
    phase = math.pi * (0.5 * (order - 4.0 * xp.round(0.25 * order)) + 0.25)
    finite = xp.where(xp.equal(size, xp.inf), 0.0, size)
    cosine = xp.cos(finite) * xp.cos(phase) + xp.sin(finite) * xp.sin(phase)
    sine = xp.sin(finite) * xp.cos(phase) - xp.cos(finite) * xp.sin(phase)
    return sums[0], sums[1], cosine, sine


def scaled_besseli0(xp: Any, n: Any, x: Any) -> Any:
    """The nth derivative of exp(-x) I(0, x), for n from 0 to HIGHEST_ORDER.

    It is the mean of (cos t - 1)^n exp(x (cos t - 1)) over a half turn (DLMF 10.32.1): near 0 by the trapezoidal rule,
    which is exact to all digits for a periodic function; far from 0 the asymptotic series (13.7.1 and 13.7.2).
    """
    is_near = xp.less(xp.abs(x), EDGE)
    near = xp.where(is_near, x, 0.0)
    total = 0.0
    for point in range(POINTS + 1):
        height = math.cos(math.pi * point / POINTS) - 1.0
        weight = (0.5 if point in (0, POINTS) else 1.0) / POINTS
        total = total + weight * xp.pow(height, n) * xp.exp(height * near)
    size = xp.where(is_near, EDGE, xp.minimum(xp.abs(x), LARGEST))
    is_left = xp.less(x, 0.0)
    other = xp.where(is_left, -n, n)
    inverse = xp.divide(0.5, size)
    factor = xp.where(is_left, xp.exp(2.0 * size), 1.0) * xp.sqrt(inverse * (1.0 / math.pi))
    for k in range(1, HIGHEST_ORDER + 1):
        step = xp.where(is_left, -2.0, xp.divide(0.5 - k, size))
        factor = factor * xp.where(xp.greater_equal(n, float(k)), step, 1.0)
    series = term = 1.0
    for k in range(SERIES_TERMS):
        term = term * (inverse * (0.5 + k) * (other + 0.5 + k) * (1.0 / (k + 1.0)))
        series = series + term
    far = xp.where(xp.equal(x, xp.inf), 0.0, factor * series)
    return xp.where(is_near, total, far)

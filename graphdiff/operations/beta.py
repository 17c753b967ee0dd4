"""The values of beta, of its logarithm and of the derivatives of that, as in gamma.py: they lose no digits where the
gamma functions at b and a + b, or their derivatives, are nearly equal.

The formulas are those of Didonato and Morris, Algorithm 708: Significant digit computation of the incomplete beta
function ratios, ACM Transactions on Mathematical Software 18 (1992), section 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from graphdiff.operations.gamma import (
    DIGAMMA_AT_INFINITY,
    EULER_MACLAURIN,
    STIRLING,
    TERMS,
    factorial_over_power,
    polynomial,
)

SMALLEST_LARGE = 8.0
"""From here on Stirling's series has all digits."""


def beta(xp: Any, a: Any, b: Any) -> Any:
    """Γ(a) Γ(b)/Γ(a + b): infinite at 0, NaN where Γ(a) or Γ(b) is, and otherwise 0 at the poles of Γ(a + b)."""
    return _beta(xp, _reflect(xp, xp.minimum(a, b), xp.maximum(a, b)))


def lbeta(xp: Any, a: Any, b: Any) -> Any:
    """ln |B(a, b)|: as lgamma, inf where a or b is 0, -1, …, and -inf where only a + b is.

    Next to 1, where terms of the logarithm cancel, it is that of the number.
    """
    reflection = _reflect(xp, xp.minimum(a, b), xp.maximum(a, b))
    top, sine_a, pi, sine_b = (xp.log(xp.abs(each)) for each in reflection[:4])
    value = _lbeta_of_positive(xp, reflection.a, reflection.b)
    value = xp.where(reflection.is_inverse, -(xp.log(reflection.scale) + value), value)
    size = xp.abs(_beta(xp, reflection))
    is_near_1 = xp.less(xp.abs(size - 1.25), 0.75)
    return xp.where(is_near_1, xp.log(xp.where(is_near_1, size, 1.0)), top - sine_a + (pi - sine_b) + value)


def digamma_difference(xp: Any, a: Any, b: Any) -> Any:
    """digamma(a) - digamma(a + b).

    For positive a and a + b each term of the recurrence (DLMF 5.5.2) and of the asymptotic series beyond it (5.11.2) is
    a difference without cancellation.
    """
    is_right = xp.logical_and(xp.logical_and(xp.greater(a, 0.0), xp.greater(a + b, 0.0)), xp.less(b, xp.inf))
    low, step = xp.where(is_right, a, 1.0), xp.where(is_right, b, 1.0)
    total = xp.divide(xp.divide(step, low + step), low)  # step/low may overflow
    for place in range(1, TERMS):
        total = total + xp.divide(xp.divide(step, (low + step) + place), low + place)
    start, end = low + float(TERMS), (low + step) + float(TERMS)
    inverse, other = xp.divide(1.0, start), xp.divide(1.0, end)
    difference = xp.divide(step, start) * other  # inverse - other
    slope = _divided_difference((0.0, *DIGAMMA_AT_INFINITY), inverse * inverse, other * other)
    rest = xp.log1p(xp.divide(step, start)) + difference * (0.5 + (inverse + other) * slope)
    return xp.where(is_right, -(total + rest), xp.digamma(a) - xp.digamma(a + b))


def polygamma_difference(xp: Any, n: Any, a: Any, b: Any) -> Any:
    """polygamma(n, a) - polygamma(n, a + b), for whole n >= 1.

    Where b is small beside a positive a, it is the difference of each term of factorial_zeta: that of a power is
    x^-p - (x + b)^-p = -x^-p expm1(-p log1p(b/x)).
    """
    is_close = xp.less(2.0 * xp.abs(b), a)
    low, step = xp.where(is_close, a, 1.0), xp.where(is_close, b, 0.25)
    end = low + float(TERMS)
    inverse = xp.divide(1.0, end)
    logarithm = xp.log1p(xp.divide(step, end))
    rest = -xp.divide(xp.expm1(-n * logarithm), n) - 0.5 * inverse * xp.expm1(-(n + 1.0) * logarithm)
    rising = (n + 1.0) * inverse * inverse
    for place, coefficient in enumerate(EULER_MACLAURIN):
        order = n + (2.0 * place + 2.0)
        rest = rest - coefficient * rising * xp.expm1(-order * logarithm)
        rising = rising * (order * inverse) * ((order + 1.0) * inverse)
    total = xp.pow(xp.divide(low, end), n) * rest
    for place in range(TERMS):
        x = low + float(place)
        change = xp.expm1(-(n + 1.0) * xp.log1p(xp.divide(step, x)))
        total = total - xp.divide(xp.pow(xp.divide(low, x), n), x) * change
    size = factorial_over_power(xp, n, low) * total
    is_even = xp.equal(n, 2.0 * xp.floor(0.5 * n))
    close = xp.where(is_even, -size, size)
    return xp.where(is_close, xp.where(xp.equal(a, xp.inf), 0.0, close), xp.polygamma(n, a) - xp.polygamma(n, a + b))


def _divided_difference(coefficients: Sequence[float], x: Any, y: Any) -> Any:
    """(p(x) - p(y))/(x - y) of a polynomial p; the coefficients begin with the constant term."""
    total: Any = coefficients[-1]
    value: Any = coefficients[-1]
    for coefficient in reversed(coefficients[1:-1]):
        value = value * y + coefficient
        total = total * x + value
    return total


class Reflection(NamedTuple):
    """B at any numbers as factor B(a, b), or factor/(scale B(a, b)) where is_inverse, with a, b >= 0 and
    factor = top/sine_a pi/sine_b. All factors are 1 where the numbers are not negative."""

    top: Any
    sine_a: Any
    pi: Any
    sine_b: Any
    scale: Any
    is_inverse: Any
    a: Any
    b: Any


def _reflect(xp: Any, low: Any, high: Any) -> Reflection:
    """Γ(x) Γ(1 - x) = π/sin πx (DLMF 5.5.3) in each gamma function of a negative number: with s = x + y and x < 0,

    B(x, y) = sin πs/sin πx B(1 - s, y) for y >= 0 >= s, π/(sin πx (-x) B(-x, s)) for s > 0, and
    π sin πs/(sin πx sin πy (1 - s) B(1 - x, 1 - y)) for y < 0.
    """
    is_negative, are_both = xp.less(low, 0.0), xp.less(high, 0.0)
    x = xp.where(is_negative, low, -0.5)
    y = xp.where(is_negative, xp.where(xp.equal(high, xp.inf), xp.nan, high), 0.25)
    total = x + y
    is_above = xp.greater(total, 0.0)
    whole_x, whole_y = xp.round(x), xp.round(y)
    fraction = (x - whole_x) + (y - whole_y)  # that of the sum, which is rounded
    whole = xp.round(fraction)
    sine = xp.sin(math.pi * (fraction - whole)) * _sign(xp, whole)
    sign = xp.where(are_both, 1.0, _sign(xp, xp.where(is_above, whole_x, whole_y)))
    return Reflection(
        top=xp.where(is_negative, sign * xp.where(is_above, math.pi, sine), 1.0),
        sine_a=xp.where(is_negative, xp.sin(math.pi * (x - whole_x)), 1.0),
        pi=xp.where(are_both, math.pi, 1.0),
        sine_b=xp.where(are_both, xp.sin(math.pi * (y - whole_y)), 1.0),
        scale=xp.where(are_both, 1.0 - total, -x),
        is_inverse=xp.greater(xp.where(are_both, 1.0, total), 0.0),
        a=xp.where(is_negative, xp.where(are_both, 1.0 - x, xp.where(is_above, -x, 1.0 - total)), low),
        b=xp.where(is_negative, xp.where(are_both, 1.0 - y, xp.where(is_above, total, y)), high),
    )


def _sign(xp: Any, whole: Any) -> Any:
    """(-1)^n of a whole number n."""
    return 1.0 - 2.0 * (whole - 2.0 * xp.floor(0.5 * whole))


def _beta(xp: Any, reflection: Reflection) -> Any:
    """B at the numbers that are reflected."""
    value = _beta_of_positive(xp, reflection.a, reflection.b)
    factor = xp.divide(reflection.top, reflection.sine_a) * xp.divide(reflection.pi, reflection.sine_b)
    value = xp.where(reflection.is_inverse, xp.divide(factor, reflection.scale * value), factor * value)
    value = xp.where(xp.equal(2.0 * factor, factor), factor, value)  # 0 and infinity, whatever the other factor is
    value = xp.where(xp.equal(reflection.sine_a, 0.0), xp.nan, value)
    return xp.where(xp.equal(reflection.sine_b, 0.0), xp.nan, value)


def _beta_of_positive(xp: Any, a: Any, b: Any) -> Any:
    """B(a, b) for a, b >= 0."""
    low, high = xp.minimum(a, b), xp.maximum(a, b)
    is_near = xp.less(high, SMALLEST_LARGE)
    near = xp.where(is_near, high, 1.0)
    ratio = 1.0 + xp.divide(low, xp.where(xp.equal(near, 0.0), 1.0, near))
    sum_near = xp.where(is_near, low + near, 1.0)
    close = xp.gamma(low) * (ratio * xp.divide(xp.gamma(1.0 + near), xp.gamma(1.0 + sum_near)))
    far = xp.where(is_near, SMALLEST_LARGE, high)
    rest = _stirling_rest(xp, far) - _stirling_rest(xp, low + far)
    is_low = xp.less(low, SMALLEST_LARGE)
    small = xp.where(is_low, low, 1.0)
    power = xp.pow(small + far, -small)
    one_far = xp.gamma(small) * xp.exp(small - (far - 0.5) * xp.log1p(xp.divide(small, far)) + rest) * power
    large = xp.where(is_low, SMALLEST_LARGE, low)
    logarithm = rest + _stirling_rest(xp, large) - far * xp.log1p(xp.divide(large, far))
    power = xp.pow(xp.divide(large, large + far), large - 0.5)
    both_far = xp.sqrt(xp.divide(2.0 * math.pi, far)) * xp.exp(logarithm) * power
    value = xp.where(is_near, close, xp.where(is_low, one_far, both_far))
    return _at_limits(xp, low, high, value, 0.0)


def _lbeta_of_positive(xp: Any, a: Any, b: Any) -> Any:
    """ln B(a, b) for a, b >= 0."""
    low, high = xp.minimum(a, b), xp.maximum(a, b)
    is_near = xp.less(high, SMALLEST_LARGE)
    near = xp.where(is_near, high, 1.0)
    low_near = xp.where(is_near, low, 1.0)
    close = xp.lgamma(low_near) + (xp.lgamma(near) - xp.lgamma(low_near + near))
    far = xp.where(is_near, SMALLEST_LARGE, high)
    rest = _stirling_rest(xp, far) - _stirling_rest(xp, low + far)
    is_low = xp.less(low, SMALLEST_LARGE)
    small = xp.where(is_low, low, 1.0)
    scale = (far - 0.5) * xp.log1p(xp.divide(small, far)) + small * (xp.log(small + far) - 1.0)
    one_far = xp.lgamma(small) - scale + rest
    large = xp.where(is_low, SMALLEST_LARGE, low)
    powers = (large - 0.5) * xp.log1p(xp.divide(far, large)) + far * xp.log1p(xp.divide(large, far))
    both_far = 0.5 * math.log(2.0 * math.pi) - 0.5 * xp.log(far) + rest + _stirling_rest(xp, large) - powers
    value = xp.where(is_near, close, xp.where(is_low, one_far, both_far))
    return _at_limits(xp, low, high, value, -math.inf)


def _at_limits(xp: Any, low: Any, high: Any, value: Any, at_infinity: float) -> Any:
    """The value for operands that are positive and finite, the limits at 0 and infinity, and NaN where both meet."""
    value = xp.where(xp.equal(high, xp.inf), at_infinity, value)
    at_0 = xp.where(xp.equal(high, xp.inf), xp.nan, xp.inf)
    return xp.where(xp.equal(low, 0.0), at_0, value)


def _stirling_rest(xp: Any, x: Any) -> Any:
    """ln Γ(x) without the first terms of Stirling's series, for x >= 8 (DLMF 5.11.1)."""
    inverse = xp.divide(1.0, x)
    return inverse * polynomial(STIRLING, inverse * inverse)

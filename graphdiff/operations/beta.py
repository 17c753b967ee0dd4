"""The values of beta and of its logarithm, as in gamma.py: they lose no digits where lgamma(b) and lgamma(a + b) are
nearly equal.

The formulas are those of Didonato and Morris, Algorithm 708: Significant digit computation of the incomplete beta
function ratios, ACM Transactions on Mathematical Software 18 (1992), section 1.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from graphdiff.operations.gamma import STIRLING, polynomial

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

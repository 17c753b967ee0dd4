"""The values of beta and of its logarithm, as in gamma.py: they lose no digits where lgamma(b) and lgamma(a + b) are
nearly equal.

The formulas are those of Didonato and Morris, Algorithm 708: Significant digit computation of the incomplete beta
function ratios, ACM Transactions on Mathematical Software 18 (1992), section 1.
"""

from __future__ import annotations

import math
from typing import Any

from graphdiff.operations.gamma import STIRLING, polynomial

SMALLEST_LARGE = 8.0
"""From here on Stirling's series has all digits."""


def beta(xp: Any, a: Any, b: Any) -> Any:
    """Γ(a) Γ(b)/Γ(a + b): infinite at 0, NaN where Γ(a) or Γ(b) is, and otherwise 0 at the poles of Γ(a + b)."""
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
    is_negative = xp.less(low, 0.0)
    x, y = xp.where(is_negative, low, 1.0), xp.where(is_negative, high, 1.0)
    total = x + y
    is_zero = xp.logical_and(xp.less_equal(total, 0.0), xp.equal(xp.floor(total), total))
    negative = xp.gamma(x) * xp.where(is_zero, 0.0 * xp.gamma(y), xp.divide(xp.gamma(y), xp.gamma(total)))
    return xp.where(is_negative, negative, _at_limits(xp, low, high, value, 0.0))


def lbeta(xp: Any, a: Any, b: Any) -> Any:
    """ln |B(a, b)|: as lgamma, inf where a or b is 0, -1, …, and -inf where only a + b is."""
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
    is_negative = xp.less(low, 0.0)
    x, y = xp.where(is_negative, low, 1.0), xp.where(is_negative, high, 1.0)
    negative = xp.lgamma(x) + (xp.lgamma(y) - xp.lgamma(x + y))
    return xp.where(is_negative, negative, _at_limits(xp, low, high, value, -math.inf))


def _at_limits(xp: Any, low: Any, high: Any, value: Any, at_infinity: float) -> Any:
    """The value for operands that are positive and finite, the limits at 0 and infinity, and NaN where both meet."""
    value = xp.where(xp.equal(high, xp.inf), at_infinity, value)
    at_0 = xp.where(xp.equal(high, xp.inf), xp.nan, xp.inf)
    return xp.where(xp.equal(low, 0.0), at_0, value)


def _stirling_rest(xp: Any, x: Any) -> Any:
    """ln Γ(x) without the first terms of Stirling's series, for x >= 8 (DLMF 5.11.1)."""
    inverse = xp.divide(1.0, x)
    return inverse * polynomial(STIRLING, inverse * inverse)

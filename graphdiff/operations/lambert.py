"""The value of lambertw, as in gamma.py.

The formulas are those of Corless, Gonnet, Hare, Jeffrey and Knuth, On the Lambert W function, Advances in Computational
Mathematics 5 (1996), sections 4 and 5.
"""

from __future__ import annotations

import math
from typing import Any

from graphdiff.operations.gamma import polynomial

INVERSE_E = (0.36787944117144233, -1.2428753672788363e-17)
"""1/e in two parts."""
AT_BRANCH_POINT = (
    -1.0, 1.0, -0.3333333333333333, 0.1527777777777778, -0.07962962962962963, 0.044502314814814814,
    -0.02598471487360376, 0.01563563253233392, -0.009616892024299432, 0.006014543252956118, -0.0038112980348919993,
    0.0024408779911439826, -0.0015769303446867841, 0.0010262633205076071, -0.0006720616311561362,
    0.0004424730618146209,
)  # fmt: skip
"""The coefficients of W in sqrt(2 (e x + 1)), computed with 60 digits."""
NEAR = 0.1
"""Up to here that series has all digits."""
STEPS = 3


def lambertw(xp: Any, x: Any) -> Any:
    """The solution w >= -1 of w exp(w) = x: NaN below -1/e.

    Beside -1/e it is a series; beyond, an approximation that is improved by Fritsch's iteration, whose error is of
    fourth order.
    """
    root = xp.sqrt((2.0 * math.e) * ((x + INVERSE_E[0]) + INVERSE_E[1]))
    is_near = xp.less(root, NEAR)
    is_regular = xp.logical_and(xp.greater_equal(root, NEAR), xp.not_equal(x, 0.0))
    is_regular = xp.logical_and(is_regular, xp.less(x, xp.inf))
    regular = xp.where(is_regular, x, 1.0)
    logarithm = xp.log1p(xp.where(xp.greater(regular, -0.25), regular, 0.0))
    right = logarithm * (1.0 - xp.divide(xp.log1p(xp.abs(logarithm)), 2.0 + xp.abs(logarithm)))
    left = polynomial(AT_BRANCH_POINT[:6], xp.where(is_regular, root, NEAR))
    w = xp.where(xp.greater(regular, -0.25), right, left)
    for _ in range(STEPS):
        z = xp.log(xp.divide(regular, w)) - w
        above = 1.0 + w
        q = 2.0 * above * (above + (2.0 / 3.0) * z)
        w = w * (1.0 + xp.divide(z, above) * xp.divide(q - z, q - 2.0 * z))
    series = polynomial(AT_BRANCH_POINT, xp.where(is_near, root, 0.0))
    return xp.where(is_near, series, xp.where(is_regular, w, xp.where(xp.less(x, 0.0), root, x)))

"""The values of the functions around the error function in terms of elementary functions, without branches that depend
on values, as in gamma.py: erfcx, and the distribution of a standard normal variable with its logarithm and its inverse.

They are made of erfcx, which neither underflows nor cancels, and of exp(x^2), for which the square is split.
Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF), chapter 7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from graphdiff.operations.gamma import polynomial
from graphdiff.operations.normal import EDGE, HIGHEST_ORDER

MIDDLE = 3.0
CHEBYSHEV = (
    1.17756257419656, 0.005353904539615676, -0.09377550342284209, 0.05436652555744322, -0.018976596707845208,
    0.004453426061462712, -0.0006335531710553147, 1.7661719523171593e-05, 1.2841532864056671e-05,
    -2.0072285659059913e-06, -1.807522790414837e-07, 7.549828343825093e-08, 1.885668523838603e-09,
    -2.699519049798364e-09, -1.460079119939105e-11, 1.0361607445969489e-10, 1.475715976623473e-12,
    -4.277340064396911e-12, -2.07922492859799e-13, 1.8134502003176963e-13, 1.973425574544739e-14,
    -7.287943737592673e-15, -1.5169878690228116e-15, 2.3514112258781403e-16, 1.0006111691821667e-16,
)  # fmt: skip
"""The Chebyshev coefficients of (1 + 2x)*erfcx(x) for x >= 0 in t = (x - MIDDLE)/(x + MIDDLE), computed with 50 digits.
The form is that of Shepherd and Laframboise, Chebyshev approximation of (1 + 2x)exp(x^2)erfc x in 0 <= x < inf,
Mathematics of Computation 36 (1981)."""
FARTHEST = 64.0
"""The exponential of the square of this number is infinite, and of minus half the square 0."""
TERMS = 80
"""Steps of a recurrence from which all orders up to the highest have all digits."""

CENTRAL = (
    (
        3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
        45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
    ),
    (
        1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077, 21213.794301586595867,
        39307.895800092710610, 28729.085735721942674, 5226.4952788528545610,
    ),
)  # fmt: skip
MIDDLE_TAIL = (
    (
        1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
        1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4,
    ),
    (
        1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550, 0.148103976427480074590,
        0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ),
)  # fmt: skip
FAR_TAIL = (
    (
        6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
        0.0265321895265761230930, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ),
    (
        1.0, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525, 7.86869131145613259100e-4,
        1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ),
)  # fmt: skip
"""Numerators and denominators, from Wichura, Algorithm AS 241: The percentage points of the normal distribution,
Applied Statistics 37 (1988)."""


def erfcx(xp: Any, x: Any) -> Any:
    """exp(x^2)*erfc(x): infinite where x < -26.7."""
    size = xp.abs(x)
    t = 1.0 - xp.divide(2.0 * MIDDLE, size + MIDDLE)
    first, *middle, second_last, last = CHEBYSHEV
    total, before = second_last + 2.0 * t * last, last
    for coefficient in reversed(middle):  # Clenshaw's recurrence
        total, before = coefficient + 2.0 * t * total - before, total
    right = xp.divide(0.5 * (first + t * total - before), size + 0.5)
    square, rest = split_square(xp, x)
    return xp.where(xp.less(x, 0.0), 2.0 * (xp.exp(square) * xp.exp(rest)) - right, right)


def erfcx_derivative(xp: Any, n: Any, x: Any) -> Any:
    """The nth derivative of erfcx for x >= EDGE and n from 1 to HIGHEST_ORDER; if n is 1, for any x.

    It is (-2)^n*n! times the nth integral of erfc, which is computed from the quotients of one such integral by the one
    before it: these by their recurrence (DLMF 7.18.7), backwards, which is stable.
    """
    is_right = xp.greater_equal(x, EDGE)
    right = xp.where(is_right, x, EDGE)
    quotient = xp.divide(1.0, right + xp.hypot(right, math.sqrt(2.0 * TERMS + 1.0)))
    product = 1.0
    for order in range(TERMS, 1, -1):
        quotient = xp.divide(0.5, right + float(order) * quotient)
        if order <= HIGHEST_ORDER + 1:
            product = product * xp.where(xp.greater_equal(n, order - 1.0), (-2.0 * (order - 1)) * quotient, 1.0)
    return xp.where(is_right, product * xp.erfcx(right), 2.0 * x * xp.erfcx(x) - 2.0 / math.sqrt(math.pi))


def normcdf(xp: Any, x: Any) -> Any:
    """erfc(-x/sqrt(2))/2."""
    tail = _bell(xp, x) * (0.5 * xp.erfcx(math.sqrt(0.5) * xp.abs(x)))
    return xp.where(xp.less(x, 0.0), tail, 1.0 - tail)


def lognormcdf(xp: Any, x: Any) -> Any:
    """log(normcdf(x))."""
    is_left = xp.less(x, 0.0)
    left = xp.where(is_left, x, -1.0)
    right = xp.where(is_left, 1.0, x)
    logarithm = xp.log(0.5 * xp.erfcx(-math.sqrt(0.5) * left)) - 0.5 * left * left
    tail = _bell(xp, right) * (0.5 * xp.erfcx(math.sqrt(0.5) * right))
    return xp.where(is_left, logarithm, xp.log1p(-tail))


def inverse_mills_ratio(xp: Any, x: Any) -> Any:
    """exp(-x^2/2)/sqrt(2*pi)/normcdf(x)."""
    is_left = xp.less(x, 0.0)
    left = xp.divide(math.sqrt(2.0 / math.pi), xp.erfcx(-math.sqrt(0.5) * xp.where(is_left, x, -1.0)))
    right = xp.divide(_bell(xp, x), math.sqrt(2.0 * math.pi) * xp.normcdf(x))
    return xp.where(is_left, left, right)


def norminv(xp: Any, p: Any) -> Any:
    """The inverse of normcdf: infinite at 0 and 1, NaN outside."""
    return _quantile(xp, p - 0.5, xp.minimum(p, 1.0 - p))


def erfinv(xp: Any, x: Any) -> Any:
    """The inverse of erf: infinite at -1 and 1, NaN outside."""
    return math.sqrt(0.5) * _quantile(xp, 0.5 * x, 0.5 * (1.0 - xp.abs(x)))


def _quantile(xp: Any, distance: Any, tail: Any) -> Any:
    """norminv(1/2 + distance), where tail is 1/2 - |distance|."""
    is_central = xp.less_equal(xp.abs(distance), 0.425)
    central = xp.where(is_central, distance, 0.0)
    is_tail = xp.logical_and(xp.less(tail, 0.075), xp.greater(tail, 0.0))
    root = xp.sqrt(-xp.log(xp.where(is_tail, tail, 0.05)))
    is_far = xp.greater(root, 5.0)
    size = xp.where(
        is_far,
        _fraction(xp, FAR_TAIL, xp.where(is_far, root, 5.0) - 5.0),
        _fraction(xp, MIDDLE_TAIL, xp.where(is_far, 2.0, root) - 1.6),
    )
    size = xp.where(is_tail, size, xp.where(xp.equal(tail, 0.0), xp.inf, xp.nan))
    outer = xp.where(xp.less(distance, 0.0), -size, size)
    return xp.where(is_central, central * _fraction(xp, CENTRAL, 0.180625 - central * central), outer)


def _bell(xp: Any, x: Any) -> Any:
    """exp(-x^2/2)."""
    square, rest = split_square(xp, x)
    return xp.exp(-0.5 * square) * xp.exp(-0.5 * rest)


def split_square(xp: Any, x: Any) -> tuple[Any, Any]:
    """x^2 as the exact square of a number of few digits and the rest, as in W. J. Cody, Rational Chebyshev
    approximations for the error function, Mathematics of Computation 23 (1969)."""
    size = xp.minimum(xp.abs(x), FARTHEST)
    short = xp.round(16.0 * size) * 0.0625
    return short * short, (size - short) * (size + short)


def _fraction(xp: Any, fraction: Sequence[Sequence[float]], x: Any) -> Any:
    numerator, denominator = [polynomial(coefficients, x) for coefficients in fraction]
    return xp.divide(numerator, denominator)

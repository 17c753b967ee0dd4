"""The values of gamma, lgamma, digamma and polygamma in terms of elementary functions, without branches that depend on
values: so they run on numbers and on arrays alike, and generated code defines them in every language.

Formulas are those of the NIST Digital Library of Mathematical Functions (DLMF), chapters 5 and 25. Where a branch is
not taken its operand is replaced by a harmless one, so that automatic differentiation of the code meets no 0 · inf.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

LARGEST_FRACTION = 2.0**52
"""From here on every float is a whole number."""

TAYLOR_AT_2 = (
    0.42278433509846713,
    0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986, 0.0028905103307415234,
    -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939, 9.945751278180853e-05,
    -4.492623673813314e-05, 2.050721277567069e-05, -9.439488275268397e-06, 4.374866789907488e-06,
    -2.039215753801366e-06, 9.55141213040742e-07, -4.492469198764566e-07, 2.1207184805554665e-07,
    -1.0043224823968099e-07, 4.7698101693639804e-08, -2.2711094608943164e-08, 1.0838659214896955e-08,
    -5.183475041970047e-09, 2.4836745438024785e-09, -1.1921401405860912e-09, 5.731367241678862e-10,
    -2.7595228851242334e-10,
)  # fmt: skip
"""1 - γ, then (-1)^k (ζ(k) - 1)/k for k = 2, 3, …: the coefficients of ln Γ(2 + z) (DLMF 5.7.3)."""
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400)
"""B(2k)/(2k (2k - 1)) for k = 1, 2, …, with the Bernoulli numbers B (DLMF 5.11.1)."""
DIGAMMA_AT_INFINITY = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
"""B(2k)/(2k) (DLMF 5.11.2)."""
EULER_MACLAURIN = (
    1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600,
    -3617 / 10670622842880000, 43867 / 5109094217170944000, -174611 / 802857662698291200000,
)  # fmt: skip
"""B(2k)/(2k)! (DLMF 2.10.1)."""

ROOT = (1569415565 / 2**30, 381566830 / 2**60, 9.016312093258696e-20)
"""The positive zero of digamma, in three parts."""
SLOPE_AT_ROOT = 0.99558162689208984
NUMERATOR = (
    0.25479851061131551, -0.32555031186804491, -0.65031853770896507, -0.28919126444774784, -0.045251321448739056,
    -0.0020713321167745952,
)  # fmt: skip
DENOMINATOR = (
    1.0, 2.0767117023730469, 1.4606242909763515, 0.43593529692665969, 0.054151797245674225, 0.0021284987017821144,
    -0.55789841321675513e-6,
)  # fmt: skip
"""digamma(x) = (x - root)(slope + numerator(x - 1)/denominator(x - 1)) on [1, 2], from the Boost C++ libraries
(boost/math/special_functions/digamma.hpp)."""
TERMS = 10
"""Terms of the sum before the Euler–Maclaurin formula, which then needs only a few of its own."""


def gamma(xp: Any, x: Any) -> Any:
    """Γ(x): infinite at 0 with the sign of 0, NaN at -1, -2, …

    Around 0 it is the exponential of a Taylor series at 2 and a product, by Γ(x + 1) = x Γ(x) (DLMF 5.5.1); to the
    right Stirling's series, squared only at the end, so that nothing overflows on the way; to the left a reflection,
    Γ(x) Γ(-x) = -π/(x sin πx) (DLMF 5.5.3).
    """
    is_near = xp.less(xp.abs(x - 3.0), 20.5)  # from -17.5 to 23.5: factorials up to 18! are exact
    near, above, below = _steps_from_2(xp, xp.where(is_near, x, 2.0), 21)
    z = near - xp.round(near)
    has_pole = xp.logical_and(xp.equal(below, 0.0), xp.less(near, 0.0))
    ratio = xp.where(has_pole, xp.nan, xp.divide(above, xp.where(has_pole, 1.0, below)))
    close = xp.exp(z * polynomial(TAYLOR_AT_2, z)) * ratio
    size = xp.abs(xp.where(is_near, 24.0, x))
    inverse = xp.divide(1.0, size)
    series = xp.exp(0.5 * inverse * polynomial(STIRLING, inverse * inverse))
    power = xp.pow(size * math.exp(-1.0), 0.5 * size - 0.25)
    root = power * series * math.exp(-0.25) * (2.0 * math.pi) ** 0.25
    is_left = xp.less(x, 0.0)
    left = xp.where(xp.logical_and(is_left, xp.less(size, LARGEST_FRACTION)), x, -0.5)
    whole = xp.round(left)
    sine = xp.sin(math.pi * (left - whole)) * (1.0 - 2.0 * (whole - 2.0 * xp.floor(0.5 * whole)))
    has_reflection = xp.logical_and(xp.less(size, LARGEST_FRACTION), xp.not_equal(sine, 0.0))
    quotient = xp.divide(-math.pi, xp.where(has_reflection, left * sine, 1.0))
    reflection = xp.where(has_reflection, xp.divide(xp.divide(quotient, root), root), xp.nan)
    return xp.where(is_near, close, xp.where(is_left, reflection, root * root))


def lgamma(xp: Any, x: Any) -> Any:
    """ln |Γ(x)|.

    Around its zeros it is a Taylor series at 2 and a product, by Γ(x + 1) = x Γ(x) (DLMF 5.5.1); to the right of them
    Stirling's series; to the left a reflection, Γ(x) Γ(-x) = -π/(x sin πx) (DLMF 5.5.3).
    """
    is_near = xp.less(xp.abs(x + 4.5), 13.0)  # from -17.5 to 8.5: outside, no float is next to a zero
    near, above, below = _steps_from_2(xp, xp.where(is_near, x, 2.0), 6)
    z = near - xp.round(near)
    close = z * polynomial(TAYLOR_AT_2, z) + xp.log(above) - xp.log(xp.abs(below))
    size = xp.abs(x)
    far = _stirling(xp, xp.where(is_near, 9.0, size))
    is_left = xp.less(x, 0.0)
    has_fraction = xp.less(size, LARGEST_FRACTION)
    left = xp.where(xp.logical_and(is_left, has_fraction), x, -0.5)
    sine = xp.sin(math.pi * (left - xp.round(left)))
    reflection = xp.where(has_fraction, xp.log(xp.divide(math.pi, xp.abs(left * sine))) - far, xp.inf)
    return xp.where(is_near, close, xp.where(is_left, reflection, far))


def digamma(xp: Any, x: Any) -> Any:
    """The derivative of ln |Γ(x)|: -inf at 0, inf at -0, NaN at -1, -2, …

    On [1, 2] it is a fraction times the distance from the zero; from there to 0 and to 10 by digamma(x + 1) =
    digamma(x) + 1/x (DLMF 5.5.2); beyond 10 the asymptotic series (5.11.2); for negative x digamma(1 - x) - π/tan πx
    (5.5.4).
    """
    is_left = xp.less(x, 0.0)
    right = xp.where(is_left, 1.0 - x, x)
    is_near = xp.less(right, 10.0)
    near = xp.where(is_near, right, 1.5)
    is_small = xp.less(near, 1.0)
    total = xp.where(is_small, xp.divide(-1.0, xp.where(is_small, near, 1.0)), 0.0)
    steps = xp.floor(near) - 1.0
    for step in range(1, 9):
        is_taken = xp.greater_equal(steps, float(step))
        total = total + xp.where(is_taken, xp.divide(1.0, xp.where(is_taken, near - step, 1.0)), 0.0)
    base = near - steps
    from_root = ((base - ROOT[0]) - ROOT[1]) - ROOT[2]
    fraction = xp.divide(polynomial(NUMERATOR, base - 1.0), polynomial(DENOMINATOR, base - 1.0))
    close = total + from_root * (SLOPE_AT_ROOT + fraction)
    distant = xp.where(is_near, 10.0, right)
    inverse = xp.divide(1.0, distant)
    square = inverse * inverse
    far = xp.log(distant) - 0.5 * inverse - square * polynomial(DIGAMMA_AT_INFINITY, square)
    value = xp.where(is_near, close, far)
    left = xp.where(is_left, x, 0.25)
    distance = left - xp.round(left)
    cotangent = xp.divide(math.pi, xp.tan(math.pi * distance))
    reflection = xp.where(xp.equal(distance, 0.0), xp.nan, value - cotangent)
    return xp.where(is_left, reflection, value)


def polygamma(xp: Any, n: Any, x: Any) -> Any:
    """The nth derivative of digamma: (-1)^(n + 1) n! Σ 1/(x + k)^(n + 1) over k = 0, 1, … (DLMF 5.15.1).

    At poles it is the limit from both sides: inf for odd n; for even n, infinite with the sign of its side at 0 and -0,
    and NaN at -1, -2, … For negative x, with d the distance from the nearest whole number, the terms on either side of
    that number are sums that begin at |d| and at 1 - |d|, without those beyond x, which begin at 1 - x.
    """
    order = xp.where(xp.greater(n, 0.0), n, 1.0)
    is_left = xp.less(x, 0.0)
    left = xp.where(is_left, x, -0.25)
    distance = left - xp.round(left)
    size = xp.abs(distance)
    nearer = xp.factorial_zeta(order, xp.where(is_left, size, x))
    farther = xp.factorial_zeta(order, 1.0 - size)
    beyond = xp.factorial_zeta(order, 1.0 - left)
    difference = xp.where(xp.less(distance, 0.0), farther - nearer, nearer - farther) + beyond
    of_even = xp.where(is_left, xp.where(xp.equal(distance, 0.0), xp.nan, difference), nearer)
    of_odd = xp.where(is_left, nearer + farther - beyond, nearer)
    is_even = xp.equal(order, 2.0 * xp.floor(0.5 * order))
    value = xp.where(is_even, -of_even, of_odd)
    return xp.where(xp.equal(n, 0.0), xp.digamma(x), xp.where(xp.greater(n, 0.0), value, xp.nan))


def factorial_zeta(xp: Any, n: Any, q: Any) -> Any:
    """n! ζ(n + 1, q) = n! Σ 1/(q + k)^(n + 1) over k = 0, 1, …, for whole n >= 1 and q >= 0.

    It is the first terms and then the Euler–Maclaurin formula (DLMF 25.11.28), all relative to n!/q^n, so that nothing
    overflows on the way.
    """
    end = q + float(TERMS)
    inverse = xp.divide(1.0, end)
    rising = (n + 1.0) * inverse * inverse
    rest = xp.divide(1.0, n) + 0.5 * inverse
    for place, coefficient in enumerate(EULER_MACLAURIN):
        rest = rest + coefficient * rising
        rising = rising * ((n + (2.0 * place + 2.0)) * inverse) * ((n + (2.0 * place + 3.0)) * inverse)
    total = xp.divide(1.0, q) + xp.pow(xp.divide(q, end), n) * rest
    for step in range(1, TERMS):
        total = total + xp.divide(xp.pow(xp.divide(q, q + step), n), q + step)
    return xp.where(xp.equal(q, xp.inf), 0.0, factorial_over_power(xp, n, q) * total)


def whole_order(xp: Any, n: Any) -> Any:
    """n where it is a whole number and not negative, otherwise NaN."""
    return xp.where(xp.logical_and(xp.greater_equal(n, 0.0), xp.equal(xp.floor(n), n)), n, xp.nan)


def factorial_over_power(xp: Any, n: Any, q: Any) -> Any:
    """n!/q^n by Stirling's series of (n + 8)! (DLMF 5.11.1)."""
    m = n + 8.0
    inverse = xp.divide(1.0, m)
    factor = xp.sqrt(2.0 * math.pi * m) * xp.exp(inverse * polynomial(STIRLING, inverse * inverse))
    scale = m * math.exp(-1.0)
    for step in range(1, 9):
        factor = factor * xp.divide(scale, n + step)
    return factor * xp.pow(xp.divide(scale, q), n)


def _steps_from_2(xp: Any, near: Any, most: int) -> tuple[Any, Any, Any]:
    """A number from -17.5 to 2.5 + most, and the factors of Γ between it and 2 + z, with its distance z from a whole
    number: Γ(near) is Γ(2 + z) times the second and divided by the third."""
    steps = xp.round(near) - 2.0
    above = xp.where(xp.greater_equal(steps, 1.0), near - 1.0, 1.0)
    for step in range(2, most + 1):
        above = above * xp.where(xp.greater_equal(steps, float(step)), near - step, 1.0)
    below = xp.where(xp.less(steps, 0.0), near, 1.0)
    for step in range(1, 19):
        below = below * xp.where(xp.less(steps, float(-step)), near + step, 1.0)
    return near, above, below


def _stirling(xp: Any, x: Any) -> Any:
    """ln Γ(x) for x > 8 (DLMF 5.11.1)."""
    inverse = xp.divide(1.0, x)
    series = inverse * polynomial(STIRLING, inverse * inverse)
    return (x - 0.5) * (xp.log(x) - 1.0) + (0.5 * math.log(2.0 * math.pi) - 0.5 + series)


def polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """A polynomial by Horner's rule; the coefficients begin with the constant term."""
    total: Any = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total

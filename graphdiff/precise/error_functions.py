"""The functions around the error function, sinc and beta, on multiprecision numbers: of a namespace of functions and of
operands that are not NaN."""

from __future__ import annotations

from typing import Any

from graphdiff.operations import ieee
from graphdiff.operations.normal import EDGE

GUARD_BITS = 30
MOST_STEPS = 100
"""Newton's method needs fewer, even from a few digits to ten thousand."""


def erfcx(xp: Any, x: Any) -> Any:
    mp = xp.mp
    if mp.isinf(x):
        return _of_floats("erfcx", mp, x)
    with mp.workprec(mp.prec + GUARD_BITS + max(0, 2 * mp.mag(x))):
        square = x * x
        if x < 0 or square < mp.prec:
            return xp.exp(square) * mp.erfc(x) if x > 0 else xp.exp(square) * (1 + mp.erf(-x))
        total = term = mp.one  # DLMF 7.12.1
        for odd in range(1, mp.prec, 2):
            term *= -odd / (2 * square)
            total += term
            if mp.mag(term) < -mp.prec:
                break
        return total / (x * mp.sqrt(mp.pi))


def erfcx_derivative(xp: Any, n: Any, x: Any) -> Any:
    """As in operations/error_functions; from EDGE on DLMF 7.18.4 and 7.18.11."""
    mp = xp.mp
    if mp.isinf(x):
        return mp.zero if x > 0 else mp.ninf if n == 1 else mp.nan
    with mp.workprec(mp.prec + GUARD_BITS):
        if x < EDGE:
            return 2 * x * erfcx(xp, x) - 2 / mp.sqrt(mp.pi) if n == 1 else mp.nan
        factor = mp.factorial(n) / mp.sqrt(mp.pi) * (-1) ** int(n)
        return factor * mp.hyperu((n + 1) / 2, mp.mpf(0.5), x * x)


def normcdf(xp: Any, x: Any) -> Any:
    mp = xp.mp
    if mp.isinf(x):
        return _of_floats("normcdf", mp, x)
    with mp.workprec(mp.prec + GUARD_BITS + max(0, 2 * mp.mag(x))):
        return xp.erfc(-x / mp.sqrt(2)) / 2


def lognormcdf(xp: Any, x: Any) -> Any:
    mp = xp.mp
    if mp.isinf(x):
        return _of_floats("lognormcdf", mp, x)
    with mp.workprec(mp.prec + GUARD_BITS + max(0, 2 * mp.mag(x))):
        if x > 0:
            return mp.log1p(-xp.erfc(x / mp.sqrt(2)) / 2)
        return mp.log(erfcx(xp, -x / mp.sqrt(2)) / 2) - x * x / 2


def inverse_mills_ratio(xp: Any, x: Any) -> Any:
    mp = xp.mp
    if mp.isinf(x):
        return mp.zero if x > 0 else mp.inf
    with mp.workprec(mp.prec + GUARD_BITS + max(0, 2 * mp.mag(x))):
        return xp.divide(mp.sqrt(2 / mp.pi), erfcx(xp, -x / mp.sqrt(2)))


def norminv(xp: Any, p: Any) -> Any:
    mp = xp.mp
    with mp.workprec(mp.prec + GUARD_BITS):
        return mp.sqrt(2) * _quantile(xp, 2 * p - 1, min(p, 1 - p))


def erfinv(xp: Any, x: Any) -> Any:
    mp = xp.mp
    with mp.workprec(mp.prec + GUARD_BITS):
        return _quantile(xp, x, (1 - abs(x)) / 2)


def _quantile(xp: Any, x: Any, tail: Any) -> Any:
    """The number whose erf is x, where (1 - abs(x))/2 is tail: by Newton's method, for the tail on its logarithm, from
    where it converges without turning."""
    mp = xp.mp
    if not tail > 0:
        return mp.inf * x if tail == 0 else mp.nan
    if not x:
        return x
    is_central = abs(x) < 0.5
    y = mp.sqrt(mp.pi) / 2 * abs(x) if is_central else mp.sqrt(-2 * mp.log(tail))
    for _ in range(MOST_STEPS):
        if is_central:
            step = (abs(x) - mp.erf(y)) * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
        else:  # here y is the number times sqrt(2)
            step = (lognormcdf(xp, -y) - mp.log(tail)) / inverse_mills_ratio(xp, -y)
        y += step
        if abs(step) <= mp.ldexp(y, -mp.prec // 2 - GUARD_BITS // 2):
            break
    return mp.sign(x) * (y if is_central else y / mp.sqrt(2))


def sinc(xp: Any, x: Any) -> Any:
    return xp.mp.nan if xp.mp.isinf(x) else xp.mp.sincpi(x)


def beta(xp: Any, a: Any, b: Any) -> Any:
    mp = xp.mp
    if a < 0 or b < 0:
        if mp.isinf(a) or mp.isinf(b):
            return mp.nan
        with _exact_sum(mp, a, b):
            return xp.gamma(a) * xp.gamma(b) * mp.rgamma(a + b)
    return xp.exp(lbeta(xp, a, b))


def lbeta(xp: Any, a: Any, b: Any) -> Any:
    mp = xp.mp
    if 0 in (a, b) or mp.isinf(a) or mp.isinf(b):
        return _of_floats("lbeta", mp, a, b)
    if mp.isint(a) != mp.isint(b) and any(mp.isint(x) and x < 0 for x in (a, b)):
        return mp.inf  # a pole, and a + b is none, even if it is rounded to one
    with _exact_sum(mp, a, b):
        return xp.lgamma(a) + xp.lgamma(b) - xp.lgamma(a + b)


def digamma_difference(xp: Any, a: Any, b: Any) -> Any:
    return polygamma_difference(xp, xp.mp.zero, a, b)


def polygamma_difference(xp: Any, n: Any, a: Any, b: Any) -> Any:
    mp = xp.mp
    if mp.isinf(a) or mp.isinf(b):
        return _of_floats("digamma_difference", mp, a, b) if n == 0 else xp.polygamma(n, a) - xp.polygamma(n, a + b)
    lost = max(0, mp.mag(a) - mp.mag(b)) if a and b else 0
    with mp.workprec(mp.prec + 2 * GUARD_BITS + lost):
        return xp.polygamma(n, a) - xp.polygamma(n, a + b)


def _exact_sum(mp: Any, a: Any, b: Any) -> Any:
    """A context in which the error of a + b is small beside 1, as gamma functions need."""
    return mp.workprec(mp.prec + 2 * GUARD_BITS + max(0, mp.mag(a), mp.mag(b)))


def _of_floats(name: str, mp: Any, *operands: Any) -> Any:
    """A function where an operand is 0, infinite or outside of the domain."""
    return mp.mpf(getattr(ieee, name)(*map(float, operands)))


FUNCTIONS = {
    function.__name__: function
    for function in (
        *(erfcx, erfcx_derivative, normcdf, lognormcdf, inverse_mills_ratio, norminv, erfinv, sinc, beta, lbeta),
        *(digamma_difference, polygamma_difference),
    )
}
"""The functions by name."""

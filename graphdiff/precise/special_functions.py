"""The incomplete gamma and beta functions, the Bessel functions and lambertw on multiprecision numbers: of a namespace
of functions and of operands that are not NaN.

At some numbers mpmath's own functions run without end; those here have limits, beyond which they raise
GraphdiffError("limit").
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from graphdiff.errors import GraphdiffError

GUARD_BITS = 30
LARGEST_ORDER = 300
LARGEST_SHAPE, LEAST_SHAPE = 1e5, 1e-60
"""Of the incomplete functions: they sum about as many terms, or need as many digits."""
LARGEST_ARGUMENT_BITS = 1100
"""Of the Bessel functions: more than any float has."""


def gammainc(xp: Any, a: Any, x: Any) -> Any:
    return _incomplete_gamma(xp, a, x, is_upper=False)


def gammaincc(xp: Any, a: Any, x: Any) -> Any:
    return _incomplete_gamma(xp, a, x, is_upper=True)


def _incomplete_gamma(xp: Any, a: Any, x: Any, is_upper: bool) -> Any:
    """The lower one by its series of positive terms (DLMF 8.7.1); the upper one is 1 minus that, or far from 0 its
    asymptotic series (8.11.2)."""
    mp = xp.mp
    if not (a >= 0 and x >= 0) or (x == 0 and a == 0) or (mp.isinf(a) and mp.isinf(x)):
        return mp.nan
    if x == 0 or a == 0 or mp.isinf(x) or mp.isinf(a):
        is_one = (x > 0 and mp.isinf(x)) or a == 0
        return mp.mpf(is_one != is_upper)
    _check_shapes("gammainc", a)
    is_far = x > 2 * a + 2 * mp.prec + 100
    guard = GUARD_BITS + max(0, mp.mag(a), -mp.mag(a), mp.mag(x))
    with mp.workprec(mp.prec + guard + (0 if is_far or not is_upper else int(1.5 * max(0, x - a)))):
        scale = xp.exp(a * mp.log(x) - x - mp.loggamma(a))
        term = total = mp.one
        if is_far:
            for k in range(1, 2 * mp.prec):
                term *= (a - k) / x
                total += term
                if not term or mp.mag(term) < -mp.prec:
                    break
            upper = scale / x * total
            return upper if is_upper else 1 - upper
        k = 0
        while mp.mag(term) > mp.mag(total) - mp.prec:
            k += 1
            term *= x / (a + k)
            total += term
        lower = scale / a * total
        return 1 - lower if is_upper else lower


def betainc(xp: Any, a: Any, b: Any, x: Any) -> Any:
    """A series of positive terms (DLMF 8.17.8), on the side where it converges faster (8.17.4)."""
    mp = xp.mp
    if not (a >= 0 and b >= 0 and 0 <= x <= 1) or a == b == 0 or (mp.isinf(a) and mp.isinf(b)):
        return mp.nan
    if x in (0, 1) or 0 in (a, b) or mp.isinf(a) or mp.isinf(b):
        is_zero = x == 0 or (x < 1 and (b == 0 or mp.isinf(a)))
        return mp.mpf(not is_zero)
    _check_shapes("betainc", a, b)
    with mp.workprec(mp.prec + GUARD_BITS + 2 * max(abs(mp.mag(a)), abs(mp.mag(b)))):
        if x * (a + b + 2) > a + 1:
            return 1 - _beta_series(xp, b, a, 1 - x)
        return _beta_series(xp, a, b, x)


def _beta_series(xp: Any, a: Any, b: Any, x: Any) -> Any:
    mp = xp.mp
    term = total = mp.one
    k = 0
    while mp.mag(term) > mp.mag(total) - mp.prec:
        term *= (a + b + k) / (a + 1 + k) * x
        total += term
        k += 1
    return xp.exp(a * mp.log(x) + b * mp.log1p(-x) - xp.lbeta(a, b)) / a * total


def _bessel(name: str, xp: Any, order: Any, x: Any) -> Any:
    mp = xp.mp
    if abs(order) > LARGEST_ORDER or (mp.isfinite(x) and x and mp.mag(x) > LARGEST_ARGUMENT_BITS):
        message = f"{name} is computed to order {LARGEST_ORDER} and for numbers that a float can hold"
        raise GraphdiffError("limit", message)
    is_second = name in ("bessely", "besselk")
    is_whole = order == mp.floor(order)
    if x < 0 and (is_second or not is_whole):
        return mp.nan
    if mp.isinf(x):
        sign = -1 if x < 0 and name == "besseli" and order % 2 == 1 else 1
        return sign * mp.inf if name == "besseli" else mp.zero
    if is_whole and order < 0:
        sign = -1 if name in ("besselj", "bessely") and order % 2 == 1 else 1
        return sign * _bessel(name, xp, -order, x)
    if x == 0 and is_second:
        return mp.inf if name == "besselk" else mp.ninf if is_whole or order > 0 else mp.nan
    if name == "besselk" and x > 1:  # mpmath's own sum loses its digits there (DLMF 10.39.6)
        with mp.workprec(mp.prec + GUARD_BITS + max(0, mp.mag(x))):
            factor = mp.sqrt(mp.pi) * (2 * x) ** order * xp.exp(-x)
            return factor * mp.hyperu(order + mp.mpf(1) / 2, 2 * order + 1, 2 * x)
    return getattr(mp, name)(order, x)


def scaled_besseli0(xp: Any, n: Any, x: Any) -> Any:
    """As in operations/bessel (DLMF 13.4.1)."""
    mp = xp.mp
    if mp.isinf(x):
        return mp.zero if x > 0 else mp.inf * (-1) ** int(n)
    with mp.workprec(mp.prec + GUARD_BITS + max(0, mp.mag(x))):
        half = mp.mpf(1) / 2
        return (-2) ** int(n) * mp.rf(half, n) / mp.factorial(n) * mp.hyp1f1(n + half, n + 1, -2 * x)


def lambertw(xp: Any, x: Any) -> Any:
    mp = xp.mp
    if mp.isinf(x):
        return mp.inf if x > 0 else mp.nan
    return mp.lambertw(x)


def _check_shapes(name: str, *shapes: Any) -> None:
    if not all(LEAST_SHAPE <= shape <= LARGEST_SHAPE for shape in shapes):
        message = f"{name} is computed for shape parameters from {LEAST_SHAPE:g} to {LARGEST_SHAPE:g}"
        raise GraphdiffError("limit", message)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{function.__name__: function for function in (gammainc, gammaincc, betainc, scaled_besseli0, lambertw)},
    **{name: partial(_bessel, name) for name in ("besselj", "bessely", "besseli", "besselk")},
}
"""The functions by name."""

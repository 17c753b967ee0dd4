"""Exact values, by mpmath with many digits, and the error of a float."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from mpmath import mp, mpf

STEP, DIGITS = mpf("1e-30"), 420
"""Of differences, relative to the operand up to 1; and digits of what they are taken of: 1 - tanh(370) is 1e-321."""
TINY = mpf("1e-330")
"""The step at 0."""
BEYOND = mpf(2) ** 1024
ONE = mpf(1)

Function = Callable[..., Any]


def digits_at(point: Sequence[float]) -> int:
    """A difference loses as many digits as an operand is large, or small beside the others."""
    return DIGITS + sum(int(2 * abs(math.log10(abs(x)))) for x in point if x)


def exact(function: Function, point: Sequence[mpf]) -> mpf | None:
    """A function's value, None where it is not real and finite."""
    try:
        value = mpf(function(*point))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return value if mp.isfinite(value) else None


def slope(function: Function, point: Sequence[float], slot: int, shortening: mpf = ONE) -> mpf | None:
    """The derivative by an operand, between two points to both sides of it, at a distance that may be shorter; None
    where one has no value."""
    step = shortening * STEP * min(abs(mpf(point[slot])), mpf(1)) or TINY
    above, below = (
        exact(function, [mpf(x) + (shift if place == slot else 0) for place, x in enumerate(point)])
        for shift in (step, -step)
    )
    return None if above is None or below is None else (above - below) / (2 * step)


def ulps(found: float, exact: mpf) -> float:
    """The error in units of the last place of the exact number's float: below 2.2e-308 in the least float, and with
    all beyond the largest float counted as 2^1024; infinite for NaN."""
    if math.isnan(found):
        return math.inf
    with mp.workdps(50):
        expected, given = (min(max(mpf(number), -BEYOND), BEYOND) for number in (exact, found))
        return float(abs(given - expected) / math.ulp(min(abs(float(expected)), sys.float_info.max)))

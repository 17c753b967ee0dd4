"""The value of sinc in terms of elementary functions, as in gamma.py."""

from __future__ import annotations

import math
from typing import Any


def sinc(xp: Any, x: Any) -> Any:
    """sin(πx)/(πx), 1 at 0: 0 at all other whole numbers, from which the distance is taken before the sine."""
    is_zero = xp.equal(x, 0.0)
    whole = xp.round(x)
    sign = 1.0 - 2.0 * (whole - 2.0 * xp.floor(0.5 * whole))
    sine = sign * xp.sin(math.pi * (x - whole))
    return xp.where(is_zero, 1.0, xp.divide(sine, math.pi * xp.where(is_zero, 1.0, x)))

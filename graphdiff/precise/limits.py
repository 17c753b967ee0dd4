"""The limits of precision, for those that need no arithmetic."""

from __future__ import annotations

from typing import Any

from graphdiff.errors import GraphdiffError, shorten

LARGEST_PRECISION = 10_000
"""The most significant digits that can be asked for."""


def check_precision(precision: Any) -> int:
    """The number of digits; raises GraphdiffError("usage") if it is not a whole number from 1 to LARGEST_PRECISION."""
    if isinstance(precision, bool) or not isinstance(precision, int) or not 1 <= precision <= LARGEST_PRECISION:
        raise GraphdiffError(
            "usage",
            f"invalid precision {shorten(str(precision))}",
            hint=f"the number of significant digits: a whole number from 1 to {LARGEST_PRECISION}",
        )
    return precision

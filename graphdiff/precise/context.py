"""The contexts of mpmath: how many digits its numbers have."""

from __future__ import annotations

import copyreg
from functools import lru_cache
from typing import Any

from mpmath import MPContext


class Context(MPContext):  # type: ignore[misc]  # mpmath has no types
    """A context of mpmath, whose numbers know how many of their digits are reported."""

    reported: int


@lru_cache(maxsize=32)
def context_of(digits: int, rounding: str = "n", reported: int | None = None) -> Context:
    """The context of mpmath with this many digits, which takes a millisecond to make."""
    context = Context()
    context.dps = digits
    context._prec_rounding[1] = rounding  # mpmath has a name for it from 1.4 on; SymPy 1.14 needs an earlier one
    context.reported = reported or digits
    # Pickles and deep copies of mpmath's own numbers forget their context.
    copyreg.pickle(context.mpf, lambda number: (_number, (digits, rounding, reported, number._mpf_)))
    return context


def _number(digits: int, rounding: str, reported: int | None, parts: tuple[int, ...]) -> Any:
    return context_of(digits, rounding, reported).make_mpf(parts)

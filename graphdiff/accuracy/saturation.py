"""Functions of numbers with many digits that always give a number: beyond the largest magnitude that is computed, they
have their values at infinity, and the functions around gamma have fewer digits than the others."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.precise.functions import LARGEST_MAGNITUDE, Precise

MOST_GAMMA_DIGITS = 700
"""Digits to which the functions around gamma are computed: with 300 more, the first call takes a second."""

NOISE = 7 / 8
"""A number may be rounding alone if it is below 1 by this part of all digits."""


class SaturatingPrecise(Precise):
    """The functions of Precise, which raise no GraphdiffError("limit").

    Where rounding may have taken an operand across the edge of a domain, as that of sqrt at 0, it is mirrored there.

    Attributes:
        digits_of_results: How many digits all results so far have.
        distances_from_edges: How far inside of an edge each operand was that rounding may have moved from it; those
            outside are negative.
    """

    def __init__(self, digits: int, seed: int) -> None:
        super().__init__(digits)
        self.digits_of_results = digits
        self.distances_from_edges: list[Any] = []
        self._farthest = self.mp.mpf(10) ** -int(digits * NOISE)
        self._errors = Random(seed)

    def sqrt(self, x: Any) -> Any:
        return self._real(self.mp.sqrt)(-self._within(-x, 0))

    def acos(self, x: Any) -> Any:
        return self._real(self.mp.acos)(-self._within(-self._within(x, 1), 1))

    def asin(self, x: Any) -> Any:
        return self._real(self.mp.asin)(-self._within(-self._within(x, 1), 1))

    def acosh(self, x: Any) -> Any:
        return super().acosh(-self._within(-x, -1))

    def _within(self, x: Any, edge: int) -> Any:
        """A number, mirrored at an edge if it is beyond it by as little as rounding may explain."""
        distance = edge - x
        if not 0 < abs(distance) <= self._farthest:
            return x
        self.distances_from_edges.append(distance)
        return edge - abs(distance)

    def exp(self, x: Any) -> Any:
        return self._saturate(super().exp, x)

    def erfc(self, x: Any) -> Any:
        return self._saturate(super().erfc, x)

    def pow(self, x: Any, y: Any) -> Any:
        return self._saturate(super().pow, x, y)

    def remainder(self, x: Any, y: Any) -> Any:
        try:
            return super().remainder(x, y)
        except GraphdiffError:  # the quotient has too many bits
            return self.mp.nan

    def gamma(self, x: Any) -> Any:
        return self._shorten(super().gamma, x)

    def lgamma(self, x: Any) -> Any:
        return self._shorten(super().lgamma, x)

    def digamma(self, x: Any) -> Any:
        return self._shorten(super().digamma, x)

    def polygamma(self, n: Any, x: Any) -> Any:
        is_beyond = self.mp.isfinite(x) and x and self.mp.mag(x) > LARGEST_MAGNITUDE
        try:
            return self._shorten(super().polygamma, n, x * self.mp.inf if is_beyond else x)
        except GraphdiffError:  # an order or a place whose sums are too long
            return self.mp.nan

    def _within_range(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        bounded = super()._within_range(name, function)
        return lambda x: self._saturate(bounded, x)

    def _saturate(self, function: Callable[..., Any], *operands: Any) -> Any:
        """A function, with its value at infinity where the last operand takes it beyond all bounds."""
        try:
            return function(*operands)
        except GraphdiffError:
            *others, last = operands
            return function(*others, self.mp.inf if last > 0 else self.mp.ninf)

    def _shorten(self, function: Callable[..., Any], *operands: Any) -> Any:
        """A function of so few digits that it takes little time; their end is random."""
        if self.mp.dps <= MOST_GAMMA_DIGITS:
            return self._saturate(function, *operands)
        self.digits_of_results = MOST_GAMMA_DIGITS
        with self.mp.workdps(MOST_GAMMA_DIGITS + 5):
            result = self._saturate(function, *operands)
        if not self.mp.isfinite(result):
            return result
        return result * (1 + self.mp.mpf(10) ** -MOST_GAMMA_DIGITS * self._errors.uniform(-1, 1))

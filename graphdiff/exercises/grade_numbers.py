"""Whether the number of an answer is right: to its own digits, or to a tolerance."""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple

from graphdiff.exercises.answers import FEWEST_DIGITS, Question
from graphdiff.operations.shapes import nested_entries, nested_shape
from graphdiff.passes.values import to_list

ALL_DIGITS = 1e-9
"""The most relative difference of numbers that are compared by all digits, such as 1/3."""
SLACK = 1e-12
"""How far rounding in 64 bits may move a number that is just at a half of the last digit, relative to it."""


def agrees(given: Any, expected: Any, digits: int | None, error: float = 0.0, tolerance: float | None = None) -> bool:
    """Whether a number or an array is the expected one.

    Both are rounded to so many significant digits; None compares all. error is a bound of the rounding error of the
    expected number; tolerance is the relative difference that is allowed in place of digits.
    """
    if isinstance(given, float) and isinstance(expected, float):
        return _agrees(given, expected, digits, error, tolerance)
    first, second = _nested(given), _nested(expected)
    if nested_shape(first) != nested_shape(second):
        return False
    entries = nested_entries(second)
    error = max(error, SLACK * max(map(abs, entries)))
    pairs = zip(nested_entries(first), entries, strict=True)
    return all(_agrees(one, other, digits, error, tolerance) for one, other in pairs)


def _nested(value: Any) -> Any:
    return value if isinstance(value, float | list) else to_list(value)


def _agrees(given: float, expected: float, digits: int | None, error: float, tolerance: float | None) -> bool:
    difference = abs(given - expected)
    if difference <= error:
        return True
    if not isfinite(difference):
        return False
    if tolerance is not None or digits is None:
        return difference <= error + (ALL_DIGITS if tolerance is None else tolerance) * abs(expected)
    if f"{given:.{digits - 1}e}" == f"{expected:.{digits - 1}e}":
        return True
    # Beside a half of the last digit both may be rounded differently, although they differ by less than that.
    smaller = min(abs(given), abs(expected))
    exponent = f"{smaller:.{digits - 1}e}".partition("e")[2]
    return smaller > 0 and difference <= 0.5 * float(f"1e{exponent}") * 10.0 ** (1 - digits) + SLACK * smaller + error


class Given(NamedTuple):
    """The number that an answer gives, with its significant digits, None for all; tolerance is the relative difference
    that is allowed in place of a comparison by digits."""

    question: Question
    number: Any
    digits: int | None
    tolerance: float | None = None

    def agrees(self, value: Any, error: float = 0.0) -> bool:
        """Whether it is this value, which has a rounding error of at most error."""
        digits = None if self.digits is None else max(self.digits, FEWEST_DIGITS)
        return agrees(self.number, value, digits, error, self.tolerance)

    @property
    def is_short(self) -> bool:
        """Whether it is a number of fewer digits than FEWEST_DIGITS, and compared by these."""
        return (
            isinstance(self.number, float) and self.tolerance is None and (self.digits or FEWEST_DIGITS) < FEWEST_DIGITS
        )

    def agrees_at_own_digits(self, value: Any) -> bool:
        """Whether it is this value to the digits that it has, also if they are fewer than FEWEST_DIGITS."""
        return agrees(self.number, value, self.digits) if self.is_short else self.agrees(value)

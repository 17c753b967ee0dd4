"""The numbers that examination systems accept: those that agree with the right one to three significant digits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import floor, log10

from graphdiff.exercises.feedback import Feedback


def distinct_feedback(feedback: Sequence[Feedback], right: float) -> list[Feedback]:
    """The feedback on numbers whose tolerance does not reach the right number's."""
    return [each for each in feedback if abs(each.number - right) > _tolerance(each.number) + _tolerance(right)]


def number_text(number: float) -> str:
    """A number with twelve significant digits."""
    return f"{number + 0.0:.12g}"


def tolerance_text(number: float) -> str:
    """The difference from a number that is accepted, without an exponent, which some systems take for a name."""
    return f"{Decimal(f'{_tolerance(number):.3g}'):f}"


def decimal_texts(number: float) -> tuple[str, str, str]:
    """A number, and the least and the greatest that are accepted, without exponents."""
    right, tolerance = Decimal(number_text(number)), Decimal(tolerance_text(number))
    return f"{right:f}", f"{right - tolerance:f}", f"{right + tolerance:f}"


def _tolerance(number: float) -> float:
    """Half a unit of the third significant digit."""
    return 0.5 * 10.0 ** (floor(log10(abs(number))) - 2) if number else 1e-9

"""Numbers of mpmath as text, with any number of digits and exponents of any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

GUARD_DIGITS = 20
SMALLEST_FIXED = -4
"""The exponent of the smallest numbers that are written without one, as Python's format g has it."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """The text of a number that a JSON document contains as it is."""

    text: str

    def __str__(self) -> str:
        return self.text


def precise_text(value: Any, digits: int) -> str:
    """A number of mpmath to so many significant digits, without trailing zeros."""
    context = value.context
    if not context.isfinite(value):
        return f"{float(value):g}"
    if not value:
        return "0"
    text, exponent = _digits(abs(value), digits, context)
    significant = text.rstrip("0")
    sign = "-" if value < 0 else ""
    if not SMALLEST_FIXED <= exponent < digits:
        fraction = f".{significant[1:]}" if len(significant) > 1 else ""
        return f"{sign}{significant[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{significant}"
    whole, fraction = significant[: exponent + 1].ljust(exponent + 1, "0"), significant[exponent + 1 :]
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _digits(value: Any, digits: int, context: Any) -> tuple[str, int]:
    """The significant digits of a positive number, and the power of ten of the first."""
    from decimal import Decimal  # writes whole numbers of any length

    with context.workprec(int(3.33 * (digits + GUARD_DIGITS)) + abs(value.exp).bit_length() + value.bc):
        exponent = int(context.floor(context.log10(value)))
        whole = int(context.nint(value / context.power(10, exponent - digits + 1)))
    text = str(Decimal(whole))
    if len(text) != digits:  # 9.99 is rounded to 10.0, or the logarithm is one of a power of ten
        exponent += len(text) - digits
        whole = int(Decimal(whole).scaleb(digits - len(text)).to_integral_value()) if len(text) > digits else whole * 10
        text = str(Decimal(whole))
    return text, exponent

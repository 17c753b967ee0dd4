"""Floats that know the number they were rounded from, for arithmetic with more digits; and how many digits.

Any other float of a program or a point stands for its shortest decimal, the one that a person types: 0.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import GraphdiffError, Hint, shorten

if TYPE_CHECKING:
    from graphdiff.operations.primitive import Primitive

LARGEST_PRECISION = 10_000
"""The most significant digits that can be asked for."""
SURE_DIGITS = 15
"""A decimal with so many significant digits at most is the shortest one of the float nearest to it."""
LONGEST_EXPONENT = 100
"""Digits that the exponent of a number may have."""
FAR_EXPONENT, FAR_DIGITS = r"e[+-]?[0-9_]*[0-9]{3}", 300
"""What the text of a number beyond the range of floats has: such an exponent (a regular expression), or so many digits
in a row."""


class RoundedNumber(float):
    """A float that is the rounding of another number."""

    __slots__ = ()


class Irrational(RoundedNumber):
    """The float nearest to π in a derivative rule, where more digits are those of π; that of a text is the float."""

    __slots__ = ()


class Literal(RoundedNumber):
    """A number as typed, where the shortest decimal of the float is another: 0.12345678901234567890, 1e-400."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Literal:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __neg__(self) -> Literal:
        return Literal(self.text[1:] if self.text.startswith("-") else f"-{self.text}")

    def __abs__(self) -> Literal:
        return -self if self.text.startswith("-") else self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and decimal_parts(self.text) == decimal_parts(other.text)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(decimal_parts(self.text))

    def __repr__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[Any, ...]:
        return Literal, (self.text,)

    def is_integer(self) -> bool:
        return decimal_parts(self.text)[2] >= 0


class ComputedNumber(RoundedNumber):
    """The value of an operation on constants, such as 1/3, where the text needs it before there is a graph."""

    __slots__ = ("operands", "primitive")
    primitive: Primitive
    operands: Sequence[float]

    def __new__(cls, value: float, primitive: Primitive, operands: Sequence[float]) -> ComputedNumber:
        number = super().__new__(cls, value)
        number.primitive = primitive
        number.operands = operands
        return number

    def __reduce__(self) -> tuple[Any, ...]:
        return ComputedNumber, (float(self), self.primitive, self.operands)


def check_precision(precision: Any) -> int:
    """The number of digits; raises GraphdiffError("usage") if it is not a whole number from 1 to LARGEST_PRECISION."""
    if isinstance(precision, bool) or not isinstance(precision, int) or not 1 <= precision <= LARGEST_PRECISION:
        raise GraphdiffError(
            "usage",
            f"invalid precision {shorten(str(precision))}",
            hint=f"the number of significant digits: a whole number from 1 to {LARGEST_PRECISION}",
        )
    return precision


def read_number(text: str) -> float:
    """The number of a decimal text: a float, or a Literal where the shortest decimal of that float is another.

    Raises ValueError where the text is not a decimal number, or its exponent has more than LONGEST_EXPONENT digits.
    """
    value = float(text)
    if len(text) <= SURE_DIGITS and 1e-290 < abs(value) < 1e290:
        return value
    if value != value or "inf" in text.lower():
        return value
    parts = decimal_parts(text)
    return value if parts[1:] == (0, 0) or parts == decimal_parts(repr(value)) else Literal(text)


def is_out_of_range(number: float) -> bool:
    """Whether a number as typed is too large or too small for a 64-bit float."""
    return isinstance(number, Literal) and (float(number) == 0 or float(number) in (float("inf"), -float("inf")))


def size_problem(number: float) -> str:
    """What is wrong with a number that is out of range: `is too small for a 64-bit float`."""
    return f"is too {'small' if float(number) == 0 else 'large'} for a 64-bit float"


def size_hint(number: float) -> Hint:
    """What to do about a number that is out of range."""
    limit = "the smallest is about 4.9e-324" if float(number) == 0 else "the largest is about 1.8e308"
    return Hint(f"{limit}; trace(…, precision=50) computes with it", "precision", limit=limit)


def check_range(number: float, what: str) -> None:
    """Raise GraphdiffError("value") for a number that is out of range; what names it."""
    if is_out_of_range(number):
        raise GraphdiffError("value", f"{what} {size_problem(number)}", hint=size_hint(number))


def decimal_parts(text: str) -> tuple[bool, int, int]:
    """Whether a decimal is negative, its significant digits as a whole number, and the power of ten they stand at.

    Raises ValueError as read_number does.
    """
    text = text.strip().replace("_", "").lower()
    if "inf" in text:
        return text.startswith("-"), 1, 0
    mantissa, _, power = text.lstrip("+-").partition("e")
    if len(power.lstrip("+-0")) > LONGEST_EXPONENT:
        raise ValueError("the exponent is too long")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return text.startswith("-"), 0, 0
    exponent = int(power or 0) - len(fraction) + len(digits) - len(significant)
    return text.startswith("-"), _whole(significant), exponent


def _whole(digits: str) -> int:
    """A whole number of any length, beyond what int() reads at once."""
    if len(digits) <= 4000:
        return int(digits)
    from decimal import Decimal

    return int(Decimal(digits))

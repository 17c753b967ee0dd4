"""A number of a trace that 64-bit arithmetic got wrong, as data for all reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from graphdiff.source import Span

Number = float  # a field is called float
Why = Literal["cancellation", "overflow", "underflow"]


class Cause(NamedTuple):
    """The operation that lost the digits.

    Attributes:
        node: Its label.
        expression: It in the labels of its operands: `1 - v1`.
        why: "cancellation" (digits were lost when nearly equal numbers were subtracted, or a rounding error was
            magnified in another way), "overflow" or "underflow".
        span: Its place in the text, or None.
    """

    node: str
    expression: str
    why: Why
    span: Span | None


@dataclass(frozen=True, slots=True)
class Inaccuracy:
    """A number that is off by more than 10^-6, relative to its right value.

    Attributes:
        of: "value", "d_x" for the gradient by x, or "d_x_y" for a second derivative.
        index: The indices of the entry; () for a number.
        float: The number that 64-bit arithmetic gave.
        right: The right value, to at least 12 digits; None where there are too many operations to work it out, or it
            would take too many digits and float is not finite.
        digits: -log10 of the relative error: about the number of digits that are right.
        cause: The operation that lost the digits, where right is known.
        hint: The stable way, or None.
    """

    of: str
    index: tuple[int, ...]
    float: Number
    right: Number | None
    digits: Number
    cause: Cause | None
    hint: str | None

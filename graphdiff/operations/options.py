"""The options of operations, such as axis=0 in sum(x, axis=0): how each is read from the value in the text."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

Static: TypeAlias = "float | bool | str | tuple[Static, ...] | None"
"""The value of a constant in the text: a number, true or false, a string, None, or a tuple of these."""


class Option(NamedTuple):
    """A constant that a call passes by name, or by position after its operands.

    read        turns a Static into the parameter that the kernel takes; raises ValueError with what is expected
    default     the parameter where a call does not pass it, REQUIRED or OWN_DEFAULT
    takes_rest  whether it takes all positions after the operands, as in zeros(2, 3)
    by_name     whether it can only be passed by name
    is_first    whether it comes before the operands, as in einsum("ij->ji", x)
    """

    name: str
    read: Callable[[Any], Any]
    default: Any
    takes_rest: bool = False
    by_name: bool = False
    is_first: bool = False


REQUIRED = object()
"""The default of an option that every call must pass."""
OWN_DEFAULT = object()
"""The default of an option of a function that is defined in the language: its definition has the default."""


def whole(value: Static) -> int:
    """A whole number."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    raise ValueError("a whole number")


def positive(value: Static) -> int:
    """A positive whole number."""
    if (number := whole_or_none(value)) is not None and number > 0:
        return number
    raise ValueError("a positive whole number")


def whole_or_none(value: Static) -> int | None:
    """A whole number, or None for any other value."""
    try:
        return whole(value)
    except ValueError:
        return None


def flag(value: Static) -> bool:
    """true or false."""
    if value in (0.0, 1.0):
        return bool(value)
    raise ValueError("true or false")


def axis_or_none(value: Static) -> int | None:
    """One axis, or None for all."""
    if value is None:
        return None
    try:
        return whole(value)
    except ValueError:
        raise ValueError("a whole number or None") from None


def axis(value: Static) -> int | tuple[int, ...] | None:
    """One axis, a tuple of axes, or None for all."""
    if value is None:
        return None
    try:
        axes = several(value)
        return axes if len(axes) > 1 else axes[0]
    except ValueError:
        raise ValueError("a whole number, a tuple of them such as (0, 1), or None") from None


def axes(value: Static) -> int | tuple[int, ...]:
    """One axis, or a tuple of them."""
    axes = axis(value)
    if axes is None:
        raise ValueError("a whole number, or a tuple of them such as (0, 1)")
    return axes


def order_of_norm(value: Static) -> float | str | None:
    """The order of a norm: a number from 1, inf, "fro", "nuc", or None for the length."""
    if value in ("fro", "nuc", None) or (isinstance(value, float) and value >= 1):
        return value
    if value == "inf":
        return math.inf
    raise ValueError('a number from 1, inf, "fro" or "nuc"')


def subscripts(value: Static) -> str:
    """The subscripts of einsum with those of the output: "ij,jk->ik"; without these, they are the letters that occur
    once, in alphabetical order, as in NumPy."""
    text = value.replace(" ", "") if isinstance(value, str) else "?"
    left, arrow, output = text.partition("->")
    letters = sorted(set(left.replace(",", "")))
    if not all(letter.isascii() and letter.isalpha() for letter in letters):
        raise ValueError('a string of letters such as "ij,jk->ik"')
    if not arrow:
        output = "".join(letter for letter in letters if left.count(letter) == 1)
    if not set(output) <= set(letters):
        raise ValueError('a string such as "ij,jk->ik", with letters of the operands in the output')
    return f"{left}->{output}"


def several(value: Static) -> tuple[int, ...]:
    """A tuple of whole numbers such as (0, 2, 1), or a single one."""
    try:
        return tuple(map(whole, value if isinstance(value, tuple) else (value,)))
    except ValueError:
        raise ValueError("whole numbers such as (0, 2, 1)") from None


def shape(value: Static) -> tuple[int, ...]:
    """A tuple of sizes such as (2, 3), or a single one."""
    try:
        return tuple(map(positive, value if isinstance(value, tuple) else (value,)))
    except ValueError:
        raise ValueError("positive sizes such as (2, 3)") from None


def new_shape(value: Static) -> tuple[int, ...]:
    """Sizes, of which one may be -1: it follows from the others."""
    sizes = several(value)
    if sizes.count(-1) > 1 or any(size < 1 and size != -1 for size in sizes):
        raise ValueError("positive sizes such as (2, 3), of which one may be -1 for the rest")
    return sizes


def order(value: Static) -> tuple[int, ...] | None:
    """All axes in a new order, or None."""
    return None if value is None else several(value)


def widths(value: Static) -> int | tuple[tuple[int, int], ...]:
    """Widths to pad by: one for every side, or (before, after) for each of the last axes."""
    try:
        if not isinstance(value, tuple):
            return _width(value)
        pairs = value if value and isinstance(value[0], tuple) else (value,)
        return tuple((_width(before), _width(after)) for before, after in pairs)  # type: ignore[misc, str-unpack]
    except (TypeError, ValueError):
        raise ValueError("a width of at least 0, or ((before, after), …) for the last axes") from None


def _width(value: Static) -> int:
    number = whole(value)
    if number < 0:
        raise ValueError
    return number


def two_axes(value: Static) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes to sum over in pairs: ((of a, …), (of b, …))."""
    try:
        left, right = value  # type: ignore[misc, str-unpack]
        pair = several(left), several(right)
    except (TypeError, ValueError):
        pair = (), ()
    if len(pair[0]) != len(pair[1]) or not pair[0]:
        raise ValueError("two tuples of axes of the same length, such as ((1,), (0,))")
    return pair

"""The named constants of a call, such as axis=0: how each is read from what the text means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

Static: TypeAlias = "float | bool | tuple[Static, ...] | None"
"""What a constant of the text means: a number, true or false, None, or a tuple of such."""


class Option(NamedTuple):
    """A constant that a call gives by name, or by place after its operands.

    read turns a Static into the parameter that the kernel takes, and raises ValueError with what it should be.
    takes_rest: all that stands after the operands, as in zeros(2, 3). by_name: it is given by its name alone.
    """

    name: str
    read: Callable[[Any], Any]
    default: Any
    takes_rest: bool = False
    by_name: bool = False


REQUIRED = object()
"""The default of an option that a call must give."""
OWN_DEFAULT = object()
"""The default of an option that means something else where a call does not give it."""


def whole(value: Static) -> int:
    """A whole number."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    raise ValueError("a whole number")


def positive(value: Static) -> int:
    """A whole number from 1."""
    if (number := whole_or_none(value)) is not None and number > 0:
        return number
    raise ValueError("a whole number from 1 up")


def whole_or_none(value: Static) -> int | None:
    """A whole number, or None where it is none."""
    try:
        return whole(value)
    except ValueError:
        return None


def flag(value: Static) -> bool:
    """true or false."""
    if value in (0.0, 1.0):
        return bool(value)
    raise ValueError("true or false")


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
    found = axis(value)
    if found is None:
        raise ValueError("a whole number, or a tuple of them such as (0, 1)")
    return found


def several(value: Static) -> tuple[int, ...]:
    """Whole numbers: (0, 2, 1), or one alone."""
    try:
        return tuple(map(whole, value if isinstance(value, tuple) else (value,)))
    except ValueError:
        raise ValueError("whole numbers such as (0, 2, 1)") from None


def shape(value: Static) -> tuple[int, ...]:
    """Sizes: (2, 3), or one alone."""
    try:
        return tuple(map(positive, value if isinstance(value, tuple) else (value,)))
    except ValueError:
        raise ValueError("sizes from 1 up, such as (2, 3)") from None


def new_shape(value: Static) -> tuple[int, ...]:
    """Sizes, of which one may be -1: what is left."""
    sizes = several(value)
    if sizes.count(-1) > 1 or any(size < 1 and size != -1 for size in sizes):
        raise ValueError("sizes from 1 up, such as (2, 3), and at most one -1, which is what is left")
    return sizes


def order(value: Static) -> tuple[int, ...] | None:
    """All axes in a new order, or None."""
    return None if value is None else several(value)


def widths(value: Static) -> int | tuple[tuple[int, int], ...]:
    """How much to add: one width for every side, or (before, after) for each of the last axes."""
    try:
        if not isinstance(value, tuple):
            return _width(value)
        pairs = value if value and isinstance(value[0], tuple) else (value,)
        return tuple((_width(before), _width(after)) for before, after in pairs)  # type: ignore[misc]
    except (TypeError, ValueError):
        raise ValueError("a width from 0 up, or ((before, after), …) for the last axes") from None


def _width(value: Static) -> int:
    number = whole(value)
    if number < 0:
        raise ValueError
    return number


def two_axes(value: Static) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes that are summed together: ((of a, …), (of b, …))."""
    try:
        left, right = value  # type: ignore[misc]
        pair = several(left), several(right)
    except (TypeError, ValueError):
        pair = (), ()
    if len(pair[0]) != len(pair[1]) or not pair[0]:
        raise ValueError("as many axes of the one as of the other, such as ((1,), (0,))")
    return pair

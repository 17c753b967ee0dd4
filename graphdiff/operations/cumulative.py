"""Cumulative operations along an axis: cumsum, cumprod, cummax and linear_recurrence.

The rules of cumprod and cummax are linear recurrences, whose own rules are linear recurrences again: no rule divides,
so that zeros are not a special case, and derivatives of every order take time linear in the number of entries.
"""

from __future__ import annotations

from typing import Any

from graphdiff.operations import options
from graphdiff.operations.indexing import ALL, REST
from graphdiff.operations.options import Option
from graphdiff.operations.primitive import DISTRIBUTOR, ROUTER, SCALER, SWAP_MULTIPLIER, Primitive, Sample
from graphdiff.operations.reductions import ONE_AXIS
from graphdiff.operations.shapes import Shape, axes_of, shape_error, shape_text

REVERSE = Option("reverse", options.flag, False, by_name=True)
ALONG = (Sample(((4,),)), Sample(((2, 3),), {"axis": 1}), Sample(((3, 2),), {"axis": 0}), Sample(((1,),)))


def _one_axis(axis: int | None, rank: int) -> int:
    """The axis, counted from 0; that of a vector is optional."""
    if axis is None and rank != 1:
        raise shape_error("an axis is needed", "for example: axis=0" if rank else "a number has no axes")
    return axis % rank if axis else 0


def _same_shape(shape: Shape, axis: int | None = None, reverse: bool = False) -> Shape:
    axes_of(0 if axis is None else axis, shape)
    _one_axis(axis, len(shape))
    return shape


def _recurrence_shape(a: Shape, b: Shape, axis: int | None = None, reverse: bool = False) -> Shape:
    if a != b:
        raise shape_error(f"both arrays must have the same shape, not {shape_text(a)} and {shape_text(b)}")
    return _same_shape(b, axis)


def _cumsum(xp: Any, x: Any, axis: int | None = None, reverse: bool = False) -> Any:
    axis = _one_axis(axis, x.ndim)
    if not reverse:
        return xp.cumulative_sum(x, axis=axis)
    return xp.flip(xp.cumulative_sum(xp.flip(x, axis=axis), axis=axis), axis=axis)


def _linear_recurrence(xp: Any, a: Any, b: Any, axis: int | None = None, reverse: bool = False) -> Any:
    axis = _one_axis(axis, b.ndim)
    places = range(b.shape[axis])
    rows: list[Any] = []
    for place in reversed(places) if reverse else places:
        entry = (slice(None),) * axis + (place, ...)
        rows.append(a[entry] * rows[-1] + b[entry] if rows else b[entry])
    return xp.stack(rows[::-1] if reverse else rows, axis=axis)


def _cummax(xp: Any, x: Any, axis: int | None = None) -> Any:
    axis = _one_axis(axis, x.ndim)
    rows: list[Any] = []
    for place in range(x.shape[axis]):
        row = x[(slice(None),) * axis + (place, ...)]
        rows.append(xp.maximum(rows[-1], row) if rows else row)
    return xp.stack(rows, axis=axis)


def _shift(op: Any, x: Any, axis: int | None, reverse: bool) -> Any:
    """For each entry its predecessor along an axis, or with reverse its successor; 0 where it has none."""
    axis = -1 if axis is None else axis if axis < 0 else axis - op.rank(x)
    later = -axis - 1
    padded = op.pad(x, widths=((0, 1) if reverse else (1, 0), *[(0, 0)] * later))
    part = ("slice", 1, None, None) if reverse else ("slice", None, -1, None)
    return op.index(padded, items=(REST, part, *[ALL] * later))


def rotate(op: Any, x: Any, axis: int | None, by: int) -> Any:
    return op.roll(x, shift=(by,), axis=None if axis is None else (axis,))


def is_first(op: Any, x: Any, axis: int | None) -> Any:
    """1 in the first entry along an axis, elsewhere 0."""
    return op.first(op.broadcast_to(1.0, x), axis=axis)


def _recurrence_rule(op: Any, g: Any, y: Any, a: Any, b: Any, axis: int | None = None, reverse: bool = False) -> Any:
    """The cotangent of b. The coefficient that the rotation brings to the beginning is never used."""
    coefficients = rotate(op, a, axis, 1 if reverse else -1)
    return op.linear_recurrence(coefficients, g, axis=axis, reverse=not reverse)


def _coefficient_rule(op: Any, g: Any, y: Any, a: Any, b: Any, axis: int | None = None, reverse: bool = False) -> Any:
    return op.mul(_recurrence_rule(op, g, y, a, b, axis, reverse), _shift(op, y, axis, reverse))


def _cumprod_rule(op: Any, g: Any, y: Any, x: Any, axis: int | None = None) -> Any:
    """The product of the entries before, times the sum over all products that follow, without the entry itself."""
    before = op.linear_recurrence(rotate(op, x, axis, 1), is_first(op, x, axis), axis=axis)
    after = op.linear_recurrence(rotate(op, x, axis, -1), g, axis=axis, reverse=True)
    return op.mul(before, after)


def _cummax_rule(op: Any, g: Any, y: Any, x: Any, axis: int | None = None) -> Any:
    """An entry that is larger than all before takes what is passed to it and to the entries after, up to the next."""
    before = rotate(op, y, axis, 1)
    is_larger = op.add(op.gt(x, before), is_first(op, x, axis))
    stays = rotate(op, op.le(x, before), axis, -1)
    return op.where(is_larger, op.linear_recurrence(stays, g, axis=axis, reverse=True), 0.0)


def _cummax_kink(op: Any, y: Any, x: Any, axis: int | None = None) -> Any:
    return op.where(is_first(op, x, axis), 0.0, op.eq(x, rotate(op, y, axis, 1)))


PRIMITIVES = (
    Primitive(
        name="cumsum",
        inputs=("x",),
        doc="the cumulative sum along an axis: up to each entry, or with reverse=true from each entry on",
        title="reduction",
        backward_pattern=DISTRIBUTOR,
        kernel=_cumsum,
        vjps=(lambda op, g, y, x, axis=None, reverse=False: op.cumsum(g, axis=axis, reverse=not reverse),),
        shape=_same_shape,
        samples=(Sample(((4,),)), Sample(((2, 3),), {"axis": 1}), Sample(((2, 3),), {"axis": 0, "reverse": True})),
        options=(ONE_AXIS, REVERSE),
        moves=True,
    ),
    Primitive(
        name="cumprod",
        inputs=("x",),
        doc="the cumulative product along an axis: up to each entry",
        title="cumulative product",
        backward_pattern=SWAP_MULTIPLIER,
        kernel=lambda xp, x, axis=None: xp.cumulative_prod(x, axis=_one_axis(axis, x.ndim)),
        vjps=(_cumprod_rule,),
        shape=_same_shape,
        samples=ALONG,
        options=(ONE_AXIS,),
    ),
    Primitive(
        name="cummax",
        inputs=("x",),
        doc="the largest entry so far along an axis",
        title="cumulative maximum",
        backward_pattern=ROUTER,
        kernel=_cummax,
        vjps=(_cummax_rule,),
        shape=_same_shape,
        samples=ALONG,
        options=(ONE_AXIS,),
        kink=_cummax_kink,
        ties="a tie goes to the first entry",
    ),
    # The rules of cumprod and cummax use it.
    Primitive(
        name="linear_recurrence",
        inputs=("a", "b"),
        doc="y with y[k] = a[k]*y[k-1] + b[k] along an axis, from y[0] = b[0], or with reverse=true from the end",
        title="linear recurrence",
        backward_pattern=SCALER,
        kernel=_linear_recurrence,
        vjps=(_coefficient_rule, _recurrence_rule),
        shape=_recurrence_shape,
        samples=(
            Sample(((4,), (4,))),
            Sample(((2, 3), (2, 3)), {"axis": 0}),
            Sample(((3, 2), (3, 2)), {"axis": -2, "reverse": True}),
            Sample(((1,), (1,))),
        ),
        options=(ONE_AXIS, REVERSE),
    ),
)

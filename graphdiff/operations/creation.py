"""Arrays that are made from constants of the text, and from indices."""

from __future__ import annotations

from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.operations import options
from graphdiff.operations.options import REQUIRED, Option
from graphdiff.operations.primitive import BLOCKER, GATHERER, SOURCE, Primitive, Sample
from graphdiff.operations.shapes import Shape, index_error, shape_error, shape_text

SHAPE = Option("shape", options.shape, REQUIRED, takes_rest=True)


def _bounds(bounds: tuple[int, ...]) -> range:
    values = range(*bounds)
    if not values:
        raise shape_error("the array is empty", "an array has at least one entry")
    return values


def _read_bounds(value: Any) -> tuple[int, ...]:
    bounds = options.several(value)
    if not 1 <= len(bounds) <= 3 or (len(bounds) == 3 and bounds[2] == 0):
        raise ValueError("a stop, or a start and a stop, and a step that is not 0")
    return bounds


def one_hot(xp: Any, index: Any, size: int) -> Any:
    """1 at each index along a new last axis; raises GraphdiffError where an index is not there."""
    chosen = xp.expand_dims(index, axis=-1) == xp.arange(size)
    if not xp.all(xp.any(chosen, axis=-1)):  # negative ones, or wrong ones
        chosen = xp.expand_dims(whole_numbers(xp, index, size), axis=-1) == xp.integers(size)
    return xp.astype(chosen, index.dtype)


def whole_numbers(xp: Any, index: Any, size: int) -> Any:
    """An operand as indices from 0 into an axis of so many entries; negative ones count from its end.

    Raises GraphdiffError where one is no whole number or out of range.
    """
    is_whole = xp.floor(index) == index
    is_there = xp.abs(index + 0.5) < size  # from -size to size - 1
    if not xp.all(is_whole & is_there):
        if not xp.all(is_whole):
            raise GraphdiffError("value", f"an index is a whole number, not {_one_of(xp, index, ~is_whole)}")
        raise index_error(_one_of(xp, index, ~is_there), size)
    return xp.remainder(xp.astype(index, xp.index_dtype), size)


def _one_of(xp: Any, index: Any, wrong: Any) -> str:
    place = int(xp.argmax(xp.astype(wrong, xp.index_dtype)))  # counted through all axes
    return f"{float(xp.reshape(index, (-1,))[place]):g}"


def _one_hot_like_shape(shape: Shape, like: Shape) -> Shape:
    if not like:
        raise shape_error("a number has no last axis")
    return (*shape, like[-1])


def _pick_shape(shape: Shape, index: Shape) -> Shape:
    if not shape or index != shape[:-1]:
        wanted = shape_text(shape[:-1]) if shape[1:] else "one number"
        raise shape_error(f"for rows of {shape_text(shape)} the indices must be {wanted}, not {shape_text(index)}")
    return index


PRIMITIVES = (
    Primitive(
        name="zeros",
        inputs=(),
        doc="an array of zeros",
        backward_pattern=SOURCE,
        kernel=lambda xp, shape: xp.zeros(shape),
        shape=lambda shape: shape,
        samples=(Sample((), {"shape": (2, 3)}),),
        options=(SHAPE,),
    ),
    Primitive(
        name="ones",
        inputs=(),
        doc="an array of ones",
        backward_pattern=SOURCE,
        kernel=lambda xp, shape: xp.zeros(shape) + 1.0,
        shape=lambda shape: shape,
        samples=(Sample((), {"shape": (2, 3)}),),
        options=(SHAPE,),
    ),
    Primitive(
        name="eye",
        inputs=(),
        doc="the identity matrix",
        backward_pattern=SOURCE,
        kernel=lambda xp, size: xp.eye(size),
        shape=lambda size: (size, size),
        samples=(Sample((), {"size": 3}),),
        options=(Option("size", options.positive, REQUIRED),),
    ),
    Primitive(
        name="arange",
        inputs=(),
        doc="the whole numbers 0, 1, … below a stop, or from a start by a step",
        backward_pattern=SOURCE,
        kernel=lambda xp, bounds: xp.arange(*bounds),
        shape=lambda bounds: (len(_bounds(bounds)),),
        samples=(Sample((), {"bounds": (4,)}), Sample((), {"bounds": (5, 0, -2)})),
        options=(Option("bounds", _read_bounds, REQUIRED, takes_rest=True),),
    ),
    Primitive(
        name="one_hot",
        inputs=("index",),
        doc="1 at an index, else 0, along a new last axis of a size",
        backward_pattern=BLOCKER,
        kernel=one_hot,
        shape=lambda shape, size: (*shape, size),
        samples=(Sample(((),), {"size": 3}), Sample(((4,),), {"size": 3})),
        options=(Option("size", options.positive, REQUIRED),),
        is_index=lambda slot: True,
    ),
    Primitive(
        name="pick",
        inputs=("x", "index"),
        doc="of each row of x the entry that an index names",
        backward_pattern=GATHERER,
        kernel=lambda xp, x, index: xp.sum(xp.where(one_hot(xp, index, x.shape[-1]), x, 0.0), axis=-1),
        vjps=(lambda op, g, y, x, index: op.where(op.one_hot_like(index, x), op.expand_dims(g, axis=-1), 0.0),),
        shape=_pick_shape,
        samples=(Sample(((4,), ())), Sample(((2, 3), (2,)))),
        is_index=lambda slot: slot == 1,
        moves=True,
    ),
    Primitive(
        name="one_hot_like",
        inputs=("index", "like"),
        doc="1 at an index, else 0, along a new last axis as long as that of another array",
        backward_pattern=BLOCKER,
        kernel=lambda xp, index, like: one_hot(xp, index, like.shape[-1]),
        shape=_one_hot_like_shape,
        samples=(Sample(((4,), (2, 3))),),
        is_index=lambda slot: slot == 0,
    ),
)

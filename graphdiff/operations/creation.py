"""The operations that create arrays: zeros, ones, eye and arange from constants, one_hot from indices; and pick, whose
derivative one_hot gives."""

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
        raise shape_error("the array is empty", "an array needs at least one entry")
    return values


def _read_bounds(value: Any) -> tuple[int, ...]:
    bounds = options.several(value)
    if not 1 <= len(bounds) <= 3 or (len(bounds) == 3 and bounds[2] == 0):
        raise ValueError("a stop, a start and a stop, or a start, a stop and a nonzero step")
    return bounds


def one_hot(xp: Any, index: Any, size: int) -> Any:
    """1 at each index along a new last axis, elsewhere 0; raises GraphdiffError where an index is out of range."""
    matches = xp.expand_dims(index, axis=-1) == xp.arange(size)
    if not xp.all(xp.any(matches, axis=-1)):  # an index is negative, or wrong
        matches = xp.expand_dims(whole_numbers(xp, index, size), axis=-1) == xp.integers(size)
    return xp.astype(matches, index.dtype)


def whole_numbers(xp: Any, index: Any, size: int) -> Any:
    """An operand as indices from 0 into an axis of this size; negative ones count from its end.

    Raises GraphdiffError where an index is not a whole number or is out of range.
    """
    is_whole = xp.floor(index) == index
    is_in_range = xp.abs(index + 0.5) < size  # from -size to size - 1
    if not xp.all(is_whole & is_in_range):
        if not xp.all(is_whole):
            raise GraphdiffError("value", f"an index must be a whole number, not {_first_of(xp, index, ~is_whole)}")
        raise index_error(_first_of(xp, index, ~is_in_range), size)
    return xp.remainder(xp.astype(index, xp.index_dtype), size)


def _first_of(xp: Any, index: Any, is_wrong: Any) -> str:
    place = int(xp.argmax(xp.astype(is_wrong, xp.index_dtype)))  # in the flattened array
    return f"{float(xp.reshape(index, (-1,))[place]):g}"


def _one_hot_like_shape(shape: Shape, like: Shape) -> Shape:
    if not like:
        raise shape_error("a number has no last axis")
    return (*shape, like[-1])


def _pick_shape(shape: Shape, index: Shape) -> Shape:
    if not shape or index != shape[:-1]:
        expected = shape_text(shape[:-1]) if shape[1:] else "one number"
        raise shape_error(f"the indices for {shape_text(shape)} must be {expected}, not {shape_text(index)}")
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
        doc="the whole numbers from 0 up to, but not including, a stop; or from a start, by a step",
        backward_pattern=SOURCE,
        kernel=lambda xp, bounds: xp.arange(*bounds),
        shape=lambda bounds: (len(_bounds(bounds)),),
        samples=(Sample((), {"bounds": (4,)}), Sample((), {"bounds": (5, 0, -2)})),
        options=(Option("bounds", _read_bounds, REQUIRED, takes_rest=True),),
    ),
    Primitive(
        name="one_hot",
        inputs=("index",),
        doc="1 at the index, elsewhere 0, along a new last axis of the given size",
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
        doc="the entry of each row of x at the row's index",
        title="entry",
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
        doc="1 at the index, elsewhere 0, along a new last axis as long as that of another array",
        backward_pattern=BLOCKER,
        kernel=lambda xp, index, like: one_hot(xp, index, like.shape[-1]),
        shape=_one_hot_like_shape,
        samples=(Sample(((4,), (2, 3))),),
        is_index=lambda slot: slot == 0,
    ),
)

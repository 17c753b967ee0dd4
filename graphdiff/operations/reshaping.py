"""The operations that change an array's shape or the order of its entries: transpose, moveaxis, reshape, expand_dims,
broadcast_to, sum_to, roll, diag, tril and triu.

`broadcast_to` and `sum_to` are adjoint to each other. The passes use them to undo broadcasting, in one place.
"""

from __future__ import annotations

from typing import Any

from graphdiff.operations import options
from graphdiff.operations.options import REQUIRED, Option
from graphdiff.operations.primitive import (
    DISTRIBUTOR,
    LITERAL,
    MOVER,
    POWER,
    SPREADER,
    Kernel,
    Latex,
    Primitive,
    Sample,
    Vjp,
)
from graphdiff.operations.shapes import (
    Shape,
    axes_of,
    axes_text,
    broadcast,
    entries,
    matrix_shape,
    shape_error,
    shape_text,
    size_of,
    summed_axes,
)

BROADCASTS = (Sample(((3,), (2, 3))), Sample(((), (2, 3))), Sample(((2, 1), (2, 3))), Sample(((1, 3), (4, 2, 3))))


def _transpose_shape(shape: Shape, axes: tuple[int, ...] | None = None) -> Shape:
    if axes is None:
        return shape[::-1]
    if sorted(axes_of(axes, shape)) != list(range(len(shape))):
        raise shape_error(f"the order {axes} must name each axis of {shape_text(shape)} exactly once")
    return tuple(shape[axis] for axis in axes)


def _transpose(xp: Any, x: Any, axes: tuple[int, ...] | None = None) -> Any:
    rank = x.ndim
    return xp.permute_dims(x, tuple(range(rank))[::-1] if axes is None else tuple(axis % rank for axis in axes))


def _transpose_rule(op: Any, g: Any, y: Any, x: Any, axes: tuple[int, ...] | None = None) -> Any:
    if axes is None:
        return op.transpose(g)
    places = [axis % len(axes) for axis in axes]
    return op.transpose(g, axes=tuple(sorted(range(len(axes)), key=places.__getitem__)))


def moveaxis_shape(shape: Shape, source: int, destination: int) -> Shape:
    (start,), (end,) = axes_of(source, shape), axes_of(destination, shape)
    sizes = list(shape)
    sizes.insert(end, sizes.pop(start))
    return tuple(sizes)


def _reshape_shape(old: Shape, shape: Shape) -> Shape:
    size = size_of(old)
    if -1 in shape:
        known = -size_of(shape)
        if size % known == 0:
            return tuple(size // known if each == -1 else each for each in shape)
    elif size_of(shape) == size:
        return shape
    raise shape_error(f"cannot reshape {shape_text(old)} with {entries(size)} to {shape_text(shape)}")


def _expand_dims_shape(shape: Shape, axis: int | tuple[int, ...]) -> Shape:
    axes = axis if isinstance(axis, tuple) else (axis,)
    rank = len(shape) + len(axes)
    places = axes_of(axes, (1,) * rank)
    sizes = iter(shape)
    return tuple(1 if place in places else next(sizes) for place in range(rank))


def _expand_dims(xp: Any, x: Any, axis: int | tuple[int, ...]) -> Any:
    axes = axis if isinstance(axis, tuple) else (axis,)
    for place in sorted(each % (x.ndim + len(axes)) for each in axes):
        x = xp.expand_dims(x, axis=place)
    return x


def _broadcast_to_shape(shape: Shape, like: Shape) -> Shape:
    if broadcast(shape, like) != like:
        raise shape_error(f"cannot broadcast {shape_text(shape)} to {shape_text(like)}")
    return like


def _sum_to_shape(shape: Shape, like: Shape) -> Shape:
    _broadcast_to_shape(like, shape)
    return like


def _sum_to(xp: Any, x: Any, like: Any) -> Any:
    if x.shape == like.shape:
        return x
    return xp.reshape(xp.sum(x, axis=summed_axes(x.shape, like.shape)), like.shape)


def _roll_shape(shape: Shape, shift: tuple[int, ...], axis: Any = None) -> Shape:
    count = 1 if axis is None else len(axes_of(axis, shape))
    if len(shift) != count:
        raise shape_error(f"{len(shift)} shifts do not fit {axes_text(count)}")
    return shape


def _triangle(name: str, which: str, kernel: Kernel, rule: Vjp) -> Primitive:
    """The record of tril or triu, each of which is its own derivative."""
    return Primitive(
        name=name,
        inputs=("x",),
        doc=f"the matrix with zeros {which} the diagonal, or the k-th diagonal above it",
        title="linear map",
        backward_pattern=MOVER,
        kernel=kernel,
        vjps=(rule,),
        shape=lambda shape, k=0: matrix_shape(shape),
        samples=(Sample(((3, 3),)), Sample(((2, 4),), {"k": 1}), Sample(((2, 3, 2),), {"k": -1})),
        options=(Option("k", options.whole, 0),),
        moves=True,
        latex=Latex(rf"\operatorname{{{name}}}"),
    )


def _is_lower(xp: Any, x: Any, k: int) -> Any:
    """1 on the k-th diagonal above the main one and below it, elsewhere 0."""
    return xp.less_equal(xp.arange(x.shape[-1]) - float(k), xp.expand_dims(xp.arange(x.shape[-2]), axis=-1))


def _lower(xp: Any, x: Any, k: int = 0) -> Any:
    return xp.where(_is_lower(xp, x, k), x, 0.0)


def _upper(xp: Any, x: Any, k: int = 0) -> Any:
    return xp.where(_is_lower(xp, x, k - 1), 0.0, x)


def _diag_shape(shape: Shape) -> Shape:
    if len(shape) == 1:
        return shape + shape
    if len(shape) == 2 and shape[0] == shape[1]:
        return shape[:1]
    raise shape_error(f"the operand must be a vector or a square matrix, not {shape_text(shape)}")


def _diag(xp: Any, x: Any) -> Any:
    diagonal = xp.where(xp.equal(xp.eye(x.shape[-1]), 1.0), x, 0.0)
    return diagonal if x.ndim == 1 else xp.sum(diagonal, axis=-1)


PRIMITIVES = (
    Primitive(
        name="transpose",
        inputs=("x",),
        doc="the array with its axes in reverse order, or in the order that axes gives",
        title="transpose",
        backward_pattern=MOVER,
        kernel=_transpose,
        vjps=(_transpose_rule,),
        shape=_transpose_shape,
        samples=(Sample(((2, 3),)), Sample(((2, 3, 4),), {"axes": (1, -1, 0)}), Sample(((2, 3, 4),))),
        options=(Option("axes", options.order, None, takes_rest=True),),
        moves=True,
        latex=Latex(r"#1^{\mathsf{T}}", POWER, (LITERAL,)),
    ),
    Primitive(
        name="moveaxis",
        inputs=("x",),
        doc="the array with one axis moved to another position",
        title="transpose",
        backward_pattern=MOVER,
        kernel=lambda xp, x, source, destination: xp.moveaxis(x, source, destination),
        vjps=(lambda op, g, y, x, source, destination: op.moveaxis(g, source=destination, destination=source),),
        shape=moveaxis_shape,
        samples=(Sample(((2, 3, 4),), {"source": 0, "destination": -1}),),
        options=(Option("source", options.whole, REQUIRED), Option("destination", options.whole, REQUIRED)),
        moves=True,
    ),
    Primitive(
        name="reshape",
        inputs=("x",),
        doc="the same entries in another shape",
        title="linear map",
        backward_pattern=MOVER,
        kernel=lambda xp, x, shape: xp.reshape(x, shape),
        vjps=(lambda op, g, y, x, shape: op.reshape_like(g, x),),
        shape=_reshape_shape,
        samples=(Sample(((2, 6),), {"shape": (3, -1)}), Sample(((2, 3),), {"shape": (6,)})),
        options=(Option("shape", options.new_shape, REQUIRED, takes_rest=True),),
        moves=True,
    ),
    Primitive(
        name="reshape_like",
        inputs=("x", "like"),
        doc="the same entries in the shape of another array",
        title="linear map",
        backward_pattern=MOVER,
        kernel=lambda xp, x, like: xp.reshape(x, like.shape),
        vjps=(lambda op, g, y, x, like: op.reshape_like(g, x),),
        shape=_reshape_shape,
        samples=(Sample(((2, 3), (6,))),),
        moves=True,
    ),
    Primitive(
        name="expand_dims",
        inputs=("x",),
        doc="the array with a new axis of size 1",
        title="linear map",
        backward_pattern=MOVER,
        kernel=_expand_dims,
        vjps=(lambda op, g, y, x, axis: op.reshape_like(g, x),),
        shape=_expand_dims_shape,
        samples=(Sample(((2, 3),), {"axis": 1}), Sample(((2,),), {"axis": (0, -1)})),
        options=(Option("axis", options.axes, REQUIRED),),
        moves=True,
    ),
    Primitive(
        name="broadcast_to",
        inputs=("x", "like"),
        doc="x repeated to the shape of another array",
        title="broadcasting",
        backward_pattern=SPREADER,
        kernel=lambda xp, x, like: xp.broadcast_to(x, like.shape),
        vjps=(lambda op, g, y, x, like: op.sum_to(g, x),),
        shape=_broadcast_to_shape,
        samples=BROADCASTS,
        moves=True,
    ),
    Primitive(
        name="sum_to",
        inputs=("x", "like"),
        doc="the sum over the axes along which another array was broadcast to the shape of x",
        title="reduction",
        backward_pattern=DISTRIBUTOR,
        kernel=_sum_to,
        vjps=(lambda op, g, y, x, like: op.broadcast_to(g, x),),
        shape=_sum_to_shape,
        samples=tuple(Sample(sample.shapes[::-1]) for sample in BROADCASTS),
        moves=True,
    ),
    Primitive(
        name="roll",
        inputs=("x",),
        doc="the entries shifted cyclically along an axis, or through the whole array row by row",
        title="linear map",
        backward_pattern=MOVER,
        kernel=lambda xp, x, shift, axis=None: xp.roll(x, shift if axis is not None else shift[0], axis=axis),
        vjps=(lambda op, g, y, x, shift, axis=None: op.roll(g, shift=tuple(-each for each in shift), axis=axis),),
        shape=_roll_shape,
        samples=(
            Sample(((4,),), {"shift": (1,)}),
            Sample(((2, 3),), {"shift": (-1,), "axis": (1,)}),
            Sample(((2, 3),), {"shift": (2,)}),
        ),
        options=(
            Option("shift", options.several, REQUIRED),
            Option("axis", options.order, None),
        ),
        moves=True,
    ),
    # From a vector to a matrix and back are adjoint to each other, so that the rule of each is the other.
    Primitive(
        name="diag",
        inputs=("x",),
        doc="the matrix with a vector on its diagonal and zeros elsewhere, or the diagonal of a square matrix",
        backward_pattern=MOVER,
        kernel=_diag,
        vjps=(lambda op, g, y, x: op.diag(g),),
        shape=_diag_shape,
        samples=(Sample(((3,),)), Sample(((3, 3),))),
        moves=True,
        latex=Latex(r"\operatorname{diag}"),
    ),
    _triangle("tril", "above", _lower, lambda op, g, y, x, k=0: op.tril(g, k=k)),
    _triangle("triu", "below", _upper, lambda op, g, y, x, k=0: op.triu(g, k=k)),
)

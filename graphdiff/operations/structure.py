"""The operations that move, repeat or join entries.

`broadcast_to` and `sum_to` are twins: by them the passes undo broadcasting, in one place.
"""

from __future__ import annotations

from typing import Any

from graphdiff.operations import options
from graphdiff.operations.options import REQUIRED, Option
from graphdiff.operations.primitive import DISTRIBUTOR, LITERAL, MOVER, POWER, SPREADER, Latex, Primitive, Sample
from graphdiff.operations.shapes import (
    Shape,
    axes_of,
    axes_text,
    broadcast,
    entries,
    shape_error,
    shape_text,
    size_of,
    summed_axes,
)

Widths = int | tuple[tuple[int, int], ...]
JOIN_AXIS = Option("axis", options.whole, 0, by_name=True)
EXPANDED = (Sample(((3,), (2, 3))), Sample(((), (2, 3))), Sample(((2, 1), (2, 3))), Sample(((1, 3), (4, 2, 3))))


def _transposed(shape: Shape, axes: tuple[int, ...] | None = None) -> Shape:
    if axes is None:
        return shape[::-1]
    if sorted(axes_of(axes, shape)) != list(range(len(shape))):
        raise shape_error(f"the order {axes} does not name every axis of {shape_text(shape)} once")
    return tuple(shape[axis] for axis in axes)


def _transpose(xp: Any, x: Any, axes: tuple[int, ...] | None = None) -> Any:
    rank = x.ndim
    return xp.permute_dims(x, tuple(range(rank))[::-1] if axes is None else tuple(axis % rank for axis in axes))


def _transpose_rule(op: Any, g: Any, y: Any, x: Any, axes: tuple[int, ...] | None = None) -> Any:
    if axes is None:
        return op.transpose(g)
    places = [axis % len(axes) for axis in axes]
    return op.transpose(g, axes=tuple(sorted(range(len(axes)), key=places.__getitem__)))


def _moved(shape: Shape, source: int, destination: int) -> Shape:
    (start,), (end,) = axes_of(source, shape), axes_of(destination, shape)
    sizes = list(shape)
    sizes.insert(end, sizes.pop(start))
    return tuple(sizes)


def _reshaped(old: Shape, shape: Shape) -> Shape:
    size = size_of(old)
    if -1 in shape:
        known = -size_of(shape)
        if size % known == 0:
            return tuple(size // known if each == -1 else each for each in shape)
    elif size_of(shape) == size:
        return shape
    raise shape_error(f"{shape_text(old)} has {entries(size)}: they do not fill {shape_text(shape)}")


def _expanded(shape: Shape, axis: int | tuple[int, ...]) -> Shape:
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
        raise shape_error(f"{shape_text(shape)} does not broadcast to {shape_text(like)}")
    return like


def _summed_to_shape(shape: Shape, like: Shape) -> Shape:
    _broadcast_to_shape(like, shape)
    return like


def _sum_to(xp: Any, x: Any, like: Any) -> Any:
    if x.shape == like.shape:
        return x
    return xp.reshape(xp.sum(x, axis=summed_axes(x.shape, like.shape)), like.shape)


def _concat_shape(*shapes: Shape, axis: int = 0) -> Shape:
    first = shapes[0]
    if not first:
        raise shape_error("a number has no axis to join along", "stack(a, b) or [a, b] makes an array of numbers")
    (place,) = axes_of(axis, first)
    for shape in shapes[1:]:
        if len(shape) != len(first) or any(
            size != other for each, (size, other) in enumerate(zip(shape, first, strict=True)) if each != place
        ):
            raise shape_error(
                f"{shape_text(first)} and {shape_text(shape)} do not join along axis {axis}: the other sizes must agree"
            )
    return (*first[:place], sum(shape[place] for shape in shapes), *first[place + 1 :])


def _section_shape(joined: Shape, *shapes: Shape, axis: int = 0, slot: int = 0) -> Shape:
    if not 0 <= slot < len(shapes) or joined != _concat_shape(*shapes, axis=axis):
        raise shape_error(f"{shape_text(joined)} is not what these arrays are joined to")
    return shapes[slot]


def _section(xp: Any, joined: Any, *xs: Any, axis: int = 0, slot: int = 0) -> Any:
    place = axis % joined.ndim
    start = sum(x.shape[place] for x in xs[:slot])
    return joined[(slice(None),) * place + (slice(start, start + xs[slot].shape[place]), ...)]


def _section_rule(op: Any, g: Any, y: Any, joined: Any, *xs: Any, axis: int = 0, slot: int = 0) -> Any:
    parts = [g if place == slot else op.broadcast_to(0.0, x) for place, x in enumerate(xs)]
    return op.concat(*parts, axis=axis)


def _stack_shape(*shapes: Shape, axis: int = 0) -> Shape:
    for shape in shapes[1:]:
        if shape != shapes[0]:
            raise shape_error(
                f"entries of one array must have one shape, not {shape_text(shapes[0])} and {shape_text(shape)}"
            )
    result = (*shapes[0], len(shapes))
    return _moved(result, -1, axis)


def padding(widths: Widths, rank: int) -> list[tuple[int, int]]:
    """Widths (before, after) for every axis."""
    if isinstance(widths, int):
        return [(widths, widths)] * rank
    if len(widths) > rank:
        raise shape_error(f"there are widths for {axes_text(len(widths))}, but the array has {axes_text(rank)}")
    return [(0, 0)] * (rank - len(widths)) + list(widths)


def _padded(shape: Shape, widths: Widths) -> Shape:
    return tuple(
        before + size + after for size, (before, after) in zip(shape, padding(widths, len(shape)), strict=True)
    )


def embedded(xp: Any, x: Any, axis: int, start: int, step: int, length: int) -> Any:
    """Zeros of so many entries along an axis, but the entries of x at start, start + step, …"""
    if step < 0:
        count = x.shape[axis]
        return embedded(xp, xp.flip(x, axis=axis), axis, start + (count - 1) * step, -step, length)

    def zeros(count: int, like: Any) -> Any:
        return xp.zeros((*like.shape[:axis], count, *like.shape[axis + 1 :]))

    if step > 1 and x.shape[axis] > 1:
        apart = xp.expand_dims(x, axis=axis + 1)
        gaps = xp.zeros((*apart.shape[: axis + 1], step - 1, *apart.shape[axis + 2 :]))
        spaced = xp.concat([apart, gaps], axis=axis + 1)
        x = xp.reshape(spaced, (*x.shape[:axis], x.shape[axis] * step, *x.shape[axis + 1 :]))
        x = x[(slice(None),) * axis + (slice(0, x.shape[axis] - step + 1), ...)]
    rest = length - start - x.shape[axis]
    pieces = [zeros(start, x)] * (start > 0) + [x] + [zeros(rest, x)] * (rest > 0)
    return xp.concat(pieces, axis=axis) if len(pieces) > 1 else x


def _pad(xp: Any, x: Any, widths: Widths) -> Any:
    for axis, (before, after) in enumerate(padding(widths, x.ndim)):
        x = embedded(xp, x, axis, before, 1, before + x.shape[axis] + after)
    return x


def _pad_rule(op: Any, g: Any, y: Any, x: Any, widths: Widths) -> Any:
    cuts = padding(widths, op.rank(x))
    return op.index(g, items=tuple(("slice", before or None, -after or None, None) for before, after in cuts))


def _roll_shape(shape: Shape, shift: tuple[int, ...], axis: Any = None) -> Shape:
    count = 1 if axis is None else len(axes_of(axis, shape))
    if len(shift) != count:
        raise shape_error(f"there are {len(shift)} shifts for {axes_text(count)}")
    return shape


PRIMITIVES = (
    Primitive(
        name="transpose",
        inputs=("x",),
        doc="the axes in the opposite order, or in the order of axes",
        backward_pattern=MOVER,
        kernel=_transpose,
        vjps=(_transpose_rule,),
        shape=_transposed,
        samples=(Sample(((2, 3),)), Sample(((2, 3, 4),), {"axes": (1, -1, 0)}), Sample(((2, 3, 4),))),
        options=(Option("axes", options.order, None, takes_rest=True),),
        moves=True,
        latex=Latex(r"#1^{\mathsf{T}}", POWER, (LITERAL,)),
    ),
    Primitive(
        name="moveaxis",
        inputs=("x",),
        doc="an axis in another place",
        backward_pattern=MOVER,
        kernel=lambda xp, x, source, destination: xp.moveaxis(x, source, destination),
        vjps=(lambda op, g, y, x, source, destination: op.moveaxis(g, source=destination, destination=source),),
        shape=_moved,
        samples=(Sample(((2, 3, 4),), {"source": 0, "destination": -1}),),
        options=(Option("source", options.whole, REQUIRED), Option("destination", options.whole, REQUIRED)),
        moves=True,
    ),
    Primitive(
        name="reshape",
        inputs=("x",),
        doc="the same entries in another shape",
        backward_pattern=MOVER,
        kernel=lambda xp, x, shape: xp.reshape(x, shape),
        vjps=(lambda op, g, y, x, shape: op.reshape_like(g, x),),
        shape=_reshaped,
        samples=(Sample(((2, 6),), {"shape": (3, -1)}), Sample(((2, 3),), {"shape": (6,)})),
        options=(Option("shape", options.new_shape, REQUIRED, takes_rest=True),),
        moves=True,
    ),
    Primitive(
        name="reshape_like",
        inputs=("x", "like"),
        doc="the same entries in the shape of another array",
        backward_pattern=MOVER,
        kernel=lambda xp, x, like: xp.reshape(x, like.shape),
        vjps=(lambda op, g, y, x, like: op.reshape_like(g, x),),
        shape=_reshaped,
        samples=(Sample(((2, 3), (6,))),),
        moves=True,
    ),
    Primitive(
        name="expand_dims",
        inputs=("x",),
        doc="a new axis of size 1 in a place",
        backward_pattern=MOVER,
        kernel=_expand_dims,
        vjps=(lambda op, g, y, x, axis: op.reshape_like(g, x),),
        shape=_expanded,
        samples=(Sample(((2, 3),), {"axis": 1}), Sample(((2,),), {"axis": (0, -1)})),
        options=(Option("axis", options.axes, REQUIRED),),
        moves=True,
    ),
    Primitive(
        name="broadcast_to",
        inputs=("x", "like"),
        doc="x repeated to the shape of another array",
        backward_pattern=SPREADER,
        kernel=lambda xp, x, like: xp.broadcast_to(x, like.shape),
        vjps=(lambda op, g, y, x, like: op.sum_to(g, x),),
        shape=_broadcast_to_shape,
        samples=EXPANDED,
        moves=True,
    ),
    Primitive(
        name="sum_to",
        inputs=("x", "like"),
        doc="the sum over the axes along which another array was broadcast to x",
        backward_pattern=DISTRIBUTOR,
        kernel=_sum_to,
        vjps=(lambda op, g, y, x, like: op.broadcast_to(g, x),),
        shape=_summed_to_shape,
        samples=tuple(Sample(sample.shapes[::-1]) for sample in EXPANDED),
        moves=True,
    ),
    Primitive(
        name="concat",
        inputs=("a", "b"),
        doc="arrays joined along an axis",
        backward_pattern=MOVER,
        kernel=lambda xp, *xs, axis=0: xp.concat(list(xs), axis=axis),
        vjps=lambda slot: lambda op, g, y, *xs, axis=0: op.section(g, *xs, axis=axis, slot=slot),
        shape=_concat_shape,
        samples=(Sample(((2,), (3,))), Sample(((2, 3), (2, 1), (2, 2)), {"axis": -1})),
        options=(JOIN_AXIS,),
        aliases=("concatenate",),
        n_ary=True,
        moves=True,
    ),
    Primitive(
        name="section",
        inputs=("x", "a"),
        doc="the part of a joined array that one of the arrays has in it",
        backward_pattern=MOVER,
        kernel=_section,
        vjps=(_section_rule,),
        shape=_section_shape,
        samples=(Sample(((5,), (2,), (3,)), {"slot": 1}), Sample(((2, 4), (2, 3), (2, 1)), {"slot": 0, "axis": 1})),
        options=(JOIN_AXIS, Option("slot", options.whole, 0)),
        n_ary=True,
        moves=True,
    ),
    Primitive(
        name="stack",
        inputs=("a", "b"),
        doc="arrays of one shape, stacked along a new axis",
        backward_pattern=MOVER,
        kernel=lambda xp, *xs, axis=0: xp.stack(list(xs), axis=axis),
        vjps=lambda slot: (
            lambda op, g, y, *xs, axis=0: op.index(op.moveaxis(g, source=axis, destination=0), items=(("index", slot),))
        ),
        shape=_stack_shape,
        samples=(Sample(((2,), (2,), (2,))), Sample(((2, 3), (2, 3)), {"axis": -1}), Sample(((), ()))),
        options=(JOIN_AXIS,),
        n_ary=True,
        moves=True,
    ),
    Primitive(
        name="pad",
        inputs=("x",),
        doc="zeros around an array",
        backward_pattern=MOVER,
        kernel=_pad,
        vjps=(_pad_rule,),
        shape=_padded,
        samples=(
            Sample(((2, 3),), {"widths": 1}),
            Sample(((2, 3),), {"widths": ((1, 0), (0, 2))}),
            Sample(((2, 3, 2),), {"widths": ((0, 2),)}),
        ),
        options=(Option("widths", options.widths, REQUIRED),),
        moves=True,
    ),
    Primitive(
        name="roll",
        inputs=("x",),
        doc="the entries shifted in a circle, along an axis or all in a row",
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
)

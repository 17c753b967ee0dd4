"""The operations that join arrays, concat and stack; section, which takes one array out of a concatenation; and pad."""

from __future__ import annotations

from typing import Any

from graphdiff.operations import options
from graphdiff.operations.options import REQUIRED, Option
from graphdiff.operations.primitive import MOVER, Primitive, Sample
from graphdiff.operations.reshaping import moveaxis_shape
from graphdiff.operations.shapes import Shape, axes_of, axes_text, shape_error, shape_text

Widths = int | tuple[tuple[int, int], ...]
JOIN_AXIS = Option("axis", options.whole, 0, by_name=True)


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
                f"cannot join {shape_text(first)} and {shape_text(shape)} along axis {axis}: the other sizes must agree"
            )
    return (*first[:place], sum(shape[place] for shape in shapes), *first[place + 1 :])


def _section_shape(whole: Shape, *shapes: Shape, axis: int = 0, slot: int = 0) -> Shape:
    if not 0 <= slot < len(shapes) or whole != _concat_shape(*shapes, axis=axis):
        raise shape_error(f"{shape_text(whole)} is not the shape of these arrays joined")
    return shapes[slot]


def _section(xp: Any, whole: Any, *xs: Any, axis: int = 0, slot: int = 0) -> Any:
    place = axis % whole.ndim
    start = sum(x.shape[place] for x in xs[:slot])
    return whole[(slice(None),) * place + (slice(start, start + xs[slot].shape[place]), ...)]


def _section_rule(op: Any, g: Any, y: Any, whole: Any, *xs: Any, axis: int = 0, slot: int = 0) -> Any:
    cotangents = [g if place == slot else op.broadcast_to(0.0, x) for place, x in enumerate(xs)]
    return op.concat(*cotangents, axis=axis)


def _stack_shape(*shapes: Shape, axis: int = 0) -> Shape:
    for shape in shapes[1:]:
        if shape != shapes[0]:
            raise shape_error(
                f"entries of an array must all have the same shape, not {shape_text(shapes[0])} and {shape_text(shape)}"
            )
    result = (*shapes[0], len(shapes))
    return moveaxis_shape(result, -1, axis)


def padding(widths: Widths, rank: int) -> list[tuple[int, int]]:
    """The widths (before, after) of every axis.

    Raises GraphdiffError where there are more of them than axes.
    """
    if isinstance(widths, int):
        return [(widths, widths)] * rank
    if len(widths) > rank:
        raise shape_error(f"widths for {axes_text(len(widths))} do not fit an array with {axes_text(rank)}")
    return [(0, 0)] * (rank - len(widths)) + list(widths)


def _pad_shape(shape: Shape, widths: Widths) -> Shape:
    return tuple(
        before + size + after for size, (before, after) in zip(shape, padding(widths, len(shape)), strict=True)
    )


def embed(xp: Any, x: Any, axis: int, start: int, step: int, length: int) -> Any:
    """Zeros, length of them along an axis, with the entries of x at start, start + step, …"""
    if step < 0:
        count = x.shape[axis]
        return embed(xp, xp.flip(x, axis=axis), axis, start + (count - 1) * step, -step, length)

    def zeros(count: int, like: Any) -> Any:
        return xp.zeros((*like.shape[:axis], count, *like.shape[axis + 1 :]))

    if step > 1 and x.shape[axis] > 1:
        columns = xp.expand_dims(x, axis=axis + 1)
        gaps = xp.zeros((*columns.shape[: axis + 1], step - 1, *columns.shape[axis + 2 :]))
        rows = xp.concat([columns, gaps], axis=axis + 1)
        x = xp.reshape(rows, (*x.shape[:axis], x.shape[axis] * step, *x.shape[axis + 1 :]))
        x = x[(slice(None),) * axis + (slice(0, x.shape[axis] - step + 1), ...)]
    rest = length - start - x.shape[axis]
    pieces = [zeros(start, x)] * (start > 0) + [x] + [zeros(rest, x)] * (rest > 0)
    return xp.concat(pieces, axis=axis) if len(pieces) > 1 else x


def _pad(xp: Any, x: Any, widths: Widths) -> Any:
    for axis, (before, after) in enumerate(padding(widths, x.ndim)):
        x = embed(xp, x, axis, before, 1, before + x.shape[axis] + after)
    return x


def _pad_rule(op: Any, g: Any, y: Any, x: Any, widths: Widths) -> Any:
    cuts = padding(widths, op.rank(x))
    return op.index(g, items=tuple(("slice", before or None, -after or None, None) for before, after in cuts))


PRIMITIVES = (
    Primitive(
        name="concat",
        inputs=("a", "b"),
        doc="the arrays joined along an axis",
        title="linear map",
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
        doc="the part of a concatenation x that one of its arrays makes up",
        title="linear map",
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
        doc="arrays of the same shape, stacked along a new axis",
        title="entries",
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
        doc="the array with zeros around it",
        title="linear map",
        backward_pattern=MOVER,
        kernel=_pad,
        vjps=(_pad_rule,),
        shape=_pad_shape,
        samples=(
            Sample(((2, 3),), {"widths": 1}),
            Sample(((2, 3),), {"widths": ((1, 0), (0, 2))}),
            Sample(((2, 3, 2),), {"widths": ((0, 2),)}),
        ),
        options=(Option("widths", options.widths, REQUIRED),),
        moves=True,
    ),
)

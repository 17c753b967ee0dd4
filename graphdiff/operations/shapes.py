"""Shapes as tuples of sizes: how they broadcast, and how axes are counted. There are no arrays here."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from graphdiff.errors import GraphdiffError

Shape: TypeAlias = tuple[int, ...]
Axis: TypeAlias = int | tuple[int, ...] | None
"""One axis, several, or None for all."""
MOST_AXES = 32
"""The most axes that an array may have."""


def shape_error(message: str, hint: str | None = None) -> GraphdiffError:
    """The error of a shape rule; its place in the text is added by whoever runs the rule."""
    return GraphdiffError("value", message, hint=hint)


def shape_text(shape: Shape) -> str:
    """`(2, 3)`; for a scalar `a number`."""
    return str(shape) if shape else "a number"


def broadcast(*shapes: Shape) -> Shape:
    """The shape of the result of an elementwise operation on these shapes, by NumPy's rules.

    Raises GraphdiffError where sizes differ and neither is 1.
    """
    first = shapes[0]
    if all([shape == first for shape in shapes]):
        return first
    rank = max(map(len, shapes))
    sizes = [1] * rank
    for shape in shapes:
        for place, size in enumerate(shape, rank - len(shape)):
            if size != 1 and sizes[place] not in (1, size):
                raise shape_error(
                    f"the shapes {' and '.join(map(shape_text, shapes))} do not fit: {sizes[place]} and {size}"
                )
            sizes[place] = size if sizes[place] == 1 else sizes[place]
    return tuple(sizes)


def matrix_shape(shape: Shape) -> Shape:
    """The shape of a matrix, or of a stack of them; raises GraphdiffError for any other."""
    if len(shape) < 2:
        raise shape_error(f"the operand must be a matrix, not {shape_text(shape)}")
    return shape


def summed_axes(shape: Shape, to: Shape) -> Shape:
    """The axes of a shape over which a cotangent is summed to reach the shape that was broadcast to it."""
    lead = len(shape) - len(to)
    return (
        *range(lead),
        *(lead + place for place, size in enumerate(to) if size == 1 and shape[lead + place] != 1),
    )


def axes_of(axis: Axis, shape: Shape) -> Shape:
    """The axes that an option names, counted from 0, in its order.

    Raises GraphdiffError where an axis is out of range or named twice.
    """
    rank = len(shape)
    if axis is None:
        return tuple(range(rank))
    axes = axis if isinstance(axis, tuple) else (axis,)
    for each in axes:
        if not -rank <= each < rank:
            hint = f"its axes are 0 to {rank - 1}, or {-rank} to -1" if rank > 1 else "its only axis is 0"
            hint = hint if rank else "a number has no axes"
            raise shape_error(f"axis {each} is out of range for {shape_text(shape)}", hint)
    axes = tuple(each % rank for each in axes)
    if len(set(axes)) < len(axes):
        raise shape_error(f"axis {axis} names an axis twice")
    return axes


def reduced_shape(shape: Shape, axis: Axis = None, keepdims: bool = False) -> Shape:
    """What is left of a shape after a reduction along an axis."""
    axes = axes_of(axis, shape)
    if keepdims:
        return tuple(1 if place in axes else size for place, size in enumerate(shape))
    return tuple(size for place, size in enumerate(shape) if place not in axes)


def nested_shape(value: object) -> Shape:
    """The shape of a number or an array, or of nested tuples or lists of these whose rows are alike."""
    shape: list[int] = []
    while isinstance(value, (tuple, list)):
        shape.append(len(value))
        value = value[0]
    return (*shape, *getattr(value, "shape", ()))


def nested_entries(value: Any) -> list[Any]:
    """The entries of nested lists, row by row; of anything else, that alone."""
    entries = [value]
    while isinstance(entries[0], list):
        entries = [entry for row in entries for entry in row]
    return entries


def index_error(index: object, size: int) -> GraphdiffError:
    """The error of an index into an axis of this size."""
    return shape_error(
        f"index {index} is out of range: the axis has {entries(size)}",
        f"indices are 0 to {size - 1}, or {-size} to -1" if size > 1 else "its only index is 0",
    )


def axes_text(count: int) -> str:
    """`1 axis`, `2 axes`"""
    return f"{count} ax{'i' if count == 1 else 'e'}s"


def entries(size: int) -> str:
    """`1 entry`, `3 entries`"""
    return f"{size} entr{'y' if size == 1 else 'ies'}"


def size_of(shape: Shape) -> int:
    """The number of entries."""
    return math.prod(shape)

"""Views: arrays of the entries of others, by indices, slices, axes in another order, and zeros around."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphdiff.operations.indexing import NEW, OPERAND, expand_items, places_of
from graphdiff.operations.joining import padding
from graphdiff.operations.shapes import Shape, axes_of
from graphdiff.targets.nests.arrays import (
    Array,
    Constant,
    Indices,
    Join,
    Segment,
    View,
    aligned,
    embed,
    reshape,
    shift,
    without,
)
from graphdiff.targets.nests.gather import Gather, Scatter
from graphdiff.targets.nests.indices import Index


def lift(value: Any) -> Array:
    """A number as an array."""
    array: Array = Constant(value) if isinstance(value, float) else value
    return array


def permute(x: Array, order: Sequence[int]) -> Array:
    """The array with its axes in another order."""
    order = [axis % x.ndim for axis in order]
    places = sorted(range(len(order)), key=order.__getitem__)
    return View(x, tuple([x.shape[axis] for axis in order]), chosen(places))


def chosen(axes: Sequence[int]) -> Callable[[Indices], Indices]:
    """The function that chooses the indices of some axes."""
    return lambda indices: tuple([indices[axis] for axis in axes])


def moveaxis(x: Array, source: Any, destination: Any) -> Array:
    sources = axes_of(source, x.shape)
    ends = axes_of(destination, x.shape)
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for end, axis in sorted(zip(ends, sources, strict=True)):
        order.insert(end, axis)
    return permute(x, order)


def expand_dims(x: Array, axis: int) -> Array:
    place = axis % (x.ndim + 1)
    return View(x, (*x.shape[:place], 1, *x.shape[place:]), without(place))


def broadcast_to(x: Any, shape: Shape) -> Array:
    array = lift(x)
    if array.shape == shape:
        return array
    if isinstance(array, Constant):
        return Constant(array.value, shape)
    return View(array, shape, lambda indices: aligned(indices, array.shape))


def flip(x: Array, axis: int) -> Array:
    (place,) = axes_of(axis, x.shape)
    last = x.shape[place] - 1
    return View(
        x, x.shape, lambda indices: (*indices[:place], indices[place].times(-1).plus(last), *indices[place + 1 :])
    )


def roll(x: Array, by: Any, axis: Any = None) -> Array:
    if axis is None:
        flat = reshape(x, (x.size,))
        return reshape(roll(flat, by, (0,)), x.shape)
    shifts = by if isinstance(by, tuple) else (by,)
    for place, each in zip(axes_of(axis, x.shape), shifts, strict=True):
        size = x.shape[place]
        offset = each % size
        if offset:
            parts = [Segment(offset, x, shift(place, size - offset)), Segment(size, x, shift(place, -offset))]
            x = Join(x.shape, place, parts)
    return x


def cut(x: Array, axis: int, places: range) -> Array:
    """The entries at regular places of an axis."""
    shape = (*x.shape[:axis], len(places), *x.shape[axis + 1 :])
    first, step = places[0], places.step
    return View(
        x, shape, lambda indices: (*indices[:axis], indices[axis].times(step).plus(first), *indices[axis + 1 :])
    )


def at(x: Array, axis: int, place: int) -> Array:
    """The entries at one place of an axis, without that axis."""
    shape = (*x.shape[:axis], *x.shape[axis + 1 :])
    return View(x, shape, lambda indices: (*indices[:axis], Index((), place), *indices[axis:]))


def index(x: Array, *indices: Array, items: Any) -> Array:
    axis = 0
    operands = iter(indices)
    for item in expand_items(items, x.shape):
        if item == NEW:
            x = expand_dims(x, axis)
        elif item == OPERAND:
            chosen = next(operands)
            x = Gather(x, axis, chosen)
            axis += chosen.ndim
            continue
        else:
            places = places_of(item, x.shape[axis])
            if isinstance(places, int):
                x = at(x, axis, places)
                continue
            if places != range(x.shape[axis]):
                x = cut(x, axis, places)
        axis += 1
    return x


def place(x: Any, like: Array, *indices: Array, items: Any) -> Array:
    g = lift(x)
    axis = 0
    operands = iter(indices)
    sizes = iter(like.shape)
    for item in expand_items(items, like.shape):
        if item == NEW:
            g = at(g, axis, 0)
            continue
        size = next(sizes)
        if item == OPERAND:
            g = Scatter(g, axis, next(operands), size)
        else:
            places = places_of(item, size)
            if isinstance(places, int):
                g = embed(expand_dims(g, axis), axis, places, size)
            elif places.step == 1:
                g = embed(g, axis, places[0], size)
            else:
                g = Scatter(g, axis, places, size)
        axis += 1
    return g


def getitem(x: Any, places: Any) -> Any:
    """NumPy's basic indices: whole numbers, slices, None and an ellipsis; of a shape its sizes."""
    if isinstance(x, tuple):
        return x[places]
    places = places if isinstance(places, tuple) else (places,)
    items = [
        ("rest",)
        if each is Ellipsis
        else NEW
        if each is None
        else ("slice", each.start, each.stop, each.step)
        if isinstance(each, slice)
        else ("index", each)
        for each in places
    ]
    return index(x, items=tuple(items))


def section(whole: Array, *parts: Array, axis: int) -> Array:
    start = sum(part.shape[axis] for part in parts[:-1])
    return cut(whole, axis, range(start, start + parts[-1].shape[axis]))


def windows(x: Array, shape: Shape, strides: Shape) -> Array:
    lead, count = x.ndim - len(shape), len(shape)
    places = [
        (size - window) // stride + 1 for size, window, stride in zip(x.shape[lead:], shape, strides, strict=True)
    ]

    def indices_of(indices: Indices) -> Indices:
        starts, inside = indices[lead : lead + count], indices[lead + count :]
        pairs = zip(starts, inside, strides, strict=True)
        return (*indices[:lead], *[start.times(stride).plus(within) for start, within, stride in pairs])

    return View(x, (*x.shape[:lead], *places, *shape), indices_of)


def pad(x: Array, widths: Any) -> Array:
    for axis, (before, after) in enumerate(padding(widths, x.ndim)):
        x = embed(x, axis, before, before + x.shape[axis] + after)
    return x

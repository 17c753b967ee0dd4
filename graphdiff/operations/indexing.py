"""Indexing and slicing, its adjoint, and windows that slide over an array.

items say what an index has in each place: ("index", 2), ("slice", start, stop, step), ("new",), ("rest",), or
("operand",) for the next of the operands that are indices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from graphdiff.operations import options
from graphdiff.operations.creation import whole_numbers
from graphdiff.operations.options import Option
from graphdiff.operations.primitive import GATHERER, SPREADER, Primitive, Sample
from graphdiff.operations.shapes import Shape, axes_text, entries, index_error, shape_error, shape_text
from graphdiff.operations.structure import embedded

Item = tuple[Any, ...]
NEW, REST, OPERAND = ("new",), ("rest",), ("operand",)
ALL = ("slice", None, None, None)
STRIDE = Option(
    "stride",
    lambda value: tuple(map(options.positive, value)) if isinstance(value, tuple) else options.positive(value),
    1,
)


def completed(items: Sequence[Item], shape: Shape) -> list[Item]:
    """The items with one for each axis: what an ellipsis, or nothing, stands for is all of an axis.

    Raises GraphdiffError where there are more items than axes.
    """
    given = sum(item not in (NEW, REST) for item in items)
    if given > len(shape):
        what = f"{shape_text(shape)} has {axes_text(len(shape))}" if shape else "a number has no axes"
        raise shape_error(f"too many indices: {given}, but {what}")
    rest = [ALL] * (len(shape) - given)
    if REST not in items:
        return [*items, *rest]
    place = list(items).index(REST)
    return [*items[:place], *rest, *items[place + 1 :]]


def _cut(item: Item, size: int) -> range:
    """The places that a slice takes of an axis."""
    places = range(size)[slice(*item[1:])]
    if not places:
        raise shape_error(f"the slice takes nothing of an axis of {entries(size)}", "an array has at least one entry")
    return places


def _at(item: Item, size: int) -> int:
    place: int = item[1]
    if not -size <= place < size:
        raise index_error(place, size)
    return place % size


def _index_shape(shape: Shape, *indices: Shape, items: Sequence[Item]) -> Shape:
    sizes: list[int] = []
    left = iter(shape)
    operands = iter(indices)
    for item in completed(items, shape):
        if item == NEW:
            sizes.append(1)
        elif item == OPERAND:
            index = next(operands)
            if len(index) > 1 or sum(map(len, indices)) > 1:
                raise shape_error(
                    "an index is a number or one list of numbers", "of several lists, index one after another"
                )
            sizes.extend(index)
            next(left)
        elif item[0] == "slice":
            sizes.append(len(_cut(item, next(left))))
        else:
            _at(item, next(left))
    return tuple(sizes)


def _place_shape(shape: Shape, like: Shape, *indices: Shape, items: Sequence[Item]) -> Shape:
    _same(shape, _index_shape(like, *indices, items=items), "the place")
    return like


def _same(shape: Shape, wanted: Shape, what: str) -> None:
    if shape != wanted:
        raise shape_error(f"{shape_text(shape)} does not fit {what}, which is {shape_text(wanted)}")


def _index(xp: Any, x: Any, *indices: Any, items: Sequence[Item]) -> Any:
    axis = 0
    for item, operand in _with_operands(completed(items, x.shape), indices):
        size = x.shape[axis] if item != NEW else 1
        if item == NEW:
            x = xp.expand_dims(x, axis=axis)
        elif item[0] == "slice":
            places = _cut(item, size)
            if len(places) != size or places.step != 1:
                x = _slice(xp, x, axis, places)
        elif item == OPERAND and operand.ndim:
            x = xp.take(x, whole_numbers(xp, operand, size), axis=axis)
        else:
            place = _at(item, size) if operand is None else int(whole_numbers(xp, operand, size))
            x = x[(slice(None),) * axis + (place, ...)]
            continue
        axis += 1
    return x


def _slice(xp: Any, x: Any, axis: int, places: range) -> Any:
    if places.step < 0:  # some libraries have no negative steps
        return _slice(
            xp,
            xp.flip(x, axis=axis),
            axis,
            range(x.shape[axis] - 1 - places[0], x.shape[axis], -places.step)[: len(places)],
        )
    return x[(slice(None),) * axis + (slice(places[0], places[-1] + 1, places.step), ...)]


def _with_operands(items: Sequence[Item], indices: Sequence[Any]) -> Iterator[tuple[Item, Any]]:
    operands = iter(indices)
    for item in items:
        yield item, next(operands) if item == OPERAND else None


def _place(xp: Any, g: Any, like: Any, *indices: Any, items: Sequence[Item]) -> Any:
    axis = 0
    left = iter(like.shape)
    for item, operand in _with_operands(completed(items, like.shape), indices):
        if item == NEW:
            g = g[(slice(None),) * axis + (0, ...)]
            continue
        size = next(left)
        if item[0] == "slice":
            places = _cut(item, size)
            if len(places) != size or places.step != 1:
                g = embedded(xp, g, axis, places.start, places.step, size)
        elif item == OPERAND and operand.ndim:
            # Entries that were taken more than once are summed.
            g = xp.add_at(g, axis, whole_numbers(xp, operand, size), size)
        else:
            place = _at(item, size) if operand is None else int(whole_numbers(xp, operand, size))
            g = embedded(xp, xp.expand_dims(g, axis=axis), axis, place, 1, size)
        axis += 1
    return g


def _strides(stride: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    strides = stride if isinstance(stride, tuple) else (stride,) * count
    if len(strides) != count:
        raise shape_error(f"there are {len(strides)} strides for windows of {axes_text(count)}")
    return strides


def _windows_shape(shape: Shape, like: Shape, stride: int | tuple[int, ...] = 1) -> Shape:
    count = len(like)
    if count > len(shape):
        raise shape_error(f"windows of {shape_text(like)} have more axes than {shape_text(shape)}")
    strides = _strides(stride, count)
    lead, sizes = shape[: len(shape) - count], shape[len(shape) - count :]
    if any(window > size for size, window in zip(sizes, like, strict=True)):
        raise shape_error(f"a window of {shape_text(like)} is larger than {shape_text(sizes)}")
    places = [(size - window) // step + 1 for size, window, step in zip(sizes, like, strides, strict=True)]
    return (*lead, *places, *like)


def _overlap_shape(shape: Shape, array: Shape, like: Shape, stride: int | tuple[int, ...] = 1) -> Shape:
    _same(shape, _windows_shape(array, like, stride), "the windows")
    return array


def _windows(xp: Any, x: Any, like: Any, stride: int | tuple[int, ...] = 1) -> Any:
    shape = _windows_shape(x.shape, like.shape, stride)
    lead, count = x.ndim - like.ndim, like.ndim
    # One axis after another: each becomes two, the windows' places and what is in a window.
    for number, step in enumerate(_strides(stride, count)):
        axis, places, window = lead + 2 * number, shape[lead + number], like.shape[number]
        starts = xp.expand_dims(xp.integers(places) * step, axis=1)
        taken = xp.take(x, xp.reshape(starts + xp.integers(window), (-1,)), axis=axis)
        x = xp.reshape(taken, (*x.shape[:axis], places, window, *x.shape[axis + 1 :]))
    order = (*range(lead), *range(lead, x.ndim, 2), *range(lead + 1, x.ndim, 2))
    return xp.permute_dims(x, order)


def _overlap_add(xp: Any, g: Any, x: Any, like: Any, stride: int | tuple[int, ...] = 1) -> Any:
    lead, count = x.ndim - like.ndim, like.ndim
    for number, step in reversed(list(enumerate(_strides(stride, count)))):
        axis, length = lead + number, x.shape[lead + number]
        # The last axis of g is inside the windows along this axis.
        pieces = [embedded(xp, g[..., place], axis, place, step, length) for place in range(like.shape[number])]
        g = pieces[0]
        for piece in pieces[1:]:
            g = g + piece
    return g


PRIMITIVES = (
    Primitive(
        name="index",
        inputs=("x",),
        doc="entries chosen by indices and slices",
        backward_pattern=GATHERER,
        kernel=_index,
        vjps=(lambda op, g, y, x, *indices, items: op.place(g, x, *indices, items=items),),
        shape=_index_shape,
        samples=(
            Sample(((3,),), {"items": (("index", -1),)}),
            Sample(((3, 4),), {"items": (ALL, ("slice", 3, 0, -2))}),
            Sample(((3, 4),), {"items": (("slice", 0, None, 2), NEW, ("index", 1))}),
            Sample(((2, 3, 4),), {"items": (REST, ("slice", 1, 3, None))}),
            Sample(((3, 4), (2,)), {"items": (ALL, OPERAND)}),
        ),
        is_index=lambda slot: slot > 0,
        is_called=False,
        moves=True,
        n_ary=True,
    ),
    Primitive(
        name="place",
        inputs=("x", "like"),
        doc="zeros of the shape of another array, but x where the indices and slices choose",
        backward_pattern=SPREADER,
        kernel=_place,
        vjps=(lambda op, g, y, x, like, *indices, items: op.index(g, *indices, items=items),),
        shape=_place_shape,
        samples=(
            Sample(((), (3,)), {"items": (("index", 1),)}),
            Sample(((3, 2), (3, 4)), {"items": (ALL, ("slice", 0, None, 2))}),
            Sample(((3, 2), (3, 4), (2,)), {"items": (ALL, OPERAND)}),
        ),
        is_index=lambda slot: slot > 1,
        moves=True,
        n_ary=True,
    ),
    Primitive(
        name="windows",
        inputs=("x", "like"),
        doc="all windows of the shape of another array that slide over the last axes of x",
        backward_pattern=GATHERER,
        kernel=_windows,
        vjps=(lambda op, g, y, x, like, stride=1: op.overlap_add(g, x, like, stride=stride),),
        shape=_windows_shape,
        samples=(
            Sample(((5,), (2,))),
            Sample(((2, 5, 6), (2, 3)), {"stride": 2}),
            Sample(((4, 5), (3, 2)), {"stride": (1, 3)}),
        ),
        options=(STRIDE,),
        moves=True,
    ),
    Primitive(
        name="overlap_add",
        inputs=("x", "array", "like"),
        doc="windows of an array summed back into their places",
        backward_pattern=SPREADER,
        kernel=_overlap_add,
        vjps=(lambda op, g, y, x, array, like, stride=1: op.windows(g, like, stride=stride),),
        shape=_overlap_shape,
        samples=(
            Sample(((4, 2), (5,), (2,))),
            Sample(((2, 2, 3, 2), (4, 5), (3, 2)), {"stride": (1, 3)}),
            Sample(((2, 2, 2, 2, 3), (2, 5, 6), (2, 3)), {"stride": 2}),
        ),
        options=(STRIDE,),
        moves=True,
    ),
)

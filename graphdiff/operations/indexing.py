"""Indexing and slicing, x[…], with the adjoint `place`; sliding windows over an array, with the adjoint `overlap_add`.

The option `items` has what stands at each position of an index: ("index", 2), ("slice", start, stop, step), ("new",)
for None, ("rest",) for an ellipsis, or ("operand",) for the next of the operands that are indices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from graphdiff.operations import options
from graphdiff.operations.creation import whole_numbers
from graphdiff.operations.joining import embed
from graphdiff.operations.options import Option
from graphdiff.operations.primitive import GATHERER, SPREADER, Primitive, Sample
from graphdiff.operations.shapes import Shape, axes_text, entries, index_error, shape_error, shape_text, size_of

Item = tuple[Any, ...]
NEW, REST, OPERAND = ("new",), ("rest",), ("operand",)
ALL = ("slice", None, None, None)
STRIDE = Option(
    "stride",
    lambda value: tuple(map(options.positive, value)) if isinstance(value, tuple) else options.positive(value),
    1,
)


def expand_items(items: Sequence[Item], shape: Shape) -> list[Item]:
    """The items with one for each axis: an ellipsis, and what is left out at the end, becomes full slices.

    Raises GraphdiffError where there are more items than axes.
    """
    count = sum(item not in (NEW, REST) for item in items)
    if count > len(shape):
        limit = f"{shape_text(shape)} has {axes_text(len(shape))}" if shape else "a number has no axes"
        raise shape_error(f"too many indices: {count}, but {limit}")
    rest = [ALL] * (len(shape) - count)
    if REST not in items:
        return [*items, *rest]
    place = list(items).index(REST)
    return [*items[:place], *rest, *items[place + 1 :]]


def _slice_places(item: Item, size: int) -> range:
    """The places that a slice selects from an axis."""
    places = range(size)[slice(*item[1:])]
    if not places:
        raise shape_error(
            f"the slice selects nothing from an axis of {entries(size)}", "an array needs at least one entry"
        )
    return places


def _index_place(item: Item, size: int) -> int:
    place: int = item[1]
    if not -size <= place < size:
        raise index_error(place, size)
    return place % size


def places_of(item: Item, size: int) -> int | range:
    """The place, or the places, that an index or a slice selects from an axis."""
    return _index_place(item, size) if item[0] == "index" else _slice_places(item, size)


def index_shape(shape: Shape, *indices: Shape, items: Sequence[Item]) -> Shape:
    """The shape of what an index selects; raises GraphdiffError where the index does not fit the array."""
    sizes: list[int] = []
    axis_sizes = iter(shape)
    operands = iter(indices)
    for item in expand_items(items, shape):
        if item == NEW:
            sizes.append(1)
        elif item == OPERAND:
            index = next(operands)
            if sum(map(bool, indices)) > 1:
                raise shape_error(
                    "only one index can be an array, the others must be numbers", "index with one array after another"
                )
            sizes.extend(index)
            next(axis_sizes)
        elif item[0] == "slice":
            sizes.append(len(_slice_places(item, next(axis_sizes))))
        else:
            _index_place(item, next(axis_sizes))
    return tuple(sizes)


def _place_shape(shape: Shape, like: Shape, *indices: Shape, items: Sequence[Item]) -> Shape:
    _check_fits(shape, index_shape(like, *indices, items=items), "the place")
    return like


def _check_fits(shape: Shape, expected: Shape, target: str) -> None:
    if shape != expected:
        raise shape_error(f"{shape_text(shape)} does not fit {target} of shape {shape_text(expected)}")


def _index(xp: Any, x: Any, *indices: Any, items: Sequence[Item]) -> Any:
    axis = 0
    for item, operand in _with_operands(expand_items(items, x.shape), indices):
        size = x.shape[axis] if item != NEW else 1
        if item == NEW:
            x = xp.expand_dims(x, axis=axis)
        elif item[0] == "slice":
            places = _slice_places(item, size)
            if len(places) != size or places.step != 1:
                x = _slice(xp, x, axis, places)
        elif item == OPERAND and operand.ndim:
            places = whole_numbers(xp, xp.reshape(operand, (-1,)), size)
            x = xp.reshape(xp.take(x, places, axis=axis), (*x.shape[:axis], *operand.shape, *x.shape[axis + 1 :]))
            axis += operand.ndim - 1
        else:
            place = _index_place(item, size) if operand is None else int(whole_numbers(xp, operand, size))
            x = x[(slice(None),) * axis + (place, ...)]
            continue
        axis += 1
    return x


def _slice(xp: Any, x: Any, axis: int, places: range) -> Any:
    if places.step < 0:  # not every library has negative steps
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
    sizes = iter(like.shape)
    for item, operand in _with_operands(expand_items(items, like.shape), indices):
        if item == NEW:
            g = g[(slice(None),) * axis + (0, ...)]
            continue
        size = next(sizes)
        if item[0] == "slice":
            places = _slice_places(item, size)
            if len(places) != size or places.step != 1:
                g = embed(xp, g, axis, places.start, places.step, size)
        elif item == OPERAND and operand.ndim:
            # Entries that were selected more than once are summed.
            rows = xp.reshape(g, (*g.shape[:axis], size_of(operand.shape), *g.shape[axis + operand.ndim :]))
            g = xp.add_at(rows, axis, whole_numbers(xp, xp.reshape(operand, (-1,)), size), size)
        else:
            place = _index_place(item, size) if operand is None else int(whole_numbers(xp, operand, size))
            g = embed(xp, xp.expand_dims(g, axis=axis), axis, place, 1, size)
        axis += 1
    return g


def _strides(stride: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    strides = stride if isinstance(stride, tuple) else (stride,) * count
    if len(strides) != count:
        raise shape_error(f"{len(strides)} strides do not fit windows with {axes_text(count)}")
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
    _check_fits(shape, _windows_shape(array, like, stride), "the windows")
    return array


def _windows(xp: Any, x: Any, like: Any, stride: int | tuple[int, ...] = 1) -> Any:
    shape = _windows_shape(x.shape, like.shape, stride)
    lead, count = x.ndim - like.ndim, like.ndim
    # One axis after another: each becomes two, the places of the windows and the entries of a window.
    for number, step in enumerate(_strides(stride, count)):
        axis, places, window = lead + 2 * number, shape[lead + number], like.shape[number]
        starts = xp.expand_dims(xp.integers(places) * step, axis=1)
        repeats = xp.take(x, xp.reshape(starts + xp.integers(window), (-1,)), axis=axis)
        x = xp.reshape(repeats, (*x.shape[:axis], places, window, *x.shape[axis + 1 :]))
    order = (*range(lead), *range(lead, x.ndim, 2), *range(lead + 1, x.ndim, 2))
    return xp.permute_dims(x, order)


def _overlap_add(xp: Any, g: Any, x: Any, like: Any, stride: int | tuple[int, ...] = 1) -> Any:
    lead, count = x.ndim - like.ndim, like.ndim
    for number, step in reversed(list(enumerate(_strides(stride, count)))):
        axis, length = lead + number, x.shape[lead + number]
        # The last axis of g has the entries of a window along this axis.
        pieces = [embed(xp, g[..., place], axis, place, step, length) for place in range(like.shape[number])]
        g = pieces[0]
        for piece in pieces[1:]:
            g = g + piece
    return g


PRIMITIVES = (
    Primitive(
        name="index",
        inputs=("x",),
        doc="the entries of x that indices and slices select",
        title="entry",
        backward_pattern=GATHERER,
        kernel=_index,
        vjps=(lambda op, g, y, x, *indices, items: op.place(g, x, *indices, items=items),),
        shape=index_shape,
        samples=(
            Sample(((3,),), {"items": (("index", -1),)}),
            Sample(((3, 4),), {"items": (ALL, ("slice", 3, 0, -2))}),
            Sample(((3, 4),), {"items": (("slice", 0, None, 2), NEW, ("index", 1))}),
            Sample(((2, 3, 4),), {"items": (REST, ("slice", 1, 3, None))}),
            Sample(((3, 4), (2,)), {"items": (ALL, OPERAND)}),
            Sample(((3, 4), (2, 3)), {"items": (OPERAND, ALL)}),
        ),
        is_index=lambda slot: slot > 0,
        is_called=False,
        moves=True,
        n_ary=True,
    ),
    Primitive(
        name="place",
        inputs=("x", "like"),
        doc="zeros of the shape of another array, with x in the places that indices and slices select",
        title="linear map",
        backward_pattern=SPREADER,
        kernel=_place,
        vjps=(lambda op, g, y, x, like, *indices, items: op.index(g, *indices, items=items),),
        shape=_place_shape,
        samples=(
            Sample(((), (3,)), {"items": (("index", 1),)}),
            Sample(((3, 2), (3, 4)), {"items": (ALL, ("slice", 0, None, 2))}),
            Sample(((3, 2), (3, 4), (2,)), {"items": (ALL, OPERAND)}),
            Sample(((2, 3, 4), (3, 4), (2, 3)), {"items": (OPERAND, ALL)}),
        ),
        is_index=lambda slot: slot > 1,
        moves=True,
        n_ary=True,
    ),
    Primitive(
        name="windows",
        inputs=("x", "like"),
        doc="all windows of the shape of another array, sliding over the last axes of x",
        title="linear map",
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
        doc="the windows of an array added up in their places",
        title="linear map",
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

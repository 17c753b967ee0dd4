"""The cotangents of entries that many operations take from one array, added up for each entry and put in place at once.

An array of zeros for each of them would cost the square of their number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

from graphdiff.graph.graph import FEW_ENTRIES
from graphdiff.graph.node import Node
from graphdiff.operations.indexing import ALL, OPERAND, Item, expand_items, places_of
from graphdiff.operations.interpreter import Interpreter
from graphdiff.operations.shapes import Shape

Places: TypeAlias = int | range
"""What an index selects from one axis: an entry, without the axis, or a range of entries."""


class Contribution(NamedTuple):
    """A cotangent of the entries that these places select, axis by axis; of an axis without places all are selected."""

    places: Sequence[Places]
    value: Any


def scattered_places(node: Node, shape: Shape | None) -> list[Places] | None:
    """The places of the entries that an index with constant places selects from an array of this shape.

    None where the shape is not known, where everything is selected, and for a slice of more than a small part of an
    axis, whose entries are better not taken one by one.
    """
    if shape is None:
        return None
    items = expand_items(node.parameters["items"], shape)
    places = [places_of(item, size) for item, size in zip(items, shape, strict=True)]
    for each, size in zip(places, shape, strict=True):
        if isinstance(each, range) and each != range(size) and FEW_ENTRIES * len(each) > size:
            return None
    while places and places[-1] == range(shape[len(places) - 1]):
        places.pop()
    return places or None


def scatter(contributions: Sequence[Contribution], shape: Shape, like: Any, op: Interpreter, axis: int = 0) -> Any:
    """An array like another, of this shape, to which each contribution is added in its places, in their order.

    The places are those from this axis on; along the axes before, everything is selected.
    """
    size = shape[axis]
    parts: list[Any] = []
    whole = [each for each in contributions if each.places[0] == range(size)]
    if whole:
        rests = [Contribution(places[1:], value) for places, value in whole]
        parts.append(scatter(rests, shape, like, op, axis + 1))
    rows: dict[int, list[Contribution]] = defaultdict(list)
    for (first, *rest), value in contributions:
        if isinstance(first, int):
            rows[first].append(Contribution(rest, value))
        elif first != range(size):
            for number, place in enumerate(first):
                rows[place].append(Contribution(rest, op.index(value, items=_row(axis, number))))
    if rows:
        row_shape = (*shape[:axis], *shape[axis + 1 :])
        order = sorted(rows)
        values = []
        for place in order:
            deeper = [each for each in rows[place] if each.places]
            sums = [each.value for each in rows[place] if not each.places]
            if deeper:
                sums.append(scatter(deeper, row_shape, op.index(like, items=_row(axis, place)), op, axis))
            values.append(reduce(op.add, sums))
        parts.append(_place(op.stack(*values, **({"axis": axis} if axis else {})), order, size, like, op, axis))
    return reduce(op.add, parts)


def _place(values: Any, places: Sequence[int], size: int, like: Any, op: Interpreter, axis: int) -> Any:
    """Zeros like another array, with these values at these places, in ascending order, along an axis."""
    before = [ALL] * axis
    start, stop = places[0], places[-1] + 1
    if stop - start > len(places):
        return op.place(values, like, op.constant(tuple(map(float, places))), items=(*before, OPERAND))
    return values if len(places) == size else op.place(values, like, items=(*before, ("slice", start, stop, None)))


def _row(axis: int, place: int) -> tuple[Item, ...]:
    """The items that select a place from an axis."""
    return (*[ALL] * axis, ("index", place))

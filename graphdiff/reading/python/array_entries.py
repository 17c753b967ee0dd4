"""`x[i] = y` on an array that is computed: a new array, in which other entries stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphdiff.language.tree import Number, Slice
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.reading.python.attributes import counts_rows
from graphdiff.reading.python.operators import call, number
from graphdiff.reading.python.reader import integer
from graphdiff.reading.python.values import Items, Value
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.reading.python.expressions import Expressions

MOST_LISTED = 10_000
"""The most entries of an array of which some are assigned."""


def with_entries(expressions: Expressions, array: Value, items: list[Any], new: Value, span: Span) -> Value | None:
    """The array after the assignment; None if it cannot be read.

    Entries are chosen by a condition, `x[x < 0] = 0`; or, where the shape is known, by numbers and slices, or one in
    each row, `p[np.arange(n), y] = 0`.
    """
    reader, operators = expressions.reader, expressions.operators
    if len(items) == 1 and isinstance(items[0], Value) and items[0].is_condition:
        return operators.where(items[0], new, array, span)
    shape = reader.shape_of(array)
    if shape is None or reader.shape_of(new) not in ((), None) or size_of(shape) > MOST_LISTED:
        return None
    is_number = new.constant is not None or reader.shape_of(new) == ()
    if not is_number:
        return None
    if len(items) == 2 and len(shape) == 2 and counts_rows(items[0]) and isinstance(items[1], (Value, Items)):
        labels = expressions.value_of(items[1], span)
        return operators.where(Value(call("one_hot", span, labels.tree, number(shape[1], span))), new, array, span)
    chosen = _chosen(reader, items, shape)
    if chosen is None:
        return None
    mask = expressions.array_of(_nested(operators.constant, chosen, shape, reader.branch, span), span)
    return operators.where(Value(mask), new, array, span)


def _chosen(reader: Any, items: list[Any], shape: Shape) -> set[int] | None:
    """The places of the entries that numbers and slices choose, in the order of the memory."""
    if len(items) > len(shape):
        return None
    places = [0]
    for axis, size in enumerate(shape):
        item = items[axis] if axis < len(items) else Slice(None, None, None)
        if isinstance(item, Slice):
            bounds = [int(bound.value) if isinstance(bound, Number) else None for bound in item]
            along = range(size)[slice(*bounds)]
        elif (place := integer(item)) is not None and -size <= place < size:
            reader.fix(item)
            along = range(size)[place : place + 1] if place >= 0 else range(size + place, size + place + 1)
        else:
            return None
        places = [place * size + each for place in places for each in along]
    return set(places)


def _nested(constant: Any, chosen: set[int], shape: Shape, branch: object, span: Span, first: int = 0) -> Items:
    """Nested lists with 1 at some places and 0 elsewhere."""
    if len(shape) == 1:
        entries: list[Any] = [constant(float(first + place in chosen), span) for place in range(shape[0])]
    else:
        rest = size_of(shape[1:])
        rows = range(shape[0])
        entries = [_nested(constant, chosen, shape[1:], branch, span, first + row * rest) for row in rows]
    return Items(entries, "array", branch)

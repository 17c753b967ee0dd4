"""Entries of a node at constant places: as a slice where the places are regular, which loops read without an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.node import Node
from graphdiff.operations.indexing import ALL, NEW, OPERAND, Item
from graphdiff.operations.shapes import Shape, size_of


def numbers_of(shape: Shape) -> Any:
    """The numbers of the entries of an array, counted row by row, in its shape."""
    return np.arange(size_of(shape)).reshape(shape)


def entries_at(op: NodeInterpreter, node: Node, places: Any) -> Node:
    """The entries of a node at these places, counted row by row, in their shape; an axis along which they do not
    change may have size 1, or be missing if it comes first."""
    shape = op.shape(node) or ()
    if not shape:
        return node
    if shape == places.shape and (places == numbers_of(shape)).all():
        return node
    result = _as_slice(op, node, shape, places)
    if result is None:
        flat: Node = node if len(shape) == 1 else op.reshape(node, shape=(size_of(shape),))
        result = _as_slice(op, flat, (size_of(shape),), places)
        if result is None:
            result = op.index(flat, as_constant(op, places), items=(OPERAND,))
    return result


def as_constant(op: NodeInterpreter, places: Any) -> Node:
    """Whole numbers as a constant of the graph."""
    node: Node = op.constant(_nested(places.astype(float).tolist()))
    return node


def _nested(values: Any) -> Any:
    return tuple(map(_nested, values)) if isinstance(values, list) else values


def _as_slice(op: NodeInterpreter, node: Node, shape: Shape, places: Any) -> Node | None:
    """The entries by slices of the axes of a node of this shape; None where that cannot give them."""
    items: list[Item] = []
    order: list[int] = []
    for coordinates in np.unravel_index(places, shape):
        own = [axis for axis in range(places.ndim) if _changes(coordinates, axis)]
        if not own:
            items.append(("index", int(coordinates.flat[0])))
            continue
        item = _slice_along(coordinates, own[0]) if len(own) == 1 and own[0] not in order else None
        if item is None:
            return None
        items.append(item)
        order.append(own[0])
    node = _index(op, node, items, shape)
    by_axis = sorted(range(len(order)), key=order.__getitem__)
    if by_axis != [*range(len(order))]:
        node = op.transpose(node, axes=tuple(by_axis))
    first = min(order, default=places.ndim)
    new = [ALL if axis in order else NEW for axis in range(first, places.ndim)]
    return _index(op, node, new, op.shape(node) or ()) if NEW in new else node


def _index(op: NodeInterpreter, node: Node, items: Sequence[Item], shape: Shape) -> Node:
    """What items select from a node; all of it without an index."""
    if NEW not in items and all([item == ("slice", 0, size, 1) for item, size in zip(items, shape, strict=True)]):
        return node
    result: Node = op.index(node, items=tuple(items))
    return result


def _changes(coordinates: Any, axis: int) -> bool:
    """Whether the numbers change along an axis."""
    first = coordinates.take([0], axis=axis)
    return bool((coordinates != first).any())


def _slice_along(coordinates: Any, axis: int) -> Item | None:
    """The slice that has the numbers along the only axis along which they change; None if their steps differ."""
    line = np.moveaxis(coordinates, axis, -1).reshape(-1, coordinates.shape[axis])[0]
    step = int(line[1] - line[0])
    if not step or (np.diff(line) != step).any():
        return None
    stop = int(line[-1]) + (1 if step > 0 else -1)
    return "slice", int(line[0]), None if stop < 0 else stop, step

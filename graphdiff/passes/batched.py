"""Many values of a node at once, along a new first axis: what rules for operations on them have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import Primitive
from graphdiff.operations.shapes import Shape


class Batched(NamedTuple):
    """Many values of a node: an array with a new first axis, times a scale that is the same for all of them.

    node   the array; None for the rows of an identity matrix, in the shape of the values: each has a 1 in another entry
    scale  a node that broadcasts to the shape of each value; None for 1
    shape  the shape of each value
    """

    node: Node | None
    shape: Shape
    scale: Node | None = None


Value: TypeAlias = "Node | Batched"
"""The same node for all values, or many values."""


class Batch:
    """An interpreter whose nodes have known shapes, and the number of values."""

    def __init__(self, op: NodeInterpreter, count: int) -> None:
        self.op = op
        self.count = count

    def shape(self, value: Value) -> Shape:
        """The shape of each of the values."""
        if isinstance(value, Batched):
            return value.shape
        shape = self.op.shape(value)
        assert shape is not None, "all shapes are known"
        return shape

    def rank(self, value: Value) -> int:
        return len(self.shape(value))

    def values(self, node: Node) -> Batched:
        """Many values, which a node has along its first axis."""
        return Batched(node, self.shape(node)[1:])

    def plain(self, value: Value) -> Value:
        """The same, with many values as an array alone."""
        if not isinstance(value, Batched) or (value.node is not None and value.scale is None):
            return value
        op, shape = self.op, value.shape
        if value.node is not None:
            scale = value.scale
            node = op.mul(value.node, scale)
        elif value.scale is None:
            node = op.eye(size=self.count)
        else:
            node = op.diag(
                op.reshape(self.diagonal(value), shape=(self.count,)) if len(shape) > 1 else self.diagonal(value)
            )
        if value.node is None and len(shape) > 1:
            node = op.reshape(node, shape=(self.count, *shape))
        return Batched(node, shape)

    def diagonal(self, value: Batched) -> Node:
        """The scale in the shape of the values."""
        node = self.op.lift(1.0 if value.scale is None else value.scale)
        full: Node = (
            node if self.op.shape(node) == value.shape else self.op.expand_like(node, self.op.zeros(shape=value.shape))
        )
        return full

    def whole(self, value: Value) -> Node:
        """All values as an array; a node that is the same for all of them is copied."""
        value = self.plain(value)
        if isinstance(value, Batched):
            assert value.node is not None
            return value.node
        node: Node = self.op.expand_like(value, self.zeros(self.shape(value)))
        return node

    def zeros(self, shape: Shape) -> Node:
        """Zeros for all values."""
        node: Node = self.op.zeros(shape=(self.count, *shape))
        return node

    def like(self, value: Value) -> Node:
        """A node of the shape of each of the values."""
        node: Node = self.op.zeros(shape=self.shape(value)) if isinstance(value, Batched) else value
        return node

    def aligned(self, value: Value, rank: int) -> Node:
        """A node that broadcasts with arrays of all values, each of this rank."""
        if not isinstance(value, Batched):
            return value
        node, missing = self.whole(value), rank - self.rank(value)
        aligned: Node = self.op.expand_dims(node, axis=tuple(range(1, missing + 1))) if missing else node
        return aligned

    def one_by_one(self, operation: Primitive, operands: Sequence[Value], parameters: Mapping[str, Any]) -> Node:
        """An operation on each of the values."""
        results = []
        for place in range(self.count):
            items = (("index", place),)
            own = [
                self.op.index(self.whole(each), items=items) if isinstance(each, Batched) else each for each in operands
            ]
            results.append(self.op.apply(operation, *own, **parameters))
        stack: Node = self.op.stack(*results)
        return stack

    def reshape(self, value: Value, shape: Shape) -> Node:
        """All values in another shape."""
        node = self.whole(value)
        reshaped: Node = self.op.reshape(node, shape=(self.count, *shape)) if self.shape(value) != shape else node
        return reshaped


def node_of(value: Value) -> Node:
    """The node of a value that is the same for all, or of many that are an array alone."""
    node = value.node if isinstance(value, Batched) else value
    assert node is not None
    return node


def is_number(node: Node, number: float) -> bool:
    """Whether a node is this constant."""
    return node.is_constant and isinstance(value := node.parameters["value"], float) and bool(value == number)

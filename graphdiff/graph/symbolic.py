"""The interpreter whose values are graph nodes: derivative rules run on it give formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.graph.graph import GraphBuilder, Node
from graphdiff.graph.simplify import Simplifier
from graphdiff.operations.interpreter import Interpreter
from graphdiff.operations.primitive import Gate, Primitive
from graphdiff.operations.shapes import Shape, broadcast, nested_shape


class UnknownRankError(Exception):
    """A rule asks how many axes a value has, whose shape is not known."""


class Symbolic(Interpreter):
    """Builds simplified nodes; a float among the operands becomes a constant.

    shapes are those of the builder's nodes, as far as they are known.
    """

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder
        self.shapes: dict[int, Shape] = {}
        self._simplifier = Simplifier(builder)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Node:
        nodes = [self.lifted(operand) for operand in operands]
        shape = self._shape_of(primitive, nodes, parameters)
        node = self._simplifier.apply(primitive, nodes, parameters or None)
        if shape is not None and self.shape(node) not in (shape, None):  # 0*x is 0, but not where x is an array
            node = self.builder.apply(primitive, nodes, parameters=parameters or None)
        if shape is not None and not node.is_constant:
            self.shapes[node.index] = shape
        return node

    def _shape_of(self, primitive: Primitive, nodes: Sequence[Node], parameters: Mapping[str, Any]) -> Shape | None:
        """The shape of an operation on nodes, where theirs are known."""
        known = [shape for node in nodes if (shape := self.shape(node)) is not None]
        if len(known) < len(nodes):
            return None
        return primitive.shape(*known, **parameters) if primitive.shape is not None else broadcast(*known)

    def constant(self, value: Any) -> Any:
        return self.builder.constant(value)

    def lifted(self, operand: Node | float) -> Node:
        """A node for a value that may be a float."""
        return operand if isinstance(operand, Node) else self.builder.constant(operand)

    def shape(self, node: Node) -> Shape | None:
        """A node's shape, where it is known."""
        if node.is_constant:
            return nested_shape(node.parameters["value"])
        return self.shapes.get(node.index)

    def rank(self, value: Any) -> int:
        shape = self.shape(self.lifted(value))
        if shape is None:
            raise UnknownRankError
        return len(shape)

    def scaled(self, cotangent: Any, local: Any) -> Any:
        return self.mul(cotangent, local)

    def expanded(self, value: Any, like: Any) -> Any:
        value, like = self.lifted(value), self.lifted(like)
        is_like = self.shape(like) is None or self.shape(value) in (None, self.shape(like))
        return value if is_like or value.is_constant else self.broadcast_to(value, like)

    def summed(self, cotangent: Any, like: Any) -> Any:
        cotangent, like = self.lifted(cotangent), self.lifted(like)
        shape, wanted = self.shape(cotangent), self.shape(like)
        if shape is None or wanted is None or len(shape) < len(wanted) or shape == wanted:
            return cotangent
        return self.sum_to(cotangent, like)

    def opening(self, gate: Gate, local: Any) -> Any:
        value = local.parameters["value"] if isinstance(local, Node) and local.is_constant else local
        return not (gate.selects and value == 0)

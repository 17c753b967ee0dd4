"""The interpreter whose values are graph nodes: derivative rules run on it give formulas."""

from __future__ import annotations

from typing import Any

from graphdiff.graph.graph import GraphBuilder, Node
from graphdiff.graph.simplify import Simplifier
from graphdiff.operations.interpreter import Interpreter
from graphdiff.operations.primitive import Gate, Primitive


class Symbolic(Interpreter):
    """Builds simplified nodes; a float among the operands becomes a constant."""

    def __init__(self, builder: GraphBuilder) -> None:
        self.builder = builder
        self._simplifier = Simplifier(builder)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Node:
        nodes = [self.lifted(operand) for operand in operands]
        return self._simplifier.apply(primitive, nodes, parameters or None)

    def lifted(self, operand: Node | float) -> Node:
        """A node for a value that may be a float."""
        return operand if isinstance(operand, Node) else self.builder.constant(operand)

    def closes(self, gate: Gate, local: Any) -> bool:
        return bool((local.parameters["value"] if isinstance(local, Node) and local.is_constant else local) == 0)

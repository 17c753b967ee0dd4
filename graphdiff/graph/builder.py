"""The builder of graphs: nodes are added one by one, each after its operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import GraphdiffError
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.operations.primitive import Primitive
from graphdiff.source import Source, Span

if TYPE_CHECKING:
    from graphdiff.graph.function import Operation

LARGEST_GRAPH = 4_000_000
"""How many nodes a graph may have, those of derivatives too: some GB of them."""


class GraphBuilder:
    """Adds nodes one by one; each is the operand of later ones only."""

    def __init__(self, source: Source | None = None) -> None:
        """source is the text that the spans of the nodes are of.

        Past LARGEST_GRAPH nodes every method raises GraphdiffError("limit").
        """
        self.source = source
        self.nodes: list[Node] = []
        self.inputs: list[int] = []
        self._dependent: list[bool] = []

    def input(self, name: str, span: Span | None = None, is_constant: bool = False) -> Node:
        """An input; in a function's body it may stand for a constant."""
        self.inputs.append(len(self.nodes))
        return self._add(Node(len(self.nodes), None, name=name, span=span), not is_constant)

    def constant(self, value: Any, span: Span | None = None) -> Node:
        """A number, or an array as nested tuples of them."""
        return self._add(Node(len(self.nodes), None, parameters={"value": value}, span=span), False)

    def apply(
        self,
        operation: Operation,
        operands: Sequence[Node],
        span: Span | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Node:
        """A node for operation(*operands); its parameters are worked out unless given."""
        dependent = self._dependent
        indices = tuple([operand.index for operand in operands])
        if not isinstance(operation, Primitive):
            operation = operation.with_constants(tuple([not dependent[index] for index in indices]))
        if parameters is None:
            parameters = NO_PARAMETERS
            if isinstance(operation, Primitive) and operation.parameters is not None:
                parameters = operation.parameters(tuple([not dependent[index] for index in indices]))
        node = Node(len(self.nodes), operation, indices, parameters, span=span)
        return self._add(node, any([dependent[index] for index in indices]))

    def copied(
        self, node: Node, operands: Sequence[Node], span: Span | None, parameters: Mapping[str, Any] | None = None
    ) -> Node:
        """A node of another graph on operands of this one, unnamed unless an input."""
        if node.is_input:
            assert node.name is not None
            return self.input(node.name, span)
        if node.operation is None:
            return self.constant(node.parameters["value"], span)
        if not isinstance(node.operation, Primitive) or node.operation.parameters is None:
            parameters = node.parameters
        return self.apply(node.operation, operands, span, parameters)

    def rename(self, node: Node, name: str) -> Node:
        """Gives a node its name."""
        self.nodes[node.index] = named = node._replace(name=name)
        return named

    def _add(self, node: Node, dependent: bool) -> Node:
        if len(self.nodes) == LARGEST_GRAPH:
            message = f"the graph has more than {LARGEST_GRAPH:,} nodes, including those of derivatives"
            raise GraphdiffError(
                "limit", message, self.source, node.span, "split the formula, or request a lower order"
            )
        self.nodes.append(node)
        self._dependent.append(dependent)
        return node

"""The builder of graphs, which adds nodes one by one, each after its operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphdiff.errors import GraphdiffError
from graphdiff.graph.node import NO_PARAMETERS, Node
from graphdiff.source import Source, Span

if TYPE_CHECKING:
    from graphdiff.graph.function import Operation

LARGEST_GRAPH = 4_000_000
"""The most nodes that a graph may have, including those of derivatives: a few GB."""


class GraphBuilder:
    """Adds nodes one by one, each after its operands."""

    def __init__(self, source: Source | None = None) -> None:
        """Start with no nodes; source is the text that the spans of nodes refer to.

        Every method that adds a node raises GraphdiffError("limit") beyond LARGEST_GRAPH nodes.
        """
        self.source = source
        self.nodes: list[Node] = []
        self.inputs: list[int] = []
        self._depends_on_input: list[bool] = []

    def input(
        self,
        name: str,
        span: Span | None = None,
        is_constant: bool = False,
        parameters: Mapping[str, Any] = NO_PARAMETERS,
    ) -> Node:
        """Add an input, whose parameters may hold a default; in the body of a function it may stand for a constant."""
        self.inputs.append(len(self.nodes))
        return self._add(Node(len(self.nodes), None, parameters=parameters, name=name, span=span), not is_constant)

    def constant(self, value: Any, span: Span | None = None) -> Node:
        """Add a constant: a number, or an array as nested tuples of numbers."""
        return self._add(Node(len(self.nodes), None, parameters={"value": value}, span=span), False)

    def apply(
        self,
        operation: Operation,
        operands: Sequence[Node],
        span: Span | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Node:
        """Add an operation on operands; parameters that are None are computed from which operands are constants."""
        depends_on_input = self._depends_on_input
        indices = tuple([operand.index for operand in operands])
        if operation.asks_for_constants:
            constants = tuple([not depends_on_input[index] for index in indices])
            operation = operation.with_constants(constants)
            if parameters is None and operation.parameters is not None:
                parameters = operation.parameters(constants)
        node = Node(len(self.nodes), operation, indices, NO_PARAMETERS if parameters is None else parameters, span=span)
        return self._add(node, any([depends_on_input[index] for index in indices]))

    def copy(
        self, node: Node, operands: Sequence[Node], span: Span | None, parameters: Mapping[str, Any] | None = None
    ) -> Node:
        """Add a copy of another graph's node, on operands of this one; only an input keeps its name."""
        if node.is_input:
            assert node.name is not None
            return self.input(node.name, span, parameters=node.parameters)
        if node.operation is None:
            return self.constant(node.parameters["value"], span)
        if not node.operation.asks_for_constants:
            parameters = node.parameters
        return self.apply(node.operation, operands, span, parameters)

    def is_constant(self, node: Node) -> bool:
        """Whether a node depends on no input."""
        return not self._depends_on_input[node.index]

    def rename(self, node: Node, name: str) -> Node:
        """Name a node."""
        self.nodes[node.index] = node._replace(name=name)
        return self.nodes[node.index]

    def _add(self, node: Node, depends_on_input: bool) -> Node:
        if len(self.nodes) == LARGEST_GRAPH:
            message = f"the graph has more than {LARGEST_GRAPH:,} nodes, including those of derivatives"
            raise GraphdiffError(
                "limit", message, self.source, node.span, "split the formula, or request a lower order"
            )
        self.nodes.append(node)
        self._depends_on_input.append(depends_on_input)
        return node

"""Graph → graph: calls of functions replaced by the functions' bodies (--expand)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function, is_loop
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.source import Span


def expand_gates(graph: Graph, keeps_own_derivatives: bool = False, keeps_loops: bool = False) -> Graph:
    """Replace each call of a function by the function's body, and each loop by all of its steps.

    With keeps_own_derivatives, functions that define their own derivatives stay calls, so that the derivative of the
    graph stays the same. With keeps_loops, loops stay as they are.
    """

    def is_kept(function: Function) -> bool:
        return keeps_loops if is_loop(function) else keeps_own_derivatives and bool(function.partials)

    return Expansion(graph, is_kept).result()


class Expansion:
    """Replaces the calls in a graph, except those of functions that are kept."""

    def __init__(self, graph: Graph, is_kept: Callable[[Function], bool]) -> None:
        self.graph = graph
        self.is_kept = is_kept
        self.builder = GraphBuilder(graph.source)

    def result(self) -> Graph:
        """The graph with the functions' bodies."""
        graph = self.graph
        if not any(isinstance(node.operation, Function) for node in graph.nodes):
            return graph
        nodes: list[Node] = []
        for node in graph.nodes:
            nodes.append(self.inline(node, [nodes[operand] for operand in node.operands], node.span))
            if node.name is not None and nodes[-1].name is None:
                nodes[-1] = self.builder.rename(nodes[-1], node.name)
        return rebuild(graph, self.builder, nodes)

    def inline(self, node: Node, operands: Sequence[Node], span: Span | None) -> Node:
        """Add a node on new operands, or all nodes of a function's body in its place, each with the span of the call.

        Recursion goes only as deep as calls nest, which language/program limits.
        """
        function = node.operation
        if not isinstance(function, Function) or self.is_kept(function):
            return self.builder.copy(node, operands, span, node.parameters)
        body = function.graph
        return self.inline_body(body, dict(zip(body.inputs, operands, strict=True)), span)[body.output]

    def inline_body(self, body: Graph, arguments: dict[int, Node], span: Span | None) -> list[Node]:
        """Add all nodes of a body, whose inputs are arguments."""
        nodes: list[Node] = []
        for inner in body.nodes:
            operands = [nodes[operand] for operand in inner.operands]
            nodes.append(arguments.get(inner.index) or self.inline(inner, operands, span))
        return nodes


def rebuild(graph: Graph, builder: GraphBuilder, nodes: Sequence[Node]) -> Graph:
    """The graph of a builder; nodes holds the new node for each node of the old graph."""
    names = {name: nodes[index].index for name, index in graph.names.items()}
    inputs = [nodes[index].index for index in graph.inputs]
    outputs = [nodes[index].index for index in graph.outputs]
    return Graph(builder.nodes, inputs, outputs, names, graph.source)

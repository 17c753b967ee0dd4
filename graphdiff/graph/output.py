"""The name that a graph's output has where derivatives of it are written."""

from __future__ import annotations

from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph

OUTPUT = "f"
"""What an output without a name is called where derivatives of it are written."""


def with_named_output(graph: Graph) -> Graph:
    """The graph with its output called f, where it has no name and f means nothing else."""
    node = graph.nodes[graph.output]
    if node.name is not None or node.operation is None or OUTPUT in graph.names_in_use:
        return graph
    called = [each.operation for each in graph.nodes if isinstance(each.operation, Function)]
    if any(each.name == OUTPUT and each is not node.operation for each in called):
        return graph
    nodes = [*graph.nodes]
    nodes[node.index] = node._replace(name=OUTPUT)
    return Graph(nodes, graph.inputs, graph.outputs, {**graph.names, OUTPUT: node.index}, graph.source)

"""The name of an output in formulas of derivatives."""

from __future__ import annotations

from graphdiff.graph.graph import Graph

OUTPUT = "f"
"""The name of an unnamed output in formulas of derivatives."""


def name_output(graph: Graph) -> Graph:
    """Name the output f, if it has no name and f means nothing else."""
    node = graph.nodes[graph.output]
    if node.name is not None or node.operation is None or OUTPUT in graph.names_in_use:
        return graph
    operations = {each.operation for each in graph.nodes if each.operation is not None}
    if any(each.name == OUTPUT and each is not node.operation for each in operations):
        return graph
    nodes = [*graph.nodes]
    nodes[node.index] = node._replace(name=OUTPUT)
    return Graph(nodes, graph.inputs, graph.outputs, {**graph.names, OUTPUT: node.index}, graph.source)

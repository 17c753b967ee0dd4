"""Graph → graph: the gates and the output that are asked for (--expand, --fuse, --output)."""

from __future__ import annotations

from collections.abc import Container

from graphdiff.algebra.expand import expanded
from graphdiff.algebra.fuse import fused
from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.graph import Graph
from graphdiff.language.hints import nearest
from graphdiff.source import normalized


def rewritten(graph: Graph, point: Container[str], expand: bool, fuse: bool, output: str | None) -> Graph:
    """The graph with its gates opened up, with formulas recognised as gates, with another output: what is asked for.

    point holds the names that are given a value: e may be one of them.

    Raises GraphdiffError("name") where there is no such output.
    """
    if expand:
        graph = expanded(graph)
    if fuse:
        graph = fused(graph, "e" in point)
    return graph if output is None else selected(graph, normalized(output))


def selected(graph: Graph, output: str) -> Graph:
    """The graph of another output: a named node, or one by the label that reports give it, which it keeps.

    Raises GraphdiffError("name") where there is none of that name.
    """
    nodes = {graph.labels[node.index]: node.index for node in graph.nodes if not node.is_constant}
    nodes.update(graph.names)
    if output not in nodes:
        hint = nearest(output, nodes) or f"the nodes are {shortened(', '.join(nodes), 200)}"
        raise GraphdiffError("name", f"no node is named '{shortened(output)}'", hint=hint)
    return Graph(graph.nodes, graph.inputs, [nodes[output]], graph.names, graph.source, graph.labels)

"""Graph → graph: the rewrites that options request (--expand, --fuse, --output)."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from graphdiff.algebra.expand import expand_gates
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.graph.graph import Graph
from graphdiff.language.hints import nearest
from graphdiff.operations.registry import CONSTANTS
from graphdiff.source import normalize_text

if TYPE_CHECKING:
    from graphdiff.algebra.loop_steps import Step


def rewrite(
    graph: Graph, point: Container[str], expand: bool, steps: Sequence[Step], fuse: bool, output: str | None
) -> Graph:
    """Expand gates, fuse formulas into gates and select an output, each only where it is requested.

    point holds the names that have a value: e may be one of them. Of loops only these steps are expanded, if there are
    any.

    Raises GraphdiffError: "name" for an unknown output, "value" for an unknown step.
    """
    if steps:
        from graphdiff.algebra.loop_steps import expand_steps  # lazy: most formulas have no loop

        graph = expand_steps(graph, steps, expand)
    elif expand:
        graph = expand_gates(graph)
    if fuse:
        from graphdiff.algebra.fuse import fuse_gates  # lazy: most formulas are not fused

        graph = fuse_gates(graph, [name for name in CONSTANTS if name not in point])
    return graph if output is None else select_outputs(graph, [output])


def select_outputs(graph: Graph, outputs: Sequence[str]) -> Graph:
    """Make other nodes the outputs, given by their names or by their labels in reports; every node keeps its label.
    Without any, the graph is as it was.

    Raises GraphdiffError("name") if there is no such node.
    """
    if not outputs:
        return graph
    nodes = {graph.labels[node.index]: node.index for node in graph.nodes if not node.is_constant}
    nodes.update(graph.names)
    names = [normalize_text(name) for name in outputs]
    for output in names:
        if output in nodes:
            continue
        hint = nearest(output, nodes) or f"the nodes are {shorten(', '.join(nodes), 200)}"
        if "." in output:
            hint = Hint("the output is the name of a node", "output_file")
        raise GraphdiffError("name", f"no node is named '{shorten(output)}'", hint=hint)
    return Graph(graph.nodes, graph.inputs, [nodes[name] for name in names], graph.names, graph.source, graph.labels)

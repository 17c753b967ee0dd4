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
    return graph if output is None else select_output(graph, normalize_text(output))


def select_output(graph: Graph, output: str) -> Graph:
    """Make another node the output, given by its name or by its label in reports; every node keeps its label.

    Raises GraphdiffError("name") if there is no such node.
    """
    nodes = {graph.labels[node.index]: node.index for node in graph.nodes if not node.is_constant}
    nodes.update(graph.names)
    if output not in nodes:
        hint = nearest(output, nodes) or f"the nodes are {shorten(', '.join(nodes), 200)}"
        if "." in output:
            hint = Hint("the output is the name of a node", "output_file")
        raise GraphdiffError("name", f"no node is named '{shorten(output)}'", hint=hint)
    return Graph(graph.nodes, graph.inputs, [nodes[output]], graph.names, graph.source, graph.labels)

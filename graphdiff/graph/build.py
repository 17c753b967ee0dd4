"""Text → graph, and the choice of an output."""

from __future__ import annotations

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.expression.parser import parse as parse_tree
from graphdiff.expression.source import Source, normalized
from graphdiff.expression.tree import Result
from graphdiff.graph.graph import Graph
from graphdiff.graph.program import Program


def parse(source: str | Source | Graph) -> Graph:
    """The graph of a formula or a program; a Graph is returned as it is.

    Raises GraphdiffError where the text is no program.
    """
    if isinstance(source, Graph):
        return source
    source = source if isinstance(source, Source) else Source(source)
    return Program(source._replace(text=normalized(source.text))).graph()


def parse_part(source: Source, start: int, end: int) -> Graph:
    """The graph of the one expression that the part [start, end) of a source is.

    Raises GraphdiffError where it is none.
    """
    statements = parse_tree(source, start, end)
    if len(statements) != 1 or not isinstance(statements[0], Result):
        raise GraphdiffError("syntax", "one expression was expected here", source, (start, end), "without ';' and '='")
    return Program(source, statements).graph()


def selected(graph: Graph, output: str) -> Graph:
    """The graph of another output: a named node, or one by the label that reports give it, which it keeps.

    Raises GraphdiffError("name") where there is none of that name.
    """
    nodes = {graph.labels[node.index]: node.index for node in graph.nodes if not node.is_constant}
    nodes.update(graph.names)
    if output not in nodes:
        from graphdiff.graph.hints import nearest

        raise GraphdiffError("name", f"no node is named '{shortened(output)}'", hint=nearest(output, nodes))
    return Graph(graph.nodes, graph.inputs, [nodes[output]], graph.names, graph.source, graph.labels)

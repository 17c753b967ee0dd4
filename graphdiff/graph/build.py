"""Text → graph, and the choice of its gates and its output."""

from __future__ import annotations

from collections.abc import Container

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.expression.parser import parse as parse_tree
from graphdiff.expression.source import Source, normalized
from graphdiff.expression.tree import Result
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.program import Program

OUTPUT = "f"
"""What an output without a name is called where derivatives of it are written."""


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


def rewritten(graph: Graph, point: Container[str], expand: bool, fuse: bool, output: str | None) -> Graph:
    """The graph with its gates opened up, with formulas recognised as gates, with another output: what is asked for.

    point holds the names that are given a value: e may be one of them.

    Raises GraphdiffError("name") where there is no such output.
    """
    if expand:
        from graphdiff.graph.rewrite import expanded

        graph = expanded(graph)
    if fuse:
        from graphdiff.graph.rewrite import fused

        graph = fused(graph, "e" in point)
    return graph if output is None else selected(graph, normalized(output))


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


def selected(graph: Graph, output: str) -> Graph:
    """The graph of another output: a named node, or one by the label that reports give it, which it keeps.

    Raises GraphdiffError("name") where there is none of that name.
    """
    nodes = {graph.labels[node.index]: node.index for node in graph.nodes if not node.is_constant}
    nodes.update(graph.names)
    if output not in nodes:
        from graphdiff.graph.hints import nearest

        hint = nearest(output, nodes) or f"its nodes are {shortened(', '.join(nodes), 200)}"
        raise GraphdiffError("name", f"no node is named '{shortened(output)}'", hint=hint)
    return Graph(graph.nodes, graph.inputs, [nodes[output]], graph.names, graph.source, graph.labels)

"""Graph → graph: functions opened, their bodies in place of their calls (--expand)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.source import Span


def expanded(graph: Graph) -> Graph:
    """The graph with every function's body in place of its call."""
    return _expanded(graph, lambda function: True)


def differentiable(graph: Graph) -> Graph:
    """The graph expanded as far as its derivative stays the same: functions with their own are not."""
    return _expanded(graph, lambda function: not function.partials)


def _expanded(graph: Graph, opens: Callable[[Function], bool]) -> Graph:
    if not any(isinstance(node.operation, Function) for node in graph.nodes):
        return graph
    builder = GraphBuilder(graph.source)
    moved: list[Node] = []
    for node in graph.nodes:
        operands = [moved[operand] for operand in node.operands]
        moved.append(_inlined(builder, node, operands, node.span, opens))
        if node.name is not None and moved[-1].name is None:
            moved[-1] = builder.rename(moved[-1], node.name)
    return rebuilt(graph, builder, moved)


def _inlined(
    builder: GraphBuilder,
    node: Node,
    operands: Sequence[Node],
    span: Span | None,
    opens: Callable[[Function], bool],
) -> Node:
    """A node on new operands; of a function that it opens all its body, each node at the place of the call.

    Recursion goes only as deep as calls nest, which language/program bounds.
    """
    if not isinstance(node.operation, Function) or not opens(node.operation):
        return builder.copied(node, operands, span, node.parameters)
    body = node.operation.graph
    moved: list[Node] = []
    arguments = dict(zip(body.inputs, operands, strict=True))
    for inner in body.nodes:
        moved.append(
            arguments.get(inner.index)
            or _inlined(builder, inner, [moved[operand] for operand in inner.operands], span, opens)
        )
    return moved[body.output]


def rebuilt(graph: Graph, builder: GraphBuilder, moved: Sequence[Node]) -> Graph:
    names = {name: moved[index].index for name, index in graph.names.items()}
    inputs = [moved[index].index for index in graph.inputs]
    outputs = [moved[index].index for index in graph.outputs]
    return Graph(builder.nodes, inputs, outputs, names, graph.source)

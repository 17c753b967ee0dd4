"""Several graphs as one, in which equal nodes are there once."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.algebra.simplify import Simplifier
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node


def join_graphs(graphs: Sequence[Graph]) -> Graph:
    """The graph of the outputs of several graphs; inputs of the same name are one."""
    builder = GraphBuilder()
    simplifier = Simplifier(builder)
    inputs: dict[str, Node] = {}
    outputs: list[int] = []
    for graph in graphs:
        nodes: dict[int, Node] = {}
        for index, name in zip(graph.inputs, graph.input_names, strict=True):
            nodes[index] = inputs[name] = inputs.get(name) or builder.input(
                name, parameters=graph.nodes[index].parameters
            )
        for node in graph.nodes:
            if not graph.needed[node.index] or node.is_input:
                continue
            if node.operation is None:
                nodes[node.index] = simplifier.constant(node.parameters["value"])
                continue
            new = simplifier.intern(node.operation, [nodes[operand] for operand in node.operands], node.parameters)
            is_named = node.name is not None and builder.nodes[new.index].name is None
            nodes[node.index] = builder.rename(new, node.name or "") if is_named else new
        outputs += [nodes[index].index for index in graph.outputs]
    names = {node.name: node.index for node in builder.nodes if node.name}
    return Graph(builder.nodes, builder.inputs, outputs, names)

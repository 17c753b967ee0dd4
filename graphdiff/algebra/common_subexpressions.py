"""Common subexpression elimination in the bodies of loops: what a step computes twice is differentiated once."""

from __future__ import annotations

from collections.abc import Mapping

from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import Loop, LoopBody
from graphdiff.graph.node import Node


def share_in_loops(graph: Graph) -> Graph:
    """The graph with loops that compute equal operations on equal operands once in each step."""
    bodies: dict[LoopBody, LoopBody] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        loop = node.operation
        if isinstance(loop, Loop):
            if loop.body not in bodies:  # the results of one loop have the same
                bodies[loop.body] = loop.body._replace(graph=_share(share_in_loops(loop.body.graph)))
            node = node._replace(operation=Loop(bodies[loop.body], loop.output, loop.stacks))
        nodes.append(node)
    return Graph(nodes, graph.inputs, graph.outputs, graph.names, graph.source) if bodies else graph


def _share(graph: Graph) -> Graph:
    nodes: list[Node] = []
    places: list[int] = []
    known: dict[object, int] = {}
    for node in graph.nodes:
        operands = tuple([places[operand] for operand in node.operands])
        key = node.index if node.is_input else (node.operation, operands, _key(node.parameters))
        if key not in known:
            known[key] = len(nodes)
            nodes.append(node._replace(index=len(nodes), operands=operands))
        places.append(known[key])
    names = {name: places[index] for name, index in graph.names.items()}
    inputs, outputs = ([places[index] for index in indices] for indices in (graph.inputs, graph.outputs))
    return Graph(nodes, inputs, outputs, names, graph.source)


def _key(parameters: Mapping[str, object]) -> tuple[object, ...]:
    """A key for parameters; 0 and -0 are equal, but not the same number."""
    return tuple([(name, type(value), repr(value)) for name, value in parameters.items()])

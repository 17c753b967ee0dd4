"""Graph → graph: one gate for each named node, with its whole formula as operation (--collapse)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import FormulaGate, Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.writing.text import expression_length

LARGEST_FORMULA = 100
LONGEST_FORMULA = 400
"""Beyond so many operations, or characters, a gate is written as a call of its name."""


class Collapsed(NamedTuple):
    """A collapsed graph, and where its nodes are in the whole one.

    Attributes:
        graph: The graph.
        places: For each of its nodes, the index of that node in the whole graph.
        bodies: For each gate of several operations, by its index, the same for the nodes of its body.
    """

    graph: Graph
    places: Sequence[int]
    bodies: Mapping[int, Sequence[int]]


def collapse(graph: Graph) -> Collapsed:
    """Make one gate of each named operation and of the output, with all unnamed operations that lead to it alone.

    An unnamed operation that several of them use stays a gate. A gate of a single operation stays that operation; one
    of several is a FormulaGate, whose operands are inputs and other gates. Nodes keep their labels. Those that the
    output does not need are left out, but for inputs.
    """
    members = _members(graph)
    is_constant = _constants(graph)
    builder = GraphBuilder(graph.source)
    nodes: dict[int, Node] = {}
    bodies: dict[int, Sequence[int]] = {}
    for node in graph.nodes:
        inside = members.get(node.index, [])
        if len(inside) > 1:
            gate, operands, body = _gate(graph, inside, is_constant)
            copy = builder.apply(gate, [nodes[operand] for operand in operands], node.span)
            bodies[copy.index] = body
        elif node.is_input or inside or _is_used(graph, node, members):
            copy = builder.copy(node, [nodes[operand] for operand in node.operands], node.span, node.parameters)
        else:
            continue
        nodes[node.index] = copy if node.name is None or node.is_input else builder.rename(copy, node.name)
    result = Graph(
        builder.nodes,
        [nodes[index].index for index in graph.inputs],
        [nodes[index].index for index in graph.outputs],
        {name: nodes[index].index for name, index in graph.names.items() if index in nodes},
        graph.source,
        tuple([graph.labels[index] for index in nodes]),
    )
    return Collapsed(result, tuple(nodes), bodies)


def _members(graph: Graph) -> dict[int, list[Node]]:
    """The operations of each gate, in order, by the index of the last one, whose value is that of the gate."""
    heads: dict[int, int] = {}
    members: dict[int, list[Node]] = {}
    for node in reversed(graph.nodes):
        if node.operation is None or not graph.needed[node.index]:
            continue
        users = {heads[edge.target] for edge in graph.consumers(node)}
        is_hidden = node.name is None and node.index not in graph.outputs and len(users) == 1
        heads[node.index] = users.pop() if is_hidden else node.index
        members.setdefault(heads[node.index], []).append(node)
    return {head: nodes[::-1] for head, nodes in members.items()}


def _is_used(graph: Graph, node: Node, members: Mapping[int, Sequence[Node]]) -> bool:
    """Whether a constant is a node of the collapsed graph, and not only one inside gates of several operations."""
    if not (node.is_constant and graph.needed[node.index]):
        return False
    is_alone = any(len(members.get(edge.target, ())) == 1 for edge in graph.consumers(node))
    return is_alone or node.name is not None or node.index in graph.outputs


def _constants(graph: Graph) -> list[bool]:
    """For each node, whether it depends on no input."""
    is_constant: list[bool] = []
    for node in graph.nodes:
        is_constant.append(not node.is_input and all([is_constant[operand] for operand in node.operands]))
    return is_constant


def _gate(
    graph: Graph, inside: Sequence[Node], is_constant: Sequence[bool]
) -> tuple[Function, Sequence[int], Sequence[int]]:
    """The gate of some operations, the indices of its operands, and those of the nodes of its body."""
    builder = GraphBuilder()
    nodes: dict[int, Node] = {}
    operands: list[int] = []
    own = {node.index for node in inside}
    for node in inside:
        for index in node.operands:
            if index in nodes or index in own:
                continue
            operand = graph.nodes[index]
            if operand.is_constant and operand.name is None:
                nodes[index] = builder.copy(operand, [], operand.span)
            else:
                nodes[index] = builder.input(graph.labels[index], operand.span, is_constant[index])
                operands.append(index)
        copies = [nodes[operand] for operand in node.operands]
        nodes[node.index] = builder.copy(node, copies, node.span, node.parameters)
    last = inside[-1].index
    body = Graph(builder.nodes, builder.inputs, [nodes[last].index], source=graph.source)
    is_short = len(inside) <= LARGEST_FORMULA and expression_length(body) <= LONGEST_FORMULA
    make = FormulaGate if is_short else Function
    return make(graph.labels[last], body), operands, tuple(nodes)

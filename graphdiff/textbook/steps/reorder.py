"""Formulas that differ in the order of their terms and factors alone: no step of a derivation leads from one to the
other."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from graphdiff.algebra.simplify import ADD, MUL
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node


def are_equal_up_to_order(left: Graph, right: Graph) -> bool:
    """Whether two formulas have the same terms and factors, in any order."""
    numbers: dict[Hashable, int] = {}
    return _number(left, numbers) == _number(right, numbers)


def _number(graph: Graph, numbers: dict[Hashable, int]) -> int:
    """The number of the output of a graph, where nodes that are equal up to order have the same number."""
    known: dict[int, int] = {}
    chains: dict[int, tuple[int, ...]] = {}
    for node in graph.nodes:
        if not graph.needed[node.index]:
            continue
        key: Hashable
        if node.operation in (ADD, MUL):
            members = [chains[each] if _is_in_chain(graph, node, each) else (known[each],) for each in node.operands]
            chains[node.index] = tuple(sorted(member for several in members for member in several))
            key = node.operation, chains[node.index]
        elif node.operation is None:
            key = node.name if node.is_input else repr(node.parameters["value"]), node.is_input
        else:
            key = node.operation, tuple(known[each] for each in node.operands), repr(node.parameters)
        known[node.index] = numbers.setdefault(key, len(numbers))
    return known[graph.output]


def _is_in_chain(graph: Graph, node: Node, operand: int) -> bool:
    return graph.nodes[operand].operation is node.operation


def add_copy(builder: GraphBuilder, graph: Graph, inputs: Mapping[str, Node]) -> Node:
    """The output of a graph as a new node, with operands in the order of the graph."""
    copies: dict[int, Node] = {}
    for node in graph.nodes:
        if not graph.needed[node.index]:
            continue
        if node.is_input:
            copies[node.index] = inputs[node.name or ""]
        elif node.operation is None:
            copies[node.index] = builder.constant(node.parameters["value"])
        else:
            operands = [copies[each] for each in node.operands]
            copies[node.index] = builder.apply(node.operation, operands, parameters=node.parameters or None)
    return copies[graph.output]

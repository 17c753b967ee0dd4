"""Graphs as data that can be compared."""

from __future__ import annotations

import re
from typing import Any

from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph


def canonical(graph: Graph) -> tuple[Any, ...]:
    """The part of a graph that its output needs, its nodes in the order in which the output reaches them: operations,
    operands, parameters, and the names of what a text has a line for.

    A function is what it does and what it is called, but for the number by which a text tells f with other constants
    from f. The order of the inputs is not a part of it, nor are spans.
    """
    return _canonical(graph, {})


def _canonical(graph: Graph, known: dict[Function, Any]) -> tuple[Any, ...]:
    numbers: dict[int, int] = {}
    stack = [graph.output]
    while stack:
        index = stack.pop()
        if index not in numbers:
            numbers[index] = len(numbers)
            stack.extend(reversed(graph.nodes[index].operands))
    nodes = []
    for index in numbers:
        node = graph.nodes[index]
        is_shared = node.operation is not None and len(graph.consumers(node)) > 1
        name = graph.labels[index] if is_shared else node.name
        operands = tuple(numbers[operand] for operand in node.operands)
        nodes.append((_operation(node.operation, known), operands, repr(dict(node.parameters)), name))
    return tuple(nodes)


def _operation(operation: Operation | None, known: dict[Function, Any]) -> Any:
    if not isinstance(operation, Function):
        return operation and operation.name
    if operation not in known:
        graphs = [_canonical(graph, known) for graph in (operation.graph, *operation.partials)]
        known[operation] = re.sub(r"_\d+$", "", operation.name), operation.inputs, operation.captures, graphs
    return known[operation]

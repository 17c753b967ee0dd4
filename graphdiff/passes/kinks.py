"""Kinks: where a derivative does not exist and a rule had to choose one."""

from __future__ import annotations

from collections.abc import Sequence

from graphdiff.graph.graph import Function, Graph, Node
from graphdiff.operations.interpreter import Numeric
from graphdiff.passes.backward import NodeBackward, backward, depends_on
from graphdiff.passes.forward import forward


def kink_at(graph: Graph, node: Node, y: float, operands: Sequence[float], op: Numeric) -> str | None:
    """What the rules of a node of a graph chose at these operands, or None where they had no choice."""
    operation = node.operation
    if isinstance(operation, Function):
        return _kink_inside(operation, operands, op)
    if operation is None or operation.kink is None or not operation.kink(op, y, *operands, **node.parameters):
        return None
    if "tie" in node.parameters:
        return f"tie: all to {graph.labels[node.operands[node.parameters['tie']]]}"
    return operation.ties


def _kink_inside(function: Function, operands: Sequence[float], op: Numeric) -> str | None:
    """The first choice made inside a function's body, by an operation that passes something back."""
    graph = function.graph
    values = forward(graph, operands, op)
    found: list[str] = []

    def visit(visited: NodeBackward) -> None:
        node = visited.node
        kink = kink_at(graph, node, values[node.index], [values[operand] for operand in node.operands], op)
        if kink:
            found.append(kink)

    backward(graph, values, op, 1.0, depends_on(graph, graph.inputs), visit)
    return found[0] if found else None

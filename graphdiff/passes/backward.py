"""The backward pass: upstream × local = downstream on every edge, summed where a value fans out.

Reverse accumulation of the chain rule, by any interpreter: on floats it gives gradients, on graph nodes formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple

from graphdiff.graph.graph import Function, Graph, Node
from graphdiff.operations.interpreter import Interpreter
from graphdiff.passes.forward import forward


class EdgeBackward(NamedTuple):
    """One edge: operand number slot of its node, the local derivative by it, and what it passes back.

    downstream is None where a gate that selects passes nothing.
    """

    slot: int
    local: Any
    downstream: Any


class NodeBackward(NamedTuple):
    """One node's step: the cotangent that arrived, and its edges to nodes that an active input feeds.

    y and operands are the node's own value and those that it was worked out from.
    """

    graph: Graph
    node: Node
    y: Any
    operands: list[Any]
    upstream: Any
    edges: list[EdgeBackward]
    inside: list[NodeBackward]
    """Of a function, the steps of its body."""


def backward(
    graph: Graph,
    values: Sequence[Any],
    op: Interpreter,
    seed: Any,
    active: Sequence[bool],
    visit: Callable[[NodeBackward], None] | None = None,
) -> dict[int, Any]:
    """The cotangent of every active input that the output, with cotangent seed, passes anything back to.

    values are those of forward(); active tells for each node whether a wanted input feeds it; visit is
    called with each operation's step, from the output back.
    """
    arrived: dict[int, list[Any]] = {graph.output: [seed]}
    gradients: dict[int, Any] = {}
    for node in reversed(graph.nodes):
        terms = arrived.pop(node.index, None)
        if terms is None or not active[node.index]:
            continue
        # Consumers pass back from the last to the first; the sum is written from the first.
        upstream = reduce(op.add, reversed(terms)) if len(terms) > 1 else terms[0]
        if node.operation is None:
            gradients[node.index] = upstream
            continue
        slots = [slot for slot, operand in enumerate(node.operands) if active[operand]]
        operands = [values[operand] for operand in node.operands]
        inside: list[NodeBackward] = []
        edges = [
            EdgeBackward(slot, local, None if closed else op.mul(upstream, local))
            for slot, local, closed in local_derivatives(
                node, slots, values[node.index], operands, op, inside.append if visit else None
            )
        ]
        # Of two edges to one operand (x*x) the later slot arrives first, as of two consumers the later one.
        for edge in reversed(edges):
            if edge.downstream is not None:
                arrived.setdefault(node.operands[edge.slot], []).append(edge.downstream)
        if visit is not None:
            visit(NodeBackward(graph, node, values[node.index], operands, upstream, edges, inside))
    return gradients


def local_derivatives(
    node: Node,
    slots: Sequence[int],
    y: Any,
    operands: Sequence[Any],
    op: Interpreter,
    visit: Callable[[NodeBackward], None] | None = None,
) -> list[tuple[int, Any, bool]]:
    """For each slot: the derivative of the node's output y by that operand, and whether its edge is closed.

    visit is called with each step of the body of a function.
    """
    operation = node.operation
    assert operation is not None
    if isinstance(operation, Function):
        inner = operation.graph
        inner_active = depends_on(inner, [inner.inputs[slot] for slot in slots])
        inner_values = forward(inner, operands, op)
        gradients = backward(inner, inner_values, op, 1.0, inner_active, visit)
        derivatives = [gradients.get(inner.inputs[slot]) for slot in slots]
        return [
            (slot, 0.0 if derivative is None else derivative, derivative is None)
            for slot, derivative in zip(slots, derivatives, strict=True)
        ]
    found = []
    for slot in slots:
        local = operation.partials[slot](op, y, *operands, **node.parameters)
        found.append((slot, local, op.closes(operation.gate, local)))
    return found


def depends_on(graph: Graph, inputs: Sequence[int]) -> list[bool]:
    """For each node, whether one of these inputs feeds it."""
    depends = [False] * len(graph.nodes)
    for index in inputs:
        depends[index] = True
    for node in graph.nodes:
        if node.operands:
            depends[node.index] = any([depends[operand] for operand in node.operands])
    return depends

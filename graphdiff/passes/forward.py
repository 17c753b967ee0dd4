"""The forward pass: each node's value from its operands', by any interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import locate_error
from graphdiff.operations.interpreter import Interpreter, Numeric


def forward(graph: Graph, inputs: Sequence[Any], op: Interpreter, output: Any = None) -> list[Any]:
    """The value of every node, given the values of the inputs in the order of graph.inputs; None where no output needs
    it.

    output is the value of a graph's only output, where it is already known.
    Raises GraphdiffError, with the operation's place in the text, where an operation has no value: an index out of
    range, a singular matrix.
    """
    needed = graph.needed
    complements = graph.complements if isinstance(op, Numeric) else {}  # a formula stays as it is
    values: list[Any] = [None] * len(graph.nodes)
    for index, value in zip(graph.inputs, inputs, strict=True):
        values[index] = value
    if output is not None:
        values[graph.output] = output
    with op.quiet():
        for node in graph.nodes:
            if node.operation is None:
                if node.is_constant and needed[node.index]:
                    values[node.index] = op.constant(node.parameters["value"])
            elif needed[node.index] and values[node.index] is None:
                if complements and node.index in complements:
                    values[node.index] = complements[node.index].evaluate(values, op)
                    continue
                try:
                    values[node.index] = evaluate(node, [values[operand] for operand in node.operands], op)
                except GraphdiffError as error:
                    raise locate_error(error, graph, node) from None
    return values


def evaluate(node: Node, operands: Sequence[Any], op: Interpreter) -> Any:
    """The value of one operation; for a function, that of its body's output."""
    operation = node.operation
    assert operation is not None
    if isinstance(operation, Function):
        if operation.partials and (call := op.call(operation, operands)) is not None:
            return call
        return forward(operation.graph, operands, op)[operation.graph.output]
    return op.apply(operation, *operands, **node.parameters)

"""The forward pass: each node's value from its operands', by any interpreter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError
from graphdiff.graph.function import Function, is_loop
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
    values: list[Any] = [None] * len(graph.nodes)
    for index, value in zip(graph.inputs, inputs, strict=True):
        values[index] = value
    if output is not None:
        values[graph.output] = output
    update(graph, [node for node in graph.nodes if graph.needed[node.index] and values[node.index] is None], values, op)
    return values


def update(graph: Graph, nodes: Iterable[Node], values: list[Any], op: Interpreter) -> None:
    """Evaluate these constants and operations, in topological order, from the values of their operands; in place.

    Raises GraphdiffError as forward() does.
    """
    complements = graph.complements if isinstance(op, Numeric) else {}  # a formula stays as it is
    with op.quiet():
        for node in nodes:
            if node.operation is None:
                if node.is_constant:
                    values[node.index] = op.constant(node.parameters["value"])
            elif complements and node.index in complements:
                values[node.index] = complements[node.index].evaluate(values, op)
            else:
                try:
                    values[node.index] = evaluate(node, [values[operand] for operand in node.operands], op)
                except GraphdiffError as error:
                    raise locate_error(error, graph, node) from None


def evaluate(node: Node, operands: Sequence[Any], op: Interpreter) -> Any:
    """The value of one operation; for a function, that of its body's output."""
    operation = node.operation
    assert operation is not None
    if is_loop(operation):
        from graphdiff.passes.loops import loop_value  # lazy: few formulas have loops

        call = op.call(operation, operands)
        return loop_value(operation, operands, op, forward) if call is None else call
    if isinstance(operation, Function):
        if operation.partials and (call := op.call(operation, operands)) is not None:
            return call
        return forward(operation.graph, operands, op)[operation.graph.output]
    return op.apply(operation, *operands, **node.parameters)

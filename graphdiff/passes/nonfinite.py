"""Where a number that is not finite came from: the first node, in the order of computing, that made it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.errors import GraphdiffError, shortened
from graphdiff.graph.rewrite import fused
from graphdiff.graph.text import operation_of
from graphdiff.operations.interpreter import FLOATS
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.backward import local_derivatives
from graphdiff.passes.trace import BackwardStep, Trace
from graphdiff.passes.trace import trace as run_trace


def nonfinite_error(trace: Trace, wrt: Sequence[str] | None = None) -> GraphdiffError:
    """The error of a trace whose value or a gradient is not finite.

    It names the first node that made the number; the hint the stable way, where fusing finds one.
    """
    origin = nonfinite_origin(trace)
    graph = trace.graph
    wrong = [name for name, gradient in trace.gradients.items() if not math.isfinite(gradient)]
    what = "the value" if not math.isfinite(trace.value) else f"the gradient by {shortened(wrong[0])}"
    number = trace.value if not math.isfinite(trace.value) else trace.gradients[wrong[0]]
    node = graph.nodes[origin.node]
    leave_out = ", --wrt can leave it out" if math.isfinite(trace.value) and len(trace.gradients) > 1 else ""
    made = shortened(graph.labels[node.index] if node.operation is None else operation_of(graph, node))
    if origin.operand is not None:
        made = f"the derivative of {made} by {shortened(graph.labels[origin.operand])}"
    if origin.is_sum:
        made = f"the sum of the gradients that arrive at {shortened(graph.labels[node.index])}"
    return GraphdiffError(
        "nonfinite",
        f"{what} is {number}: {made} is {origin.number}",
        graph.source,
        node.span,
        _stable_way(trace, wrt) or f"--allow-nonfinite reports it{leave_out}",
    )


def _stable_way(trace: Trace, wrt: Sequence[str] | None) -> str | None:
    """What --fuse would recognise, if that makes all numbers finite."""
    graph = fused(trace.graph, "e" in trace.point)
    gates = {node.operation for node in graph.nodes} - {node.operation for node in trace.graph.nodes}
    names = sorted(gate.name for gate in gates if isinstance(gate, Primitive))
    if not names or not run_trace(graph, trace.point, wrt=wrt).is_finite:
        return None
    return f"use {', '.join(names)}, or --fuse, which finds {'it' if len(names) == 1 else 'them'}"


class Origin(NamedTuple):
    """The node that made a number: its value, or, with operand, its derivative by that node, or its gradient's sum."""

    node: int
    number: float
    operand: int | None = None
    is_sum: bool = False


def nonfinite_origin(trace: Trace) -> Origin:
    """The origin of the value where that is not finite, else of the first gradient that is not."""
    if not math.isfinite(trace.value):
        return _forward_origin(trace, trace.graph.output)
    by_node = {step.node.index: step for step in trace.backward}
    name, gradient = next(item for item in trace.gradients.items() if not math.isfinite(item[1]))
    return _backward_origin(trace, trace.graph.input_indices[name], gradient, by_node)


def _forward_origin(trace: Trace, index: int) -> Origin:
    """Follows operands that are not finite, through a gate that selects only the one it took, to where none is."""
    while True:
        node = trace.graph.nodes[index]
        operands = [trace.values[operand] for operand in node.operands]
        followed = [slot for slot, value in enumerate(operands) if value is not None and not math.isfinite(value)]
        if node.operation is not None and node.operation.gate.selects:
            derivatives = local_derivatives(node, followed, trace.values[index], operands, FLOATS)
            followed = [slot for slot, _, closed in derivatives if not closed] or followed
        if not followed:
            number = trace.values[index]
            assert number is not None
            return Origin(index, number)
        index = node.operands[followed[0]]


def _backward_origin(trace: Trace, index: int, gradient: float, by_node: Mapping[int, BackwardStep]) -> Origin:
    """Follows downstream numbers that are not finite up to an edge whose upstream is finite."""
    while True:
        edges = [
            (by_node[consumer.target], edge)
            for consumer in trace.graph.consumers(trace.graph.nodes[index])
            if consumer.target in by_node
            for edge in by_node[consumer.target].edges
            if edge.source == index and not math.isfinite(edge.downstream)
        ]
        if not edges:  # finite terms whose sum is not
            return Origin(index, gradient, is_sum=True)
        step, edge = edges[0]
        if math.isfinite(step.upstream):
            break
        index, gradient = step.node.index, step.upstream
    # A local derivative is as finite as the numbers that it was worked out from.
    for number in (step.node.index, *step.node.operands):
        value = trace.values[number]
        if value is not None and not math.isfinite(value):
            return _forward_origin(trace, number)
    return Origin(step.node.index, edge.downstream, edge.source)

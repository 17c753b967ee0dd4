"""Where a number that is not finite came from: the first node, in the order of computing, that made it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from graphdiff.errors import GraphdiffError
from graphdiff.expression.source import shortened
from graphdiff.graph.rewrite import fused
from graphdiff.graph.text import operation_of
from graphdiff.operations.primitive import Primitive
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
    made = shortened(operation_of(graph, graph.nodes[origin.node]))
    if origin.operand is not None:
        made = f"the derivative of {made} by {shortened(graph.labels[origin.operand])}"
    return GraphdiffError(
        "nonfinite",
        f"{what} is {number}: {made} is {origin.number}",
        graph.source,
        graph.nodes[origin.node].span,
        _stable_way(trace, wrt) or "--allow-nonfinite reports it all the same",
    )


def _stable_way(trace: Trace, wrt: Sequence[str] | None) -> str | None:
    """What --fuse would recognise, if that makes all numbers finite."""
    graph = fused(trace.graph)
    gates = {node.operation for node in graph.nodes} - {node.operation for node in trace.graph.nodes}
    names = sorted(gate.name for gate in gates if isinstance(gate, Primitive))
    if not names or not run_trace(graph, trace.point, wrt).is_finite:
        return None
    return f"use {', '.join(names)}, or --fuse, which finds {'it' if len(names) == 1 else 'them'}"


class Origin(NamedTuple):
    """The node that made a number; of the backward pass also the operand of the edge that did."""

    node: int
    number: float
    operand: int | None = None


def nonfinite_origin(trace: Trace) -> Origin:
    """The origin of the value where that is not finite, else of the first gradient that is not."""
    if not math.isfinite(trace.value):
        return _forward_origin(trace, trace.graph.output)
    by_node = {step.node.index: step for step in trace.backward}
    name = next(name for name, gradient in trace.gradients.items() if not math.isfinite(gradient))
    return _backward_origin(trace, trace.graph.input_indices[name], by_node)


def _forward_origin(trace: Trace, index: int) -> Origin:
    """Follows operands that are not finite to a node whose operands are."""
    while True:
        for operand in trace.graph.nodes[index].operands:
            value = trace.values[operand]
            if value is not None and not math.isfinite(value):
                index = operand
                break
        else:
            number = trace.values[index]
            assert number is not None
            return Origin(index, number)


def _backward_origin(trace: Trace, index: int, by_node: dict[int, BackwardStep]) -> Origin:
    """Follows downstream numbers that are not finite up to an edge whose upstream is finite."""
    while True:
        step, edge = next(
            (by_node[consumer.target], edge)
            for consumer in trace.graph.consumers(trace.graph.nodes[index])
            if consumer.target in by_node
            for edge in by_node[consumer.target].edges
            if edge.source == index and not math.isfinite(edge.downstream)
        )
        if math.isfinite(step.upstream):
            break
        index = step.node.index
    # A local derivative is as finite as the numbers that it was worked out from.
    for number in (step.node.index, *step.node.operands):
        value = trace.values[number]
        if value is not None and not math.isfinite(value):
            return _forward_origin(trace, number)
    return Origin(step.node.index, edge.downstream, edge.source)

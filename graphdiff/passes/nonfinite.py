"""The origin of a number that is not finite: the first node, in order of evaluation, that produced it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.algebra.fuse import fusion_of
from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.steps import BackwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.trace import trace as run_trace
from graphdiff.passes.values import Value, is_finite, shape_of, to_list
from graphdiff.writing.text import operation_of


def nonfinite_error(trace: Trace, wrt: Sequence[str] | None = None) -> GraphdiffError:
    """The error for a trace whose value or gradient is not finite.

    It names the node that produced the number; the hint names a numerically stable form, where fusing finds one.
    """
    origin = nonfinite_origin(trace)
    graph = trace.graph
    nonfinite_names = [name for name, gradient in trace.gradients.items() if not is_finite(gradient)]
    quantity = "the value" if not is_finite(trace.value) else f"the gradient by {shorten(nonfinite_names[0])}"
    number = first_nonfinite(trace.value if not is_finite(trace.value) else trace.gradients[nonfinite_names[0]])
    node = graph.nodes[origin.node]
    origin_text = shorten(graph.labels[node.index] if node.operation is None else operation_of(graph, node))
    if origin.operand is not None:
        origin_text = f"the derivative of {origin_text} by {shorten(graph.labels[origin.operand])}"
    if origin.is_sum:
        origin_text = f"the sum of the gradients that arrive at {shorten(graph.labels[node.index])}"
    return GraphdiffError(
        "nonfinite",
        f"{quantity} is {number}: {origin_text} is {origin.number}",
        graph.source,
        node.span,
        _meaning(node, origin) or _stable_way(trace, wrt) or _allowance(trace),
    )


def _meaning(node: Node, origin: Origin) -> str | None:
    """The explanation in the operation's own record, where its value is the origin."""
    is_value = origin.operand is None and not origin.is_sum
    return node.operation.nonfinite or None if is_value and node.operation is not None else None


def _stable_way(trace: Trace, wrt: Sequence[str] | None) -> str | None:
    """The operations that fusing would recognise, if they make all numbers finite; none where exponents have no limit,
    as with --precision."""
    if trace.op.is_typed:
        return None
    graph, names = fusion_of(trace.graph, "e" in trace.point)
    if not names or not run_trace(graph, trace.point, wrt=wrt).is_finite:
        return None
    listed = ", ".join(names)
    return Hint(f"use {listed}", "fuse", names=listed, pronoun="it" if len(names) == 1 else "them")


def _allowance(trace: Trace) -> Hint:
    """How to have the number reported all the same, or the other gradients without it."""
    if is_finite(trace.value) and len(trace.gradients) > 1:
        return Hint("allow_nonfinite=True reports it, wrt=… can leave it out", "allow_nonfinite_or_wrt")
    return Hint("allow_nonfinite=True reports it", "allow_nonfinite")


class Origin(NamedTuple):
    """The origin of a number: a node's value, its derivative by operand where that is not None, or, with is_sum, the
    sum of its gradients."""

    node: int
    number: str
    operand: int | None = None
    is_sum: bool = False


def nonfinite_origin(trace: Trace) -> Origin:
    """The origin of the value, or where that is finite, of the first gradient that is not."""
    if not is_finite(trace.value):
        return _forward_origin(trace, trace.graph.output)
    by_node = {step.node.index: step for step in trace.backward}
    name, gradient = next(item for item in trace.gradients.items() if not is_finite(item[1]))
    return _backward_origin(trace, trace.graph.input_indices[name], gradient, by_node)


def first_nonfinite(value: Value) -> str:
    """The first number that is not finite, with its indices where the value is an array."""
    entries: list[tuple[tuple[int, ...], object]] = [((), to_list(value))]
    while isinstance(entries[0][1], list):
        entries = [((*place, number), entry) for place, row in entries for number, entry in enumerate(row)]  # type: ignore[arg-type, var-annotated]
    place, number = next((entry for entry in entries if not is_finite(entry[1])), entries[0])
    return f"{number} at {list(place)}" if place else str(number)


def _forward_origin(trace: Trace, index: int) -> Origin:
    """Follow operands that are not finite, through a gate that selects only the selected one, to a node without any."""
    while True:
        node = trace.graph.nodes[index]
        operands = [trace.values[operand] for operand in node.operands]
        slots = [slot for slot, value in enumerate(operands) if not is_finite(value)]
        operation = node.operation
        if isinstance(operation, Primitive) and operation.is_elementwise and operation.backward_pattern.selects:
            with trace.op.quiet():
                locals_ = [
                    operation.partials[slot](trace.op, trace.values[index], *operands, **node.parameters)
                    for slot in slots
                ]
            slots = [slot for slot, local in zip(slots, locals_, strict=True) if is_any(local)] or slots
        if not slots:
            return Origin(index, first_nonfinite(trace.values[index]))
        index = node.operands[slots[0]]


def is_any(value: Value) -> bool:
    """Whether any entry is not 0."""
    is_nonzero: Any = value != 0
    return bool(is_nonzero.any() if shape_of(value) else is_nonzero)


def _backward_origin(trace: Trace, index: int, gradient: Value, by_node: Mapping[int, BackwardStep]) -> Origin:
    """Follow downstream numbers that are not finite to an edge whose upstream is finite."""
    while True:
        edges = [
            (by_node[consumer.target], edge)
            for consumer in trace.graph.consumers(trace.graph.nodes[index])
            if consumer.target in by_node
            for edge in by_node[consumer.target].edges
            if edge.source == index and not is_finite(edge.downstream)
        ]
        if not edges:  # all terms are finite, their sum is not
            return Origin(index, first_nonfinite(gradient), is_sum=True)
        step, edge = edges[0]
        if is_finite(step.upstream):
            break
        index, gradient = step.node.index, step.upstream
    # A local derivative that is not finite may come from a value that is not.
    for number in (step.node.index, *step.node.operands):
        value = trace.values[number]
        if not is_finite(value):
            return _forward_origin(trace, number)
    return Origin(step.node.index, first_nonfinite(edge.downstream), edge.source)

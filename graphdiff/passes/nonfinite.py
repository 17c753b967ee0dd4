"""The origin of a number that is not finite: the first node, in order of evaluation, that produced it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphdiff.operations.primitive import Primitive
from graphdiff.passes.steps import BackwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, is_finite, shape_of, to_list


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

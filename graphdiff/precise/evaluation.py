"""Traces and values with any number of digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.operations.literal import check_precision
from graphdiff.operations.primitive import BLOCKER
from graphdiff.operations.shapes import nested_shape
from graphdiff.passes.point import ConstantExpression, bind, check_names, differentiation_indices
from graphdiff.passes.trace import Trace, trace_by
from graphdiff.passes.values import interpreter_of, shape_of
from graphdiff.precise.agreement import Quantity, compute_until_agreed, numbers_of
from graphdiff.precise.context import context_of
from graphdiff.reading.parse import read
from graphdiff.source import Source, normalize_names


def precise_trace(
    source: str | Source | Graph,
    point: Mapping[str, Any],
    wrt: str | Sequence[str] | None,
    upstream: Any,
    precision: int,
    quantities: Callable[[Trace], Iterable[Quantity]] | None = None,
    language: str | None = None,
) -> Trace:
    """The trace at a point, as precise/trace.py has it: these of its numbers, by default all that reports show, are
    right to so many digits."""
    quantities = quantities or all_numbers
    bound = _bind(source, point, wrt, check_precision(precision), language)
    indices = differentiation_indices(bound.graph, bound.point, wrt)

    def compute(op: Numeric) -> Trace:
        return trace_by(bound.graph, bound.inputs_by(op), op, bound.point, indices, upstream)

    result, are_zero = compute_until_agreed(compute, quantities, bound.op, precision)
    if any(are_zero):
        _check_choices(
            result, [each for each, zero in zip(numbers_of(quantities(result)), are_zero, strict=True) if zero]
        )
    origin = precise_trace, (bound.graph, bound.point, wrt, upstream, precision)
    return replace(_rounded(result, are_zero, precision), origin=origin)


class _Bound(NamedTuple):
    """A graph, the values of its inputs as they were given, and the interpreter for them in 64 bits."""

    graph: Graph
    point: Mapping[str, Any]
    inputs: Sequence[Any]
    op: Numeric

    def inputs_by(self, op: Numeric) -> list[Any]:
        """The values of the inputs by an interpreter."""
        return [
            None if each is None else each.compute(op) if isinstance(each, ConstantExpression) else op.constant(each)
            for each in self.inputs
        ]


def _bind(
    source: str | Source | Graph,
    point: Mapping[str, Any],
    wrt: str | Sequence[str] | None,
    precision: int,
    language: str | None,
) -> _Bound:
    if not isinstance(source, Graph):
        source = (source if isinstance(source, Source) else Source(source))._replace(is_precise=True)
    point = normalize_names(point)
    source = read(source, point, wrt, language=language)
    check_names(source, point)
    inputs = bind(source, point, is_typed=True)
    shapes = [
        None if each is None else nested_shape(each) if isinstance(each, list) else shape_of(each) for each in inputs
    ]
    if source.is_elementwise and not any(shapes):
        return _Bound(source, point, inputs, FLOATS)
    infer_shapes(source, shapes)
    return _Bound(source, point, inputs, interpreter_of(source, [[0.0]]))


def results_of(trace: Trace) -> Iterator[Quantity]:
    """The value and the gradients."""
    yield Quantity("the value", trace.value)
    for name, gradient in trace.gradients.items():
        if gradient is not None:
            yield Quantity(f"the gradient by {shorten(name)}", gradient)


def all_numbers(trace: Trace) -> Iterator[Quantity]:
    """All numbers of a trace that reports show: first the value and the gradients."""
    yield from results_of(trace)
    for forward_step in trace.forward:
        yield Quantity(shorten(forward_step.label), forward_step.value)
    for step in trace.backward:
        yield Quantity(f"the gradient by {shorten(step.label)}", step.upstream)
        for edge in step.edges:
            label = f"the derivative of {shorten(step.label)} by {shorten(edge.operand)}"
            if edge.local.values is not None:
                yield Quantity(label, edge.local.values)
            yield Quantity(label, edge.downstream)


def _check_choices(trace: Trace, zeros: Iterable[Quantity]) -> None:
    """Raise GraphdiffError("limit") where an operation with a kink or a jump uses one of these numbers, which rounding
    left over in place of 0: its sign is by chance."""
    labels = {quantity.label for quantity in zeros}
    graph = trace.graph
    for node in graph.nodes:
        uses = [operand for operand in node.operands if shorten(graph.labels[operand]) in labels]
        if uses and graph.needed[node.index] and _has_kink(trace, node, uses):
            assert node.operation is not None
            raise GraphdiffError(
                "limit",
                f"{shorten(graph.labels[uses[0]])} may be 0, where {node.operation.name} has a kink or a jump",
                graph.source,
                node.span,
                "no number of digits decides it",
            )


def _has_kink(trace: Trace, node: Node, uses: Sequence[int]) -> bool:
    """Whether an operation has a kink or a jump where these operands are 0, or a function has one anywhere inside."""
    operation, op = node.operation, trace.op
    if isinstance(operation, Function):
        return operation.has_kinks
    if operation is None or operation.kink is None:
        return operation is not None and operation.backward_pattern is BLOCKER
    values = [trace.values[operand] for operand in node.operands]
    operands = [
        op.mul(value, 0.0) if index in uses else value for index, value in zip(node.operands, values, strict=True)
    ]
    with op.quiet():
        y = op.apply(operation, *operands, **node.parameters)
        kink = op.constant(operation.kink(op, y, *operands, **node.parameters))
    return any(number.value != 0 for number in numbers_of([Quantity("", kink)]))


def _rounded(trace: Trace, are_zero: Sequence[bool], precision: int) -> Trace:
    """The trace with its point, value and gradients rounded to the digits that are right."""
    zeros = iter(are_zero)
    value = _report(trace.value, zeros, precision)
    gradients = {
        name: None if gradient is None else _report(gradient, zeros, precision)
        for name, gradient in trace.gradients.items()
    }
    point = {name: _report(each, iter(()), precision) for name, each in trace.point.items()}
    return replace(trace, point=point, value=value, gradients=gradients)


def _report(value: Any, are_zero: Iterator[bool], precision: int) -> Any:
    """A number, or an array, rounded; 0 where that is next in are_zero."""
    mpf = context_of(precision).mpf
    if not shape_of(value):
        return mpf(0) if next(are_zero, False) else +mpf(value)
    result = value.copy()
    for place, entry in enumerate(value.flat):
        result.flat[place] = mpf(0) if next(are_zero, False) else +mpf(entry)
    return result

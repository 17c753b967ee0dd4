"""How certain it is on which side of its kinks an operation is, or that it is at one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from graphdiff.accuracy.evaluation import entries_of
from graphdiff.accuracy.interpreters import rounded_interpreter
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.operations.interpreter import Numeric
from graphdiff.passes.forward import forward
from graphdiff.passes.kinks import decisions
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of, to_list

COARSE_ROUNDING = 2.0**-46
"""The largest relative error of an operation: so large that seldom one rounds to none."""
SIGNS = (1, -1)
"""Opposite errors lead to both sides of a kink."""


LEAST_ERROR = 1e-290
"""Rounding errors of what has not underflowed are larger."""


def are_certain(trace: Trace) -> bool:
    """Whether random rounding errors change no decision, as far as 64-bit floats show."""
    graph, op = trace.graph, trace.op
    if op.is_typed or not str(getattr(trace.values[graph.output], "dtype", "float64")).endswith("float64"):
        return True
    inputs = [trace.values[index] for index in graph.inputs]
    here = list(decisions(graph, trace.values, op))
    for sign in SIGNS:
        values = forward(graph, inputs, rounded_interpreter(op, 0, sign * COARSE_ROUNDING))
        with op.quiet():
            if list(decisions(graph, values, op)) != here or _has_lost_all_digits(trace, values):
                return False
    return True


def _has_lost_all_digits(trace: Trace, values: Sequence[Any]) -> bool:
    """Whether a number is 0 that rounding errors make far larger than underflow, as 1 - exp(-1e-20) is."""
    op = trace.op
    for value, other in zip(trace.values, values, strict=True):
        if value is None:
            continue
        lost = op.mul(op.eq(value, 0.0), op.gt(op.abs(other), LEAST_ERROR))
        if to_list(op.sum(lost) if shape_of(lost) else lost):
            return True
    return False


def distances_from_kinks(graph: Graph, values: Sequence[Any], op: Numeric) -> Iterator[Any]:
    """The numbers that tell how far operations are from their kinks, some of them 0: the differences between the
    operands, the value and 0, as between those of max."""
    for node in graph.nodes_with_kinks:
        operation, y = node.operation, values[node.index]
        operands = [values[operand] for operand in node.operands]
        if isinstance(operation, Function):
            yield from distances_from_kinks(operation.graph, forward(operation.graph, operands, op, y), op)
        elif operation is not None and (operation.is_elementwise or not shape_of(y)):
            for one, other in combinations([*operands, y, op.constant(0.0)], 2):
                yield from (abs(entry) for _, entry in entries_of(op.sub(one, other)))

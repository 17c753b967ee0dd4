"""The numbers of a trace that are rounding errors alone: pictures show them as 0."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from graphdiff.accuracy.running_errors import Bounds, error_bounds
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.trace import Trace

NOTE = "numbers that are rounding errors alone are drawn as 0"
LARGEST = 1e-8
"""The largest number that may be shown as 0."""

Key = tuple[str, int] | tuple[str, int, int]
"""A number of a trace: value, upstream or gradient and a node; local or downstream, a node and a slot."""


def lost_numbers(trace: Trace) -> frozenset[Key]:
    """The numbers that are not 0, and yet not larger than the bounds of their rounding errors: 1.2e-16 for sin(pi).

    Empty for traces with infinities, and for those that are not on floats, whose errors have no bounds: those with many
    digits, or with arrays, if only within a function.
    """
    if trace.op.namespace is not FLOATS.namespace or not trace.is_finite:
        return frozenset()
    return frozenset(_lost_numbers(trace, error_bounds(trace)))


def _lost_numbers(trace: Trace, bounds: Bounds) -> Iterator[Key]:
    for index, value in enumerate(trace.values):
        if _is_lost(value, bounds.values[index]):
            yield "value", index
    for step in trace.backward:
        index = step.node.index
        if _is_lost(step.upstream, bounds.upstreams.get(index, 0.0)):
            yield "upstream", index
        for edge in step.edges:
            if _is_lost(edge.local.values, bounds.locals.get((index, edge.slot), 0.0)):
                yield "local", index, edge.slot
            if _is_lost(edge.downstream, bounds.downstreams.get((index, edge.slot), 0.0)):
                yield "downstream", index, edge.slot
    for name, gradient in trace.gradients.items():
        index = trace.graph.input_indices[name]
        if _is_lost(gradient, bounds.inputs.get(index, 0.0)):
            yield "gradient", index


def _is_lost(number: Any, bound: float) -> bool:
    return number is not None and 0 < abs(number) < LARGEST and abs(number) <= bound and isfinite(bound)

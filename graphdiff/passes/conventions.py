"""The gradients of a trace by the conventions of its operations at kinks."""

from __future__ import annotations

from collections.abc import Mapping

from graphdiff.passes.trace import Trace, backward_steps, seed_of
from graphdiff.passes.values import Value


def gradients_by_convention(trace: Trace) -> Mapping[str, Value]:
    """The gradients that the conventions of operations at kinks give, as generated code does."""
    trace = trace.whole or trace
    op = trace.op
    indices = [trace.graph.input_indices[name] for name in trace.gradients]
    with op.quiet():
        return backward_steps(trace.graph, trace.values, op, seed_of(trace), indices, keeps_steps=False)[1]

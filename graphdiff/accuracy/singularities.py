"""Partial derivatives where a rule gives no number, as that of cbrt at 0 in cbrt(x)^3, by their limits."""

from __future__ import annotations

from dataclasses import replace

from graphdiff.accuracy.directions import directions_for
from graphdiff.accuracy.evaluation import entries_of, isfinite, powers_of_extremes, problem_of, reader_of, work_of
from graphdiff.accuracy.kinks import with_entries
from graphdiff.accuracy.limits import are_affordable, limits_of
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import is_finite


def with_limits(trace: Trace) -> Trace:
    """A trace whose gradients have their limits, where these exist, in place of infinities and NaN."""
    gradients = {name: each for name, each in trace.gradients.items() if each is not None}
    keys = [(f"d_{name}", place) for name, each in gradients.items() for place, _ in entries_of(each)]
    problem = problem_of(trace)
    inputs = [trace.values[index] for index in trace.graph.inputs]
    is_affordable = are_affordable(work_of(trace), directions_for(len(keys)), problem.digits)
    if not (is_affordable and all(map(is_finite, inputs))):
        return trace
    limits = limits_of(problem._replace(extremes=powers_of_extremes(trace)), keys)
    read = reader_of(trace.op)
    singular = {
        name: {
            place: read(limits.partials[f"d_{name}", place])
            for place, entry in entries_of(each)
            if not isfinite(entry) and (f"d_{name}", place) in limits.partials
        }
        for name, each in gradients.items()
    }
    true = {name: with_entries(trace, gradients[name], entries) for name, entries in singular.items() if entries}
    if not true:
        return trace
    return replace(
        trace,
        gradients={**trace.gradients, **true},
        differentiable=limits.differentiable,
        partials={key: read(limit) for key, limit in limits.partials.items()},
        limits=tuple(sorted(true)),
    )

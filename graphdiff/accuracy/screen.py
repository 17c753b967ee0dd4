"""Which numbers of a trace may be wrong by rounding, overflow or underflow: a cheap test that misses none."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from graphdiff.accuracy.running_errors import running_errors
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.trace import Trace, pieces_of

if TYPE_CHECKING:
    from graphdiff.accuracy.evaluation import Key

TRUSTED = 1e-8
"""A number with a smaller relative error bound is right: bounds are of first order, and what matters is 1e-6."""
MOST_WORK = 20_000
"""Operations on numbers beyond which random roundings examine the suspects too: bounds add up in long sums, and to work
out right numbers would take seconds."""


def suspects(trace: Trace) -> list[Key]:
    """The entries that may be wrong. Partial derivatives at kinks are right: they are limits in many digits. Of arrays
    that are not of 64-bit floats there are none."""
    if trace.op is not FLOATS:
        keys = _suspects_by_draws(trace)
    elif (keys := _suspects_by_bounds(trace)) and _is_large(trace):
        by_draws = set(_suspects_by_draws(trace))
        keys = [key for key in keys if key in by_draws]
    return [key for key in keys if key not in trace.partials]


def _is_large(trace: Trace) -> bool:
    from graphdiff.accuracy.evaluation import work_of  # lazy: seldom is a number a suspect

    return work_of(trace) > MOST_WORK


def _suspects_by_draws(trace: Trace) -> list[Key]:
    if not str(getattr(trace.values[trace.graph.output], "dtype", "float64")).endswith("float64"):
        return []
    from graphdiff.accuracy.draws import suspects_by_draws

    return suspects_by_draws(trace)


def _suspects_by_bounds(trace: Trace) -> list[Key]:
    numbers = {
        "value": trace.value,
        **{f"d_{name}": each for name, each in trace.gradients.items() if each is not None},
    }
    passes = [*trace.values, *(step.upstream.value for step in trace.steps)]
    # Bounds are of the rules at the point, not beside its kinks.
    if pieces_of(trace) or not all(value is None or isfinite(value) for value in passes):
        return [(name, ()) for name in numbers]
    errors = running_errors(trace)
    return [
        (name, ())
        for name, number in numbers.items()
        if not (isfinite(number) and errors.get(name, 0.0) <= TRUSTED * abs(number))
    ]

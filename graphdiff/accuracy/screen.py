"""Which numbers of a trace may be wrong by rounding, overflow or underflow: a cheap test that misses none."""

from __future__ import annotations

from math import inf, isfinite
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


def suspects(trace: Trace) -> dict[Key, float]:
    """The entries that may be wrong, with bounds of their errors, which may be infinite or NaN. Partial derivatives at
    kinks are right: they are limits in many digits. Of arrays that are not of 64-bit floats there are none."""
    if trace.op is not FLOATS:
        bounds = _suspects_by_draws(trace)
    elif (bounds := _suspects_by_bounds(trace)) and _is_large(trace):
        by_draws = _suspects_by_draws(trace)
        bounds = {key: by_draws[key] for key in bounds if key in by_draws}
    return {key: bound for key, bound in bounds.items() if key not in trace.partials}


def _is_large(trace: Trace) -> bool:
    from graphdiff.accuracy.evaluation import work_of  # lazy: seldom is a number a suspect

    return work_of(trace) > MOST_WORK


def _suspects_by_draws(trace: Trace) -> dict[Key, float]:
    if not str(getattr(trace.values[trace.graph.output], "dtype", "float64")).endswith("float64"):
        return {}
    from graphdiff.accuracy.draws import suspects_by_draws

    return suspects_by_draws(trace)


def _suspects_by_bounds(trace: Trace) -> dict[Key, float]:
    numbers = {
        "value": trace.value,
        **{f"d_{name}": each for name, each in trace.gradients.items() if each is not None},
    }
    passes = [*trace.values, *(step.upstream.value for step in trace.steps)]
    if not all(value is None or isfinite(value) for value in passes):
        return dict.fromkeys([(name, ()) for name in numbers], inf)
    # Bounds are of the rules at the point, not beside its kinks.
    errors = running_errors(trace) if not pieces_of(trace) else dict.fromkeys(numbers, inf)
    return {
        (name, ()): errors.get(name, 0.0)
        for name, number in numbers.items()
        if not (isfinite(number) and errors.get(name, 0.0) <= TRUSTED * abs(number))
    }

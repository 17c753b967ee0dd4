"""The numbers of a trace that 64-bit arithmetic got wrong, with their right values and causes."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphdiff.accuracy.cause import CauseFinder, singular_cause
from graphdiff.accuracy.evaluation import Key, entries_of, problem_of, work_of
from graphdiff.accuracy.inaccuracy import Cause, Inaccuracy
from graphdiff.accuracy.rounding import ROUNDING
from graphdiff.accuracy.stable import StableWay
from graphdiff.operations.ieee import QUANTUM
from graphdiff.operations.interpreter import FLOATS
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, extent, is_finite, shape_of

MOST_ERROR = 1e-6
"""A number is listed if its relative error is larger."""
MOST_WORK, MOST_WORK_ON_ARRAYS = 30_000, 3_000
"""Operations on numbers of a trace beyond which right numbers are not worked out: that takes some seconds."""
NOISE = 1e-12
"""A number that is so small beside the largest value of the trace, and that rounding moves as far, is taken to be 0.
Where right numbers are not worked out, one that vanishes for a reason, as the derivative of a sum of probabilities, is
seen far more often than one that has lost its digits."""


def inaccuracies(trace: Trace, bounds: Mapping[Key, float]) -> tuple[Inaccuracy, ...]:
    """The entries of the value and the gradients that are off by more than MOST_ERROR, among those of bounds, which may
    be wrong."""
    numbers = numbers_of(trace)
    if work_of(trace) > (MOST_WORK if trace.op is FLOATS else MOST_WORK_ON_ARRAYS):
        return tuple(_by_draws(trace, numbers, list(bounds)))
    right, scales, cause_of = _right_numbers(trace, numbers, list(bounds))
    bounds = {**bounds, **{key: max(float(MOST_ERROR * scale), QUANTUM) for key, scale in scales.items()}}
    wrong = [key for key, bound in bounds.items() if is_wrong(numbers[key], right[key], bound)]
    if not wrong:
        return ()
    stable = StableWay(trace)
    stable_numbers = numbers_of(stable.trace)
    return tuple(
        Inaccuracy(
            *key,
            numbers[key],
            float(right[key]),
            _digits(numbers[key], right[key]),
            cause_of(key),
            None if is_wrong(stable_numbers[key], right[key], bounds[key]) else stable.hint,
        )
        for key in wrong
    )


def _right_numbers(
    trace: Trace, numbers: Mapping[Key, float], keys: Sequence[Key]
) -> tuple[Mapping[Key, Any], Mapping[Key, Any], Callable[[Key], Cause | None]]:
    """The right numbers under these keys, the sizes of the terms of those that are 0, and what finds the cause of an
    error. Where a derivative rule gives no number, as for sqrt(x^4) at 0, a limit may."""
    from graphdiff.accuracy.exact import right_results
    from graphdiff.accuracy.limits import are_affordable, directions_for, partial_limits

    problem = problem_of(trace)
    right, evaluation, scales = right_results(problem, keys)
    finder = None if evaluation is None else CauseFinder(trace, evaluation)
    singular = [key for key in keys if _is_nonfinite(numbers[key]) and _is_nonfinite(right[key])]
    limits: Mapping[Key, Any] = {}
    values = [right.get(key, number) for key, number in numbers.items() if key[0] == "value"]
    inputs = [trace.values[index] for index in trace.graph.inputs]
    are_finite = not any(map(_is_nonfinite, values)) and all(map(is_finite, inputs))
    is_affordable = are_affordable(work_of(trace), directions_for(len(singular)), problem.digits)
    if singular and is_affordable and are_finite:
        limits = partial_limits(problem, singular)

    def cause_of(key: Key) -> Cause | None:
        return singular_cause(trace) if key in limits or finder is None else finder.cause(key[0])

    return {**right, **limits}, scales, cause_of


def _is_nonfinite(number: Any) -> bool:
    return number is None or number - number != 0


def _by_draws(trace: Trace, numbers: Mapping[Key, float], keys: Sequence[Key]) -> Iterator[Inaccuracy]:
    """The entries that random roundings move by more than MOST_ERROR, where there are too many operations to work the
    right ones out."""
    from graphdiff.accuracy.draws import displacements

    errors = displacements(trace, ROUNDING)
    sizes = [abs(extreme) for value in trace.values if value is not None for extreme in _range(value)]
    largest = max(filter(math.isfinite, sizes), default=0.0)
    for key in keys:
        number, error = numbers[key], float(errors[key[0]][key[1]])
        is_noise = max(abs(number), error) <= NOISE * largest
        if math.isfinite(number) and error > MOST_ERROR * abs(number) and not is_noise:
            yield Inaccuracy(*key, number, None, -math.log10(error / abs(number)) if number else 0.0, None, None)


def _range(value: Value) -> tuple[float, float]:
    """The smallest and the largest entry."""
    return extent(value)[:2] if shape_of(value) else (float(value), float(value))


def numbers_of(trace: Trace) -> dict[Key, float]:
    """The entries of the value and of each gradient."""
    outputs = {
        "value": trace.value,
        **{f"d_{name}": each for name, each in trace.gradients.items() if each is not None},
    }
    return {(name, place): entry for name, value in outputs.items() for place, entry in entries_of(value)}


def is_wrong(number: float, right: Any, bound: float) -> bool:
    """Whether a number is off by more than MOST_ERROR. bound is the most that rounding explains: a right value of 0 is
    met by the rounding of the terms that it is the sum of."""
    if right is None or right != right:
        return False
    if abs(right) > sys.float_info.max:
        return 0 < abs(number) < math.inf or number != number
    if not math.isfinite(number):
        return True
    if abs(right) < QUANTUM:
        return abs(number) > bound
    return number != float(right) and bool(abs(number - right) > MOST_ERROR * abs(right))


def _digits(number: float, right: Any) -> float:
    """About how many digits of a number are right; 0 of one that is not finite."""
    if not math.isfinite(number) or not math.isfinite(float(right)):
        return 0.0
    return 0.0 - math.log10(abs(number - right) / abs(right)) if right else 0.0

"""The numbers of a trace that 64-bit arithmetic got wrong, with their right values and causes."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.accuracy.cause import CauseFinder, singular_cause
from graphdiff.accuracy.evaluation import Key, entries_of, powers_of_extremes, problem_of, work_of
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


def inaccuracies(trace: Trace, suspects: Sequence[Key]) -> tuple[Inaccuracy, ...]:
    """The entries of the value and the gradients that are off by more than MOST_ERROR, among those suspected of it."""
    numbers = numbers_of(trace)
    if work_of(trace) > (MOST_WORK if trace.op is FLOATS else MOST_WORK_ON_ARRAYS):
        return tuple(_by_draws(trace, numbers, suspects))
    known = _right_numbers(trace, numbers, suspects)
    wrong = [key for key in suspects if is_wrong(numbers[key], known.right[key], known.sizes.get(key, 0.0))]
    unknown = [key for key in suspects if known.needs_more and known.right[key] is None and _is_nonfinite(numbers[key])]
    if not (wrong or unknown):
        return ()
    stable = StableWay(trace)
    stable_numbers = numbers_of(stable.trace)

    def inaccuracy(key: Key) -> Inaccuracy:
        right = known.right[key]
        if right is None:
            return Inaccuracy(*key, numbers[key], None, 0.0, None, None)
        is_mended = not is_wrong(stable_numbers[key], right, known.sizes.get(key, 0.0))
        digits, hint = _digits(numbers[key], right), stable.hint if is_mended else None
        return Inaccuracy(*key, numbers[key], float(right), digits, known.cause_of(key), hint)

    return tuple(inaccuracy(key) for key in suspects if key in {*wrong, *unknown})


class _RightNumbers(NamedTuple):
    """Right numbers by their keys, None for those that are not known.

    Attributes:
        right: The numbers.
        needs_more: Whether more digits than are tried might show the unknown ones.
        sizes: The sizes of the terms of those that are 0.
        cause_of: What finds the cause of an error.
    """

    right: Mapping[Key, Any]
    needs_more: bool
    sizes: Mapping[Key, Any]
    cause_of: Callable[[Key], Cause | None]


def _right_numbers(trace: Trace, numbers: Mapping[Key, float], keys: Sequence[Key]) -> _RightNumbers:
    """The right numbers under these keys. Where a derivative rule gives no number, as for sqrt(x^4) at 0, a limit
    may."""
    from graphdiff.accuracy.directions import directions_for
    from graphdiff.accuracy.limits import are_affordable, partial_limits
    from graphdiff.accuracy.right_results import DEEPEST, right_results
    from graphdiff.accuracy.terms import sizes_of_terms

    problem = problem_of(trace)
    right, evaluation, needs_more = right_results(problem, keys)
    zeros = [
        key
        for key in keys
        if numbers[key] and math.isfinite(numbers[key]) and right[key] is not None and abs(right[key]) < QUANTUM
    ]
    sizes: Mapping[Key, Any] = {}
    if zeros and evaluation is not None:
        digits = evaluation.op.functions.mp.dps  # type: ignore[attr-defined]
        sizes = sizes_of_terms(problem, zeros, max(digits, 2 * DEEPEST))
    finder = None if evaluation is None else CauseFinder(trace, evaluation)
    singular = [key for key in keys if _is_nonfinite(numbers[key]) and _is_nonfinite(right[key])]
    limits: Mapping[Key, Any] = {}
    values = [right.get(key, number) for key, number in numbers.items() if key[0] == "value"]
    inputs = [trace.values[index] for index in trace.graph.inputs]
    are_finite = not any(map(_is_nonfinite, values)) and all(map(is_finite, inputs))
    is_affordable = are_affordable(work_of(trace), directions_for(len(singular)), problem.digits)
    if singular and is_affordable and are_finite:
        limits = partial_limits(problem._replace(extremes=powers_of_extremes(trace)), singular)

    def cause_of(key: Key) -> Cause | None:
        return singular_cause(trace) if key in limits or finder is None else finder.cause(key[0])

    return _RightNumbers({**right, **limits}, needs_more, sizes, cause_of)


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


def is_wrong(number: float, right: Any, size: Any) -> bool:
    """Whether a number is off by more than MOST_ERROR, relative to the right value, or if that is 0 to the size of the
    terms that it is the sum of."""
    if right is None or right != right:
        return False
    if abs(right) > sys.float_info.max:
        return 0 < abs(number) < math.inf or number != number
    if not math.isfinite(number):
        return True
    if abs(right) < QUANTUM:
        return bool(abs(number) > max(MOST_ERROR * size, QUANTUM))
    return number != float(right) and bool(abs(number - right) > MOST_ERROR * abs(right))


def _digits(number: float, right: Any) -> float:
    """About how many digits of a number are right; 0 if it is not finite, or if the right one is 0 or infinite as a
    float."""
    if not math.isfinite(number) or not math.isfinite(float(right)) or not float(right):
        return 0.0
    return 0.0 - math.log10(abs(number - right) / abs(right))

"""The numbers of a trace that 64-bit arithmetic got wrong, with their right values and causes."""

from __future__ import annotations

import math
import sys
from typing import Any

from graphdiff.accuracy.cause import CauseFinder
from graphdiff.accuracy.evaluation import Key, entries_of, problem_of
from graphdiff.accuracy.inaccuracy import Inaccuracy
from graphdiff.accuracy.screen import suspects
from graphdiff.accuracy.stable import StableWay
from graphdiff.passes.trace import Trace

MOST_ERROR = 1e-6
"""A number is listed if its relative error is larger."""


def inaccuracies(trace: Trace) -> tuple[Inaccuracy, ...]:
    """The entries of the value and the gradients that are off by more than MOST_ERROR."""
    bounds = suspects(trace)
    if not bounds:
        return ()
    from graphdiff.accuracy.exact import right_results

    numbers = numbers_of(trace)
    right, evaluation = right_results(problem_of(trace), list(bounds))
    wrong = [key for key, bound in bounds.items() if is_wrong(numbers[key], right[key], bound)]
    if not wrong:
        return ()
    assert evaluation is not None
    finder = CauseFinder(trace, evaluation)
    stable = StableWay(trace)
    stable_numbers = numbers_of(stable.trace)
    return tuple(
        Inaccuracy(
            *key,
            numbers[key],
            float(right[key]),
            _digits(numbers[key], right[key]),
            finder.of_value() if key[0] == "value" else finder.of_gradient(key[0].removeprefix("d_")),
            None if is_wrong(stable_numbers[key], right[key], bounds[key]) else stable.hint,
        )
        for key in wrong
    )


def numbers_of(trace: Trace) -> dict[Key, float]:
    """The entries of the value and of each gradient."""
    outputs = {"value": trace.value, **{f"d_{name}": each for name, each in trace.gradients.items() if each is not None}}
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
    if right == 0:
        return abs(number) > bound
    return number != float(right) and bool(abs(number - right) > MOST_ERROR * abs(right))


def _digits(number: float, right: Any) -> float:
    """About how many digits of a number are right; 0 of one that is not finite."""
    if not math.isfinite(number) or not math.isfinite(float(right)):
        return 0.0
    return 0.0 - math.log10(abs(number - right) / abs(right)) if right else 0.0

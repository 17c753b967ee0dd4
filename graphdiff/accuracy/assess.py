"""The numbers of a trace that 64-bit arithmetic got wrong, with their right values and causes."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

from graphdiff.accuracy.evaluation import entries_of, problem_of
from graphdiff.accuracy.inaccuracy import Inaccuracy
from graphdiff.accuracy.screen import suspects
from graphdiff.passes.trace import Trace

MOST_ERROR = 1e-6
"""A number is listed if its relative error is larger."""


def inaccuracies(trace: Trace) -> tuple[Inaccuracy, ...]:
    """The entries of the value and the gradients that are off by more than MOST_ERROR."""
    keys = suspects(trace)
    if not keys:
        return ()
    from graphdiff.accuracy.exact import right_results

    numbers = {("value", place): entry for place, entry in entries_of(trace.value)}
    for name, gradient in trace.gradients.items():
        if gradient is not None:
            numbers |= {(f"d_{name}", place): entry for place, entry in entries_of(gradient)}
    right = right_results(problem_of(trace), list(keys))
    wrong = [key for key in keys if is_wrong(numbers[key], right.results[key], keys[key])]
    return tuple(wrong and [(key, numbers[key], right.results[key]) for key in wrong])


def is_wrong(number: float, right: Any, bound: float) -> bool:
    """Whether a number is off by more than MOST_ERROR. bound is the most that rounding explains: a right value of 0 is
    met by rounding of the terms that it is the sum of."""
    if right is None or right != right:
        return False
    if abs(right) > sys.float_info.max:
        return 0 < abs(number) < math.inf or number != number
    if not math.isfinite(number):
        return True
    if right == 0:
        return abs(number) > bound
    return number != float(right) and abs(number - right) > MOST_ERROR * abs(right)

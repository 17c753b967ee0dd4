"""How far from the truth rounding may take a program's value and gradient."""

from __future__ import annotations

import random
from collections.abc import Callable

from mpmath import mp, mpf

from support import judge

ROUNDING = mpf(2) ** -53
"""The relative error of one float64 operation."""
MARGIN = 50
"""How much farther off a result may be than the worst of four samples of its rounding errors."""
TINY = 1e-50
"""What underflow may take from graphdiff, and the last of its digits from the judge."""


def results_of(text: str, point: dict[str, float], check: Callable[[mpf], None] | None = None) -> list[mpf]:
    """All that the judge finds on its way to the value, each given to check at once."""
    results: list[mpf] = []

    def record(x: mpf) -> mpf:
        if check is not None:
            check(x)
        results.append(x)
        return x

    with mp.workdps(judge.DIGITS):
        judge.Program(text).value({name: mpf(value) for name, value in point.items()}, record)
    return results


def round_at_random(text: str, point: dict[str, float], results: list[mpf], seed: int) -> tuple[mpf, dict[str, mpf]]:
    """What the judge finds where every use of a name and every result is off by up to a rounding.

    Their derivatives are off by another one; all these errors are drawn at random.
    """

    def rounding() -> judge.Rounding:
        draws = random.Random(seed)
        unrounded = iter(results)

        def round_result(x: mpf) -> mpf:
            middle = next(unrounded, x)
            error, error_of_change = (draws.uniform(-1, 1) * ROUNDING for _ in range(2))
            return middle * (1 + error) + (x - middle) * (1 + error_of_change)

        return round_result

    return judge.value_and_gradient(text, point, rounding)


def sample_roundings(text: str, point: dict[str, float], results: list[mpf]) -> list[tuple[mpf, dict[str, mpf]]]:
    """The value and gradient under four samples of rounding errors."""
    return [round_at_random(text, point, results, seed) for seed in range(4)]

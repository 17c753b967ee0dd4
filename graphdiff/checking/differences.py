"""A derivative from values alone: differences at steps that halve, extrapolated to step 0, with bounds of their errors.

The table of extrapolations and its estimate of the error are those of Ridders, Accurate computation of F'(x) and
F'(x)F''(x), Advances in Engineering Software 4 (1982); what rounding adds is followed through the same table.
Numbers are floats, or mpmath's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

LEVELS = 7
"""How often the step is halved, and one more."""
SAFETY = 2
"""How much larger the error may be than the table tells."""
CLEAR = 10
"""A jump of the slope is one where it is so much larger than its bound."""


class Limit(NamedTuple):
    """What differences tend to, and by how much that may be off."""

    value: Any
    bound: Any


class Estimate(NamedTuple):
    """A derivative, estimated with steps up to largest; below and above are the slopes from either side.

    typical is the steepest slope between two of the points: what the derivative could have been. jump is by how much
    the slopes differ. Where not all values are finite, finite_below and finite_above tell on which side they are, and
    derivative is NaN.
    """

    largest: Any
    derivative: Limit
    below: Limit
    above: Limit
    jump: Limit
    typical: Any
    finite_below: bool
    finite_above: bool

    @property
    def is_finite(self) -> bool:
        return self.finite_below and self.finite_above

    @property
    def is_odd(self) -> bool:
        """Whether there is no derivative, as far as can be seen."""
        return self.has_kink or not self.is_finite

    @property
    def has_kink(self) -> bool:
        """Whether the slopes from both sides are clearly different."""
        return self.is_finite and bool(abs(self.jump.value) > CLEAR * self.jump.bound)


def estimate(
    function: Callable[[Any], Any],
    middle: Any,
    largest: Any,
    noise: Any,
    slip: Any,
) -> Estimate:
    """The derivative at 0 of a function with this value there, from steps of at most largest.

    noise bounds what rounding adds to a value, and slip what it adds since steps are rounded.
    """
    steps = [largest / 2**level for level in range(LEVELS)]
    above = [function(step) for step in steps]
    below = [function(-step) for step in steps]
    finite = [all([value - value == 0 for value in side]) for side in (below, above)]
    nothing = Limit(float("nan"), float("inf"))
    rising = [(value - middle) / step for value, step in zip(above, steps, strict=True)]
    falling = [(middle - value) / step for value, step in zip(below, steps, strict=True)]
    sides = [side for side, is_known in zip((falling, rising), finite, strict=True) if is_known]
    typical = max([abs(slope) for side in sides for slope in side], default=0.0)
    errors = [2 * (noise + slip) / step for step in steps]
    whole = range(1, LEVELS + 1)
    left = extrapolated(falling, errors, [2**power for power in whole]) if finite[0] else nothing
    right = extrapolated(rising, errors, [2**power for power in whole]) if finite[1] else nothing
    if not all(finite):
        return Estimate(largest, nothing, left, right, nothing, typical, *finite)
    central = [(up + down) / 2 for up, down in zip(rising, falling, strict=True)]
    turns = [up - down for up, down in zip(rising, falling, strict=True)]
    return Estimate(
        largest,
        # Of what is smooth on each side alone, as x*abs(x), the sides tell more.
        min(extrapolated(central, errors, [4**power for power in whole]), _middle(left, right), key=_bound),
        left,
        right,
        extrapolated(turns, [2 * error for error in errors], [2 ** (2 * power - 1) for power in whole]),
        typical,
        *finite,
    )


def _middle(below: Limit, above: Limit) -> Limit:
    return Limit((below.value + above.value) / 2, below.bound + above.bound + abs(below.value - above.value))


def _bound(limit: Limit) -> Any:
    return limit.bound


def extrapolated(values: Sequence[Any], errors: Sequence[Any], factors: Sequence[int]) -> Limit:
    """The limit of values at steps that halve, whose error has terms that shrink by these factors; errors bound the
    rounding in each."""
    best = Limit(values[-1], float("inf"))
    row: list[tuple[Any, Any]] = []
    for value, error in zip(values, errors, strict=True):
        earlier, row = row, [(value, error)]
        for (coarse, coarse_error), factor in zip(earlier, factors, strict=False):
            fine, fine_error = row[-1]
            better = (factor * fine - coarse) / (factor - 1)
            better_error = (factor * fine_error + coarse_error) / (factor - 1)
            row.append((better, better_error))
            bound = SAFETY * max(abs(better - fine), abs(better - coarse)) + better_error
            if bound < best.bound:
                best = Limit(better, bound)
    return best

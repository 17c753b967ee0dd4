"""A derivative from values alone: differences at halved steps, extrapolate to step 0, with error bounds.

The table of extrapolations and its error estimate are those of Ridders, Accurate computation of F'(x) and F'(x)F''(x),
Advances in Engineering Software 4 (1982); the effect of rounding is propagated through the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from graphdiff.checking.verdict import Verdict

LEVELS = 7
"""The number of steps, each half of the one before."""
SAFETY = 2
"""The error may be this many times larger than the estimate of the table."""
CLEAR = 10
"""The slope has a jump if the jump is this many times larger than its error bound."""


class Limit(NamedTuple):
    """The limit of differences, and the bound of its error."""

    value: Any
    bound: Any


class Derivative(NamedTuple):
    """A derivative from differences: its limit, with an infinite bound where the differences have none, and the limits
    of those below and above; whether these clearly differ; and whether the values on each side are finite."""

    limit: Limit
    below: Limit
    above: Limit
    has_kink: bool
    finite_below: bool
    finite_above: bool


class Comparison(NamedTuple):
    """How a derivative compares with differences: the most that it may be off by, whether the differences give 0, and
    the verdict with its reason."""

    bound: Any
    is_zero: bool
    verdict: Verdict
    reason: str = ""


class Estimate(NamedTuple):
    """A derivative, estimated with steps up to largest; below and above are the one-sided derivatives.

    jump is the difference of the one-sided derivatives. finite_below and finite_above say whether all values on a side
    are finite; if not, derivative is NaN.
    """

    largest: Any
    derivative: Limit
    below: Limit
    above: Limit
    jump: Limit
    finite_below: bool
    finite_above: bool

    @property
    def is_finite(self) -> bool:
        return self.finite_below and self.finite_above

    @property
    def has_kink(self) -> bool:
        """Whether the one-sided derivatives clearly differ."""
        return self.is_finite and bool(abs(self.jump.value) > CLEAR * self.jump.bound)


def estimate(
    function: Callable[[Any], Any],
    middle: Any,
    largest: Any,
    noise: Any,
    slip: Any,
) -> Estimate:
    """Estimate the derivative at 0 of a function from its values at steps of at most largest; middle is its value at 0.

    noise bounds the rounding error of a value, and slip its error from the rounding of steps.
    """
    steps = [largest / 2**level for level in range(LEVELS)]
    above = [function(step) for step in steps]
    below = [function(-step) for step in steps]
    finite = [all([value - value == 0 for value in side]) for side in (below, above)]
    nothing = Limit(float("nan"), float("inf"))
    rising = [(value - middle) / step for value, step in zip(above, steps, strict=True)]
    falling = [(middle - value) / step for value, step in zip(below, steps, strict=True)]
    errors = [2 * (noise + slip) / step for step in steps]
    whole = range(1, LEVELS + 1)
    left = extrapolate(falling, errors, [2**power for power in whole]) if finite[0] else nothing
    right = extrapolate(rising, errors, [2**power for power in whole]) if finite[1] else nothing
    if not all(finite):
        return Estimate(largest, nothing, left, right, nothing, *finite)
    central = [(up + down) / 2 for up, down in zip(rising, falling, strict=True)]
    turns = [up - down for up, down in zip(rising, falling, strict=True)]
    return Estimate(
        largest,
        # For a function that is smooth on each side only, such as x*abs(x), one-sided estimates are better.
        min(extrapolate(central, errors, [4**power for power in whole]), _middle(left, right), key=_bound),
        left,
        right,
        extrapolate(turns, [2 * error for error in errors], [2 ** (2 * power - 1) for power in whole]),
        *finite,
    )


def _middle(below: Limit, above: Limit) -> Limit:
    return Limit((below.value + above.value) / 2, below.bound + above.bound + abs(below.value - above.value))


def _bound(limit: Limit) -> Any:
    return limit.bound


def extrapolate(values: Sequence[Any], errors: Sequence[Any], factors: Sequence[int]) -> Limit:
    """The limit of values at halved steps, whose error has terms that shrink by these factors; errors bound the
    rounding error of each value."""
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

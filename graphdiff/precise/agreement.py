"""Numbers that are right to a given number of digits.

They are computed twice, with more digits the second time, and with random rounding errors, as in Monte Carlo
arithmetic (Parker 1997). Digits on which both agree are right, whatever cancelled on the way. Where numbers do not
agree on as many as are asked for, the number of digits is doubled. Of the two runs one rounds towards 0 and one away
from it: so 1 + x is seen to round in one of them, however small x is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from graphdiff.errors import GraphdiffError
from graphdiff.operations.interpreter import Numeric
from graphdiff.precise.interpreter import typed_interpreter
from graphdiff.precise.typed import TypedNumbers

if TYPE_CHECKING:
    from graphdiff.precise.typed_arrays import TypedArrays

T = TypeVar("T")
AGREES, FALLS, DIFFERS = "agrees", "falls", "differs"
"""What two runs say of a number: it is right; it is smaller by as many digits as the second run has more; neither."""
GUARD_DIGITS = 20
AGREEING_DIGITS = 2
"""Digits beyond those that are asked for on which two runs must agree."""
MOST_WORKING_DIGITS = 5000
"""Digits with which numbers are computed, or so many times those that are asked for as FEWEST_DOUBLINGS gives."""
FEWEST_DOUBLINGS = 2
SAME = 4
"""How far the magnitudes of a number in two runs may be apart."""
TOWARDS_0, AWAY_FROM_0 = "d", "u"


class Quantity(NamedTuple):
    """A number or an array of numbers that must be right; label names it in errors."""

    label: str
    value: Any


def compute_until_agreed(
    compute: Callable[[Numeric], T], quantities: Callable[[T], Iterable[Quantity]], op: Numeric, digits: int
) -> tuple[T, list[bool]]:
    """The result of compute with an interpreter that makes its quantities right to so many digits, and for each of
    their numbers, in order, whether it is 0: it became smaller each time, as fast as the digits became more.

    Raises GraphdiffError("limit") where that needs too many digits.
    """
    working = digits + GUARD_DIGITS
    most = max(MOST_WORKING_DIGITS, working << FEWEST_DOUBLINGS)
    run = _Run(compute, quantities, typed_interpreter(op, working, TOWARDS_0, digits))
    rounding = TOWARDS_0
    while working < most:
        fewer, working = working, min(2 * working, most)
        rounding = AWAY_FROM_0 if rounding == TOWARDS_0 else TOWARDS_0
        previous, run = run, _Run(compute, quantities, typed_interpreter(op, working, rounding, digits))
        if len(previous.numbers) != len(run.numbers):  # another branch was taken
            verdicts = [DIFFERS] * len(run.numbers)
            continue
        pairs = zip(previous.numbers, run.numbers, strict=True)
        verdicts = [_verdict(old.value, new.value, digits, working - fewer) for old, new in pairs]
        is_certain = not (previous.is_uncertain or run.is_uncertain)
        if not is_certain or DIFFERS in verdicts:
            continue
        if FALLS not in verdicts or working >= 4 * (digits + GUARD_DIGITS + _scale(previous, run)):
            return run.result, [verdict is FALLS for verdict in verdicts]
    raise _error(run.numbers, verdicts, digits, working)


class _Run(Generic[T]):
    """One computation: its result, the numbers that must be right, and whether rounding errors decided one."""

    def __init__(
        self,
        compute: Callable[[Numeric], T],
        quantities: Callable[[T], Iterable[Quantity]],
        op: TypedNumbers | TypedArrays,
    ) -> None:
        self.result = compute(op)
        self.numbers = list(numbers_of(quantities(self.result)))
        self.magnitudes = op.functions.magnitudes
        self.is_uncertain = op.functions.is_uncertain


def numbers_of(quantities: Iterable[Quantity]) -> Iterator[Quantity]:
    """The numbers of quantities, one by one."""
    for label, value in quantities:
        for entry in getattr(value, "flat", (value,)):
            yield Quantity(label, entry)


def _verdict(old: Any, new: Any, digits: int, more: int) -> str:
    """Whether two numbers agree to so many digits, where the second has so many more digits."""
    if isinstance(old, float) or isinstance(new, float):
        return AGREES if old == new else DIFFERS
    context = new.context
    if old == new or (context.isnan(old) and context.isnan(new)):
        return AGREES
    if not (context.isfinite(old) and context.isfinite(new)):
        return DIFFERS
    difference = abs(new - old)
    if new and difference <= abs(new) * context.power(10, -digits - AGREEING_DIGITS):
        return AGREES
    is_smaller = not new or abs(new) <= abs(old) * context.power(10, -more // 2)
    return FALLS if is_smaller or (not old and abs(new) <= context.power(10, -more)) else DIFFERS


def _scale(previous: _Run[Any], run: _Run[Any]) -> int:
    """The number of digits by which a number of a computation is larger or smaller than 1, without those that rounding
    left over, which are not the same in both runs."""
    pairs = zip(previous.magnitudes, run.magnitudes, strict=False)
    return max((abs(new) for old, new in pairs if abs(new - old) <= SAME), default=0) * 3 // 10


def _error(numbers: Sequence[Quantity], verdicts: Sequence[str], digits: int, working: int) -> GraphdiffError:
    wrong = [label for (label, _), each in zip(numbers, verdicts, strict=True) if each is not AGREES]
    label = wrong[0] if wrong else "a comparison, or a step of a function such as floor,"
    return GraphdiffError(
        "limit",
        f"{label} cannot be computed to {digits} digits: arithmetic with {working:,} is not enough",
        hint="rounding decides it: it may be 0, or at a jump or a kink",
    )

"""The interpreters with random rounding errors that do the same as one on floats or on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphdiff.accuracy.rounding import ROUNDING, RoundedFloats, RoundedSingles
from graphdiff.operations.interpreter import FLOATS, Numeric

if TYPE_CHECKING:
    from graphdiff.accuracy.rounded_precise import RoundedPreciseNumbers
    from graphdiff.accuracy.rounded_precise_arrays import RoundedPreciseArrays


def rounded_interpreter(op: Numeric, seed: int, rounding: float = ROUNDING) -> Numeric:
    """An interpreter on floats or arrays with random rounding errors, at most rounding relative to each result."""
    if op is FLOATS:
        return RoundedFloats(seed, rounding)
    from graphdiff.accuracy.rounded_arrays import RoundedArrays

    return RoundedArrays(seed, rounding)


def rounded_single_interpreter(op: Numeric, seed: int) -> Numeric:
    """The same with the rounding errors of 32-bit floats."""
    if op is FLOATS:
        return RoundedSingles(seed)
    from graphdiff.accuracy.rounded_arrays import RoundedSingleArrays

    return RoundedSingleArrays(seed)


def rounded_precise_interpreter(
    op: Numeric, digits: int, seed: int, **errors: bool
) -> RoundedPreciseNumbers | RoundedPreciseArrays:
    """An interpreter of numbers with this many digits, or arrays of them, with random rounding errors, which have the
    options of RandomErrors. Where op is typed, constants are the numbers that it reads."""
    read = op.read if op.is_typed else None
    if not op.has_arrays:
        from graphdiff.accuracy.rounded_precise import RoundedPreciseNumbers

        return RoundedPreciseNumbers(digits, seed, read, **errors)
    from graphdiff.accuracy.rounded_precise_arrays import RoundedPreciseArrays

    return RoundedPreciseArrays(digits, seed, read, **errors)

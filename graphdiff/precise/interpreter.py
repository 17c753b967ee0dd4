"""The interpreter with many digits that does the same as one on floats or arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.precise.functions import Precise
from graphdiff.precise.numbers import PreciseNumbers

if TYPE_CHECKING:
    from graphdiff.precise.arrays import PreciseArrays


def precise_interpreter(
    op: Numeric, digits: int, rounding: str = "n", reported: int | None = None
) -> PreciseNumbers | PreciseArrays:
    """The same interpreter with this many digits: of numbers, or where op is not FLOATS of arrays.

    With reported, the number of digits that are to be right, numbers are read as typed.
    """
    functions = Precise(digits, rounding, reported)
    is_typed = reported is not None
    if op is FLOATS:
        return PreciseNumbers(functions, is_typed)
    from graphdiff.precise.arrays import PreciseArrays

    return PreciseArrays(functions, is_typed)

"""The interpreter with many digits that does the same as one on floats or arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphdiff.operations.interpreter import FLOATS, Numeric
from graphdiff.precise.functions import Precise
from graphdiff.precise.numbers import PreciseNumbers
from graphdiff.precise.typed import TypedNumbers

if TYPE_CHECKING:
    from graphdiff.precise.arrays import PreciseArrays
    from graphdiff.precise.typed_arrays import TypedArrays


def precise_interpreter(op: Numeric, digits: int) -> PreciseNumbers | PreciseArrays:
    """The same interpreter with this many digits: of numbers, or where op is not FLOATS of arrays."""
    functions = Precise(digits)
    if op is FLOATS:
        return PreciseNumbers(functions)
    from graphdiff.precise.arrays import PreciseArrays

    return PreciseArrays(functions)


def typed_interpreter(op: Numeric, digits: int, rounding: str, reported: int) -> TypedNumbers | TypedArrays:
    """The same interpreter of numbers as they were typed, with this many digits, of which some are reported."""
    functions = Precise(digits, rounding, reported)
    if op is FLOATS:
        return TypedNumbers(functions)
    from graphdiff.precise.typed_arrays import TypedArrays

    return TypedArrays(functions)

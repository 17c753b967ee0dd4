"""The interpreter with many digits that does the same as one on floats or arrays. mpmath is imported with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphdiff.operations.interpreter import Numeric

if TYPE_CHECKING:
    from graphdiff.precise.arrays import PreciseArrays
    from graphdiff.precise.numbers import PreciseNumbers
    from graphdiff.precise.typed import TypedNumbers
    from graphdiff.precise.typed_arrays import TypedArrays


def precise_interpreter(op: Numeric, digits: int) -> PreciseNumbers | PreciseArrays:
    """The same interpreter with this many digits. Where op is typed, constants are the numbers that it reads."""
    from graphdiff.precise.functions import Precise

    functions = Precise(digits)
    read = op.read if op.is_typed else None
    if not op.has_arrays:
        from graphdiff.precise.numbers import PreciseNumbers

        return PreciseNumbers(functions, read)
    from graphdiff.precise.arrays import PreciseArrays

    return PreciseArrays(functions, read)


def typed_interpreter(op: Numeric, digits: int, rounding: str, reported: int) -> TypedNumbers | TypedArrays:
    """The same interpreter of numbers as they were typed, with this many digits, of which some are reported."""
    from graphdiff.precise.functions import Precise

    functions = Precise(digits, rounding, reported)
    if not op.has_arrays:
        from graphdiff.precise.typed import TypedNumbers

        return TypedNumbers(functions)
    from graphdiff.precise.typed_arrays import TypedArrays

    return TypedArrays(functions)

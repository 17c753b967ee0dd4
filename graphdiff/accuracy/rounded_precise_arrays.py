"""Arrays of numbers with many digits, with a random rounding error in each entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphdiff.accuracy.rounded_precise import GUARD_DIGITS, RandomErrors, constant_of_rule
from graphdiff.accuracy.rounding import LARGEST_WHOLE
from graphdiff.accuracy.saturation import SaturatingPrecise
from graphdiff.operations.primitive import NORMALIZER, SCALER, Primitive
from graphdiff.precise.arrays import PreciseArrays
from graphdiff.targets.scalarize import Array


class RoundedPreciseArrays(PreciseArrays):
    """Arrays of numbers with this many digits, with a random rounding error in each entry of a result. Operations that
    are not elementwise round intermediate results too: their operands get errors, but for whole numbers where sums and
    products of them are exact."""

    def __init__(self, digits: int, seed: int, read: Callable[[Any], Any] | None = None, **errors: bool) -> None:
        """errors are the options of RandomErrors."""
        super().__init__(SaturatingPrecise(digits + GUARD_DIGITS, seed), read)
        self._errors = RandomErrors(self.functions, digits, seed, **errors)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        if primitive.is_exact and not primitive.is_elementwise:
            return super().apply(primitive, *operands, **parameters)
        arrays = [self.constant(constant_of_rule(self, each) if type(each) is float else each) for each in operands]
        if primitive.is_elementwise:
            result = self.constant(super().apply(primitive, *arrays, **parameters))

            def add_to_result(entry: Any, *operand_entries: Any) -> Any:
                return self._errors.add_to_result(primitive, entry, *operand_entries)

            return self._each(add_to_result, result, *arrays)
        rounds = primitive.by_elimination or primitive.backward_pattern in (SCALER, NORMALIZER)

        def add_to(entry: Any) -> Any:
            is_whole = not rounds and abs(entry) < LARGEST_WHOLE and entry == int(entry)
            return entry if is_whole else self._errors.add_to(entry)

        arrays = [each if primitive.is_index(slot) else self._each(add_to, each) for slot, each in enumerate(arrays)]
        return self._each(add_to, self.constant(super().apply(primitive, *arrays, **parameters)))

    def with_errors(self, value: Any) -> Any:
        """An array, or a number, with a random error in each entry."""
        return self._each(self._errors.add_to, self.constant(value))

    def _each(self, function: Any, *arrays: Any) -> Array:
        """A function of entries, applied to all entries."""
        entries = np.frompyfunc(function, len(arrays), 1)(*[each.entries for each in arrays])
        result: Array = self.namespace.wrap(entries)
        return result

"""Arrays of numbers as they were typed."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from graphdiff.operations.primitive import BackwardPattern, Primitive
from graphdiff.precise.arrays import PreciseArrays
from graphdiff.precise.functions import Precise
from graphdiff.precise.reader import NumberReader
from graphdiff.precise.typed import jumps
from graphdiff.targets.scalarize import Array


class TypedArrays(PreciseArrays):
    """Numbers of mpmath and NumPy arrays of them, as TypedNumbers has them.

    Floats in an array of NumPy are the numbers that they hold.
    """

    is_typed = True

    def __init__(self, functions: Precise) -> None:
        super().__init__(functions, NumberReader(functions).number)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        arrays = [self.wrapped(operand) for operand in operands]
        if jumps(primitive):
            is_undecided = partial(self.functions.is_undecided, primitive.kernel)
            undecided = np.frompyfunc(is_undecided, len(arrays), 1)(*[each.entries for each in arrays])
            self.functions.is_uncertain = self.functions.is_uncertain or bool(np.any(undecided))
        result = self.namespace.asarray(super().apply(primitive, *arrays, **parameters))
        round_result = partial(self.functions.round_result, read=self.read, is_exact=primitive.is_exact)
        return _plain(np.frompyfunc(lambda entry: round_result(entry), 1, 1)(result.entries))

    def wrapped(self, value: Any) -> Array:
        array: Array = value if isinstance(value, Array) else self.namespace.wrap(self._read(value))
        return array

    def constant(self, value: Any) -> Any:
        numbers = self._read(value)
        for entry in np.ravel(numbers):
            self.functions.record(entry)
        return numbers

    def _read(self, value: Any) -> Any:
        """A number, or an array of numbers, from what it was given as."""
        if isinstance(value, self.functions.mp.mpf) or getattr(getattr(value, "dtype", None), "kind", "") == "O":
            return value
        read = self.functions.constant if hasattr(value, "dtype") else self.read
        return _plain(np.frompyfunc(read, 1, 1)(np.asarray(value, dtype=object)))

    def is_finite(self, value: Any) -> bool:
        return all(map(self.functions.mp.isfinite, np.ravel(self._read(value))))

    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        if np.shape(cotangent) == np.shape(like) or np.ndim(cotangent) < np.ndim(like):
            return cotangent
        return self.sum_to(cotangent, like)

    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        if not pattern.selects:
            return True
        if not np.ndim(local):
            return bool(local != 0)
        is_open = self._read((local != 0).astype(float))
        return is_open if any(is_open.flat) else False


def _plain(numbers: Any) -> Any:
    """The entry of an array without axes; another array as it is."""
    return numbers[()] if isinstance(numbers, np.ndarray) and not numbers.ndim else numbers

"""Arrays of multiprecision numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import BackwardPattern, Primitive
from graphdiff.precise.functions import Precise
from graphdiff.precise.numbers import jumps
from graphdiff.precise.typed import TypedNumbers
from graphdiff.targets.scalarize import VALUE_DEPENDENT, Array, Entries


class PreciseArrays(Numeric):
    """Numbers of mpmath and NumPy arrays of them, on which the kernels of the operations run entry by entry.

    Floats are read as by PreciseNumbers; those in an array of NumPy are always the numbers that they hold.
    """

    def __init__(self, functions: Precise, is_typed: bool = False) -> None:
        super().__init__(Entries(functions))  # type: ignore[arg-type]  # it computes what a Recorder records
        self.functions = functions
        self.is_typed = is_typed
        self._number = TypedNumbers(functions).number if is_typed else functions.constant

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        arrays = [self.namespace.wrap(self.constant(operand)) for operand in operands]
        if self.is_typed and jumps(primitive):
            is_undecided = partial(self.functions.is_undecided, primitive.kernel)
            undecided = np.frompyfunc(is_undecided, len(arrays), 1)(*[each.entries for each in arrays])
            self.functions.is_uncertain = self.functions.is_uncertain or bool(np.any(undecided))
        if primitive.by_elimination:
            result = self._linear(primitive.name, *[each.entries for each in arrays])
        else:
            for slot, each in enumerate(arrays):
                if primitive.is_index(slot) and not primitive.is_elementwise:
                    arrays[slot] = each.entries.astype(float)
            kernel = VALUE_DEPENDENT.get(primitive.name, primitive.kernel)
            result = kernel(self.namespace, *arrays, **parameters)
        entries = self.namespace.asarray(result).entries
        rounded = np.frompyfunc(self._exact if primitive.is_exact else self._rounded, 1, 1)(entries)
        if self.is_typed:
            self._record(rounded)
        return rounded if entries.ndim else _only(rounded)

    def _exact(self, entry: Any) -> Any:
        return entry if isinstance(entry, self.functions.mp.mpf) else self._number(entry)

    def _rounded(self, entry: Any) -> Any:
        number = self._exact(entry)
        self.functions.check_exponent(number)
        return self.functions.disturb(number) if self.is_typed else number

    def constant(self, value: Any) -> Any:
        if isinstance(value, self.functions.mp.mpf) or getattr(getattr(value, "dtype", None), "kind", "") == "O":
            return value
        read = self.functions.constant if hasattr(value, "dtype") else self._number
        numbers = np.frompyfunc(read, 1, 1)(np.asarray(value, dtype=object))
        if self.is_typed:
            self._record(numbers)
        return numbers if np.ndim(numbers) else _only(numbers)

    def _record(self, numbers: Any) -> None:
        for entry in np.ravel(numbers):
            self.functions.record(entry)

    def number(self, value: Any) -> Any:
        """The output as an mpmath number."""
        return value

    def is_finite(self, value: Any) -> bool:
        return all(map(self.functions.mp.isfinite, np.ravel(self.constant(value))))

    def rank(self, value: Any) -> int:
        return int(np.ndim(value))

    def broadcast_like(self, value: Any, like: Any) -> Any:
        return self.broadcast_to(value, like)

    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        if np.shape(cotangent) == np.shape(like) or np.ndim(cotangent) < np.ndim(like):
            return cotangent
        return self.sum_to(cotangent, like)

    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        if not pattern.selects:
            return True
        if not np.ndim(local):
            return bool(local != 0)
        is_open = self.constant((local != 0).astype(float))
        return is_open if any(is_open.flat) else False

    def _linear(self, name: str, *operands: Any) -> Any:
        """Apply an operation of linear algebra to each matrix of a stack."""
        mp = self.functions.mp
        a, *rest = operands
        stack = a.shape[:-2]
        compute: Callable[..., Any] = {
            "det": mp.det,
            "logdet": lambda matrix: self.functions.log(abs(mp.det(matrix))),
            "cofactor": lambda matrix: np.array(_cofactors(mp, matrix), dtype=object),
            "inv": lambda matrix: np.array(mp.inverse(matrix).tolist(), dtype=object),
            "solve": lambda matrix, right: np.array((mp.inverse(matrix) * right).tolist(), dtype=object),
        }[name]
        shape = stack
        if name in ("inv", "cofactor"):
            shape = a.shape
        elif name == "solve":
            shape += rest[0].shape[len(stack) :]
        entries: list[Any] = []
        for place in np.ndindex(stack):
            try:
                entries += np.ravel(compute(*[mp.matrix(each[place].tolist()) for each in operands])).tolist()
            except ZeroDivisionError:  # the matrix is singular
                entries += [mp.nan] * int(np.prod(shape[len(stack) :]))
        result = np.empty(len(entries), dtype=object)
        result[:] = entries
        return Array(self.namespace, result.reshape(shape))


def _only(entry: Any) -> Any:
    """The entry of an array without axes, or what NumPy returns in its place."""
    return entry[()] if isinstance(entry, np.ndarray) else entry


def _cofactors(mp: Any, matrix: Any) -> list[list[Any]]:
    """The cofactors of a matrix: each the determinant without one row and one column, with its sign."""
    size = range(matrix.rows)
    without = [[other for other in size if other != each] for each in size]

    def minor(row: int, column: int) -> Any:
        entries = [[matrix[i, j] for j in without[column]] for i in without[row]]
        return mp.det(mp.matrix(entries)) if entries else mp.one

    return [[(-1) ** (row + column) * minor(row, column) for column in size] for row in size]

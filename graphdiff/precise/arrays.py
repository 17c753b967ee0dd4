"""Arrays of multiprecision numbers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import BackwardPattern, Primitive
from graphdiff.operations.shapes import Shape
from graphdiff.targets.scalarize import VALUE_DEPENDENT, Array, Entries


class PreciseEntries(Entries):
    """The namespace of arrays of mpmath numbers, with the decompositions of their matrices."""

    def __init__(self, functions: Any) -> None:
        super().__init__(functions)
        self.mp = functions.mp

    @property
    def linalg(self) -> PreciseEntries:
        return self

    def svd(self, a: Array, full_matrices: bool) -> list[Array]:
        """u, s and vh of each matrix of a stack."""
        parts = [self.mp.svd_r(matrix) for matrix in self._matrices(a)]
        lists = [[u.tolist() for u, _, _ in parts], [list(s) for _, s, _ in parts], [vh.tolist() for _, _, vh in parts]]
        return [self._stack(each, a.shape[:-2]) for each in lists]

    def cholesky(self, a: Array) -> Array:
        """The factor of each matrix of a stack; NaN where a matrix has none."""
        return self._stack([self._factor(matrix).tolist() for matrix in self._matrices(a)], a.shape[:-2])

    def inv(self, a: Array) -> Array:
        """The inverse of each matrix of a stack; NaN where it is singular."""
        return self._stack([self._inverse(matrix).tolist() for matrix in self._matrices(a)], a.shape[:-2])

    def _inverse(self, matrix: Any) -> Any:
        if all(self.mp.isfinite(entry) for entry in matrix):
            with suppress(ZeroDivisionError):  # the matrix is singular
                return self.mp.inverse(matrix)
        return matrix * self.mp.nan

    def _factor(self, matrix: Any) -> Any:
        try:
            return self.mp.cholesky(matrix)
        except ValueError:  # the matrix is not positive definite
            return matrix * self.mp.nan

    def _matrices(self, a: Array) -> list[Any]:
        return [self.mp.matrix(a.entries[place].tolist()) for place in np.ndindex(a.shape[:-2])]

    def _stack(self, rows: list[Any], shape: Shape) -> Array:
        entries = np.array(rows, dtype=object)
        array: Array = self.wrap(entries.reshape(*shape, *entries.shape[1:]))
        return array


_BY_MPMATH = frozenset(["det", "logdet", "cofactor", "solve"])
"""The operations that mpmath has; the kernels of the others call its decompositions."""


class PreciseArrays(Numeric):
    """Arrays of mpmath numbers, on which the kernels of the operations run entry by entry. read converts constants, by
    default to the numbers that floats hold."""

    has_arrays = True

    def __init__(self, functions: Any, read: Callable[[Any], Any] | None = None) -> None:
        super().__init__(PreciseEntries(functions))
        self.functions = functions
        self.read = read or functions.number

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        arrays = [self.wrapped(operand) for operand in operands]
        if primitive.name in _BY_MPMATH:
            return self._linear(primitive.name, *[each.entries for each in arrays])
        for slot, each in enumerate(arrays):
            if primitive.is_index(slot) and not primitive.is_elementwise:
                arrays[slot] = each.entries.astype(float)
        kernel = VALUE_DEPENDENT.get(primitive.name, primitive.kernel)
        return kernel(self.namespace, *arrays, **parameters)

    def constant(self, value: Any) -> Any:
        return self.wrapped(value)

    def wrapped(self, value: Any) -> Array:
        """A number, nested sequences of numbers or an array, as an array of numbers."""
        space: Entries = self.namespace
        if isinstance(value, Array):
            return value
        entries = np.asarray(value if hasattr(value, "dtype") else np.asarray(value, object))
        array: Array = space.wrap(np.frompyfunc(self._number, 1, 1)(entries.astype(object)))
        return array

    def _number(self, value: Any) -> Any:
        return self.functions.constant(self.read(value) if isinstance(value, float) else value)

    def number(self, value: Any) -> Any:
        """The output as an mpmath number."""
        return self.functions.mp.mpf(value.entries[()])

    def entries(self, value: Any) -> list[Any]:
        """The entries of a value in row-major order."""
        return list(self.constant(value).entries.flat)

    def broadcast_like(self, value: Any, like: Any) -> Any:
        return self.broadcast_to(value, like)

    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        if isinstance(cotangent, float) or cotangent.shape == like.shape or cotangent.ndim < like.ndim:
            return cotangent
        return self.sum_to(cotangent, like)

    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        if not pattern.selects:
            return True
        if isinstance(local, float):
            return local != 0
        is_open = [bool(entry != 0) for entry in local.entries.flat]
        return self.constant(np.reshape(is_open, local.shape)) if any(is_open) else False

    def _linear(self, name: str, *operands: Any) -> Any:
        """Apply an operation of linear algebra to each matrix of a stack."""
        mp = self.functions.mp
        a, *rest = operands
        stack = a.shape[:-2]
        compute: Callable[..., Any] = {
            "det": mp.det,
            "logdet": lambda matrix: self.functions.log(abs(mp.det(matrix))),
            "cofactor": lambda matrix: np.array(_cofactors(mp, matrix), dtype=object),
            "solve": lambda matrix, right: np.array((mp.inverse(matrix) * right).tolist(), dtype=object),
        }[name]
        shape = stack
        if name == "cofactor":
            shape = a.shape
        elif name == "solve":
            shape += rest[0].shape[len(stack) :]
        entries: list[Any] = []
        for place in np.ndindex(stack):
            matrices = [each[place] for each in operands]
            numbers = [mp.nan] * int(np.prod(shape[len(stack) :]))
            if all(mp.isfinite(entry) for each in matrices for entry in each.flat):
                with suppress(ZeroDivisionError):  # the matrix is singular
                    numbers = np.ravel(compute(*[mp.matrix(each.tolist()) for each in matrices])).tolist()
            entries += numbers
        result = np.empty(len(entries), dtype=object)
        result[:] = entries
        return Array(self.namespace, result.reshape(shape))


def _cofactors(mp: Any, matrix: Any) -> list[list[Any]]:
    """The cofactors of a matrix: each the determinant without one row and one column, with its sign."""
    size = range(matrix.rows)
    without = [[other for other in size if other != each] for each in size]

    def minor(row: int, column: int) -> Any:
        entries = [[matrix[i, j] for j in without[column]] for i in without[row]]
        return mp.det(mp.matrix(entries)) if entries else mp.one

    return [[(-1) ** (row + column) * minor(row, column) for column in size] for row in size]

"""Arrays of multiprecision numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import BackwardPattern, Primitive
from graphdiff.targets.scalarize import VALUE_DEPENDENT, Array, Entries


class PreciseArrays(Numeric):
    """Arrays of mpmath numbers, on which the kernels of the operations run entry by entry."""

    def __init__(self, functions: Any) -> None:
        super().__init__(Entries(functions))
        self.functions = functions

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        arrays = [self.constant(operand) for operand in operands]
        if primitive.by_elimination:
            return self._linear(primitive.name, *[each.entries for each in arrays])
        for slot, each in enumerate(arrays):
            if primitive.is_index(slot) and not primitive.is_elementwise:
                arrays[slot] = each.entries.astype(float)
        kernel = VALUE_DEPENDENT.get(primitive.name, primitive.kernel)
        return kernel(self.namespace, *arrays, **parameters)

    def constant(self, value: Any) -> Any:
        space: Entries = self.namespace
        return space.wrap(value) if isinstance(value, self.functions.mp.mpf) else space.asarray(value)

    def number(self, value: Any) -> Any:
        """The output as an mpmath number."""
        return self.functions.mp.mpf(value.entries[()])

    def entries(self, value: Any) -> list[Any]:
        """The entries of a value in row-major order."""
        return list(self.constant(value).entries.flat)

    def rank(self, value: Any) -> int:
        return len(self.constant(value).shape)

    def broadcast_like(self, value: Any, like: Any) -> Any:
        return self.broadcast_to(value, like)

    def unbroadcast(self, cotangent: Any, like: Any) -> Any:
        return cotangent if self.rank(cotangent) < self.rank(like) else self.sum_to(cotangent, like)

    def open_entries(self, pattern: BackwardPattern, local: Any) -> Any:
        return self.namespace.as_condition(local) if pattern.selects else True

    def _linear(self, name: str, *operands: Any) -> Any:
        """Apply an operation of linear algebra to each matrix of a stack."""
        mp = self.functions.mp
        a, *rest = operands
        stack = a.shape[:-2]
        compute: Callable[..., Any] = {
            "det": mp.det,
            "logdet": lambda matrix: mp.log(abs(mp.det(matrix))),
            "cofactor": lambda matrix: np.array(_cofactors(mp, matrix), dtype=object),
            "inv": lambda matrix: np.array(mp.inverse(matrix).tolist(), dtype=object),
            "solve": lambda matrix, right: np.array((mp.inverse(matrix) * right).tolist(), dtype=object),
        }[name]
        results = np.empty(stack, dtype=object)
        shape = stack
        if name in ("inv", "cofactor"):
            shape = a.shape
        elif name == "solve":
            shape += rest[0].shape[len(stack) :]
        for place in np.ndindex(stack):
            results[place] = compute(*[mp.matrix(each[place].tolist()) for each in operands])
        entries = [entry for each in results.flat for entry in np.asarray(each, dtype=object).flat]
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

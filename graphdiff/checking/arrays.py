"""Arrays whose results are off by a rounding, and arrays of numbers of many digits."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from graphdiff.checking.rounding import LARGEST_WHOLE, QUANTUM, ROUNDING, absorbs, is_exact
from graphdiff.operations.interpreter import Numeric
from graphdiff.operations.primitive import Primitive
from graphdiff.passes.arrays import Arrays
from graphdiff.targets.scalarize import VALUE_DEPENDENT, Array, Entries


class RoundedArrays(Arrays):
    """NumPy's arrays; of what is not elementwise the operands are off too, as a sum of many terms is."""

    def __init__(self, seed: int) -> None:
        super().__init__(follows_closed=True)
        self._draws = np.random.default_rng(seed)

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        if is_exact(primitive):
            return super().apply(primitive, *operands, **parameters)
        given = [np.asarray(operand) for operand in operands]
        if not primitive.is_elementwise:
            # Elimination rounds on its way, whole numbers too.
            may_be_exact = not primitive.by_elimination
            operands = tuple(
                operand if primitive.is_index(slot) else self._moved(operand, may_be_exact)
                for slot, operand in enumerate(given)
            )
        found = np.asarray(super().apply(primitive, *operands, **parameters))
        if absorbs(primitive):
            wholes = [_is_whole(operand) for operand in given]
            every = functools.reduce(np.logical_and, wholes if primitive.is_elementwise else map(np.all, wholes))
            return self._moved(found, every)
        is_lost = functools.reduce(np.logical_and, given, found == 0)
        lost = np.copysign(QUANTUM * self._draws.integers(0, 2, found.shape), found)
        return np.where(is_lost, lost, self._moved(found))

    def _moved(self, found: Any, may_be_exact: Any = True) -> Any:
        """Numbers off by a rounding, but for whole ones where they may be exact."""
        error = ROUNDING * self._draws.uniform(-1, 1, found.shape)
        least = QUANTUM * self._draws.integers(-1, 2, found.shape)
        moved = found * (1 + error) + least
        return np.where(_is_whole(found) & may_be_exact | ~np.isfinite(moved), found, moved)


def _is_whole(numbers: Any) -> Any:
    return (np.abs(numbers) < LARGEST_WHOLE) & (numbers == np.rint(numbers))


class PreciseArrays(Numeric):
    """Arrays of mpmath's numbers, on which the kernels of the operations run entry by entry."""

    def __init__(self, functions: Any) -> None:
        super().__init__(Entries(functions))
        self.functions = functions

    def apply(self, primitive: Primitive, *operands: Any, **parameters: Any) -> Any:
        given = [self.constant(operand) for operand in operands]
        if primitive.by_elimination:
            return self._linear(primitive.name, *[each.entries for each in given])
        for slot, each in enumerate(given):
            if primitive.is_index(slot) and not primitive.is_elementwise:
                given[slot] = each.entries.astype(float)
        kernel = VALUE_DEPENDENT.get(primitive.name, primitive.kernel)
        return kernel(self.namespace, *given, **parameters)

    def constant(self, value: Any) -> Any:
        space: Entries = self.namespace
        return space.wrapped(value) if isinstance(value, self.functions.mp.mpf) else space.asarray(value)

    def number(self, value: Any) -> Any:
        """The output as a number of mpmath's."""
        return self.functions.mp.mpf(value.entries[()])

    def expanded(self, value: Any, like: Any) -> Any:
        return self.broadcast_to(value, like)

    def _linear(self, name: str, *operands: Any) -> Any:
        """Matrix by matrix of a stack."""
        mp = self.functions.mp
        a, *rest = operands
        stack = a.shape[:-2]
        solved: Callable[..., Any] = {
            "det": mp.det,
            "logdet": lambda matrix: mp.log(abs(mp.det(matrix))),
            "cofactor": lambda matrix: np.array(_cofactors(mp, matrix), dtype=object),
            "inv": lambda matrix: np.array(mp.inverse(matrix).tolist(), dtype=object),
            "solve": lambda matrix, right: np.array((mp.inverse(matrix) * right).tolist(), dtype=object),
        }[name]
        found = np.empty(stack, dtype=object)
        shape = stack
        if name in ("inv", "cofactor"):
            shape = a.shape
        elif name == "solve":
            shape += rest[0].shape[len(stack) :]
        for place in np.ndindex(stack):
            found[place] = solved(*[mp.matrix(each[place].tolist()) for each in operands])
        entries = [entry for each in found.flat for entry in np.asarray(each, dtype=object).flat]
        result = np.empty(len(entries), dtype=object)
        result[:] = entries
        return Array(self.namespace, result.reshape(shape))


def _cofactors(mp: Any, matrix: Any) -> list[list[Any]]:
    """The determinants of what is left without a row and a column, with alternating signs."""
    size = range(matrix.rows)
    without = [[other for other in size if other != each] for each in size]

    def minor(row: int, column: int) -> Any:
        left = [[matrix[i, j] for j in without[column]] for i in without[row]]
        return mp.det(mp.matrix(left)) if left else mp.one

    return [[(-1) ** (row + column) * minor(row, column) for column in size] for row in size]

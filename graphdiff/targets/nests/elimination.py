"""Inverses, determinants and what else is computed by elimination: calls of functions on whole matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from graphdiff.operations.shapes import size_of
from graphdiff.targets.nests.arrays import Array, Indices
from graphdiff.targets.nests.buffers import Storage
from graphdiff.targets.nests.indices import Variable
from graphdiff.targets.nests.nest import Nest
from graphdiff.targets.recorder import Value

if TYPE_CHECKING:
    from graphdiff.targets.nests.lowering import Lowering


class Operand(NamedTuple):
    """The matrices that calls of a function take, one after the other, of so many entries each."""

    storage: Storage
    size: int


class Calls:
    """Calls of a function for each matrix of a stack; result is where the numbers go that it returns."""

    def __init__(
        self,
        variable: Variable,
        function: str,
        sizes: Sequence[int],
        operands: Sequence[Operand],
        result: Storage | None,
    ) -> None:
        self.variable = variable
        self.function = function
        self.sizes = sizes
        self.operands = operands
        self.result = result

    def storages(self) -> set[Storage]:
        """All that it reads and writes."""
        return {*[operand.storage for operand in self.operands], *([self.result] if self.result else [])}


class Elimination(Array):
    """An array that a function computes from square matrices, in place."""

    is_always_stored = True
    is_map = False
    is_flat = True

    def __init__(self, function: str, matrices: Array, shape: Sequence[int], others: Sequence[Array] = ()) -> None:
        super().__init__(tuple(shape), [matrices, *others])
        self.function = function

    def write(self, lowering: Lowering, storage: Storage) -> None:
        matrices = self.operands[0]
        *lead, size, _ = matrices.shape
        count, entries = size_of(tuple(lead)), size * size
        sizes, operands, result = [size], [], None
        if self.function == "cholesky_factor":
            lowering.map(storage, self._symmetric)
            operands = [Operand(storage, entries)]
        else:
            copy = lowering.storage(matrices.shape)
            lowering.map(copy, lambda nest, indices: nest.read(matrices, indices))
            operands = [Operand(copy, entries)]
        if self.function == "solve_columns":
            lowering.map(storage, self._right_side)
            sizes.append(self.size // count // size)
            operands.append(Operand(storage, self.size // count))
        elif self.function == "cofactors":
            rest = lowering.storage((count, entries))
            operands += [Operand(rest, entries), Operand(storage, entries)]
        elif self.function in ("determinant", "log_determinant"):
            result = storage
        lowering.write(Calls(Variable(0, count), self.function, sizes, operands, result))

    def _right_side(self, nest: Nest, indices: Indices) -> Value:
        """An entry of the right-hand sides, by default of the identity matrix."""
        if len(self.operands) > 1:
            return nest.read(self.operands[1], indices)
        value: Value = nest.code.float_of(nest.code.equal(nest.number(indices[-2]), nest.number(indices[-1])))
        return value

    def _symmetric(self, nest: Nest, indices: Indices) -> Value:
        """An entry of the symmetric part."""
        *lead, row, column = indices
        matrices = self.operands[0]
        return 0.5 * (nest.read(matrices, indices) + nest.read(matrices, (*lead, column, row)))

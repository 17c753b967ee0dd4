"""Entries at places that numbers of the program give: gathered from there, or added up there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphdiff.operations.shapes import Shape
from graphdiff.targets.nests.arrays import READ, Array, Elementwise, Indices
from graphdiff.targets.nests.buffers import Storage
from graphdiff.targets.nests.indices import Index, Variable, variable_index
from graphdiff.targets.nests.nest import Level, Nest
from graphdiff.targets.recorder import Value

if TYPE_CHECKING:
    from graphdiff.targets.nests.lowering import Lowering


class Gather(Array):
    """The entries of an array at indices into an axis, which are numbers of the program."""

    is_view = True

    def __init__(self, operand: Array, axis: int, index: Array) -> None:
        shape = (*operand.shape[:axis], *index.shape, *operand.shape[axis + 1 :])
        super().__init__(shape, [operand, index])
        self.axis = axis
        self.cost = operand.cost + index.cost + 2 * READ
        self.depth = 1 + max(operand.depth, index.depth)

    def entry(self, nest: Nest, indices: Indices) -> Value:
        operand, index = self.operands
        end = self.axis + index.ndim
        chosen = nest.read(index, indices[self.axis : end])
        place = nest.place(chosen, operand.shape[self.axis])
        return nest.read(operand, (*indices[: self.axis], place, *indices[end:]))

    def stride(self, indices: Indices, variable: Variable) -> int | None:
        operand, index = self.operands
        end = self.axis + index.ndim
        if any(variable in each.variables() for each in indices[self.axis : end]):
            return None
        return operand.stride((*indices[: self.axis], Index(), *indices[end:]), variable)


class Pick(Array):
    """The entry of each row at the index of the row."""

    is_view = True

    def __init__(self, operand: Array, index: Array) -> None:
        super().__init__(index.shape, [operand, index])
        self.cost = operand.cost + index.cost + 2 * READ
        self.depth = 1 + max(operand.depth, index.depth)

    def entry(self, nest: Nest, indices: Indices) -> Value:
        operand, index = self.operands
        place = nest.place(nest.read(index, indices), operand.shape[-1])
        return nest.read(operand, (*indices, place))

    def stride(self, indices: Indices, variable: Variable) -> int | None:
        return None


class OneHot(Array):
    """1 at each index along a new last axis, elsewhere 0."""

    def __init__(self, index: Array, size: int) -> None:
        super().__init__((*index.shape, size), [index])
        self.cost = index.cost + 3 * READ
        self.depth = 1 + index.depth

    def entry(self, nest: Nest, indices: Indices) -> Value:
        place = nest.place(nest.read(self.operands[0], indices[:-1]), self.shape[-1])
        return nest.is_place(place, indices[-1])


class Scatter(Array):
    """Zeros, so many along an axis, with the entries of an array added at places of the axis: at a range of them, or at
    an array of numbers of the program."""

    is_always_stored = True
    is_map = False

    def __init__(self, operand: Array, axis: int, places: range | Array, size: int) -> None:
        count = 1 if isinstance(places, range) else places.ndim
        shape = (*operand.shape[:axis], size, *operand.shape[axis + count :])
        super().__init__(shape, [operand, *([] if isinstance(places, range) else [places])])
        self.axis = axis
        self.count = count
        self.places = places

    def write(self, lowering: Lowering, storage: Storage) -> None:
        lowering.map(storage, lambda nest, indices: nest.code.constant(0.0))
        self.add_to(lowering, storage)

    def add_to(self, lowering: Lowering, storage: Storage) -> None:
        """Write the nest that adds the entries to an array that is there."""
        operand = self.operands[0]

        def build(variables: Sequence[Variable]) -> Nest:
            nest = lowering.nest(variables)
            indices = tuple(map(variable_index, variables))
            end = self.axis + self.count
            if isinstance(self.places, range):
                place = indices[self.axis].times(self.places.step).plus(self.places.start)
            else:
                chosen = nest.read(self.places, indices[self.axis : end])
                place = nest.place(chosen, self.shape[self.axis])
            value = nest.read(operand, indices)
            nest.store(Level(len(variables)), storage, (*indices[: self.axis], place, *indices[end:]), value, "add")
            return nest

        lowering.split(operand.shape, build)


class ScatterSum(Array):
    """The sum of arrays that are each zeros but for some places: added up in one array."""

    is_always_stored = True
    is_map = False

    def __init__(self, parts: Sequence[Scatter]) -> None:
        super().__init__(parts[0].shape, [operand for part in parts for operand in part.operands])
        self.parts = parts

    def write(self, lowering: Lowering, storage: Storage) -> None:
        lowering.map(storage, lambda nest, indices: nest.code.constant(0.0))
        for part in self.parts:
            part.add_to(lowering, storage)


def add(x: Array, y: Array) -> Array:
    """The sum of arrays, entry by entry."""
    if isinstance(x, Scatter | ScatterSum) and isinstance(y, Scatter | ScatterSum) and x.shape == y.shape:
        return ScatterSum([part for each in (x, y) for part in getattr(each, "parts", [each])])
    return Elementwise("add", [x, y])


class OverlapAdd(Array):
    """The windows of an array added up in their places."""

    is_always_stored = True
    is_map = False

    def __init__(self, operand: Array, shape: Shape, strides: Shape) -> None:
        super().__init__(shape, [operand])
        self.strides = strides

    def write(self, lowering: Lowering, storage: Storage) -> None:
        lowering.map(storage, lambda nest, indices: nest.code.constant(0.0))
        operand, lead, count = self.operands[0], len(self.shape) - len(self.strides), len(self.strides)

        def build(variables: Sequence[Variable]) -> Nest:
            nest = lowering.nest(variables)
            indices = tuple(map(variable_index, variables))
            starts, inside = indices[lead : lead + count], indices[lead + count :]
            pairs = zip(starts, inside, self.strides, strict=True)
            place = [start.times(stride).plus(within) for start, within, stride in pairs]
            nest.store(Level(len(variables)), storage, (*indices[:lead], *place), nest.read(operand, indices), "add")
            return nest

        lowering.split(operand.shape, build)

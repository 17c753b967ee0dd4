"""Sums and other reductions of products of entries, and cumulative ones: the arrays that need loops of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from graphdiff.operations.shapes import Shape
from graphdiff.targets.nests.arrays import Array, Indices
from graphdiff.targets.nests.buffers import Storage, in_order
from graphdiff.targets.nests.indices import ZERO, Index, Variable, variable_index
from graphdiff.targets.nests.nest import Level, Nest, Statement
from graphdiff.targets.recorder import Value

if TYPE_CHECKING:
    from graphdiff.targets.nests.lowering import Lowering

STARTS = {"add": 0.0, "multiply": 1.0, "maximum": -math.inf, "minimum": math.inf}
"""What a reduction by a function starts from."""
LANES = 8
"""How many sums are formed side by side, which a compiler computes with instructions on vectors."""


class Reduction(Array):
    """The reduction, by a function, of products of entries, as einsum describes them.

    terms has a letter for each axis of an operand, output those of the result; the others are reduced.
    """

    is_always_stored = True
    is_map = False

    def __init__(self, function: str, operands: Sequence[Array], terms: Sequence[str], output: str) -> None:
        self.sizes = {
            letter: size
            for operand, term in zip(operands, terms, strict=True)
            for letter, size in zip(term, operand.shape, strict=True)
        }
        super().__init__(tuple([self.sizes[letter] for letter in output]), operands)
        self.function = function
        self.terms = terms
        self.output = output
        self.reduced = "".join([letter for letter in self.sizes if letter not in output])

    def write(self, lowering: Lowering, storage: Storage, is_added: bool = False) -> None:
        """Write the nest; with is_added to an array that is there."""
        strides = self._strides()
        output = "".join(in_order(self.output, storage.order))
        inner = output[-1:]
        are_rows = bool(inner and self.reduced) and self._is_along(strides, inner) and self.sizes[inner] > 1
        lanes = next((each for each in reversed(self.reduced) if self._is_along(strides, each)), "")
        if are_rows and (self.sizes[inner] >= LANES or not lanes):
            kept, order = output[:-1], self.reduced + inner
        else:
            are_rows = False
            kept, order = output, "".join([each for each in self.reduced if each != lanes]) + lanes

        def build(variables: Sequence[Variable]) -> Nest:
            nest = lowering.nest(variables)
            known = {each: variable_index(variable) for each, variable in zip(kept, variables, strict=True)}
            if are_rows:
                self._add_to_rows(nest, known, order, storage, is_added)
            else:
                self._accumulate(nest, known, order, storage, is_added, bool(lanes))
            return nest

        lowering.split([self.sizes[each] for each in kept], build)

    def _strides(self) -> list[dict[str, int | None]]:
        """How far apart the entries of each operand are along each letter."""
        variables = {letter: Variable(0, size) for letter, size in self.sizes.items()}
        return [
            {
                letter: operand.stride(tuple([Index(((variables[each], 1),)) for each in term]), variables[letter])
                for letter in self.sizes
            }
            for operand, term in zip(self.operands, self.terms, strict=True)
        ]

    def _is_along(self, strides: Sequence[dict[str, int | None]], letter: str) -> bool:
        """Whether a loop over a letter reads the entries of each operand one after the other, or the same one."""
        return all(each[letter] in (0, 1) for each in strides)

    def _entry(self, nest: Nest, indices: dict[str, Index]) -> Value:
        value: Value | None = None
        for operand, term in zip(self.operands, self.terms, strict=True):
            factor = nest.read(operand, tuple([indices[letter] for letter in term]))
            value = nest.code.as_number(factor) if value is None else value * factor
        assert value is not None
        return value

    def _add_to_rows(self, nest: Nest, known: dict[str, Index], order: str, storage: Storage, is_added: bool) -> None:
        """Loops with the last axis of the result inside: each adds multiples of a row to a row of the result."""
        if not is_added:
            variable = Variable(0, self.sizes[order[-1]])
            level = nest.add_segment([variable])
            start = nest.code.constant(STARTS[self.function])
            indices = {**known, order[-1]: variable_index(variable)}
            nest.store(level, storage, [indices[letter] for letter in self.output], start)
        variables = [Variable(0, self.sizes[letter]) for letter in order]
        indices = {**known, **dict(zip(order, map(variable_index, variables), strict=True))}
        level = nest.add_segment(variables)
        value = self._entry(nest, indices)
        nest.store(level, storage, [indices[letter] for letter in self.output], value, self.function)

    def _accumulate(
        self, nest: Nest, known: dict[str, Index], order: str, storage: Storage, is_added: bool, has_lanes: bool
    ) -> None:
        """Loops inside those of the result, which accumulate an entry in a variable, or in several side by side."""
        outside = Level(len(nest.loops))
        start = nest.code.constant(STARTS[self.function]).number
        count = self.sizes[order[-1]] if order else 1
        has_lanes = has_lanes and self.function == "add" and count >= 2 * LANES
        name = "sums" if has_lanes else "sum" if self.function == "add" else "total"
        nest.statements.append(Statement(outside, name, (), start, is_start=True, lanes=LANES if has_lanes else 0))
        ends = [(0, count - count % LANES, True), (count - count % LANES, count, False)] if has_lanes else []
        for begin, end, is_wide in ends or [(0, count, False)]:
            if begin == end:
                continue
            if is_wide:
                inner = [Variable(0, end // LANES), Variable(0, LANES)]
                index = variable_index(inner[0]).times(LANES).plus(variable_index(inner[1]))
                lane = [variable_index(inner[1])]
            else:
                inner = [Variable(begin, end)] if order else []
                index = variable_index(inner[0]) if inner else ZERO
                lane = [ZERO] if has_lanes else []
            outer = [Variable(0, self.sizes[letter]) for letter in order[:-1]]
            level = nest.add_segment([*outer, *inner])
            indices = {**known, **dict(zip(order, [*map(variable_index, outer), index], strict=False))}
            value = nest.code.as_number(self._entry(nest, indices)).number
            nest.statements.append(Statement(level, name, lane, value, self.function))
        total = nest.accumulator(name, outside, LANES if has_lanes else 0)
        place = [known[letter] for letter in self.output]
        nest.store(outside, storage, place, total, self.function if is_added else "", is_after=True)


class Cumulative(Array):
    """Entries along an axis that are each computed from the one before, or with reverse from the one after.

    step returns the next entry, from the nest, the entry before and the indices of the next.
    """

    is_always_stored = True
    is_map = False

    def __init__(
        self,
        shape: Shape,
        operands: Sequence[Array],
        axis: int,
        first: Callable[[Nest, Indices], Value],
        step: Callable[[Nest, Value, Indices], Value],
        is_reverse: bool = False,
    ) -> None:
        super().__init__(shape, operands)
        self.axis = axis
        self.first = first
        self.step = step
        self.is_reverse = is_reverse

    def write(self, lowering: Lowering, storage: Storage) -> None:
        axis, count = self.axis, self.shape[self.axis]
        others = (*self.shape[:axis], *self.shape[axis + 1 :])

        def at(place: Index, indices: Indices) -> Indices:
            place = place.times(-1).plus(count - 1) if self.is_reverse else place
            return (*indices[:axis], place, *indices[axis:])

        lowering.map(
            storage,
            lambda nest, indices: self.first(nest, at(ZERO, indices)),
            others,
            lambda indices: at(ZERO, indices),
        )

        def build(variables: Sequence[Variable]) -> Nest:
            nest = lowering.nest(variables)
            place, *rest = map(variable_index, variables)
            indices = at(place, tuple(rest))
            before = nest.read_storage(storage, at(place.plus(-1), tuple(rest)))
            nest.store(Level(len(nest.loops)), storage, indices, self.step(nest, before, indices))
            return nest

        if count > 1:
            lowering.split([(1, count), *others], build)


class First(Array):
    """1 at the first nonzero entry along axes, elsewhere 0."""

    is_always_stored = True
    is_map = False

    def __init__(self, operand: Array, axes: Sequence[int]) -> None:
        super().__init__(operand.shape, [operand])
        self.axes = axes

    def write(self, lowering: Lowering, storage: Storage) -> None:
        kept = [axis for axis in range(self.ndim) if axis not in self.axes]
        if all([self.shape[axis] == 1 for axis in self.axes]):
            lowering.map(storage, lambda nest, indices: nest.code.not_equal(nest.read(self.operands[0], indices), 0.0))
            return

        def build(variables: Sequence[Variable]) -> Nest:
            nest = lowering.nest(variables)
            code, outside = nest.code, Level(len(variables))
            nest.statements.append(Statement(outside, "first", (), code.constant(1.0).number, is_start=True))
            inner = [Variable(0, self.shape[axis]) for axis in self.axes]
            level = nest.add_segment(inner)
            places = dict(zip([*kept, *self.axes], map(variable_index, [*variables, *inner]), strict=True))
            indices = tuple([places[axis] for axis in range(self.ndim)])
            first = nest.accumulator("first", level)
            is_hit = code.not_equal(nest.read(self.operands[0], indices), 0.0)
            nest.store(level, storage, indices, code.where(is_hit, first, 0.0))
            nest.statements.append(Statement(level, "first", (), code.where(is_hit, 0.0, first).number))
            return nest

        lowering.split([self.shape[axis] for axis in kept], build)

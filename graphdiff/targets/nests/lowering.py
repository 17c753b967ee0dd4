"""Code on whole arrays → loop nests: which arrays are stored, and the nests that store them.

A first pass, from the outputs to the inputs, finds how often each entry would be computed, and so which arrays to
store. The second pass writes a nest, or some, for each stored array.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from graphdiff.operations.shapes import Shape, size_of
from graphdiff.targets.names import Names
from graphdiff.targets.nests.arrays import Array, Indices
from graphdiff.targets.nests.buffers import Buffer, Storage, from_order, in_order
from graphdiff.targets.nests.elimination import Calls
from graphdiff.targets.nests.indices import Variable, unflatten, variable_index
from graphdiff.targets.nests.layout import best_order
from graphdiff.targets.nests.nest import Level, Nest, Split
from graphdiff.targets.recorder import Value

Block: TypeAlias = "Nest | Calls | LoopOfSteps"


class LoopOfSteps:
    """A loop whose steps run nests, and other loops of steps, one after the other."""

    def __init__(self, variable: Variable, is_backward: bool) -> None:
        self.variable = variable
        self.is_backward = is_backward
        self.parts: list[Block] = []


class Lowering:
    """Collects the nests that store arrays, and the buffers that they are stored in."""

    def __init__(self, names: Names, inputs: Collection[str], has_orders: bool = False) -> None:
        """inputs are the names of the formula that are those of parameters; has_orders tells whether axes of arrays
        that are stored may change places."""
        self.names = names
        self.has_orders = has_orders
        self.has_other_orders = False
        """Whether an array would have another order with has_orders."""
        self._taken = set(inputs)
        self.is_request = True
        self.steps: list[Variable] = []
        self.owners: list[Array] = []
        """The loops of steps that are being written, and the array in the innermost one."""
        self.parts: list[Block] = []
        self.buffers: list[Buffer] = []
        self.tables: list[Buffer] = []
        self._time = 0
        self._touched: list[set[Buffer]] = []

    def storage(self, shape: Shape, name: str = "", is_changed: bool = False, order: tuple[int, ...] = ()) -> Storage:
        """A new storage for an array, with its axes in an order; with is_changed that of a number is assigned more than
        once."""
        if self.is_request:
            return Storage(Buffer("", size_of(shape)), shape)
        identifier = self.names.new(name) if name in self._taken else self.names(name)
        self._taken.update([name] * bool(name))
        buffer = Buffer(identifier, size_of(shape), is_changed=is_changed, is_number=not shape)
        self.buffers.append(buffer)
        return Storage(buffer, shape, is_variable=not shape, order=order)

    def order_of(self, shape: Shape) -> tuple[int, ...]:
        """The order of the axes in which an array of a shape is stored."""
        order = best_order(shape)
        self.has_other_orders |= bool(order)
        return order if self.has_orders else ()

    def table(self, shape: Shape, value: Any) -> Storage:
        """The storage of constants, which are nested tuples."""
        numbers = [value]
        for _ in shape:
            numbers = [entry for row in numbers for entry in row]
        known = next((each for each in self.tables if each.table == numbers), None)
        if known is None:
            known = Buffer(self.names.new("table"), len(numbers), table=numbers)
            self.tables.append(known)
        return Storage(known, shape)

    @contextmanager
    def steps_of(self, variable: Variable, is_backward: bool) -> Iterator[None]:
        """A context in which nests are written into the steps of a loop."""
        outer, loop = self.parts, LoopOfSteps(variable, is_backward)
        self.steps.append(variable)
        self._touched.append(set())
        start, self.parts = self._time, loop.parts
        yield
        for buffer in self._touched.pop():
            buffer.touch(start)
            self.touch(buffer)
        self.steps.pop()
        self.parts = outer
        if not self.is_request:
            self.parts.append(loop)

    def nest(self, loops: Sequence[Variable]) -> Nest:
        """A new nest with these loops."""
        return Nest(tuple(self.steps), tuple(self.owners), loops, self.is_request)

    def split(self, bounds: Sequence[int | tuple[int, int]], build: Callable[[Sequence[Variable]], Nest]) -> None:
        """Write the nests that build returns for loops within bounds; where one must be split, for its parts."""
        pending = [[(0, each) if isinstance(each, int) else each for each in bounds]]
        while pending:
            ranges = pending.pop(0)
            variables = [Variable(start, stop, is_split=True) for start, stop in ranges]
            try:
                nest = build(variables)
            except Split as split:
                if split.variable is None:
                    raise
                place = [each is split.variable for each in variables].index(True)
                start, stop = ranges[place]
                pending[:0] = [
                    [*ranges[:place], part, *ranges[place + 1 :]] for part in ((start, split.at), (split.at, stop))
                ]
                continue
            self.write(nest)

    def map(
        self,
        storage: Storage,
        entry: Callable[[Nest, Indices], Value],
        shape: Shape | None = None,
        place: Callable[[Indices], Indices] = lambda indices: indices,
        function: str = "",
    ) -> None:
        """Write the nest that stores an entry for all indices within a shape, at the place in the storage."""

        def store(nest: Nest, indices: Indices) -> None:
            nest.store(Level(len(nest.loops)), storage, place(indices), entry(nest, indices), function)

        self.for_each_entry(storage.shape if shape is None else shape, store)

    def for_each_entry(self, shape: Shape, store: Callable[[Nest, Indices], None], order: tuple[int, ...] = ()) -> None:
        """Write the nest with the statements that store adds for the indices within a shape, with loops over the axes
        in an order: one loop over all entries where these are one after the other."""
        shape = in_order(shape, order)

        def build(variables: Sequence[Variable]) -> Nest:
            nest = self.nest(variables)
            store(nest, from_order([*map(variable_index, variables)], order))
            return nest

        if not self.is_request and len(shape) > 1:
            nest = self.nest([Variable(0, size_of(shape))])
            with suppress(Split):
                store(nest, from_order(unflatten(variable_index(nest.loops[0]), shape), order))
                if nest.is_plain():
                    self.write(nest)
                    return
        self.split(shape, build)

    def write(self, part: Nest | Calls) -> None:
        """Add a nest, or calls, to what is written."""
        if self.is_request:
            return
        self._time += 1
        for storage in part.storages():
            self.touch(storage.buffer)
        self.parts.append(part)

    def touch(self, buffer: Buffer) -> None:
        """Note that a buffer is in use now."""
        buffer.touch(self._time)
        for touched in self._touched:
            touched.add(buffer)

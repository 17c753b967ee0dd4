"""The arrays of a code, and which of them are stored: first requested, from the last to the first, and then written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

from graphdiff.operations.shapes import nested_shape
from graphdiff.targets.instructions import Code, Entry, Instruction, Step
from graphdiff.targets.nests.arrays import READ, STORE, Array, Constant, Elementwise, Indices, Number, Stored, View
from graphdiff.targets.nests.buffers import Buffer, Storage
from graphdiff.targets.nests.grouping import groups
from graphdiff.targets.nests.indices import Index, Variable, variable_index
from graphdiff.targets.nests.lowering import Lowering
from graphdiff.targets.nests.nest import Level, Nest
from graphdiff.targets.nests.reductions import Reduction
from graphdiff.targets.nests.rules import apply
from graphdiff.targets.nests.views import broadcast_to, lift
from graphdiff.targets.recorder import Value

NOWHERE = Storage(Buffer("", 0), ())
"""For a loop of steps, which is stored by its results."""
LISTS = ("concat", "stack")
"""The functions that take a list of arrays."""


class Program:
    """The arrays of a code for these inputs, by the numbers of its instructions."""

    def __init__(
        self,
        code: Code,
        inputs: Mapping[int, Array],
        lowering: Lowering,
        outside: Sequence[Array] = (),
        runs: int = 1,
    ) -> None:
        """outside are arrays that are not of this code; runs is how often it runs."""
        self.lowering = lowering
        self.runs = runs
        self.arrays: dict[int, Any] = dict(inputs)
        self._known: dict[Any, Any] = {}
        self._outside = {each.number for each in outside}
        uses = code.uses()
        for number, instruction in enumerate(code.instructions):
            if uses[number] and number not in self.arrays:
                operands = [self.arrays[each] for each in instruction.operands]
                key = instruction.function, tuple(map(id, operands)), repr(instruction.options)
                if key not in self._known or instruction.function == "loop":
                    self._known[key] = self._array(instruction, operands)
                array = self.arrays[number] = self._known[key]
                if isinstance(array, Array):
                    array.name = array.name or code.names.get(number, "")

    def _array(self, instruction: Instruction, operands: list[Any]) -> Any:
        """The array of an instruction; of `shape` that shape."""
        function = instruction.function
        if function == "constant":
            value = instruction.value
            if isinstance(value, float):
                return Constant(value)
            return Stored(nested_shape(value), self.lowering.table(nested_shape(value), value))
        if function == "loop":
            return Loop(instruction.value, operands, self.lowering, self.runs)
        if function in ("loop_value", "loop_stack"):
            return operands[0].result(function, instruction.value)
        if function == "shape":
            return operands[0].shape
        positional = [value for name, value in instruction.options if not name]
        options = {name: value for name, value in instruction.options if name}
        arguments = [operands] if function in LISTS else operands
        return apply(function, [*arguments, *positional], options)

    def _order(self, outputs: Iterable[Array]) -> list[Array]:
        """The arrays that outputs need, operands first, without those from outside."""
        pending = list(outputs)
        known: dict[int, Array] = {}
        while pending:
            array = pending.pop()
            if array.number not in known and array.number not in self._outside:
                known[array.number] = array
                pending += array.operands
        return [known[number] for number in sorted(known)]

    def request(self, outputs: Sequence[Array], others: Sequence[Array] = ()) -> None:
        """Choose which arrays to store, the outputs among them; and note what is read of arrays from outside. The
        others have been requested already."""
        for array in outputs:
            array.is_stored = True
            if isinstance(array, Stored):
                self.copy(array, Storage(Buffer("", array.size), array.shape))
        for array in reversed(self._order([*outputs, *others])):
            if isinstance(array, Stored):
                continue
            if array.is_stored or array.is_always_stored or not array.can_be_read_in_loops() or self._is_worth(array):
                array.is_stored = True
                self._write(array, Storage(Buffer("", array.size), array.shape))
            else:
                for nest, indices in array.requests:
                    array.entry(nest, indices)

    def _is_worth(self, array: Array) -> bool:
        """Whether storing all entries once, and reading them, costs less than computing them where they are read."""
        if array.is_view:
            return False
        evaluations = sum(nest.evaluations_of(array, indices) for nest, indices in array.requests)
        entries = array.size * self.runs
        return (array.cost + STORE) * entries + READ * evaluations < array.cost * evaluations

    def write(self, outputs: Sequence[tuple[Array, Storage | None]], others: Sequence[Array] = ()) -> None:
        """Write what is stored. Each output goes to its storage if it has one that is not taken yet."""
        targets: dict[int, Storage] = {}
        for array, storage in outputs:
            is_fit = storage is not None and not (array.is_flat and storage.buffer.is_nested)
            if storage is not None and is_fit and not isinstance(array, Stored):
                targets.setdefault(array.number, storage)
        order = self._order([*(array for array, _ in outputs), *others])
        for array in order:
            if array.is_stored and array.number not in targets and isinstance(array, Elementwise | Reduction):
                array.order = self.lowering.order_of(array.shape)
        always = {array.number for array, _ in outputs}
        for group in groups(order, len(self.lowering.owners)):
            members = {array.number for array in group}
            stored = {
                array.number: targets.get(array.number)
                or self.lowering.storage(array.shape, array.name, order=array.order)
                for array in group
                if array.number in always or not self._readers(array) <= members
            }
            if group[0].is_map:
                self._write_together(group, stored)
            else:
                (array,) = group
                self._write(array, stored.get(array.number, NOWHERE))
            for array in group:
                array.storage = stored.get(array.number)
        for array, target in outputs:
            if target is not None and array.storage is not target:
                self.copy(array, target)

    def _write(self, array: Array, storage: Storage) -> None:
        self.lowering.owners.append(array)
        array.write(self.lowering, storage)
        self.lowering.owners.pop()

    def _write_together(self, group: Sequence[Array], stored: Mapping[int, Storage]) -> None:
        """Write one nest for arrays of the same shape, and store some of them."""

        def store(nest: Nest, indices: Indices) -> None:
            for array in group:
                value = nest.entry_of(array, indices)
                if array.number in stored:
                    nest.store(Level(len(nest.loops)), stored[array.number], indices, value)

        self.lowering.for_each_entry(group[0].shape, store, group[0].order)

    def _readers(self, array: Array) -> set[int]:
        """The arrays whose nests read an array, by number; -1 for what is copied at the end."""
        depth = len(self.lowering.owners)
        return {nest.owners[depth].number if len(nest.owners) > depth else -1 for nest, _ in array.requests}

    def copy(self, array: Array, target: Storage, function: str = "") -> None:
        """Copy an array to a storage, or combine the entries with those that are there."""

        def entry(nest: Nest, indices: Indices) -> Value:
            return nest.read(array, indices)

        self.lowering.map(target, entry, function=function)


class Loop(Array):
    """A loop of steps; its results are separate arrays."""

    is_always_stored = True
    is_map = False

    def __init__(self, step: Step, operands: Sequence[Any], lowering: Lowering, runs: int) -> None:
        self.step = step
        self.lowering = lowering
        self.variable = Variable(0, step.steps)
        code, count = step.code, len(step.carried)
        arrays = [lift(each) for each in operands]
        self.starts = arrays[:count]
        self.carried = [Stored(start.shape) for start in self.starts]
        for each, number in zip(self.carried, step.carried, strict=True):
            each.name = code.names.get(number, "")
        place = variable_index(self.variable)
        known: dict[Any, Array] = {}
        for array, entry in zip(arrays[count:], step.entries, strict=False):
            known.setdefault((array.number, entry[1:]), self._row(array, entry))
        rows = [known[array.number, entry[1:]] for array, entry in zip(arrays[count:], step.entries, strict=False)]
        inputs: dict[int, Array] = {step.place: Number(place)}
        inputs.update(zip(step.inputs, [*self.carried, *rows, *arrays[count + len(rows) :]], strict=True))
        self.program = Program(code, inputs, lowering, arrays, runs * step.steps)
        outputs = [self.program.arrays[number] for number in code.outputs]
        self.sums = self._sums()
        self.nexts = [
            View(each, each.shape, lambda indices: indices) if isinstance(each, Stored) else each
            for each in outputs[:count]
        ]
        self.rows = outputs[count:]
        self.results: dict[tuple[str, int], Stored] = {}
        super().__init__((), arrays)

    def _row(self, array: Array, entry: Entry) -> Array:
        """What a step reads of an array."""
        place = variable_index(self.variable).times(entry.stride).plus(entry.start)
        first = (place, *[Index((), each) for each in entry.places])
        return View(array, array.shape[len(first) :], lambda indices: (*first, *indices))

    def _sums(self) -> dict[int, Array]:
        """The carried values to which a step only adds, by position, with what it adds."""
        code, sums = self.step.code, {}
        uses = code.uses()
        for position, (number, output) in enumerate(zip(self.step.carried, code.outputs, strict=False)):
            instruction = code.instructions[output]
            others = [operand for operand in instruction.operands if operand != number]
            if instruction.function == "add" and len(others) == 1 and uses[number] == uses[output] == 1:
                sums[position] = broadcast_to(self.program.arrays[others[0]], self.carried[position].shape)
        return sums

    def result(self, function: str, place: int) -> Array:
        """One of the results: the last of a carried value, or the values of all steps."""
        key = function, place
        if key not in self.results:
            shape = (
                self.carried[place].shape if function == "loop_value" else (self.step.steps, *self.rows[place].shape)
            )
            self.results[key] = Stored(shape, operands=[self])
        return self.results[key]

    def write(self, lowering: Lowering, storage: Storage) -> None:
        for carried, start in zip(self.carried, self.starts, strict=True):
            target = lowering.storage(carried.shape, carried.name, is_changed=True)
            self.program.copy(start, target)
            if not lowering.is_request:
                carried.storage = target
        for (function, place), result in self.results.items():
            if not lowering.is_request:
                is_value = function == "loop_value"
                result.storage = self.carried[place].storage if is_value else lowering.storage(result.shape, "steps")
        with lowering.steps_of(self.variable, self.step.is_backward):
            self._write_step(lowering)

    def _write_step(self, lowering: Lowering) -> None:
        """Write what the steps store; then the stacks, and last what the next step starts from."""
        program, place = self.program, variable_index(self.variable)
        nexts = [
            (each, carried)
            for position, (each, carried) in enumerate(zip(self.nexts, self.carried, strict=True))
            if position not in self.sums
        ]
        others = [each for array in self.sums.values() for each in (array.operands if is_sum(array) else [array])]
        if lowering.is_request:
            for array in self.sums.values():
                self._add(array, Storage(Buffer("", array.size), array.shape))
            program.request([*[each for each, _ in nexts], *self.rows], others)
            return
        outputs: list[tuple[Array, Storage | None]] = []
        for number, row in enumerate(self.rows):
            stack = self.results["loop_stack", number].storage
            assert stack is not None
            outputs.append((row, Storage(stack.buffer, row.shape, place.times(row.size))))
        program.write([*outputs, *[(each, None) for each, _ in nexts]], others)
        for position, array in self.sums.items():
            self._add(array, self.carried[position].storage)
        for each, carried in nexts:
            assert carried.storage is not None
            program.copy(each, carried.storage)

    def _add(self, array: Array, target: Storage | None) -> None:
        """Add an array to what a loop carries."""
        assert target is not None
        if is_sum(array):
            array.write(self.lowering, target, is_added=True)
        else:
            self.program.copy(array, target, "add")


def is_sum(array: Array) -> TypeGuard[Reduction]:
    """Whether an array is a sum, which can be added to another array as it is computed."""
    return isinstance(array, Reduction) and array.function == "add"

"""A loop nest: loops over the entries of arrays, the values that they compute, and the statements that store these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from graphdiff.targets.entries import EntryRecorder
from graphdiff.targets.instructions import Instruction
from graphdiff.targets.nests.buffers import Storage
from graphdiff.targets.nests.indices import DynamicIndex, Index, Quotient, Variable
from graphdiff.targets.recorder import Value

if TYPE_CHECKING:
    from graphdiff.targets.nests.arrays import Array

CHOICES = ("where", "logical_and")
"""The functions that may not evaluate all of their operands."""
MOST = 50_000
"""The most operations on the entries of one nest."""


class Split(Exception):  # noqa: N818  # it is not an error
    """The loop of a variable must be split at a value, since other entries follow from there. Without a variable, the
    index is that of a single loop over the entries of several axes."""

    def __init__(self, variable: Variable | None = None, at: int = 0) -> None:
        super().__init__()
        self.variable = variable
        self.at = at


class Level(NamedTuple):
    """Where in a nest a statement is: inside so many loops, the last of which are those of a segment; -1 is none."""

    depth: int
    segment: int = -1


class Statement(NamedTuple):
    """The assignment of a value to a variable of the nest, or to an entry of a storage.

    function is "" for an assignment, otherwise that of the old and the new value. is_start declares the variable, or
    with lanes so many side by side; is_after is for statements after the segments.
    """

    level: Level
    target: str | Storage
    indices: Sequence[Index]
    value: int
    function: str = ""
    is_start: bool = False
    is_after: bool = False
    lanes: int = 0


class Nest:
    """Loops, the outermost first, around segments: further loops that follow each other.

    Kernels run on the values of its code. In the first pass reading an array only notes the request.
    """

    def __init__(
        self, steps: Sequence[Variable], owners: Sequence[Array], loops: Sequence[Variable], is_request: bool
    ) -> None:
        """steps are the variables of the loops of steps around it; owners are these loops and the array it stores."""
        self.steps = steps
        self.owners = owners
        self.loops = list(loops)
        self.segments: list[list[Variable]] = []
        self.is_request = is_request
        self.code = EntryRecorder(MOST)
        self.statements: list[Statement] = []
        self.levels: list[Level] = []
        """The levels of the values of the code."""
        self._level_of = {variable: Level(place + 1) for place, variable in enumerate(self.loops)}
        self._known: dict[Any, Value] = {}
        self._reads: dict[Any, Value] = {}

    def add_segment(self, loops: Sequence[Variable]) -> Level:
        """Add loops inside of the others, after those of other segments; returns the level inside them."""
        self.segments.append(list(loops))
        segment = len(self.segments) - 1
        for place, variable in enumerate(loops, len(self.loops) + 1):
            self._level_of[variable] = Level(place, segment)
        return Level(len(self.loops) + len(loops), segment)

    def read(self, array: Array, indices: tuple[Index, ...]) -> Value:
        """The entry of an array."""
        key = array, indices
        if key not in self._known:
            if self.is_request and not array.is_known:
                array.requests[self, indices] = None
                self._known[key] = self._read(array, indices)
            elif array.storage is not None:
                self._known[key] = self._read(array.storage, indices)
            else:
                self._known[key] = array.entry(self, indices)
        return self._known[key]

    def entry_of(self, array: Array, indices: tuple[Index, ...]) -> Value:
        """The entry of an array that this nest stores, from which others are computed before it is stored."""
        self._known[array, indices] = array.entry(self, indices)
        return self._known[array, indices]

    def _read(self, source: Array | Storage, indices: tuple[Index, ...]) -> Value:
        key = source, source.places(indices) if isinstance(source, Storage) else indices
        if key not in self._reads:
            operands = tuple([value for index in key[1] for value in index.values()])
            self._reads[key] = self.code.append(Instruction("read", operands, (("", key),)))
        return self._reads[key]

    def read_storage(self, storage: Storage, indices: tuple[Index, ...]) -> Value:
        """The entry of an array that is stored there already."""
        return self._read(storage, indices)

    def accumulator(self, name: str, level: Level, count: int = 0) -> Value:
        """The value at a level of a variable that statements change; of several, side by side, their sum."""
        return self.code.append(Instruction("variable", (), (("", (name, level, count)),)))

    def number(self, index: Index) -> Value:
        """An index as a number."""
        if not index.terms:
            return self.code.constant(float(index.constant))
        if index.lowest < 0:  # an index has no sign in every language
            above = Index(tuple([each for each in index.terms if each[1] > 0]))
            below = Index(tuple([(atom, -factor) for atom, factor in index.terms if factor < 0]))
            return self.number(above) - self.number(below) + float(index.constant)
        if index not in self._known:
            operands = tuple(index.values())
            self._known[index] = self.code.append(Instruction("number", operands, (("", index),)))
        return self._known[index]

    def place(self, value: Value, size: int) -> Index:
        """A number as an index into an axis of this size; an entry that is read there is NaN where it is none."""
        known = value.constant
        instruction = self.code.instructions[value.number]
        if instruction.function == "number":
            index: Index = instruction.value
            if index.lowest >= 0 and index.highest < size:
                return index
        if known is not None and known.is_integer() and -size <= known < size:
            return Index((), int(known) % size)
        if instruction.function == "read" and _has_places(instruction.value[0], size):
            return Index(((DynamicIndex(value.number, size), 1),))
        value = self.code.as_number(value)
        key = value.number, size
        if key not in self._known:
            self._known[key] = self.code.append(Instruction("position", (value.number,), (("", size),)))
        return Index(((DynamicIndex(self._known[key].number, size), 1),))

    def is_place(self, place: Index, index: Index) -> Value:
        """1 where an index is a place, elsewhere 0; NaN where the place is none."""
        whole = place.terms[0][0] if place.terms else None
        if not isinstance(whole, DynamicIndex):
            return self.code.float_of(self.code.equal(self.number(place), self.number(index)))
        number = Value(self.code, whole.value)
        return self.code.where(self.code.equal(number, self.number(index)), 1.0, number - number)

    def store(
        self, level: Level, storage: Storage, indices: Sequence[Index], value: Value, function: str = "", **options: Any
    ) -> None:
        """Store a value in an entry."""
        number = self.code.as_number(value).number
        self.statements.append(Statement(level, storage, indices, number, function, **options))

    def reads(self) -> set[Storage]:
        """What the values that its statements need are read from."""
        instructions = [self.code.instructions[number] for number in self.uses()[0]]
        return {each.value[0] for each in instructions if each.function == "read"}

    def storages(self) -> set[Storage]:
        """All that it reads and writes."""
        return self.reads() | {each.target for each in self.statements if isinstance(each.target, Storage)}

    def is_plain(self) -> bool:
        """Whether its indices are sums of multiples of variables."""
        indices: list[Index] = []
        for instruction in self.code.instructions:
            if instruction.function == "read":
                indices += instruction.value[1]
            elif instruction.function == "number":
                indices.append(instruction.value)
        for statement in self.statements:
            assert isinstance(statement.target, Storage)
            indices += statement.target.places(statement.indices)
        return not any(isinstance(atom, Quotient) for index in indices for atom, _ in index.terms)

    def level(self, number: int) -> Level:
        """Inside which loops a value is computed: as few as it depends on."""
        while len(self.levels) <= number:
            instruction = self.code.instructions[len(self.levels)]
            levels = [self.levels[operand] for operand in instruction.operands]
            if instruction.function in ("read", "number"):
                levels += self._levels_of_indices(instruction)
            elif instruction.function == "variable":
                levels.append(instruction.value[1])
            self.levels.append(max(levels, default=Level(0)))
        return self.levels[number]

    def _levels_of_indices(self, instruction: Instruction) -> list[Level]:
        value = instruction.value
        indices = [value] if instruction.function == "number" else value[1]
        variables = {variable for index in indices for variable in index.variables()}
        return [self._level_of[each] for each in variables if each in self._level_of]

    def evaluations(self, value: Value) -> int:
        """How often a value is computed."""
        depth, segment = self.level(value.number)
        loops = [*self.steps, *(self.loops + (self.segments[segment] if segment >= 0 else []))[:depth]]
        total = 1
        for variable in loops:
            total *= variable.count
        return total

    def evaluations_of(self, array: Array, indices: tuple[Index, ...]) -> int:
        """How often an entry that was requested is computed."""
        return self.evaluations(self._known[array, indices])

    def uses(self) -> tuple[dict[int, int], dict[int, Level]]:
        """How often each value is used, and the innermost level at which it is, by statements and by other values."""
        uses: dict[int, int] = {}
        levels: dict[int, Level] = {}

        def use(number: int, level: Level) -> None:
            uses[number] = uses.get(number, 0) + 1
            levels[number] = max(levels.get(number, Level(0)), level)

        for statement in self.statements:
            use(statement.value, statement.level)
            for index in statement.indices:
                for number in index.values():
                    use(number, statement.level)
        for number in range(len(self.code.instructions) - 1, -1, -1):
            if number in uses:
                for operand in self.code.instructions[number].operands:
                    use(operand, self.level(number))
        return uses, levels

    def chosen_reads(self) -> set[int]:
        """The entries that values read of which a choice uses one or the other. They are read before: GCC 12 vectorizes
        loads inside of a choice wrongly."""
        chosen: set[int] = set()
        instructions = self.code.instructions
        for number in range(len(instructions) - 1, -1, -1):
            instruction = instructions[number]
            if number in chosen or instruction.function in CHOICES:
                chosen.update(instruction.operands)
        return {number for number in chosen if instructions[number].function == "read"}


def _has_places(source: Array | Storage, size: int) -> bool:
    """Whether all numbers that are read there are indices, not counted from the end, into an axis of this size."""
    storage = source if isinstance(source, Storage) else source.storage
    return storage is not None and storage.buffer.has_places(size)

"""Instructions: programs of elementary functions and loops, which every target writes in its language.

The kernels of the operations run on values that record each call, see recorder.py, so that no operation is written a
second time. Each value is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphdiff.operations.functions import CONDITION, ROWS
from graphdiff.operations.shapes import Shape
from graphdiff.targets.results import VALUE, Direction, Result


class Instruction(NamedTuple):
    """A call of a function; its operands are the numbers of earlier instructions.

    function is "input" (options has its name), "constant" (options has its value), one of LOOPS, or has a row in
    operations/functions.py: `getitem`, `shape` and `float_of` are x[…], x.shape and a condition as a number, `entry` is
    one entry of an array, `counter` is the number of a loop's step.
    """

    function: str
    operands: tuple[int, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def value(self) -> Any:
        """The number of a constant, or its nested tuples of numbers; the Step of a loop; which of its results it is."""
        return self.options[0][1]

    @property
    def is_constant(self) -> bool:
        return self.function == "constant"

    @property
    def is_condition(self) -> bool:
        """Whether its value is true or false."""
        return self.function in ROWS and ROWS[self.function].gives == CONDITION


LOOPS = frozenset(["loop", "loop_value", "loop_stack"])
"""A loop; the last of a value that it carries; and the values of all steps along a first axis."""


class Code(NamedTuple):
    """A program of instructions, with the numbers of its inputs, by name and in order, and of its outputs.

    names are the formula's names for its values, shapes has the shape of each input that is an array, defaults the
    values that the formula gives to inputs. The outputs are the numbers and arrays of the results, one after the other;
    where the entries of arrays are separate values, they are these entries, row by row. has_nests says whether arrays
    of fixed shapes are computed in loops over their entries.
    """

    instructions: Sequence[Instruction]
    inputs: Mapping[str, int]
    outputs: tuple[int, ...]
    names: Mapping[int, str]
    shapes: Mapping[str, Shape] = {}
    defaults: Mapping[str, Any] = {}
    results: Sequence[Result] = (VALUE,)
    direction: Direction | None = None
    has_nests: bool = False

    @property
    def parts(self) -> Sequence[str]:
        """The inputs that are the parts of the direction."""
        return () if self.direction is None else self.direction.parts

    def uses(self, repeats: Callable[[Instruction], Sequence[int]] | None = None) -> list[int]:
        """How often each instruction's value is used, as an output and by instructions that are used themselves.

        repeats returns how often an instruction's text contains each operand, by default once.
        """
        uses = [0] * len(self.instructions)
        for output in self.outputs:
            uses[output] += 1
        for number in reversed(range(len(self.instructions))):
            instruction = self.instructions[number]
            if uses[number] and instruction.operands:
                times = repeats(instruction) if repeats else [1] * len(instruction.operands)
                for operand, count in zip(instruction.operands, times, strict=True):
                    uses[operand] += count
        return uses

    def indices(self) -> set[int]:
        """The inputs that are only used as indices."""
        indices: set[int] = set()
        others: set[int] = set(self.outputs)
        for instruction in self.instructions:
            for slot, operand in enumerate(instruction.operands):
                (indices if slot in index_slots(instruction) else others).add(operand)
        return (indices - others) & set(self.inputs.values())


class Source(NamedTuple):
    """The source of a function, its parameter for each input of the formula, and in C its header."""

    text: str
    parameters: dict[str, str]
    header: str = ""


class Entry(NamedTuple):
    """What each step of a loop reads of an array: array[start + stride*place], then the entry at places of it.

    number is that of an input of the step's code.
    """

    number: int
    start: int = 0
    stride: int = 1
    places: tuple[int, ...] = ()


class Step(NamedTuple):
    """One step of a loop, whose operands are the first carried values, the arrays of the entries, and the captures.

    The inputs of its code are the place, which is the number of the step from 0, the carried values, the entries, and
    the captures, which are the same in all steps. Its outputs are the next carried values, and then the values that are
    stacked.
    """

    code: Code
    steps: int
    is_backward: bool
    place: int
    carried: tuple[int, ...]
    entries: tuple[Entry, ...]
    captures: tuple[int, ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """The numbers of the inputs of the code, one for each operand of the loop."""
        return (*self.carried, *(entry.number for entry in self.entries), *self.captures)

    def arrays(self, operands: Sequence[int]) -> Sequence[int]:
        """The arrays of the entries, among the operands of the loop."""
        return operands[len(self.carried) : len(self.carried) + len(self.entries)]


def index_slots(instruction: Instruction) -> Sequence[int]:
    """The slots of an instruction's operands that are only used as indices."""
    if instruction.function == "loop":
        indices = instruction.value.code.indices()
        return [slot for slot, number in enumerate(instruction.value.inputs) if number in indices]
    return () if instruction.function in LOOPS else ROWS[instruction.function].indices

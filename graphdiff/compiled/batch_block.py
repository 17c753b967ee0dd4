"""Instructions → the lines of a block of points: a NumPy call for each instruction, into buffers that are reused."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from graphdiff.operations.functions import ROWS
from graphdiff.operations.shapes import size_of
from graphdiff.targets.instructions import LOOPS, Code, Instruction, Step
from graphdiff.targets.names import Names
from graphdiff.targets.python import CarefulPython
from graphdiff.targets.results import leaves
from graphdiff.targets.spelling import Text, index_text, number
from graphdiff.targets.writer import OF_SCIPY

UFUNCS = {"round": "rint"}
"""The ufuncs with other names than in the array API standard."""

EXTREMA = frozenset(["maximum", "minimum"])
"""The functions that take their output by name; the others take it by position, which is faster."""


class Memory:
    """The buffers of a block, and what its code calls; the steps of loops share them.

    stacked is how many numbers loops keep of all steps for each point.
    """

    def __init__(self, names: Names, shape_of: str) -> None:
        """shape_of is an array with an entry for each point."""
        self.names = names
        self.shape_of = shape_of
        self.buffers: list[str] = []
        self.masks: list[str] = []
        self.stacked = 0
        self.special: set[str] = set()
        self.scalars = CarefulPython()
        """The language of what is the same at all points, but not in all steps."""
        self._free: dict[bool, list[str]] = {False: [], True: []}

    def take(self, is_mask: bool = False) -> str:
        """A free buffer, or a new one if there is none."""
        if not self._free[is_mask]:
            buffers = self.masks if is_mask else self.buffers
            buffers.append(self.names(f"{'m' if is_mask else 'b'}{len(buffers) + 1}"))
            self._free[is_mask].append(buffers[-1])
        return self._free[is_mask].pop()

    def give_back(self, buffer: str, is_mask: bool = False) -> None:
        self._free[is_mask].append(buffer)


class _Lines:
    """The lines of a code some of whose values are columns, with a place for each of these.

    A value is computed in the buffer that was returned last, since that is the most likely to be in the nearest cache.
    It can be the buffer of an operand that is used there for the last time.
    """

    def __init__(self, code: Code, memory: Memory, places: Mapping[int, str]) -> None:
        """places has the columns among the inputs."""
        self.lines: list[str] = []
        self._code = code
        self._memory = memory
        self._places = dict(places)
        self._remaining_uses = code.uses()
        self._buffer_of: dict[int, str] = {}

    def _write_all(self, rows: Mapping[int, str]) -> None:
        """Write all values that are used; rows has the places of some."""
        for place, instruction in enumerate(self._code.instructions):
            if not self._remaining_uses[place] or place in self._places:
                continue
            is_column = instruction.function in OF_SCIPY or any(
                [operand in self._places for operand in instruction.operands]
            )
            if instruction.function == "loop" and self._is_in_block(is_column):
                self._write_loop(place, instruction)
            elif instruction.function not in LOOPS and is_column:
                self._write(place, instruction, rows.get(place))
            elif instruction.function not in LOOPS:
                self._write_scalar(place, instruction)

    def _is_in_block(self, is_column: bool) -> bool:
        """Whether a loop is written, given whether one of its operands is a column."""
        return is_column

    def _write_scalar(self, place: int, instruction: Instruction) -> None:
        """Write a value that is the same at all points, unless it is computed before the block."""

    def _scalar(self, place: int) -> str:
        """The text of a value that is the same at all points but not a constant."""
        raise NotImplementedError

    def _write(self, place: int, instruction: Instruction, row: str | None) -> None:
        function, operands = instruction.function, instruction.operands
        texts = [self._place(operand) for operand in operands]
        if function == "entry":
            self._places[place] = texts[0] + "".join([f"[{each}]" for each in instruction.value])
            return
        if function == "list":
            self._places[place] = self._memory.names.new("entries")
            self.lines.append(f"{self._places[place]} = np.stack(np.broadcast_arrays({', '.join(texts)}))")
            return
        is_choice = function == "where" and operands[0] in self._places
        # A choice is written in two steps; the second one needs x and the mask.
        late_operands = operands[:2] if is_choice else ()
        for operand in operands[len(late_operands) :]:
            self._give_back(operand)
        target = row or self._take_buffer(place, instruction.is_condition)
        for operand in late_operands:
            self._give_back(operand)
        self._places[place] = target
        if is_choice:
            mask, x, y = texts
            if y != target:
                self.lines.append(f"np.copyto({target}, {y})")
            self.lines.append(f"np.copyto({target}, {x}, where={mask})")
        elif function == "where":
            condition, x, y = texts
            self.lines.append(f"np.copyto({target}, {x} if {condition} else {y})")
        elif function == "float_of":
            self.lines.append(f"np.copyto({target}, {texts[0]})")
        else:
            keyword = "out=" if function in EXTREMA else ""
            self.lines.append(f"{self._name_of(function)}({', '.join(texts)}, {keyword}{target})")

    def _name_of(self, function: str) -> str:
        if ROWS[function].special:
            self._memory.special.add(function)
            return f"special.{ROWS[function].special}"
        return f"np.{UFUNCS.get(function, function)}"

    def _place(self, place: int) -> str:
        """The text of a value: a column, a row, a buffer or a number."""
        if place in self._places:
            return self._places[place]
        instruction = self._code.instructions[place]
        if instruction.is_constant:
            return number(instruction.value).text.replace("math.", "np.")
        return self._scalar(place)

    def _take_buffer(self, place: int, is_mask: bool) -> str:
        """A buffer for the value of an instruction."""
        self._buffer_of[place] = self._memory.take(is_mask)
        return self._buffer_of[place]

    def _give_back(self, place: int) -> None:
        """Count a use of a value; after the last one its buffer is free."""
        self._remaining_uses[place] -= 1
        if not self._remaining_uses[place] and place in self._buffer_of:
            self._memory.give_back(self._buffer_of[place], self._code.instructions[place].is_condition)

    def _write_loop(self, place: int, instruction: Instruction) -> None:
        """Write a loop, and the places of its results. Carried values that are columns have a buffer each."""
        step: Step = instruction.value
        memory = self._memory
        texts = dict(zip(step.inputs, map(self._place, instruction.operands), strict=True))
        columns = {
            number for number, operand in zip(step.inputs, instruction.operands, strict=True) if operand in self._places
        }
        lines = _StepLines(step, memory, columns, texts)
        for each in step.carried:
            copies = each in lines.columns
            text = (
                f"np.copyto({lines.places[each]}, {texts[each]})" if copies else f"{lines.places[each]} = {texts[each]}"
            )
            self.lines.append(text)
        for name in lines.stacks:
            self.lines.append(f"{name} = np.empty(({step.steps}, *{memory.shape_of}.shape), {memory.shape_of}.dtype)")
        memory.stacked += step.steps * len(lines.stacks)
        bounds = f"{step.steps - 1}, -1, -1" if step.is_backward else str(step.steps)
        self.lines += [f"for {lines.place} in range({bounds}):", *(f"    {line}" for line in lines.lines)]
        results = {
            (each.function, each.value): where
            for where, each in enumerate(self._code.instructions)
            if self._remaining_uses[where] and each.function in LOOPS and each.operands == (place,)
        }
        for position, each in enumerate(step.carried):
            result = results.get(("loop_value", position))
            if result is not None:
                self._set_result(result, lines.places[each], each in lines.columns)
            elif each in lines.columns:
                memory.give_back(lines.places[each])
        for (function, position), result in results.items():
            if function == "loop_stack":
                self._places[result] = lines.stacks[position]
        for operand in instruction.operands:
            self._give_back(operand)

    def _set_result(self, place: int, text: str, is_column: bool) -> None:
        """The place of a carried value after the last step."""
        self._places[place] = text
        if is_column:
            self._buffer_of[place] = text


class Block(_Lines):
    """The lines of a block. An output is computed directly in its row of out."""

    def __init__(self, code: Code, columns: Collection[str], parameters: Mapping[str, str], names: Names) -> None:
        self.rows = [names.new(name) for name in _row_names(code)]
        self.memory = Memory(names, self.rows[0])
        super().__init__(code, self.memory, {code.inputs[name]: parameters[name] for name in columns})
        self.ahead: dict[int, str] = {}
        """The values that are the same at all points, which are computed before the block."""
        rows: dict[int, str] = {}
        for output, row in zip(code.outputs, self.rows, strict=True):
            rows.setdefault(output, row)
        self._write_all(rows)
        for output, row in zip(code.outputs, self.rows, strict=True):
            if self._place(output) != row:
                self.lines.append(f"np.copyto({row}, {self._place(output)})")

    def _scalar(self, place: int) -> str:
        if place not in self.ahead:
            self.ahead[place] = self._memory.names(f"v{len(self.ahead) + 1}")
        return self.ahead[place]


class _StepLines(_Lines):
    """The lines of a step of a loop, after which the variables of the carried values have the next values.

    columns are the inputs that are columns, places the variables of the carried values, stacks those of the stacks, and
    place that of the step's number.
    """

    def __init__(self, step: Step, memory: Memory, columns: set[int], texts: Mapping[int, str]) -> None:
        """columns are the operands that are columns, texts those of all operands."""
        code, names = step.code, memory.names
        self.columns = _columns(step, columns)
        self.place = names.new(code.names[step.place])
        self.stacks = [names.new("stack") for _ in code.outputs[len(step.carried) :]]
        self.places = {
            each: memory.take() if each in self.columns else names.new(code.names[each]) for each in step.carried
        }
        own = {each: text for each, text in texts.items() if each in self.columns} | {
            each: text for each, text in self.places.items() if each in self.columns
        }
        super().__init__(code, memory, own)
        self._scalars = {each: text for each, text in {**texts, **self.places}.items() if each not in own}
        self._scalars[step.place] = self.place
        for entry in step.entries:
            name = names.new(code.names[entry.number])
            places = [index_text(self.place, entry.start, entry.stride), *map(str, entry.places)]
            self.lines.append(f"{name} = {texts[entry.number]}{''.join([f'[{each}]' for each in places])}")
            (self._places if entry.number in self.columns else self._scalars)[entry.number] = name
        self._write_all({})
        for row, stack in zip(code.outputs[len(step.carried) :], self.stacks, strict=True):
            self.lines.append(f"{stack}[{self.place}] = {self._place(row)}")
        self._move(step)

    def _move(self, step: Step) -> None:
        """Exchange the buffers of the carried values and of the next ones, which is faster than copying."""
        memory, variables, nexts, copies = self._memory, [], [], []
        for each, output in zip(step.carried, step.code.outputs, strict=False):
            text = self._place(output)
            if each in self.columns and (output not in self._buffer_of or text in nexts):
                copies.append(memory.take())
                self.lines.append(f"np.copyto({copies[-1]}, {text})")
                text = copies[-1]
            variables.append(self.places[each])
            nexts.append(text)
        if variables:
            pairs = zip(variables, nexts, step.carried, strict=True)
            columns = [(variable, text) for variable, text, each in pairs if each in self.columns]
            left = [*variables, *(text for _, text in columns)]
            right = [*nexts, *(variable for variable, _ in columns)]
            self.lines.append(f"{', '.join(left)} = {', '.join(right)}")
        for buffer in copies:
            memory.give_back(buffer)
        for output in step.code.outputs:
            self._give_back(output)

    def _is_in_block(self, is_column: bool) -> bool:
        return True

    def _write_scalar(self, place: int, instruction: Instruction) -> None:
        if instruction.is_constant or place in self._scalars:
            return
        operands = [Text(self._place(operand)) for operand in instruction.operands]
        name = self._scalars[place] = self._memory.names.new("s")
        self.lines.append(f"{name} = {self._memory.scalars.write(instruction, operands).text}")

    def _scalar(self, place: int) -> str:
        return self._scalars[place]


def _row_names(code: Code) -> list[str]:
    """The names of the rows, one for each entry of the results."""
    names: list[str] = []
    for result in code.results:
        if result.name == "gradient":
            own = [f"d_{name}" for name in result.by]
        else:
            own = [result.name] * len(leaves(result.tree))
        for name, leaf in zip(own, leaves(result.tree), strict=True):
            names += [name] * size_of(leaf.shape)
    return names


def _columns(step: Step, operands: Collection[int]) -> set[int]:
    """The inputs of a loop's step that are columns: operands that are, and what becomes one in some step."""
    code = step.code
    columns = set(operands)
    while True:
        known = set(columns)
        for place, instruction in enumerate(code.instructions):
            if instruction.function in LOOPS or any([operand in known for operand in instruction.operands]):
                known.add(place)
        carried = {each for each, output in zip(step.carried, code.outputs, strict=False) if output in known}
        if carried <= columns:
            return columns
        columns |= carried

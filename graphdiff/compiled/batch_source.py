"""Instructions → a function of a block of points: one NumPy call for each instruction, into buffers that are reused."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from graphdiff.operations import ieee
from graphdiff.operations.functions import ROWS
from graphdiff.targets.definitions import definitions
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.names import Names
from graphdiff.targets.python import RESERVED, CarefulPython, number
from graphdiff.targets.writer import OF_SCIPY, lines_of

UFUNCS = {"round": "rint"}
"""The ufuncs with other names than in the array API standard."""

EXTREMA = frozenset(["maximum", "minimum"])
"""The functions that take their output by name; the others take it by position, which is faster."""


class Program(NamedTuple):
    """The text of the function `block`, and of `ahead` if there are values that do not depend on a column.

    block takes the rows of out, buffers of floats, masks, the columns and the results of ahead; ahead takes the inputs
    that are numbers. special are the functions that block calls from SciPy.
    """

    text: str
    parameters: dict[str, str]
    buffers: int
    masks: int
    special: frozenset[str]
    has_ahead: bool


def program(code: Code, wrt: Collection[str], columns: Collection[str]) -> Program:
    """The code of a formula of numbers some of whose inputs are columns."""
    reserved = {*RESERVED, *dir(ieee), "np", "special", "ahead", "block", "out", "buffers", "masks"}
    names = Names(reserved)
    parameters = {each: names(each) for each in code.inputs}
    block = _Block(code, wrt, columns, parameters, Names({*reserved, *parameters.values()}))
    column_parameters = [parameters[name] for name in code.inputs if name in columns]
    arguments = ["out", "buffers", "masks", *column_parameters, *block.ahead.values()]
    lines = [f"def block({', '.join(arguments)}):"]
    lines += ['    """Write the value and its derivatives at a block of points to the rows of out."""']
    for array, rows in (("out", block.rows), ("buffers", block.buffers), ("masks", block.masks)):
        if rows:
            lines.append(f"    {', '.join(rows)}{',' if len(rows) == 1 else ''} = {array}")
    lines += [f"    {line}" for line in block.lines]
    head = ["import numpy as np"] + ["from scipy import special"] * bool(block.special)
    if block.ahead:
        lines = ["", "", *lines, *_ahead(code, columns, block, names)]
        head = ["import math", "", *head]
    else:
        lines = ["", "", *lines]
    return Program(
        "\n".join([*head, *lines, ""]),
        parameters,
        len(block.buffers),
        len(block.masks),
        frozenset(block.special),
        bool(block.ahead),
    )


def _ahead(code: Code, columns: Collection[str], block: _Block, names: Names) -> list[str]:
    """The function that computes the values that do not depend on a column, on Python's floats."""
    language = CarefulPython()
    inputs = {name: place for name, place in code.inputs.items() if name not in columns}
    lines, values = lines_of(code._replace(inputs=inputs, outputs=tuple(block.ahead)), language, names)
    return [
        "",
        "",
        f"def ahead({', '.join(names(name) for name in inputs)}):",
        '    """Return the values that are the same at all points."""',
        *(f"    {line}" for line in lines),
        f"    return [{', '.join(values)}]",
        *definitions("graphdiff.operations", "ieee", language.dependencies),
    ]


class _Block:
    """The lines of a block, with a place for each value.

    An output is computed directly in its row of out, any other value in the buffer that was returned last, since that
    is the most likely to be in the nearest cache. It can be the buffer of an operand that is used there for the last
    time.
    """

    def __init__(
        self, code: Code, wrt: Collection[str], columns: Collection[str], parameters: dict[str, str], names: Names
    ) -> None:
        self.lines: list[str] = []
        self.rows = [names("value"), *(names(f"d_{name}") for name in wrt)]
        self.buffers: list[str] = []
        self.masks: list[str] = []
        self.ahead: dict[int, str] = {}
        self.special: set[str] = set()
        self._code = code
        self._names = names
        self._remaining_uses = code.uses()
        self._places = {code.inputs[name]: parameters[name] for name in columns}
        self._buffer_of: dict[int, str] = {}
        self._free: dict[bool, list[str]] = {False: [], True: []}
        rows: dict[int, str] = {}
        for output, row in zip(code.outputs, self.rows, strict=True):
            rows.setdefault(output, row)
        for place, instruction in enumerate(code.instructions):
            is_of_block = instruction.function in OF_SCIPY or any(
                [operand in self._places for operand in instruction.operands]
            )
            if is_of_block and self._remaining_uses[place]:
                self._write(place, instruction, rows.get(place))
        for output, row in zip(code.outputs, self.rows, strict=True):
            if self._place(output) != row:
                self.lines.append(f"np.copyto({row}, {self._place(output)})")

    def _write(self, place: int, instruction: Instruction, row: str | None) -> None:
        function, operands = instruction.function, instruction.operands
        texts = [self._place(operand) for operand in operands]
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
            self.special.add(function)
            return f"special.{ROWS[function].special}"
        return f"np.{UFUNCS.get(function, function)}"

    def _place(self, place: int) -> str:
        """The text of a value: a column, a row, a buffer or a number."""
        if place in self._places:
            return self._places[place]
        instruction = self._code.instructions[place]
        if instruction.is_constant:
            return number(instruction.value).text.replace("math.", "np.")
        if place not in self.ahead:
            self.ahead[place] = self._names(f"v{len(self.ahead) + 1}")
        return self.ahead[place]

    def _take_buffer(self, place: int, is_mask: bool) -> str:
        """A free buffer, or a new one if there is none, for the value of an instruction."""
        if not self._free[is_mask]:
            buffers = self.masks if is_mask else self.buffers
            buffers.append(self._names(f"{'m' if is_mask else 'b'}{len(buffers) + 1}"))
            self._free[is_mask].append(buffers[-1])
        self._buffer_of[place] = buffer = self._free[is_mask].pop()
        return buffer

    def _give_back(self, place: int) -> None:
        """Count a use of a value; after the last one its buffer is free."""
        self._remaining_uses[place] -= 1
        if not self._remaining_uses[place] and place in self._buffer_of:
            self._free[self._code.instructions[place].is_condition].append(self._buffer_of[place])

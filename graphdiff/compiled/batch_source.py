"""Instructions → a function of a block of points: one NumPy call for each, into buffers that are used again."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from graphdiff.operations import ieee
from graphdiff.operations.functions import ROWS
from graphdiff.targets.definitions import definitions
from graphdiff.targets.instructions import Code, Instruction
from graphdiff.targets.names import Names
from graphdiff.targets.python import RESERVED, CarefulPython, number
from graphdiff.targets.writer import lines_of

UFUNCS = {"round": "rint"}
"""The functions of numbers that are no ufunc by the standard's name, by their name as one."""

EXTREMA = frozenset(["maximum", "minimum"])
"""The functions that NumPy wants to be told by name where their result goes; by position it costs less."""


class Program(NamedTuple):
    """The text of the function `block`, and of `ahead` where there are values that no column feeds.

    block takes the rows of out, buffers of floats, masks, the columns and what ahead returns; ahead takes the inputs
    that are numbers. special are the functions that it calls SciPy's for.
    """

    text: str
    parameters: dict[str, str]
    buffers: int
    masks: int
    special: frozenset[str]
    has_ahead: bool


def program(code: Code, wrt: Collection[str], columns: Collection[str]) -> Program:
    """The code of a formula of numbers, where some of its inputs are columns."""
    reserved = {*RESERVED, *dir(ieee), "np", "special", "ahead", "block", "out", "buffers", "masks"}
    names = Names(reserved)
    parameters = {each: names(each) for each in code.inputs}
    block = _Block(code, wrt, columns, parameters, Names({*reserved, *parameters.values()}))
    given = [parameters[name] for name in code.inputs if name in columns]
    lines = [f"def block({', '.join(['out', 'buffers', 'masks', *given, *block.ahead.values()])}):"]
    lines += ['    """The value and its derivatives at a block of points, into the rows of out."""']
    for array, parts in (("out", block.rows), ("buffers", block.buffers), ("masks", block.masks)):
        if parts:
            lines.append(f"    {', '.join(parts)}{',' if len(parts) == 1 else ''} = {array}")
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
    """The function that computes what no column feeds, on Python's floats."""
    language = CarefulPython()
    inputs = {name: place for name, place in code.inputs.items() if name not in columns}
    lines, values = lines_of(code._replace(inputs=inputs, outputs=tuple(block.ahead)), language, names)
    return [
        "",
        "",
        f"def ahead({', '.join(names(name) for name in inputs)}):",
        '    """What is the same at all points."""',
        *(f"    {line}" for line in lines),
        f"    return [{', '.join(values)}]",
        *definitions("graphdiff.operations", "ieee", language.used),
    ]


class _Block:
    """The lines of a block, each value in its place.

    An output is computed straight into its row of out, any other value into the buffer that was given back last, which
    may be that of an operand whose last use it is: it is the one most likely in the nearest cache.
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
        self._left = code.uses()
        self._places = {code.inputs[name]: parameters[name] for name in columns}
        self._lent: dict[int, str] = {}
        self._free: dict[bool, list[str]] = {False: [], True: []}
        rows: dict[int, str] = {}
        for output, row in zip(code.outputs, self.rows, strict=True):
            rows.setdefault(output, row)
        for place, instruction in enumerate(code.instructions):
            is_fed = any([operand in self._places for operand in instruction.operands])
            if is_fed and self._left[place]:
                self._write(place, instruction, rows.get(place))
        for output, row in zip(code.outputs, self.rows, strict=True):
            if self._place(output) != row:
                self.lines.append(f"np.copyto({row}, {self._place(output)})")

    def _write(self, place: int, instruction: Instruction, row: str | None) -> None:
        function, operands = instruction.function, instruction.operands
        texts = [self._place(operand) for operand in operands]
        is_choice = function == "where" and operands[0] in self._places
        # A choice is written in two steps, and needs x and the mask in the second.
        held = operands[:2] if is_choice else ()
        for operand in operands[len(held) :]:
            self._give_back(operand)
        target = row or self._borrowed(place, instruction.is_condition)
        for operand in held:
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
            named = "out=" if function in EXTREMA else ""
            self.lines.append(f"{self._called(function)}({', '.join(texts)}, {named}{target})")

    def _called(self, function: str) -> str:
        if ROWS[function].special:
            self.special.add(function)
            return f"special.{ROWS[function].special}"
        return f"np.{UFUNCS.get(function, function)}"

    def _place(self, place: int) -> str:
        """Where a value is: a column, a row, a buffer, a number."""
        if place in self._places:
            return self._places[place]
        instruction = self._code.instructions[place]
        if instruction.is_constant:
            return number(instruction.value).text.replace("math.", "np.")
        if place not in self.ahead:
            self.ahead[place] = self._names(f"v{len(self.ahead) + 1}")
        return self.ahead[place]

    def _borrowed(self, place: int, is_mask: bool) -> str:
        if not self._free[is_mask]:
            made = self.masks if is_mask else self.buffers
            made.append(self._names(f"{'m' if is_mask else 'b'}{len(made) + 1}"))
            self._free[is_mask].append(made[-1])
        self._lent[place] = found = self._free[is_mask].pop()
        return found

    def _give_back(self, place: int) -> None:
        self._left[place] -= 1
        if not self._left[place] and place in self._lent:
            self._free[self._code.instructions[place].is_condition].append(self._lent[place])

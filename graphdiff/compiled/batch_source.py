"""Instructions → a function of a block of points: one NumPy call for each instruction, into buffers that are reused."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from graphdiff.compiled.batch_block import Block
from graphdiff.operations import ieee
from graphdiff.targets.definitions import definitions
from graphdiff.targets.instructions import Code
from graphdiff.targets.loop_recorder import prune
from graphdiff.targets.names import Names
from graphdiff.targets.python import RESERVED, CarefulPython
from graphdiff.targets.writer import lines_of


class Program(NamedTuple):
    """The text of the function `block`, and of `ahead` if there are values that do not depend on a column.

    block takes the rows of out, buffers of floats, masks, the columns, with the points along the last axis, and the
    results of ahead; ahead takes the inputs that are the same at all points. special are the functions that block calls
    from SciPy, stacked the numbers that its loops keep of all steps for each point.
    """

    text: str
    parameters: dict[str, str]
    buffers: int
    masks: int
    stacked: int
    special: frozenset[str]
    has_ahead: bool


def program(code: Code, columns: Collection[str]) -> Program:
    """The code, entry by entry, of a formula some of whose inputs are columns."""
    reserved = {*RESERVED, *dir(ieee), "np", "special", "ahead", "block", "out", "buffers", "masks"}
    names = Names(reserved)
    parameters = {each: names(each) for each in code.inputs}
    block = Block(code, columns, parameters, Names({*reserved, *parameters.values()}))
    memory = block.memory
    column_parameters = [parameters[name] for name in code.inputs if name in columns]
    arguments = ["out", "buffers", "masks", *column_parameters, *block.ahead.values()]
    lines = [f"def block({', '.join(arguments)}):"]
    lines += ['    """Write the results at a block of points to the rows of out."""']
    for array, rows in (("out", block.rows), ("buffers", memory.buffers), ("masks", memory.masks)):
        if rows:
            lines.append(f"    {', '.join(rows)}{',' if len(rows) == 1 else ''} = {array}")
    lines += [f"    {line}" for line in block.lines]
    head = ["import numpy as np"] + ["from scipy import special"] * bool(memory.special)
    language = memory.scalars
    if block.ahead:
        lines += _ahead(code, columns, block, language, names)
    lines = ["", "", *lines, *definitions("graphdiff.operations", "ieee", language.dependencies)]
    if block.ahead or language.dependencies:
        head = ["import math", "", *head]
    return Program(
        "\n".join([*head, *lines, ""]),
        parameters,
        len(memory.buffers),
        len(memory.masks),
        memory.stacked,
        frozenset(memory.special),
        bool(block.ahead),
    )


def _ahead(code: Code, columns: Collection[str], block: Block, language: CarefulPython, names: Names) -> list[str]:
    """The function that computes the values that do not depend on a column, on Python's floats."""
    inputs = {name: place for name, place in code.inputs.items() if name not in columns}
    lines, values = lines_of(prune(code._replace(inputs=inputs, outputs=tuple(block.ahead))), language, names)
    return [
        "",
        "",
        f"def ahead({', '.join(names(name) for name in inputs)}):",
        '    """Return the values that are the same at all points."""',
        *(f"    {line}" for line in lines),
        f"    return [{', '.join(values)}]",
    ]

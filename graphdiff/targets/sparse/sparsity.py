"""Instructions on entries → which entries of the inputs each output depends on with a derivative that is not 0."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from graphdiff.operations.shapes import Shape
from graphdiff.targets.instructions import Code

CONSTANT_BETWEEN_JUMPS = frozenset(["sign", "floor", "ceil", "round", "float_of"])
"""Functions whose derivative is 0, besides conditions."""


def sparsity(code: Code, wrt: Sequence[str], shapes: Mapping[str, Shape]) -> list[list[int]]:
    """For each output, the entries of the inputs of wrt that it depends on: their numbers, counted through these
    inputs, row by row."""
    starts: dict[int, tuple[int, Shape]] = {}
    start = 0
    for name in wrt:
        shape = shapes.get(name, ())
        starts[code.inputs[name]] = start, shape
        start += math.prod(shape)
    masks: list[int] = []
    for number, instruction in enumerate(code.instructions):
        if number in starts:
            first, shape = starts[number]
            mask = ((1 << math.prod(shape)) - 1) << first
        elif instruction.function == "entry" and instruction.operands[0] in starts:
            first, shape = starts[instruction.operands[0]]
            mask = 1 << (first + _place(instruction.value, shape))
        elif instruction.is_condition or instruction.function in CONSTANT_BETWEEN_JUMPS:
            mask = 0
        else:
            mask = 0
            for operand in instruction.operands[1 if instruction.function == "where" else 0 :]:
                mask |= masks[operand]
        masks.append(mask)
    return [_bits(masks[output]) for output in code.outputs]


def _place(index: Sequence[int], shape: Shape) -> int:
    """The place of an entry, row by row."""
    place = 0
    for each, size in zip(index, shape, strict=True):
        place = place * size + each
    return place


def _bits(mask: int) -> list[int]:
    """The places of the bits that are set."""
    places: list[int] = []
    while mask:
        lowest = mask & -mask
        places.append(lowest.bit_length() - 1)
        mask ^= lowest
    return places

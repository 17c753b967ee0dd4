"""Code on whole arrays of fixed shapes → the lines of a function body, and the memory that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, NamedTuple

from graphdiff.targets.instructions import Code
from graphdiff.targets.names import Names
from graphdiff.targets.nests.arrays import Array, Stored
from graphdiff.targets.nests.buffers import Buffer, Storage
from graphdiff.targets.nests.cost import cost_of_parts
from graphdiff.targets.nests.lowering import Lowering
from graphdiff.targets.nests.nest import Split
from graphdiff.targets.nests.program import Program
from graphdiff.targets.nests.unread import buffers_of, without_unread
from graphdiff.targets.nests.views import broadcast_to, lift
from graphdiff.targets.nests.writing import NestWriter

if TYPE_CHECKING:
    from graphdiff.targets.c_like import CLikeLanguage


class Body(NamedTuple):
    """The lines of a function body; the buffers that store arrays in between, and tables of constants; the inputs that
    are read."""

    lines: list[str]
    buffers: Sequence[Buffer]
    tables: Sequence[Buffer]
    used: set[str]


def lower(
    code: Code, parameters: Mapping[str, str], targets: Sequence[Storage], language: CLikeLanguage, names: Names
) -> Body:
    """The body that stores each output of a code in its target; parameters has the name of each input.

    Raises GraphdiffError("value") where loops lack a function.
    """
    parameter_buffers = {name: Buffer(parameters[name], 0, is_nested=True) for name in code.inputs}
    lowering = _lowered(code, parameter_buffers, targets, names, has_orders=False)
    if lowering.has_other_orders:
        with suppress(Split):  # in another order a loop may be innermost that has to be split
            other = _lowered(code, parameter_buffers, targets, names, has_orders=True)
            lowering = min(lowering, other, key=lambda each: cost_of_parts(each.parts))
    lines = NestWriter(language, lowering.names).lines(lowering.parts)
    used = buffers_of(lowering.parts)
    inputs_used = {name for name, buffer in parameter_buffers.items() if buffer in used}
    buffers = [each for each in lowering.buffers if each in used and not each.is_number]
    return Body(lines, buffers, [each for each in lowering.tables if each in used], inputs_used)


def _lowered(
    code: Code, parameters: Mapping[str, Buffer], targets: Sequence[Storage], names: Names, has_orders: bool
) -> Lowering:
    """The nests of a code, with the axes of the arrays that they store as they are, or in another order."""
    lowering = Lowering(deepcopy(names), code.inputs, has_orders)
    inputs: dict[int, Array] = {}
    for name, number in code.inputs.items():
        shape = code.shapes.get(name, ())
        inputs[number] = Stored(shape, Storage(parameters[name], shape, is_variable=not shape))
    program = Program(code, inputs, lowering)
    outputs = [
        broadcast_to(lift(program.arrays[number]), target.shape)
        for number, target in zip(code.outputs, targets, strict=True)
    ]
    program.request(outputs)
    lowering.is_request = False
    program.write(list(zip(outputs, targets, strict=True)))
    lowering.parts = without_unread(lowering.parts, lowering.buffers)
    return lowering

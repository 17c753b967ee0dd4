"""About how long nests take: a loop on vectors takes an eighth of the time of another one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from graphdiff.operations.functions import ROWS
from graphdiff.targets.nests.arrays import READ, cost_of, stride_of
from graphdiff.targets.nests.buffers import Storage
from graphdiff.targets.nests.indices import Variable
from graphdiff.targets.nests.lowering import Block, LoopOfSteps
from graphdiff.targets.nests.nest import Level, Nest
from graphdiff.targets.nests.reductions import LANES


def cost_of_parts(parts: Iterable[Block]) -> float:
    """The cost of nests, in that of reading an entry; calls, which are the same in any order, have none."""
    total = 0.0
    for part in parts:
        if isinstance(part, LoopOfSteps):
            total += part.variable.count * cost_of_parts(part.parts)
        elif isinstance(part, Nest):
            total += _cost_of_nest(part)
    return total


def _cost_of_nest(nest: Nest) -> float:
    """The cost of the innermost loops."""
    depth = len(nest.loops)
    loops = {Level(depth): nest.loops} if nest.loops else {}
    for place, segment in enumerate(nest.segments):
        if segment:
            loops[Level(depth + len(segment), place)] = [*nest.loops, *segment]
    uses, _ = nest.uses()
    total = 0.0
    for level, variables in loops.items():
        values = [number for number in uses if nest.level(number) == level]
        functions = [nest.code.instructions[number].function for number in values]
        work = sum([cost_of(each) if each in ROWS else READ for each in functions])
        work += sum([READ for each in nest.statements if each.level == level])
        for variable in variables:
            work *= variable.count
        total += work / (LANES if _is_on_vectors(nest, level, variables[-1], values) else 1)
    return total


def _is_on_vectors(nest: Nest, level: Level, variable: Variable, values: Collection[int]) -> bool:
    """Whether an innermost loop reads and writes entries that follow each other, and does not add up one by one."""
    if variable.count < LANES:
        return False
    reads = [each for number in values if (each := nest.code.instructions[number]).function == "read"]
    if any([stride_of(index, variable) not in (0, 1) for each in reads for index in each.value[1]]):
        return False
    for statement in nest.statements:
        if statement.level == level and not statement.is_after:
            target = statement.target
            places = target.places(statement.indices) if isinstance(target, Storage) else statement.indices
            if not places or stride_of(places[-1], variable) != 1:
                return False
    return True

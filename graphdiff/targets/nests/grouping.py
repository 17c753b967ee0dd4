"""The order in which arrays are stored: arrays of the same shape that can share a nest follow each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphdiff.targets.nests.arrays import Array, Stored
from graphdiff.targets.nests.indices import variable_index


def groups(arrays: Sequence[Array], depth: int) -> Iterator[list[Array]]:
    """The arrays that are stored, in groups that each one nest can store, after all that they read.

    arrays are in an order in which operands come first; depth is the number of loops of steps around them.
    """
    stored = [array for array in arrays if array.is_stored and not isinstance(array, Stored)]
    inside, others = _dependencies(arrays, depth)
    pending = {array.number: array for array in stored}
    while pending:
        ready = [each for each in pending.values() if not (inside[each.number] | others[each.number]) & pending.keys()]
        group = [next((each for each in ready if not each.is_map), ready[0])]
        del pending[group[0].number]
        if group[0].is_map:
            for array in [
                each
                for each in pending.values()
                if each.is_map and (each.shape, each.order) == (group[0].shape, group[0].order)
            ]:
                members = {each.number for each in group}
                waits = (others[array.number] & members) | (inside[array.number] & pending.keys())
                if not waits and not others[array.number] & pending.keys():
                    group.append(array)
                    del pending[array.number]
        yield group


def _dependencies(arrays: Sequence[Array], depth: int) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """The stored arrays of which each reads only the entry that it computes itself, and those of which it reads others,
    by number."""
    inside: dict[int, set[int]] = {array.number: set() for array in arrays}
    others: dict[int, set[int]] = {array.number: set() for array in arrays}
    for array in arrays:
        sources = {each.number for each in array.operands} if isinstance(array, Stored) else {array.number}
        for nest, indices in array.requests:
            if len(nest.owners) <= depth:
                continue
            reader = nest.owners[depth]
            is_same = len(nest.owners) == depth + 1 and indices == tuple(map(variable_index, nest.loops))
            is_inside = is_same and array.is_map and reader.is_map and not isinstance(array, Stored)
            (inside if is_inside else others)[reader.number] |= sources
    for number in inside:
        inside[number] -= others[number]
    return inside, others

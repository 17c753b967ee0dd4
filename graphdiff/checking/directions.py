"""The directions along which a gradient is checked: each entry; if there are too many, a sample of them, and random
directions that move all others at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from graphdiff.errors import shorten
from graphdiff.graph.function import Function
from graphdiff.operations.shapes import nested_entries, size_of
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, shape_of, to_list

BUDGET = 20_000_000
"""How many operations on numbers checking entries one by one may run, roughly."""
EVALUATIONS = 250
"""The most evaluations of the formula for one entry; if the first steps are enough, it is 20."""
MOST_ENTRIES, FEWEST_ENTRIES = 1000, 4
ENTRIES_AS_FAST = 100
"""How many entries an array operation does in the time of one on numbers."""
PRECISE_COST = 10
"""How much longer an operation takes on numbers of many digits."""
MOVES = 5
"""How many operations it takes to move an input."""
RANDOM_DIRECTIONS = 2
"""How many random directions check the entries that are not in the sample."""


class Direction(NamedTuple):
    """A direction in the space of the inputs: along one entry of an input, with its indices as place, or along
    entry_count entries at once.

    speeds maps each input that moves to the speeds of its entries, by their row-major numbers. at is the value of the
    entry, or 1 if each entry moves in proportion to its own size.
    """

    name: str
    place: tuple[int, ...]
    entry_count: int
    speeds: Mapping[str, Mapping[int, float]]
    at: float

    @property
    def size(self) -> float:
        return abs(self.at)

    def along(self, gradients: Mapping[str, Sequence[float]]) -> float:
        """The derivative along this direction, from gradients with their entries in row-major order."""
        return math.fsum(
            gradients[name][number] * speed for name, of in self.speeds.items() for number, speed in of.items()
        )

    def bound_along(self, bounds: Mapping[str, Sequence[float]]) -> float:
        """The error bound of that derivative, from error bounds of the entries."""
        return sum(
            bounds[name][number] * abs(speed) for name, of in self.speeds.items() for number, speed in of.items()
        )


def entries(value: Value) -> list[float]:
    """The entries of an array in row-major order; a number is its own only entry."""
    return [value] if isinstance(value, float) else list(nested_entries(to_list(value)))


def directions_of(trace: Trace, is_precise: bool) -> tuple[list[Direction], int]:
    """The directions along which to check the gradients of a trace, and the number of entries of all gradients."""
    graph = trace.graph
    values: dict[str, Value] = {}
    for name, gradient in trace.gradients.items():
        if gradient is not None:
            value = trace.values[graph.input_indices[name]]
            values[name] = 0.0 if value is None else value
    flat = {name: entries(value) for name, value in values.items()}
    everything = [(name, number) for name, of in flat.items() for number in range(len(of))]
    most = max(FEWEST_ENTRIES, min(MOST_ENTRIES, BUDGET // (EVALUATIONS * _cost(trace, is_precise))))
    if len(everything) <= most:
        return [_along_entry(name, number, values[name], flat[name]) for name, number in everything], len(everything)
    random = Random(0)
    sample = {everything[place] for place in random.sample(range(len(everything)), most)}
    directions = [
        _along_entry(name, number, values[name], flat[name]) for name, number in everything if (name, number) in sample
    ]
    rest = {name: [number for number in range(len(of)) if (name, number) not in sample] for name, of in flat.items()}
    arrays = [[name] for name in rest if shape_of(values[name]) and rest[name]]
    numbers = [name for name in rest if not shape_of(values[name]) and rest[name]]
    groups = [*arrays, *([numbers] if numbers else [])]
    if len(groups) > most:
        groups = [[name for group in groups for name in group]]
    directions += [_along_all(group, rest, flat, random) for group in groups for _ in range(RANDOM_DIRECTIONS)]
    return directions, len(everything)


def _cost(trace: Trace, is_precise: bool) -> int:
    """The cost of one evaluation in operations on floats; multiprecision numbers gain nothing from arrays."""
    as_fast = 1 if is_precise else ENTRIES_AS_FAST
    cost = 1
    for node in trace.graph.nodes:
        if node.operation is None and trace.values[node.index] is not None:
            cost += MOVES * size_of(shape_of(trace.values[node.index])) // as_fast
        if trace.graph.needed[node.index] and node.operation is not None:
            cost += node.operation.work if isinstance(node.operation, Function) else 1
            cost += size_of(shape_of(trace.values[node.index])) // as_fast
    return cost * (PRECISE_COST if is_precise else 1)


def _along_entry(name: str, number: int, value: Value, flat: Sequence[float]) -> Direction:
    place: list[int] = []
    rest = number
    for size in reversed(shape_of(value)):
        rest, index = divmod(rest, size)
        place.insert(0, index)
    return Direction(name, tuple(place), 1, {name: {number: 1.0}}, flat[number])


def _along_all(
    group: Sequence[str], numbers: Mapping[str, Sequence[int]], flat: Mapping[str, Sequence[float]], random: Random
) -> Direction:
    """A random direction along all of these entries, in which each moves up or down in proportion to its size."""
    speeds: dict[str, dict[int, float]] = {}
    for name in group:
        typical = math.sqrt(sum(entry * entry for entry in flat[name]) / len(flat[name])) or 1.0
        speeds[name] = {
            number: random.choice((-1, 1)) * (abs(flat[name][number]) or typical) for number in numbers[name]
        }
    names = ", ".join(map(shorten, group[:3])) + (f" and {len(group) - 3} more" if len(group) > 3 else "")
    return Direction(names, (), sum(map(len, speeds.values())), speeds, 1.0)
